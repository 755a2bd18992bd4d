package db

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// SyncState is how far a connection is in step with its provider.
func (s *Store) SyncState(ctx context.Context, connection int64) (hiring.SyncState, error) {
	return one(ctx, s, "reading how far we are in step", func(row pgx.CollectableRow) (v hiring.SyncState, err error) {
		err = row.Scan(&v.ListDueAt, &v.ListBeganAt, &v.ListPage, &v.ListTotal, &v.PulledAt, &v.AnsweredAt, &v.Known, &v.Checked)
		return v, err
	}, `
		SELECT list_due_at, list_began_at, list_page, list_total, pulled_at, answered_at, n.known, n.checked
		FROM connections, LATERAL (
			SELECT count(*) AS known, count(checked_at) AS checked FROM assessments WHERE connection_id = connections.id AND missing_since IS NULL) n
		WHERE id = $1`, connection)
}

// HoldSync keeps every other process and goroutine from keeping this connection in step until release is called or the
// process ends; ok is false when another one is at it.
func (s *Store) HoldSync(ctx context.Context, connection int64) (release func(), ok bool, err error) {
	return s.hold(ctx, "holding the connection", classSync, int32(connection))
}

// The classes of locks that are of one record each.
const (
	classBatch      = int32(LockMigrations) + 100
	classSync       = int32(LockMigrations) + 101
	classCandidates = int32(LockMigrations) + 102 // of an interview
)

// hold takes an advisory lock on a connection of its own.
func (s *Store) hold(ctx context.Context, doing string, class, id int32) (release func(), ok bool, err error) {
	conn, err := s.pool.Acquire(ctx)
	if err != nil {
		return nil, false, fmt.Errorf("%s: %w", doing, dbError(err))
	}
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, class, id).Scan(&ok); err != nil || !ok {
		conn.Release()
		return func() {}, false, dbError(err)
	}
	return func() {
		// A connection whose lock can't be given back must not go back into the pool with it.
		if _, err := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1, $2)`, class, id); err != nil {
			_ = conn.Conn().Close(context.WithoutCancel(ctx))
		}
		conn.Release()
	}, true, nil
}

// BeginList notes that the list of interviews is read from its first page on.
func (s *Store) BeginList(ctx context.Context, connection int64, at time.Time) error {
	_, err := s.exec(ctx, "beginning the list", `UPDATE connections SET list_began_at = $2, list_page = 1 WHERE id = $1`, connection, at)
	return err
}

// ListPage notes that the reading goes on at a page, and how many interviews the provider counts.
func (s *Store) ListPage(ctx context.Context, connection int64, page, total int) error {
	_, err := s.exec(ctx, "noting a page of the list", `UPDATE connections SET list_page = $2, list_total = $3 WHERE id = $1`, connection, page, total)
	if err != nil {
		return err
	}
	return s.Notify(ctx, Topic{Name: TopicConnection})
}

// EndList notes that the list was read to its end, and when it is due again.
func (s *Store) EndList(ctx context.Context, connection int64, due time.Time) error {
	_, err := s.exec(ctx, "ending the list", `UPDATE connections SET list_began_at = NULL, list_page = 1, list_due_at = $2 WHERE id = $1`, connection, due)
	return err
}

// DueAll makes the list of a connection and all of its interviews due.
func (s *Store) DueAll(ctx context.Context, connection int64, at time.Time) error {
	if _, err := s.exec(ctx, "making the list due", `UPDATE connections SET list_due_at = least(list_due_at, $2) WHERE id = $1`, connection, at); err != nil {
		return err
	}
	_, err := s.exec(ctx, "making interviews due", `UPDATE assessments SET due_at = $2 WHERE connection_id = $1`, connection, at)
	return err
}

// DueOne makes one interview due.
func (s *Store) DueOne(ctx context.Context, assessment int64, at time.Time) error {
	_, err := s.exec(ctx, "making an interview due", `UPDATE assessments SET due_at = $2 WHERE id = $1`, assessment, at)
	return err
}

// DueByEvents makes the interviews due of which a webhook spoke since they were last compared, once the events have been
// quiet for a moment. One that was compared within rest is left for later: events come in crowds.
func (s *Store) DueByEvents(ctx context.Context, connection int64, at time.Time, quiet, rest time.Duration) error {
	_, err := s.exec(ctx, "making interviews of events due", `
		UPDATE assessments a SET due_at = $2
		FROM (SELECT assessment_ref, max(received_at) AS at FROM webhook_deliveries
			WHERE connection_id = $1 AND received_at > $2::timestamptz - interval '1 day' AND assessment_ref <> '' GROUP BY assessment_ref) d
		WHERE a.connection_id = $1 AND a.ref = d.assessment_ref AND a.due_at > $2 AND d.at <= $3
			AND (a.checked_at IS NULL OR a.checked_at < d.at AND a.checked_at < $4)`, connection, at, at.Add(-quiet), at.Add(-rest))
	return err
}

// NextDue is the interview of a connection that has been due longest, with where an interrupted reading of its candidates
// goes on; hiring.ErrNotFound: none is due.
func (s *Store) NextDue(ctx context.Context, connection int64, at time.Time) (id int64, token string, read int, err error) {
	type due struct {
		ID    int64
		Token string
		Read  int
	}
	d, err := one(ctx, s, "looking for what is due", pgx.RowToStructByPos[due], `
		SELECT id, people_token, people_read FROM assessments
		WHERE connection_id = $1 AND missing_since IS NULL AND due_at <= $2 ORDER BY due_at, id LIMIT 1`, connection, at)
	return d.ID, d.Token, d.Read, err
}

// PeoplePage notes how far the reading of an interview's candidates is.
func (s *Store) PeoplePage(ctx context.Context, assessment int64, token string, read int) error {
	_, err := s.exec(ctx, "noting a page of candidates", `UPDATE assessments SET people_token = $2, people_read = $3 WHERE id = $1`, assessment, token, read)
	return err
}

// EndCheck notes that an interview was compared, and that it is due again after a while: soon with candidates or parts of
// their spoken answers on the way, and after calm otherwise. What made it due again meanwhile stays.
func (s *Store) EndCheck(ctx context.Context, assessment int64, began time.Time, listed int, soon, calm time.Duration) error {
	return s.InTx(ctx, func(tx *Store) error {
		_, err := tx.exec(ctx, "noting a comparison", `
			UPDATE assessments a SET checked_at = @began, check_problem = '', people_token = '', people_read = 0, people_listed = @listed,
				due_at = CASE WHEN due_at > @began THEN due_at WHEN EXISTS (
					SELECT FROM candidates c WHERE c.assessment_id = a.id AND c.stage IN ('invited', 'complete_later', 'started', 'error')
						AND c.stage_at > @began::timestamptz - interval '30 days')
					OR EXISTS (SELECT FROM candidates c JOIN answers ON answers.candidate_id = c.id
						WHERE c.assessment_id = a.id AND c.stage_at > @began::timestamptz - interval '2 days' AND `+answerAwaited+`)
				THEN @soon ELSE @calm END
			WHERE id = @id`, pgx.NamedArgs{"id": assessment, "began": began, "listed": listed, "soon": began.Add(soon), "calm": began.Add(calm)})
		if err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{Name: TopicConnection})
	})
}

// answerAwaited is hiring.Recording.Awaited, as the index of answers has it.
const answerAwaited = `(answers.recording ->> 'state' = 'arriving' OR answers.recording ->> 'transcript' = 'pending')`

// FailCheck notes why an interview could not be compared, and when to try again; it starts anew then.
func (s *Store) FailCheck(ctx context.Context, assessment int64, problem string, again time.Time) error {
	_, err := s.exec(ctx, "noting a failed comparison", `
		UPDATE assessments SET check_problem = $2, due_at = $3, people_token = '', people_read = 0 WHERE id = $1`, assessment, problem, again)
	if err != nil {
		return err
	}
	return s.Notify(ctx, Topic{Name: TopicConnection})
}

// EndSync notes that everything due was compared, and when the provider last answered (nil: not of late).
func (s *Store) EndSync(ctx context.Context, connection int64, at time.Time, answered *time.Time) error {
	n, err := s.exec(ctx, "noting that we are in step", `UPDATE connections SET pulled_at = $2 WHERE id = $1 AND pulled_at IS NULL`, connection, at)
	if err != nil {
		return err
	}
	if n > 0 {
		if err := s.Notify(ctx, Topic{Name: TopicConnection}, Topic{Name: TopicWorkspace}); err != nil {
			return err
		}
	}
	if answered == nil {
		return nil
	}
	return s.Answered(ctx, connection, *answered)
}

// Answered notes that the provider answered, for every process to know.
func (s *Store) Answered(ctx context.Context, connection int64, at time.Time) error {
	_, err := s.exec(ctx, "noting the latest answer", `UPDATE connections SET answered_at = $2 WHERE id = $1 AND ($2::timestamptz > answered_at OR answered_at IS NULL)`,
		connection, at)
	return err
}

// InsertDifference keeps what a comparison found; it belongs into the transaction that puts it right.
func (s *Store) InsertDifference(ctx context.Context, connection int64, d hiring.Difference) error {
	_, err := s.exec(ctx, "keeping a difference", `
		INSERT INTO differences (connection_id, assessment_id, candidate_id, kind, detail, at)
		VALUES (@connection, @assessment, nullif(@candidate::bigint, 0), @kind, @detail, @at)`, pgx.NamedArgs{
		"connection": connection, "assessment": d.AssessmentID, "candidate": d.CandidateID, "kind": d.Kind, "detail": d.Detail, "at": d.At})
	return err
}

// Differences are the latest that comparisons found, at most limit. Drift is told of a score that changed while no webhook
// spoke of it within hiring.DriftPatience before or after.
func (s *Store) Differences(ctx context.Context, connection int64, now time.Time, limit int) ([]hiring.Difference, error) {
	return many(ctx, s, "listing differences", func(row pgx.CollectableRow) (d hiring.Difference, err error) {
		var name, email string
		if err = row.Scan(&d.ID, &d.AssessmentID, &d.Assessment, &d.CandidateID, &name, &email, &d.Kind, &d.Detail, &d.At, &d.Drift); d.CandidateID != 0 {
			d.Candidate = (&hiring.Candidate{Name: name, Email: email}).Label()
		}
		return d, err
	}, `
		SELECT d.id, d.assessment_id, a.title, coalesce(d.candidate_id, 0), coalesce(c.name, ''), coalesce(c.email, ''), d.kind, d.detail, d.at, `+driftCondition+`
		FROM differences d JOIN assessments a ON a.id = d.assessment_id LEFT JOIN candidates c ON c.id = d.candidate_id
		WHERE d.connection_id = @connection ORDER BY d.at DESC, d.id DESC LIMIT @limit`,
		pgx.NamedArgs{"connection": connection, "now": now, "patience": hiring.DriftPatience, "limit": limit})
}

const driftCondition = `(d.kind = 'score' AND d.detail <> '' AND d.at < @now::timestamptz - @patience::interval AND NOT EXISTS (
	SELECT FROM history h WHERE h.candidate_id = d.candidate_id AND h.source = 'webhook' AND h.kind = 'interview.scoring_completed'
		AND h.received_at BETWEEN d.at - @patience::interval AND d.at + @patience::interval))`

// DifferenceCounts says how many differences of each kind were found since a time, and under "drift" how many of them are
// scores that changed without a word.
func (s *Store) DifferenceCounts(ctx context.Context, connection int64, since, now time.Time) (map[string]int, error) {
	type count struct {
		kind string
		n    int
	}
	list, err := many(ctx, s, "counting differences", func(row pgx.CollectableRow) (v count, err error) {
		err = row.Scan(&v.kind, &v.n)
		return v, err
	}, `
		SELECT kind, count(*) FROM differences WHERE connection_id = @connection AND at >= @since GROUP BY kind
		UNION ALL
		SELECT 'drift', count(*) FROM differences d WHERE connection_id = @connection AND at >= @since AND `+driftCondition,
		pgx.NamedArgs{"connection": connection, "since": since, "now": now, "patience": hiring.DriftPatience})
	counts := map[string]int{}
	for _, v := range list {
		counts[v.kind] = v.n
	}
	return counts, err
}

// Gaps compare the provider's counts with ours, interview by interview: those that differ or could not be compared first,
// then the latest changed; at most limit. open says how many differ in all.
func (s *Store) Gaps(ctx context.Context, connection int64, limit int) (list []hiring.Gap, open int, err error) {
	list, err = many(ctx, s, "looking for gaps", func(row pgx.CollectableRow) (g hiring.Gap, err error) {
		err = row.Scan(&g.AssessmentID, &g.Title, &g.Questions, &g.QuestionsHere, &g.Finished, &g.FinishedHere, &g.CheckedAt,
			&g.DueAt, &g.Problem, &g.Open, &open)
		return g, err
	}, `
		WITH counted AS (
			SELECT a.id, title, question_count, questions, greatest(submission_count, coalesce(people_listed, 0)) AS listed, finished,
				checked_at, due_at, check_problem, updated_at,
				-- More here than there is no difference as long as the latest came after the provider was asked.
				checked_at IS NOT NULL AND (question_count <> questions OR greatest(submission_count, coalesce(people_listed, 0)) > finished
					OR finished > people_listed AND coalesce(latest < checked_at, true)) AS open
			FROM assessments a, LATERAL (
				SELECT (SELECT count(*) FROM questions q WHERE q.assessment_id = a.id AND q.deleted_at IS NULL) AS questions,
					-- And whom the provider lists and we were told to forget; parts of a reading that was interrupted are older than its end.
					count(*) FILTER (WHERE c.stage IN ('completed', 'timed_out'))
						+ (SELECT count(*) FROM erasures e WHERE e.assessment_id = a.id AND e.listed_at >= a.checked_at - interval '1 hour') AS finished,
					max(greatest(c.ended_at, c.synced_at)) AS latest
				FROM candidates c WHERE c.assessment_id = a.id) n
			WHERE connection_id = $1 AND missing_since IS NULL)
		SELECT id, title, question_count, questions, listed, finished, checked_at, due_at, check_problem, coalesce(open, false),
			(count(*) FILTER (WHERE open) OVER ())::int
		FROM counted ORDER BY coalesce(open, false) DESC, check_problem <> '' DESC, updated_at DESC, id DESC LIMIT $2`,
		connection, limit)
	return list, open, err
}

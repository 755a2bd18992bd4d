package db

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const inviteColumns = `i.id, i.batch_id, i.assessment_id, i.line, i.type, i.first_name, i.last_name, i.email, i.job_candidate,
	i.state, i.problem, i.ref, coalesce(i.candidate_id, 0), i.tries, i.tried_at, i.updated_at`

func scanInvite(row pgx.CollectableRow) (i hiring.Invite, err error) {
	err = row.Scan(inviteFields(&i)...)
	return i, err
}

func inviteFields(i *hiring.Invite) []any {
	return []any{&i.ID, &i.BatchID, &i.AssessmentID, &i.Line, &i.Type, &i.FirstName, &i.LastName, &i.Email, &i.JobCandidate,
		&i.State, &i.Problem, &i.Ref, &i.CandidateID, &i.Tries, &i.TriedAt, &i.UpdatedAt}
}

const batchSelect = `
	SELECT b.id, b.assessment_id, b.type, coalesce(u.name, ''), b.created_at, b.finished_at, n.total, n.sent, n.duplicate, n.failed, n.unknown, n.dropped
	FROM invite_batches b LEFT JOIN users u ON u.id = b.created_by
	CROSS JOIN LATERAL (
		SELECT count(*) AS total, count(*) FILTER (WHERE state = 'sent') AS sent,
			count(*) FILTER (WHERE state = 'duplicate') AS duplicate, count(*) FILTER (WHERE state = 'failed') AS failed,
			count(*) FILTER (WHERE state = 'unknown') AS unknown, count(*) FILTER (WHERE state = 'dropped') AS dropped
		FROM invites WHERE batch_id = b.id) n`

func scanBatch(row pgx.CollectableRow) (b hiring.InviteBatch, err error) {
	err = row.Scan(&b.ID, &b.AssessmentID, &b.Type, &b.CreatedBy, &b.CreatedAt, &b.FinishedAt, &b.Total, &b.Sent, &b.Duplicate, &b.Failed, &b.Unknown, &b.Dropped)
	return b, err
}

// InviteBatch is one sending; hiring.ErrNotFound when there is none of the id.
func (s *Store) InviteBatch(ctx context.Context, id int64) (hiring.InviteBatch, error) {
	return one(ctx, s, "reading a batch of invites", scanBatch, batchSelect+` WHERE b.id = $1`, id)
}

// InviteBatches are the sendings of an interview, latest first, at most limit.
func (s *Store) InviteBatches(ctx context.Context, assessment int64, limit int) ([]hiring.InviteBatch, error) {
	return many(ctx, s, "listing batches of invites", scanBatch, batchSelect+` WHERE b.assessment_id = $1 ORDER BY b.id DESC LIMIT $2`, assessment, limit)
}

// InsertInviteBatch keeps people to invite, in state pending. by is the user who asks. People without a line get the
// number of their place among people.
func (s *Store) InsertInviteBatch(ctx context.Context, assessment int64, kind hiring.InviteeType, by int64, at time.Time, people []hiring.Invitee) (batch int64, err error) {
	err = s.InTx(ctx, func(tx *Store) error {
		batch, err = one(ctx, tx, "adding a batch of invites", pgx.RowTo[int64], `
			INSERT INTO invite_batches (assessment_id, type, created_by, created_at) VALUES ($1, $2, nullif($3::bigint, 0), $4) RETURNING id`,
			assessment, kind, by, at)
		if err != nil {
			return err
		}
		rows := make([][]any, len(people))
		for n, p := range people {
			rows[n] = []any{batch, assessment, cmp.Or(p.Line, n+1), string(kind), p.FirstName, p.LastName, p.Email, p.JobCandidate, at}
		}
		_, err := tx.tx.CopyFrom(ctx, pgx.Identifier{"invites"},
			[]string{"batch_id", "assessment_id", "line", "type", "first_name", "last_name", "email", "job_candidate", "updated_at"}, pgx.CopyFromRows(rows))
		if err != nil {
			return fmt.Errorf("adding invites: %w", dbError(err))
		}
		return tx.Notify(ctx, Topic{TopicBatch, batch}, Topic{TopicCandidates, assessment})
	})
	return batch, err
}

// Invites are the rows of a batch in their order.
func (s *Store) Invites(ctx context.Context, batch int64) ([]hiring.Invite, error) {
	return many(ctx, s, "listing the invites of a batch", scanInvite,
		`SELECT `+inviteColumns+` FROM invites i WHERE i.batch_id = $1 ORDER BY i.line, i.id`, batch)
}

// ClaimInvite takes the next row of a batch that is to be sent and marks it as being sent. again says that it already
// was, so that it may have reached the provider. hiring.ErrNotFound: no row is left. The caller holds the batch.
func (s *Store) ClaimInvite(ctx context.Context, batch int64, now time.Time) (invite hiring.Invite, again bool, err error) {
	return s.claim(ctx, `batch_id = $1 AND state IN ('sending', 'pending')`, batch, now)
}

// ClaimWaitingInvite is ClaimInvite for one row that waits, of a batch that ended as well.
func (s *Store) ClaimWaitingInvite(ctx context.Context, id int64, now time.Time) (invite hiring.Invite, again bool, err error) {
	return s.claim(ctx, `id = $1 AND state IN ('sending', 'pending', 'unknown')`, id, now)
}

func (s *Store) claim(ctx context.Context, which string, id int64, now time.Time) (invite hiring.Invite, again bool, err error) {
	invite, err = one(ctx, s, "taking the next invite", func(row pgx.CollectableRow) (i hiring.Invite, err error) {
		err = row.Scan(append(inviteFields(&i), &again)...)
		return i, err
	}, `
		WITH next AS (
			SELECT id, state <> 'pending' AS again FROM invites WHERE `+which+`
			ORDER BY state = 'sending' DESC, line, id LIMIT 1 FOR UPDATE)
		UPDATE invites i SET state = 'sending', tries = tries + 1, tried_at = coalesce(tried_at, $2), updated_at = $2 FROM next WHERE i.id = next.id
		RETURNING `+inviteColumns+`, next.again`, id, now)
	return invite, again, err
}

// HoldInvite keeps an invite, and whom it is to, as they are until the transaction ends. hiring.ErrErased: the person was
// deleted meanwhile, and the invite with them.
func (s *Store) HoldInvite(ctx context.Context, i hiring.Invite) error {
	if err := s.lockCandidates(ctx, i.AssessmentID); err != nil { // as who deletes somebody does
		return err
	}
	n, err := s.exec(ctx, "holding an invite", `SELECT FROM invites WHERE id = $1 FOR UPDATE`, i.ID)
	if err == nil && n == 0 {
		return fmt.Errorf("holding invite %d: %w", i.ID, hiring.ErrErased)
	}
	return err
}

// SettleInvite stores what became of an invite: its State, Problem, Ref, CandidateID, Tries and TriedAt.
func (s *Store) SettleInvite(ctx context.Context, i hiring.Invite, now time.Time) error {
	return s.InTx(ctx, func(tx *Store) error {
		if _, err := tx.exec(ctx, "noting what became of an invite", `
			UPDATE invites SET state = @state, problem = @problem, ref = @ref, candidate_id = nullif(@candidate::bigint, 0),
				tries = @tries, tried_at = @tried, updated_at = @now
			WHERE id = @id`, pgx.NamedArgs{"id": i.ID, "state": i.State, "problem": i.Problem, "ref": i.Ref, "candidate": i.CandidateID,
			"tries": i.Tries, "tried": i.TriedAt, "now": now}); err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{TopicBatch, i.BatchID}, Topic{Name: TopicConnection})
	})
}

// FinishInviteBatch ends a sending. Rows that are still to be sent fail with problem; those that were sent and not answered
// stay unknown, with doubt.
func (s *Store) FinishInviteBatch(ctx context.Context, batch int64, problem, doubt string, now time.Time) error {
	return s.InTx(ctx, func(tx *Store) error {
		if _, err := tx.exec(ctx, "stopping a batch of invites", `
			UPDATE invites SET updated_at = $4, state = CASE state WHEN 'pending' THEN 'failed' ELSE 'unknown' END,
				problem = CASE state WHEN 'pending' THEN $2 ELSE $3 END
			WHERE batch_id = $1 AND state IN ('pending', 'sending')`, batch, problem, doubt, now); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "finishing a batch of invites", `UPDATE invite_batches SET finished_at = $2 WHERE id = $1`, batch, now); err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{TopicBatch, batch}, Topic{Name: TopicConnection})
	})
}

// RetryInvites makes the failed rows of a batch wait for sending again, and those of which nobody knows whether they went
// out for looking; it says how many there are.
func (s *Store) RetryInvites(ctx context.Context, batch int64, now time.Time) (n int, err error) {
	err = s.InTx(ctx, func(tx *Store) error {
		rows, err := tx.exec(ctx, "trying failed invites again", `
			UPDATE invites SET state = CASE state WHEN 'failed' THEN 'pending' ELSE 'sending' END, problem = '', updated_at = $2
			WHERE batch_id = $1 AND state IN ('failed', 'unknown')`, batch, now)
		if n = int(rows); err != nil || n == 0 {
			return err
		}
		if _, err := tx.exec(ctx, "opening a batch of invites again", `UPDATE invite_batches SET finished_at = NULL WHERE id = $1`, batch); err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{TopicBatch, batch}, Topic{Name: TopicConnection})
	})
	return n, err
}

// HoldInviteBatch keeps every other process and goroutine from sending the batch until release is called or the
// process ends; ok is false when another one has it.
func (s *Store) HoldInviteBatch(ctx context.Context, batch int64) (release func(), ok bool, err error) {
	return s.hold(ctx, "holding a batch of invites", classBatch, int32(batch))
}

// InvitedBefore says when addresses were invited to an interview, as far as the desk knows. Keys are lower-cased.
func (s *Store) InvitedBefore(ctx context.Context, assessment int64, kind hiring.InviteeType, emails []string) (map[string]time.Time, error) {
	lower := make([]string, len(emails))
	for i, e := range emails {
		lower[i] = strings.ToLower(e)
	}
	type invited struct {
		email string
		at    time.Time
	}
	list, err := many(ctx, s, "looking for earlier invites", pgx.RowToFunc[invited](func(row pgx.CollectableRow) (v invited, err error) {
		err = row.Scan(&v.email, &v.at)
		return v, err
	}), `
		SELECT email, min(at) FROM (
			SELECT lower(email) AS email, updated_at AS at FROM invites
			WHERE assessment_id = $1 AND type = $2 AND state = 'sent' AND lower(email) = ANY($3)
			UNION ALL
			SELECT lower(email), invited_at FROM candidates
			WHERE assessment_id = $1 AND $2 = 'candidate' AND invited_at IS NOT NULL AND lower(email) = ANY($3)
		) known GROUP BY email`, assessment, kind, lower)
	known := make(map[string]time.Time, len(list))
	for _, v := range list {
		known[v.email] = v.at
	}
	return known, err
}

// SentInvite is an invite that went out, with how far its candidate is ("" for reviewers).
type SentInvite struct {
	hiring.Invite
	Stage     hiring.Stage
	InviteRef string // of the candidate, where the invite's own is not known
}

// SentInvites are the invites of an interview that went out, latest first; notStarted leaves out candidates who did
// more than being invited. total is how many there are beyond limit and offset.
func (s *Store) SentInvites(ctx context.Context, assessment int64, notStarted bool, limit, offset int) (list []SentInvite, total int, err error) {
	list, err = many(ctx, s, "listing sent invites", func(row pgx.CollectableRow) (v SentInvite, err error) {
		err = row.Scan(append(inviteFields(&v.Invite), &v.Stage, &v.InviteRef, &total)...)
		return v, err
	}, `
		SELECT `+inviteColumns+`, coalesce(c.stage, ''), coalesce(c.invite_ref, ''), count(*) OVER ()
		FROM invites i LEFT JOIN candidates c ON c.id = i.candidate_id
		WHERE i.assessment_id = $1 AND i.state = 'sent' AND (NOT $2 OR c.stage = 'invited')
		ORDER BY i.updated_at DESC, i.id DESC LIMIT $3 OFFSET $4`, assessment, notStarted, limit, offset)
	return list, total, err
}

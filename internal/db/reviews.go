package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const scorecardColumns = `s.id, s.candidate_id, s.user_id, coalesce(u.name, ''), s.comment, s.answers, s.confirms, s.created_at, s.updated_at, s.sent_at`

const scorecardTables = `scorecards s LEFT JOIN users u ON u.id = s.user_id`

func scorecardFields(s *hiring.Scorecard) []any {
	return []any{&s.ID, &s.CandidateID, &s.UserID, &s.UserName, &s.Comment, &s.Answers, &s.Confirms, &s.CreatedAt, &s.UpdatedAt, &s.SentAt}
}

func scanScorecard(row pgx.CollectableRow) (s hiring.Scorecard, err error) {
	err = row.Scan(scorecardFields(&s)...)
	return s, err
}

// Scorecards are everybody's of one candidate, first saved first.
func (s *Store) Scorecards(ctx context.Context, candidate int64) ([]hiring.Scorecard, error) {
	return many(ctx, s, "reading scorecards", scanScorecard,
		`SELECT `+scorecardColumns+` FROM `+scorecardTables+` WHERE s.candidate_id = $1 ORDER BY s.id`, candidate)
}

// PutScorecard keeps a checked scorecard in place of the same person's earlier one, notes it on the timeline and
// announces it. The provider then has to be told anew. hiring.ErrConflict when the candidate or the person is gone.
func (s *Store) PutScorecard(ctx context.Context, card hiring.Scorecard, at time.Time) error {
	return s.InTx(ctx, func(tx *Store) error {
		// Whoever erases the candidate locks it before its scorecards.
		if _, err := tx.exec(ctx, "holding a candidate", `SELECT FROM candidates WHERE id = $1 FOR KEY SHARE`, card.CandidateID); err != nil {
			return err
		}
		kept, err := one(ctx, tx, "keeping a scorecard", func(row pgx.CollectableRow) (r struct {
			id      int64
			writer  string
			c       hiring.Candidate
			changed bool
		}, err error) {
			err = row.Scan(&r.id, &r.writer, &r.c.ID, &r.c.AssessmentID, &r.changed)
			return r, err
		}, `
			WITH kept AS (
				INSERT INTO scorecards (candidate_id, user_id, comment, answers, confirms, created_at, updated_at)
				VALUES (@candidate, @user, @comment, @answers, @confirms, @at, @at)
				ON CONFLICT (candidate_id, user_id) DO UPDATE
				SET comment = excluded.comment, answers = excluded.answers, confirms = excluded.confirms, sent_at = NULL,
					updated_at = greatest(excluded.updated_at, scorecards.updated_at + interval '1 microsecond')
				RETURNING *
			)
			SELECT kept.id, u.name, c.id, c.assessment_id, kept.updated_at <> kept.created_at
			FROM kept JOIN users u ON u.id = kept.user_id JOIN candidates c ON c.id = kept.candidate_id`,
			pgx.NamedArgs{"candidate": card.CandidateID, "user": card.UserID, "comment": card.Comment, "answers": card.Answers,
				"confirms": card.Confirms, "at": at})
		if err != nil {
			return err
		}
		event := hiring.HistoryEvent{CandidateID: kept.c.ID, Kind: "scorecard", At: at, ReceivedAt: at, Source: "person", Actor: kept.writer}
		if kept.changed {
			event.Detail = map[string]string{"changed": "true"}
		}
		if err := tx.InsertHistory(ctx, event); err != nil {
			return err
		}
		return tx.notifyCandidate(ctx, kept.c)
	})
}

// MarkScorecardsSent notes that the provider got the team's score with these scorecards in it; one that was changed
// since it was read stays unsent.
func (s *Store) MarkScorecardsSent(ctx context.Context, cards []hiring.Scorecard, at time.Time) error {
	return s.InTx(ctx, func(tx *Store) error {
		for _, card := range cards {
			if _, err := tx.exec(ctx, "noting that a scorecard was sent",
				`UPDATE scorecards SET sent_at = $3 WHERE id = $1 AND updated_at = $2`, card.ID, card.UpdatedAt, at); err != nil {
				return err
			}
		}
		if len(cards) == 0 {
			return nil
		}
		return tx.Notify(ctx, Topic{TopicCandidate, cards[0].CandidateID})
	})
}

// UnsentReviews are the candidates of a connection whose required scorecards are in and whose team's score the
// provider has not got.
func (s *Store) UnsentReviews(ctx context.Context, connection int64, required int) ([]int64, error) {
	return many(ctx, s, "listing reviews that were not sent", pgx.RowTo[int64], `
		SELECT c.id FROM `+candidateTables+`
		WHERE a.connection_id = $1 AND c.id IN (SELECT candidate_id FROM scorecards WHERE sent_at IS NULL)
			AND (SELECT count(*) FROM scorecards s WHERE s.candidate_id = c.id) >= $2
		ORDER BY c.id`, connection, required)
}

// ReviewQuery says whose reviews are meant: of one provider account, for one person, where Required scorecards make a
// score.
type ReviewQuery struct {
	Connection int64
	User       int64
	Required   int
}

func (q ReviewQuery) args() pgx.NamedArgs {
	return pgx.NamedArgs{"connection": q.Connection, "user": q.User, "required": q.Required}
}

// waiting is as hiring.Candidate.Wants, while scorecards are missing and this person's is one of them.
const waiting = `
	a.connection_id = @connection AND c.evaluation IN ('pending_review', 'failed') AND c.stage IN ('completed', 'timed_out')
	AND NOT EXISTS (SELECT FROM scorecards s WHERE s.candidate_id = c.id AND s.user_id = @user)
	AND (SELECT count(*) FROM scorecards s WHERE s.candidate_id = c.id) < @required`

// WaitingReviews are the first limit candidates who wait for a person's scorecard, the longest waiting first.
func (s *Store) WaitingReviews(ctx context.Context, q ReviewQuery, limit int) ([]hiring.WaitingReview, error) {
	args := q.args()
	args["limit"] = limit
	return many(ctx, s, "listing what waits for review", func(row pgx.CollectableRow) (w hiring.WaitingReview, err error) {
		err = row.Scan(append(candidateFields(&w.Candidate), &w.Scorecards)...)
		return w, err
	}, `SELECT `+candidateColumns+`, (SELECT count(*) FROM scorecards s WHERE s.candidate_id = c.id)
		FROM `+candidateTables+` WHERE `+waiting+` ORDER BY coalesce(c.ended_at, c.stage_at), c.id LIMIT @limit`, args)
}

// CountWaitingReviews is how many candidates wait for a person's scorecard.
func (s *Store) CountWaitingReviews(ctx context.Context, q ReviewQuery) (int, error) {
	return one(ctx, s, "counting what waits for review", pgx.RowTo[int], `SELECT count(*) FROM `+candidateTables+` WHERE `+waiting, q.args())
}

// DoneReviews are a person's scorecards, latest saved first: the first limit of those with an id below before, or of
// all for 0.
func (s *Store) DoneReviews(ctx context.Context, connection, user, before int64, limit int) ([]hiring.DoneReview, error) {
	return many(ctx, s, "listing a person's reviews", func(row pgx.CollectableRow) (d hiring.DoneReview, err error) {
		err = row.Scan(append(scorecardFields(&d.Scorecard), candidateFields(&d.Candidate)...)...)
		return d, err
	}, `SELECT `+scorecardColumns+`, `+candidateColumns+`
		FROM `+scorecardTables+` JOIN candidates c ON c.id = s.candidate_id JOIN assessments a ON a.id = c.assessment_id
		WHERE s.user_id = @user AND a.connection_id = @connection AND (@before = 0 OR s.id < @before)
		ORDER BY s.id DESC LIMIT @limit`,
		pgx.NamedArgs{"connection": connection, "user": user, "before": before, "limit": limit})
}

// CountDoneReviews is how many scorecards a person has saved.
func (s *Store) CountDoneReviews(ctx context.Context, connection, user int64) (int, error) {
	return one(ctx, s, "counting a person's reviews", pgx.RowTo[int], `
		SELECT count(*) FROM scorecards s JOIN candidates c ON c.id = s.candidate_id JOIN assessments a ON a.id = c.assessment_id
		WHERE s.user_id = $1 AND a.connection_id = $2`, user, connection)
}

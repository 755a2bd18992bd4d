package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const writeColumns = `w.id, w.kind, coalesce(w.assessment_id, 0), coalesce(a.title, ''), w.title, w.draft, w.known_refs, w.state, w.problem, w.began_at, w.sent_at`

const writeTables = `pending_writes w LEFT JOIN assessments a ON a.id = w.assessment_id`

func scanWrite(row pgx.CollectableRow) (w hiring.PendingWrite, err error) {
	err = row.Scan(&w.ID, &w.Kind, &w.AssessmentID, &w.Assessment, &w.Title, &w.Draft, &w.KnownRefs, &w.State, &w.Problem, &w.BeganAt, &w.SentAt)
	return w, err
}

// BeginWrite keeps a write before it is sent, as being sent. One of the same kind, interview and title that is kept already
// is given back instead, as it stands; fresh is false then.
func (s *Store) BeginWrite(ctx context.Context, connection int64, w hiring.PendingWrite) (kept hiring.PendingWrite, fresh bool, err error) {
	if w.KnownRefs == nil {
		w.KnownRefs = []string{}
	}
	args := pgx.NamedArgs{"connection": connection, "kind": w.Kind, "assessment": w.AssessmentID, "title": w.Title, "draft": string(w.Draft),
		"known": w.KnownRefs, "at": w.BeganAt}
	n, err := s.exec(ctx, "keeping a write", `
		INSERT INTO pending_writes (connection_id, kind, assessment_id, title, draft, known_refs, began_at, sent_at)
		VALUES (@connection, @kind, nullif(@assessment::bigint, 0), @title, @draft::jsonb, @known, @at, @at) ON CONFLICT DO NOTHING`, args)
	if err != nil {
		return kept, false, err
	}
	kept, err = one(ctx, s, "reading a write", scanWrite, `SELECT `+writeColumns+` FROM `+writeTables+`
		WHERE w.connection_id = @connection AND w.kind = @kind AND coalesce(w.assessment_id, 0) = @assessment AND w.title = @title`, args)
	return kept, n > 0, err
}

// SendWrite notes that a write is sent again, with the Draft of w, unless somebody else noted so first: ok is false then.
func (s *Store) SendWrite(ctx context.Context, w hiring.PendingWrite, at time.Time) (ok bool, err error) {
	n, err := s.exec(ctx, "noting that a write is sent", `
		UPDATE pending_writes SET state = 'sending', problem = '', sent_at = $3, draft = $4, noted_at = now() WHERE id = $1 AND sent_at = $2`, w.ID, w.SentAt, at, string(w.Draft))
	return n > 0, err
}

// SettleWrite notes what is known of a write that is not done with.
func (s *Store) SettleWrite(ctx context.Context, id int64, state hiring.WriteState, problem string) error {
	_, err := s.exec(ctx, "noting what became of a write", `UPDATE pending_writes SET state = $2, problem = $3 WHERE id = $1`, id, state, problem)
	if err != nil {
		return err
	}
	return s.Notify(ctx, Topic{Name: TopicConnection})
}

// EndWrite forgets a write: it is known to be done or not, or nobody wants it any more.
func (s *Store) EndWrite(ctx context.Context, id int64) error {
	_, err := s.exec(ctx, "forgetting a write", `DELETE FROM pending_writes WHERE id = $1`, id)
	if err != nil {
		return err
	}
	return s.Notify(ctx, Topic{Name: TopicConnection})
}

// ForgetWrites forgets writes that were found to be done and were last sent before a time.
func (s *Store) ForgetWrites(ctx context.Context, connection int64, before time.Time) error {
	_, err := s.exec(ctx, "forgetting old writes", `DELETE FROM pending_writes WHERE connection_id = $1 AND state = 'done' AND sent_at < $2`, connection, before)
	return err
}

// PendingWrites are those of a connection that are not done, oldest first, but for what is on its way and was sent within
// hiring.WriteStale.
func (s *Store) PendingWrites(ctx context.Context, connection int64) ([]hiring.PendingWrite, error) {
	return many(ctx, s, "listing pending writes", scanWrite, `SELECT `+writeColumns+` FROM `+writeTables+`
		WHERE w.connection_id = $1 AND w.state <> 'done' AND (w.state <> 'sending' OR w.noted_at <= now() - $2::interval) ORDER BY w.id`,
		connection, hiring.WriteStale)
}

// PendingWrite is one of a connection; hiring.ErrNotFound when it is done with.
func (s *Store) PendingWrite(ctx context.Context, connection, id int64) (hiring.PendingWrite, error) {
	return one(ctx, s, "reading a write", scanWrite, `SELECT `+writeColumns+` FROM `+writeTables+` WHERE w.connection_id = $1 AND w.id = $2`, connection, id)
}

// AssessmentsLike gives the refs of a connection's interviews of a title and role, or with an empty title of a role and
// purpose.
func (s *Store) AssessmentsLike(ctx context.Context, connection int64, title, role, purpose string) ([]string, error) {
	return many(ctx, s, "looking for interviews that look the same", pgx.RowTo[string], `
		SELECT ref FROM assessments WHERE connection_id = $1 AND role = $3 AND CASE WHEN $2 = '' THEN purpose = $4 ELSE title = $2 END`,
		connection, title, role, purpose)
}

package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// inviteListsKept is how long a checked list keeps its address.
const inviteListsKept = 7 * 24 * time.Hour

const inviteListColumns = `id, assessment_id, user_id, type, people, created_at, coalesce(batch_id, 0)`

func scanInviteList(row pgx.CollectableRow) (l hiring.InviteList, err error) {
	err = row.Scan(&l.ID, &l.AssessmentID, &l.UserID, &l.Type, &l.People, &l.CreatedAt, &l.BatchID)
	return l, err
}

// InsertInviteList keeps a list as somebody typed it, and forgets those that are older than a week, whosever they are.
func (s *Store) InsertInviteList(ctx context.Context, l hiring.InviteList) (id int64, err error) {
	if _, err := s.exec(ctx, "forgetting old lists of people", `DELETE FROM invite_lists WHERE created_at < $1`, l.CreatedAt.Add(-inviteListsKept)); err != nil {
		return 0, err
	}
	return one(ctx, s, "keeping a list of people", pgx.RowTo[int64], `
		INSERT INTO invite_lists (assessment_id, user_id, type, people, created_at) VALUES ($1, $2, $3, $4, $5) RETURNING id`,
		l.AssessmentID, l.UserID, l.Type, l.People, l.CreatedAt)
}

// InviteList is a list that somebody checked; hiring.ErrNotFound for one of another person or interview, and for one
// that is forgotten.
func (s *Store) InviteList(ctx context.Context, assessment, user, id int64) (hiring.InviteList, error) {
	return one(ctx, s, "reading a list of people", scanInviteList, `
		SELECT `+inviteListColumns+` FROM invite_lists WHERE assessment_id = $1 AND user_id = $2 AND id = $3`, assessment, user, id)
}

// OpenInviteList is the latest list of somebody for an interview, if it was checked since a time and not sent;
// hiring.ErrNotFound otherwise.
func (s *Store) OpenInviteList(ctx context.Context, assessment, user int64, since time.Time) (hiring.InviteList, error) {
	return one(ctx, s, "looking for a list that is not sent", scanInviteList, `
		SELECT `+inviteListColumns+` FROM (SELECT * FROM invite_lists WHERE assessment_id = $1 AND user_id = $2 ORDER BY id DESC LIMIT 1) latest
		WHERE batch_id IS NULL AND created_at >= $3`, assessment, user, since)
}

// LockInviteList is InviteList for sending it: nobody else does until the end of the transaction.
func (s *Store) LockInviteList(ctx context.Context, assessment, user, id int64) (hiring.InviteList, error) {
	return one(ctx, s, "locking a list of people", scanInviteList, `
		SELECT `+inviteListColumns+` FROM invite_lists WHERE assessment_id = $1 AND user_id = $2 AND id = $3 FOR UPDATE`, assessment, user, id)
}

// InviteListSent notes which sending a list became.
func (s *Store) InviteListSent(ctx context.Context, id, batch int64) error {
	_, err := s.exec(ctx, "noting that a list is sent", `UPDATE invite_lists SET batch_id = $2 WHERE id = $1`, id, batch)
	return err
}

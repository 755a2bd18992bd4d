package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const linkColumns = `id, kind, email, name, role, coalesce(user_id, 0), coalesce(created_by, 0), created_at, expires_at, used_at`

func scanLink(row pgx.CollectableRow) (l hiring.Link, err error) {
	err = row.Scan(&l.ID, &l.Kind, &l.Email, &l.Name, &l.Role, &l.UserID, &l.CreatedBy, &l.CreatedAt, &l.ExpiresAt, &l.UsedAt)
	return l, err
}

// InsertLink keeps a one-time link under the hash of its token.
func (s *Store) InsertLink(ctx context.Context, l hiring.Link, tokenHash []byte) (id int64, err error) {
	err = s.InTx(ctx, func(tx *Store) error {
		id, err = one(ctx, tx, "adding a link", pgx.RowTo[int64], `
			INSERT INTO links (kind, token_hash, email, name, role, user_id, created_by, created_at, expires_at)
			VALUES (@kind, @hash, @email, @name, @role, nullif(@user::bigint, 0), nullif(@by::bigint, 0), @at, @expires)
			RETURNING id`,
			pgx.NamedArgs{
				"kind": l.Kind, "hash": tokenHash, "email": l.Email, "name": l.Name, "role": l.Role,
				"user": l.UserID, "by": l.CreatedBy, "at": l.CreatedAt, "expires": l.ExpiresAt,
			})
		if err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{Name: TopicTeam})
	})
	return id, err
}

// LinkByToken is the link of a token's hash, used or not; hiring.ErrNotFound when there is none, as after it was
// revoked.
func (s *Store) LinkByToken(ctx context.Context, tokenHash []byte) (hiring.Link, error) {
	return one(ctx, s, "reading a link", scanLink, `SELECT `+linkColumns+` FROM links WHERE token_hash = $1`, tokenHash)
}

// Link is the link of the id; hiring.ErrNotFound when there is none.
func (s *Store) Link(ctx context.Context, id int64) (hiring.Link, error) {
	return one(ctx, s, "reading a link", scanLink, `SELECT `+linkColumns+` FROM links WHERE id = $1`, id)
}

// UseLink marks the link as used, which can be done once and before it expires; otherwise hiring.ErrNotFound.
func (s *Store) UseLink(ctx context.Context, tokenHash []byte, at time.Time) (hiring.Link, error) {
	return one(ctx, s, "using a link", scanLink, `
		UPDATE links SET used_at = $2
		WHERE token_hash = $1 AND used_at IS NULL AND (expires_at IS NULL OR expires_at > $2)
		RETURNING `+linkColumns, tokenHash, at)
}

// PendingLinks lists the links of the kind that nobody used, expired ones too, newest first.
func (s *Store) PendingLinks(ctx context.Context, kind hiring.LinkKind) ([]hiring.Link, error) {
	return many(ctx, s, "listing links", scanLink,
		`SELECT `+linkColumns+` FROM links WHERE kind = $1 AND used_at IS NULL ORDER BY id DESC`, kind)
}

// RevokeLinks removes the unused links of the kind for the address, with the messages that carry them, and gives
// their number.
func (s *Store) RevokeLinks(ctx context.Context, kind hiring.LinkKind, email string) (n int64, err error) {
	return s.revoke(ctx, `kind = $1 AND email = $2`, kind, email)
}

// RevokeLink removes one unused link, with its message; hiring.ErrNotFound when there is none.
func (s *Store) RevokeLink(ctx context.Context, id int64) error {
	n, err := s.revoke(ctx, `id = $1`, id)
	if err == nil && n == 0 {
		return hiring.ErrNotFound
	}
	return err
}

func (s *Store) revoke(ctx context.Context, where string, args ...any) (n int64, err error) {
	err = s.InTx(ctx, func(tx *Store) error {
		ids, err := many(ctx, tx, "revoking links", pgx.RowTo[int64],
			`DELETE FROM links WHERE used_at IS NULL AND `+where+` RETURNING id`, args...)
		if err != nil {
			return err
		}
		n = int64(len(ids))
		for _, id := range ids {
			if err := tx.RetireMessage(ctx, hiring.Link{ID: id}.MessageKey()); err != nil {
				return err
			}
		}
		return tx.Notify(ctx, Topic{Name: TopicTeam})
	})
	return n, err
}

package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const userColumns = `id, email, name, role, password_hash, created_at, signed_in_at, disabled_at, sessions_since`

func scanUser(row pgx.CollectableRow) (u hiring.User, err error) {
	err = row.Scan(&u.ID, &u.Email, &u.Name, &u.Role, &u.PasswordHash, &u.CreatedAt, &u.SignedInAt, &u.DisabledAt, &u.SessionsSince)
	return u, err
}

// User is one member of the team, disabled or not; hiring.ErrNotFound when there is none of the id.
func (s *Store) User(ctx context.Context, id int64) (hiring.User, error) {
	return one(ctx, s, "reading a user", scanUser, `SELECT `+userColumns+` FROM users WHERE id = $1`, id)
}

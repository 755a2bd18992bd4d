package db

import (
	"context"
	"time"

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

// UserByEmail is the member with the address, in any case of letters; hiring.ErrNotFound when there is none.
func (s *Store) UserByEmail(ctx context.Context, email string) (hiring.User, error) {
	return one(ctx, s, "reading a user by address", scanUser, `SELECT `+userColumns+` FROM users WHERE email = lower($1)`, email)
}

// Users lists the team by name, disabled members last.
func (s *Store) Users(ctx context.Context) ([]hiring.User, error) {
	return many(ctx, s, "listing the team", scanUser,
		`SELECT `+userColumns+` FROM users ORDER BY disabled_at IS NOT NULL, lower(name), id`)
}

// AnyUser says whether the installation has been set up.
func (s *Store) AnyUser(ctx context.Context) (bool, error) {
	return one(ctx, s, "looking for a user", pgx.RowTo[bool], `SELECT EXISTS (SELECT FROM users)`)
}

// InsertUser adds a member with a checked address, name and role, and a hash of the password; sessions count from
// CreatedAt. hiring.ErrConflict when the address is taken.
func (s *Store) InsertUser(ctx context.Context, u hiring.User) (id int64, err error) {
	err = s.InTx(ctx, func(tx *Store) error {
		id, err = one(ctx, tx, "adding a user", pgx.RowTo[int64], `
			INSERT INTO users (email, name, role, password_hash, created_at, sessions_since)
			VALUES (@email, @name, @role, @hash, @at, @at) RETURNING id`,
			pgx.NamedArgs{"email": u.Email, "name": u.Name, "role": u.Role, "hash": u.PasswordHash, "at": u.CreatedAt})
		if err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{Name: TopicTeam})
	})
	return id, err
}

// SetUserName renames a member.
func (s *Store) SetUserName(ctx context.Context, id int64, name string) error {
	return s.changeUser(ctx, "renaming a user", `UPDATE users SET name = $2 WHERE id = $1`, id, name)
}

// SetPassword keeps a new hash and ends every session that began before at.
func (s *Store) SetPassword(ctx context.Context, id int64, hash string, at time.Time) error {
	return s.changeUser(ctx, "changing a password", `UPDATE users SET password_hash = $2, sessions_since = $3 WHERE id = $1`, id, hash, at)
}

// SetSignedIn notes a sign-in.
func (s *Store) SetSignedIn(ctx context.Context, id int64, at time.Time) error {
	return s.changeUser(ctx, "noting a sign-in", `UPDATE users SET signed_in_at = $2 WHERE id = $1`, id, at)
}

// SetRole changes what a member may do, and ends sessions that began in the earlier role.
func (s *Store) SetRole(ctx context.Context, id int64, role hiring.Role, at time.Time) error {
	return s.changeUser(ctx, "changing a role", `UPDATE users SET role = $2, sessions_since = $3 WHERE id = $1`, id, role, at)
}

// DisableUser keeps a member from signing in, from at on, and ends the member's sessions.
func (s *Store) DisableUser(ctx context.Context, id int64, at time.Time) error {
	return s.changeUser(ctx, "disabling a user", `
		UPDATE users SET disabled_at = coalesce(disabled_at, $2), sessions_since = $2 WHERE id = $1`, id, at)
}

// EnableUser lets a member sign in again.
func (s *Store) EnableUser(ctx context.Context, id int64) error {
	return s.changeUser(ctx, "enabling a user", `UPDATE users SET disabled_at = NULL WHERE id = $1`, id)
}

// changeUser runs an update of one member and announces it; hiring.ErrNotFound when there is none of the id.
func (s *Store) changeUser(ctx context.Context, doing, sql string, args ...any) error {
	return s.InTx(ctx, func(tx *Store) error {
		if _, err := one(ctx, tx, doing, pgx.RowTo[int64], sql+` RETURNING id`, args...); err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{Name: TopicTeam})
	})
}

// LockAdmins gives the ids of the admins who can sign in, and holds them until the end of the transaction, so that
// two people can't take the role from the last two at once.
func (s *Store) LockAdmins(ctx context.Context) ([]int64, error) {
	return many(ctx, s, "locking admins", pgx.RowTo[int64],
		`SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL ORDER BY id FOR UPDATE`)
}

package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// The kinds of a connection.
const (
	KindEngine    = "engine"
	KindTapTalent = "taptalent"
)

// ChosenAccount is the provider account that an admin chose.
type ChosenAccount struct {
	Connection int64
	URL        string // base path of the API; "" is the local engine
	SealedKey  []byte // encrypted; nil with the local engine
	ChangedAt  time.Time
	ChangedBy  string // the admin's name
}

// ChosenAccount reads the choice; hiring.ErrNotFound when nobody has made one.
func (s *Store) ChosenAccount(ctx context.Context) (ChosenAccount, error) {
	return one(ctx, s, "reading the chosen account", pgx.RowToStructByPos[ChosenAccount], `
		SELECT a.connection_id, a.base_url, a.sealed_key, a.changed_at, u.name FROM account a JOIN users u ON u.id = a.changed_by`)
}

// SaveAccount keeps a choice and tells every process; by is the admin's id.
func (s *Store) SaveAccount(ctx context.Context, a ChosenAccount, by int64) error {
	_, err := s.exec(ctx, "keeping the chosen account", `
		WITH kept AS (
			INSERT INTO account (connection_id, base_url, sealed_key, changed_at, changed_by) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (one) DO UPDATE SET connection_id = excluded.connection_id, base_url = excluded.base_url,
				sealed_key = excluded.sealed_key, changed_at = excluded.changed_at, changed_by = excluded.changed_by
		)
		SELECT pg_notify($6, $7)`, a.Connection, a.URL, a.SealedKey, a.ChangedAt, by, Channel, Topic{Name: TopicAccount}.String())
	return err
}

// KnowsConnection says whether an account was ever connected with this fingerprint, and whether another of its kind was.
func (s *Store) KnowsConnection(ctx context.Context, kind, account string) (known, others bool, err error) {
	type answer struct{ Known, Others bool }
	a, err := one(ctx, s, "looking for the connection", pgx.RowToStructByPos[answer], `
		SELECT coalesce(bool_or(account = $2), false), coalesce(bool_or(account <> $2), false) FROM connections WHERE kind = $1`, kind, account)
	return a.Known, a.Others, err
}

// RenameConnection gives the connection that has most of the interviews with these provider's ids another fingerprint;
// hiring.ErrNotFound when none has any.
func (s *Store) RenameConnection(ctx context.Context, kind string, refs []string, account string) error {
	id, err := one(ctx, s, "recognising the account", pgx.RowTo[int64], `
		SELECT a.connection_id FROM assessments a JOIN connections c ON c.id = a.connection_id
		WHERE c.kind = $1 AND a.ref = ANY ($2) GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1`, kind, refs)
	if err != nil {
		return err
	}
	_, err = s.exec(ctx, "renaming the connection", `UPDATE connections SET account = $2 WHERE id = $1`, id, account)
	if errors.Is(err, hiring.ErrConflict) { // another process has just done it, or opened it as a new one
		return nil
	}
	return err
}

// AccountSize counts a connection's interviews, and the people in them who are invited or at it.
func (s *Store) AccountSize(ctx context.Context, connection int64) (interviews, underway int, err error) {
	type size struct{ Interviews, Underway int }
	n, err := one(ctx, s, "counting the account", pgx.RowToStructByPos[size], `
		SELECT (SELECT count(*) FROM assessments WHERE connection_id = $1),
			(SELECT count(*) FROM candidates c JOIN assessments a ON a.id = c.assessment_id WHERE a.connection_id = $1 AND c.stage = ANY ($2))`,
		connection, []hiring.Stage{hiring.StageInvited, hiring.StageLater, hiring.StageStarted, hiring.StageError})
	return n.Interviews, n.Underway, err
}

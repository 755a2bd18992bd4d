// Package db holds every SQL statement of the desk, one file a slug, and turns Postgres errors into those of package
// hiring. The local engine has its own schema and its own statements. No HTTP, no rules: those are elsewhere.
package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// Store reads and writes the desk's records, either straight on a pool or, inside InTx, within one transaction.
// A Store on a pool may be used by many goroutines at once, one inside a transaction by one.
type Store struct {
	pool *pgxpool.Pool
	tx   pgx.Tx // nil outside InTx
}

// New is a Store on the pool.
func New(pool *pgxpool.Pool) *Store { return &Store{pool: pool} }

// Pool is what the Store stands on, for readiness checks and the listener.
func (s *Store) Pool() *pgxpool.Pool { return s.pool }

// Tx is the transaction that the Store runs in, for enqueuing jobs with the write that causes them; nil outside InTx.
func (s *Store) Tx() pgx.Tx { return s.tx }

// InTx runs f in a transaction: committed when f returns nil, rolled back otherwise. Inside another InTx it joins
// that one. No network call belongs inside.
func (s *Store) InTx(ctx context.Context, f func(tx *Store) error) error {
	if s.tx != nil {
		return f(s)
	}
	err := pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return f(&Store{pool: s.pool, tx: tx}) })
	return dbError(err)
}

type querier interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

func (s *Store) q() querier {
	if s.tx != nil {
		return s.tx
	}
	return s.pool
}

// exec runs a statement and gives the number of rows it touched.
func (s *Store) exec(ctx context.Context, doing, sql string, args ...any) (int64, error) {
	tag, err := s.q().Exec(ctx, sql, args...)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", doing, dbError(err))
	}
	return tag.RowsAffected(), nil
}

// one reads exactly one row, or hiring.ErrNotFound.
func one[T any](ctx context.Context, s *Store, doing string, scan pgx.RowToFunc[T], sql string, args ...any) (T, error) {
	rows, _ := s.q().Query(ctx, sql, args...) // its error comes out of CollectOneRow
	v, err := pgx.CollectOneRow(rows, scan)
	if err != nil {
		return v, fmt.Errorf("%s: %w", doing, dbError(err))
	}
	return v, nil
}

// many reads all rows.
func many[T any](ctx context.Context, s *Store, doing string, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	rows, _ := s.q().Query(ctx, sql, args...)
	v, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, dbError(err))
	}
	return v, nil
}

// each gives every row to f as it comes, so that a long list needs no room. An error of f ends it and is returned as it is.
func each[T any](ctx context.Context, s *Store, doing string, scan pgx.RowToFunc[T], f func(T) error, sql string, args ...any) error {
	rows, err := s.q().Query(ctx, sql, args...)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, dbError(err))
	}
	defer rows.Close()
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return fmt.Errorf("%s: %w", doing, dbError(err))
		}
		if err := f(v); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", doing, dbError(err))
	}
	return nil
}

// Ping says whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.pool.Ping(ctx); err != nil {
		return fmt.Errorf("asking the database: %w", dbError(err))
	}
	return nil
}

// LockKey names an advisory lock.
type LockKey int64

// The advisory locks of the desk.
const (
	LockMigrations LockKey = 0x6772656e + iota // "gren"
	LockSetup
)

// Lock takes an advisory lock until the end of the transaction; outside InTx it is a mistake and fails.
func (s *Store) Lock(ctx context.Context, key LockKey) error {
	if s.tx == nil {
		return errors.New("an advisory lock needs a transaction")
	}
	_, err := s.exec(ctx, "taking a lock", `SELECT pg_advisory_xact_lock($1)`, int64(key))
	return err
}

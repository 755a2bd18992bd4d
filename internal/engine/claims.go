package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Workers claim a row (claimed_by = the process's number) in a short transaction and work outside of it. A process
// proves that it lives by an advisory lock on its number, held by a connection of its own: when the process dies,
// however it dies, Postgres drops the lock, and the others free what it had claimed. Nobody waits for a lease.

// claimSpace is the first half of those advisory locks; the number means nothing.
const claimSpace = 730_184

const (
	claimCheck      = 5 * time.Second // how often the dead are looked for
	pollEvery       = 2 * time.Second // how often idle workers look for rows that became due, or whose wake-up got lost
	taskWorkers     = 4
	deliveryWorkers = 8
)

// wake holds the bells of the worker loops. A bell that rings already needs no second ring.
type wake struct{ tasks, deliveries chan struct{} }

func newWake() wake { return wake{make(chan struct{}, 1), make(chan struct{}, 1)} }

func (w wake) all() {
	ring(w.tasks)
	ring(w.deliveries)
}

func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}

// holdClaims keeps the process's lock and frees the claims of the dead, until ctx ends. It calls held, which may be
// called again, once the lock is there: a claim made before would look like that of a dead process.
func (e *Engine) holdClaims(ctx context.Context, held func()) error {
	for ctx.Err() == nil {
		if err := e.holdClaimsOnce(ctx, held); err != nil && ctx.Err() == nil {
			e.log.WarnContext(ctx, "engine: the claims' connection broke, trying again", "error", err)
			pause(ctx, time.Second)
		}
	}
	return nil
}

func (e *Engine) holdClaimsOnce(ctx context.Context, held func()) error {
	// Not from the pool: it stays for the life of the process, and a small pool would miss it.
	conn, err := pgx.ConnectConfig(ctx, e.pool.Config().ConnConfig.Copy())
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1, $2)`, claimSpace, e.process); err != nil {
		return fmt.Errorf("locking the process's number: %w", err)
	}
	held()
	for {
		if err := freeClaims(ctx, conn); err != nil {
			return err
		}
		if !pause(ctx, claimCheck) {
			return nil
		}
	}
}

// freeClaims gives the rows back that a process without a lock had claimed.
func freeClaims(ctx context.Context, conn *pgx.Conn) error {
	for _, table := range []string{"tasks", "deliveries"} {
		_, err := conn.Exec(ctx, `
			UPDATE engine.`+table+` SET claimed_by = NULL
			WHERE state = 'pending' AND claimed_by IS NOT NULL AND claimed_by NOT IN (
				SELECT objid::bigint FROM pg_locks
				WHERE locktype = 'advisory' AND classid = $1 AND objsubid = 2
				  AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`, claimSpace)
		if err != nil {
			return fmt.Errorf("freeing claims of %s: %w", table, err)
		}
	}
	return nil
}

// work waits for held, then calls next until it finds nothing, then waits for the bell or the poll, until ctx ends.
func (e *Engine) work(ctx context.Context, held <-chan struct{}, bell chan struct{}, next func(context.Context) (bool, error)) error {
	select {
	case <-ctx.Done():
	case <-held:
	}
	for ctx.Err() == nil {
		found, err := next(ctx)
		if err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "engine: background work", "error", err)
			pause(ctx, pollEvery)
			continue
		}
		if found {
			continue
		}
		select {
		case <-ctx.Done():
		case <-bell:
		case <-time.After(pollEvery):
		}
	}
	return nil
}

// pause waits, and says whether it was to the end.
func pause(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}

package jobs

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// lifeline shows other processes that the queue of this one lives, and takes over the work of those that don't. River
// alone would give up work of a killed process as lost only after an hour. A process shows that it lives by a lock on
// its client's name, which Postgres frees when the connection that holds it ends.
type lifeline struct {
	pool   *pgxpool.Pool
	client string
	log    *slog.Logger
	every  time.Duration
	conn   *pgx.Conn
	stop   context.CancelFunc
	ended  chan struct{}
}

// orphanCheck is how often the dead are looked for. Work is taken from a process that was found dead twice: after a
// restart of Postgres the living need a moment to show themselves again.
const orphanCheck = 10 * time.Second

// holdLifeline adopts what the dead left behind, and goes on doing so until letGo.
func holdLifeline(ctx context.Context, pool *pgxpool.Pool, client string, every time.Duration, log *slog.Logger) (*lifeline, error) {
	l := &lifeline{pool: pool, client: client, every: every, log: log, ended: make(chan struct{})}
	if err := l.connect(ctx); err != nil {
		return nil, err
	}
	err := l.adopt(ctx, nil)
	if err != nil {
		_ = l.conn.Close(context.WithoutCancel(ctx))
		return nil, err
	}
	ctx, l.stop = context.WithCancel(context.WithoutCancel(ctx))
	go l.watch(ctx)
	return l, nil
}

// letGo says that the queue's work is over.
func (l *lifeline) letGo(ctx context.Context) {
	l.stop()
	<-l.ended
	_ = l.conn.Close(context.WithoutCancel(ctx))
}

func (l *lifeline) connect(ctx context.Context) error {
	pooled, err := l.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("showing that the queue lives: %w", err)
	}
	l.conn = pooled.Hijack() // the lock is this connection's
	if _, err = l.conn.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, l.client); err != nil {
		_ = l.conn.Close(context.WithoutCancel(ctx))
		return fmt.Errorf("showing that the queue lives: %w", err)
	}
	return nil
}

func (l *lifeline) watch(ctx context.Context) {
	defer close(l.ended)
	tick := time.NewTicker(l.every)
	defer tick.Stop()
	var suspects []string
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := l.check(ctx, &suspects); err != nil && ctx.Err() == nil {
			l.log.Warn("work of processes that are gone has to wait", "error", err)
		}
	}
}

// check adopts from those of the suspects that still seem dead, and leaves those that seem so now.
func (l *lifeline) check(ctx context.Context, suspects *[]string) error {
	if l.conn.Ping(ctx) != nil {
		_ = l.conn.Close(context.WithoutCancel(ctx))
		*suspects = nil
		return l.connect(ctx)
	}
	if len(*suspects) > 0 {
		if err := l.adopt(ctx, *suspects); err != nil {
			return err
		}
	}
	rows, _ := l.pool.Query(ctx, `SELECT DISTINCT `+lastClient+` FROM river_job WHERE state = 'running' AND `+isDead)
	dead, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("looking for processes that are gone: %w", err)
	}
	*suspects = dead
	return nil
}

const (
	lastClient = `attempted_by[array_upper(attempted_by, 1)]`
	isDead     = `pg_try_advisory_xact_lock(hashtextextended(` + lastClient + `, 0))`
)

// adopt makes work that the dead among the clients left behind wait for its next try at once; nil clients are all.
func (l *lifeline) adopt(ctx context.Context, clients []string) error {
	_, err := l.pool.Exec(ctx, `
		UPDATE river_job SET state = 'available', scheduled_at = $1, max_attempts = greatest(max_attempts, attempt + 1)
		WHERE state = 'running' AND ($2::text[] IS NULL OR `+lastClient+` = ANY($2)) AND `+isDead, time.Now(), clients)
	if err != nil {
		return fmt.Errorf("adopting work of a process that is gone: %w", err)
	}
	return nil
}

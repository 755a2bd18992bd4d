package jobs

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// adoptOrphans makes work that a process left behind when it was killed wait for its next try at once; River alone
// would give it up as lost only after an hour. A process shows that it lives by a lock that Postgres frees when its
// connection ends. The connection that is returned holds ours: it has to stay open as long as the queue works.
func adoptOrphans(ctx context.Context, pool *pgxpool.Pool, client string) (alive *pgx.Conn, err error) {
	pooled, err := pool.Acquire(ctx)
	if err != nil {
		return nil, fmt.Errorf("showing that the queue lives: %w", err)
	}
	alive = pooled.Hijack()
	if _, err = alive.Exec(ctx, `SELECT pg_advisory_lock(hashtextextended($1, 0))`, client); err == nil {
		_, err = pool.Exec(ctx, `
			UPDATE river_job SET state = 'available', scheduled_at = $1, max_attempts = greatest(max_attempts, attempt + 1)
			WHERE state = 'running'
				AND pg_try_advisory_xact_lock(hashtextextended(attempted_by[array_upper(attempted_by, 1)], 0))`, time.Now())
	}
	if err != nil {
		_ = alive.Close(context.WithoutCancel(ctx))
		return nil, fmt.Errorf("adopting work of a process that is gone: %w", err)
	}
	return alive, nil
}

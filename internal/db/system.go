package db

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// processPrefix begins the name under which every process of Greenroom is known to Postgres.
const processPrefix = "greenroom "

// ProcessName is this process for people and in Processes: where it runs, and its number there.
func ProcessName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%.40s/%d", cmp.Or(host, "unknown"), os.Getpid()) // Postgres cuts names at 63 bytes
}

// ApplicationName is ProcessName as Postgres is told it with each connection.
func ApplicationName() string { return processPrefix + ProcessName() }

// Processes are all that are connected to this database now, ours among them, the oldest first.
func (s *Store) Processes(ctx context.Context) ([]hiring.ProcessFacts, error) {
	return many(ctx, s, "listing processes", pgx.RowToStructByPos[hiring.ProcessFacts], `
		SELECT substr(application_name, $2), count(*), min(backend_start)
		FROM pg_stat_activity
		WHERE datname = current_database() AND starts_with(application_name, $1)
		GROUP BY application_name ORDER BY min(backend_start)`, processPrefix, len(processPrefix)+1)
}

// biggest is how many tables DatabaseFacts names.
const biggest = 8

// DatabaseFacts asks the database about itself.
func (s *Store) DatabaseFacts(ctx context.Context) (f hiring.DatabaseFacts, err error) {
	if f.Version, err = one(ctx, s, "asking for the version", pgx.RowTo[string], `SELECT split_part(current_setting('server_version'), ' ', 1)`); err != nil {
		return f, err
	}
	if f.Bytes, err = one(ctx, s, "measuring the database", pgx.RowTo[int64], `SELECT pg_database_size(current_database())`); err != nil {
		return f, err
	}
	f.Tables, err = many(ctx, s, "measuring tables", pgx.RowToStructByPos[hiring.TableFacts], `
		SELECT CASE nspname WHEN current_schema() THEN '' ELSE nspname || '.' END || relname, pg_total_relation_size(c.oid),
			CASE WHEN reltuples >= 0 THEN reltuples::bigint ELSE pg_stat_get_live_tuples(c.oid) END
		FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE relkind IN ('r', 'm') AND nspname IN (current_schema(), 'engine')
		ORDER BY pg_total_relation_size(c.oid) DESC, relname LIMIT $1`, biggest)
	if err != nil {
		return f, err
	}
	f.Schemas, err = s.schemas(ctx)
	return f, err
}

// schemas are the latest migrations of the desk, of the engine where there is one, and of the job queue.
func (s *Store) schemas(ctx context.Context) ([]hiring.SchemaFacts, error) {
	sql := `
		(SELECT 'desk', version_id, tstamp AT TIME ZONE current_setting('TimeZone') FROM goose_db_version WHERE is_applied ORDER BY id DESC LIMIT 1)
		UNION ALL (SELECT 'queue', version, created_at FROM river_migration WHERE line = 'main' ORDER BY version DESC LIMIT 1)`
	engine, err := one(ctx, s, "looking for the engine", pgx.RowTo[bool], `SELECT to_regclass('engine.goose_db_version') IS NOT NULL`)
	if err != nil {
		return nil, err
	}
	if engine {
		sql += `
		UNION ALL (SELECT 'engine', version_id, tstamp AT TIME ZONE current_setting('TimeZone') FROM engine.goose_db_version WHERE is_applied ORDER BY id DESC LIMIT 1)`
	}
	return many(ctx, s, "reading which migrations ran", pgx.RowToStructByPos[hiring.SchemaFacts], sql+` ORDER BY 1`)
}

// Backups is what was noted of backups.
func (s *Store) Backups(ctx context.Context) (hiring.BackupFacts, error) {
	return one(ctx, s, "looking for the last backup", func(row pgx.CollectableRow) (b hiring.BackupFacts, err error) {
		var last, since *time.Time
		if err = row.Scan(&last, &since); last != nil {
			b.Last = *last
		}
		if since != nil {
			b.Since = *since
		}
		return b, err
	}, `SELECT (SELECT max(at) FROM backups), (SELECT min(created_at) FROM users)`)
}

// workState turns the queue's states into ours. River calls a piece of work "retryable" until the moment of its next
// try, "discarded" after its last, and "cancelled" when its worker saw that no further try can help.
const workState = `CASE state
	WHEN 'running' THEN 'running' WHEN 'retryable' THEN 'retry' WHEN 'completed' THEN 'done'
	WHEN 'discarded' THEN 'dead' WHEN 'cancelled' THEN 'dead' ELSE 'waiting' END`

// WorkCounts counts the work in the queue by kind and state, in the order of kinds.
func (s *Store) WorkCounts(ctx context.Context) ([]hiring.WorkCount, error) {
	return many(ctx, s, "counting work", pgx.RowToStructByPos[hiring.WorkCount], `
		SELECT kind, `+workState+` AS state, count(*) FROM river_job GROUP BY 1, 2 ORDER BY 1, 2`)
}

// FailedWork lists work whose latest try failed and that does not run now, the latest first.
func (s *Store) FailedWork(ctx context.Context, limit int) ([]hiring.FailedWork, error) {
	return many(ctx, s, "listing failed work", func(row pgx.CollectableRow) (w hiring.FailedWork, err error) {
		var next *time.Time
		err = row.Scan(&w.ID, &w.Kind, &w.State, &w.Attempt, &w.Attempts, &w.Error, &w.At, &next)
		if next != nil {
			w.Next = *next
		}
		return w, err
	}, `
		SELECT id, kind, `+workState+`, attempt, max_attempts, coalesce(errors[array_upper(errors, 1)]->>'error', ''),
			coalesce(finalized_at, attempted_at, created_at), CASE state WHEN 'retryable' THEN scheduled_at END
		FROM river_job WHERE state IN ('retryable', 'discarded', 'cancelled')
		ORDER BY coalesce(finalized_at, attempted_at, created_at) DESC, id DESC LIMIT $1`, limit)
}

// FailedWorkKind is the kind of a piece of failed work; hiring.ErrNotFound when there is none of the id that is failed.
func (s *Store) FailedWorkKind(ctx context.Context, id int64) (kind string, err error) {
	return one(ctx, s, "looking for failed work", pgx.RowTo[string], `
		SELECT kind FROM river_job WHERE id = $1 AND state IN ('retryable', 'discarded', 'cancelled')`, id)
}

// DeliveryLag is how long webhooks wait for their effects.
type DeliveryLag struct {
	Oldest      time.Duration // of one that waits now or will be tried again; 0: none does
	Median, P99 time.Duration // of those that were received and applied within the latest five minutes; 0: none
	Dead        int           // given up
}

// DeliveryLag measures it, for all connections.
func (s *Store) DeliveryLag(ctx context.Context, now time.Time) (DeliveryLag, error) {
	seconds := func(f float64) time.Duration { return time.Duration(f * float64(time.Second)) }
	return one(ctx, s, "measuring the lag of webhooks", func(row pgx.CollectableRow) (l DeliveryLag, err error) {
		var oldest, median, p99 float64
		err = row.Scan(&oldest, &l.Dead, &median, &p99)
		l.Oldest, l.Median, l.P99 = max(0, seconds(oldest)), seconds(median), seconds(p99)
		return l, err
	}, `
		WITH open AS (SELECT status, received_at FROM webhook_deliveries WHERE status IN ('received', 'failed', 'dead')),
		recent AS (
			SELECT extract(epoch FROM applied_at - received_at) AS lag FROM webhook_deliveries
			WHERE received_at > $1::timestamptz - interval '5 minutes' AND applied_at IS NOT NULL AND replays = 0)
		SELECT
			(SELECT coalesce(extract(epoch FROM $1::timestamptz - min(received_at) FILTER (WHERE status <> 'dead')), 0)::float8 FROM open),
			(SELECT count(*) FILTER (WHERE status = 'dead') FROM open),
			(SELECT coalesce(percentile_cont(0.5) WITHIN GROUP (ORDER BY lag), 0)::float8 FROM recent),
			(SELECT coalesce(percentile_cont(0.99) WITHIN GROUP (ORDER BY lag), 0)::float8 FROM recent)`, now)
}

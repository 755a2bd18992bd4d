package jobs_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
	"greenroom/internal/testdb"
)

var desk = testdb.Template("queue", func(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return db.Migrate(ctx, pool)
})

// inviting is a provider that only invites.
func inviting(t *testing.T) *httptest.Server {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"status":"success","data":{"inviteId":"i%d"}}`, time.Now().UnixNano())
	}))
	t.Cleanup(server.Close)
	return server
}

func TestWorkOfAKilledProcessGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := desk.New(t)
	store := db.New(pool)
	connection, err := store.Connection(ctx, "engine", "test")
	must(t, err)
	now := time.Now()
	a, err := store.UpsertAssessment(ctx, hiring.Assessment{ConnectionID: connection, Ref: "a1", Title: "Interview", Status: hiring.AssessmentActive,
		Duration: 20, Language: "english", CreatedAt: now, UpdatedAt: now, SyncedAt: now})
	must(t, err)
	batch, err := store.InsertInviteBatch(ctx, a.ID, hiring.InviteCandidate, 0, now, []hiring.Invitee{{FirstName: "Ada", LastName: "L", Email: "ada@example.com"}})
	must(t, err)
	log := slog.New(slog.DiscardHandler)
	queue, err := jobs.New(jobs.Options{Store: store, Log: log, Mirror: mirror.New(mirror.Options{Store: store, Connection: connection, Log: log,
		Client: partner.New(partner.Options{BaseURL: inviting(t).URL, Key: "sk_test_x"})})})
	must(t, err)
	must(t, store.InTx(ctx, func(tx *db.Store) error { return queue.Enqueue(ctx, tx, jobs.SendBatch{ID: batch}, nil) }))

	// One process was killed in the middle of its last try, another one is alive and at work.
	alive := holdName(t, pool, "alive")
	defer alive()
	_, err = pool.Exec(ctx, `UPDATE river_job SET state = 'running', attempt = max_attempts, attempted_at = now(), attempted_by = '{killed}' WHERE kind = 'send_batch'`)
	must(t, err)
	must(t, store.InTx(ctx, func(tx *db.Store) error { return queue.Enqueue(ctx, tx, jobs.SendBatch{ID: batch + 1}, nil) }))
	_, err = pool.Exec(ctx, `UPDATE river_job SET state = 'running', attempt = 1, attempted_at = now(), attempted_by = '{alive}' WHERE kind = 'send_batch' AND state = 'available'`)
	must(t, err)

	must(t, queue.Start(ctx))
	defer func() { must(t, queue.Stop(context.Background())) }()
	timeout := time.After(time.Minute)
	for sent := false; !sent; {
		select {
		case <-timeout:
			t.Fatal("the work of the killed process waits")
		default:
		}
		b, err := store.InviteBatch(ctx, batch)
		must(t, err)
		sent = b.FinishedAt != nil && b.Sent == 1
	}
	var others int
	must(t, pool.QueryRow(ctx, `SELECT count(*) FROM river_job WHERE state = 'running' AND attempted_by = '{alive}'`).Scan(&others))
	if others != 1 {
		t.Error("work of a process that is alive was taken from it")
	}
}

// TestWorkOfAProcessKilledMeanwhileIsTakenOver: nobody has to start for it, and who showed itself again keeps its own.
func TestWorkOfAProcessKilledMeanwhileIsTakenOver(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	pool := desk.New(t)
	store := db.New(pool)
	queue, err := jobs.New(jobs.Options{Store: store, Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	queue.CheckOrphansEvery(10 * time.Millisecond)
	must(t, queue.Start(ctx))
	defer func() { must(t, queue.Stop(context.Background())) }()
	release, alive := holdName(t, pool, "killed"), holdName(t, pool, "alive")
	defer alive()
	for _, client := range []string{"killed", "alive"} {
		_, err = pool.Exec(ctx, `
			INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, attempted_by, queue)
			VALUES ('nobody_does_this', '{}', 'running', 3, 3, now(), ARRAY['first', $1], 'elsewhere')`, client)
		must(t, err)
	}
	states := func() (killed, alive string) {
		must(t, pool.QueryRow(ctx, `SELECT string_agg(state::text, '') FILTER (WHERE 'killed' = ANY(attempted_by)), string_agg(state::text, '')
			FILTER (WHERE 'alive' = ANY(attempted_by)) FROM river_job WHERE queue = 'elsewhere'`).Scan(&killed, &alive))
		return killed, alive
	}
	if killed, _ := states(); killed != "running" {
		t.Fatalf("before it is killed its work is %s", killed)
	}
	// The connection that shows that this queue lives breaks: it has to make another and go on. Other tests' locks
	// are in databases of the same server.
	_, err = pool.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()
		AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
		AND pid NOT IN (SELECT pid FROM pg_stat_activity WHERE query LIKE '%holdName%')`)
	must(t, err)
	release()
	timeout := time.After(time.Minute)
	for killed := ""; killed != "available"; killed, _ = states() {
		select {
		case <-timeout:
			t.Fatalf("the work of the killed process is %s", killed)
		default:
		}
	}
	if _, alive := states(); alive != "running" {
		t.Errorf("work of a process that is alive is %s", alive)
	}
}

// holdName does what a queue of that name does to show that it lives.
func holdName(t *testing.T, pool *pgxpool.Pool, name string) (release func()) {
	t.Helper()
	conn, err := pool.Acquire(t.Context())
	must(t, err)
	_, err = conn.Exec(t.Context(), `SELECT pg_advisory_lock(hashtextextended($1, 0)) /* holdName */`, name)
	must(t, err)
	return func() { _ = conn.Hijack().Close(context.Background()) }
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package events_test

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/events"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var empty = testdb.Template("empty", func(context.Context, string) error { return nil })

func tell(t *testing.T, pool *pgxpool.Pool, changes ...string) {
	t.Helper()
	for _, change := range changes {
		if _, err := pool.Exec(t.Context(), "SELECT pg_notify('changes', $1)", change); err != nil {
			t.Fatal(err)
		}
	}
}

// collect waits for n different changes, and fails when one comes twice in a batch.
func collect(t *testing.T, changes <-chan []string, n int) {
	t.Helper()
	seen := map[string]bool{}
	for len(seen) < n {
		batch, open := <-changes
		if !open {
			t.Fatalf("the subscription ended after %d changes, want %d", len(seen), n)
		}
		if len(slices.Compact(slices.Sorted(slices.Values(batch)))) != len(batch) {
			t.Errorf("a batch has a change twice: %q", batch)
		}
		for _, change := range batch {
			seen[change] = true
		}
	}
}

// run has the hub listen until the test ends, or end is called.
func run(t *testing.T, hub *events.Hub) (end func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { hub.Run(ctx); close(ended) }()
	end = func() { cancel(); <-ended }
	t.Cleanup(end)
	<-hub.Ready()
	return end
}

// TestChangesThatFollowCloselyGoTogether: the first at once, the others in a batch, each once; nobody misses the last.
func TestChangesThatFollowCloselyGoTogether(t *testing.T) {
	t.Parallel()
	pool := empty.New(t)
	hub := events.New(pool, "changes", slog.New(slog.DiscardHandler))
	run(t, hub)
	changes, unsubscribe := hub.Subscribe()
	defer unsubscribe()
	if _, err := pool.Exec(t.Context(), `SELECT pg_notify('changes', 'candidates ' || n % 10), pg_notify('changes', 'team') FROM generate_series(1, 50) n`); err != nil {
		t.Fatal(err)
	}
	tell(t, pool, "last")
	var batches int
	for last := false; !last; {
		batch := <-changes
		batches++
		last = slices.Contains(batch, "last")
	}
	if batches > 5 {
		t.Errorf("12 different changes came in %d batches", batches)
	}
}

// TestSince: what changes between the reading of a page and the beginning of its stream is not lost.
func TestSince(t *testing.T) {
	t.Parallel()
	pool := empty.New(t)
	hub := events.New(pool, "changes", slog.New(slog.DiscardHandler))
	early := hub.Position()
	run(t, hub)
	changes, unsubscribe := hub.Subscribe()
	defer unsubscribe()

	read := hub.Position()
	if missed, ok := hub.Since(read); !ok || len(missed) > 0 {
		t.Errorf("at once: %q, %v; want nothing", missed, ok)
	}
	tell(t, pool, "candidates 1", "candidates 2")
	collect(t, changes, 2)
	if missed, ok := hub.Since(read); !ok || !cmp.Equal(missed, []string{"candidates 1", "candidates 2"}) {
		t.Errorf("since the reading: %q, %v; want both", missed, ok)
	}
	if missed, ok := hub.Since(hub.Position()); !ok || len(missed) > 0 {
		t.Errorf("since later: %q, %v; want nothing", missed, ok)
	}
	for _, unknown := range []string{early, "another-1", "", "nonsense", read[:len(read)-1] + "9"} {
		if missed, ok := hub.Since(unknown); ok {
			t.Errorf("since %q: %q; want that it is not known", unknown, missed)
		}
	}
	if _, err := pool.Exec(t.Context(), `SELECT pg_notify('changes', 'candidates ' || n) FROM generate_series(3, 302) n`); err != nil {
		t.Fatal(err)
	}
	collect(t, changes, 300)
	if _, ok := hub.Since(read); ok {
		t.Error("300 changes later everything is said to be known")
	}
}

// TestNobodyListened: who subscribes while there is no connection to Postgres has to begin anew once there is one, since
// nobody heard what changed in between.
func TestNobodyListened(t *testing.T) {
	t.Parallel()
	pool := empty.New(t)
	hub := events.New(pool, "changes", slog.New(slog.DiscardHandler))
	early, unsubscribe := hub.Subscribe()
	defer unsubscribe()
	run(t, hub)
	tell(t, pool, "candidates 1")
	if batch, open := <-early; open {
		t.Errorf("the subscription goes on with %q", batch)
	}
}

package events_test

import (
	"context"
	"log/slog"
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

// TestSince: what changes between the reading of a page and the beginning of its stream is not lost.
func TestSince(t *testing.T) {
	t.Parallel()
	pool := empty.New(t)
	hub := events.New(pool, "changes", slog.New(slog.DiscardHandler))
	early := hub.Position()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { hub.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	<-hub.Ready()
	changes, unsubscribe := hub.Subscribe()
	defer unsubscribe()

	read := hub.Position()
	if missed, ok := hub.Since(read); !ok || len(missed) > 0 {
		t.Errorf("at once: %q, %v; want nothing", missed, ok)
	}
	tell(t, pool, "candidates 1", "candidates 2")
	<-changes
	<-changes
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
	for range 300 {
		tell(t, pool, "candidates 3")
		<-changes
	}
	if _, ok := hub.Since(read); ok {
		t.Error("300 changes later everything is said to be known")
	}
}

package db_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var desk = testdb.Template("desk", func(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return db.Migrate(ctx, pool)
})

// start is when the tests' records begin.
var start = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

// newStore is a store with a connection and an interview of it.
func newStore(t *testing.T) (store *db.Store, connection int64, assessment hiring.Assessment) {
	t.Helper()
	store = db.New(desk.New(t))
	connection, err := store.Connection(t.Context(), "engine", "test")
	must(t, err)
	return store, connection, newAssessment(t, store, connection, "a1")
}

func newAssessment(t *testing.T, store *db.Store, connection int64, ref string) hiring.Assessment {
	t.Helper()
	a, err := store.UpsertAssessment(t.Context(), hiring.Assessment{
		ConnectionID: connection, Ref: ref, Title: "Interview " + ref, Status: hiring.AssessmentActive, Duration: 20, Language: "english",
		CreatedAt: start, UpdatedAt: start, SyncedAt: start,
	})
	must(t, err)
	return a
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

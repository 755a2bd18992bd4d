package testdb_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"greenroom/internal/testdb"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var migrations atomic.Int64

var rooms = testdb.Template("rooms", func(ctx context.Context, url string) error {
	migrations.Add(1)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE TABLE rooms (name text PRIMARY KEY)")
	return err
})

func TestEveryTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			pool := rooms.New(t)
			if _, err := pool.Exec(t.Context(), "INSERT INTO rooms VALUES ('green')"); err != nil {
				t.Fatal(err) // a duplicate, were the database shared
			}
			if n := migrations.Load(); n != 1 {
				t.Errorf("migrated %d times", n)
			}
		})
	}
}

func TestDatabaseGoesWithItsTest(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a real Postgres")
	}
	var url string
	t.Run("inner", func(t *testing.T) {
		pool := rooms.New(t)
		url = testdb.URL(pool)
		// A connection that the test forgot does not keep the database.
		if _, err := pgx.Connect(context.Background(), url); err != nil {
			t.Fatal(err)
		}
	})
	_, err := pgx.Connect(t.Context(), url)
	if err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("connecting after the test: %v; want that the database does not exist", err)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		rooms.NewURL(b)
	}
}

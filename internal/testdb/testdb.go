// Package testdb gives every test a database of its own, copied from a migrated template on one throw-away Postgres per
// test process. It knows no schema: the caller brings the migrations. Production code must not import it.
//
// A package that uses it has
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
//	var desk = testdb.Template("desk", func(ctx context.Context, url string) error { … })
//
// and its tests say desk.New(t).
package testdb

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// connections is how many a test's pool may open: enough for an app with jobs and a listener, few enough that many
// parallel tests fit the server.
const connections = 12

// Source makes databases from one template. Make it with Template. Its methods may be called concurrently.
type Source struct {
	name    string
	migrate func(ctx context.Context, url string) error
	prepare func() error // makes the template, once
	made    atomic.Int64
}

// Template returns a Source of databases as migrate leaves them. name is a short lower-case word, unique in the test
// process. migrate gets the URL of an empty database, once, when the first test asks for a copy; it must have closed its
// connections when it returns.
func Template(name string, migrate func(ctx context.Context, url string) error) *Source {
	s := &Source{name: name, migrate: migrate}
	s.prepare = sync.OnceValue(s.makeTemplate)
	return s
}

// New returns a pool on a fresh database, dropped with it when the test ends. It skips the test with -short, and fails it
// when there is no Postgres to be had.
func (s *Source) New(t testing.TB) *pgxpool.Pool {
	t.Helper()
	url := s.NewURL(t)
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	config.MaxConns = connections
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	if err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// NewURL is New for code that connects by itself. Connections still open when the test ends are cut.
func (s *Source) NewURL(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skip("testdb: -short leaves out tests with a database")
	}
	if !inMain.Load() {
		t.Fatal("testdb: add to this package: func TestMain(m *testing.M) { testdb.Main(m) }")
	}
	if err := s.prepare(); err != nil {
		t.Fatalf("testdb: %v", err)
	}
	name := fmt.Sprintf("%s_%d", s.name, s.made.Add(1))
	if err := server.copyTemplate(t.Context(), name, s.template()); err != nil {
		t.Fatalf("testdb: %v", err)
	}
	t.Cleanup(func() {
		if err := server.drop(name); err != nil {
			t.Errorf("testdb: %v", err)
		}
	})
	return server.url(name)
}

// URL returns the address of the database that pool, made by New, is connected to.
func URL(pool *pgxpool.Pool) string { return pool.Config().ConnString() }

func (s *Source) template() string { return s.name + "_template" }

func (s *Source) makeTemplate() error {
	if err := server.start(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := server.create(ctx, s.template()); err != nil {
		return err
	}
	if err := s.migrate(ctx, server.url(s.template())); err != nil {
		return fmt.Errorf("migrating the template %s: %w", s.name, err)
	}
	// A connection to the template would make every copy fail.
	return server.seal(ctx, s.template())
}

var inMain atomic.Bool

// Main runs the tests of a package, stops the server they used, and exits.
func Main(m *testing.M) {
	inMain.Store(true)
	code := m.Run()
	if err := server.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "testdb: "+strings.TrimSpace(err.Error()))
		code = max(code, 1)
	}
	os.Exit(code)
}

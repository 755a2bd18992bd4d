package testdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"greenroom/internal/postgres"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	folderPrefix = "greenroom-testdb-"
	roomNeeded   = 1 << 30 // bytes; /dev/shm of a container is often 64 MiB
	sweepAge     = time.Minute
	patience     = time.Minute // for a start, a stop or a drop on a busy machine
)

// server is the one Postgres of the test process. It starts when the first test needs it.
var server = &throwaway{}

type throwaway struct {
	once  sync.Once
	err   error // of the start
	pg    *postgres.Server
	dir   string
	admin *pgxpool.Pool // to create and drop databases
}

func (s *throwaway) start() error {
	s.once.Do(func() { s.err = s.boot() })
	return s.err
}

func (s *throwaway) boot() (err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	base := fastFolder()
	sweep(ctx, base)
	if s.dir, err = os.MkdirTemp(base, folderPrefix); err != nil {
		return err
	}
	if s.pg, err = postgres.Start(ctx, postgres.Options{Dir: s.dir, Ephemeral: true}); err != nil {
		return errors.Join(err, os.RemoveAll(s.dir))
	}
	config, err := pgxpool.ParseConfig(s.pg.URL)
	if err != nil {
		return err
	}
	config.MaxConns = 4 // more copies at a time only compete for the disk
	s.admin, err = pgxpool.NewWithConfig(ctx, config)
	return err
}

func (s *throwaway) stop() error {
	if s.pg == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if s.admin != nil {
		s.admin.Close()
	}
	return errors.Join(s.pg.Stop(ctx), os.RemoveAll(s.dir))
}

func (s *throwaway) url(database string) string {
	u, err := url.Parse(s.pg.URL)
	if err != nil {
		panic(err) // postgres promises a URL
	}
	u.Path = "/" + database
	return u.String()
}

func (s *throwaway) create(ctx context.Context, name string) error {
	return s.exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE template0 STRATEGY file_copy")
}

func (s *throwaway) copyTemplate(ctx context.Context, name, template string) error {
	return s.exec(ctx, "CREATE DATABASE "+quote(name)+" TEMPLATE "+quote(template)+" STRATEGY file_copy")
}

func (s *throwaway) seal(ctx context.Context, name string) error {
	return s.exec(ctx, "ALTER DATABASE "+quote(name)+" ALLOW_CONNECTIONS false")
}

func (s *throwaway) drop(name string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return s.exec(ctx, "DROP DATABASE "+quote(name)+" WITH (FORCE)")
}

func (s *throwaway) exec(ctx context.Context, sql string) error {
	// The simple protocol: these statements can't be prepared usefully, and run once each.
	if _, err := s.admin.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol); err != nil {
		return fmt.Errorf("%s: %w", sql, err)
	}
	return nil
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

// fastFolder is the memory file system where there is one with room, else the temp folder.
func fastFolder() string {
	var fs syscall.Statfs_t
	if err := syscall.Statfs("/dev/shm", &fs); err == nil && uint64(fs.Bavail)*uint64(fs.Bsize) >= roomNeeded {
		return "/dev/shm"
	}
	return os.TempDir()
}

// sweep removes the folders of test processes that panicked, timed out or were killed. A young one may belong to a process
// that has not locked it yet.
func sweep(ctx context.Context, base string) {
	left, _ := filepath.Glob(filepath.Join(base, folderPrefix+"*")) // fails only on a malformed pattern
	for _, dir := range left {
		if st, err := os.Stat(dir); err == nil && time.Since(st.ModTime()) > sweepAge {
			_ = postgres.Remove(ctx, dir) // in use, or another process is sweeping it too
		}
	}
}

package app

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/db"
	"greenroom/internal/postgres"
)

// connections is the size of the pool where DATABASE_URL doesn't name one (pool_max_conns): jobs, the engine's
// workers and a few dozen people fit.
const connections = 24

// openDatabase brings up the managed Postgres where there is none given, connects and migrates.
func (a *App) openDatabase(ctx context.Context) error {
	address := a.cfg.DatabaseURL.Reveal()
	if address == "" {
		began := time.Now()
		a.progress("Starting Postgres in " + a.cfg.Data)
		server, err := postgres.Start(ctx, postgres.Options{Dir: filepath.Join(a.cfg.Data, "postgres"), BinDir: a.cfg.PGBin, Log: a.log})
		if err != nil {
			return err
		}
		a.postgres = server
		address = server.URL
		a.progress(fmt.Sprintf("Postgres is up (%s)", time.Since(began).Round(time.Millisecond)))
	} else {
		a.progress("Connecting to the database of DATABASE_URL")
	}
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return fmt.Errorf("DATABASE_URL can't be read; write it as postgres://user:password@host:5432/name") // the cause would show the password
	}
	if config.ConnString() == address && config.MaxConns < connections {
		config.MaxConns = connections
	}
	config.ConnConfig.RuntimeParams["application_name"] = db.ApplicationName()
	if a.pool, err = pgxpool.NewWithConfig(ctx, config); err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	if err := a.pool.Ping(ctx); err != nil {
		return fmt.Errorf("the database does not answer: check DATABASE_URL and that the server runs (%w)", err)
	}
	began := time.Now()
	if err := db.Migrate(ctx, a.pool); err != nil {
		return err
	}
	a.progress(fmt.Sprintf("The schema is up to date (%s)", time.Since(began).Round(time.Millisecond)))
	a.store = db.New(a.pool)
	return nil
}

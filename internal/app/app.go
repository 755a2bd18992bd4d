// Package app builds the whole program from a Config and runs it: database, engine, mirror, jobs, desk. main and the
// browser tests share it. Nothing is decided here but what is joined to what, and in which order it starts and ends.
package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"

	"greenroom/internal/account"
	"greenroom/internal/auth"
	"greenroom/internal/config"
	"greenroom/internal/db"
	"greenroom/internal/events"
	"greenroom/internal/handlers"
	"greenroom/internal/hiring"
	"greenroom/internal/mail"
	"greenroom/internal/partner"
	"greenroom/internal/postgres"
)

// Options are what the program's surroundings give.
type Options struct {
	Log      *slog.Logger
	Progress func(line string) // tells a person how far the start is; nil: nobody watches

	// Drain is how long Run serves on after /readyz began to say no, so that a proxy which asks it sends people
	// elsewhere; main takes Drain. Where nobody asks /readyz there is nobody to wait for.
	Drain time.Duration

	// What tests have otherwise; nil each: as it is.
	Now    func() time.Time
	Sample func(context.Context) error // in place of the sample data
	Calls  func(*partner.Options)      // changes how the provider is called
}

// App is the program, built and listening, but not serving before Run.
type App struct {
	// URL is the public address of the desk.
	URL string
	// SetupURL is the one-time address that makes the first admin; "" when there is a user already.
	SetupURL string

	cfg      config.Config
	log      *slog.Logger
	progress func(string)
	drain    time.Duration
	now      func() time.Time
	sample   func(context.Context) error
	calls    func(*partner.Options)

	listener net.Listener
	postgres *postgres.Server // nil with the user's own
	pool     *pgxpool.Pool
	store    *db.Store
	account  *account.Keeper
	mail     *mail.Sender // nil: messages wait in the outbox
	hub      *events.Hub
	sessions *auth.Sessions

	callTimes *prometheus.HistogramVec // see observeCall
	joined    atomic.Pointer[joined]   // never nil after New
}

// New builds the program: it listens, brings up and migrates the database, and wires the rest. On an error, which is a
// sentence for the person who starts it, everything is closed again. ctx bounds the building only.
func New(ctx context.Context, cfg config.Config, o Options) (_ *App, err error) {
	a := &App{
		cfg: cfg, log: slog.New(discreet{o.Log.Handler()}), progress: o.Progress, drain: o.Drain,
		now: o.Now, sample: o.Sample, calls: o.Calls, callTimes: newProviderCalls(),
	}
	if a.progress == nil {
		a.progress = func(string) {}
	}
	if a.now == nil {
		a.now = time.Now
	}
	defer func() {
		if err != nil {
			a.close()
		}
	}()
	if a.listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", cfg.Addr); err != nil {
		return nil, fmt.Errorf("%s is taken or not ours (%w): stop what uses it, or set GREENROOM_ADDR to another address", cfg.Addr, err)
	}
	a.URL = cmp.Or(cfg.URL, "http://"+loopback(a.listener.Addr()))
	for _, step := range []func(context.Context) error{a.openDatabase, a.openHouse, a.firstJoin, a.firstPeople} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return a, nil
}

// openHouse makes what every provider account shares.
func (a *App) openHouse(context.Context) (err error) {
	if a.mail, err = mail.New(a.cfg.Mail.URL.Reveal(), a.cfg.Mail.From); err != nil {
		return err
	}
	a.hub = events.New(a.pool, db.Channel, a.log)
	a.sessions = auth.NewSessions(a.pool, strings.HasPrefix(a.URL, "https:"))
	a.account = account.New(account.Options{
		Store: a.store, Environment: account.Account{URL: a.cfg.TapTalent.URL, Key: a.cfg.TapTalent.Key},
		SecretKey: a.cfg.SecretKey, KeyFile: filepath.Join(a.cfg.Data, "secret.key"), Log: a.log,
	})
	return nil
}

// firstPeople sees to it that somebody can come in: the admin of the environment, or a setup link.
func (a *App) firstPeople(ctx context.Context) (err error) {
	if admin := a.cfg.Admin; admin.Email != "" {
		if _, err = handlers.CreateFirstAdmin(ctx, a.store, admin.Email, admin.Password.Reveal(), "", a.now()); err != nil {
			return fmt.Errorf("creating the admin of GREENROOM_ADMIN_EMAIL: %w", err)
		}
	}
	if a.SetupURL, _, err = handlers.EnsureSetupLink(ctx, a.store, a.URL, a.now()); err != nil {
		return err
	}
	// With TapTalent chosen meanwhile, sample data would cost credits there.
	if j := a.joined.Load(); a.cfg.SampleData && a.SetupURL == "" && j.engine != nil {
		if err = j.queue.AddSample(ctx, a.store); errors.Is(err, hiring.ErrConflict) {
			return nil // it is there
		}
	}
	return err
}

// host of an address; "" for none.
func host(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

// postgresGone is closed when the managed Postgres is given up; never with the user's own.
func (a *App) postgresGone() <-chan struct{} {
	if a.postgres == nil {
		return nil
	}
	return a.postgres.Exited()
}

// close ends what New began, last first.
func (a *App) close() {
	if a.listener != nil {
		_ = a.listener.Close()
	}
	if a.sessions != nil {
		a.sessions.Close()
	}
	if a.pool != nil {
		a.pool.Close()
	}
	if a.postgres != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 4*time.Second)
		defer cancel()
		if err := a.postgres.Stop(ctx); err != nil {
			a.log.Warn("stopping Postgres", "error", err)
		}
	}
}

// loopback is the address under which this machine reaches the listener.
func loopback(addr net.Addr) string {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return addr.String()
	}
	if tcp.IP.IsUnspecified() || tcp.IP.IsLoopback() {
		return net.JoinHostPort("localhost", fmt.Sprint(tcp.Port))
	}
	return tcp.String()
}

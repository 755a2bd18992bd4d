// Package apptest starts the desk for tests of its pages: the real router, store, job queue and live changes on a
// database of the test's own, behind a real listener, with clients that are signed in. It holds no checks of any page.
// Production code must not import it.
//
// A package that uses it has
//
//	func TestMain(m *testing.M) { testdb.Main(m) }
//
// and its tests, in the package name_test, say
//
//	app := apptest.Start(t)
//	page := app.As(hiring.RoleRecruiter).Get("/interviews")
package apptest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/auth"
	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/events"
	"greenroom/internal/handlers"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/mail"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
	"greenroom/internal/testdb"
)

// Password is every member's.
const Password = "correct horse battery"

var passwordHash = sync.OnceValues(func() (string, error) { return auth.HashPassword(context.Background(), Password) })

var desk = testdb.Template("desk", func(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return migrate(ctx, pool)
})

// Options change how the desk is started. The zero value is an installation that has been set up, without a mail
// server.
type Options struct {
	Empty    bool                        // nobody has set it up
	Mail     *mail.Sender                // nil: messages wait in the outbox
	Sample   func(context.Context) error // adds sample data; nil: not offered
	Now      func() time.Time            // nil: time.Now
	Provider http.Handler                // nil: the local engine
	Client   func(*partner.Options)      // changes how the provider is called, nil: not
	Wire     func(*handlers.Options)     // changes what the handlers stand on, last
}

// App is a desk that runs until the test ends.
type App struct {
	t testing.TB

	URL      string // of the listener, without a slash at its end
	Store    *db.Store
	Mirror   *mirror.Mirror
	Jobs     *jobs.Queue
	Hub      *events.Hub
	Handlers *handlers.Handlers
	Engine   *engine.Engine // nil with a Provider
	Log      *Log           // everything that was logged

	members int
}

// Start starts a desk. At most one Options is taken.
func Start(t testing.TB, options ...Options) *App {
	t.Helper()
	var o Options
	for _, given := range options {
		o = given
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	pool := desk.New(t)
	ctx, cancel := context.WithCancel(context.Background())
	a := &App{t: t, Store: db.New(pool), Log: &Log{}}
	log := slog.New(slog.NewTextHandler(a.Log, nil))

	server := httptest.NewUnstartedServer(nil)
	a.URL = "http://" + server.Listener.Addr().String()
	base, err := url.Parse(a.URL)
	a.ok(err)

	var running sync.WaitGroup
	wire := handlers.Options{BaseURL: base, WebhookKey: "webhook key of the test", Mail: o.Mail != nil, Sample: o.Sample != nil, Log: log, Now: o.Now}
	if o.Provider == nil {
		o.Provider = a.startEngine(ctx, pool, &wire)
	}
	connection, err := a.Store.Connection(ctx, "engine", "test")
	a.ok(err)
	calls := partner.Options{
		BaseURL: a.URL + "/v1/partner", Key: engineKey, Name: "The local engine",
		HTTPClient: &http.Client{Transport: partner.HandlerTransport(o.Provider)}, Log: log, Now: o.Now,
	}
	if o.Client != nil {
		o.Client(&calls)
	}
	a.Mirror = mirror.New(mirror.Options{Store: a.Store, Client: partner.New(calls), Connection: connection, Log: log, Now: o.Now})
	a.Jobs, err = jobs.New(jobs.Options{Store: a.Store, Mirror: a.Mirror, Mail: o.Mail, Sample: o.Sample, Now: o.Now, Log: log})
	a.ok(err)
	a.Hub = events.New(pool, db.Channel, log)
	sessions := auth.NewSessions(pool, false, func(w http.ResponseWriter, _ *http.Request, err error) {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
	})

	wire.Store, wire.Mirror, wire.Jobs, wire.Hub, wire.Sessions = a.Store, a.Mirror, a.Jobs, a.Hub, sessions
	if o.Wire != nil {
		o.Wire(&wire)
	}
	a.Handlers = handlers.New(wire)
	server.Config.Handler = a.Handlers

	a.ok(a.Jobs.Start(ctx))
	if a.Engine != nil {
		running.Go(func() {
			if err := a.Engine.Run(ctx); err != nil {
				log.Error("the engine stopped", "error", err)
			}
		})
	}
	running.Go(func() { a.Hub.Run(ctx) })
	<-a.Hub.Ready()
	server.Start()
	t.Cleanup(func() {
		cancel() // ends streams first: Close waits for them
		server.CloseClientConnections()
		server.Close()
		if err := a.Jobs.Stop(context.Background()); err != nil {
			t.Errorf("apptest: %v", err)
		}
		sessions.Close()
		running.Wait()
		a.Log.discreet(t)
		if t.Failed() {
			t.Logf("log of the desk:\n%s", a.Log)
		}
	})
	if !o.Empty {
		a.ok(a.Store.SaveWorkspace(ctx, hiring.Workspace{CompanyName: "Acme", RequiredScorecards: 1}))
		a.Member(hiring.RoleAdmin)
	}
	return a
}

// Member adds somebody of the role to the team, with Password.
func (a *App) Member(role hiring.Role) hiring.User {
	a.t.Helper()
	hash, err := passwordHash()
	a.ok(err)
	a.members++
	u := hiring.User{
		Email: fmt.Sprintf("%s%d@example.com", role, a.members), Name: fmt.Sprintf("%s %d", role.Name(), a.members), Role: role,
		PasswordHash: hash, CreatedAt: a.Handlers.Now(),
	}
	u.ID, err = a.Store.InsertUser(context.Background(), u)
	a.ok(err)
	return u
}

// Until waits for a condition, which it asks again at every live change; it fails the test after a minute, which a busy machine may need.
func (a *App) Until(what string, holds func() bool) {
	a.t.Helper()
	timeout := time.After(time.Minute)
	changes, cancel := a.Hub.Subscribe()
	defer func() { cancel() }()
	for !holds() {
		select {
		case _, open := <-changes:
			if !open {
				changes, cancel = a.Hub.Subscribe()
			}
		case <-timeout:
			a.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (a *App) ok(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatalf("apptest: %v", err)
	}
}

// discreet fails the test where the log names somebody: by an address, or by a name that tests like.
func (l *Log) discreet(t testing.TB) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		for _, personal := range []string{"@", "Lovelace", "Hopper", "Ada "} {
			if strings.Contains(line, personal) {
				t.Errorf("the log contains %q: %s", personal, line)
			}
		}
	}
}

// Log keeps what was logged. It is safe for concurrent use.
type Log struct {
	mu   sync.Mutex
	text strings.Builder
}

// Write adds to the log.
func (l *Log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

// String is the log so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

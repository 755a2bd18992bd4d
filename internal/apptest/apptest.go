// Package apptest starts the program for tests of its pages, as package app joins it, on a database of the test's own,
// with clients that are signed in. It holds no checks of any page. Production code must not import it.
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
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/app"
	"greenroom/internal/auth"
	"greenroom/internal/config"
	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
	"greenroom/internal/testdb"
)

const (
	Password   = "correct horse battery" // every member's
	WebhookKey = "webhook-key-of-the-test"
	EngineKey  = "sk_test_0123456789abcdefghijkl" // of the local engine, and of TapTalent where a test stands for it
)

var passwordHash = sync.OnceValues(func() (string, error) { return auth.HashPassword(context.Background(), Password) })

// Databases are migrated for desk and engine, and hold no records.
var Databases = testdb.Template("whole", func(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := db.Migrate(ctx, pool); err != nil {
		return err
	}
	return engine.Migrate(ctx, pool)
})

// Options change how the program is started. The zero value is an installation that has been set up, with the local
// engine and without a mail server.
type Options struct {
	Empty    bool                        // nobody has set it up
	Settings []string                    // more of the environment, as NAME=value
	Sample   func(context.Context) error // in place of the sample data; nil: the sample data
	Now      func() time.Time            // nil: time.Now
	Provider http.Handler                // stands for TapTalent; nil: the local engine
	Calls    func(*partner.Options)      // changes how the provider is called; nil: not
}

// App is the program, which runs until the test ends.
type App struct {
	app.Parts
	URL string // without a slash at its end
	Log *Log   // everything that was logged

	t       testing.TB
	members int
}

// Start starts the program. At most one Options is taken.
func Start(t testing.TB, options ...Options) *App {
	t.Helper()
	var o Options
	for _, given := range options {
		o = given
	}
	settings := []string{
		"GREENROOM_ADDR=127.0.0.1:0", "GREENROOM_DATA=" + t.TempDir(), "DATABASE_URL=" + Databases.NewURL(t),
		"TAPTALENT_WEBHOOK_KEY=" + WebhookKey, "GREENROOM_ENGINE_KEY=" + EngineKey,
	}
	if o.Provider != nil {
		settings = append(settings, "TAPTALENT_API_KEY="+EngineKey)
	}
	a := &App{t: t, Log: &Log{}}
	cfg, err := config.Load(append(settings, o.Settings...))
	a.ok(err)
	program, err := app.New(t.Context(), cfg, app.Options{
		Log: slog.New(slog.NewTextHandler(a.Log, nil)), Now: o.Now, Sample: o.Sample, Calls: o.calls,
	})
	a.ok(err)
	a.URL, a.Parts = program.URL, program.Parts()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan struct{})
	var cause error
	go func() {
		defer close(ended)
		cause = program.Run(ctx)
	}()
	t.Cleanup(func() {
		http.DefaultTransport.(*http.Transport).CloseIdleConnections() // the program waits for those that were never used
		stop()
		<-ended
		if cause != nil {
			t.Errorf("the program ended with: %v", cause)
		}
		a.Log.discreet(t)
		if t.Failed() {
			t.Logf("log of the program:\n%s", a.Log)
		}
	})
	select {
	case <-a.Hub.Ready():
	case <-ended:
	}
	if !o.Empty {
		a.ok(a.Store.SaveWorkspace(ctx, hiring.Workspace{CompanyName: "Acme", RequiredScorecards: 1}))
		a.Member(hiring.RoleAdmin)
	}
	return a
}

// calls is app.Options.Calls.
func (o Options) calls(c *partner.Options) {
	if o.Provider != nil {
		c.HTTPClient = &http.Client{Transport: partner.HandlerTransport(o.Provider)}
	}
	if o.Calls != nil {
		o.Calls(c)
	}
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

// Reconcile has the mirror compare what is due with the provider now; when the queue does so just then, right after.
func (a *App) Reconcile() error {
	for {
		if err := a.Mirror.Reconcile(a.t.Context()); !errors.Is(err, mirror.ErrBusy) {
			return err
		}
		runtime.Gosched()
	}
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

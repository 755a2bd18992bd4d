// Package e2e holds journeys through the whole program in a real browser: what people do, from the setup link to the
// score that appears by itself, and the figures that were promised. What one room does is tested in that room.
package e2e

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/app"
	"greenroom/internal/apptest"
	"greenroom/internal/config"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// The first admin of a program that admin settings made.
const (
	adminEmail    = "grace@example.com"
	adminPassword = "correct horse battery"
)

// withAdmin are the settings of an installation that has its first admin.
var withAdmin = []string{"GREENROOM_ADMIN_EMAIL=" + adminEmail, "GREENROOM_ADMIN_PASSWORD=" + adminPassword}

// program is Greenroom as main runs it, on a database of the test's own.
type program struct {
	URL      string // without a slash at its end
	SetupURL string
	database string
	log      *textLog
}

// start runs the program with settings of its environment until the test ends.
func start(t *testing.T, settings ...string) *program {
	t.Helper()
	database := apptest.Databases.NewURL(t)
	cfg, err := config.Load(append([]string{"GREENROOM_ADDR=127.0.0.1:0", "DATABASE_URL=" + database}, settings...))
	if err != nil {
		t.Fatal(err)
	}
	p := &program{database: database, log: &textLog{}}
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.NewTextHandler(p.log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	p.URL, p.SetupURL = a.URL, a.SetupURL
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		began := time.Now()
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with: %v", err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("the program took %v to end", took)
		}
		for line := range strings.Lines(p.log.String()) {
			if strings.Contains(line, "level=ERROR") {
				t.Errorf("logged: %s", line)
			}
			if strings.Contains(line, "@example") || strings.Contains(line, "Lovelace") || strings.Contains(line, "Ada ") {
				t.Errorf("a person is named in the log: %s", line)
			}
		}
		if t.Failed() {
			t.Logf("log of the program:\n%s", p.log)
		}
	})
	return p
}

// logLatency logs how long after the submission, and after its scoring's webhook, something was seen; that is to be
// within a second of the webhook.
func (g *program) logLatency(t *testing.T, seen time.Time) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), g.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	var submitted, received time.Time
	if err := db.QueryRow(t.Context(), `SELECT max(submitted_at) FROM engine.submissions`).Scan(&submitted); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(t.Context(), `SELECT max(received_at) FROM webhook_deliveries WHERE event = 'interview.scoring_completed'`).Scan(&received); err != nil {
		t.Fatal(err)
	}
	after := seen.Sub(received)
	t.Logf("the score was in the open page %v after the submission, %v after the webhook", seen.Sub(submitted).Round(time.Millisecond), after.Round(time.Millisecond))
	if after > time.Second && !raced {
		t.Errorf("the score came %v after its webhook, want within a second", after)
	}
}

// textLog keeps what was logged. It is safe for concurrent use.
type textLog struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *textLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *textLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

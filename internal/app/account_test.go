package app_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/app"
	"greenroom/internal/apptest"
	"greenroom/internal/config"
	"greenroom/internal/engine"
	"greenroom/internal/engine/generate"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// Keys of an account at the provider: the second is what the first is changed for.
const (
	firstKey  = "sk_test_aaaaaaaaaaaaaaaaaaaaa1"
	secondKey = "sk_test_aaaaaaaaaaaaaaaaaaaaa2"
)

// elsewhere is a provider out in the net: an engine of its own, whose key can be changed.
type elsewhere struct {
	*httptest.Server
	key atomic.Value // string; others are refused
}

func startElsewhere(t *testing.T) *elsewhere {
	pool := apptest.Databases.New(t)
	e := &elsewhere{}
	e.key.Store(firstKey)
	inner, err := engine.New(t.Context(), pool, engine.Options{
		APIKey: "inside", BaseURL: "https://elsewhere.example", WebhookKey: func(context.Context) (string, error) { return "", nil },
		Generator: generate.NewBank(), Company: func(context.Context) string { return "Acme" }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	e.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+e.key.Load().(string) {
			r.Header.Set("Authorization", "Bearer inside")
		} else {
			r.Header.Set("Authorization", "Bearer wrong")
		}
		inner.Handler().ServeHTTP(w, r)
	}))
	t.Cleanup(e.Close)
	return e
}

// process is one of several programs on a database.
type process struct {
	*app.App
	client *http.Client
}

// run starts a program and signs its admin in.
func run(t *testing.T, database, data string, settings ...string) *process {
	t.Helper()
	cfg, err := config.Load(append([]string{"GREENROOM_ADDR=127.0.0.1:0", "DATABASE_URL=" + database, "GREENROOM_DATA=" + data,
		"GREENROOM_ADMIN_EMAIL=grace@example.com", "GREENROOM_ADMIN_PASSWORD=correct horse battery"}, settings...))
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with: %v", err)
		}
	})
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &process{a, &http.Client{Jar: jar}}
	if page := p.post(t, "/login", "email", "grace@example.com", "password", "correct horse battery"); !strings.Contains(page, "Sign out") {
		t.Fatalf("not signed in: %s", page)
	}
	return p
}

func (p *process) post(t *testing.T, path string, pairs ...string) string {
	t.Helper()
	form := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	resp, err := p.client.PostForm(p.URL+path, form)
	return read(t, resp, err)
}

func (p *process) get(t *testing.T, path string) string {
	t.Helper()
	resp, err := p.client.Get(p.URL + path)
	return read(t, resp, err)
}

func read(t *testing.T, resp *http.Response, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// until asks for a page again until it has the text.
func (p *process) until(t *testing.T, path, text string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(p.get(t, path), text); {
		if time.Now().After(deadline) {
			t.Fatalf("%s never said %q:\n%s", path, text, p.get(t, path))
		}
		time.Sleep(50 * time.Millisecond) // pages are asked, as people ask them
	}
}

// TestAccount: an admin connects the desk to a provider account, every process follows, and back; each account's
// records stay its own, also when its key is changed for another.
func TestAccount(t *testing.T) {
	t.Parallel()
	provider := startElsewhere(t)
	provider.create(t, "Harbour pilot")
	database, data := apptest.Databases.NewURL(t), t.TempDir()
	p, other := run(t, database, data), run(t, database, data)
	const form = "/admin/connection/account"

	if page := p.post(t, form, "provider", "taptalent", "key", "sk_live_short", "base_url", provider.URL+"/v1/partner", "do", "save"); !strings.Contains(page, "22 letters and digits") || !strings.Contains(page, "sk_live_short") {
		t.Errorf("a key that is none: %s", page)
	}
	if page := p.post(t, form, "provider", "taptalent", "key", secondKey, "base_url", provider.URL+"/v1/partner", "do", "test"); !strings.Contains(page, `id="key-error"`) {
		t.Errorf("a key that the provider refuses: %s", page)
	}
	if page := p.post(t, form, "provider", "taptalent", "key", firstKey, "base_url", "http://127.0.0.1:1/v1/partner", "do", "save"); !strings.Contains(page, `id="base_url-error"`) {
		t.Errorf("an address where nobody is: %s", page)
	}
	if page := p.post(t, form, "provider", "taptalent", "key", firstKey, "base_url", provider.URL+"/v1/partner", "do", "test"); !strings.Contains(page, "takes the key. Nothing is changed yet") {
		t.Errorf("a test that goes well: %s", page)
	}
	if page := p.get(t, form); strings.Contains(page, "Chosen by") {
		t.Error("tests changed something")
	}

	if page := p.post(t, form, "provider", "taptalent", "key", firstKey, "base_url", provider.URL+"/v1/partner", "do", "save"); !strings.Contains(page, "Now set the webhook address") || !strings.Contains(page, ">TEST<") {
		t.Fatalf("after the change: %s", page)
	}
	p.until(t, "/interviews", "Harbour pilot")
	other.until(t, "/interviews", "Harbour pilot")
	if page := p.get(t, form); strings.Contains(page, firstKey) || !strings.Contains(page, "sk_test_…aaa1") {
		t.Errorf("the key is shown, or not told: %s", page)
	}
	conn, err := pgx.Connect(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	var sealed []byte
	if err := conn.QueryRow(t.Context(), `SELECT sealed_key FROM account`).Scan(&sealed); err != nil || len(sealed) < len(firstKey) || bytes.Contains(sealed, []byte("aaaa")) {
		t.Errorf("kept as %q (%v)", sealed, err)
	}
	if info, err := os.Stat(filepath.Join(data, "secret.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file that encrypts it: %v, %v", info, err)
	}

	provider.key.Store(secondKey) // changed at the provider
	if page := p.post(t, form, "provider", "taptalent", "key", secondKey, "base_url", provider.URL+"/v1/partner", "do", "save"); !strings.Contains(page, "Now set the webhook address") {
		t.Fatalf("after the key's change: %s", page)
	}
	if page := p.get(t, "/interviews"); !strings.Contains(page, "Harbour pilot") {
		t.Errorf("the account's records went with its old key: %s", page)
	}
	if page := p.post(t, form, "provider", "engine", "do", "save"); !strings.Contains(page, "Connected to the local engine") || strings.Contains(page, ">TEST<") {
		t.Errorf("back to the engine: %s", page)
	}
	if page := p.get(t, "/interviews"); strings.Contains(page, "Harbour pilot") {
		t.Errorf("the engine shows the other account's: %s", page)
	}
	other.until(t, "/interviews", "No interview yet")
	var connections, missing int
	if err := conn.QueryRow(t.Context(), `SELECT (SELECT count(*) FROM connections), (SELECT count(*) FROM assessments WHERE missing_since IS NOT NULL)`).Scan(&connections, &missing); err != nil || connections != 2 || missing != 0 {
		t.Errorf("%d connections, %d interviews taken for gone (%v)", connections, missing, err)
	}

	// A start later the choice still holds, and without the file the page says what to do.
	p.post(t, form, "provider", "taptalent", "key", secondKey, "base_url", provider.URL+"/v1/partner", "do", "save")
	third := run(t, database, t.TempDir())
	if page := third.get(t, "/interviews"); !strings.Contains(page, "Harbour pilot") {
		t.Errorf("without the file nothing can be read: %s", page)
	}
	for _, path := range []string{form, "/admin/connection"} {
		if page := third.get(t, path); !strings.Contains(page, "be read here") {
			t.Errorf("%s without the file: %s", path, page)
		}
	}
}

// create makes an interview at the provider.
func (e *elsewhere) create(t *testing.T, title string) {
	t.Helper()
	body := fmt.Sprintf(`{"title":%q,"hiringForRole":"Pilot","purposeOfInterview":"To see who knows the harbour","status":"ACTIVE"}`, title)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, e.URL+"/v1/partner/assessment/audio-interviews", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+e.key.Load().(string))
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	if said := read(t, resp, err); resp.StatusCode >= 300 {
		t.Fatalf("creating an interview at the provider: %d %s", resp.StatusCode, said)
	}
}

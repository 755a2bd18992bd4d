package account

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/config"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var desk = testdb.Template("account", func(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return db.Migrate(ctx, pool)
})

const (
	oneKey     = "sk_live_aaaaaaaaaaaaaaaaaaaaa1"
	anotherKey = "sk_live_aaaaaaaaaaaaaaaaaaaaa2"
)

// provider answers the list of interviews with these ids.
func provider(t *testing.T, refs ...string) string {
	var items []string
	for _, ref := range refs {
		items = append(items, fmt.Sprintf(`{"assessmentId":%q,"testName":"Pilot","status":"ACTIVE"}`, ref))
	}
	return answering(t, http.StatusOK, "application/json", fmt.Sprintf(`{"status":"success","data":{"assessments":[%s],"pagination":{"pageNumber":1,"perPage":100,"total":%d}}}`, strings.Join(items, ","), len(items)))
}

func answering(t *testing.T, status int, kind, body string) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", kind)
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func keeper(t *testing.T, o Options) (*Keeper, int64) {
	t.Helper()
	o.Store, o.Log = db.New(desk.New(t)), slog.New(slog.DiscardHandler)
	if o.KeyFile == "" {
		o.KeyFile = filepath.Join(t.TempDir(), "data", "secret.key")
	}
	admin, err := o.Store.InsertUser(t.Context(), hiring.User{Email: "grace@example.com", Name: "Grace", Role: hiring.RoleAdmin, PasswordHash: "none", CreatedAt: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return New(o), admin
}

// TestRefusals: what is wrong with a draft stands at the field that it is about, and nothing is kept.
func TestRefusals(t *testing.T) {
	t.Parallel()
	k, admin := keeper(t, Options{})
	for name, c := range map[string]struct {
		draft Draft
		field string
	}{
		"no key":               {Draft{Live: true}, FieldKey},
		"not a key":            {Draft{Live: true, Key: "hunter2"}, FieldKey},
		"not an address":       {Draft{Live: true, Key: oneKey, URL: "taptalent"}, FieldURL},
		"the key unprotected":  {Draft{Live: true, Key: oneKey, URL: "http://taptalent.example/v1"}, FieldURL},
		"nobody there":         {Draft{Live: true, Key: oneKey, URL: "http://127.0.0.1:1"}, FieldURL},
		"a key that is no key": {Draft{Live: true, Key: oneKey, URL: answering(t, 401, "application/json", `{"status":"error","error":{"code":"UNAUTHORIZED","message":"no"}}`)}, FieldKey},
		"a key that may not":   {Draft{Live: true, Key: oneKey, URL: answering(t, 403, "application/json", `{"status":"error","error":{"code":"FORBIDDEN","message":"no"}}`)}, FieldKey},
		"nothing of that path": {Draft{Live: true, Key: oneKey, URL: answering(t, 404, "application/json", `{"status":"error"}`)}, FieldURL},
		"a web page":           {Draft{Live: true, Key: oneKey, URL: answering(t, 200, "text/html", `<h1>Welcome</h1>`)}, FieldURL},
		"a bad day":            {Draft{Live: true, Key: oneKey, URL: answering(t, 500, "application/json", `{"status":"error"}`)}, ""},
	} {
		_, trying := k.Try(t.Context(), c.draft)
		for what, err := range map[string]error{"Try": trying, "Save": k.Save(t.Context(), c.draft, admin)} {
			var invalid *hiring.InvalidError
			if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Field != c.field || !strings.HasSuffix(invalid.Problems[0].Message, ".") {
				t.Errorf("%s of %s: %v; want a sentence at %q", what, name, err, c.field)
			}
		}
	}
	if s, err := k.State(t.Context()); err != nil || s.Live() || s.ChangedBy != "" {
		t.Errorf("after refusals: %+v, %v", s, err)
	}
}

// TestKeptKey: what was saved is read back, by who has the secret and by nobody else.
func TestKeptKey(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]Options{"by a file": {}, "by a secret": {SecretKey: "a secret of thirty-two characters"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k, admin := keeper(t, o)
			address := provider(t)
			if err := k.Save(t.Context(), Draft{Live: true, Key: " " + oneKey + "\n", URL: address}, admin); err != nil {
				t.Fatal(err)
			}
			s, err := k.State(t.Context())
			if err != nil || s.Key.Reveal() != oneKey || s.Unreadable || s.ChangedBy != "Grace" {
				t.Errorf("read back: %+v, %v", s, err)
			}
			if err := k.Save(t.Context(), Draft{Live: true, URL: address + "/"}, admin); err != nil {
				t.Errorf("with the key that is there: %v", err)
			}
			asked := false
			elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
			defer elsewhere.Close()
			_, err = k.Try(t.Context(), Draft{Live: true, URL: elsewhere.URL})
			if invalid := (*hiring.InvalidError)(nil); !errors.As(err, &invalid) || invalid.Problems[0].Field != FieldKey || asked {
				t.Errorf("the key that is there, for another address: %v, and it was sent: %v", err, asked)
			}
			stranger := New(k.Options)
			stranger.SecretKey = config.Secret("another secret of thirty-two chars")
			if s, err := stranger.State(t.Context()); err != nil || !s.Unreadable || s.Key != "" || !s.Live() {
				t.Errorf("read by a stranger: %+v, %v", s, err)
			}
		})
	}
}

// TestNowhereToKeepASecret: who can't write its data folder is told what to do.
func TestNowhereToKeepASecret(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	k, admin := keeper(t, Options{KeyFile: filepath.Join(file, "secret.key")})
	err := k.Save(t.Context(), Draft{Live: true, Key: oneKey, URL: provider(t)}, admin)
	if invalid := (*hiring.InvalidError)(nil); !errors.As(err, &invalid) || !strings.Contains(invalid.Problems[0].Message, "GREENROOM_SECRET_KEY") {
		t.Errorf("got %v", err)
	}
}

// TestWhoseAccount: a key that replaces another one opens the records of its account, one of another account does not.
func TestWhoseAccount(t *testing.T) {
	t.Parallel()
	k, admin := keeper(t, Options{})
	save := func(key, url string) int64 {
		t.Helper()
		if err := k.Save(t.Context(), Draft{Live: true, Key: key, URL: url}, admin); err != nil {
			t.Fatal(err)
		}
		s, err := k.State(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return s.Connection
	}
	mine := provider(t, "a", "b")
	first := save(oneKey, mine)
	if _, err := k.Store.UpsertAssessment(t.Context(), hiring.Assessment{ConnectionID: first, Ref: "b", Title: "Pilot", Status: hiring.AssessmentActive}); err != nil {
		t.Fatal(err)
	}
	if id := save(anotherKey, mine); id != first {
		t.Errorf("a new key of the account opens connection %d, want %d", id, first)
	}
	if id := save(oneKey, provider(t, "c")); id == first {
		t.Error("another account opens the records of the first")
	}

	// The environment's key is treated alike, but a silent provider leaves it open whose records it would open.
	env := New(k.Options)
	env.Environment = Account{URL: mine, Key: oneKey}
	if s, err := env.State(t.Context()); err != nil || s.Connection != first || !s.ByEnvironment {
		t.Errorf("the environment's key: %+v, %v", s, err)
	}
	env.Environment = Account{URL: "http://127.0.0.1:1", Key: "sk_live_aaaaaaaaaaaaaaaaaaaaa3"}
	if _, err := env.State(t.Context()); err == nil || !strings.Contains(err.Error(), "TAPTALENT_API_KEY is new") {
		t.Errorf("a new key while the provider is silent: %v", err)
	}
	if err := env.Save(t.Context(), Draft{}, admin); !errors.Is(err, hiring.ErrForbidden) {
		t.Errorf("choosing against the environment: %v", err)
	}
}

package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/engine/generate"
	"greenroom/internal/partnerapi"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

var database = testdb.Template("engine", func(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return Migrate(ctx, pool)
})

const testKey = "sk_test_0123456789abcdefghijkl"

// clock is the time of a test, moved by hand.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func newClock() *clock { return &clock{at: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// start makes an engine on a database of its own, with the question bank and a clock that stands until moved.
func start(t *testing.T, change ...func(*Options)) (*Engine, *clock) {
	t.Helper()
	return startOn(t, database.New(t), change...)
}

func startOn(t *testing.T, pool *pgxpool.Pool, change ...func(*Options)) (*Engine, *clock) {
	t.Helper()
	c := newClock()
	opts := Options{APIKey: testKey, BaseURL: "http://localhost:8080", Generator: generate.NewBank(), Now: c.now, Log: slog.New(slog.DiscardHandler)}
	for _, f := range change {
		f(&opts)
	}
	e, err := New(t.Context(), pool, opts)
	if err != nil {
		t.Fatal(err)
	}
	return e, c
}

// do calls the contract in process; body may be nil, text, or something to encode.
func do(t *testing.T, e *Engine, method, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	var content []byte
	switch b := body.(type) {
	case nil:
	case string:
		content = []byte(b)
	default:
		var err error
		if content, err = json.Marshal(b); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequest(method, partnerapi.BasePath+path, bytes.NewReader(content))
	r.Header.Set("Authorization", "Bearer "+testKey)
	w := httptest.NewRecorder()
	e.Handler().ServeHTTP(w, r)
	return w
}

// data is do's data, for calls that must succeed.
func data[T any](t *testing.T, e *Engine, method, path string, body any) T {
	t.Helper()
	w := do(t, e, method, path, body)
	if w.Code != http.StatusOK {
		t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	var envelope partnerapi.Envelope[T]
	if err := json.Unmarshal(w.Body.Bytes(), &envelope); err != nil {
		t.Fatalf("%s %s: %v in %s", method, path, err, w.Body)
	}
	return envelope.Data
}

func refused(t *testing.T, w *httptest.ResponseRecorder, code partnerapi.Code) *partnerapi.Error {
	t.Helper()
	var refusal partnerapi.Error
	if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if refusal.Code != code || w.Code != code.Status() {
		t.Fatalf("%d %s, want %s", w.Code, w.Body, code)
	}
	return &refusal
}

// newAssessment creates one with questions of the given texts.
func newAssessment(t *testing.T, e *Engine, questions ...partnerapi.QuestionRequest) partnerapi.Assessment {
	t.Helper()
	a := data[partnerapi.Assessment](t, e, "POST", "/assessment/audio-interviews", partnerapi.CreateRequest{
		Title: "Backend interview", HiringForRole: "Backend Engineer", PurposeOfInterview: "Find out how people design services.",
		IsEmailVerificationRequired: new(false),
	})
	for _, q := range questions {
		data[partnerapi.QuestionAdded](t, e, "POST", pathOf(a, "/questions"), q)
	}
	return a
}

func pathOf(a partnerapi.Assessment, rest string) string {
	return "/assessment/" + string(a.AssessmentID) + rest
}

func sendInvite(t *testing.T, e *Engine, a partnerapi.Assessment, email string) string {
	t.Helper()
	first, _, _ := strings.Cut(email, "@")
	return string(data[partnerapi.Invited](t, e, "POST", pathOf(a, "/invite"), partnerapi.InviteRequest{
		FirstName: first, LastName: "Doe", EmailAddress: email,
	}).InviteID)
}

func TestFirstSlice(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	a := newAssessment(t, e, partnerapi.QuestionRequest{Question: "How do you debug a failing service?"})
	got := data[partnerapi.Assessment](t, e, "GET", pathOf(a, ""), nil)
	if got.QuestionCount != 1 || len(got.Questions) != 1 || got.Questions[0].Type != "SUBJECTIVE" {
		t.Errorf("got %+v", got)
	}
	if list := data[partnerapi.AssessmentPage](t, e, "GET", "/assessment", nil); list.Pagination.Total != 1 {
		t.Errorf("list %+v", list)
	}
	if id := sendInvite(t, e, a, "john@example.com"); len(id) != 36 {
		t.Errorf("invite %q", id)
	}
	made := data[partnerapi.Assessment](t, e, "POST", "/assessment/auto-generate", `{"jobId":12345}`)
	for found := true; found; {
		var err error
		if found, err = e.taskNext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if g := data[partnerapi.Generation](t, e, "GET", "/extensions"+pathOf(made, "/generation"), nil); g.State != "ready" || g.QuestionCount != 5 {
		t.Errorf("generation %+v", g)
	}
}

package mirror_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/hiring"
	"greenroom/internal/inbox"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// weather is what stands between the desk and the provider.
type weather struct {
	through http.RoundTripper
	bare    bool // the provider knows no extensions

	mu   sync.Mutex
	kind string // of the outage; "" for none

	meanwhile func() // happens once, while the next page of candidates is on its way here
}

var outages = []string{"500", "500 after", "timeout", "timeout after", "reset after", "html", "truncated", "429"}

type lateError struct{}

func (lateError) Error() string { return "no answer in time" }
func (lateError) Timeout() bool { return true }

func (w *weather) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	kind := w.kind
	w.mu.Unlock()
	answer := func(status int, kind, body string) (*http.Response, error) {
		return &http.Response{StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: -1,
			Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
	if w.bare && strings.Contains(r.URL.Path, "/extensions") {
		if kind == "" {
			return answer(404, "application/json", `{"error":{"code":"NOT_FOUND","type":"x","errorMessage":"There is no such path"}}`)
		}
		return nil, lateError{}
	}
	switch kind {
	case "500":
		return answer(500, "application/json", fault)
	case "timeout":
		return nil, lateError{}
	case "html":
		return answer(503, "text/html", "<html>down for maintenance</html>")
	case "429":
		return answer(429, "application/json", tooMany)
	}
	resp, err := w.through.RoundTrip(r)
	if then := w.meanwhile; then != nil && strings.HasSuffix(r.URL.Path, "/candidates") {
		w.meanwhile = nil
		then()
	}
	if err != nil || kind == "" {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	switch kind {
	case "timeout after":
		return nil, lateError{}
	case "reset after":
		return nil, errors.New("connection reset by peer")
	case "truncated":
		resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body[:len(body)/2])), -1
		return resp, nil
	}
	return answer(500, "application/json", fault)
}

// model is the provider, the way to it, and the desk.
type model struct {
	ctx        context.Context
	pool       *pgxpool.Pool
	engine     *engine.Engine
	weather    *weather
	direct     *partner.Client // somebody else, for whom the sun shines
	store      *db.Store
	mirror     *mirror.Mirror
	connection int64
	clock      atomic.Int64 // microseconds

	heard    int64    // the engine's latest webhook that was looked at
	waiting  [][]byte // webhooks on their way
	received []int64  // deliveries, in the order of receipt
	batches  []int64
	number   int

	interviews map[string]hiring.AssessmentDraft // by title: what people asked for here; they ask again until they have it
	questions  map[string]wanted                 // by text
	notes      map[string]string                 // ideal answers written here, by the question's ref
	asked      map[string]time.Time              // when people first asked for it
	spoken     map[string][]string               // recordings that were begun, by invite
	erased     map[string]bool                   // invites of those who were erased here
	erasing    map[int64]bool                    // candidates whom somebody wants erased until they are
	elsewhere  map[string]bool                   // interview and address of those invited by somebody else
}

// lookFirst is after what time somebody whose request failed looks whether it is there before asking again.
const lookFirst = hiring.WriteRemembered / 2

type wanted struct {
	assessment int64
	draft      hiring.QuestionDraft
}

func newModel(t *testing.T, bare bool) *model {
	t.Helper()
	m := &model{ctx: t.Context(), pool: apptest.Databases.New(t), interviews: map[string]hiring.AssessmentDraft{}, questions: map[string]wanted{},
		notes: map[string]string{}, elsewhere: map[string]bool{}, erased: map[string]bool{}, erasing: map[int64]bool{}, spoken: map[string][]string{}, asked: map[string]time.Time{}}
	m.clock.Store(time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC).UnixMicro())
	log := slog.New(slog.DiscardHandler)
	var err error
	m.engine, err = engine.New(m.ctx, m.pool, engine.Options{APIKey: "sk_test_x", BaseURL: "http://provider.test",
		Receivers: []engine.Receiver{{URL: "http://desk.test"}}, Log: log, Now: m.now})
	if err != nil {
		t.Fatal(err)
	}
	m.store = db.New(m.pool)
	if m.connection, err = m.store.Connection(m.ctx, "engine", "test"); err != nil {
		t.Fatal(err)
	}
	if err := m.store.SaveWorkspace(m.ctx, hiring.Workspace{CompanyName: "Acme", RequiredScorecards: 1}); err != nil {
		t.Fatal(err)
	}
	through := partner.HandlerTransport(m.engine.Handler())
	m.weather = &weather{through: through, bare: bare}
	m.direct = m.client(through)
	m.restart()
	return m
}

func (m *model) now() time.Time { return time.UnixMicro(m.clock.Load()).UTC() }

func (m *model) pass(d time.Duration) { m.clock.Add(d.Microseconds()) }

func (m *model) client(through http.RoundTripper) *partner.Client {
	return partner.New(partner.Options{BaseURL: "http://provider.test" + partnerapi.BasePath, Key: "sk_test_x",
		HTTPClient: &http.Client{Transport: through}, Now: m.now, Sleep: func(context.Context, time.Duration) error { return nil }})
}

// restart is a new process on the same database.
func (m *model) restart() {
	m.mirror = mirror.New(mirror.Options{Store: m.store, Client: m.client(m.weather), Connection: m.connection,
		Log: slog.New(slog.DiscardHandler), Now: m.now})
}

func (m *model) under(kind string) {
	m.weather.mu.Lock()
	m.weather.kind = kind
	m.weather.mu.Unlock()
}

func (m *model) troubled() bool {
	m.weather.mu.Lock()
	defer m.weather.mu.Unlock()
	return m.weather.kind != "" || !m.mirror.Health().OpenUntil.IsZero()
}

// listen takes up the webhooks that the engine wants to send.
func (m *model) listen() error {
	rows, err := m.pool.Query(m.ctx, `SELECT id, body FROM engine.deliveries WHERE id > $1 ORDER BY id`, m.heard)
	if err != nil {
		return err
	}
	var id int64
	var body string
	_, err = pgx.ForEachRow(rows, []any{&id, &body}, func() error {
		m.heard = id
		m.waiting = append(m.waiting, []byte(body))
		return nil
	})
	return err
}

// receive is a webhook's arrival. That it can't be applied in an outage is no failure.
func (m *model) receive(body []byte) error {
	d, problem := inbox.Read(body, http.Header{}, m.now())
	if problem != "" {
		return errors.New(problem)
	}
	d.ConnectionID, d.Verdict = m.connection, hiring.VerdictVerified
	fresh, err := m.store.InsertDeliveries(m.ctx, []hiring.Delivery{d}, db.DeliveryJob{Kind: "none", Queue: "nobody", MaxAttempts: 1})
	if err != nil {
		return err
	}
	m.received = append(m.received, fresh...)
	for _, id := range fresh {
		if err := m.apply(id); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) apply(id int64) error {
	err := m.mirror.ApplyDelivery(m.ctx, id, false)
	if m.pardon(err) != nil {
		return fmt.Errorf("applying delivery %d: %w", id, err)
	}
	return nil
}

// pardon lets what an outage explains pass, and what a person was rightly refused.
func (m *model) pardon(err error) error {
	var invalid *hiring.InvalidError
	switch {
	case err == nil, errors.As(err, &invalid):
		return nil
	case errors.Is(err, hiring.ErrUnavailable) && m.troubled():
		return nil
	case errors.Is(err, hiring.ErrNotFound), errors.Is(err, hiring.ErrConflict): // it changed before we knew
		return nil
	}
	return err
}

// rest ends the outage, lets people have what they asked for, and reconciles.
func (m *model) rest() error {
	m.under("")
	m.pass(10 * time.Minute)
	if _, err := m.engine.Sweep(m.ctx); err != nil {
		return err
	}
	if err := m.mirror.Reconcile(m.ctx); err != nil {
		return err
	}
	for title, d := range m.interviews {
		if err := m.create(d); err != nil || m.interviews[title].Title != "" {
			return fmt.Errorf("asking again for %s: %w", title, err)
		}
	}
	for text, q := range m.questions {
		if err := m.add(q); err != nil || m.questions[text].assessment != 0 {
			return fmt.Errorf("asking again for %s: %w", text, err)
		}
	}
	for id := range m.erasing {
		if err := m.erase(id); err != nil || m.erasing[id] {
			return fmt.Errorf("asking again to erase %d: %w", id, err)
		}
	}
	for _, batch := range m.batches {
		if _, err := m.mirror.SendInvites(m.ctx, batch); err != nil {
			return err
		}
	}
	m.pass(time.Second)
	return m.mirror.Reconcile(m.ctx)
}

// create asks for an interview as a person does: until there is one, and never knowing more than the desk says.
func (m *model) create(d hiring.AssessmentDraft) error {
	if at, again := m.asked[d.Title]; again && m.now().Sub(at) > lookFirst {
		list, _, err := m.store.Assessments(m.ctx, m.connection, hiring.AssessmentFilter{Search: d.Title}, 100, 0)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(a hiring.AssessmentSummary) bool { return a.Title == d.Title }) {
			delete(m.interviews, d.Title)
			return nil
		}
	} else if !again {
		m.asked[d.Title] = m.now()
	}
	a, err := m.mirror.CreateAssessment(m.ctx, d)
	if err == nil {
		delete(m.interviews, d.Title)
		if a.Title != d.Title {
			return fmt.Errorf("asked for %q and got %q", d.Title, a.Title)
		}
		return nil
	}
	m.interviews[d.Title] = d
	return m.pardon(err)
}

// erase deletes somebody, whom nothing but a new invitation brings back.
func (m *model) erase(id int64) error {
	c, err := m.store.Candidate(m.ctx, id)
	if errors.Is(err, hiring.ErrNotFound) {
		delete(m.erasing, id)
		return nil
	}
	if err != nil {
		return err
	}
	a, err := m.store.Assessment(m.ctx, c.AssessmentID)
	if err != nil {
		return err
	}
	m.erasing[id] = true
	m.elsewhere[a.Ref+" "+c.Email] = true // no invite tells of them any more
	if err := m.mirror.EraseCandidate(m.ctx, id, 0); err != nil {
		return m.pardon(err)
	}
	delete(m.erasing, id)
	if c.InviteRef == "" { // who was invited, and nobody said by which name
		err = m.pool.QueryRow(m.ctx, `SELECT coalesce(max(id), '') FROM engine.invites WHERE assessment_id = $1 AND lower(email) = lower($2)`, a.Ref, c.Email).Scan(&c.InviteRef)
	}
	m.erased[c.InviteRef] = true
	return err
}

func (m *model) add(q wanted) error {
	if at, again := m.asked[q.draft.Text]; again && m.now().Sub(at) > lookFirst {
		list, err := m.store.Questions(m.ctx, q.assessment)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(list, func(there hiring.Question) bool { return there.Text == q.draft.Text }) {
			delete(m.questions, q.draft.Text)
			return nil
		}
	} else if !again {
		m.asked[q.draft.Text] = m.now()
	}
	added, err := m.mirror.AddQuestion(m.ctx, q.assessment, q.draft)
	if err == nil {
		delete(m.questions, q.draft.Text)
		m.notes[added.Ref] = q.draft.IdealAnswer
		return nil
	}
	m.questions[q.draft.Text] = q
	return m.pardon(err)
}

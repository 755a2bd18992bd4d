package mirror_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
)

// outside is a provider whose answers the test decides.
type outside struct {
	mu      sync.Mutex
	invited map[string]int // by address: how many mails went out
	calls   int
	answer  func(call int, email string) (status int, body string) // nil or status 0: as a provider does
}

func (o *outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	if !strings.HasSuffix(r.URL.Path, "/invite") {
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"NOT_FOUND","type":"not_found","errorMessage":"no such thing"}}`)
		return
	}
	var body struct{ EmailAddress string }
	_ = json.NewDecoder(r.Body).Decode(&body)
	o.calls++
	if o.answer != nil {
		if status, text := o.answer(o.calls, body.EmailAddress); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, text)
			return
		}
	}
	if o.invited[body.EmailAddress] > 0 {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, duplicate)
		return
	}
	o.invited[body.EmailAddress]++
	fmt.Fprintf(w, `{"status":"success","data":{"inviteId":"ref-%s"}}`, body.EmailAddress)
}

const (
	duplicate = `{"error":{"code":"DUPLICATE_INVITE","type":"invalid_request","errorMessage":"Candidate is already invited!"}}`
	noCredits = `{"error":{"code":"INSUFFICIENT_CREDITS","type":"payment","errorMessage":"Insufficient credits"}}`
	noKey     = `{"error":{"code":"UNAUTHORIZED","type":"auth","errorMessage":"no"}}`
	tooMany   = `{"error":{"code":"RATE_LIMITED","type":"rate","errorMessage":"slow down"}}`
	fault     = `{"error":{"code":"INTERNAL","type":"server","errorMessage":"oh"}}`
	badEmail  = `{"error":{"code":"INVALID_REQUEST","type":"validation_error","errorMessage":"emailAddress must not be a dummy","details":{"emailAddress":"must not be a dummy"}}}`
)

var sendingAt = time.Date(2026, time.March, 3, 10, 0, 0, 0, time.UTC)

type world struct {
	t          *testing.T
	store      *db.Store
	mirror     *mirror.Mirror
	connection int64
	assessment hiring.Assessment
	provider   *outside
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, store: db.New(desk.New(t)), provider: &outside{invited: map[string]int{}}}
	w.mirror, w.connection = mirrorOf(t, w.store, w.provider, func() time.Time { return sendingAt })
	var err error
	w.assessment, err = w.store.UpsertAssessment(t.Context(), hiring.Assessment{ConnectionID: w.connection, Ref: "a1", Title: "Interview",
		Status: hiring.AssessmentActive, Duration: 20, Language: "english", CreatedAt: sendingAt, UpdatedAt: sendingAt, SyncedAt: sendingAt})
	w.ok(err)
	return w
}

func mirrorOf(t *testing.T, store *db.Store, provider http.Handler, now func() time.Time) (*mirror.Mirror, int64) {
	t.Helper()
	connection, err := store.Connection(t.Context(), "engine", "test")
	if err != nil {
		t.Fatal(err)
	}
	return mirrorAt(store, connection, provider, now), connection
}

func mirrorAt(store *db.Store, connection int64, provider http.Handler, now func() time.Time) *mirror.Mirror {
	log := slog.New(slog.DiscardHandler)
	client := partner.New(partner.Options{BaseURL: "http://provider.test", Key: "sk_test_x", HTTPClient: &http.Client{Transport: partner.HandlerTransport(provider)},
		Sleep: func(context.Context, time.Duration) error { return nil }, Log: log})
	return mirror.New(mirror.Options{Store: store, Client: client, Connection: connection, Log: log, Now: now})
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// batch keeps a batch of so many people: p0@example.com and so on.
func (w *world) batch(n int, kind hiring.InviteeType) int64 {
	w.t.Helper()
	var people []hiring.Invitee
	for i := range n {
		people = append(people, hiring.Invitee{FirstName: "Person", LastName: fmt.Sprint(i), Email: fmt.Sprintf("p%d@example.com", i)})
	}
	id, err := w.store.InsertInviteBatch(w.t.Context(), w.assessment.ID, kind, 0, sendingAt, people)
	w.ok(err)
	return id
}

// states are the rows' states and problems, one a line.
func (w *world) states(batch int64) string {
	w.t.Helper()
	rows, err := w.store.Invites(w.t.Context(), batch)
	w.ok(err)
	var out strings.Builder
	for _, r := range rows {
		out.WriteString(strings.TrimSpace(string(r.State)+" "+r.Problem) + "\n")
	}
	return out.String()
}

func (w *world) candidates() []hiring.Candidate {
	w.t.Helper()
	page, err := w.store.Candidates(w.t.Context(), db.CandidateQuery{Connection: w.connection, Filter: hiring.CandidateFilter{Sort: "name"}}, "", 100)
	w.ok(err)
	return page.Candidates
}

func TestSendInvitesMakesCandidates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := w.batch(2, hiring.InviteCandidate)
	sent, err := w.mirror.SendInvites(t.Context(), batch)
	if err != nil || sent != 2 {
		t.Fatalf("sent %d, %v", sent, err)
	}
	if got := w.states(batch); got != "sent\nsent\n" {
		t.Errorf("rows:\n%s", got)
	}
	people := w.candidates()
	if len(people) != 2 || people[0].Name != "Person 0" || people[0].Stage != hiring.StageInvited || people[0].InviteRef != "ref-p0@example.com" ||
		people[0].InvitedAt == nil || !people[0].InvitedAt.Equal(sendingAt) {
		t.Errorf("candidates: %+v", people)
	}
	history, err := w.store.History(t.Context(), people[0].ID)
	w.ok(err)
	if len(history) != 1 || history[0].Kind != "invited" || history[0].Source != "person" {
		t.Errorf("history: %+v", history)
	}
	if b, err := w.store.InviteBatch(t.Context(), batch); err != nil || b.FinishedAt == nil || b.Sent != 2 {
		t.Errorf("batch: %+v, %v", b, err)
	}
}

func TestSendInvitesToReviewersMakesNoCandidates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := w.batch(1, hiring.InviteReviewer)
	if _, err := w.mirror.SendInvites(t.Context(), batch); err != nil || w.states(batch) != "sent\n" || len(w.candidates()) != 0 {
		t.Errorf("%v; rows %q; %d candidates", err, w.states(batch), len(w.candidates()))
	}
}

func TestSendInvitesResumesWithoutInvitingTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := w.batch(3, hiring.InviteCandidate)
	// A process died between the provider's answer and its own note of it.
	_, _, err := w.store.ClaimInvite(t.Context(), batch, sendingAt)
	w.ok(err)
	w.provider.invited["p0@example.com"] = 1

	if _, err := w.mirror.SendInvites(t.Context(), batch); err != nil {
		t.Fatal(err)
	}
	if got := w.states(batch); got != "sent "+lookedAndFound+"\nsent\nsent\n" {
		t.Errorf("rows:\n%s", got)
	}
	for email, n := range w.provider.invited {
		if n != 1 {
			t.Errorf("%s was invited %d times", email, n)
		}
	}
	if people := w.candidates(); len(people) != 3 || people[0].InviteRef != "" || people[0].InvitedAt == nil {
		t.Errorf("candidates: %+v", people)
	}
}

func TestSendInvitesOneAtATime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := w.batch(1, hiring.InviteCandidate)
	release, ok, err := w.store.HoldInviteBatch(t.Context(), batch)
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if _, err := w.mirror.SendInvites(t.Context(), batch); !errors.Is(err, mirror.ErrBusy) {
		t.Errorf("while another sends: %v", err)
	}
	release()
	if _, err := w.mirror.SendInvites(t.Context(), batch); err != nil || w.states(batch) != "sent\n" {
		t.Errorf("afterwards: %v, %q", err, w.states(batch))
	}
}

func TestSendInvitesTellsDuplicatesWithTheirDate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first := w.batch(1, hiring.InviteCandidate)
	_, err := w.mirror.SendInvites(t.Context(), first)
	w.ok(err)
	w.provider.invited["p1@example.com"] = 1 // by somebody at the provider's own page
	second := w.batch(2, hiring.InviteCandidate)
	_, err = w.mirror.SendInvites(t.Context(), second)
	w.ok(err)
	want := "duplicate Person 0 was already invited to this interview on 3 March 2026. Nothing was sent.\n" +
		"duplicate Person 1 was already invited to this interview. Nothing was sent.\n"
	if got := w.states(second); got != want {
		t.Errorf("rows:\n%swant:\n%s", got, want)
	}
	people := w.candidates()
	if len(people) != 2 || people[1].InvitedAt != nil || people[1].Stage != hiring.StageInvited {
		t.Errorf("candidates: %+v", people)
	}
}

func TestSendInvitesMeetsBadDays(t *testing.T) {
	t.Parallel()
	at := func(n, status int, body string) func(int, string) (int, string) {
		return func(call int, _ string) (int, string) {
			if call < n {
				return 0, ""
			}
			return status, body
		}
	}
	for name, test := range map[string]struct {
		answer func(int, string) (int, string)
		again  bool   // the job tries again
		rows   string // a prefix of each row's state and problem
	}{
		"no credits": {at(2, 402, noCredits), false, "sent|failed The account at TapTalent has no credits|failed The account at TapTalent has no credits"},
		"wrong key":  {at(1, 401, noKey), false, "failed TapTalent does not accept the API key|failed TapTalent does not|failed TapTalent does not"},
		"bad address": {func(call int, email string) (int, string) {
			if email == "p1@example.com" {
				return 400, badEmail
			}
			return 0, ""
		}, false, "sent|failed Email must not be a dummy.|sent"},
		"too many":  {at(2, 429, tooMany), true, "sent|pending TapTalent takes no more requests|pending"},
		"a fault":   {at(2, 500, fault), true, "sent|sending TapTalent has a fault of its own|pending"},
		"a proxy":   {at(1, 502, "<html>bad gateway</html>"), true, "sending |pending|pending"},
		"truncated": {at(1, 200, `{"status":"succ`), true, "sending |pending|pending"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.provider.answer = test.answer
			batch := w.batch(3, hiring.InviteCandidate)
			_, err := w.mirror.SendInvites(t.Context(), batch)
			if (err != nil) != test.again {
				t.Errorf("err %v, want one: %v", err, test.again)
			}
			rows := strings.Split(w.states(batch), "\n")
			for i, want := range strings.Split(test.rows, "|") {
				if !strings.HasPrefix(rows[i], want) {
					t.Errorf("row %d: %q, want %q", i, rows[i], want)
				}
			}
			w.provider.answer = nil
			if !test.again {
				_, err := w.store.RetryInvites(t.Context(), batch, sendingAt)
				w.ok(err)
			}
			if _, err := w.mirror.SendInvites(t.Context(), batch); err != nil || w.states(batch) != "sent\nsent\nsent\n" {
				t.Errorf("on a better day: %v\n%s", err, w.states(batch))
			}
		})
	}
}

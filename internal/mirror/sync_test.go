package mirror_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// whole is a provider with interviews and people, a hundred a page, and nothing beyond the contract.
type whole struct {
	mu         sync.Mutex
	interviews []string
	people     map[string][]string // JSON, by interview
	asked      []string            // "GET /assessment?pageNumber=1"
	refuse     func(request string) bool
	made       int
}

func (p *whole) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	request := r.Method + " " + r.URL.Path
	page, _, _ := strings.Cut(r.URL.Query().Encode(), "&perPage")
	if page != "" && !strings.Contains(request, "extensions") {
		request += "?" + page
	}
	p.asked = append(p.asked, request)
	w.Header().Set("Content-Type", "application/json")
	if p.refuse != nil && p.refuse(request) {
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, fault)
		return
	}
	interview := func(id string) map[string]any {
		return map[string]any{"assessmentId": id, "testName": "Interview " + id, "status": "ACTIVE", "duration": 20, "hiringForRole": "Clerk",
			"questionCount": 0, "questions": []any{}, "submissionCount": len(p.people[id]), "createdAt": sendingAt.UnixMilli()}
	}
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/"), "/")
	switch {
	case r.Method == http.MethodPost && len(path) == 2 && path[1] == "audio-interviews":
		p.made++
		id := fmt.Sprintf("made%d", p.made)
		p.interviews = append(p.interviews, id)
		answer(w, interview(id))
	case r.URL.Path == "/assessment":
		number := 1
		fmt.Sscan(r.URL.Query().Get("pageNumber"), &number)
		list := []map[string]any{}
		for i := (number - 1) * 100; i < min(number*100, len(p.interviews)); i++ {
			list = append(list, interview(p.interviews[i]))
		}
		answer(w, map[string]any{"assessments": list, "pagination": map[string]int{"page": number, "limit": 100, "total": len(p.interviews), "totalPages": (len(p.interviews) + 99) / 100}})
	case len(path) == 3 && path[2] == "candidates":
		people, from := p.people[path[1]], 0
		fmt.Sscan(r.URL.Query().Get("nextToken"), &from)
		to, next := min(from+2, len(people)), "null"
		if to < len(people) {
			next = fmt.Sprintf("%q", fmt.Sprint(to))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"candidates":[%s],"pagination":{"nextToken":%s,"count":%d}}}`, strings.Join(people[from:to], ","), next, to-from)
	case len(path) == 2 && path[0] == "assessment":
		answer(w, interview(path[1]))
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"NOT_FOUND","type":"not_found","errorMessage":"no such thing"}}`)
	}
}

// times says how often something was asked for.
func (p *whole) times(request string) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, asked := range p.asked {
		if asked == request {
			n++
		}
	}
	return n
}

type synced struct {
	*world
	provider *whole
	at       time.Time
}

func newSynced(t *testing.T, p *whole) *synced {
	t.Helper()
	s := &synced{world: newWorld(t), provider: p, at: sendingAt}
	if _, err := s.store.Pool().Exec(t.Context(), `DELETE FROM assessments`); err != nil {
		t.Fatal(err)
	}
	s.mirror, s.connection = mirrorOf(t, s.store, p, func() time.Time { return s.at })
	return s
}

func (s *synced) state() hiring.SyncState {
	s.t.Helper()
	state, err := s.store.SyncState(s.t.Context(), s.connection)
	s.ok(err)
	return state
}

func TestPullingGoesOnWhereItWasInterrupted(t *testing.T) {
	t.Parallel()
	p := &whole{people: map[string][]string{"b000": {person(1, ""), person(2, ""), person(3, ""), person(4, ""), person(5, "")}}}
	for i := range 120 {
		p.interviews = append(p.interviews, fmt.Sprintf("b%03d", i))
	}
	s := newSynced(t, p)
	for _, interruption := range []string{"GET /assessment?pageNumber=2", "GET /assessment/b000/candidates?limit=100&nextToken=2", "GET /assessment/b060/candidates?limit=100"} {
		p.refuse = func(request string) bool { return request == interruption }
		if err := s.mirror.ReconcileDue(t.Context()); !errors.Is(err, hiring.ErrUnavailable) {
			t.Fatalf("with %s failing: %v", interruption, err)
		}
		if state := s.state(); !state.Pulling() {
			t.Errorf("taken over whole, though %s failed: %+v", interruption, state)
		}
		s.mirror, _ = mirrorOf(t, s.store, p, func() time.Time { return s.at }) // another process goes on
	}
	if state := s.state(); state.ListTotal != 120 || state.Known != 120 || state.Checked != 60 {
		t.Errorf("halfway: %+v", state)
	}
	p.refuse = nil
	s.ok(s.mirror.ReconcileDue(t.Context()))
	if state := s.state(); state.Pulling() || state.Checked != 120 {
		t.Errorf("at the end: %+v", state)
	}
	for _, once := range []string{"GET /assessment?pageNumber=1", "GET /assessment/b000", "GET /assessment/b000/candidates?limit=100", "GET /assessment/b059/candidates?limit=100", "GET /assessment/b119"} {
		if n := p.times(once); n != 1 {
			t.Errorf("%s was asked for %d times", once, n)
		}
	}
	if people := s.candidates(); len(people) != 5 {
		t.Errorf("%d people", len(people))
	}
	if found, err := s.store.Differences(t.Context(), s.connection, s.at, 10); err != nil || len(found) != 0 {
		t.Errorf("taking over finds no differences: %+v, %v", found, err)
	}
	before := len(p.asked)
	s.ok(s.mirror.ReconcileDue(t.Context()))
	if len(p.asked) != before {
		t.Errorf("nothing is due, and it asked for %v", p.asked[before:])
	}
}

func TestInterviewsWithPeopleOnTheWayAreComparedSooner(t *testing.T) {
	t.Parallel()
	p := &whole{interviews: []string{"busy", "calm"}}
	s := newSynced(t, p)
	s.ok(s.mirror.ReconcileDue(t.Context()))
	busy, err := s.store.AssessmentByRef(t.Context(), s.connection, "busy")
	s.ok(err)
	_, err = s.store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: busy.ID, Email: "p@example.com"}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
		c.Advance(hiring.StageInvited, s.at)
		return nil, nil
	})
	s.ok(err)
	s.at = s.at.Add(8 * time.Hour)
	s.ok(s.mirror.ReconcileDue(t.Context()))
	s.at = s.at.Add(20 * time.Minute)
	s.ok(s.mirror.ReconcileDue(t.Context()))
	if b, c := p.times("GET /assessment/busy"), p.times("GET /assessment/calm"); b != 3 || c != 2 {
		t.Errorf("busy was compared %d times, calm %d times", b, c)
	}
	s.ok(s.mirror.CheckSoon(t.Context(), busy.ID))
	s.ok(s.mirror.ReconcileDue(t.Context()))
	if b := p.times("GET /assessment/busy"); b != 4 {
		t.Errorf("after asking for it: %d times", b)
	}
	_, err = s.store.InsertDeliveries(t.Context(), []hiring.Delivery{{ConnectionID: s.connection, Event: "interview.started", EventAt: s.at, AssessmentRef: "calm",
		Digest: []byte("d"), Verdict: hiring.VerdictVerified, Body: []byte("{}"), ReceivedAt: s.at}},
		db.DeliveryJob{Kind: "none", Queue: "nobody", MaxAttempts: 1})
	s.ok(err)
	s.ok(s.mirror.ReconcileDue(t.Context()))
	if c := p.times("GET /assessment/calm"); c != 2 {
		t.Errorf("events are not quiet yet, and calm was compared %d times", c)
	}
	s.at = s.at.Add(3 * time.Second)
	s.ok(s.mirror.ReconcileDue(t.Context()))
	s.ok(s.mirror.ReconcileDue(t.Context()))
	if c := p.times("GET /assessment/calm"); c != 3 {
		t.Errorf("after an event calm was compared %d times", c)
	}
}

func TestAScoreThatChangesWithoutAnEventIsDrift(t *testing.T) {
	t.Parallel()
	p := &whole{interviews: []string{"a"}, people: map[string][]string{"a": {person(1, `,"score":40`), person(2, `,"score":50`), person(3, "")}}}
	s := newSynced(t, p)
	s.ok(s.mirror.Reconcile(t.Context()))
	s.at = s.at.Add(time.Hour)
	p.people["a"] = []string{person(1, `,"score":70`), person(2, `,"score":80`), person(3, `,"score":90`), person(4, "")}
	s.ok(s.mirror.Reconcile(t.Context()))
	for _, c := range s.candidates() {
		if c.Name == "Person 2" { // of whose score a webhook tells, if late
			s.ok(s.store.InsertHistory(t.Context(), hiring.HistoryEvent{CandidateID: c.ID, Kind: "interview.scoring_completed", Source: "webhook", At: s.at, ReceivedAt: s.at.Add(5 * time.Minute)}))
		}
		history, err := s.store.History(t.Context(), c.ID)
		s.ok(err)
		if c.Name == "Person 1" && history[len(history)-1].Source != "reconcile" {
			t.Errorf("timeline of person 1: %+v", history)
		}
	}
	drifted := func() (names []string) {
		found, err := s.store.Differences(t.Context(), s.connection, s.at, 10)
		s.ok(err)
		if len(found) != 4 {
			t.Errorf("differences: %+v", found)
		}
		for _, d := range found {
			if d.Drift {
				names = append(names, d.Candidate+" "+d.Detail)
			}
		}
		return names
	}
	if now := drifted(); len(now) != 0 {
		t.Errorf("the event may still come: %v", now)
	}
	s.at = s.at.Add(11 * time.Minute)
	if now := drifted(); len(now) != 1 || now[0] != "Person 1 40 → 70" {
		t.Errorf("drift: %v", now)
	}
	counts, err := s.store.DifferenceCounts(t.Context(), s.connection, sendingAt, s.at)
	s.ok(err)
	if counts["drift"] != 1 || counts["score"] != 3 || counts["person"] != 1 {
		t.Errorf("counts: %v", counts)
	}
}

func TestAWriteWithoutAnAnswerWaitsForPeople(t *testing.T) {
	t.Parallel()
	p := &whole{}
	s := newSynced(t, p)
	draft := hiring.AssessmentDraft{Title: "Interview made1", Role: "Clerk", Purpose: "To see who fits.", Status: hiring.AssessmentActive, Duration: 20, Language: "english"}
	p.refuse = func(request string) bool { return strings.HasPrefix(request, "POST") }
	if _, err := s.mirror.CreateAssessment(t.Context(), draft); !errors.Is(err, hiring.ErrUnavailable) {
		t.Fatalf("creating: %v", err)
	}
	pending := func() hiring.PendingWrite {
		list, err := s.mirror.PendingWrites(t.Context())
		s.ok(err)
		if len(list) != 1 {
			t.Fatalf("pending: %+v", list)
		}
		return list[0]
	}
	if w := pending(); w.State != hiring.WriteUnknown || w.Problem == "" || w.Title != draft.Title {
		t.Errorf("at once: %+v", w)
	}
	s.at = s.at.Add(3 * time.Minute)
	s.ok(s.mirror.ResolveWrites(t.Context()))
	w := pending()
	if w.State != hiring.WriteAbsent {
		t.Errorf("after looking: %+v", w)
	}
	p.refuse = nil
	s.ok(s.mirror.RetryWrite(t.Context(), w.ID))
	if list, err := s.mirror.PendingWrites(t.Context()); err != nil || len(list) != 0 || p.made != 1 {
		t.Errorf("after sending again: %d made, pending %+v, %v", p.made, list, err)
	}
	if err := s.mirror.RetryWrite(t.Context(), w.ID); !errors.Is(err, hiring.ErrNotFound) {
		t.Errorf("a second time: %v", err)
	}

	// It took effect, and only the answer was lost: nothing is sent twice, and nobody has to look.
	p.refuse = nil
	lost := &afterwards{Handler: p}
	s.mirror, _ = mirrorOf(t, s.store, lost, func() time.Time { return s.at })
	draft.Title = "Interview made2"
	a, err := s.mirror.CreateAssessment(t.Context(), draft)
	if err != nil || a.Ref != "made2" || p.made != 2 {
		t.Errorf("with the answer lost: %+v, %d made, %v", a, p.made, err)
	}
}

// afterwards answers what is written with a fault, after it took effect.
type afterwards struct{ http.Handler }

func (a *afterwards) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodGet {
		a.Handler.ServeHTTP(w, r)
		return
	}
	a.Handler.ServeHTTP(discarded{w}, r)
	w.WriteHeader(http.StatusInternalServerError)
	fmt.Fprint(w, fault)
}

type discarded struct{ http.ResponseWriter }

func (discarded) Write(b []byte) (int, error) { return len(b), nil }
func (discarded) WriteHeader(int)             {}

func TestRecordsOfTwoAccountsStayApart(t *testing.T) {
	t.Parallel()
	s := newSynced(t, &whole{interviews: []string{"same", "one"}, people: map[string][]string{"same": {person(1, `,"score":40`)}}})
	s.ok(s.mirror.Reconcile(t.Context()))
	other, err := s.store.Connection(t.Context(), "taptalent", "another key")
	s.ok(err)
	p := &whole{interviews: []string{"same"}, people: map[string][]string{"same": {person(1, `,"score":90`), person(2, "")}}}
	theirs := mirrorAt(s.store, other, p, func() time.Time { return s.at })
	s.ok(theirs.Reconcile(t.Context()))
	for range 2 { // and they stay so
		s.ok(s.mirror.Reconcile(t.Context()))
		for connection, want := range map[int64]string{s.connection: "2 interviews, 1 people, score 40", other: "1 interviews, 2 people, score 90"} {
			_, total, err := s.store.Assessments(t.Context(), connection, hiring.AssessmentFilter{}, 10, 0)
			s.ok(err)
			page, err := s.store.Candidates(t.Context(), db.CandidateQuery{Connection: connection, Filter: hiring.CandidateFilter{Sort: "name"}}, "", 10)
			s.ok(err)
			if got := fmt.Sprintf("%d interviews, %d people, score %v", total, len(page.Candidates), *page.Candidates[0].Score); got != want {
				t.Errorf("connection %d: %s, want %s", connection, got, want)
			}
		}
	}
	if gaps, open, err := s.store.Gaps(t.Context(), other, 10); err != nil || len(gaps) != 1 || open != 0 {
		t.Errorf("gaps of the other account: %+v, %d, %v", gaps, open, err)
	}
}

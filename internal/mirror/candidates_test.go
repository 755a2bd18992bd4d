package mirror_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/testdb"
)

var desk = testdb.Template("desk", func(ctx context.Context, url string) error {
	pool, err := pgxpool.New(ctx, url)
	if err != nil {
		return err
	}
	defer pool.Close()
	return db.Migrate(ctx, pool)
})

// listed is a provider with a list of candidates, two a page, and nothing beyond the contract unless evaluation is set.
type listed struct {
	people     []string // JSON
	evaluation string   // JSON data of the extension; "" for none
	onRead     func()   // is told of a page after it was taken down
	pages      int      // how many were read
	refused    string   // a token that is refused once, being too old
}

func (l *listed) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.URL.Path == "/extensions" && l.evaluation != "":
		fmt.Fprint(w, `{"status":"success","data":{"provider":"Local engine","capabilities":["evaluation"]}}`)
	case strings.HasSuffix(r.URL.Path, "/evaluation") && l.evaluation != "":
		fmt.Fprintf(w, `{"status":"success","data":%s}`, l.evaluation)
	case strings.HasSuffix(r.URL.Path, "/candidates"):
		from, token := 0, r.URL.Query().Get("nextToken")
		fmt.Sscan(token, &from)
		to, next := min(from+2, len(l.people)), "null"
		if to < len(l.people) {
			next = fmt.Sprintf("%q", fmt.Sprint(to))
		}
		if l.pages++; token != "" && token == l.refused {
			l.refused = ""
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":{"code":"INVALID_REQUEST","type":"validation_error","errorMessage":"nextToken is too old"}}`)
			return
		}
		people := strings.Join(l.people[from:to], ",")
		if l.onRead != nil {
			l.onRead()
		}
		fmt.Fprintf(w, `{"status":"success","data":{"candidates":[%s],"pagination":{"nextToken":%s,"count":%d}}}`, people, next, to-from)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"NOT_FOUND","type":"not_found","errorMessage":"no such thing"}}`)
	}
}

func person(n int, more string) string {
	return fmt.Sprintf(`{"candidateId":"i%d","name":"Person %d","email":"p%d@example.com","status":"finished","submittedAt":1772445600000%s}`, n, n, n, more)
}

func newListed(t *testing.T, l *listed) *world {
	t.Helper()
	w := newWorld(t)
	w.mirror, w.connection = mirrorOf(t, w.store, l, func() time.Time { return sendingAt })
	return w
}

func TestSyncCandidatesTakesEveryPage(t *testing.T) {
	t.Parallel()
	l := &listed{people: []string{
		person(1, `,"score":82.5,"evaluationStatus":"completed","aiSummary":"Good.","questions":[{"id":"q1","question":"Why?","userAnswer":"Because\u0000","score":80,"reasonOfScore":null,"type":"x"}]`),
		person(2, `,"score":null,"aiScore":null,"aiSummary":null,"profileImage":null,"questions":null`),
		strings.Replace(person(3, `,"score":140`), "finished", "timed_out", 1),
	}}
	w := newListed(t, l)
	changes, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
	w.ok(err)
	if changes.Seen != 3 || len(changes.Changed) != 3 || len(changes.Scored) != 2 {
		t.Errorf("changes: %+v", changes)
	}
	people := w.candidates()
	first, second, third := people[0], people[1], people[2]
	if *first.Score != 82.5 || first.Summary != "Good." || first.Basis != hiring.BasisProvider || first.Stage != hiring.StageFinished || first.Bucket != "" {
		t.Errorf("first: %+v", first)
	}
	if second.Score != nil || second.Basis != hiring.BasisNone || second.Summary != "" {
		t.Errorf("second: %+v", second)
	}
	if *third.Score != 100 || third.Stage != hiring.StageTimedOut {
		t.Errorf("third: %+v", third)
	}
	answers, err := w.store.Answers(t.Context(), first.ID)
	w.ok(err)
	if len(answers) != 1 || answers[0].Text != "Because" || *answers[0].Score != 80 || answers[0].Reason != "" {
		t.Errorf("answers: %+v", answers)
	}
	again, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
	if err != nil || len(again.Changed) != 0 || len(again.Scored) != 0 {
		t.Errorf("the same list again: %+v, %v", again, err)
	}
}

func TestOneCandidateIsReadWhereTheyStand(t *testing.T) {
	t.Parallel()
	l := &listed{}
	for n := range 9 {
		l.people = append(l.people, person(n, ""))
	}
	w := newListed(t, l)
	_, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
	w.ok(err)
	for _, tt := range []struct {
		name   string
		change func()
		who    int
		pages  int
	}{
		{"known", func() {}, 4, 1},
		{"on the first page", func() {}, 1, 1},
		{"new at the end", func() { l.people = append(l.people, person(9, "")) }, 9, 1},
		{"new on a page of their own", func() { l.people = append(l.people, person(10, "")) }, 10, 2},
		{"with a token that is too old", func() { l.refused = "6" }, 7, 1 + 4},
		{"elsewhere in the list", func() { l.people[0], l.people[9] = l.people[9], l.people[0] }, 9, 2 + 1},
		{"nowhere in the list", func() {}, 99, 1 + 6},
	} {
		tt.change()
		c, err := w.store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: w.assessment.ID, InviteRef: fmt.Sprintf("i%d", tt.who)}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
			c.Advance(hiring.StageFinished, sendingAt)
			return nil, nil
		})
		w.ok(err)
		l.pages = 0
		w.ok(w.mirror.SyncCandidate(t.Context(), c.ID))
		c, err = w.store.Candidate(t.Context(), c.ID)
		w.ok(err)
		if l.pages != tt.pages || (c.SyncedAt != nil) != (tt.who != 99) {
			t.Errorf("%s: %d pages, want %d; %+v", tt.name, l.pages, tt.pages, c)
		}
	}
}

func TestSyncCandidateTellsOfAnotherScore(t *testing.T) {
	t.Parallel()
	l := &listed{people: []string{person(1, ""), person(2, ""), person(3, `,"score":40`)}}
	w := newListed(t, l)
	_, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
	w.ok(err)
	id := w.candidates()[2].ID
	l.people[2] = person(3, `,"score":62`)
	w.ok(w.mirror.SyncCandidate(t.Context(), id))
	c, err := w.store.Candidate(t.Context(), id)
	w.ok(err)
	history, err := w.store.History(t.Context(), id)
	w.ok(err)
	last := history[len(history)-1]
	if *c.Score != 62 || last.Kind != "score" || last.Detail["from"] != "40" || last.Detail["to"] != "62" {
		t.Errorf("score %v, last event %+v", *c.Score, last)
	}
}

func TestAnOldPageOfCandidatesUndoesNothing(t *testing.T) {
	t.Parallel()
	const said = `,"questions":[{"id":"q1","question":"Why?","userAnswer":%q}]`
	for name, later := range map[string]string{
		"a score":            `,"score":70,"aiSummary":"Good."` + fmt.Sprintf(said, ""),
		"words of an answer": fmt.Sprintf(said, "Because."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := &listed{people: []string{person(1, fmt.Sprintf(said, ""))}}
			w, at := newListed(t, l), sendingAt
			w.mirror, _ = mirrorOf(t, w.store, l, func() time.Time { return at })
			_, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
			w.ok(err)
			w.ok(w.store.DueOne(t.Context(), w.assessment.ID, at.Add(2*time.Hour)))
			before := w.candidates()[0]
			type known struct {
				Candidate hiring.Candidate
				Answers   []hiring.Answer
				History   []hiring.HistoryEvent
			}
			now := func() (k known) {
				var err error
				k.Candidate = w.candidates()[0]
				k.Answers, err = w.store.Answers(context.Background(), before.ID)
				w.ok(err)
				k.History, err = w.store.History(context.Background(), before.ID)
				w.ok(err)
				return k
			}
			var told known
			l.onRead = func() { // while the page is on its way, an event has the candidate read
				l.onRead, at = nil, at.Add(time.Second)
				l.people[0] = person(1, later)
				w.ok(w.mirror.SyncCandidate(context.Background(), before.ID))
				told = now()
				at = at.Add(time.Second)
			}
			at = at.Add(time.Hour)
			_, err = w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
			w.ok(err)
			if diff := cmp.Diff(told, now()); diff != "" {
				t.Errorf("the older page undid (-) and did (+):\n%s", diff)
			}
			if id, _, _, err := w.store.NextDue(t.Context(), w.connection, at); err != nil || id != w.assessment.ID {
				t.Errorf("due is %d, %v", id, err)
			}
		})
	}
}

func TestSyncCandidatesFindsWhoWasInvited(t *testing.T) {
	t.Parallel()
	l := &listed{people: []string{person(1, ""), person(2, "")}}
	w := newListed(t, l)
	known := func(k db.CandidateKeys) int64 {
		k.AssessmentID = w.assessment.ID
		c, err := w.store.ChangeCandidate(t.Context(), k, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
			c.Advance(hiring.StageInvited, sendingAt)
			return nil, nil
		})
		w.ok(err)
		return c.ID
	}
	byRef := known(db.CandidateKeys{InviteRef: "i1", Email: "old-address@example.com"})
	byEmail := known(db.CandidateKeys{Email: "P2@example.com"})
	_, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
	w.ok(err)
	people := w.candidates()
	if len(people) != 2 || people[0].ID != byRef || people[1].ID != byEmail || people[1].InviteRef != "i2" || people[0].Email != "p1@example.com" {
		t.Errorf("candidates: %+v", people)
	}
}

func TestSyncCandidatesKeepsTheGroundOfAScore(t *testing.T) {
	t.Parallel()
	l := &listed{
		people:     []string{person(1, `,"score":70,"evaluationStatus":"completed","questions":[{"id":"q1","question":"Why?","userAnswer":"A queue","score":70}]`)},
		evaluation: `{"basis":"checklist","confirmed":false,"bucket":"Good Fit","status":"completed","questions":[{"questionId":"q1","evidence":[{"start":2,"end":7,"point":"queue"}]}]}`,
	}
	w := newListed(t, l)
	for range 2 { // the second time nothing is asked anew, and nothing is lost
		_, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
		w.ok(err)
		c := w.candidates()[0]
		answers, err := w.store.Answers(t.Context(), c.ID)
		w.ok(err)
		if c.Basis != hiring.BasisChecklist || c.Bucket != "Good Fit" || len(answers) != 1 || len(answers[0].Evidence) != 1 || answers[0].Evidence[0].Point != "queue" {
			t.Errorf("candidate %+v, answers %+v", c, answers)
		}
	}
}

// TestAnAccountThatIsTakenOverIsNoNews: what the desk finds when it first meets somebody happened when they handed in, not
// when it looked, or the figures of the last month and the latest activity would be of years.
func TestAnAccountThatIsTakenOverIsNoNews(t *testing.T) {
	t.Parallel()
	const submitted = 1740909600000
	handedIn := time.UnixMilli(submitted)
	longAgo := func(n int, more string) string { return person(n, more+fmt.Sprintf(`,"submittedAt":%d`, submitted)) }
	l := &listed{people: []string{longAgo(1, `,"score":84`), longAgo(2, "")}}
	w := newListed(t, l)
	_, err := w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
	w.ok(err)
	if at := w.candidates()[0].ScoredAt; at == nil || !at.Equal(handedIn) {
		t.Errorf("scored at %v, want when they handed in", at)
	}
	for since, want := range map[time.Time]int{handedIn.Add(time.Second): 0, handedIn: 2} {
		q := db.HomeQuery{ReviewQuery: db.ReviewQuery{Connection: w.connection, Required: 1}, Now: sendingAt, Since: since}
		funnel, err := w.store.HomeFunnel(t.Context(), q)
		w.ok(err)
		if funnel.Invited != want {
			t.Errorf("the funnel since %v: %+v, want %d", since, funnel, want)
		}
	}

	l.people[1] = longAgo(2, `,"score":50`)
	_, err = w.mirror.SyncCandidates(t.Context(), w.assessment.ID)
	w.ok(err)
	if at := w.candidates()[1].ScoredAt; at == nil || !at.Equal(sendingAt) {
		t.Errorf("the score of somebody who is known is of %v, want now", at)
	}
}

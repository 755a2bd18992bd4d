package handlers_test

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/inbox"
)

const testKey = apptest.WebhookKey

// hook sends a webhook and gives the status.
func hook(app *apptest.App, path, key, body string) int {
	c := app.Nobody()
	r := c.Request(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	if key != "" {
		r.Header.Set(inbox.HeaderKey, key)
	}
	return c.Do(r).Status
}

const receiver = "/webhooks/taptalent"

func received(t *testing.T, app *apptest.App) []hiring.Delivery {
	t.Helper()
	list, err := app.Store.Deliveries(t.Context(), app.Mirror.Connection(), hiring.DeliveryFilter{}, 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func refused(t *testing.T, app *apptest.App) []hiring.Refusal {
	t.Helper()
	list, err := app.Store.Refusals(t.Context(), app.Mirror.Connection(), 5000)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestWebhooksWithoutTheKeyOrOutOfShapeLeaveOnlyAHash(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	for _, c := range []struct {
		path, key, body string
		want            int
	}{
		{receiver, testKey, `{"event":"job.created"}`, http.StatusNoContent},
		{receiver + "/" + inbox.PathSecret(testKey), "", `{"event":"job.closed"}`, http.StatusNoContent},
		{receiver, "", `{"event":"job.created"}`, http.StatusUnauthorized},
		{receiver, testKey + "x", `{"event":"job.created"}`, http.StatusUnauthorized},
		{receiver + "/" + testKey, testKey, `{"event":"job.created"}`, http.StatusUnauthorized},
		{receiver, testKey, `{"event":`, http.StatusBadRequest},
		{receiver, testKey, `{"event":"a","data":"\ud800"}`, http.StatusBadRequest}, // only Postgres knows
		{receiver, testKey, `{"event":"a","data":"` + strings.Repeat("x", inbox.MaxBody) + `"}`, http.StatusRequestEntityTooLarge},
	} {
		if got := hook(app, c.path, c.key, c.body); got != c.want {
			t.Errorf("%s with %q, %.40s: %d, want %d", c.path, c.key, c.body, got, c.want)
		}
	}
	var kept []string
	for _, d := range received(t, app) {
		kept = append(kept, string(d.Verdict)+" "+d.Event)
	}
	if diff := cmp.Diff([]string{"verified job.closed", "verified job.created"}, kept); diff != "" {
		t.Errorf("what is kept (-want +have):\n%s", diff)
	}
	list := refused(t, app)
	sum := sha256.Sum256([]byte(`{"event":`))
	if len(list) != 6 || !bytes.Equal(list[2].SHA256, sum[:]) || list[5].SHA256 != nil {
		t.Errorf("refusals: %+v", list)
	}
	if strings.Contains(app.Log.String(), inbox.PathSecret(testKey)) {
		t.Error("the path's secret is in the log")
	}
}

func TestGarbageCannotFillTheDisk(t *testing.T) {
	t.Parallel()
	still := time.Now()
	app := apptest.Start(t, apptest.Options{Now: func() time.Time { return still }})
	for i := range 150 {
		if got := hook(app, receiver, testKey, fmt.Sprintf(`{"event":%d`, i)); got != http.StatusBadRequest {
			t.Fatalf("garbage is answered %d", got)
		}
	}
	if n := len(refused(t, app)); n != 100 {
		t.Errorf("%d refusals within one moment are noted, want 100", n)
	}
	for range 1100 {
		if err := app.Store.InsertRefusal(t.Context(), hiring.Refusal{ConnectionID: app.Mirror.Connection(), Reason: "test", At: still}); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(refused(t, app)); n != 1000 {
		t.Errorf("%d refusals are kept, want 1000", n)
	}
}

func TestAHundredDuplicatesAtOnceAreOneDelivery(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			if got := hook(app, receiver, testKey, `{"event":"job.created","timestamp":"2026-03-02T09:00:00Z","data":{"n":1}}`); got != http.StatusNoContent {
				t.Errorf("the %dth is answered %d", i, got)
			}
			// What can't be kept must not take those with it that it shares a transaction with.
			if got := hook(app, receiver, testKey, fmt.Sprintf(`{"event":"job.created","data":"%d\ud800"}`, i)); got != http.StatusBadRequest {
				t.Errorf("the %dth bad one is answered %d", i, got)
			}
		})
	}
	all.Wait()
	if list := received(t, app); len(list) != 1 || list[0].Duplicates != 99 {
		t.Errorf("kept: %+v", list)
	}
}

func TestWhatCannotBeKeptIsNeverAcknowledged(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	if _, err := app.Store.Pool().Exec(t.Context(), `ALTER TABLE webhook_deliveries RENAME TO gone`); err != nil {
		t.Fatal(err)
	}
	c := app.Nobody()
	r := c.Request(http.MethodPost, receiver, strings.NewReader(`{"event":"job.created"}`))
	r.Header.Set(inbox.HeaderKey, testKey)
	if page := c.Do(r); page.Status != http.StatusServiceUnavailable || page.Header.Get("Retry-After") == "" {
		t.Errorf("answered %d, %v", page.Status, page.Header)
	}
}

func TestTheOldKeyWorksForADay(t *testing.T) {
	t.Parallel()
	clock := newClock()
	app := apptest.Start(t, apptest.Options{Now: clock.Now, Settings: []string{"TAPTALENT_WEBHOOK_KEY="}})
	if err := app.Store.RotateWebhookKey(t.Context(), "first", clock.Now()); err != nil {
		t.Fatal(err)
	}
	admin := app.As(hiring.RoleAdmin)
	page := admin.Post("/admin/webhooks/key").Follow()
	if !page.Has("There is a new key") {
		t.Fatalf("rotating says: %s", page.Text("main"))
	}
	keys, err := app.Store.WebhookKeys(t.Context())
	if err != nil || keys.Previous != "first" || keys.Current == "first" {
		t.Fatalf("keys %+v, %v", keys, err)
	}
	statuses := func() []int {
		return []int{
			hook(app, receiver, "first", `{"event":"a"}`), hook(app, receiver+"/"+inbox.PathSecret("first"), "", `{"event":"a"}`),
			hook(app, receiver, keys.Current, `{"event":"a"}`), hook(app, receiver, "", `{"event":"a"}`),
		}
	}
	if diff := cmp.Diff([]int{204, 204, 204, 401}, statuses()); diff != "" {
		t.Errorf("at once: %s", diff)
	}
	clock.Advance(inbox.KeyGrace + time.Second)
	if diff := cmp.Diff([]int{401, 401, 204, 401}, statuses()); diff != "" {
		t.Errorf("a day later: %s", diff)
	}
}

func TestTheEnvironmentsKeyIsNotRotatedHere(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	page := app.As(hiring.RoleAdmin).Post("/admin/webhooks/key").Follow()
	if !page.Has("TAPTALENT_WEBHOOK_KEY") || hook(app, receiver, testKey, `{"event":"a"}`) != http.StatusNoContent {
		t.Errorf("page: %s", page.Text("main"))
	}
	if strings.Contains(page.Body, testKey) {
		t.Error("the environment's key is on the page")
	}
}

func TestWithoutAKeyDeliveriesCountAsUnverified(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Provider: http.NotFoundHandler(), Settings: []string{"TAPTALENT_WEBHOOK_KEY="}})
	for _, key := range []string{"", "whatever"} {
		if got := hook(app, receiver, key, `{"event":"job.created","data":"`+key+`"}`); got != http.StatusNoContent {
			t.Errorf("with %q: %d", key, got)
		}
	}
	if got := hook(app, receiver+"/guess", "", `{"event":"job.created"}`); got != http.StatusUnauthorized {
		t.Errorf("a wrong secret address is answered %d", got)
	}
	admin := app.As(hiring.RoleAdmin)
	page := admin.Get("/admin/webhooks")
	if !page.Has("Events are taken without the key, too") || !page.Has("Unverified") || len(received(t, app)) != 2 {
		t.Errorf("page: %s", page.Text("main"))
	}
	if page = admin.Get(fmt.Sprintf("/admin/webhooks/%d", received(t, app)[0].ID)); !page.Has("it came without our key") {
		t.Errorf("a delivery: %s", page.Text("main"))
	}
}

func TestAClockThatIsAheadIsNotHidden(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	for _, event := range []struct {
		ahead time.Duration
		want  string
	}{{5 * 24 * time.Hour, "5 days after it came, by the sender’s clock"}, {-5 * 24 * time.Hour, "5 days before it came"}} {
		at := time.Now().Add(event.ahead).UTC().Format(time.RFC3339Nano)
		if got := hook(app, receiver, testKey, fmt.Sprintf(`{"event":"job.created","timestamp":%q}`, at)); got != http.StatusNoContent {
			t.Fatalf("answered %d", got)
		}
		if page := app.As(hiring.RoleAdmin).Get(fmt.Sprintf("/admin/webhooks/%d", received(t, app)[0].ID)); !page.Has(event.want) {
			t.Errorf("%v ahead: %s", event.ahead, page.Text("main"))
		}
	}
}

func TestAnotherRotationSaysWhichKeyItEnds(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Settings: []string{"TAPTALENT_WEBHOOK_KEY="}})
	admin := app.As(hiring.RoleAdmin)
	const ends = "the one before it stops at once"
	if page := admin.Get("/admin/webhooks"); strings.Contains(page.Body, ends) {
		t.Error("there is no key before the first")
	}
	if page := admin.Post("/admin/webhooks/key").Follow(); !page.Has("There is a new key") || !strings.Contains(page.Body, ends) {
		t.Errorf("after one rotation: %s", page.Text("main"))
	}
}

func TestADeliveryShowsWhatItChangedAndIsReplayed(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a, err := app.Mirror.CreateAssessment(t.Context(), hiring.AssessmentDraft{Title: "Backend", Role: "Engineer", Purpose: "To find an engineer for our team",
		Status: hiring.AssessmentActive, Duration: 20, Language: "english"})
	if err != nil {
		t.Fatal(err)
	}
	body := func(event, at, more string) string {
		return fmt.Sprintf(`{"event":%q,"timestamp":%q,"companyId":7,"data":{"assessmentId":%q,"submissionId":"s1","candidateEmail":"ada@example.com","candidateName":"Ada O'Hara"%s}}`, event, at, a.Ref, more)
	}
	settled := func(n int) func() bool {
		return func() bool {
			list := received(t, app)
			for _, d := range list {
				if !d.Settled() {
					return false
				}
			}
			return len(list) == n
		}
	}
	// Out of order: the score comes first, the start last.
	for i, b := range []string{
		body("interview.scoring_completed", "2026-03-02T09:30:00Z", `,"score":82,"bucket":"Strong fit"`),
		body("interview.ended", "2026-03-02T09:20:00Z", `,"interviewStatus":"timed_out"`),
		body("interview.started", "2026-03-02T09:00:00Z", ""),
	} {
		if got := hook(app, receiver, testKey, b); got != http.StatusNoContent {
			t.Fatalf("answered %d", got)
		}
		app.Until("it is applied", settled(i+1))
	}
	people, err := app.Store.Candidate(t.Context(), 1)
	if err != nil || people.Stage != hiring.StageTimedOut || people.Bucket != "Strong fit" || people.StartedAt == nil {
		t.Fatalf("the candidate: %+v, %v", people, err)
	}
	admin := app.As(hiring.RoleAdmin)
	list := received(t, app)
	ended := fmt.Sprintf("/admin/webhooks/%d", list[1].ID)
	page := admin.Get(ended)
	for _, said := range []string{"Finished", "Timed out", "Told by the event", "interview.ended", "Came with our key"} {
		if !page.Has(said) {
			t.Errorf("the page doesn't say %q: %s", said, page.Text("main"))
		}
	}
	if strings.Contains(page.Body, testKey) || !strings.Contains(page.Body, "$WEBHOOK_KEY") || !strings.Contains(page.Body, `O&#39;\&#39;&#39;Hara`) {
		t.Errorf("the command to send it again: %s", page.Doc.Find("[data-copy]").AttrOr("data-copy", ""))
	}
	outboxBefore := len(outbox(t, app, ""))

	if page := admin.Post(ended + "/replay").Follow(); !page.Has("applied again") {
		t.Errorf("replaying says: %s", page.Text("main"))
	}
	app.Until("the replay is applied", settled(3))
	if page := admin.Post("/admin/webhooks/replay", "q", "ada@example.com", "event", "interview.started").Follow(); !page.Has("1 event is applied again") {
		t.Errorf("replaying a filter says: %s", page.Text("main"))
	}
	if page := admin.Post("/admin/webhooks/replay").Follow(); !page.Has("filter the list first") {
		t.Errorf("replaying everything says: %s", page.Text("main"))
	}
	if page := admin.Post("/admin/webhooks/replay", "from", "2001-01-01T00:00", "to", "2002-01-01T00:00").Follow(); !page.Has("Nothing was replayed") {
		t.Errorf("replaying an empty range says: %s", page.Text("main"))
	}
	app.Until("the replays are applied", settled(3))
	again, err := app.Store.Candidate(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(people, again); diff != "" {
		t.Errorf("a replay changed the candidate: %s", diff)
	}
	history, err := app.Store.History(t.Context(), 1)
	if err != nil || len(history) != 3 {
		t.Errorf("%d events on the timeline, %v", len(history), err)
	}
	if n := len(outbox(t, app, "")); n != outboxBefore {
		t.Errorf("a replay wrote %d messages", n-outboxBefore)
	}
	if d, err := app.Store.Delivery(t.Context(), list[1].ID); err != nil || d.Replays != 1 || d.ReplayedBy != admin.User.Name || d.Status != hiring.DeliveryApplied {
		t.Errorf("the replayed delivery: %+v, %v", d, err)
	}

	if n, err := app.Store.TrimDeliveries(t.Context(), time.Now().Add(time.Hour)); err != nil || n != 3 {
		t.Errorf("%d bodies dropped, %v", n, err)
	}
	page = admin.Get(ended)
	if !page.Has("Bodies are kept for 30 days") || !page.Has("Timed out") || page.Doc.Find(`form[action$="/replay"]`).Length() != 0 || strings.Contains(page.Body, "ada@example.com") {
		t.Errorf("without its body: %s", page.Text("main"))
	}
}

// TestAFieldOfAnotherTypeTakesNothingFromTheOthers: what events carry is published only by example, and the bucket comes
// in no other way.
func TestAFieldOfAnotherTypeTakesNothingFromTheOthers(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a, err := app.Mirror.CreateAssessment(t.Context(), hiring.AssessmentDraft{Title: "Backend", Role: "Engineer", Purpose: "To find an engineer for our team",
		Status: hiring.AssessmentActive, Duration: 20, Language: "english"})
	must(t, err)
	for _, event := range []string{
		`"interview.error","timestamp":"2026-03-02T09:10:00Z","data":{"errorCode":500,"errorMessage":"The line broke","assessmentId":%q,"submissionId":"s1"}`,
		`"interview.scoring_completed","timestamp":"2026-03-02T09:30:00Z","data":{"score":"82","questionCount":"5","assessmentId":%q,"submissionId":"s2","bucket":"Strong fit"}`,
	} {
		if got := hook(app, receiver, testKey, fmt.Sprintf(`{"event":`+event+`}`, a.Ref)); got != http.StatusNoContent {
			t.Fatalf("answered %d", got)
		}
	}
	app.Until("both are settled", func() bool { list := received(t, app); return list[0].Settled() && list[1].Settled() })
	for _, d := range received(t, app) {
		if d.Status != hiring.DeliveryApplied {
			t.Errorf("%s: %s, %s", d.Event, d.Status, d.Effect)
		}
	}
	page, err := app.Store.Candidates(t.Context(), db.CandidateQuery{Connection: app.Mirror.Connection(), Now: time.Now()}, "", 10)
	must(t, err)
	if len(page.Candidates) != 2 {
		t.Fatalf("people: %+v", page)
	}
	for _, c := range page.Candidates {
		if c.Stage == hiring.StageError && c.ErrorMessage != "The line broke" || c.Stage != hiring.StageError && c.Bucket != "Strong fit" {
			t.Errorf("%+v", c)
		}
	}
}

func TestAnEventThatCannotBeAppliedIsTriedAgainAndShown(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Provider: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "<html>down</html>", http.StatusServiceUnavailable)
	})})
	if got := hook(app, receiver, testKey, `{"event":"interview.started","data":{"assessmentId":"a1","submissionId":"s1"}}`); got != http.StatusNoContent {
		t.Fatalf("answered %d", got)
	}
	app.Until("it fails", func() bool { return received(t, app)[0].Status == hiring.DeliveryFailed })
	id := received(t, app)[0].ID
	if err := app.Mirror.ApplyDelivery(t.Context(), id, true); err == nil {
		t.Error("the last try succeeds")
	}
	d := received(t, app)[0]
	if d.Status != hiring.DeliveryDead || d.LastError == "" {
		t.Errorf("after the last try: %+v", d)
	}
	page := app.As(hiring.RoleAdmin).Get("/admin/webhooks?status=dead")
	if !page.Has("Given up") || !page.Has(d.LastError) {
		t.Errorf("page: %s", page.Text("main"))
	}
}

func TestSilenceIsNoticed(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		health hiring.DeliveryHealth
		want   time.Duration
	}{
		{hiring.DeliveryHealth{}, 0},
		{hiring.DeliveryHealth{Open: 2, OpenSince: &at}, 20 * time.Hour},
		{hiring.DeliveryHealth{Open: 2, OpenSince: &at, LastReceived: new(at.Add(15 * time.Hour))}, 0},
		{hiring.DeliveryHealth{Open: 2, OpenSince: &at, LastReceived: new(at.Add(5 * time.Hour))}, 15 * time.Hour},
		{hiring.DeliveryHealth{LastReceived: &at}, 0},
	} {
		if got := c.health.Silent(at.Add(20 * time.Hour)); got != c.want {
			t.Errorf("%+v: silent for %v, want %v", c.health, got, c.want)
		}
	}
}

// TestABodyThatDoesNotComeIsNotWaitedFor: who holds connections open without sending holds them for seconds only.
func TestABodyThatDoesNotComeIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	conn, err := net.Dial("tcp", strings.TrimPrefix(app.URL, "http://"))
	must(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "POST /webhooks/taptalent HTTP/1.1\r\nHost: desk\r\n%s: %s\r\nContent-Length: 100\r\n\r\n{\"event\":", inbox.HeaderKey, testKey)
	must(t, err)
	must(t, conn.SetReadDeadline(time.Now().Add(time.Minute)))
	if answer, err := io.ReadAll(conn); err != nil {
		t.Errorf("after a minute: %q, %v", answer, err)
	}
}

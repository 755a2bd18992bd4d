package engine

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/partnerapi"
	"greenroom/internal/partnerapi/conformance"
)

// names are the events an inbox got.
func (in *inbox) names() []string {
	var names []string
	for _, r := range in.all() {
		names = append(names, r.Header.Get(partnerapi.HeaderEvent))
	}
	return names
}

func (in *inbox) answering(answer func(conformance.Received) int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.answer = answer
}

// takes invites somebody to a new interview of one question and has them do the steps.
func takesInterview(t *testing.T, e *Engine, c *clock, email string, steps ...conformance.Step) (partnerapi.Assessment, string) {
	t.Helper()
	a := newAssessment(t, e, partnerapi.QuestionRequest{Question: "How do you debug a failing service?"})
	id := sendInvite(t, e, a, email)
	actAs(t, e, c, id, steps...)
	return a, id
}

// TestOldWebhooksGo: what was delivered goes after a month, what still waits stays.
func TestOldWebhooksGo(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	e, c := start(t, func(o *Options) { o.Receivers = []Receiver{{URL: in.URL}} })
	takesInterview(t, e, c, "john@example.com", conformance.StepStart)
	settleAll(t, e)
	takesInterview(t, e, c, "jane@example.com", conformance.StepStart) // and is not sent
	for _, step := range []struct {
		later time.Duration
		want  string
	}{{0, "delivered pending"}, {workKept - time.Hour, "delivered pending"}, {2 * time.Hour, "pending"}} {
		c.add(step.later)
		if err := e.trim(t.Context()); err != nil {
			t.Fatal(err)
		}
		var states string
		if err := e.pool.QueryRow(t.Context(), `SELECT string_agg(state, ' ' ORDER BY id) FROM engine.deliveries`).Scan(&states); err != nil || states != step.want {
			t.Errorf("%v later: %q, %v; want %q", step.later, states, err, step.want)
		}
	}
}

func TestWebhookBodyAndHeaders(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	e, c := start(t, func(o *Options) { o.Receivers = []Receiver{{URL: in.URL, Key: "secret"}, {URL: in.URL, Key: "other"}} })
	takesInterview(t, e, c, "john@example.com", conformance.StepStart)
	settleAll(t, e)
	got := in.all()
	if len(got) != 1 {
		t.Fatalf("%d webhooks for two receivers of one URL", len(got))
	}
	if !strings.HasPrefix(string(got[0].Body), `{"event":"interview.started","timestamp":"2026-03-02T09:00:01.000Z","companyId":48213,"data":{"assessmentId":"`) {
		t.Errorf("body %s", got[0].Body)
	}
	for name, want := range map[string]string{
		"Content-Type": "application/json", "X-Webhook-Event": "interview.started",
		"X-Webhook-Timestamp": "2026-03-02T09:00:01.000Z", "X-Webhook-Key": "secret",
	} {
		if got := got[0].Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func TestWebhookRetriesAndOrder(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	e, c := start(t, func(o *Options) { o.Receivers = []Receiver{{URL: in.URL}} })
	in.answering(func(r conformance.Received) int {
		if strings.Contains(string(r.Body), "late@") {
			return http.StatusOK
		}
		return http.StatusFound // a redirect is not followed, and no success
	})
	takesInterview(t, e, c, "john@example.com", conformance.StepStart, conformance.StepAnswer, conformance.StepSubmit)
	takesInterview(t, e, c, "late@example.com", conformance.StepStart)
	settleAll(t, e)
	want := []string{"interview.started", "interview.started"} // John's next one waits, the other's line goes on
	for _, wait := range deliveryWaits {
		if diff := cmp.Diff(want, in.names()); diff != "" {
			t.Fatalf("before waiting %v: %s", wait, diff)
		}
		c.add(wait - time.Second)
		settleAll(t, e)
		if n := len(in.names()); n != len(want) {
			t.Fatalf("sent a second before %v were over", wait)
		}
		c.add(time.Second)
		settleAll(t, e)
		want = append(want, "interview.started")
	}
	// After the eighth attempt it is given up, and the next of the line goes.
	want = append(want, "interview.ended")
	settleAll(t, e)
	if diff := cmp.Diff(want, in.names()); diff != "" {
		t.Fatal(diff)
	}
	var state, lastError string
	var attempts int
	err := e.pool.QueryRow(t.Context(), `SELECT state, attempts, last_error FROM engine.deliveries WHERE event = 'interview.started' AND state = 'failed'`).
		Scan(&state, &attempts, &lastError)
	if err != nil || attempts != 8 || !strings.Contains(lastError, "302") {
		t.Errorf("%s after %d attempts, %q, %v", state, attempts, lastError, err)
	}
	in.answering(nil)
	c.add(5 * time.Second)
	settleAll(t, e)
	if got := in.names(); got[len(got)-1] != "interview.ended" || len(got) != len(want)+1 {
		t.Errorf("got %q", got)
	}
	var first, last string
	for _, r := range in.all() {
		if strings.Contains(string(r.Body), "john@") && r.Header.Get("X-Webhook-Event") == "interview.started" {
			if last = string(r.Body); first == "" {
				first = last
			}
		}
	}
	if first != last {
		t.Errorf("a repeated webhook changed from %s to %s", first, last)
	}
}

func TestTwoProcessesSendEachWebhookOnce(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	pool := database.New(t)
	receivers := func(o *Options) { o.Receivers = []Receiver{{URL: in.URL}} }
	e, c := startOn(t, pool, receivers)
	other, _ := startOn(t, pool, receivers)
	for i := range 10 {
		takesInterview(t, e, c, string(rune('a'+i))+"@example.com", conformance.StepCompleteLater, conformance.StepStart, conformance.StepSubmit)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			process := e
			if i%2 == 0 {
				process = other
			}
			for { // finding nothing may mean that a line's first is under way elsewhere
				var left int
				if err := pool.QueryRow(context.Background(), `SELECT count(*) FROM engine.deliveries WHERE state = 'pending'`).Scan(&left); err != nil || left == 0 {
					return
				}
				if _, err := process.at(c).deliverNext(context.Background()); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	group.Wait()
	perPerson := map[string][]string{}
	for _, r := range in.all() {
		_, rest, _ := strings.Cut(string(r.Body), `"submissionId":"`)
		perPerson[rest[:36]] = append(perPerson[rest[:36]], r.Header.Get(partnerapi.HeaderEvent))
	}
	if len(perPerson) != 10 {
		t.Errorf("%d submissions", len(perPerson))
	}
	for id, names := range perPerson {
		if diff := cmp.Diff([]string{"interview.complete_later", "interview.started", "interview.ended"}, names); diff != "" {
			t.Errorf("%s: %s", id, diff)
		}
	}
}

// at is the engine on another test clock.
func (e *Engine) at(c *clock) *Engine {
	at := *e
	at.now = c.now
	return &at
}

func TestSlowReceiverIsCutOff(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	t.Cleanup(server.Close)
	t.Cleanup(func() { close(release) })
	e, c := start(t, func(o *Options) { o.Receivers = []Receiver{{URL: server.URL}} })
	e.opts.Client.Timeout = 20 * time.Millisecond // in place of 5 s
	takesInterview(t, e, c, "john@example.com", conformance.StepStart)
	settleAll(t, e)
	var lastError string
	if err := e.pool.QueryRow(t.Context(), `SELECT last_error FROM engine.deliveries WHERE state = 'pending' AND attempts = 1`).Scan(&lastError); err != nil || lastError == "" {
		t.Errorf("%q, %v", lastError, err)
	}
}

func TestRunDelivers(t *testing.T) {
	t.Parallel()
	got := make(chan string, 10)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got <- r.Header.Get("X-Webhook-Event") }))
	t.Cleanup(server.Close)
	mailed := make(chan MailMessage, 1)
	e, c := start(t, func(o *Options) {
		o.Receivers = []Receiver{{URL: server.URL}}
		o.Mail = func(_ context.Context, m MailMessage) error { mailed <- m; return nil }
	})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- e.Run(ctx) }()
	_, id := takesInterview(t, e, c, "john@example.com", conformance.StepStart)
	for _, want := range []string{"interview.started", "interview.ended"} {
		select {
		case name := <-got:
			if name != want {
				t.Fatalf("got %s, want %s", name, want)
			}
		case <-time.After(time.Minute):
			t.Fatalf("no %s", want)
		}
		c.add(time.Hour) // the sweep ends it
	}
	if m := <-mailed; m.Link != "http://localhost:8080/room/i/"+id || m.To != "john@example.com" || m.Verification {
		t.Errorf("mail %+v", m)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

package partner_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/hiring"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

const key = "sk_test_0123456789abcdefghijkl"

// request is what arrived at a server.
type request struct {
	Method string
	URI    string // as on the request line
	Header http.Header
	Body   string
}

// provider is a server of canned answers that keeps what it was asked.
type provider struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

func newProvider(t *testing.T, answer http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p.mu.Lock()
		p.requests = append(p.requests, request{r.Method, r.RequestURI, r.Header.Clone(), string(body)})
		p.mu.Unlock()
		answer(w, r)
	}))
	p.Config.ErrorLog = quiet
	p.Start()
	t.Cleanup(p.Close)
	return p
}

func (p *provider) seen() []request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]request(nil), p.requests...)
}

// naps stands in for the clock's waits and keeps them; the clock is moved on by them alone.
type naps struct {
	mu    sync.Mutex
	began time.Time
	slept []time.Duration
}

func (n *naps) now() time.Time {
	n.mu.Lock()
	defer n.mu.Unlock()
	now := n.began
	for _, d := range n.slept {
		now = now.Add(d)
	}
	return now
}

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	n.slept = append(n.slept, d)
	n.mu.Unlock()
	return ctx.Err()
}

func newClient(t *testing.T, base string, change ...func(*partner.Options)) (*partner.Client, *naps) {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	n := &naps{began: time.Now()}
	o := partner.Options{BaseURL: base + partnerapi.BasePath, Key: key, HTTPClient: &http.Client{Transport: transport},
		Sleep: n.sleep, Now: n.now, Rand: func() float64 { return 0.5 }}
	for _, f := range change {
		f(&o)
	}
	return partner.New(o), n
}

func recording(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func playback(t testing.TB, status int, name string) http.HandlerFunc {
	body := recording(t, name)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.WriteHeader(status)
		w.Write(body)
	}
}

func ptr[T any](v T) *T { return &v }

var (
	create = partnerapi.CreateRequest{
		Title: "Senior Engineer Voice Interview", HiringForRole: "Senior Software Engineer",
		PurposeOfInterview: "Evaluate technical depth and communication for backend and system design.",
		JobID:              "12345", IsEmailVerificationRequired: ptr(true), Status: "ACTIVE", Duration: ptr(20), AILanguage: "english",
		Skills: []string{"Node.js", "System Design", "APIs"}, Buckets: partnerapi.StandardBuckets, ShouldEvaluateCEFR: ptr(false),
	}
	question = partnerapi.QuestionRequest{
		Question:          "Describe a time when you had to debug a critical production issue. What was your approach?",
		SystemInstruction: ptr("Look for structured problem-solving and communication."),
		IdealAnswer:       ptr("Candidate should mention steps like reproduction, root cause, fix, and prevention."),
	}
	generate = partnerapi.GenerateRequest{
		JobDescription: "We are looking for a senior backend engineer with experience in distributed systems, API design, and Node.js. The role involves mentoring and code reviews.",
		Skills:         []string{"Node.js", "System Design", "PostgreSQL", "APIs"}, QuestionCount: ptr(5), Difficulty: "medium",
	}
	john = partnerapi.InviteRequest{FirstName: "John", LastName: "Doe", EmailAddress: "john.doe@example.com", InviteeType: "CANDIDATE"}
)

// operation is one call of each kind, with an answer that it takes.
type operation struct {
	op     partner.Op
	method string
	good   string // recording
	call   func(context.Context, *partner.Client) (any, error)
}

func none(err error) (any, error) { return nil, err }

var operations = []operation{
	{partner.OpAssessments, "GET", "assessments", func(ctx context.Context, c *partner.Client) (any, error) { return c.Assessments(ctx, 1, 20) }},
	{partner.OpCreateAssessment, "POST", "create", func(ctx context.Context, c *partner.Client) (any, error) { return c.CreateAssessment(ctx, create) }},
	{partner.OpAssessment, "GET", "assessment", func(ctx context.Context, c *partner.Client) (any, error) { return c.Assessment(ctx, "assessmentId_1") }},
	{partner.OpUpdateAssessment, "PUT", "update", func(ctx context.Context, c *partner.Client) (any, error) {
		return none(c.UpdateAssessment(ctx, "assessmentId_1", partnerapi.UpdateRequest{Title: ptr("Updated Interview Title"), Duration: ptr(25)}))
	}},
	{partner.OpAddQuestion, "POST", "question_added", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.AddQuestion(ctx, "assessmentId_1", question)
	}},
	{partner.OpUpdateQuestion, "PUT", "question_updated", func(ctx context.Context, c *partner.Client) (any, error) {
		return none(c.UpdateQuestion(ctx, "assessmentId_1", "questionId_1", partnerapi.QuestionRequest{Question: "Updated question text here (at least 10 characters)."}))
	}},
	{partner.OpDeleteQuestion, "DELETE", "question_deleted", func(ctx context.Context, c *partner.Client) (any, error) {
		return none(c.DeleteQuestion(ctx, "assessmentId_1", "questionId_1"))
	}},
	{partner.OpAutoGenerate, "POST", "auto_generate", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.AutoGenerate(ctx, partnerapi.AutoGenerateRequest{JobID: "12345", Type: "AI_AUDIO_INTERVIEW"})
	}},
	{partner.OpGenerateQuestions, "POST", "generated", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.GenerateQuestions(ctx, "assessmentId_1", generate)
	}},
	{partner.OpInvite, "POST", "invite", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.Invite(ctx, "assessmentId_1", john)
	}},
	{partner.OpCandidates, "GET", "candidates", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.Candidates(ctx, "assessmentId_1", 20, "")
	}},
	{partner.OpJobs, "GET", "jobs", func(ctx context.Context, c *partner.Client) (any, error) { return c.Jobs(ctx, 1, 100) }},
	{partner.OpExtensions, "GET", "extensions", func(ctx context.Context, c *partner.Client) (any, error) { return c.Extensions(ctx) }},
	{partner.OpScoring, "GET", "scoring", func(ctx context.Context, c *partner.Client) (any, error) { return c.Scoring(ctx) }},
	{partner.OpSetScoring, "PUT", "scoring", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.SetScoring(ctx, partnerapi.Scoring{Mode: partnerapi.ScoringPeople})
	}},
	{partner.OpQuestionDetails, "GET", "question_details", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.QuestionDetails(ctx, "assessmentId_1")
	}},
	{partner.OpGeneration, "GET", "generation", func(ctx context.Context, c *partner.Client) (any, error) { return c.Generation(ctx, "assessmentId_1") }},
	{partner.OpEvaluation, "GET", "evaluation", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.Evaluation(ctx, "assessmentId_1", "inviteId_1")
	}},
	{partner.OpEvaluate, "PUT", "evaluation", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.Evaluate(ctx, "assessmentId_1", "inviteId_1", partnerapi.EvaluationRequest{Score: 82.5, Summary: "Strong.",
			Questions: []partnerapi.QuestionScore{{QuestionID: "questionId_1", Score: ptr(85.0), Reason: "Concrete."}, {QuestionID: "questionId_2"}}})
	}},
	{partner.OpErase, "DELETE", "question_deleted", func(ctx context.Context, c *partner.Client) (any, error) {
		return none(c.Erase(ctx, "assessmentId_1", "inviteId_1"))
	}},
	{partner.OpWork, "GET", "work", func(ctx context.Context, c *partner.Client) (any, error) { return c.Work(ctx) }},
	{partner.OpRetryWork, "POST", "question_deleted", func(ctx context.Context, c *partner.Client) (any, error) { return none(c.RetryWork(ctx, "task-12")) }},
	{partner.OpDropWork, "DELETE", "question_deleted", func(ctx context.Context, c *partner.Client) (any, error) { return none(c.DropWork(ctx, "task-12")) }},
}

// TestRequests holds the request side to the reference's examples.
func TestRequests(t *testing.T) {
	t.Parallel()
	want := map[partner.Op]struct{ uri, body string }{
		partner.OpAssessments:       {"/assessment?pageNumber=1&perPage=20", ""},
		partner.OpCreateAssessment:  {"/assessment/audio-interviews", string(recording(t, "create_request"))},
		partner.OpAssessment:        {"/assessment/assessmentId_1", ""},
		partner.OpUpdateAssessment:  {"/assessment/assessmentId_1", `{"title": "Updated Interview Title", "duration": 25}`},
		partner.OpAddQuestion:       {"/assessment/assessmentId_1/questions", string(recording(t, "question_request"))},
		partner.OpUpdateQuestion:    {"/assessment/assessmentId_1/questions/questionId_1", `{"question": "Updated question text here (at least 10 characters)."}`},
		partner.OpDeleteQuestion:    {"/assessment/assessmentId_1/questions/questionId_1", ""},
		partner.OpAutoGenerate:      {"/assessment/auto-generate", `{"jobId": 12345, "type": "AI_AUDIO_INTERVIEW"}`},
		partner.OpGenerateQuestions: {"/assessment/assessmentId_1/generate-questions", string(recording(t, "generate_request"))},
		partner.OpInvite:            {"/assessment/assessmentId_1/invite", `{"firstName":"John","lastName":"Doe","emailAddress":"john.doe@example.com","inviteeType":"CANDIDATE"}`},
		partner.OpCandidates:        {"/assessment/assessmentId_1/candidates?limit=20", ""},
		partner.OpJobs:              {"/jobs?pageNumber=1&perPage=100", ""},
		partner.OpExtensions:        {"/extensions", ""},
		partner.OpScoring:           {"/extensions/scoring", ""},
		partner.OpSetScoring:        {"/extensions/scoring", `{"mode":"people"}`},
		partner.OpQuestionDetails:   {"/extensions/assessment/assessmentId_1/questions", ""},
		partner.OpGeneration:        {"/extensions/assessment/assessmentId_1/generation", ""},
		partner.OpErase:             {"/extensions/assessment/assessmentId_1/candidates/inviteId_1", ""},
		partner.OpWork:              {"/extensions/work", ""},
		partner.OpRetryWork:         {"/extensions/work/task-12", `{}`},
		partner.OpDropWork:          {"/extensions/work/task-12", ""},
		partner.OpEvaluation:        {"/extensions/assessment/assessmentId_1/candidates/inviteId_1/evaluation", ""},
		partner.OpEvaluate: {"/extensions/assessment/assessmentId_1/candidates/inviteId_1/evaluation",
			`{"score":82.5,"summary":"Strong.","questions":[{"questionId":"questionId_1","score":85,"reason":"Concrete."},{"questionId":"questionId_2","score":null,"reason":""}]}`},
	}
	for _, o := range operations {
		t.Run(string(o.op), func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, playback(t, 200, o.good))
			c, _ := newClient(t, p.URL)
			if _, err := o.call(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			seen := p.seen()
			if len(seen) != 1 {
				t.Fatalf("%d requests, want 1", len(seen))
			}
			r, w := seen[0], want[o.op]
			if r.Method != o.method || r.URI != partnerapi.BasePath+w.uri {
				t.Errorf("%s %s, want %s %s", r.Method, r.URI, o.method, partnerapi.BasePath+w.uri)
			}
			if got := r.Header.Get("Authorization"); got != "Bearer "+key {
				t.Errorf("Authorization: %q", got)
			}
			kind := "application/json"
			if o.method == "DELETE" {
				kind = ""
			}
			if got := r.Header.Get("Content-Type"); got != kind {
				t.Errorf("Content-Type: %q, want %q", got, kind)
			}
			if diff := cmp.Diff(parsed(t, w.body), parsed(t, r.Body)); diff != "" {
				t.Errorf("body (-reference +sent):\n%s", diff)
			}
		})
	}
}

// TestRequestVariants are the reference's other request examples, and what is left out when it isn't given.
func TestRequestVariants(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, answer, uri, body string
		call                    func(context.Context, *partner.Client) error
	}{
		{"auto-generate from role and purpose", "auto_generate", "/assessment/auto-generate",
			`{"purpose": "We need a backend engineer who can design APIs and work with Node.js and PostgreSQL.", "role": "Backend Engineer", "type": "AI_VIDEO_INTERVIEW"}`,
			func(ctx context.Context, c *partner.Client) error {
				_, err := c.AutoGenerate(ctx, partnerapi.AutoGenerateRequest{Purpose: "We need a backend engineer who can design APIs and work with Node.js and PostgreSQL.", Role: "Backend Engineer", Type: "AI_VIDEO_INTERVIEW"})
				return err
			}},
		{"invite by job candidate", "invite", "/assessment/assessmentId_1/invite", `{"jobCandidateId": 101, "inviteeType": "CANDIDATE"}`,
			func(ctx context.Context, c *partner.Client) error {
				_, err := c.Invite(ctx, "assessmentId_1", partnerapi.InviteRequest{JobCandidateID: "101", InviteeType: "CANDIDATE"})
				return err
			}},
		{"skills set to none", "update", "/assessment/9", `{"skills": []}`,
			func(ctx context.Context, c *partner.Client) error {
				return c.UpdateAssessment(ctx, "9", partnerapi.UpdateRequest{Skills: &[]string{}})
			}},
		{"first page by default", "assessments", "/assessment", "",
			func(ctx context.Context, c *partner.Client) error { _, err := c.Assessments(ctx, 0, 0); return err }},
		{"next page of candidates", "candidates", "/assessment/a/candidates?limit=50&nextToken=" + url.QueryEscape("a+b/=&limit=1"), "",
			func(ctx context.Context, c *partner.Client) error {
				_, err := c.Candidates(ctx, "a", 50, "a+b/=&limit=1")
				return err
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, playback(t, 200, tt.answer))
			c, _ := newClient(t, p.URL)
			if err := tt.call(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			got := p.seen()[0]
			if got.URI != partnerapi.BasePath+tt.uri {
				t.Errorf("URI %s, want %s", got.URI, tt.uri)
			}
			if diff := cmp.Diff(parsed(t, tt.body), parsed(t, got.Body)); diff != "" {
				t.Errorf("body (-want +sent):\n%s", diff)
			}
		})
	}
}

func parsed(t *testing.T, body string) any {
	t.Helper()
	if strings.TrimSpace(body) == "" {
		return nil
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return v
}

// TestHostileIDs sends ids that try to leave their place in the path, over a socket and to a handler in process.
func TestHostileIDs(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	var got []string
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+partnerapi.BasePath+"/assessment/{id}", func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		got = append(got, r.PathValue("id"))
		mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"status":"success","data":{"assessmentId":"x"}}`))
	})
	p := newProvider(t, mux.ServeHTTP)
	over, _ := newClient(t, p.URL)
	inside, _ := newClient(t, "http://engine", func(o *partner.Options) {
		o.HTTPClient = &http.Client{Transport: partner.HandlerTransport(mux)}
	})
	ids := []string{"a/b", "../jobs", "a?perPage=1", "a#b", "%2e%2e", "a%2Fb", "a b", "é面", "a\r\nX-Evil: 1", "a\x00b", "{questionId}", "...", "a;b", "\xff"}
	for _, id := range ids {
		for name, c := range map[string]*partner.Client{"socket": over, "in process": inside} {
			got = nil
			if _, err := c.Assessment(t.Context(), id); err != nil {
				t.Errorf("%s: id %q: %v", name, id, err)
			}
			if diff := cmp.Diff([]string{id}, got); diff != "" {
				t.Errorf("%s: id %q arrived otherwise: %s", name, id, diff)
			}
		}
	}
	before := len(p.seen())
	for _, id := range []string{"", ".", ".."} {
		_, err := over.Assessment(t.Context(), id)
		wantKind(t, err, kindNotFound)
		wantKind(t, over.DeleteQuestion(t.Context(), "a", id), kindNotFound)
	}
	if n := len(p.seen()) - before; n != 0 {
		t.Errorf("%d requests for ids that no path can carry, want none", n)
	}
}

// TestWithoutAKeyNothingIsSent: a process that can't read the key leaves what is to be done to one that can.
func TestWithoutAKeyNothingIsSent(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }))
	t.Cleanup(server.Close)
	c := partner.New(partner.Options{BaseURL: server.URL})
	for range 10 {
		_, err := c.Invite(t.Context(), "assessmentId_1", john)
		var e *partner.Error
		if !errors.As(err, &e) || e.Outcome != partner.Locked || e.Unknown || !errors.Is(err, hiring.ErrUnavailable) || errors.Is(err, partner.ErrKey) {
			t.Fatalf("%+v", err)
		}
	}
	if h := c.Health(); !h.Failing() || !strings.Contains(h.Failure, "can't read its API key") || !strings.Contains(h.ForAdmin, "GREENROOM_SECRET_KEY") {
		t.Errorf("%+v", h)
	}
}

// TestErrorsDontTellThePath: in some stands the id of a candidate, which opens the interview room, and errors are logged.
func TestErrorsDontTellThePath(t *testing.T) {
	t.Parallel()
	c := partner.New(partner.Options{Key: key, BaseURL: "http://engine", Sleep: func(context.Context, time.Duration) error { return nil },
		HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })}})
	_, err := c.Evaluation(t.Context(), "assessmentId_1", "secret-of-the-link")
	if err == nil || !errors.Is(err, io.ErrUnexpectedEOF) || strings.Contains(err.Error(), "secret-of-the-link") {
		t.Errorf("%v", err)
	}
}

package engine

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/internal/engine/generate"
	"greenroom/internal/partnerapi"
	"greenroom/internal/partnerapi/conformance"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	conformance.Run(t, func(t *testing.T) conformance.Target {
		inbox := newInbox(t)
		generator := &breakable{Generator: generate.NewBank()}
		e, clock := start(t, func(o *Options) {
			o.Receivers = []Receiver{{URL: inbox.URL, Key: "secret"}}
			o.Generator = generator
		})
		server := httptest.NewServer(e.Handler())
		t.Cleanup(server.Close)
		exec := func(t *testing.T, sql string, args ...any) {
			t.Helper()
			if _, err := e.pool.Exec(t.Context(), sql, args...); err != nil {
				t.Fatal(err)
			}
		}
		return conformance.Target{
			BaseURL: server.URL + partnerapi.BasePath, Key: testKey, Client: server.Client(), Decisions: true,
			JobID: "12345", JobTitle: "Senior Software Engineer", JobCandidateID: "101", JobCandidate: "Maya Okafor",
			SpendCredits: func(t *testing.T) { exec(t, `UPDATE engine.companies SET credits = 0`) },
			Foreign: func(t *testing.T) string {
				exec(t, `INSERT INTO engine.companies (id, poster_id, poster_first, poster_last, poster_email)
					VALUES ('other', '1', 'A', 'B', 'a@example.com') ON CONFLICT DO NOTHING`)
				a := newAssessment(t, e)
				exec(t, `UPDATE engine.assessments SET company_id = 'other' WHERE id = $1`, string(a.AssessmentID))
				return string(a.AssessmentID)
			},
			DropCompany: func(t *testing.T) {
				exec(t, `DELETE FROM engine.job_candidates`)
				exec(t, `DELETE FROM engine.jobs`)
				exec(t, `DELETE FROM engine.companies`)
			},
			DeactivateCompany: func(t *testing.T) { exec(t, `UPDATE engine.companies SET active = false`) },
			BreakGenerator: func(_ *testing.T, empty bool) {
				if generator.with.Store(&generate.ErrFailed); empty {
					generator.with.Store(&generate.ErrEmpty)
				}
			},
			Wait:      func(t *testing.T) { settleAll(t, e) },
			Webhooks:  func(*testing.T) []conformance.Received { return inbox.all() },
			Candidate: func(t *testing.T, invite string, steps ...conformance.Step) { actAs(t, e, clock, invite, steps...) },
			Score: func(t *testing.T, invite string, score float64) {
				i, err := findInvite(t.Context(), e.pool, `i.id = $1`, invite)
				if err != nil {
					t.Fatal(err)
				}
				data[partnerapi.Evaluation](t, e, "PUT", "/extensions/assessment/"+i.AssessmentID+"/candidates/"+invite+"/evaluation",
					partnerapi.EvaluationRequest{Score: score})
			},
		}
	})
}

// candidate does steps in a candidate's place.
func actAs(t *testing.T, e *Engine, c *clock, invite string, steps ...conformance.Step) {
	t.Helper()
	ctx := t.Context()
	if _, err := e.Open(ctx, invite); err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		c.add(time.Second)
		var err error
		switch step {
		case conformance.StepStart:
			err = e.Start(ctx, invite)
		case conformance.StepAnswer:
			s, openErr := e.Open(ctx, invite)
			err = openErr
			for _, a := range s.Answers {
				err = errors.Join(err, e.SaveAnswer(ctx, invite, a.QuestionID, "First I looked for the root cause, then we fixed it."))
			}
		case conformance.StepSubmit:
			err = e.Submit(ctx, invite)
		case conformance.StepEnd:
			err = e.End(ctx, invite)
		case conformance.StepFail:
			err = e.Fail(ctx, invite, "PERMISSION_DENIED", "The microphone was not permitted.")
		case conformance.StepCompleteLater:
			err = e.CompleteLater(ctx, invite)
		case conformance.StepTimeOut:
			c.add(21 * time.Minute)
			_, err = e.Sweep(ctx)
		}
		if err != nil {
			t.Fatalf("%s: %v", step, err)
		}
	}
}

// settleAll does all background work that is due, in the place of Run.
func settleAll(t *testing.T, e *Engine) {
	t.Helper()
	for _, next := range []func(context.Context) (bool, error){e.taskNext, e.deliverNext} {
		for found := true; found; {
			var err error
			if found, err = next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// breakable is a generator that can be made to fail.
type breakable struct {
	Generator
	with atomic.Pointer[error]
}

func (b *breakable) Generate(ctx context.Context, r generate.Request) ([]generate.Question, error) {
	if err := b.with.Load(); err != nil {
		return nil, *err
	}
	return b.Generator.Generate(ctx, r)
}

// inbox is a receiver of webhooks. Answer, where set, decides the status of each.
type inbox struct {
	URL      string
	mu       sync.Mutex
	received []conformance.Received
	answer   func(conformance.Received) int
}

func newInbox(t *testing.T) *inbox {
	in := &inbox{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		got := conformance.Received{Header: r.Header, Body: body}
		in.mu.Lock()
		in.received = append(in.received, got)
		answer := in.answer
		in.mu.Unlock()
		if answer != nil {
			w.WriteHeader(answer(got))
		}
	}))
	t.Cleanup(server.Close)
	in.URL = server.URL + "/hook"
	return in
}

func (in *inbox) all() []conformance.Received {
	in.mu.Lock()
	defer in.mu.Unlock()
	return append([]conformance.Received(nil), in.received...)
}

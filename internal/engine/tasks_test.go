package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/engine/generate"
	"greenroom/internal/partnerapi"
)

// generator is a function as a Generator.
type generator func(context.Context, generate.Request) ([]generate.Question, error)

func (g generator) Generate(ctx context.Context, r generate.Request) ([]generate.Question, error) {
	return g(ctx, r)
}

func TestGenerationResumesAfterTheProcessDied(t *testing.T) {
	t.Parallel()
	pool := database.New(t)
	dead, c := startOn(t, pool)
	a := data[partnerapi.Assessment](t, dead, "POST", "/assessment/auto-generate", `{"purpose":"We need a backend engineer."}`)

	// The first process claims the task, writes two questions, and is gone with its lock.
	var task, run string
	err := pool.QueryRow(t.Context(), `UPDATE engine.tasks SET claimed_by = $1, attempts = 1 RETURNING id::text, ref`, dead.process).Scan(&task, &run)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 2 {
		q := generate.Question{Text: fmt.Sprintf("Question %d of the first process?", i), Source: "bank", Difficulty: "medium"}
		if added, err := dead.addGenerated(t.Context(), generation{ID: run, AssessmentID: string(a.AssessmentID)}, q); err != nil || !added {
			t.Fatal(added, err)
		}
	}
	state := func(e *Engine) partnerapi.Generation {
		return data[partnerapi.Generation](t, e, "GET", "/extensions"+pathOf(a, "/generation"), nil)
	}
	if g := state(dead); g.State != "running" || g.QuestionCount != 2 || g.Wanted != 5 {
		t.Errorf("generation %+v", g)
	}

	var asked generate.Request
	next, _ := startOn(t, pool, func(o *Options) {
		o.Now = c.now
		o.Generator = generator(func(ctx context.Context, r generate.Request) ([]generate.Question, error) {
			asked = r
			return generate.NewBank().Generate(ctx, r)
		})
	})
	if found, err := next.taskNext(t.Context()); found || err != nil {
		t.Fatal("took over a claim before its process was known to be dead", err)
	}
	conn, err := pgx.Connect(t.Context(), pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	if err := freeClaims(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	settleAll(t, next)
	if asked.Count != 3 || len(asked.Avoid) != 2 {
		t.Errorf("asked for %d, avoiding %d", asked.Count, len(asked.Avoid))
	}
	if g := state(next); g.State != "ready" || g.QuestionCount != 5 {
		t.Errorf("generation %+v", g)
	}
}

func TestClaimsOfTheLivingStay(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	data[partnerapi.Assessment](t, e, "POST", "/assessment/auto-generate", `{"jobId":12345}`)
	conn, err := pgx.Connect(t.Context(), e.pool.Config().ConnString())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	for _, sql := range []string{
		fmt.Sprintf(`SELECT pg_advisory_lock(%d, %d)`, claimSpace, e.process),
		fmt.Sprintf(`UPDATE engine.tasks SET claimed_by = %d`, e.process),
	} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	if err := freeClaims(t.Context(), conn); err != nil {
		t.Fatal(err)
	}
	if found, err := e.taskNext(t.Context()); found || err != nil {
		t.Error("a living process lost its claim", err)
	}
}

func TestGenerationIsRetriedAndGivenUp(t *testing.T) {
	t.Parallel()
	calls := 0
	in := newInbox(t)
	e, c := start(t, func(o *Options) {
		o.Receivers = []Receiver{{URL: in.URL}}
		o.Generator = generator(func(context.Context, generate.Request) ([]generate.Question, error) {
			if calls++; calls == 2 {
				panic("a generator that panics is a generator that failed")
			}
			return nil, fmt.Errorf("%w: no answer", generate.ErrFailed)
		})
	})
	a := data[partnerapi.Assessment](t, e, "POST", "/assessment/auto-generate", `{"jobId":12345}`)
	for range 10 {
		settleAll(t, e)
		c.add(time.Minute)
	}
	if calls != 4 {
		t.Errorf("%d attempts", calls)
	}
	g := data[partnerapi.Generation](t, e, "GET", "/extensions"+pathOf(a, "/generation"), nil)
	if g.State != "failed" || g.Message == "" || g.QuestionCount != 0 {
		t.Errorf("generation %+v", g)
	}
	if names := in.names(); len(names) != 0 {
		t.Errorf("webhooks %q", names)
	}
}

func TestGenerationNeverRepeats(t *testing.T) {
	t.Parallel()
	e, _ := start(t, func(o *Options) {
		o.Generator = generator(func(context.Context, generate.Request) ([]generate.Question, error) {
			return []generate.Question{
				{Text: "How do you debug a failing service?!", Source: "model"}, {Text: "short", Source: "model"},
				{Text: "A question that is new\x00?", Source: "model", Model: "m"}, {Text: "A question that is NEW", Source: "model"},
			}, nil
		})
	})
	a := newAssessment(t, e, partnerapi.QuestionRequest{Question: "How do you debug a failing service?"})
	body := `{"jobDescription":"Backend engineer who looks after services in production."}`
	if got := data[partnerapi.Generated](t, e, "POST", pathOf(a, "/generate-questions"), body); got.QuestionCount != 1 {
		t.Errorf("%+v", got)
	}
	refused(t, do(t, e, "POST", pathOf(a, "/generate-questions"), body), partnerapi.CodeGenerationEmpty)
}

func TestCredits(t *testing.T) {
	t.Parallel()
	pool := database.New(t)
	fail := false
	credits := func(n *int) func(*Options) {
		return func(o *Options) {
			o.Credits = n
			o.Generator = generator(func(ctx context.Context, r generate.Request) ([]generate.Question, error) {
				if fail {
					return nil, generate.ErrFailed
				}
				return generate.NewBank().Generate(ctx, r)
			})
		}
	}
	left := func() (n *int) {
		t.Helper()
		if err := pool.QueryRow(t.Context(), `SELECT credits FROM engine.companies WHERE id = $1`, CompanyID).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	e, _ := startOn(t, pool, credits(new(3)))
	a := newAssessment(t, e)
	body := `{"jobDescription":"Backend engineer who looks after services in production."}`
	fail = true
	refused(t, do(t, e, "POST", pathOf(a, "/generate-questions"), body), partnerapi.CodeGenerationFailed)
	if n := left(); *n != 2 {
		t.Errorf("%d credits after a generation that failed, want 2", *n)
	}
	fail = false
	e, _ = startOn(t, pool, credits(new(3)))
	if n := left(); *n != 2 {
		t.Errorf("a restart set the credits to %d", *n)
	}
	// Ten at once share the last two.
	var group sync.WaitGroup
	codes := make([]int, 10)
	for i := range codes {
		group.Go(func() { codes[i] = do(t, e, "POST", "/assessment/auto-generate", `{"jobId":12345}`).Code })
	}
	group.Wait()
	count := map[int]int{}
	for _, code := range codes {
		count[code]++
	}
	if count[200] != 2 || count[402] != 8 {
		t.Errorf("statuses %v", count)
	}
	refused(t, do(t, e, "POST", pathOf(a, "/generate-questions"), body), partnerapi.CodeInsufficientCredits)
	e, _ = startOn(t, pool, credits(nil))
	if n := left(); n != nil {
		t.Errorf("%d credits without a limit", *n)
	}
	newAssessment(t, e)
}

func TestMailIsRetried(t *testing.T) {
	t.Parallel()
	var sent []MailMessage
	broken := true
	e, c := start(t, func(o *Options) {
		o.Mail = func(_ context.Context, m MailMessage) error {
			if broken {
				return errors.New("no server")
			}
			sent = append(sent, m)
			return nil
		}
	})
	a := newAssessment(t, e)
	id := sendInvite(t, e, a, "john@example.com")
	settleAll(t, e)
	broken = false
	settleAll(t, e)
	if len(sent) != 0 {
		t.Fatal("sent before its time")
	}
	c.add(5 * time.Second)
	settleAll(t, e)
	if len(sent) != 1 || sent[0].InviteID != id || sent[0].Name != "john Doe" || sent[0].InterviewName != "Backend interview" {
		t.Errorf("sent %+v", sent)
	}
}

func TestMigrateRaces(t *testing.T) {
	t.Parallel()
	pool := database.New(t)
	if _, err := pool.Exec(t.Context(), `DROP SCHEMA engine CASCADE`); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 2 { // each takes two of the pool's connections
		group.Go(func() {
			if err := Migrate(t.Context(), pool); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	startOn(t, pool)
}

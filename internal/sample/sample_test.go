package sample_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/app"
	"greenroom/internal/apptest"
	"greenroom/internal/config"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

const (
	backend = "Senior backend engineer, ordering platform"
	support = "Customer support team lead"
	nurse   = "Registered nurse, surgical ward"
)

// TestSample starts the whole program as GREENROOM_SAMPLE_DATA has it started, and looks at what the desk then knows.
func TestSample(t *testing.T) {
	t.Parallel()
	d := startDesk(t)
	began := time.Now()
	d.until("the sample is ready", func() bool {
		w, err := d.store.Workspace(t.Context())
		d.ok(err)
		if w.Sample == hiring.SampleFailed {
			t.Fatal("the sample failed")
		}
		return w.Sample == hiring.SampleReady
	})
	made := time.Since(began)
	d.until("all webhooks are applied", func() bool {
		return d.count(`SELECT count(*) FROM engine.deliveries WHERE state = 'pending'`)+
			d.count(`SELECT count(*) FROM webhook_deliveries WHERE status NOT IN ('applied', 'ignored')`) == 0
	})
	t.Logf("made in %v, all webhooks applied after %v", made.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))

	people := d.people()
	d.checkCounts(people)
	said := map[string]string{}
	for _, c := range people {
		d.checkTimes(c)
		d.checkAnswers(c, said)
		if c.Score != nil {
			d.checkScore(c)
		}
	}
	d.checkQuiet()
	d.checkTwice()
}

// checkCounts compares who stands where, and what the home page makes of it.
func (d *desk) checkCounts(people []hiring.Candidate) {
	d.t.Helper()
	stages := map[string]map[hiring.Stage]int{backend: {}, support: {}, nurse: {}}
	buckets, evaluations := map[string]int{}, map[hiring.EvaluationStatus]int{}
	for _, c := range people {
		stages[c.AssessmentTitle][c.Stage]++
		buckets[c.Bucket]++
		evaluations[c.Evaluation]++
	}
	d.same("stages", stages, map[string]map[hiring.Stage]int{
		backend: {hiring.StageFinished: 10, hiring.StageTimedOut: 1, hiring.StageStarted: 1, hiring.StageLater: 1, hiring.StageError: 1, hiring.StageInvited: 1},
		support: {hiring.StageFinished: 9, hiring.StageEnded: 1, hiring.StageStarted: 1, hiring.StageError: 1, hiring.StageInvited: 1},
		nurse:   {hiring.StageFinished: 7, hiring.StageTimedOut: 1, hiring.StageLater: 1, hiring.StageInvited: 3},
	})
	d.same("buckets", buckets, map[string]int{"Strong Fit": 8, "Good Fit": 6, "Not a Fit": 5, "": 21})
	d.same("evaluations", evaluations, map[hiring.EvaluationStatus]int{
		hiring.EvaluationCompleted: 19, hiring.EvaluationPendingReview: 9, hiring.EvaluationNone: 12,
	})

	now := time.Now()
	query := db.HomeQuery{ReviewQuery: db.ReviewQuery{Connection: d.connection, User: d.admin, Required: 1}, Now: now, Since: now.AddDate(0, 0, -28)}
	needs, err := d.store.HomeNeeds(d.t.Context(), query)
	d.ok(err)
	needs.Latest = 0 // whichever
	health, err := d.store.DeliveryHealth(d.t.Context(), d.connection, now)
	d.ok(err)
	if health.Lag != nil && *health.Lag > time.Minute {
		d.t.Errorf("webhooks of the sample seem to have been under way for %v", *health.Lag)
	}
	d.same("what needs somebody", needs, hiring.Needs{ToReview: 9, Answering: 2, Errors: 2, Stuck: 3, Interviews: true, Candidates: true})
	funnel, err := d.store.HomeFunnel(d.t.Context(), query)
	d.ok(err)
	d.same("the funnel", funnel, hiring.Funnel{Invited: 40, Started: 33, Finished: 28, Scored: 19})
}

// order says what may not stand after what in a history.
var order = map[string]int{
	"invited": 0, "interview.complete_later": 1, "interview.error": 1, "interview.started": 2, "interview.ended": 3, "scorecard": 4,
	"interview.scoring_completed": 5, "score": 5,
}

// checkTimes: everything lies in the past 28 days and in the order of a life.
func (d *desk) checkTimes(c hiring.Candidate) {
	d.t.Helper()
	history, err := d.store.History(d.t.Context(), c.ID)
	d.ok(err)
	earliest, now := time.Now().AddDate(0, 0, -28), time.Now()
	seen := map[string]bool{}
	for i, e := range history {
		if e.Kind == "interview.recorded" { // what was spoken is measured as the sample is made
			continue
		}
		if _, known := order[e.Kind]; !known || e.At.Before(earliest) || e.At.After(now) {
			d.t.Errorf("%s: %s at %v, want a known event of the past 28 days", c.Name, e.Kind, e.At)
		}
		if i > 0 && order[history[i-1].Kind] > order[e.Kind] {
			d.t.Errorf("%s: %s stands after %s", c.Name, e.Kind, history[i-1].Kind)
		}
		seen[e.Kind] = true
	}
	for kind, want := range map[string]bool{
		"invited": true, "interview.started": c.StartedAt != nil, "interview.ended": c.Stage.Over(),
		"scorecard": c.Score != nil, "score": c.Score != nil, "interview.error": c.Stage == hiring.StageError,
	} {
		if seen[kind] != want {
			d.t.Errorf("%s: %s in the history is %v, want %v", c.Name, kind, seen[kind], want)
		}
	}
	last := earliest
	for _, at := range []*time.Time{c.InvitedAt, c.StartedAt, c.EndedAt, c.ScoredAt} {
		if at == nil {
			continue
		}
		if at.Before(last) || at.After(now.Add(-time.Minute)) {
			d.t.Errorf("%s: invited %v, started %v, ended %v, scored %v: not in order, or only now", c.Name, c.InvitedAt, c.StartedAt, c.EndedAt, c.ScoredAt)
			break
		}
		last = *at
	}
}

// checkAnswers: whoever finished answered everything, and nobody says what another said. said is by text who said it.
func (d *desk) checkAnswers(c hiring.Candidate, said map[string]string) {
	d.t.Helper()
	answers, err := d.store.Answers(d.t.Context(), c.ID)
	d.ok(err)
	given := 0
	for _, a := range answers {
		if a.Recording != nil && (!a.Recording.Playable() || a.Recording.Silent() || a.Text != "") {
			d.t.Errorf("%s speaks without being heard: %+v", c.Name, a.Recording)
		}
		if a.Recording != nil {
			given++
			continue
		}
		if a.Text == "" {
			continue
		}
		given++
		if other := said[a.Text]; other != "" {
			d.t.Errorf("%s says the same as %s: %s", c.Name, other, a.Text)
		}
		said[a.Text] = c.Name
	}
	switch {
	case c.Stage == hiring.StageFinished && given != 5:
		d.t.Errorf("%s finished with %d answers, want 5", c.Name, given)
	case c.Stage == hiring.StageTimedOut && (len(answers) != 5 || given == 0 || given == 5):
		d.t.Errorf("%s ran out of time with %d of %d answers, want some of 5", c.Name, given, len(answers))
	case c.Stage != hiring.StageFinished && c.Stage != hiring.StageTimedOut && given != 0:
		d.t.Errorf("%s is %s, and the desk shows %d answers", c.Name, c.Stage, given)
	}
}

// checkScore: the score is the mean of the scorecard that made it, and the bucket follows.
func (d *desk) checkScore(c hiring.Candidate) {
	d.t.Helper()
	cards, err := d.store.Scorecards(d.t.Context(), c.ID)
	d.ok(err)
	if len(cards) != 1 || cards[0].SentAt == nil || cards[0].Comment == "" {
		d.t.Fatalf("%s: scorecards %+v, want one with a comment that was sent", c.Name, cards)
	}
	if mean, _ := cards[0].Score(); math.Abs(mean-*c.Score) > 0.005 || c.Basis != hiring.BasisPeople {
		d.t.Errorf("%s: score %v by %s, want %v by people", c.Name, *c.Score, c.Basis, mean)
	}
	want := map[hiring.Band]string{hiring.BandStrong: "Strong Fit", hiring.BandFair: "Good Fit", hiring.BandWeak: "Not a Fit"}[hiring.BandOf(c.Score)]
	if c.Bucket != want {
		d.t.Errorf("%s: %v is %q, want %q", c.Name, *c.Score, c.Bucket, want)
	}
}

// checkQuiet: nobody was written to, nothing was left undone, and nothing went wrong on the way.
func (d *desk) checkQuiet() {
	d.t.Helper()
	messages, err := d.store.CountMessages(d.t.Context(), db.MessageFilter{})
	d.ok(err)
	if tasks := d.count(`SELECT count(*) FROM engine.tasks`); messages != 0 || tasks != 0 {
		d.t.Errorf("%d messages in the outbox, %d tasks of the engine, want none", messages, tasks)
	}
	if wrong := d.count(`SELECT count(*) FROM webhook_deliveries WHERE status <> 'applied' OR last_error <> ''`); wrong != 0 {
		d.t.Errorf("%d webhooks were not applied at once", wrong)
	}
	for line := range strings.Lines(d.log.String()) {
		if strings.Contains(line, "level=ERROR") || strings.Contains(line, "level=WARN") {
			d.t.Errorf("logged: %s", line)
		}
	}
}

// checkTwice: a second time is refused, and leaves everything as it is.
func (d *desk) checkTwice() {
	d.t.Helper()
	queue, err := jobs.New(jobs.Options{Store: d.store, Log: slog.New(slog.DiscardHandler)})
	d.ok(err)
	if err := queue.AddSample(d.t.Context(), d.store); !errors.Is(err, hiring.ErrConflict) {
		d.t.Errorf("adding it again: %v, want hiring.ErrConflict", err)
	}
	if asked := d.count(`SELECT count(*) FROM river_job WHERE kind = 'add_sample'`); asked != 1 {
		d.t.Errorf("the sample was asked for %d times, want once", asked)
	}
}

// desk is the program at work, and its database.
type desk struct {
	t                 *testing.T
	pool              *pgxpool.Pool
	store             *db.Store
	connection, admin int64
	log               *textLog
}

func startDesk(t *testing.T) *desk {
	t.Helper()
	url := apptest.Databases.NewURL(t)
	d := &desk{t: t, log: &textLog{}}
	cfg, err := config.Load([]string{"GREENROOM_ADDR=127.0.0.1:0", "DATABASE_URL=" + url, "GREENROOM_SAMPLE_DATA=true",
		"GREENROOM_ADMIN_EMAIL=grace@example.com", "GREENROOM_ADMIN_PASSWORD=correct horse battery"})
	d.ok(err)
	d.pool, err = pgxpool.New(t.Context(), url)
	d.ok(err)
	t.Cleanup(d.pool.Close)
	d.store = db.New(d.pool)
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.NewTextHandler(d.log, nil))})
	d.ok(err)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with: %v", err)
		}
		if t.Failed() {
			t.Logf("log of the program:\n%s", d.log)
		}
	})
	d.connection, err = d.store.Connection(t.Context(), "engine", "local")
	d.ok(err)
	users, err := d.store.Users(t.Context())
	d.ok(err)
	d.admin = users[0].ID
	return d
}

func (d *desk) people() []hiring.Candidate {
	d.t.Helper()
	page, err := d.store.Candidates(d.t.Context(), db.CandidateQuery{Connection: d.connection, Now: time.Now()}, "", 100)
	d.ok(err)
	return page.Candidates
}

func (d *desk) count(sql string) (n int) {
	d.t.Helper()
	d.ok(d.pool.QueryRow(d.t.Context(), sql).Scan(&n))
	return n
}

// until asks again and again, for 30 seconds at most.
func (d *desk) until(what string, holds func() bool) {
	d.t.Helper()
	again := time.NewTicker(20 * time.Millisecond)
	defer again.Stop()
	timeout := time.After(2 * time.Minute)
	for !holds() {
		select {
		case <-again.C:
		case <-timeout:
			d.t.Fatalf("waited in vain: %s", what)
		}
	}
}

func (d *desk) same(what string, got, want any) {
	d.t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		d.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (d *desk) ok(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

// textLog keeps what was logged. It is safe for concurrent use.
type textLog struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *textLog) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *textLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

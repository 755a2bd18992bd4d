package db_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// crowd fills an interview with 10,000 candidates, 2,000 a stage, of whom half were invited within ten days: started,
// error, invited, finished and to review, finished and scored 0–99 by turns.
func crowd(t testing.TB, store *db.Store, assessment int64, now time.Time) {
	t.Helper()
	_, err := store.Pool().Exec(t.Context(), `
		INSERT INTO candidates (assessment_id, invite_ref, name, email, stage, stage_at, invited_at, started_at, ended_at, score, evaluation, scored_at, summary)
		SELECT $1, 'i' || n, 'Person ' || n, 'p' || n || '@example.com',
			(ARRAY['started', 'error', 'invited', 'completed', 'completed'])[n % 5 + 1], at, at,
			CASE WHEN n % 5 <> 2 THEN at END, CASE WHEN n % 5 > 2 THEN at END, CASE WHEN n % 5 = 4 THEN (n / 5) % 100 END,
			CASE n % 5 WHEN 3 THEN 'pending_review' WHEN 4 THEN 'completed' ELSE '' END, CASE WHEN n % 5 = 4 THEN at END, repeat('What was said. ', 20)
		FROM (SELECT n, $2::timestamptz - (CASE WHEN n % 2 = 0 THEN 1 ELSE 60 END + n % 4) * interval '1 day' AS at FROM generate_series(1, 10000) n) s`, assessment, now)
	if err == nil {
		_, err = store.Pool().Exec(t.Context(), `
			INSERT INTO history (candidate_id, kind, at, source) SELECT id, 'interview.started', stage_at, 'webhook' FROM candidates`)
	}
	if err == nil {
		_, err = store.Pool().Exec(t.Context(), `VACUUM ANALYZE candidates, history, assessments`)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func TestHomeFigures(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	crowd(t, store, a.ID, start)
	elsewhere, err := store.Connection(t.Context(), "taptalent", "other")
	must(t, err)
	q := db.HomeQuery{ReviewQuery: db.ReviewQuery{Connection: connection, User: 1, Required: 1}, Now: start, Since: start.AddDate(0, 0, -30)}

	needs, err := store.HomeNeeds(t.Context(), q)
	must(t, err)
	want := hiring.Needs{ToReview: 2000, Answering: 2000, Errors: 2000, Stuck: 1000, Interviews: true, Candidates: true, Latest: a.ID}
	if diff := cmp.Diff(want, needs); diff != "" {
		t.Error(diff)
	}
	stuck, err := store.Candidates(t.Context(), db.CandidateQuery{Connection: connection, Filter: hiring.CandidateFilter{Stuck: true}, Now: start}, "", 1)
	must(t, err)
	if stuck.Total != needs.Stuck {
		t.Errorf("%d are stuck, and the list behind the figure has %d", needs.Stuck, stuck.Total)
	}
	funnel, err := store.HomeFunnel(t.Context(), q)
	must(t, err)
	if diff := cmp.Diff(hiring.Funnel{Invited: 5000, Started: 4000, Finished: 2000, Scored: 1000}, funnel); diff != "" {
		t.Error(diff)
	}
	scores, err := store.HomeScores(t.Context(), q)
	must(t, err)
	if diff := cmp.Diff([10]int{100, 100, 100, 100, 100, 100, 100, 100, 100, 100}, scores); diff != "" {
		t.Error(diff)
	}
	activity, err := store.RecentActivity(t.Context(), connection, 20)
	must(t, err)
	if len(activity) != 20 || activity[0].At.Before(activity[19].At) || activity[0].Assessment != a.Title {
		t.Errorf("activity: %+v", activity)
	}

	q.Connection = elsewhere
	needs, err = store.HomeNeeds(t.Context(), q)
	must(t, err)
	if diff := cmp.Diff(hiring.Needs{}, needs); diff != "" {
		t.Error("another connection:", diff)
	}
}

// BenchmarkHome reads everything that the home page shows, with 10,000 candidates.
func BenchmarkHome(b *testing.B) {
	store, connection, a := newBenchStore(b)
	crowd(b, store, a, start)
	ctx := b.Context()
	q := db.HomeQuery{ReviewQuery: db.ReviewQuery{Connection: connection, User: 1, Required: 1}, Now: start, Since: start.AddDate(0, 0, -30)}
	for name, read := range map[string]func() error{
		"needs":    func() error { _, err := store.HomeNeeds(ctx, q); return err },
		"next":     func() error { _, err := store.WaitingReviews(ctx, q.ReviewQuery, 1); return err },
		"funnel":   func() error { _, err := store.HomeFunnel(ctx, q); return err },
		"scores":   func() error { _, err := store.HomeScores(ctx, q); return err },
		"activity": func() error { _, err := store.RecentActivity(ctx, connection, 200); return err },
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := read(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func newBenchStore(b *testing.B) (store *db.Store, connection, assessment int64) {
	b.Helper()
	store = db.New(desk.New(b))
	connection, err := store.Connection(b.Context(), "engine", "test")
	if err != nil {
		b.Fatal(err)
	}
	a, err := store.UpsertAssessment(b.Context(), hiring.Assessment{ConnectionID: connection, Ref: "a1", Title: "Interview",
		Status: hiring.AssessmentActive, Duration: 20, Language: "english", SyncedAt: start})
	if err != nil {
		b.Fatal(err)
	}
	return store, connection, a.ID
}

package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/mirror"
)

// PushEvaluation sends the team's score of a candidate to the provider, if the required scorecards are in.
type PushEvaluation struct {
	CandidateID int64 `json:"candidate_id" river:"unique"`
	// Revision tells one change of a scorecard from the next: work that is under way may have read the state before.
	Revision int64 `json:"revision" river:"unique"`
}

// Kind names the work in the queue.
func (PushEvaluation) Kind() string { return "push_evaluation" }

// InsertOpts: from 5 s to 6 h apart, about two days in all; the reconciling takes over from there.
func (PushEvaluation) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 14, UniqueOpts: river.UniqueOpts{ByArgs: true}}
}

type pushEvaluation struct {
	river.WorkerDefaults[PushEvaluation]
	mirror *mirror.Mirror
}

func (w *pushEvaluation) Work(ctx context.Context, job *river.Job[PushEvaluation]) error {
	return w.mirror.PushEvaluation(ctx, job.Args.CandidateID)
}

func (w *pushEvaluation) NextRetry(job *river.Job[PushEvaluation]) time.Time {
	return time.Now().Add(backoff(job.Attempt))
}

// PushEvaluations sends every team's score that the provider should have and has not.
type PushEvaluations struct{}

// Kind names the work in the queue.
func (PushEvaluations) Kind() string { return "push_evaluations" }

// InsertOpts: no second try, since the reconciling does the same soon.
func (PushEvaluations) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

type pushEvaluations struct {
	river.WorkerDefaults[PushEvaluations]
	mirror *mirror.Mirror
}

func (w *pushEvaluations) Work(ctx context.Context, _ *river.Job[PushEvaluations]) error {
	return w.mirror.PushUnsent(ctx)
}

package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"greenroom/internal/mirror"
)

// reconcileEvery is how often the provider is asked for what webhooks didn't tell.
const reconcileEvery = 15 * time.Minute

// Reconcile takes over what the provider has and we missed.
type Reconcile struct{}

// Kind names the work in the queue.
func (Reconcile) Kind() string { return "reconcile" }

// InsertOpts: one at a time, and no second try, since the next one comes anyway.
func (Reconcile) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByState: []rivertype.JobState{
		rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRunning, rivertype.JobStateRetryable, rivertype.JobStateScheduled,
	}}}
}

type reconcile struct {
	river.WorkerDefaults[Reconcile]
	mirror *mirror.Mirror
}

// Timeout is long: a first look at a large account goes through all of its lists.
func (w *reconcile) Timeout(*river.Job[Reconcile]) time.Duration { return time.Hour }

func (w *reconcile) Work(ctx context.Context, _ *river.Job[Reconcile]) error {
	return w.mirror.Reconcile(ctx)
}

// reconciling runs at the start and then at intervals, in one process of all that share the database.
func reconciling() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(reconcileEvery),
		func() (river.JobArgs, *river.InsertOpts) { return Reconcile{}, nil },
		&river.PeriodicJobOpts{RunOnStart: true})
}

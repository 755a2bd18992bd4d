package jobs

import (
	"context"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"greenroom/internal/mirror"
)

// waiting are the states of work that is not done yet, for work that need not wait twice.
var waiting = []rivertype.JobState{
	rivertype.JobStateAvailable, rivertype.JobStatePending, rivertype.JobStateRetryable, rivertype.JobStateRunning, rivertype.JobStateScheduled,
}

// SyncAssessment looks at one interview and its questions.
type SyncAssessment struct {
	ID int64 `json:"id"`
}

// Kind names the work in the queue.
func (SyncAssessment) Kind() string { return "sync_assessment" }

// InsertOpts: somebody looks at the page, who will look again.
func (SyncAssessment) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: waiting}}
}

type syncAssessment struct {
	river.WorkerDefaults[SyncAssessment]
	mirror *mirror.Mirror
}

func (w *syncAssessment) Work(ctx context.Context, job *river.Job[SyncAssessment]) error {
	return w.mirror.SyncAssessment(ctx, job.Args.ID)
}

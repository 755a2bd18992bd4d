package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/mirror"
)

// ApplyDelivery gives a received webhook its effects.
type ApplyDelivery struct {
	ID int64 `json:"id"`
}

// Kind names the work in the queue.
func (ApplyDelivery) Kind() string { return "apply_delivery" }

// InsertOpts: from 5 s to 6 h apart, about a day in all.
func (ApplyDelivery) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 10} }

type applyDelivery struct {
	river.WorkerDefaults[ApplyDelivery]
	mirror *mirror.Mirror
}

func (w *applyDelivery) Work(ctx context.Context, job *river.Job[ApplyDelivery]) error {
	return w.mirror.ApplyDelivery(ctx, job.Args.ID)
}

func (w *applyDelivery) NextRetry(job *river.Job[ApplyDelivery]) time.Time {
	return time.Now().Add(backoff(job.Attempt))
}

// backoff is how long to wait after a failed attempt, the first being 1: 5 s, quadrupling up to 6 h.
func backoff(attempt int) time.Duration {
	d := 5 * time.Second
	for range attempt - 1 {
		d = min(4*d, 6*time.Hour)
	}
	return d
}

package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/mirror"
)

// EraseOld deletes people whom the company no longer keeps.
type EraseOld struct{}

// Kind names the work in the queue.
func (EraseOld) Kind() string { return "erase_old" }

// InsertOpts: no second try, since the next one comes anyway.
func (EraseOld) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

type eraseOld struct {
	river.WorkerDefaults[EraseOld]
	mirror *mirror.Mirror
}

// Timeout is less than the time to the next one.
func (w *eraseOld) Timeout(*river.Job[EraseOld]) time.Duration { return 50 * time.Minute }

func (w *eraseOld) Work(ctx context.Context, _ *river.Job[EraseOld]) error {
	_, err := w.mirror.EraseOld(ctx)
	return err
}

// keeping runs at the start and every hour, in one process of all that share the database.
func keeping() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Hour),
		func() (river.JobArgs, *river.InsertOpts) { return EraseOld{}, nil },
		&river.PeriodicJobOpts{RunOnStart: true})
}

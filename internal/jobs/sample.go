package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// AddSample fills the installation with sample data.
type AddSample struct{}

// Kind names the work in the queue.
func (AddSample) Kind() string { return "add_sample" }

// InsertOpts: a second attempt only notes that the first was cut off, since what it had added can't be told.
func (AddSample) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 2} }

// AddSample begins to add sample data after store's transaction commits; hiring.ErrConflict when it is there or on
// its way, or before the setup.
func (q *Queue) AddSample(ctx context.Context, store *db.Store) error {
	return store.InTx(ctx, func(tx *db.Store) error {
		if err := tx.BeginSample(ctx); err != nil {
			return err
		}
		return q.Enqueue(ctx, tx, AddSample{}, nil)
	})
}

type addSample struct {
	river.WorkerDefaults[AddSample]
	store *db.Store
	fill  func(context.Context) error
}

func (w *addSample) Timeout(*river.Job[AddSample]) time.Duration { return 10 * time.Minute }

func (w *addSample) Work(ctx context.Context, job *river.Job[AddSample]) error {
	err := errors.New("it was cut off")
	if w.fill == nil {
		err = errors.New("there is none")
	} else if job.Attempt == 1 {
		err = w.fill(ctx)
	}
	state := hiring.SampleReady
	if err != nil {
		state = hiring.SampleFailed
	}
	if noted := w.store.EndSample(context.WithoutCancel(ctx), state); noted != nil && !errors.Is(noted, hiring.ErrConflict) {
		return errors.Join(err, noted)
	}
	if err != nil {
		return river.JobCancel(err)
	}
	return nil
}

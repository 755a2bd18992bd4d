package jobs

import (
	"context"
	"errors"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/mirror"
)

// SendBatch sends the invites of a batch that wait. There may be several for one batch: the batch lets one at a time
// send, and what is sent already is not sent again.
type SendBatch struct {
	ID int64 `json:"id"`
}

// Kind names the work in the queue.
func (SendBatch) Kind() string { return "send_batch" }

// InsertOpts: seven tries in a row without a single row settled, within about ten minutes.
func (SendBatch) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: len(sendWaits) + 1}
}

// sendWaits are the waits between tries that settle nothing.
var sendWaits = []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second, 45 * time.Second, 2 * time.Minute, 5 * time.Minute}

type sendBatch struct {
	river.WorkerDefaults[SendBatch]
	mirror *mirror.Mirror
}

// Timeout is as long as the largest batch may take at the provider's rate.
func (w *sendBatch) Timeout(*river.Job[SendBatch]) time.Duration { return 30 * time.Minute }

func (w *sendBatch) Work(ctx context.Context, job *river.Job[SendBatch]) error {
	sent, err := w.mirror.SendInvites(ctx, job.Args.ID)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return err
	case errors.Is(err, mirror.ErrElsewhere):
		return err
	case errors.Is(err, mirror.ErrBusy):
		return river.JobSnooze(time.Second)
	case sent > 0: // it moves: what the provider can't take now is no failed try
		return river.JobSnooze(sendWaits[1])
	case job.Attempt >= job.MaxAttempts:
		return errors.Join(err, w.mirror.AbandonInvites(ctx, job.Args.ID, err))
	}
	return err
}

func (w *sendBatch) NextRetry(job *river.Job[SendBatch]) time.Time {
	return time.Now().Add(sendWaits[min(max(job.Attempt, 1), len(sendWaits))-1])
}

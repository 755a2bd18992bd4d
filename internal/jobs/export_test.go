package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"
	"github.com/riverqueue/river/rivertype"

	"greenroom/internal/db"
	"greenroom/internal/mail"
)

// Try makes one attempt to send a message, the attempt-th of those that there are.
func Try(ctx context.Context, store *db.Store, sender *mail.Sender, id int64, attempt int) error {
	w := &sendMessage{store: store, mail: sender, now: time.Now}
	return w.Work(ctx, &river.Job[SendMessage]{
		JobRow: &rivertype.JobRow{Attempt: attempt, MaxAttempts: SendMessage{}.InsertOpts().MaxAttempts}, Args: SendMessage{ID: id},
	})
}

// Backoff is backoff.
var Backoff = backoff

// CheckOrphansEvery sets how often a queue that has not started looks for work of the dead.
func (q *Queue) CheckOrphansEvery(d time.Duration) { q.check = d }

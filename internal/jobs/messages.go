package jobs

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/mail"
)

// SendMessage hands a message of the outbox to the mail server.
type SendMessage struct {
	ID int64 `json:"id"`
}

// Kind names the work in the queue.
func (SendMessage) Kind() string { return "send_message" }

// InsertOpts: six tries within half an hour.
func (SendMessage) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: hiring.MessageAttempts}
}

// Post puts a letter into the outbox and, where there is a mail server, sends it soon after store's transaction
// commits. A letter whose key was there before changes nothing.
func (q *Queue) Post(ctx context.Context, store *db.Store, l mail.Letter) error {
	return store.InTx(ctx, func(tx *db.Store) error {
		id, err := tx.InsertMessage(ctx, l.Message, l.Key)
		if err != nil || id == 0 || !q.mail {
			return err
		}
		return q.Enqueue(ctx, tx, SendMessage{ID: id}, nil)
	})
}

// PostJoin writes to a new member of the team with the address of the link; by is who added the member.
func (q *Queue) PostJoin(ctx context.Context, tx *db.Store, l hiring.Link, company, by, address string) error {
	return q.Post(ctx, tx, mail.Join(l, company, by, address))
}

// PostReset writes to a member who forgot the password, with the address of the link.
func (q *Queue) PostReset(ctx context.Context, tx *db.Store, l hiring.Link, address string) error {
	return q.Post(ctx, tx, mail.Reset(l, address))
}

// Repost sends a failed message again; hiring.ErrConflict when it isn't failed any more. Without a mail server it waits.
func (q *Queue) Repost(ctx context.Context, store *db.Store, id int64) error {
	return store.InTx(ctx, func(tx *db.Store) error {
		if err := tx.RetryMessage(ctx, id); err != nil || !q.mail {
			return err
		}
		return q.Enqueue(ctx, tx, SendMessage{ID: id}, nil)
	})
}

type sendMessage struct {
	river.WorkerDefaults[SendMessage]
	store *db.Store
	mail  *mail.Sender
	now   func() time.Time
}

func (w *sendMessage) Work(ctx context.Context, job *river.Job[SendMessage]) error {
	m, err := w.store.Message(ctx, job.Args.ID)
	switch {
	case errors.Is(err, hiring.ErrNotFound): // taken back meanwhile
		return nil
	case err != nil:
		return err
	case m.State != hiring.MessageWaiting || w.mail == nil:
		return nil
	case m.ExpiresAt != nil && !w.now().Before(*m.ExpiresAt):
		return w.store.MessageProblem(ctx, m.ID, "The link expired before the mail server took the message. Make a new one.", true)
	}
	failed := w.mail.Send(ctx, m)
	ctx = context.WithoutCancel(ctx) // what became of it is noted down even while the program ends
	if failed == nil {
		return w.store.MessageSent(ctx, m.ID, w.now())
	}
	reason, permanent := mail.Reason(failed)
	last := permanent || job.Attempt >= job.MaxAttempts
	if err := w.store.MessageProblem(ctx, m.ID, reason, last); err != nil {
		return errors.Join(failed, err)
	}
	failed = errors.New(strings.ReplaceAll(failed.Error(), m.To, "the recipient")) // a job outlives the person
	if last {
		return river.JobCancel(failed)
	}
	return fmt.Errorf("message %d: %w", m.ID, failed)
}

func (w *sendMessage) NextRetry(job *river.Job[SendMessage]) time.Time {
	return time.Now().Add(backoff(job.Attempt))
}

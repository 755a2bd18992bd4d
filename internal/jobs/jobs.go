// Package jobs holds the work that happens later: its arguments and thin workers around mirror, db and mail, run by
// River on the desk's own Postgres. What the work means is theirs; here is only when, and how often it is tried.
package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivertype"

	"greenroom/internal/db"
	"greenroom/internal/mail"
	"greenroom/internal/mirror"
)

// Options are what the workers stand on. All of them are required unless said otherwise.
type Options struct {
	Store  *db.Store
	Mirror *mirror.Mirror
	Mail   *mail.Sender                // nil: messages wait in the outbox
	Sample func(context.Context) error // fills the installation with sample data; nil: there is none
	Log    *slog.Logger
	Now    func() time.Time // nil: time.Now
}

// Queue takes work and does it. It is safe for concurrent use.
type Queue struct {
	client   *river.Client[pgx.Tx]
	pool     *pgxpool.Pool
	alive    *lifeline
	check    time.Duration // see orphanCheck
	log      *slog.Logger
	mail     bool // there is a mail server
	pressure *pressure
	mirror   *mirror.Mirror
	unwatch  func() // ends the watching of the provider; nil: it has not begun
}

// New is a queue that takes work at once and does it after Start.
func New(o Options) (*Queue, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	workers := river.NewWorkers()
	pressure := &pressure{}
	periodic := register(workers, o, pressure)
	client, err := river.NewClient(riverpgxv5.New(o.Store.Pool()), &river.Config{
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 20}, queueDeliveries: {MaxWorkers: deliveryWorkers}},
		Workers:           workers,
		Middleware:        []rivertype.Middleware{river.WorkerMiddlewareFunc(waitForAccount), river.WorkerMiddlewareFunc(failures{o.Log}.givenUp), river.WorkerMiddlewareFunc(givingWay)},
		PeriodicJobs:      periodic,
		FetchCooldown:     10 * time.Millisecond, // the default of 100 ms is what a page would wait for a webhook
		FetchPollInterval: time.Second,
		JobTimeout:        5 * time.Minute,
		SoftStopTimeout:   5 * time.Second,
		ErrorHandler:      failures{o.Log},
		Logger:            slog.New(warnings{o.Log.Handler()}).With("component", "jobs"),
	})
	if err != nil {
		return nil, fmt.Errorf("making the job queue: %w", err)
	}
	return &Queue{client: client, pool: o.Store.Pool(), check: orphanCheck, log: o.Log, mail: o.Mail != nil, pressure: pressure, mirror: o.Mirror}, nil
}

// elsewhere is the longest that work waits which belongs to another provider account than the one in use.
const elsewhere = 10 * time.Minute

// waitForAccount leaves such work for the day on which its account is used again; it is no failed try. New work may only
// have met a process that still has to follow the others to its account.
func waitForAccount(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	err := work(ctx)
	if errors.Is(err, mirror.ErrElsewhere) {
		return river.JobSnooze(min(max(time.Since(job.CreatedAt), time.Second), elsewhere))
	}
	return err
}

// givingWay lets the calls of people go before those of work.
func givingWay(ctx context.Context, _ *rivertype.JobRow, work func(context.Context) error) error {
	return work(mirror.Background(ctx))
}

// Start begins to work, and to watch the provider; Stop ends both.
func (q *Queue) Start(ctx context.Context) (err error) {
	if q.alive, err = holdLifeline(ctx, q.pool, q.client.ID(), q.check, q.log); err != nil {
		return err
	}
	if err := q.client.Start(context.WithoutCancel(ctx)); err != nil {
		q.alive.letGo(ctx)
		return fmt.Errorf("starting the job queue: %w", err)
	}
	if q.mirror != nil {
		watching, stop := context.WithCancel(context.WithoutCancel(ctx))
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			q.mirror.Watch(watching)
		}()
		q.unwatch = func() { stop(); <-ended }
	}
	return nil
}

// Stop lets running work finish for as long as SoftStopTimeout, then cancels it; interrupted work is tried again at
// the next start.
func (q *Queue) Stop(ctx context.Context) error {
	if q.alive != nil {
		defer q.alive.letGo(ctx)
	}
	if q.unwatch != nil {
		q.unwatch()
	}
	if err := q.client.Stop(ctx); err != nil {
		return fmt.Errorf("stopping the job queue: %w", err)
	}
	return nil
}

// Enqueue adds work to be done after tx commits; it belongs into the transaction of the write that causes it. nil
// opts takes the work's own.
func (q *Queue) Enqueue(ctx context.Context, tx *db.Store, work river.JobArgs, opts *river.InsertOpts) error {
	if tx.Tx() == nil {
		return errors.New("work is enqueued in a transaction")
	}
	if _, err := q.client.InsertTx(ctx, tx.Tx(), work, opts); err != nil {
		return fmt.Errorf("enqueuing %s: %w", work.Kind(), err)
	}
	return nil
}

// failures logs what went wrong, without arguments, which may name people.
type failures struct{ log *slog.Logger }

func (f failures) HandleError(_ context.Context, job *rivertype.JobRow, err error) *river.ErrorHandlerResult {
	f.log.Warn("job failed", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "of", job.MaxAttempts, "error", err)
	return nil
}

// givenUp logs failures that are not to be tried again, of which River tells no ErrorHandler.
func (f failures) givenUp(ctx context.Context, job *rivertype.JobRow, work func(context.Context) error) error {
	err := work(ctx)
	if cancelled := (*rivertype.JobCancelError)(nil); errors.As(err, &cancelled) {
		f.HandleError(ctx, job, cancelled.Unwrap())
	}
	return err
}

func (f failures) HandlePanic(_ context.Context, job *rivertype.JobRow, panicked any, trace string) *river.ErrorHandlerResult {
	f.log.Error("job panicked", "kind", job.Kind, "job", job.ID, "attempt", job.Attempt, "panic", panicked, "stack", trace)
	return nil
}

// warnings leaves out what the queue says of itself every few seconds.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

func (w warnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return warnings{w.Handler.WithAttrs(attrs)}
}

func (w warnings) WithGroup(name string) slog.Handler { return warnings{w.Handler.WithGroup(name)} }

package jobs

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/riverqueue/river"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

// queueDeliveries is the queue of its own in which deliveries are applied, so that neither they nor other work wait for
// each other.
const queueDeliveries = "deliveries"

// deliveryWorkers is how many deliveries are applied at once. Each holds a connection of the pool, which the receiver
// needs one of too.
const deliveryWorkers = 6

// deliveryWaits follow each failed try to apply a delivery; after the last it is given up, and shown as such.
var deliveryWaits = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 10 * time.Minute, time.Hour, 6 * time.Hour, 6 * time.Hour,
}

// ApplyDelivery gives a received webhook its effects.
type ApplyDelivery struct {
	ID int64 `json:"id"`
}

// Kind names the work in the queue.
func (ApplyDelivery) Kind() string { return "apply_delivery" }

// InsertOpts: from 5 s to 6 h apart, about half a day in all.
func (ApplyDelivery) InsertOpts() river.InsertOpts {
	return river.InsertOpts{Queue: queueDeliveries, MaxAttempts: len(deliveryWaits) + 1}
}

// KeepDeliveries stores a batch of deliveries and enqueues the work that applies those that are new, all of it or
// nothing. See db.Store.InsertDeliveries for errors.
func (q *Queue) KeepDeliveries(ctx context.Context, store *db.Store, batch []hiring.Delivery) error {
	_, err := store.InsertDeliveries(ctx, batch, deliveryJob)
	q.pressure.note(len(batch))
	return err
}

// deliveryJob is ApplyDelivery as the statement that keeps deliveries writes it.
var deliveryJob = db.DeliveryJob{Kind: ApplyDelivery{}.Kind(), Queue: queueDeliveries, MaxAttempts: len(deliveryWaits) + 1}

// pressure makes the applying of deliveries give way to their receipt, which senders wait for.
type pressure struct{ until atomic.Int64 } // in nanoseconds since 1970

const (
	crowd   = 4                     // deliveries in one transaction; that many come at once at thousands a second only
	giveWay = 50 * time.Millisecond // how long a crowd is given way to
	patient = 2 * time.Second       // no job gives way for longer
)

// note takes down how many deliveries were kept at once.
func (p *pressure) note(batch int) {
	if batch >= crowd {
		p.until.Store(time.Now().Add(giveWay).UnixNano())
	}
}

// wait returns when the crowd has gone, or patience or ctx has ended.
func (p *pressure) wait(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	for {
		left := time.Until(time.Unix(0, p.until.Load()))
		if left <= 0 {
			return
		}
		select {
		case <-time.After(left):
		case <-ctx.Done():
			return
		}
	}
}

// ReplayDeliveries applies the deliveries of a filter again, by the way that new ones go, after those; at most limit of
// them, oldest first. It says how many. by is the name of the person who asks.
func (q *Queue) ReplayDeliveries(ctx context.Context, store *db.Store, connection int64, f hiring.DeliveryFilter, by string, limit int) (n int, err error) {
	err = store.InTx(ctx, func(tx *db.Store) error {
		ids, err := tx.ReplayDeliveries(ctx, connection, f, by, limit)
		n = len(ids)
		if err != nil {
			return err
		}
		return applyDeliveries(ctx, q.client, tx, ids, &river.InsertOpts{Priority: 3})
	})
	return n, err
}

func applyDeliveries(ctx context.Context, queue *river.Client[pgx.Tx], tx *db.Store, ids []int64, opts *river.InsertOpts) error {
	if len(ids) == 0 {
		return nil
	}
	work := make([]river.InsertManyParams, len(ids))
	for i, id := range ids {
		work[i] = river.InsertManyParams{Args: ApplyDelivery{ID: id}, InsertOpts: opts}
	}
	if _, err := queue.InsertManyFastTx(ctx, tx.Tx(), work); err != nil {
		return fmt.Errorf("enqueuing deliveries: %w", err)
	}
	return nil
}

type applyDelivery struct {
	river.WorkerDefaults[ApplyDelivery]
	mirror   *mirror.Mirror
	pressure *pressure
}

func (w *applyDelivery) Work(ctx context.Context, job *river.Job[ApplyDelivery]) error {
	w.pressure.wait(ctx)
	return w.mirror.ApplyDelivery(ctx, job.Args.ID, job.Attempt >= job.MaxAttempts)
}

func (w *applyDelivery) NextRetry(job *river.Job[ApplyDelivery]) time.Time {
	return time.Now().Add(deliveryWaits[min(job.Attempt, len(deliveryWaits))-1])
}

// TrimDeliveries drops what is too old to be kept of deliveries, and picks up those that nobody will apply.
type TrimDeliveries struct{}

// Kind names the work in the queue.
func (TrimDeliveries) Kind() string { return "trim_deliveries" }

// InsertOpts: no second try, since the next one comes anyway.
func (TrimDeliveries) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 1} }

type trimDeliveries struct {
	river.WorkerDefaults[TrimDeliveries]
	store *db.Store
	now   func() time.Time
}

// strandedAfter is how long a delivery waits without a job before it gets a new one: longer than any retry.
const strandedAfter = 10 * time.Minute

func (w *trimDeliveries) Work(ctx context.Context, _ *river.Job[TrimDeliveries]) error {
	if _, err := w.store.TrimDeliveries(ctx, w.now().Add(-hiring.DeliveryRetention)); err != nil {
		return err
	}
	return w.store.InTx(ctx, func(tx *db.Store) error {
		stranded, err := tx.StrandedDeliveries(ctx, w.now().Add(-strandedAfter))
		if err != nil {
			return err
		}
		return applyDeliveries(ctx, river.ClientFromContext[pgx.Tx](ctx), tx, stranded, nil)
	})
}

// trimming runs at the start and every hour, in one process of all that share the database.
func trimming() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Hour),
		func() (river.JobArgs, *river.InsertOpts) { return TrimDeliveries{}, nil },
		&river.PeriodicJobOpts{RunOnStart: true})
}

// backoff is how long to wait after a failed attempt, the first being 1: 5 s, quadrupling up to 6 h.
func backoff(attempt int) time.Duration {
	d := 5 * time.Second
	for range attempt - 1 {
		d = min(4*d, 6*time.Hour)
	}
	return d
}

package jobs

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

// reconcileEvery is how often somebody looks what is due to be compared with the provider. What is due, and when, is the
// mirror's to say.
const reconcileEvery = 20 * time.Second

// Reconcile compares with the provider what is due, or everything.
type Reconcile struct {
	All     bool  `json:"all,omitempty"`
	Account int64 `json:"account,omitempty"` // the connection; 0 is whichever the process has joined
}

// Kind names the work in the queue.
func (Reconcile) Kind() string { return "reconcile" }

// InsertOpts: one at a time, and no second try, since the next one comes anyway.
func (Reconcile) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByArgs: true, ByState: waiting}}
}

type reconcile struct {
	river.WorkerDefaults[Reconcile]
	mirror *mirror.Mirror
	log    *slog.Logger
}

// Timeout is long: a first look at a large account goes through all of its lists.
func (w *reconcile) Timeout(*river.Job[Reconcile]) time.Duration { return time.Hour }

func (w *reconcile) Work(ctx context.Context, job *river.Job[Reconcile]) error {
	if a := job.Args.Account; a != 0 && a != w.mirror.Connection() {
		return mirror.ErrElsewhere
	}
	look := w.mirror.ReconcileDue
	if job.Args.All {
		look = w.mirror.Reconcile
	}
	err := look(ctx)
	switch {
	case ctx.Err() != nil:
		return err
	case errors.Is(err, mirror.ErrBusy): // what is due now stays due, and is found by the next one
		return nil
	case errors.Is(err, hiring.ErrUnavailable): // the pages say so, and the next one goes on where this one stopped
		w.log.Info("the provider could not be compared with", "error", err)
		return nil
	}
	return err
}

// reconciling compares everything at the start, and then what is due, in one process of all that share the database.
func reconciling() []*river.PeriodicJob {
	return []*river.PeriodicJob{
		river.NewPeriodicJob(river.PeriodicInterval(24*time.Hour),
			func() (river.JobArgs, *river.InsertOpts) { return Reconcile{All: true}, nil },
			&river.PeriodicJobOpts{RunOnStart: true}),
		river.NewPeriodicJob(river.PeriodicInterval(reconcileEvery),
			func() (river.JobArgs, *river.InsertOpts) { return Reconcile{}, nil }, nil),
	}
}

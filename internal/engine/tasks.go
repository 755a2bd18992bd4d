package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/engine/transcribe"
	"greenroom/internal/partnerapi"
)

// Kinds of tasks, each with what its ref names.
const (
	taskMail     = partnerapi.WorkMail     // an invite
	taskGenerate = partnerapi.WorkGenerate // a generation
	taskScore    = partnerapi.WorkScore    // a submission
	taskHear     = partnerapi.WorkHear     // a recording
	taskCut      = partnerapi.WorkCut      // a submission
)

// What bounds one attempt: a model may need a while for every answer, and a speech server longer for hours of speech.
const (
	taskTimeout = 10 * time.Minute
	hearTimeout = 2 * time.Hour
)

// longestAsked is how long a server may ask to be left alone; one that asks for more is asked again all the same.
const longestAsked = time.Hour

// plan is how a kind of task is done, how long to wait after each failure, what giving up means, and what has to happen
// before it is taken up again.
type plan struct {
	run    func(ctx context.Context, ref string) error
	limit  time.Duration // of one attempt; 0 is taskTimeout
	waits  []time.Duration
	giveUp func(ctx context.Context, tx pgx.Tx, ref string, cause error) error // nil: nothing
	again  func(ctx context.Context, tx pgx.Tx, ref string) error              // nil: it can't be, people do it another way
}

func (e *Engine) plan(kind string) plan {
	switch kind {
	case taskMail:
		return plan{run: e.sendMail, waits: deliveryWaits, again: asItIs}
	case taskGenerate:
		return plan{run: e.generateAll, waits: []time.Duration{2 * time.Second, 10 * time.Second, 30 * time.Second}, giveUp: e.generationFailed}
	case taskScore:
		return plan{run: e.suggest, waits: []time.Duration{5 * time.Second, 30 * time.Second, 2 * time.Minute}, giveUp: e.scoringFailed}
	case taskHear:
		p := plan{run: e.hear, limit: hearTimeout, waits: []time.Duration{2 * time.Second, 10 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute}, giveUp: e.hearingFailed}
		if e.opts.Transcriber != nil {
			p.again = hearAgain
		}
		return p
	case taskCut:
		return plan{run: e.cutLate, waits: deliveryWaits, again: asItIs}
	}
	return plan{run: func(context.Context, string) error { return fmt.Errorf("no task is called %q", kind) }}
}

// asItIs takes a task up again without more ado.
func asItIs(context.Context, pgx.Tx, string) error { return nil }

// addTask leaves work for after the transaction.
func addTask(ctx context.Context, tx pgx.Tx, kind, ref string, now time.Time) error {
	if _, err := tx.Exec(ctx, `INSERT INTO engine.tasks (kind, ref, run_at) VALUES ($1, $2, $3)`, kind, ref, now); err != nil {
		return fmt.Errorf("adding task %s: %w", kind, err)
	}
	return nil
}

// taskNext does one task that is due, and says whether there was one.
func (e *Engine) taskNext(ctx context.Context) (bool, error) {
	var t struct {
		id        int64
		kind, ref string
		attempts  int
	}
	err := e.pool.QueryRow(ctx, `
		UPDATE engine.tasks SET claimed_by = $1, attempts = attempts + 1, tried_at = $2
		WHERE id = (
			SELECT id FROM engine.tasks
			WHERE state = 'pending' AND claimed_by IS NULL AND run_at <= $2
			ORDER BY run_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING id, kind, ref, attempts`, e.process, e.now()).Scan(&t.id, &t.kind, &t.ref, &t.attempts)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claiming a task: %w", err)
	}
	ring(e.wake.tasks) // there may be more for the next worker

	plan := e.plan(t.kind)
	attempt, cancel := context.WithTimeout(ctx, cmp.Or(plan.limit, taskTimeout))
	cause := guarded(func() error { return plan.run(attempt, t.ref) })
	cancel()
	stopped := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx) // what was done is noted down even while stopping
	err = e.inTx(ctx, func(tx pgx.Tx) error {
		switch {
		case cause == nil:
			_, err := tx.Exec(ctx, `DELETE FROM engine.tasks WHERE id = $1`, t.id)
			return err
		case stopped:
			_, err := tx.Exec(ctx, `UPDATE engine.tasks SET claimed_by = NULL, attempts = attempts - 1 WHERE id = $1`, t.id)
			return err
		case t.attempts <= len(plan.waits) && !errors.Is(cause, errHopeless):
			_, err := tx.Exec(ctx, `UPDATE engine.tasks SET claimed_by = NULL, last_error = $2, run_at = $3 WHERE id = $1`,
				t.id, cause.Error(), e.now().Add(max(plan.waits[t.attempts-1], min(transcribe.RetryAfter(cause), longestAsked))))
			return err
		}
		e.log.WarnContext(ctx, "engine: task given up", "kind", t.kind, "task", t.id, "attempts", t.attempts, "error", cause)
		if _, err := tx.Exec(ctx, `UPDATE engine.tasks SET claimed_by = NULL, last_error = $2, state = 'failed' WHERE id = $1`, t.id, cause.Error()); err != nil {
			return err
		}
		if plan.giveUp == nil {
			return nil
		}
		return plan.giveUp(ctx, tx, t.ref, cause)
	})
	if err != nil {
		return true, fmt.Errorf("noting down task %d (%s): %w", t.id, t.kind, err)
	}
	return true, nil
}

// errHopeless marks a failure that another attempt won't cure.
var errHopeless = errors.New("another attempt won't help")

// guarded turns a panic into an error.
func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

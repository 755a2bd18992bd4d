package engine

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// allWork is every task and every webhook that is not done, as one table. An id names its table first.
const allWork = `(
	SELECT 'task-' || id AS id, kind, '' AS about, state, claimed_by, attempts, last_error, run_at AS next, coalesce(tried_at, run_at) AS at
	FROM engine.tasks
	UNION ALL
	SELECT 'webhook-' || id, '` + partnerapi.WorkWebhook + `', event, state, claimed_by, attempts, last_error, next_at, coalesce(tried_at, next_at)
	FROM engine.deliveries WHERE state <> 'delivered') AS work`

// workShow is the extension that tells what happens in the background.
func (e *Engine) workShow(c *call) (answer partnerapi.Work, err error) {
	rows, err := e.pool.Query(c.ctx, `
		SELECT kind, count(*) FILTER (WHERE state = 'pending' AND claimed_by IS NULL AND last_error = ''), count(*) FILTER (WHERE claimed_by IS NOT NULL),
			count(*) FILTER (WHERE state = 'pending' AND claimed_by IS NULL AND last_error <> ''), count(*) FILTER (WHERE state = 'failed')
		FROM `+allWork+` GROUP BY kind ORDER BY kind`)
	if err != nil {
		return answer, fmt.Errorf("counting work: %w", err)
	}
	if answer.Counts, err = pgx.CollectRows(rows, pgx.RowToStructByPos[partnerapi.WorkCount]); err != nil {
		return answer, fmt.Errorf("counting work: %w", err)
	}
	rows, err = e.pool.Query(c.ctx, `
		SELECT id, kind, about, attempts, last_error, at, CASE state WHEN 'pending' THEN next END FROM `+allWork+`
		WHERE last_error <> '' AND claimed_by IS NULL ORDER BY at DESC, id LIMIT $1`, partnerapi.WorkFailedMax)
	if err != nil {
		return answer, fmt.Errorf("listing failed work: %w", err)
	}
	answer.Failed, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (f partnerapi.FailedWork, err error) {
		var next *time.Time
		err = row.Scan(&f.ID, &f.Kind, &f.About, &f.Tries, &f.Error, &f.At.Time, &next)
		if next != nil {
			f.Next = &partnerapi.Millis{Time: *next}
		}
		f.Of, f.Again = len(deliveryWaits)+1, true
		if f.Kind != partnerapi.WorkWebhook {
			plan := e.plan(f.Kind)
			f.Of, f.Again = len(plan.waits)+1, next != nil || plan.again != nil
		}
		return f, err
	})
	if err != nil {
		return answer, fmt.Errorf("listing failed work: %w", err)
	}
	return answer, nil
}

// workAgain tries failed work again at once, with all the tries that it gets.
func (e *Engine) workAgain(c *call, _ struct{}) (struct{}, error) {
	table, id := workID(c)
	return struct{}{}, e.inTx(c.ctx, func(tx pgx.Tx) error {
		if table == "tasks" {
			return e.taskAgain(c.ctx, tx, id)
		}
		tag, err := tx.Exec(c.ctx, `
			UPDATE engine.deliveries SET state = 'pending', attempts = 0, last_error = '', next_at = $2
			WHERE id = $1 AND state <> 'delivered' AND last_error <> '' AND claimed_by IS NULL`, id, e.now())
		switch {
		case err != nil:
			return fmt.Errorf("sending webhook %d again: %w", id, err)
		case tag.RowsAffected() == 0:
			return errNotFailed()
		}
		return nil
	})
}

// workDrop forgets work that was given up.
func (e *Engine) workDrop(c *call) (struct{}, error) {
	table, id := workID(c)
	tag, err := e.pool.Exec(c.ctx, `DELETE FROM engine.`+table+` WHERE id = $1 AND state = 'failed'`, id)
	switch {
	case err != nil:
		return struct{}{}, fmt.Errorf("dropping work: %w", err)
	case tag.RowsAffected() == 0:
		return struct{}{}, errNotFailed()
	}
	return struct{}{}, nil
}

// taskAgain has a task that failed tried again at once.
func (e *Engine) taskAgain(ctx context.Context, tx pgx.Tx, id int64) error {
	var kind, ref, state string
	err := tx.QueryRow(ctx, `
		SELECT kind, ref, state FROM engine.tasks WHERE id = $1 AND last_error <> '' AND claimed_by IS NULL FOR UPDATE`, id).Scan(&kind, &ref, &state)
	if errors.Is(err, pgx.ErrNoRows) {
		return errNotFailed()
	}
	if err != nil {
		return fmt.Errorf("reading task %d: %w", id, err)
	}
	if state == "failed" {
		again := e.plan(kind).again
		if again == nil {
			return errNotFailed()
		}
		if err := again(ctx, tx, ref); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, `UPDATE engine.tasks SET state = 'pending', attempts = 0, last_error = '', run_at = $2 WHERE id = $1`, id, e.now())
	if err != nil {
		return fmt.Errorf("taking up task %d again: %w", id, err)
	}
	return nil
}

// workID takes an id of allWork apart into a table and a row of it; a row that can't be is 0.
func workID(c *call) (table string, id int64) {
	kind, number, _ := strings.Cut(c.param("workId"), "-")
	id, _ = strconv.ParseInt(number, 10, 64)
	switch kind {
	case "task":
		return "tasks", id
	case "webhook":
		return "deliveries", id
	}
	return "tasks", 0
}

func errNotFailed() error {
	return refuse(partnerapi.CodeNotFound, "There is no failed work of this id that can be taken up again or dropped")
}

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

const (
	deliveryTimeout = 5 * time.Second
	answerMax       = 64 << 10 // bytes of a receiver's answer that are read, so that its connection can be used again
)

// deliveryWaits follow each failed attempt; after the last the delivery is given up.
var deliveryWaits = []time.Duration{
	5 * time.Second, 30 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 6 * time.Hour, 24 * time.Hour,
}

// envelope is partnerapi.Webhook as it is sent: the company's id is a number in webhooks.
type envelope struct {
	Event     partnerapi.Event     `json:"event"`
	Timestamp string               `json:"timestamp"`
	CompanyID partnerapi.JobNumber `json:"companyId"`
	Data      partnerapi.EventData `json:"data"`
}

// announce queues an event for every receiver, in the transaction of the change that it reports. Events of one line
// (a submission, or an assessment) reach a receiver in the order of their transactions, which must therefore hold a
// lock on the line's row.
func (e *Engine) announce(ctx context.Context, tx pgx.Tx, line string, event partnerapi.Event, data partnerapi.EventData) error {
	now := e.now().UTC()
	timestamp := now.Format("2006-01-02T15:04:05.000Z")
	body, err := json.Marshal(envelope{event, timestamp, CompanyID, data})
	if err != nil {
		return fmt.Errorf("encoding %s: %w", event, err)
	}
	queued := map[string]bool{}
	for _, receiver := range e.opts.Receivers {
		if queued[receiver.name()] {
			continue
		}
		queued[receiver.name()] = true
		_, err := tx.Exec(ctx, `
			INSERT INTO engine.deliveries (receiver, line, event, timestamp, body, next_at, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $6)`, receiver.name(), line, string(event), timestamp, string(body), now)
		if err != nil {
			return fmt.Errorf("queueing %s: %w", event, err)
		}
	}
	return nil
}

// delivery is one webhook to one receiver.
type delivery struct {
	id                               int64
	receiver, event, timestamp, body string
	attempts                         int
}

// deliverNext sends one webhook that is due and whose line has no earlier one waiting, and says whether there was
// one. Rows of receivers that are not set any more stay where they are.
func (e *Engine) deliverNext(ctx context.Context) (bool, error) {
	receivers := map[string]Receiver{}
	for _, r := range e.opts.Receivers {
		if _, ok := receivers[r.name()]; !ok {
			receivers[r.name()] = r
		}
	}
	var d delivery
	err := e.pool.QueryRow(ctx, `
		UPDATE engine.deliveries SET claimed_by = $1, attempts = attempts + 1, tried_at = $2
		WHERE id = (
			SELECT id FROM engine.deliveries d
			WHERE state = 'pending' AND claimed_by IS NULL AND next_at <= $2 AND receiver = ANY($3) AND NOT EXISTS (
				SELECT FROM engine.deliveries earlier
				WHERE earlier.state = 'pending' AND earlier.receiver = d.receiver AND earlier.line = d.line AND earlier.id < d.id)
			ORDER BY next_at, id LIMIT 1 FOR UPDATE SKIP LOCKED)
		RETURNING id, receiver, event, timestamp, body, attempts`, e.process, e.now(), slices.Collect(maps.Keys(receivers))).
		Scan(&d.id, &d.receiver, &d.event, &d.timestamp, &d.body, &d.attempts)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("claiming a webhook: %w", err)
	}
	ring(e.wake.deliveries) // there may be more for the next worker

	to, cause := receivers[d.receiver], error(nil)
	if e.opts.WebhookKey != nil {
		to.Key, cause = e.opts.WebhookKey(ctx)
	}
	if cause == nil {
		cause = e.post(ctx, d, to)
	}
	stopped := ctx.Err() != nil
	ctx = context.WithoutCancel(ctx) // what was sent is noted down even while stopping
	switch {
	case cause == nil:
		_, err = e.pool.Exec(ctx, `
			UPDATE engine.deliveries SET claimed_by = NULL, state = 'delivered', last_error = '', delivered_at = $2
			WHERE id = $1`, d.id, e.now())
	case stopped: // nobody knows how it ended; the receiver must bear it twice
		_, err = e.pool.Exec(ctx, `UPDATE engine.deliveries SET claimed_by = NULL, attempts = attempts - 1 WHERE id = $1`, d.id)
	case d.attempts <= len(deliveryWaits):
		_, err = e.pool.Exec(ctx, `UPDATE engine.deliveries SET claimed_by = NULL, last_error = $2, next_at = $3 WHERE id = $1`,
			d.id, cause.Error(), e.now().Add(deliveryWaits[d.attempts-1]))
	default:
		e.log.WarnContext(ctx, "engine: webhook given up", "webhook", d.id, "event", d.event, "attempts", d.attempts, "error", cause)
		_, err = e.pool.Exec(ctx, `UPDATE engine.deliveries SET claimed_by = NULL, last_error = $2, state = 'failed' WHERE id = $1`,
			d.id, cause.Error())
	}
	if err != nil {
		return true, fmt.Errorf("noting down webhook %d: %w", d.id, err)
	}
	ring(e.wake.deliveries) // the line's next one may go
	return true, nil
}

// Webhooks that were delivered or given up, and tasks that were, are kept for as long as somebody may ask about them.
const (
	workKept  = 30 * 24 * time.Hour
	trimEvery = time.Hour
)

// trimLoop drops what nobody asks for any more, at the start and then now and then.
func (e *Engine) trimLoop(ctx context.Context) error {
	for again := true; again; again = pause(ctx, trimEvery) {
		if err := e.trim(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "engine: background work", "error", err)
		}
	}
	return nil
}

func (e *Engine) trim(ctx context.Context) error {
	before := e.now().Add(-workKept)
	if _, err := e.pool.Exec(ctx, `DELETE FROM engine.deliveries WHERE state <> 'pending' AND created_at < $1`, before); err != nil {
		return fmt.Errorf("dropping old webhooks: %w", err)
	}
	if _, err := e.pool.Exec(ctx, `DELETE FROM engine.tasks WHERE state = 'failed' AND coalesce(tried_at, run_at) < $1`, before); err != nil {
		return fmt.Errorf("dropping old tasks: %w", err)
	}
	return nil
}

// post is one attempt; nil means the receiver answered 2xx in time.
func (e *Engine) post(ctx context.Context, d delivery, to Receiver) error {
	ctx, cancel := context.WithTimeout(ctx, deliveryTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, strings.NewReader(d.body))
	if err != nil {
		return fmt.Errorf("addressing: %w", err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(partnerapi.HeaderEvent, d.event)
	r.Header.Set(partnerapi.HeaderTimestamp, d.timestamp)
	r.Header.Set(partnerapi.HeaderKey, to.Key)
	answer, err := e.opts.Client.Do(r)
	if failed := new(url.Error); errors.As(err, &failed) {
		return failed.Err // without the address, which may hold a secret of the receiver's
	}
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	io.Copy(io.Discard, io.LimitReader(answer.Body, answerMax))
	if answer.StatusCode < 200 || answer.StatusCode > 299 {
		return fmt.Errorf("the receiver answered %s", answer.Status)
	}
	return nil
}

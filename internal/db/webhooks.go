package db

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"greenroom/internal/hiring"
)

// DeliveryJob is the work that a new delivery leaves, with {"id": …} as its arguments.
type DeliveryJob struct {
	Kind, Queue string
	MaxAttempts int
}

// InsertDeliveries keeps deliveries with a job for each that was not here before, all of them or none, and gives how many
// those are. For the others the first one's count of duplicates grows, also within the batch, and nothing else changes.
// The error is hiring.ErrMalformed when Postgres has no place for what one of them holds.
//
// It is one statement, so one round trip: a transaction with the queue's own inserts takes six, and accepts two thirds
// as many a second. What it writes of a job is what the queue's clients in other languages write.
func (s *Store) InsertDeliveries(ctx context.Context, batch []hiring.Delivery, job DeliveryJob) (fresh []int64, err error) {
	type result struct {
		ID    int64
		Fresh bool
	}
	args, err := deliveryArgs(batch)
	if err != nil {
		return nil, err
	}
	args["kind"], args["queue"], args["attempts"] = job.Kind, job.Queue, job.MaxAttempts
	rows, err := many(ctx, s, "keeping deliveries", pgx.RowToStructByPos[result], `
		WITH kept AS (INSERT INTO webhook_deliveries (connection_id, event, event_at, company_ref, assessment_ref, digest, verdict,
			headers, body, payload, duplicates, received_at)
		SELECT connection_id, event, event_at, company_ref, assessment_ref, digest, verdict, headers::jsonb,
			body, body::jsonb, duplicates, received_at
		FROM unnest(@connection::bigint[], @event::text[], @at::timestamptz[], @company::text[], @assessment::text[],
			@digest::bytea[], @verdict::text[], @headers::text[], @body::text[], @duplicates::int[], @received::timestamptz[])
			AS d(connection_id, event, event_at, company_ref, assessment_ref, digest, verdict, headers, body, duplicates, received_at)
		ON CONFLICT (digest) DO UPDATE SET duplicates = webhook_deliveries.duplicates + excluded.duplicates + 1
		RETURNING id, xmax = 0 AS fresh) -- a row that was there before is locked by us, a new one by nobody
		, jobs AS (INSERT INTO river_job (state, queue, kind, args, max_attempts, priority, scheduled_at)
			SELECT 'available'::river_job_state, @queue, @kind, jsonb_build_object('id', id), @attempts, 1, now() FROM kept WHERE fresh)
		SELECT id, fresh FROM kept, pg_notify(@channel, @topic) AS pages,
			pg_notify(current_schema() || '.river_insert', jsonb_build_object('queue', @queue::text)::text) AS workers`, args)
	if err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && (strings.HasPrefix(pg.Code, "22") || strings.HasPrefix(pg.Code, "54")) {
			return nil, fmt.Errorf("%w: %w", hiring.ErrMalformed, err)
		}
		return nil, err
	}
	for _, r := range rows {
		if r.Fresh {
			fresh = append(fresh, r.ID)
		}
	}
	return fresh, nil
}

// deliveryArgs turns a batch into columns, each digest once. Rows are in the order of digests, so that two processes
// that keep the same deliveries at once wait for each other instead of blocking each other.
func deliveryArgs(batch []hiring.Delivery) (pgx.NamedArgs, error) {
	sorted := slices.Clone(batch)
	slices.SortStableFunc(sorted, func(a, b hiring.Delivery) int { return bytes.Compare(a.Digest, b.Digest) })
	var connection []int64
	var event, company, assessment, verdict, headers, body []string
	var at, received []time.Time
	var digest [][]byte
	var duplicates []int32
	for i, d := range sorted {
		if i > 0 && bytes.Equal(d.Digest, sorted[i-1].Digest) {
			duplicates[len(duplicates)-1]++
			continue
		}
		h, err := json.Marshal(d.Headers)
		if err != nil {
			return nil, fmt.Errorf("keeping deliveries: %w", err)
		}
		connection, event, at = append(connection, d.ConnectionID), append(event, d.Event), append(at, d.EventAt)
		company, assessment, digest = append(company, d.CompanyRef), append(assessment, d.AssessmentRef), append(digest, d.Digest)
		verdict, headers, body = append(verdict, string(d.Verdict)), append(headers, string(h)), append(body, string(d.Body))
		duplicates, received = append(duplicates, 0), append(received, d.ReceivedAt)
	}
	return pgx.NamedArgs{"channel": Channel, "topic": Topic{Name: TopicWebhooks}.String(), "connection": connection, "event": event, "at": at, "company": company, "assessment": assessment,
		"digest": digest, "verdict": verdict, "headers": headers, "body": body, "duplicates": duplicates, "received": received}, nil
}

// SettleDelivery notes what became of a try to apply a delivery.
func (s *Store) SettleDelivery(ctx context.Context, id int64, r hiring.DeliverySettlement) error {
	_, err := s.exec(ctx, "settling a delivery", `
		WITH settled AS (
			UPDATE webhook_deliveries SET status = @status, attempts = attempts + 1, last_error = @problem,
			       effect = CASE WHEN @effect = '' THEN effect ELSE @effect END, apply_ms = @took,
			       applied_at = CASE WHEN @status IN ('applied', 'ignored') THEN now() ELSE applied_at END
			WHERE id = @id
		)
		SELECT pg_notify(@channel, @topic)`, pgx.NamedArgs{"id": id, "status": r.Status, "effect": r.Effect, "problem": r.Problem,
		"took": float64(r.Took) / float64(time.Millisecond), "channel": Channel, "topic": Topic{Name: TopicWebhooks}.String()})
	return err
}

// InsertDeliveryEffects notes what a delivery changed; it belongs into the transaction of the change.
func (s *Store) InsertDeliveryEffects(ctx context.Context, list []hiring.DeliveryEffect) error {
	if len(list) == 0 {
		return nil
	}
	var delivery, candidate []int64
	var field, before, after, source []string
	for _, e := range list {
		delivery, candidate, field = append(delivery, e.DeliveryID), append(candidate, e.CandidateID), append(field, e.Field)
		before, after, source = append(before, e.Before), append(after, e.After), append(source, string(e.Source))
	}
	_, err := s.exec(ctx, "noting effects", `
		INSERT INTO webhook_effects (delivery_id, candidate_id, field, before, after, source)
		SELECT delivery, nullif(candidate, 0), field, before, after, source
		FROM unnest(@delivery::bigint[], @candidate::bigint[], @field::text[], @before::text[], @after::text[], @source::text[])
			AS e(delivery, candidate, field, before, after, source)`, pgx.NamedArgs{
		"delivery": delivery, "candidate": candidate, "field": field, "before": before, "after": after, "source": source,
	})
	return err
}

// ReplayDeliveries makes deliveries of a filter wait for being applied again, at most limit of them, oldest first, and
// gives their ids. Those that wait already and those whose body is gone are left alone. by is the person's name.
func (s *Store) ReplayDeliveries(ctx context.Context, connection int64, f hiring.DeliveryFilter, by string, limit int) ([]int64, error) {
	where, args := deliveryWhere(connection, f)
	args["by"], args["limit"] = by, limit
	ids, err := many(ctx, s, "replaying deliveries", pgx.RowTo[int64], `
		UPDATE webhook_deliveries SET status = 'received', attempts = 0, last_error = '', replays = replays + 1, replayed_by = @by
		WHERE id IN (SELECT d.id FROM webhook_deliveries d WHERE `+where+` AND d.body IS NOT NULL AND d.status <> 'received'
			ORDER BY d.id LIMIT @limit FOR UPDATE)
		RETURNING id`, args)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	slices.Sort(ids)
	return ids, s.Notify(ctx, Topic{Name: TopicWebhooks})
}

// TrimDeliveries drops bodies and headers of what was received before a time, a thousand at once, and says how many
// deliveries that were.
func (s *Store) TrimDeliveries(ctx context.Context, before time.Time) (total int64, err error) {
	for {
		n, err := s.exec(ctx, "dropping old bodies", `
			UPDATE webhook_deliveries SET body = NULL, payload = NULL, headers = NULL
			WHERE id IN (SELECT id FROM webhook_deliveries WHERE received_at < $1 AND body IS NOT NULL LIMIT 1000)`, before)
		total += n
		if err != nil || n == 0 {
			return total, err
		}
	}
}

// keptRefusals is how many refusals the table holds at most.
const keptRefusals = 1000

// InsertRefusal notes a refused request in place of the oldest one that is beyond keptRefusals.
func (s *Store) InsertRefusal(ctx context.Context, r hiring.Refusal) error {
	_, err := s.exec(ctx, "noting a refusal", `
		WITH added AS (
			INSERT INTO webhook_refusals (connection_id, reason, sha256, bytes, at)
			VALUES (@connection, @reason, @sha256, @bytes, @at) RETURNING id
		)
		DELETE FROM webhook_refusals WHERE id <= (SELECT id FROM added) - @keep`, pgx.NamedArgs{
		"connection": r.ConnectionID, "reason": r.Reason, "sha256": r.SHA256, "bytes": r.Bytes, "at": r.At, "keep": int64(keptRefusals),
	})
	if err != nil {
		return err
	}
	return s.Notify(ctx, Topic{Name: TopicWebhooks})
}

// StrandedDeliveries are up to a thousand deliveries that have waited since before a time and have no job that would
// apply them: the queue gave up what a killed process had in hand.
func (s *Store) StrandedDeliveries(ctx context.Context, before time.Time) ([]int64, error) {
	return many(ctx, s, "looking for stranded deliveries", pgx.RowTo[int64], `
		SELECT d.id FROM webhook_deliveries d
		WHERE d.status IN ('received', 'failed') AND d.received_at < $1 AND NOT EXISTS (
			SELECT FROM river_job j WHERE j.kind = 'apply_delivery' AND j.finalized_at IS NULL AND j.args @> jsonb_build_object('id', d.id))
		ORDER BY d.id LIMIT 1000`, before)
}

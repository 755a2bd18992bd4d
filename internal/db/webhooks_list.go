package db

import (
	"context"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const deliveryColumns = `d.id, d.connection_id, d.event, d.event_at, d.company_ref, d.assessment_ref, d.digest, d.verdict, d.status,
	d.duplicates, d.attempts, d.last_error, d.effect, d.body IS NOT NULL, coalesce(a.title, ''), coalesce(a.id, 0), d.received_at,
	d.applied_at, coalesce(d.apply_ms, 0), d.replays, d.replayed_by`

const deliveryTables = `webhook_deliveries d
	LEFT JOIN assessments a ON a.connection_id = d.connection_id AND a.ref = d.assessment_ref`

func deliveryFields(d *hiring.Delivery, ms *float64) []any {
	return []any{&d.ID, &d.ConnectionID, &d.Event, &d.EventAt, &d.CompanyRef, &d.AssessmentRef, &d.Digest, &d.Verdict, &d.Status,
		&d.Duplicates, &d.Attempts, &d.LastError, &d.Effect, &d.HasBody, &d.Assessment, &d.AssessmentID, &d.ReceivedAt,
		&d.AppliedAt, ms, &d.Replays, &d.ReplayedBy}
}

func scanDelivery(row pgx.CollectableRow) (d hiring.Delivery, err error) {
	var ms float64
	err = row.Scan(deliveryFields(&d, &ms)...)
	d.ApplyTook = time.Duration(ms * float64(time.Millisecond))
	return d, err
}

func scanWholeDelivery(row pgx.CollectableRow) (d hiring.Delivery, err error) {
	var ms float64
	var body *string
	err = row.Scan(append(deliveryFields(&d, &ms), &d.Headers, &body)...)
	d.ApplyTook = time.Duration(ms * float64(time.Millisecond))
	if body != nil {
		d.Body = []byte(*body)
	}
	return d, err
}

// Delivery is one received webhook with its body and headers; hiring.ErrNotFound when there is none of the id.
func (s *Store) Delivery(ctx context.Context, id int64) (hiring.Delivery, error) {
	return one(ctx, s, "reading a delivery", scanWholeDelivery, `SELECT `+deliveryColumns+`, d.headers, d.body FROM `+deliveryTables+` WHERE d.id = $1`, id)
}

// Deliveries lists the received webhooks of a connection without their bodies, latest first, from before the given id
// (0: from the latest).
func (s *Store) Deliveries(ctx context.Context, connection int64, f hiring.DeliveryFilter, before int64, limit int) ([]hiring.Delivery, error) {
	where, args := deliveryWhere(connection, f)
	if before > 0 {
		where += ` AND d.id < @before`
		args["before"] = before
	}
	args["limit"] = limit
	return many(ctx, s, "listing deliveries", scanDelivery, `
		SELECT `+deliveryColumns+` FROM `+deliveryTables+` WHERE `+where+` ORDER BY d.id DESC LIMIT @limit`, args)
}

// CountDeliveries counts the deliveries of a filter, but no further than most.
func (s *Store) CountDeliveries(ctx context.Context, connection int64, f hiring.DeliveryFilter, most int) (int, error) {
	where, args := deliveryWhere(connection, f)
	args["most"] = most
	return one(ctx, s, "counting deliveries", pgx.RowTo[int],
		`SELECT count(*) FROM (SELECT FROM webhook_deliveries d WHERE `+where+` LIMIT @most) AS found`, args)
}

// deliveryWhere writes the conditions of a filter and their arguments.
func deliveryWhere(connection int64, f hiring.DeliveryFilter) (string, pgx.NamedArgs) {
	conditions := []string{`d.connection_id = @connection`}
	args := pgx.NamedArgs{"connection": connection}
	add := func(when bool, condition, name string, value any) {
		if when {
			conditions = append(conditions, condition)
			args[name] = value
		}
	}
	add(f.Event != "", `d.event = @event`, "event", f.Event)
	add(f.Status != "", `d.status = @status`, "status", string(f.Status))
	add(f.Verdict != "", `d.verdict = @verdict`, "verdict", string(f.Verdict))
	add(f.Search != "", `strpos(lower(d.body), lower(@search)) > 0`, "search", f.Search)
	add(!f.From.IsZero(), `d.received_at >= @from`, "from", f.From)
	add(!f.To.IsZero(), `d.received_at < @to`, "to", f.To)
	add(f.IDs != nil, `d.id = ANY(@ids)`, "ids", f.IDs)
	return strings.Join(conditions, " AND "), args
}

// DeliveryEffects are what a delivery changed, in the order in which it did.
func (s *Store) DeliveryEffects(ctx context.Context, delivery int64) ([]hiring.DeliveryEffect, error) {
	return many(ctx, s, "reading effects", pgx.RowToStructByPos[hiring.DeliveryEffect], `
		SELECT delivery_id, coalesce(candidate_id, 0), field, before, after, source, at
		FROM webhook_effects WHERE delivery_id = $1 ORDER BY id`, delivery)
}

// DeliveryEvents lists the names of events that were received.
func (s *Store) DeliveryEvents(ctx context.Context, connection int64) ([]string, error) {
	return many(ctx, s, "listing events", pgx.RowTo[string], `
		SELECT DISTINCT event FROM webhook_deliveries
		WHERE connection_id = $1 AND id > (SELECT coalesce(max(id), 0) - 20000 FROM webhook_deliveries) ORDER BY event`, connection)
}

// Refusals are the latest refused requests.
func (s *Store) Refusals(ctx context.Context, connection int64, limit int) ([]hiring.Refusal, error) {
	return many(ctx, s, "listing refusals", pgx.RowToStructByPos[hiring.Refusal], `
		SELECT id, connection_id, reason, sha256, bytes, at FROM webhook_refusals WHERE connection_id = $1 ORDER BY id DESC LIMIT $2`, connection, limit)
}

// DeliveryHealth sums up what was received, as seen at now.
func (s *Store) DeliveryHealth(ctx context.Context, connection int64, now time.Time) (hiring.DeliveryHealth, error) {
	return one(ctx, s, "summing up deliveries", func(row pgx.CollectableRow) (h hiring.DeliveryHealth, err error) {
		var lag *float64
		err = row.Scan(&h.Total, &h.Verified, &h.Duplicates, &h.Refused, &h.Waiting, &h.Failed, &h.Dead, &lag, &h.LastReceived, &h.Open, &h.OpenSince)
		if lag != nil {
			d := time.Duration(*lag * float64(time.Second))
			h.Lag = &d
		}
		return h, err
	}, `
		WITH week AS (
			SELECT count(*) AS total, count(*) FILTER (WHERE verdict = 'verified') AS verified, coalesce(sum(duplicates), 0) AS duplicates
			FROM webhook_deliveries WHERE connection_id = @connection AND received_at >= @week
		), unsettled AS (
			SELECT count(*) FILTER (WHERE status = 'received') AS waiting, count(*) FILTER (WHERE status = 'failed') AS failed,
				count(*) FILTER (WHERE status = 'dead') AS dead
			FROM webhook_deliveries WHERE connection_id = @connection AND status IN ('received', 'failed', 'dead')
		), latest AS (
			SELECT d.received_at, CASE WHEN d.event_at >= c.created_at THEN greatest(extract(epoch FROM d.received_at - d.event_at), 0)::double precision END AS lag
			FROM webhook_deliveries d JOIN connections c ON c.id = d.connection_id
			WHERE d.connection_id = @connection ORDER BY d.id DESC LIMIT 1000
		), open AS (
			SELECT count(*) AS people,
				coalesce(min(c.stage_at) FILTER (WHERE c.stage_at > (SELECT coalesce(max(received_at), '-infinity') FROM latest)), max(c.stage_at)) AS since
			FROM candidates c JOIN assessments a ON a.id = c.assessment_id
			WHERE a.connection_id = @connection AND c.stage IN ('invited', 'complete_later', 'started') AND c.stage_at >= @fortnight
		)
		SELECT week.total, week.verified, week.duplicates,
			(SELECT count(*) FROM webhook_refusals WHERE connection_id = @connection AND at >= @week),
			unsettled.waiting, unsettled.failed, unsettled.dead,
			(SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY lag) FROM latest), (SELECT max(received_at) FROM latest),
			open.people, open.since
		FROM week, unsettled, open`, pgx.NamedArgs{
		"connection": connection, "week": now.Add(-7 * 24 * time.Hour), "fortnight": now.Add(-14 * 24 * time.Hour),
	})
}

package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// InsertDelivery keeps a delivery and gives its id. fresh is false when the same delivery was here before: that one's
// count of duplicates grows, and nothing else changes.
func (s *Store) InsertDelivery(ctx context.Context, d hiring.Delivery) (id int64, fresh bool, err error) {
	type result struct {
		ID    int64
		Fresh bool
	}
	r, err := one(ctx, s, "keeping a delivery", pgx.RowToStructByPos[result], `
		INSERT INTO webhook_deliveries (connection_id, event, event_at, company_ref, digest, verdict, payload, received_at)
		VALUES (@connection, @event, @at, @company, @digest, @verdict, @payload, @received)
		ON CONFLICT (digest) DO UPDATE SET duplicates = webhook_deliveries.duplicates + 1
		RETURNING id, duplicates = 0`, pgx.NamedArgs{
		"connection": d.ConnectionID, "event": d.Event, "at": d.EventAt, "company": d.CompanyRef, "digest": d.Digest,
		"verdict": d.Verdict, "payload": d.Payload, "received": d.ReceivedAt,
	})
	if err != nil {
		return 0, false, err
	}
	return r.ID, r.Fresh, s.Notify(ctx, Topic{Name: TopicWebhooks})
}

const deliveryColumns = `d.id, d.connection_id, d.event, d.event_at, d.company_ref, d.digest, d.verdict, d.status, d.duplicates,
	d.attempts, d.last_error, d.effect, d.payload, COALESCE(a.title, ''), COALESCE(a.id, 0), d.received_at, d.applied_at`

const deliveryTables = `webhook_deliveries d
	LEFT JOIN assessments a ON a.connection_id = d.connection_id AND a.ref = d.payload #>> '{data,assessmentId}'`

func scanDelivery(row pgx.CollectableRow) (d hiring.Delivery, err error) {
	err = row.Scan(&d.ID, &d.ConnectionID, &d.Event, &d.EventAt, &d.CompanyRef, &d.Digest, &d.Verdict, &d.Status, &d.Duplicates,
		&d.Attempts, &d.LastError, &d.Effect, &d.Payload, &d.Assessment, &d.AssessmentID, &d.ReceivedAt, &d.AppliedAt)
	return d, err
}

// Delivery is one received webhook; hiring.ErrNotFound when there is none of the id.
func (s *Store) Delivery(ctx context.Context, id int64) (hiring.Delivery, error) {
	return one(ctx, s, "reading a delivery", scanDelivery, `SELECT `+deliveryColumns+` FROM `+deliveryTables+` WHERE d.id = $1`, id)
}

// Deliveries lists the received webhooks of a connection, latest first, from before the given id (0: from the latest).
func (s *Store) Deliveries(ctx context.Context, connection int64, f hiring.DeliveryFilter, before int64, limit int) ([]hiring.Delivery, error) {
	return many(ctx, s, "listing deliveries", scanDelivery, `
		SELECT `+deliveryColumns+` FROM `+deliveryTables+`
		WHERE d.connection_id = @connection
		  AND (@event = '' OR d.event = @event)
		  AND (@status = '' OR d.status = @status)
		  AND (@search = '' OR strpos(lower(d.payload::text), lower(@search)) > 0)
		  AND (@before = 0 OR d.id < @before)
		ORDER BY d.id DESC LIMIT @limit`, pgx.NamedArgs{
		"connection": connection, "event": f.Event, "status": f.Status, "search": f.Search, "before": before, "limit": limit,
	})
}

// DeliveryEvents lists the names of events that were received.
func (s *Store) DeliveryEvents(ctx context.Context, connection int64) ([]string, error) {
	return many(ctx, s, "listing events", pgx.RowTo[string], `
		SELECT DISTINCT event FROM webhook_deliveries WHERE connection_id = $1 ORDER BY event`, connection)
}

// DeliveryHealth sums up what was received.
func (s *Store) DeliveryHealth(ctx context.Context, connection int64) (hiring.DeliveryHealth, error) {
	return one(ctx, s, "summing up deliveries", pgx.RowToStructByPos[hiring.DeliveryHealth], `
		SELECT count(*), count(*) FILTER (WHERE verdict = 'verified'), COALESCE(sum(duplicates), 0),
		       count(*) FILTER (WHERE status = 'received'), count(*) FILTER (WHERE status = 'failed'), max(received_at)
		FROM webhook_deliveries WHERE connection_id = $1`, connection)
}

// SettleDelivery notes what became of a delivery: applied with its effect, ignored, or failed with the reason.
func (s *Store) SettleDelivery(ctx context.Context, id int64, status hiring.DeliveryStatus, effect, problem string) error {
	_, err := s.exec(ctx, "settling a delivery", `
		UPDATE webhook_deliveries SET status = @status, attempts = attempts + 1, last_error = @problem,
		       effect = CASE WHEN @effect = '' THEN effect ELSE @effect END,
		       applied_at = CASE WHEN @status IN ('applied', 'ignored') THEN now() ELSE applied_at END
		WHERE id = @id`, pgx.NamedArgs{"id": id, "status": status, "effect": effect, "problem": problem})
	if err != nil {
		return err
	}
	return s.Notify(ctx, Topic{Name: TopicWebhooks})
}

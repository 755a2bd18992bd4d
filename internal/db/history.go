package db

import (
	"context"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const historyColumns = `id, candidate_id, kind, at, received_at, source, actor, detail, coalesce(delivery_id, 0)`

func scanHistory(row pgx.CollectableRow) (e hiring.HistoryEvent, err error) {
	err = row.Scan(&e.ID, &e.CandidateID, &e.Kind, &e.At, &e.ReceivedAt, &e.Source, &e.Actor, &e.Detail, &e.DeliveryID)
	return e, err
}

// History is a candidate's timeline, oldest first.
func (s *Store) History(ctx context.Context, candidate int64) ([]hiring.HistoryEvent, error) {
	return many(ctx, s, "reading a timeline", scanHistory,
		`SELECT `+historyColumns+` FROM history WHERE candidate_id = $1 ORDER BY at, id`, candidate)
}

// InsertHistory adds an event to a candidate's timeline; one that a webhook told already is left alone, and the oldest that
// the provider's list gave away first becomes the webhook's, so that one end is told once. The zero ReceivedAt is now. It
// announces nothing: it belongs to a change that does.
func (s *Store) InsertHistory(ctx context.Context, e hiring.HistoryEvent) error {
	if e.Detail == nil {
		e.Detail = map[string]string{}
	}
	args := pgx.NamedArgs{"candidate": e.CandidateID, "kind": e.Kind, "at": e.At, "received": nil, "source": e.Source,
		"actor": e.Actor, "detail": e.Detail, "delivery": e.DeliveryID}
	if !e.ReceivedAt.IsZero() {
		args["received"] = e.ReceivedAt
	}
	_, err := s.exec(ctx, "adding to a timeline", `
		WITH known AS (
			UPDATE history SET source = @source, at = @at, detail = @detail, delivery_id = @delivery
			WHERE id = (
				SELECT id FROM history
				WHERE @delivery::bigint > 0 AND kind LIKE 'interview.%' AND source IN ('api', 'reconcile')
				  AND candidate_id = @candidate AND kind = @kind AND delivery_id IS NULL
				  AND NOT EXISTS (SELECT FROM history WHERE candidate_id = @candidate AND delivery_id = @delivery)
				ORDER BY at, id LIMIT 1)
			RETURNING id
		)
		INSERT INTO history (candidate_id, kind, at, received_at, source, actor, detail, delivery_id)
		SELECT @candidate, @kind, @at, coalesce(@received::timestamptz, now()), @source, @actor, @detail, nullif(@delivery::bigint, 0)
		WHERE NOT EXISTS (SELECT FROM known)
		ON CONFLICT (delivery_id, candidate_id) WHERE delivery_id IS NOT NULL DO NOTHING`, args)
	return err
}

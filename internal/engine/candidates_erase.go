package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// candidateErase leaves nothing of a person in an interview: invite, answers, recordings, what was judged of them, and
// mail and webhooks that speak of them, sent or not. It doesn't matter how far they are. Their link leads nowhere then,
// and the address can be invited again.
func (e *Engine) candidateErase(c *call) (struct{}, error) {
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, e.inTx(c.ctx, func(tx pgx.Tx) error {
		err := erase(c.ctx, tx, a.ID, c.param("candidateId"))
		if errors.Is(err, ErrNotFound) {
			return refuse(partnerapi.CodeNotFound, "Nobody with this id was invited to this assessment")
		}
		return err
	})
}

// erase returns ErrNotFound for an invite that the assessment doesn't have.
func erase(ctx context.Context, tx pgx.Tx, assessmentID, inviteID string) error {
	// Whoever answers, judges or hears holds the submission meanwhile, and whoever opens it for the first time the invite.
	var submission string
	err := tx.QueryRow(ctx, `
		SELECT coalesce(s.id, '') FROM engine.invites i LEFT JOIN engine.submissions s ON s.invite_id = i.id
		WHERE i.assessment_id = $1 AND i.id = $2 FOR UPDATE OF i`, assessmentID, inviteID).Scan(&submission)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("erasing a candidate: %w", err)
	}
	for _, of := range []struct{ statement, id string }{
		{`SELECT FROM engine.submissions WHERE id = $1 FOR UPDATE`, submission},
		{`DELETE FROM engine.tasks WHERE ref IN (SELECT id::text FROM engine.recordings WHERE submission_id = $1)`, submission},
		{`DELETE FROM engine.tasks WHERE ref = $1`, submission},
		{`DELETE FROM engine.tasks WHERE ref = $1`, inviteID},
		{`DELETE FROM engine.deliveries WHERE line = $1`, submission},
		{`DELETE FROM engine.recordings WHERE submission_id = $1`, submission},
		{`DELETE FROM engine.answers WHERE submission_id = $1`, submission},
		{`DELETE FROM engine.events WHERE submission_id = $1`, submission},
		{`DELETE FROM engine.submissions WHERE id = $1`, submission},
		{`DELETE FROM engine.invites WHERE id = $1`, inviteID},
	} {
		if _, err := tx.Exec(ctx, of.statement, of.id); err != nil {
			return fmt.Errorf("erasing a candidate: %w", err)
		}
	}
	return nil
}

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
	// Who opens the interview for the first time, and who mails the invite, holds it meanwhile.
	err := tx.QueryRow(ctx, `SELECT id FROM engine.invites WHERE assessment_id = $1 AND id = $2 FOR UPDATE`, assessmentID, inviteID).Scan(&inviteID)
	if errors.Is(err, pgx.ErrNoRows) {
		return ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("erasing a candidate: %w", err)
	}
	const submission = `(SELECT id FROM engine.submissions WHERE invite_id = $1)`
	const tasks = `DELETE FROM engine.tasks WHERE ref = $1 OR ref = ` + submission + ` OR ref IN (SELECT id::text FROM engine.recordings WHERE submission_id = ` + submission + `)`
	for _, statement := range []string{
		tasks, // whoever works on one locks it before the submission
		`SELECT FROM engine.submissions WHERE invite_id = $1 FOR UPDATE`, // as whoever answers, judges or hears does
		tasks, // which they may have left
		`DELETE FROM engine.deliveries WHERE line = ` + submission,
		`DELETE FROM engine.recordings WHERE submission_id = ` + submission,
		`DELETE FROM engine.answers WHERE submission_id = ` + submission,
		`DELETE FROM engine.events WHERE submission_id = ` + submission,
		`DELETE FROM engine.submissions WHERE invite_id = $1`,
		`DELETE FROM engine.invites WHERE id = $1`,
	} {
		if _, err := tx.Exec(ctx, statement, inviteID); err != nil {
			return fmt.Errorf("erasing a candidate: %w", err)
		}
	}
	return nil
}

package engine

import (
	"fmt"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// extensions states what this engine can do beyond the reference.
func (e *Engine) extensions(*call) (partnerapi.Extensions, error) {
	return partnerapi.Extensions{
		Provider: "Local engine",
		Capabilities: []partnerapi.Capability{
			partnerapi.CapScoring, partnerapi.CapQuestionDetails, partnerapi.CapKeyPoints, partnerapi.CapEvaluation,
			partnerapi.CapGenerationStatus, partnerapi.CapInviteLinks, partnerapi.CapWebhookTest, partnerapi.CapRecordings,
			partnerapi.CapErase, partnerapi.CapWork,
		},
		InviteURL: e.inviteLink("{inviteId}"),
		Model:     e.model(),
	}, nil
}

// webhookTest sends a webhook that means nothing to every receiver, so that somebody sees whether it arrives.
func (e *Engine) webhookTest(c *call, _ struct{}) (struct{}, error) {
	return struct{}{}, e.inTx(c.ctx, func(tx pgx.Tx) error {
		return e.announce(c.ctx, tx, "test", partnerapi.EventTest, partnerapi.EventData{})
	})
}

func (e *Engine) scoringShow(c *call) (partnerapi.Scoring, error) {
	return partnerapi.Scoring{Mode: c.company.Scoring}, nil
}

// scoringUpdate counts for what is submitted from now on; away from the model, it also stops suggestions under way.
func (e *Engine) scoringUpdate(c *call, r partnerapi.Scoring) (partnerapi.Scoring, error) {
	var wrong problems
	wrong.oneOf("mode", string(r.Mode), string(partnerapi.ScoringPeople), string(partnerapi.ScoringChecklist), string(partnerapi.ScoringModel))
	if r.Mode == partnerapi.ScoringModel && e.opts.Scorer == nil {
		wrong.add("mode", "can't be model while no language model is set")
	}
	if err := wrong.refusal(); err != nil {
		return r, err
	}
	if _, err := e.pool.Exec(c.ctx, `UPDATE engine.companies SET scoring_mode = $2 WHERE id = $1`, c.company.ID, string(r.Mode)); err != nil {
		return r, fmt.Errorf("setting the way of scoring: %w", err)
	}
	return r, nil
}

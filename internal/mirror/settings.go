package mirror

import (
	"context"
	"fmt"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// Scoring asks the provider how finished submissions get their score: hiring.BasisPeople, BasisChecklist or
// BasisModel. A provider without Abilities.Scoring gives BasisProvider.
func (m *Mirror) Scoring(ctx context.Context) (hiring.Basis, error) {
	if !m.Abilities(ctx).Scoring {
		return hiring.BasisProvider, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout) // a page waits for it
	defer cancel()
	s, err := m.client.Scoring(ctx)
	if err != nil {
		return hiring.BasisNone, fmt.Errorf("reading the way of scoring: %w", err)
	}
	return hiring.Basis(s.Mode), nil
}

// SetScoring chooses how submissions that finish from now on get their score; an *hiring.InvalidError for a way that
// the provider can't go.
func (m *Mirror) SetScoring(ctx context.Context, mode hiring.Basis) error {
	able := m.Abilities(ctx)
	switch {
	case !able.Scoring:
		return hiring.Invalid("scoring", "The provider decides how interviews are scored. It can't be chosen here.")
	case mode == hiring.BasisModel && able.Model == "":
		return hiring.Invalid("scoring", "There is no model yet. Set OPENAI_BASE_URL and OPENAI_MODEL, and start Greenroom again.")
	case mode != hiring.BasisPeople && mode != hiring.BasisChecklist && mode != hiring.BasisModel:
		return hiring.Invalid("scoring", "Choose how interviews are scored.")
	}
	if _, err := m.client.SetScoring(ctx, partnerapi.Scoring{Mode: partnerapi.ScoringMode(mode)}); err != nil {
		return fmt.Errorf("choosing the way of scoring: %w", err)
	}
	return nil
}

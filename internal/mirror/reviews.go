package mirror

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// What the engine takes, in characters.
const (
	reasonMax  = 2000
	commentMax = 5000
)

// PushEvaluation sends the team's score of a candidate, once the required scorecards are in, and sends it again as long
// as they change meanwhile. The score itself comes back by webhook, as every score does. Nothing happens while
// scorecards are missing, when the provider has them all, or at a provider that takes no scores from people: there the
// team's mean stands beside the provider's score.
func (m *Mirror) PushEvaluation(ctx context.Context, candidate int64) error {
	if !m.Abilities(ctx).Evaluation {
		if m.abilities.Load() == nil {
			return fmt.Errorf("asking whether the provider takes scores: %w", hiring.ErrUnavailable)
		}
		return nil
	}
	c, err := m.store.Candidate(ctx, candidate)
	if errors.Is(err, hiring.ErrNotFound) {
		return nil // gone meanwhile
	}
	if err != nil {
		return err
	}
	a, err := m.assessment(ctx, c.AssessmentID)
	if err != nil {
		return err
	}
	if c.InviteRef == "" {
		return nil
	}
	cards, err := m.store.Scorecards(ctx, candidate)
	if err != nil {
		return err
	}
	for pushed := false; pushed || !sent(cards); pushed = true {
		w, err := m.store.Workspace(ctx)
		if err != nil {
			return err
		}
		request, ok := evaluationOf(cards, w.RequiredScorecards)
		if !ok {
			return nil
		}
		if _, err := m.client.Evaluate(ctx, a.Ref, c.InviteRef, request); err != nil {
			return fmt.Errorf("sending the team's score of candidate %d: %w", candidate, err)
		}
		if err := m.store.MarkScorecardsSent(ctx, cards, m.now()); err != nil {
			return err
		}
		// A push that read earlier scorecards may have arrived after one that read later ones: what is there now must
		// be what was sent last.
		before := cards
		if cards, err = m.store.Scorecards(ctx, candidate); err != nil {
			return err
		}
		if sameCards(before, cards) {
			return nil
		}
	}
	return nil
}

// PushUnsent sends every team's score that the provider should have and has not: those whose turn came because fewer
// scorecards are required now, and those whose sending was given up.
func (m *Mirror) PushUnsent(ctx context.Context) error {
	w, err := m.store.Workspace(ctx)
	if errors.Is(err, hiring.ErrNotFound) || err == nil && !m.Abilities(ctx).Evaluation {
		return nil
	}
	if err != nil {
		return err
	}
	ids, err := m.store.UnsentReviews(ctx, m.connection, w.RequiredScorecards)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range ids {
		if err := m.PushEvaluation(ctx, id); err != nil {
			failed = append(failed, err)
			if errors.Is(err, hiring.ErrUnavailable) {
				break
			}
		}
	}
	return errors.Join(failed...)
}

func sent(cards []hiring.Scorecard) bool {
	for _, card := range cards {
		if card.SentAt == nil {
			return false
		}
	}
	return true
}

func sameCards(a, b []hiring.Scorecard) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID || !a[i].UpdatedAt.Equal(b[i].UpdatedAt) {
			return false
		}
	}
	return true
}

// evaluationOf is what the provider is told of the team's scorecards; ok is false while some are missing. Notes and
// comments are joined, each under its writer's name where that is known.
func evaluationOf(cards []hiring.Scorecard, required int) (r partnerapi.EvaluationRequest, ok bool) {
	mean, ok := hiring.Mean(cards, required)
	if !ok {
		return r, false
	}
	r.Score = round(mean.Score)
	if confirmed := cards[0].Confirms; confirmed != nil && !slices.ContainsFunc(cards, func(card hiring.Scorecard) bool {
		return card.Confirms == nil || *card.Confirms != *confirmed
	}) {
		r.Score = *confirmed // to the last digit, so that the provider knows its own suggestion
	}
	var comments []string
	reasons := map[string][]string{}
	var order []string
	for _, card := range cards {
		comments = said(comments, card.UserName, card.Comment)
		for _, a := range card.Answers {
			if _, known := reasons[a.QuestionRef]; !known {
				order = append(order, a.QuestionRef)
			}
			reasons[a.QuestionRef] = said(reasons[a.QuestionRef], card.UserName, a.Note)
		}
	}
	r.Summary = joined(comments, commentMax)
	for _, ref := range order {
		score := round(mean.Questions[ref])
		r.Questions = append(r.Questions, partnerapi.QuestionScore{
			QuestionID: partnerapi.ID(ref), Score: &score, Reason: joined(reasons[ref], reasonMax),
		})
	}
	return r, true
}

func said(list []string, name, text string) []string {
	switch {
	case text == "":
		if list == nil {
			list = []string{}
		}
		return list
	case name == "":
		return append(list, text)
	}
	return append(list, name+": "+text)
}

// joined cuts what is longer than most characters.
func joined(list []string, most int) string {
	text := []rune(strings.Join(list, "\n"))
	if len(text) > most {
		text = append(text[:most-1], '…')
	}
	return string(text)
}

// round keeps two decimals, as the engine does.
func round(score float64) float64 { return math.Round(score*100) / 100 }

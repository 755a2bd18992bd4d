package handlers

import (
	"net/http"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// candidateEraseAsk says what deleting somebody means, before it is done.
func (h *Handlers) candidateEraseAsk(w http.ResponseWriter, r *http.Request) error {
	return h.candidateErasePage(w, r, http.StatusOK, nil)
}

// candidateErase deletes somebody for good.
func (h *Handlers) candidateErase(w http.ResponseWriter, r *http.Request) error {
	c, err := h.candidate(r)
	if err != nil {
		return err
	}
	err = h.Mirror.EraseCandidate(r.Context(), c.ID, user(r.Context()).ID)
	if list, bad := problems(err); bad {
		return h.candidateErasePage(w, r, http.StatusUnprocessableEntity, list)
	}
	if err != nil {
		return err
	}
	h.say(r, "The candidate was deleted.")
	return h.redirect(w, r, views.AssessmentHref(c.AssessmentID, views.TabCandidates))
}

func (h *Handlers) candidateErasePage(w http.ResponseWriter, r *http.Request, status int, found []hiring.Problem) error {
	c, err := h.candidate(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	abilities := h.Mirror.Abilities(ctx)
	p := views.CandidateEraseProps{Candidate: c, Provider: abilities.Provider, Everywhere: abilities.Erase, Problems: problemsFor(found)}
	answers, err := h.Store.Answers(ctx, c.ID)
	if err != nil {
		return err
	}
	p.Answers = len(answers)
	for _, a := range answers {
		if a.Recording != nil {
			p.Recordings++
		}
	}
	cards, err := h.Store.Scorecards(ctx, c.ID)
	if err != nil {
		return err
	}
	p.Scorecards = len(cards)
	if p.Also, err = h.Store.CandidatesAlso(ctx, c); err != nil {
		return err
	}
	return h.page(w, r, status, page{title: "Delete " + c.Label(), nav: "candidates", problem: status != http.StatusOK}, views.CandidateErase(p))
}

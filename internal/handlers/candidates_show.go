package handlers

import (
	"context"
	"net/http"

	"github.com/a-h/templ"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// candidate reads the candidate of the path; one of another connection than the one in use is hiring.ErrNotFound.
func (h *Handlers) candidate(r *http.Request) (hiring.Candidate, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return hiring.Candidate{}, err
	}
	c, err := h.Store.Candidate(r.Context(), id)
	if err != nil {
		return c, err
	}
	_, err = h.assessment(r.Context(), c.AssessmentID)
	return c, err
}

// candidateShow shows what one person said and what is thought of it.
func (h *Handlers) candidateShow(w http.ResponseWriter, r *http.Request) error {
	c, err := h.candidate(r)
	if err != nil {
		return err
	}
	answers, err := h.Store.Answers(r.Context(), c.ID)
	if err != nil {
		return err
	}
	review, err := h.reviewPanel(r, c, answers)
	if err != nil {
		return err
	}
	return h.candidatePage(w, r, http.StatusOK, c, answers, review)
}

// candidatePage is the page of a candidate with the given panel for people's scorecards; nil: none. A panel whose form
// was refused comes with a status of 422.
func (h *Handlers) candidatePage(w http.ResponseWriter, r *http.Request, status int, c hiring.Candidate, answers []hiring.Answer, review templ.Component) error {
	ctx := r.Context()
	abilities := h.Mirror.Abilities(ctx)
	p := views.CandidateProps{
		Candidate: c, Now: h.Now(), Filter: candidateFilter(r.URL.Query()), Provider: abilities.Provider, Review: review,
		Link: abilities.InviteLink(c.InviteRef), CanErase: user(ctx).Role.Can(hiring.PermAdmin),
	}
	p.URL = views.CandidateHrefWith(c.ID, r.URL.Query())
	var err error
	if p.Answers, err = h.hoped(ctx, c, answers, abilities.Recordings); err != nil {
		return err
	}
	if p.History, err = h.Store.History(ctx, c.ID); err != nil {
		return err
	}
	beside, err := h.Store.CandidateNeighbours(ctx, h.candidateQuery(p.Filter), c.ID)
	if err != nil {
		return err
	}
	p.Previous, p.Next, p.Position, p.Total = beside.Previous, beside.Next, beside.Position, beside.Total
	return h.page(w, r, status, page{title: c.Label() + " · " + c.AssessmentTitle, nav: "candidates", wide: true, problem: status == http.StatusUnprocessableEntity}, views.Candidate(p))
}

// hoped joins answers with our notes on their questions, deleted ones too. Of recordings nothing is left where the
// provider has none to listen to.
func (h *Handlers) hoped(ctx context.Context, c hiring.Candidate, answers []hiring.Answer, recordings bool) ([]views.CandidateAnswer, error) {
	questions, err := h.Store.AllQuestions(ctx, c.AssessmentID)
	if err != nil {
		return nil, err
	}
	byRef := make(map[string]hiring.Question, len(questions))
	for _, q := range questions {
		byRef[q.Ref] = q
	}
	list := make([]views.CandidateAnswer, len(answers))
	for i, a := range answers {
		q := byRef[a.QuestionRef]
		if !recordings {
			a.Recording = nil
		}
		list[i] = views.CandidateAnswer{
			Answer: a, Ideal: q.IdealAnswer, KeyPoints: q.KeyPoints, Instruction: q.Instruction, Elsewhere: q.Elsewhere, ByPeople: c.Basis == hiring.BasisPeople,
		}
	}
	return list, nil
}

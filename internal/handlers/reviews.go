package handlers

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"greenroom/internal/auth"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// How many lines the page of reviews shows at once.
const (
	waitingShown = 40
	donePerPage  = 20
)

// reviewList shows what waits for who looks, and what they have reviewed.
func (h *Handlers) reviewList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	q, err := h.reviewQuery(ctx)
	if err != nil {
		return err
	}
	p := views.ReviewsProps{Now: h.Now(), URL: r.URL.RequestURI(), Required: q.Required}
	p.Before, _ = strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if p.Waiting, err = h.Store.WaitingReviews(ctx, q, waitingShown); err != nil {
		return err
	}
	if p.Total = len(p.Waiting); p.Total == waitingShown {
		if p.Total, err = h.Store.CountWaitingReviews(ctx, q); err != nil {
			return err
		}
	}
	if p.Done, err = h.Store.DoneReviews(ctx, q.Connection, q.User, p.Before, donePerPage+1); err != nil {
		return err
	}
	if p.More = len(p.Done) > donePerPage; p.More {
		p.Done = p.Done[:donePerPage]
	}
	if p.DoneAll, err = h.Store.CountDoneReviews(ctx, q.Connection, q.User); err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, page{title: "My reviews", nav: "reviews"}, views.Reviews(p))
}

// reviewQuery asks for the reviews of who looks.
func (h *Handlers) reviewQuery(ctx context.Context) (db.ReviewQuery, error) {
	workspace, err := h.Store.Workspace(ctx)
	return db.ReviewQuery{Connection: h.Mirror.Connection(), User: user(ctx).ID, Required: workspace.RequiredScorecards}, err
}

// reviewPanel is the team's judgement of a candidate, for the candidate's page: itself the panel, with what belongs
// beside each answer.
func (h *Handlers) reviewPanel(r *http.Request, c hiring.Candidate, answers []hiring.Answer) (views.Review, error) {
	p, err := h.reviewProps(r, c, answers)
	wanted := r.URL.Query().Get("review")
	switch mine := p.Mine(); {
	case err != nil, !p.Reviewable():
	case wanted == "suggestion" && p.Suggested():
		p.Form = views.NewReviewForm(suggested(c, answers))
	case wanted != "" && mine != nil:
		p.Form = views.NewReviewForm(*mine)
	case wanted != "" || p.Awaited():
		p.Form = views.NewReviewForm(hiring.Scorecard{})
	}
	return views.NewReview(p), err
}

func (h *Handlers) reviewProps(r *http.Request, c hiring.Candidate, answers []hiring.Answer) (p views.ReviewProps, err error) {
	ctx := r.Context()
	workspace, err := h.Store.Workspace(ctx)
	if err != nil {
		return p, err
	}
	abilities := h.Mirror.Abilities(ctx)
	p = views.ReviewProps{
		Now: h.Now(), URL: r.URL, Candidate: c, Answers: answers, User: user(ctx).ID,
		Required: workspace.RequiredScorecards, Takes: abilities.Evaluation, Provider: abilities.Provider,
	}
	p.Cards, err = h.Store.Scorecards(ctx, c.ID)
	return p, err
}

// suggested is a scorecard as a model would fill it in; empty without a suggestion.
func suggested(c hiring.Candidate, answers []hiring.Answer) hiring.Scorecard {
	card, err := hiring.Confirmation(c, answers)
	if err != nil {
		return hiring.Scorecard{}
	}
	return card
}

// reviewUpdate keeps the scorecard of who sends it.
func (h *Handlers) reviewUpdate(w http.ResponseWriter, r *http.Request) error {
	c, answers, err := h.reviewed(r)
	if err != nil {
		return err
	}
	card, form := parseScorecard(r, c.ID, answers)
	if err := hiring.CheckScorecard(&card, questionRefs(answers)); err != nil {
		list, ok := problems(err)
		if !ok {
			return err
		}
		p, err := h.reviewProps(r, c, answers)
		if err != nil {
			return err
		}
		p.Form, p.Problems = form, problemsFor(list)
		return h.candidatePage(w, r, http.StatusUnprocessableEntity, c, answers, views.NewReview(p))
	}
	return h.keepScorecard(w, r, c, card)
}

// reviewConfirm keeps a scorecard that takes over a model's suggestion as it is.
func (h *Handlers) reviewConfirm(w http.ResponseWriter, r *http.Request) error {
	c, answers, err := h.reviewed(r)
	if err != nil {
		return err
	}
	card, err := hiring.Confirmation(c, answers)
	if err == nil && !h.Mirror.Abilities(r.Context()).Evaluation {
		err = fmt.Errorf("confirming where the provider takes no scores: %w", hiring.ErrConflict)
	}
	var gone *hiring.InvalidError
	if errors.As(err, &gone) {
		h.warn(r, gone.Problems[0].Message)
		return h.redirect(w, r, views.ReviewHref(c.ID)+"#review")
	}
	if err != nil {
		return err
	}
	return h.keepScorecard(w, r, c, card)
}

// reviewed is the candidate of the path, with answers to judge; hiring.ErrConflict when there are none, which the page
// offers no form for.
func (h *Handlers) reviewed(r *http.Request) (c hiring.Candidate, answers []hiring.Answer, err error) {
	if c, err = h.candidate(r); err != nil {
		return c, nil, err
	}
	if answers, err = h.Store.Answers(r.Context(), c.ID); err != nil {
		return c, nil, err
	}
	if !(views.ReviewProps{Candidate: c, Answers: answers}).Reviewable() {
		return c, nil, fmt.Errorf("reviewing a candidate without answers: %w", hiring.ErrConflict)
	}
	return c, answers, nil
}

// keepScorecard stores a checked scorecard, has the team's score sent where it is complete, and says what is next.
func (h *Handlers) keepScorecard(w http.ResponseWriter, r *http.Request, c hiring.Candidate, card hiring.Scorecard) error {
	ctx, now := r.Context(), h.Now()
	card.UserID = user(ctx).ID
	err := h.Store.InTx(ctx, func(tx *db.Store) error {
		if err := tx.PutScorecard(ctx, card, now); err != nil {
			return err
		}
		// Whether it is complete is decided by the work: of two people who save at once, neither sees the other's here.
		return h.Jobs.Enqueue(ctx, tx, jobs.PushEvaluation{CandidateID: c.ID, Revision: now.UnixNano()}, nil)
	})
	if err != nil {
		return err
	}
	q, err := h.reviewQuery(ctx)
	if err != nil {
		return err
	}
	cards, err := h.Store.Scorecards(ctx, c.ID)
	if err != nil {
		return err
	}
	next, err := h.Store.WaitingReviews(ctx, q, 1)
	if err != nil {
		return err
	}
	flash := auth.Flash{Tone: string(ui.Strong), Text: savedSentence(len(cards), q.Required)}
	if len(next) > 0 {
		flash.LinkText, flash.LinkURL = "Next: "+next[0].Label(), views.ReviewHref(next[0].ID)
	}
	h.Sessions.AddFlash(ctx, flash)
	to := views.ReviewHref(c.ID)
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.Query().Encode()
	}
	return h.redirect(w, r, to)
}

func savedSentence(in, required int) string {
	switch {
	case required == 1 && in == 1:
		return "Your scorecard is saved."
	case in < required:
		return fmt.Sprintf("Your scorecard is saved. %d of %d are in.", in, required)
	}
	return fmt.Sprintf("Your scorecard is saved. %s are in.", ui.Count(in, "scorecard", "scorecards"))
}

// parseScorecard reads the form of a scorecard, and what was typed for showing it again. Fields are numbered as the
// answers are.
func parseScorecard(r *http.Request, candidate int64, answers []hiring.Answer) (hiring.Scorecard, *views.ReviewForm) {
	card := hiring.Scorecard{CandidateID: candidate, Comment: r.PostFormValue("comment")}
	form := views.NewReviewForm(card)
	for i, a := range answers {
		rating, note := r.PostFormValue(fmt.Sprintf("rating-%d", i+1)), r.PostFormValue(fmt.Sprintf("note-%d", i+1))
		form.Ratings[a.QuestionRef], form.Notes[a.QuestionRef] = rating, note
		score, err := strconv.ParseFloat(rating, 64)
		if err != nil {
			score = -1 // no step of the scale
		}
		card.Answers = append(card.Answers, hiring.ScorecardAnswer{QuestionRef: a.QuestionRef, Score: score, Note: note})
	}
	return card, form
}

func questionRefs(answers []hiring.Answer) []string {
	refs := make([]string, len(answers))
	for i, a := range answers {
		refs[i] = a.QuestionRef
	}
	return refs
}

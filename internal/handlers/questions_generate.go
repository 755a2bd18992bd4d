package handlers

import (
	"errors"
	"net/http"
	"strconv"
	"strings"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// generateForm begins with what the last failed run was asked for, else with what the interview says of itself.
func (h *Handlers) generateForm(r *http.Request, a hiring.Assessment) *views.GenerateForm {
	about := a.Purpose
	if len([]rune(about)) < hiring.JobDescriptionMin { // the purpose alone would be refused
		about = strings.TrimSpace(a.Role + ". " + a.Purpose)
	}
	d := hiring.GenerateDraft{Description: about, Skills: a.Skills, Count: hiring.GenerateDefault, Difficulty: hiring.Medium}
	if a.Generation.State == hiring.GenerationFailed && a.Generation.Request.Kind == hiring.GenerateMore {
		d = a.Generation.Request.Draft
	}
	return h.generateFormOf(r, d, strconv.Itoa(d.Count), nil)
}

func (h *Handlers) generateFormOf(r *http.Request, d hiring.GenerateDraft, count string, found []hiring.Problem) *views.GenerateForm {
	abilities := h.Mirror.Abilities(r.Context())
	return &views.GenerateForm{
		Draft: d, Count: count, Skills: strings.Join(d.Skills, ", "), Problems: problemsFor(found),
		Writer: views.Writer(abilities.Progress, abilities.Model, abilities.Provider),
	}
}

// questionsGenerate has more questions written in the background, and shows them as they come.
func (h *Handlers) questionsGenerate(w http.ResponseWriter, r *http.Request) error {
	a, err := h.assessmentInPath(r)
	if err != nil {
		return err
	}
	count := strings.TrimSpace(r.PostFormValue("count"))
	d := hiring.GenerateDraft{
		Description: plainLines(r.PostFormValue("description")), Skills: splitWords(r.PostFormValue("skills")),
		Difficulty: hiring.Difficulty(r.PostFormValue("difficulty")),
	}
	d.Count, _ = strconv.Atoi(count)
	if err := hiring.CheckGenerate(&d); err != nil {
		var invalid *hiring.InvalidError
		errors.As(err, &invalid)
		return h.questionsPage(w, r, http.StatusUnprocessableEntity, a, questionForms{generate: h.generateFormOf(r, d, count, invalid.Problems)})
	}
	counts, err := h.Store.AssessmentCounts(r.Context(), a.ID)
	if err != nil {
		return err
	}
	err = h.startGeneration(r, a.ID, hiring.Generation{
		Wanted: d.Count, Before: counts.Questions, StartedAt: h.Now(), Request: hiring.GenerationRequest{Kind: hiring.GenerateMore, Draft: d},
	})
	if errors.Is(err, hiring.ErrConflict) {
		f := h.generateFormOf(r, d, count, nil)
		f.Problems = ui.Problems{{Message: "Questions are being written already. Wait until they are in, then ask for more."}}
		return h.questionsPage(w, r, http.StatusUnprocessableEntity, a, questionForms{generate: f})
	} else if err != nil {
		return err
	}
	return h.redirect(w, r, views.AssessmentHref(a.ID, "")+"#generation")
}

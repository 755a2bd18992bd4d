package handlers

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/views"
)

// assessmentForm is a new interview as it was typed.
type assessmentForm struct {
	draft    hiring.AssessmentDraft
	duration string
	from     int64  // the interview it duplicates; 0: none
	rows     string // "add" or "remove-<n>": a row of buckets was asked for, not an interview
}

func parseAssessmentForm(v url.Values) assessmentForm {
	f := assessmentForm{
		draft: hiring.AssessmentDraft{
			Title: v.Get("title"), Role: v.Get("role"), Purpose: v.Get("purpose"), JobRef: strings.TrimSpace(v.Get("job")),
			Status: hiring.AssessmentStatus(v.Get("status")), Language: v.Get("language"), Skills: splitWords(v.Get("skills")),
			EmailVerification: v.Get("email_verification") != "", CEFR: v.Get("cefr") != "",
		},
		duration: strings.TrimSpace(v.Get("duration")),
		rows:     v.Get("rows"),
	}
	f.draft.Duration, _ = strconv.Atoi(f.duration) // 0 is refused with the range
	f.from, _ = strconv.ParseInt(v.Get("from"), 10, 64)
	descriptions, outcomes := v["bucket_description"], v["bucket_outcome"]
	for i, name := range v["bucket_name"] {
		if i >= len(descriptions) || i >= len(outcomes) {
			break
		}
		f.draft.Buckets = append(f.draft.Buckets, hiring.Bucket{
			Name: strings.TrimSpace(name), Description: strings.TrimSpace(descriptions[i]), Pass: outcomes[i] == "pass",
		})
	}
	return f
}

// editRows does to the buckets what a button asked for that a browser without script sends.
func (f *assessmentForm) editRows() {
	if at, ok := strings.CutPrefix(f.rows, "remove-"); ok {
		if n, err := strconv.Atoi(at); err == nil && n >= 1 && n <= len(f.draft.Buckets) {
			f.draft.Buckets = append(f.draft.Buckets[:n-1:n-1], f.draft.Buckets[n:]...)
		}
		return
	}
	f.draft.Buckets = append(f.draft.Buckets, hiring.Bucket{Pass: true})
}

// dropEmptyRows leaves out buckets in which nothing was written.
func (f *assessmentForm) dropEmptyRows() {
	var kept []hiring.Bucket
	for _, b := range f.draft.Buckets {
		if b.Name != "" || b.Description != "" {
			kept = append(kept, b)
		}
	}
	f.draft.Buckets = kept
}

// assessmentNew shows the form of a new interview, or of a duplicate of the one in ?from.
func (h *Handlers) assessmentNew(w http.ResponseWriter, r *http.Request) error {
	f := assessmentForm{duration: strconv.Itoa(hiring.DurationDefault), draft: hiring.AssessmentDraft{
		Status: hiring.AssessmentActive, Language: hiring.Languages[0], Buckets: hiring.StandardBuckets, EmailVerification: true,
	}}
	if text := r.URL.Query().Get("from"); text != "" {
		id, _ := strconv.ParseInt(text, 10, 64)
		a, err := h.assessment(r.Context(), id)
		if err != nil {
			return err
		}
		f.from = id
		f.duration = strconv.Itoa(min(a.Duration, hiring.DurationMaxCreate))
		f.draft = hiring.AssessmentDraft{
			Title: copyTitle(a.Title), Role: a.Role, Purpose: a.Purpose, JobRef: a.JobRef, Status: a.Status, Language: a.Language,
			Skills: a.Skills, Buckets: a.Buckets, EmailVerification: a.EmailVerification == nil || *a.EmailVerification,
			CEFR: a.CEFR != nil && *a.CEFR,
		}
		if a.Buckets == nil {
			f.draft.Buckets = hiring.StandardBuckets
		}
	}
	return h.assessmentFormPage(w, r, http.StatusOK, f, nil)
}

// copyTitle tells a duplicate from its original, within the length that is allowed.
func copyTitle(title string) string {
	const mark = " (copy)"
	runes := []rune(title)
	return string(runes[:min(len(runes), hiring.TitleMax-len(mark))]) + mark
}

func (h *Handlers) assessmentFormPage(w http.ResponseWriter, r *http.Request, status int, f assessmentForm, found []hiring.Problem) error {
	ctx := r.Context()
	p := views.AssessmentFormProps{
		Draft: f.draft, Duration: f.duration, Skills: strings.Join(f.draft.Skills, ", "),
		Provider: h.Mirror.Abilities(ctx).Provider, Local: h.Engine != nil, Problems: problemsFor(found),
	}
	if f.from != 0 {
		a, err := h.assessment(ctx, f.from)
		if err != nil {
			return err
		}
		counts, err := h.Store.AssessmentCounts(ctx, f.from)
		if err != nil {
			return err
		}
		p.From, p.Questions = &a, counts.Questions
	}
	p.Jobs, p.JobsKnown = h.openings(ctx)
	title := "Write an interview"
	if p.From != nil {
		title = "Duplicate " + p.From.Title
	}
	return h.page(w, r, status, page{title: title, nav: "interviews", problem: len(found) > 0}, views.AssessmentForm(p))
}

// assessmentCreate makes an interview, and has the questions of the one that it duplicates copied into it.
func (h *Handlers) assessmentCreate(w http.ResponseWriter, r *http.Request) error {
	f := parseAssessmentForm(r.PostForm)
	if f.rows != "" {
		f.editRows()
		return h.assessmentFormPage(w, r, http.StatusOK, f, nil)
	}
	f.dropEmptyRows()
	var questions []hiring.Question
	if f.from != 0 {
		if _, err := h.assessment(r.Context(), f.from); err != nil {
			return err
		}
		var err error
		if questions, err = h.Store.Questions(r.Context(), f.from); err != nil {
			return err
		}
	}
	a, err := h.Mirror.CreateAssessment(r.Context(), f.draft)
	if err != nil {
		found, ok := problems(err)
		if !ok {
			return err
		}
		return h.assessmentFormPage(w, r, http.StatusUnprocessableEntity, f, found)
	}
	if len(questions) == 0 {
		h.say(r, "The interview is made. Now write its questions.")
		return h.redirect(w, r, views.AssessmentHref(a.ID, ""))
	}
	g := hiring.Generation{
		Wanted: len(questions), StartedAt: h.Now(), Request: hiring.GenerationRequest{Kind: hiring.GenerateCopy, CopyOf: f.from},
	}
	if err := h.startGeneration(r, a.ID, g); err != nil {
		return err
	}
	h.say(r, "The duplicate is made. Its questions are on their way.")
	return h.redirect(w, r, views.AssessmentHref(a.ID, ""))
}

// startGeneration notes a run of question writing and has it done; hiring.ErrConflict while one is under way.
func (h *Handlers) startGeneration(r *http.Request, id int64, g hiring.Generation) error {
	return h.Store.InTx(r.Context(), func(tx *db.Store) error {
		if _, err := tx.LockAssessment(r.Context(), id); err != nil {
			return err
		}
		if err := tx.StartGeneration(r.Context(), id, g); err != nil {
			return err
		}
		if g.Request.Kind == hiring.GenerateCopy {
			return h.Jobs.Enqueue(r.Context(), tx, jobs.CopyQuestions{AssessmentID: id}, nil)
		}
		return h.Jobs.Enqueue(r.Context(), tx, jobs.GenerateQuestions{AssessmentID: id}, nil)
	})
}

// questionsCopy goes on with the copying of questions that stopped halfway.
func (h *Handlers) questionsCopy(w http.ResponseWriter, r *http.Request) error {
	a, err := h.assessmentInPath(r)
	if err != nil {
		return err
	}
	g := a.Generation
	if g.Request.Kind != hiring.GenerateCopy {
		return hiring.ErrNotFound
	}
	g.StartedAt = h.Now()
	if err := h.startGeneration(r, a.ID, g); err != nil && !errors.Is(err, hiring.ErrConflict) { // conflict: it goes on already
		return err
	}
	return h.redirect(w, r, views.AssessmentHref(a.ID, ""))
}

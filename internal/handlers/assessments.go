package handlers

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/views"
)

const (
	assessmentsPerPage = 25
	// staleAfter is how old what we know of an interview may be before a look at its page asks the provider again.
	staleAfter = time.Minute
	// providerWait is how long a page waits for what only the provider can tell; it works without.
	providerWait = 4 * time.Second
)

// assessmentList shows the interviews.
func (h *Handlers) assessmentList(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	p := views.AssessmentsProps{
		Now: h.Now(), PerPage: assessmentsPerPage, CanEdit: user(ctx).Role.Can(hiring.PermEdit),
		Filter: hiring.AssessmentFilter{Search: q.Get("q"), Status: q.Get("status"), Sort: q.Get("sort")},
	}
	p.Filter.CheckFilter()
	p.Page, _ = strconv.Atoi(q.Get("page"))
	p.Page = min(max(p.Page, 1), 1_000_000)
	var err error
	p.Rows, p.Total, err = h.Store.Assessments(ctx, h.Mirror.Connection(), p.Filter, p.PerPage, (p.Page-1)*p.PerPage)
	if err != nil {
		return err
	}
	if last := max(1, (p.Total+p.PerPage-1)/p.PerPage); p.Page > last { // a link to a page that is no more
		q.Set("page", strconv.Itoa(last))
		return h.redirect(w, r, "/interviews?"+q.Encode())
	}
	if p.Unsettled, err = h.unsettled(ctx, 0); err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, page{title: "Interviews", nav: "interviews"}, views.Assessments(p))
}

// freshen has the provider asked again, in the background, for what is shown, if that is old; open pages learn of what
// changed.
func (h *Handlers) freshen(ctx context.Context, a hiring.Assessment) error {
	if h.Now().Sub(a.SyncedAt) < staleAfter || a.MissingSince != nil || a.Generation.State == hiring.GenerationRunning {
		return nil
	}
	return h.Store.InTx(ctx, func(tx *db.Store) error {
		return h.Jobs.Enqueue(ctx, tx, jobs.SyncAssessment{ID: a.ID}, nil)
	})
}

// openings are the provider's jobs; known is false when they can't be read, and no form has to fail for it.
func (h *Handlers) openings(ctx context.Context) (list []hiring.Job, known bool) {
	ctx, cancel := context.WithTimeout(ctx, providerWait)
	defer cancel()
	list, err := h.Mirror.Jobs(ctx)
	if err != nil {
		h.Log.Info("the list of jobs can't be read", "error", err)
		return nil, false
	}
	return list, true
}

// splitWords reads words as a tags field sends them.
func splitWords(text string) []string {
	return hiring.CleanSkills(strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' }))
}

// assessmentSettings shows what can be changed of an interview, and what can't.
func (h *Handlers) assessmentSettings(w http.ResponseWriter, r *http.Request) error {
	a, err := h.assessmentInPath(r)
	if err != nil {
		return err
	}
	if err := h.freshen(r.Context(), a); err != nil {
		return err
	}
	change := hiring.AssessmentChange{Title: a.Title, Purpose: a.Purpose, Duration: a.Duration, Language: a.Language, Skills: a.Skills}
	return h.assessmentSettingsPage(w, r, http.StatusOK, a, change, strconv.Itoa(a.Duration), nil)
}

func (h *Handlers) assessmentSettingsPage(w http.ResponseWriter, r *http.Request, status int, a hiring.Assessment, change hiring.AssessmentChange, duration string, found []hiring.Problem) error {
	head, err := h.headOf(r.Context(), a, views.TabSettings)
	if err != nil {
		return err
	}
	head.Quiet = true
	p := views.SettingsProps{
		Head: head, Assessment: a, Change: change, Duration: duration, Skills: strings.Join(change.Skills, ", "),
		JobName: "None", Now: h.Now(), Problems: problemsFor(found),
	}
	if a.JobRef != "" {
		jobs, _ := h.openings(r.Context())
		p.JobName = views.JobName(jobs, a.JobRef)
	}
	return h.page(w, r, status, page{title: "Settings of " + a.Title, nav: "interviews", problem: len(found) > 0}, views.AssessmentSettings(p))
}

// assessmentUpdate changes an interview.
func (h *Handlers) assessmentUpdate(w http.ResponseWriter, r *http.Request) error {
	a, err := h.assessmentInPath(r)
	if err != nil {
		return err
	}
	change := hiring.AssessmentChange{
		Title: r.PostFormValue("title"), Purpose: r.PostFormValue("purpose"), Language: r.PostFormValue("language"),
		Skills: splitWords(r.PostFormValue("skills")),
	}
	duration := strings.TrimSpace(r.PostFormValue("duration"))
	change.Duration, _ = strconv.Atoi(duration)
	if _, err := h.Mirror.UpdateAssessment(r.Context(), a.ID, change); err != nil {
		found, ok := problems(err)
		if !ok {
			return err
		}
		return h.assessmentSettingsPage(w, r, http.StatusUnprocessableEntity, a, change, duration, found)
	}
	h.say(r, "Changes saved.")
	return h.redirect(w, r, views.AssessmentHref(a.ID, views.TabSettings))
}

// assessmentInPath is the interview that the path names.
func (h *Handlers) assessmentInPath(r *http.Request) (hiring.Assessment, error) {
	id, err := pathID(r, "id")
	if err != nil {
		return hiring.Assessment{}, err
	}
	return h.assessment(r.Context(), id)
}

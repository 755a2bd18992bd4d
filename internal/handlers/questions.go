package handlers

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"greenroom/internal/auth"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// questionForms are the forms that stand open on the page of questions.
type questionForms struct {
	edit     *views.QuestionForm
	add      *views.QuestionForm
	generate *views.GenerateForm
}

// assessmentShow is the page of an interview's questions. ?edit=<id>, ?add and ?generate open a form on it.
func (h *Handlers) assessmentShow(w http.ResponseWriter, r *http.Request) error {
	a, err := h.assessmentInPath(r)
	if err != nil {
		return err
	}
	if err := h.freshen(r.Context(), a); err != nil {
		return err
	}
	var forms questionForms
	q := r.URL.Query()
	if may := user(r.Context()).Role.Can(hiring.PermEdit); may && q.Has("edit") {
		id, _ := strconv.ParseInt(q.Get("edit"), 10, 64)
		question, err := h.Store.Question(r.Context(), a.ID, id)
		if err != nil {
			return err
		}
		forms.edit = questionForm(question)
	} else if may && q.Has("add") {
		forms.add = &views.QuestionForm{}
	} else if may && q.Has("generate") {
		forms.generate = h.generateForm(r, a)
	}
	return h.questionsPage(w, r, http.StatusOK, a, forms)
}

func (h *Handlers) questionsPage(w http.ResponseWriter, r *http.Request, status int, a hiring.Assessment, forms questionForms) error {
	head, err := h.headOf(r.Context(), a, views.TabQuestions)
	if err != nil {
		return err
	}
	head.Quiet = forms != questionForms{}
	switch {
	case forms.edit != nil:
		head.Query = "?" + queryOf("edit", strconv.FormatInt(forms.edit.ID, 10))
	case forms.add != nil:
		head.Query = "?add=1"
	case forms.generate != nil:
		head.Query = "?generate=1"
	}
	questions, err := h.Store.Questions(r.Context(), a.ID)
	if err != nil {
		return err
	}
	p := views.QuestionsProps{
		Head: head, Assessment: a, Questions: questions, KeyPoints: h.Mirror.Abilities(r.Context()).KeyPoints,
		Edit: forms.edit, Add: forms.add, Generate: forms.generate,
	}
	if p.Unsettled, err = h.unsettled(r.Context(), a.ID); err != nil {
		return err
	}
	return h.page(w, r, status, page{title: a.Title, nav: "interviews", problem: status == http.StatusUnprocessableEntity}, views.Questions(p))
}

func questionForm(q hiring.Question) *views.QuestionForm {
	return &views.QuestionForm{ID: q.ID, Draft: q.Draft(), KeyPoints: hiring.FormatKeyPoints(q.KeyPoints), Version: q.Version()}
}

// parseQuestionForm reads a question as it was typed. A provider without key points leaves those that we know alone.
func parseQuestionForm(r *http.Request, id int64, known []hiring.KeyPoint) *views.QuestionForm {
	f := &views.QuestionForm{ID: id, KeyPoints: r.PostFormValue("key_points"), Version: r.PostFormValue("version"), Draft: hiring.QuestionDraft{
		Text: r.PostFormValue("question"), IdealAnswer: plainLines(r.PostFormValue("ideal_answer")),
		Instruction: plainLines(r.PostFormValue("instruction")), KeyPoints: known,
	}}
	f.Draft.Text = plainLines(f.Draft.Text)
	if r.PostForm.Has("key_points") {
		f.Draft.KeyPoints = hiring.ParseKeyPoints(f.KeyPoints)
	}
	return f
}

// plainLines undoes what forms do to line breaks, so that a text comes back as it went out.
func plainLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// questionAdd adds a question.
func (h *Handlers) questionAdd(w http.ResponseWriter, r *http.Request) error {
	a, err := h.assessmentInPath(r)
	if err != nil {
		return err
	}
	f := parseQuestionForm(r, 0, nil)
	q, err := h.Mirror.AddQuestion(r.Context(), a.ID, f.Draft)
	if err != nil {
		found, ok := problems(err)
		if !ok {
			return err
		}
		f.Problems = problemsFor(found)
		return h.questionsPage(w, r, http.StatusUnprocessableEntity, a, questionForms{add: f})
	}
	h.say(r, "The question is added.")
	if r.PostFormValue("another") != "" {
		return h.redirect(w, r, views.AssessmentHref(a.ID, "")+"?add=1#add")
	}
	return h.redirect(w, r, views.QuestionAt(a.ID, q.ID))
}

// questionUpdate changes a question, unless somebody else did meanwhile: then it shows both and asks.
func (h *Handlers) questionUpdate(w http.ResponseWriter, r *http.Request) error {
	a, before, err := h.questionInPath(r)
	if err != nil {
		return err
	}
	f := parseQuestionForm(r, before.ID, before.KeyPoints)
	q, err := h.Mirror.UpdateQuestion(r.Context(), a.ID, before.ID, f.Draft, f.Version)
	if found, ok := problems(err); ok {
		f.Problems = problemsFor(found)
		return h.questionsPage(w, r, http.StatusUnprocessableEntity, a, questionForms{edit: f})
	}
	if errors.Is(err, hiring.ErrConflict) {
		return h.questionChanged(w, r, a, f)
	}
	if err != nil {
		return err
	}
	h.say(r, "The question is saved.")
	return h.redirect(w, r, views.QuestionAt(a.ID, q.ID))
}

// questionChanged shows what somebody else made of a question beside what was typed.
func (h *Handlers) questionChanged(w http.ResponseWriter, r *http.Request, a hiring.Assessment, f *views.QuestionForm) error {
	q, err := h.Store.Question(r.Context(), a.ID, f.ID)
	if err != nil {
		return err
	}
	if q.DeletedAt != nil {
		f.ID, f.Version = 0, ""
		f.Problems = ui.Problems{{Field: "question", Message: "This question was deleted meanwhile. Add your version as a new one, or leave it."}}
		return h.questionsPage(w, r, http.StatusUnprocessableEntity, a, questionForms{add: f})
	}
	f.Theirs, f.Version = &q, q.Version()
	f.Problems = ui.Problems{{Field: "question", Message: "This question was changed while you were writing. Nothing was saved; compare both and choose."}}
	return h.questionsPage(w, r, http.StatusUnprocessableEntity, a, questionForms{edit: f})
}

// questionDelete takes a question out, with a way back.
func (h *Handlers) questionDelete(w http.ResponseWriter, r *http.Request) error {
	a, q, err := h.questionInPath(r)
	if err != nil {
		return err
	}
	list, err := h.Store.Questions(r.Context(), a.ID)
	if err != nil {
		return err
	}
	if _, err := h.Mirror.DeleteQuestion(r.Context(), a.ID, q.ID); err != nil {
		return h.refused(w, r, q, err)
	}
	h.Sessions.AddFlash(r.Context(), auth.Flash{
		Tone: string(ui.Strong), Text: fmt.Sprintf("“%s” is deleted.", shortened(q.Text, 60)),
		ActionText: "Undo", ActionURL: fmt.Sprintf("%s/questions/%d/restore", views.AssessmentHref(a.ID, ""), q.ID),
	})
	return h.redirect(w, r, besideQuestion(list, q))
}

// besideQuestion is where somebody goes on who took a question out of a list: at the one that takes its place, else
// at the one before it.
func besideQuestion(list []hiring.Question, gone hiring.Question) string {
	at := slices.IndexFunc(list, func(q hiring.Question) bool { return q.ID == gone.ID })
	switch {
	case at >= 0 && at+1 < len(list):
		return views.QuestionAt(gone.AssessmentID, list[at+1].ID)
	case at > 0:
		return views.QuestionAt(gone.AssessmentID, list[at-1].ID)
	}
	return views.AssessmentHref(gone.AssessmentID, "")
}

// questionRestore adds a deleted question again.
func (h *Handlers) questionRestore(w http.ResponseWriter, r *http.Request) error {
	a, q, err := h.questionInPath(r)
	if err != nil {
		return err
	}
	restored, err := h.Mirror.RestoreQuestion(r.Context(), a.ID, q.ID)
	if err != nil {
		return h.refused(w, r, q, err)
	}
	h.say(r, "The question is back, at the end.")
	return h.redirect(w, r, views.QuestionAt(a.ID, restored.ID))
}

// refused says on the page of questions why a button without a form did nothing.
func (h *Handlers) refused(w http.ResponseWriter, r *http.Request, q hiring.Question, err error) error {
	found, ok := problems(err)
	if !ok {
		return err
	}
	h.warn(r, found[0].Message)
	return h.redirect(w, r, views.QuestionAt(q.AssessmentID, q.ID))
}

// questionInPath is the question that the path names, deleted or not, and its interview.
func (h *Handlers) questionInPath(r *http.Request) (hiring.Assessment, hiring.Question, error) {
	a, err := h.assessmentInPath(r)
	if err != nil {
		return a, hiring.Question{}, err
	}
	id, err := pathID(r, "question")
	if err != nil {
		return a, hiring.Question{}, err
	}
	q, err := h.Store.Question(r.Context(), a.ID, id)
	return a, q, err
}

// shortened is the beginning of a text, within a number of characters.
func shortened(text string, most int) string {
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return strings.TrimSpace(string([]rune(text)[:most-1])) + "…"
}

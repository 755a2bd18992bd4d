package views

import (
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// QuestionsProps of the page of an interview's questions.
type QuestionsProps struct {
	Head       AssessmentHeadProps
	Assessment hiring.Assessment
	Questions  []hiring.Question
	KeyPoints  bool                  // the provider keeps key points
	Edit       *QuestionForm         // the question that is being changed; nil: none
	Add        *QuestionForm         // nil: closed
	Generate   *GenerateForm         // nil: closed
	Unsettled  []hiring.PendingWrite // questions of which nobody knows whether they were added
}

// QuestionForm is a question being written.
type QuestionForm struct {
	ID        int64 // 0: new
	Draft     hiring.QuestionDraft
	KeyPoints string           // as typed
	Version   string           // of the wording it began from
	Theirs    *hiring.Question // what somebody else saved meanwhile; nil: nothing
	Problems  ui.Problems
}

// GenerateForm is the asking for more questions.
type GenerateForm struct {
	Draft    hiring.GenerateDraft
	Count    string // as typed
	Skills   string // as typed
	Writer   string // who writes them, a sentence
	Problems ui.Problems
}

func (p QuestionsProps) editing(id int64) bool { return p.Edit != nil && p.Edit.ID == id }

func (p QuestionsProps) canEdit() bool { return p.Head.CanEdit && !p.Head.Missing }

func (p QuestionsProps) running() bool {
	return p.Assessment.Generation.State == hiring.GenerationRunning
}

// listAttrs let the list refresh itself while nobody writes in it.
func (p QuestionsProps) listAttrs() templ.Attributes {
	if p.Edit != nil {
		return templ.Attributes{"id": "questions"}
	}
	return ui.Live("questions", AssessmentHref(p.Assessment.ID, "")+p.Head.Query, fmt.Sprintf("assessment:%d", p.Assessment.ID))
}

// written is how many questions the run has brought so far.
func (p QuestionsProps) written() int {
	return max(0, len(p.Questions)-p.Assessment.Generation.Before)
}

// ghosts are the questions that are still to come, each in words.
func (p QuestionsProps) ghosts() []string {
	if !p.running() {
		return nil
	}
	g := p.Assessment.Generation
	doing := "Writing"
	if g.Request.Kind == hiring.GenerateCopy {
		doing = "Copying"
	}
	if g.Wanted == 0 {
		return []string{doing + " questions…"}
	}
	left := g.Wanted - p.written()
	if left <= 0 {
		return []string{"Almost there…"}
	}
	list := []string{fmt.Sprintf("%s question %d of %d…", doing, p.written()+1, g.Wanted)}
	for range min(left, hiring.GenerateMax) - 1 {
		list = append(list, "")
	}
	return list
}

func (p QuestionsProps) progress() string {
	if p.Assessment.Generation.Request.Kind == hiring.GenerateCopy {
		return "Copying questions"
	}
	return "Writing questions"
}

// failure is what became of a run that failed: a heading, and where to try again.
func (p QuestionsProps) failure() (title, label string) {
	switch p.Assessment.Generation.Request.Kind {
	case hiring.GenerateCopy:
		return "Not every question was copied", "Copy the rest"
	default:
		return "The questions were not written", "Generate again"
	}
}

func questionStamp(q hiring.Question) string {
	return fmt.Sprintf("%s %d %t", q.Version(), q.Position, q.Elsewhere)
}

// sourceLabel says where a question comes from; "" where that is not known or goes without saying.
func sourceLabel(q hiring.Question) string {
	switch q.Source {
	case "bank":
		return "From the question bank"
	case "model":
		if q.Model != "" {
			return "By " + q.Model
		}
		return "By a language model"
	}
	return ""
}

func pointLabels(points []hiring.KeyPoint) []string {
	out := make([]string, len(points))
	for i, p := range points {
		out[i] = strings.Join(p, " / ")
	}
	return out
}

// QuestionAt is where a question stands on its page; there it takes the focus.
func QuestionAt(assessment, question int64) string {
	return AssessmentHref(assessment, "") + "#" + questionPlace(question)
}

// questionPlace is a question's id on its page.
func questionPlace(id int64) string { return fmt.Sprintf("question-%d", id) }

func questionHref(assessment, question int64, verb string) string {
	at := fmt.Sprintf("/interviews/%d/questions/%d", assessment, question)
	if verb != "" {
		at += "/" + verb
	}
	return at
}

var difficultyOptions = []ui.Option{
	{Value: "easy", Label: "Easy"}, {Value: "medium", Label: "Medium"}, {Value: "hard", Label: "Hard"},
}

func (f QuestionForm) submit() string {
	switch {
	case f.Theirs != nil:
		return "Save my version"
	case f.ID != 0:
		return "Save question"
	}
	return "Add question"
}

// action is where the form goes. It names the place of the form on the page, for the case that it comes back.
func (f QuestionForm) action(assessment int64) string {
	if f.ID == 0 {
		return fmt.Sprintf("/interviews/%d/questions#add", assessment)
	}
	return questionHref(assessment, f.ID, "") + "#" + questionPlace(f.ID)
}

// cancel leads back to where the form was opened.
func (f QuestionForm) cancel(assessment int64) string {
	if f.ID == 0 {
		return AssessmentHref(assessment, "") + "#questions-more"
	}
	return QuestionAt(assessment, f.ID)
}

func cancelLabel(f QuestionForm) string {
	if f.Theirs != nil {
		return "Keep what is saved"
	}
	return "Cancel"
}

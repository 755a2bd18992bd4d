package engine

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"unicode/utf8"

	"greenroom/internal/engine/roomviews"
	"greenroom/internal/partnerapi"
)

// position is the question that the path names.
func position(q *http.Request) (int, error) {
	n, err := strconv.Atoi(q.PathValue("n"))
	if err != nil || n < 1 {
		return 0, ErrNotFound
	}
	return n, nil
}

// running is where the person stands, if the interview runs.
func (r *room) running(q *http.Request) (Submission, error) {
	s, err := r.Open(q.Context(), q.PathValue("invite"))
	switch {
	case err != nil:
		return s, err
	case s.State == StateStarted:
		return s, nil
	case s.State == StateTimedOut:
		return s, ErrTimedOut
	case s.State == StateReady || s.State == StateCompleteLater:
		return s, ErrNotStarted
	}
	return s, ErrOver
}

// question shows one question, and makes this page the one that saves its answer.
func (r *room) question(w http.ResponseWriter, q *http.Request) error {
	p, err := r.questionProps(q)
	if err != nil {
		return err
	}
	return show(w, q, http.StatusOK, roomviews.Question(p))
}

func (r *room) questionProps(q *http.Request) (p roomviews.QuestionProps, err error) {
	n, err := position(q)
	if err != nil {
		return p, err
	}
	s, err := r.running(q)
	if err != nil {
		return p, err
	}
	if n > len(s.Answers) {
		return p, ErrNotFound
	}
	d, page := s.Answers[n-1], int64(0)
	if q.Method != http.MethodHead {
		if page, d, err = r.openDraft(q.Context(), s.Invite.ID, n); err != nil {
			return p, err
		}
	}
	p = roomviews.QuestionProps{
		Frame: r.frame(q, fmt.Sprintf("Question %d of %d", n, len(s.Answers))), Interview: shown(s.Interview), Clock: s.clock(),
		Position: n, Question: d.Question, Answer: d.Answer, SavedAt: d.SavedAt, Now: r.now(), Page: page, Max: AnswerMax,
		FromReview: q.URL.Query().Get("from") == "review",
		Recording:  shownRecording(s.Answers[n-1].Recording), Interrupted: shownRecording(s.Answers[n-1].Arriving),
	}
	for _, a := range s.Answers {
		p.Answered = append(p.Answered, !a.Empty())
	}
	return p, nil
}

// draftOf reads a save out of the form. Browsers send line ends as CR LF, whatever the person typed.
func draftOf(q *http.Request) (s draftSave, err error) {
	if s.Position, err = position(q); err != nil {
		return s, err
	}
	s.Text = strings.ReplaceAll(q.PostFormValue("answer"), "\r\n", "\n")
	s.Page, _ = strconv.ParseInt(q.PostFormValue("page"), 10, 64)
	s.Revision, _ = strconv.ParseInt(q.PostFormValue("revision"), 10, 64)
	s.Take = q.PostFormValue("take") != ""
	return s, nil
}

// save is for room.js, which sends what is typed.
func (r *room) save(w http.ResponseWriter, q *http.Request) error {
	s, err := draftOf(q)
	if err != nil {
		return err
	}
	page, remaining, err := r.saveDraft(q.Context(), q.PathValue("invite"), s)
	if err != nil {
		return err
	}
	respond(w, http.StatusOK, saveAnswer{State: "saved", Page: page, Remaining: remaining.Milliseconds()})
	return nil
}

// answer is a question's form: it saves and leads on.
func (r *room) answer(w http.ResponseWriter, q *http.Request) error {
	s, err := draftOf(q)
	if err != nil {
		return err
	}
	_, _, err = r.saveDraft(q.Context(), q.PathValue("invite"), s)
	if errors.Is(err, errElsewhere) || errors.Is(err, ErrTooLong) {
		p, propsErr := r.questionProps(q)
		if propsErr != nil {
			return propsErr
		}
		status := http.StatusConflict
		if p.Conflict = errors.Is(err, errElsewhere); p.Conflict {
			p.Elsewhere = p.Answer
		} else {
			status = http.StatusUnprocessableEntity
			p.Problem = fmt.Sprintf("Your answer has %s. Shorten it; it is not saved yet.", roomviews.Count(utf8.RuneCountInString(s.Text), AnswerMax))
		}
		p.Answer, p.Frame.HasProblem = s.Text, true
		return show(w, q, status, roomviews.Question(p))
	}
	if err != nil {
		return err
	}
	to := questionPath(s.Position + 1)
	switch q.PostFormValue("go") {
	case "back":
		to = questionPath(max(1, s.Position-1))
	case "later":
		to = "/later"
	case "review":
		to = "/review"
	default:
		if here, err := r.running(q); err != nil {
			return err
		} else if s.Position >= len(here.Answers) {
			to = "/review"
		}
	}
	http.Redirect(w, q, place(q)+to, http.StatusSeeOther)
	return nil
}

// review shows all answers before they are handed in.
func (r *room) review(w http.ResponseWriter, q *http.Request) error {
	s, err := r.running(q)
	if err != nil {
		return err
	}
	return show(w, q, http.StatusOK, roomviews.Review(roomviews.ReviewProps{
		Frame: r.frame(q, "Review"), Interview: shown(s.Interview), Clock: s.clock(), Answers: written(s),
	}))
}

func written(s Submission) []roomviews.Answer {
	list := make([]roomviews.Answer, len(s.Answers))
	for i, d := range s.Answers {
		list[i] = roomviews.Answer{Question: d.Question, Text: d.Answer, Recording: shownRecording(d.Recording), Arriving: d.Arriving != nil}
	}
	return list
}

func shownRecording(r *Recording) *roomviews.Recording {
	if r == nil {
		return nil
	}
	return &roomviews.Recording{ID: r.ID, Seconds: r.Seconds, Cut: r.State == partnerapi.RecordingCut}
}

// submit hands the interview in; once more, it only shows the end.
func (r *room) submit(w http.ResponseWriter, q *http.Request) error {
	if err := r.Submit(q.Context(), q.PathValue("invite")); err != nil {
		return err
	}
	return r.toHub(w, q)
}

// time is for room.js, whose clock is at zero: it ends the interview if ours is too.
func (r *room) time(w http.ResponseWriter, q *http.Request) error {
	remaining, err := r.timeUp(q.Context(), q.PathValue("invite"))
	if err != nil {
		return err
	}
	respond(w, http.StatusOK, saveAnswer{State: "running", Remaining: remaining.Milliseconds()})
	return nil
}

// over is the end.
func (r *room) over(w http.ResponseWriter, q *http.Request, s Submission) error {
	p := roomviews.OverProps{
		Frame: r.frame(q, "Thank you"), Interview: shown(s.Interview), Name: s.Invite.FirstName, State: s.State,
		At: s.SubmittedAt, Answers: written(s),
	}
	p.Frame.Over = true
	if s.State != StateCompleted {
		p.Frame.Title = "The end"
	}
	var err error
	if p.Judge, err = r.judges(q.Context()); err != nil {
		return err
	}
	return show(w, q, http.StatusOK, roomviews.Over(p))
}

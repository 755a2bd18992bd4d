package engine

import (
	"errors"
	"net/http"
	"strings"

	"greenroom/internal/engine/roomviews"
)

// errStart marks an interview that could not be begun for a reason of ours.
var errStart = errors.New("the interview could not be started")

// codeStartFailed is the errorCode of the interview.error that follows.
const codeStartFailed = "START_FAILED"

// fail answers an error with a page in plain words. Whoever is through, or not yet in, goes to where they are.
func (r *room) fail(w http.ResponseWriter, q *http.Request, err error) {
	if errors.Is(err, ErrTimedOut) || errors.Is(err, ErrOver) || errors.Is(err, ErrNotStarted) {
		http.Redirect(w, q, place(q), http.StatusSeeOther)
		return
	}
	status, notice := r.notice(q, err)
	if status >= http.StatusInternalServerError {
		r.report(q, err)
	}
	if err := show(w, q, status, roomviews.Notice(notice)); err != nil {
		r.report(q, err)
		http.Error(w, "This page could not be shown. Load it again.", http.StatusInternalServerError)
	}
}

func (r *room) notice(q *http.Request, err error) (int, roomviews.NoticeProps) {
	n := roomviews.NoticeProps{Frame: r.frame(q, ""), Icon: "circle-help"}
	by := n.Frame.By()
	lower := by
	if n.Frame.Company == "" {
		lower = "the hiring team"
	}
	again := func(label string) { n.ActionLabel, n.ActionHref = label, q.URL.Path }
	status := http.StatusConflict
	var large *http.MaxBytesError
	switch {
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
		n.Heading = "There is no interview at this address"
		n.Text = []string{
			"Look whether the whole link is there: copy it from your invitation from the first letter to the last.",
			"If it still doesn’t open, the interview may have been taken away. Ask " + lower + " whether you were meant to have another link.",
		}
	case errors.Is(err, ErrReviewer):
		status = http.StatusForbidden
		n.Icon = "users"
		n.Heading = "You are invited to review, not to answer"
		n.Text = []string{
			"This link belongs to a reviewer, so there is nothing to fill in here.",
			"You read and score answers in the team’s own desk. Ask " + lower + " how to sign in there.",
		}
	case errors.Is(err, ErrInactive):
		n.Icon = "circle-pause"
		n.Heading = "This interview is closed at the moment"
		n.Text = []string{
			by + " is not taking answers to it now. Nothing of yours is lost, and no time has run.",
			"Ask " + lower + " whether it opens again. Your link stays the same.",
		}
		again("Look again")
	case errors.Is(err, ErrNoQuestions):
		n.Icon = "hourglass"
		n.Heading = "This interview is not ready yet"
		n.Text = []string{
			"Its questions are still being written. No time has run, and your link stays the same.",
			"Come back in a while. If nothing has changed by tomorrow, tell " + lower + ".",
		}
		again("Look again")
	case errors.Is(err, errStart):
		status = http.StatusServiceUnavailable
		n.Icon = "triangle-alert"
		n.Heading = "The interview could not begin"
		n.Text = []string{
			"The fault is on our side. Your time has not begun, and " + lower + " can see that it was not you.",
			"Try again in a minute. If it fails again, come back later by the same link.",
		}
		n.ActionLabel, n.ActionHref = "Try again", place(q)
	case errors.As(err, &large):
		status = http.StatusRequestEntityTooLarge
		n.Icon = "triangle-alert"
		n.Heading = "That was too much text"
		n.Text = []string{"An answer has at most 20,000 characters. Go back in your browser, shorten it, and go on. What was saved before is kept."}
	case errors.Is(err, errForm):
		status = http.StatusBadRequest
		n.Icon = "triangle-alert"
		n.Heading = "That did not arrive whole"
		n.Text = []string{"Your connection may have broken on the way. What was saved before is kept. Go back in your browser and try again."}
	default:
		status = http.StatusServiceUnavailable
		n.Icon = "triangle-alert"
		n.Heading = "Something failed on our side"
		n.Text = []string{"What was saved is kept. Wait a moment, then try again."}
		again("Try again")
		if q.Method != http.MethodGet {
			n.Text = append(n.Text, "If you had just typed something, go back in your browser first: it is still on that page.")
			n.ActionHref = place(q)
		}
	}
	n.Frame.Title = n.Heading
	return status, n
}

// report writes one line without names, addresses, answers, or the id that opens the person's pages.
func (r *room) report(q *http.Request, err error) {
	if q.Context().Err() != nil {
		return
	}
	cause := err.Error()
	if id := q.PathValue("invite"); id != "" {
		cause = strings.ReplaceAll(cause, id, "…")
	}
	r.log.ErrorContext(q.Context(), "room: request failed", "route", q.Pattern, "error", cause)
}

// tooMany answers whoever asks too often.
func (r *room) tooMany(w http.ResponseWriter, q *http.Request) {
	if strings.HasSuffix(q.URL.Path, "/save") || strings.HasSuffix(q.URL.Path, "/time") || q.Method != http.MethodGet && strings.Contains(q.URL.Path, "/recordings/") {
		respond(w, http.StatusTooManyRequests, saveAnswer{State: "busy"})
		return
	}
	n := roomviews.NoticeProps{
		Frame: r.frame(q, "Too many requests"), Icon: "hourglass", Heading: "A moment, then go on",
		Text: []string{"Too many requests came from here in a short time. What was saved is kept. Wait a minute, then load this page again."},
	}
	_ = show(w, q, http.StatusTooManyRequests, roomviews.Notice(n))
}

// foreign answers a form that another site sent.
func (r *room) foreign(w http.ResponseWriter, q *http.Request) {
	n := roomviews.NoticeProps{
		Frame: r.frame(q, "Not from here"), Icon: "shield-check", Heading: "That did not come from this page",
		Text: []string{"Another site sent it, so nothing was done. Open your interview by your own link and try there."},
	}
	_ = show(w, q, http.StatusForbidden, roomviews.Notice(n))
}

package engine

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"greenroom/internal/engine/roomviews"
	"greenroom/internal/partnerapi"
	"greenroom/internal/views/ui"
)

// consentWords are what the person agrees to; they are kept with the submission as they were read.
func consentWords(company string, judge roomviews.Judge) string {
	if company == "" {
		company = "the hiring team"
	}
	words := "I agree that " + company + " keeps my name, my email address and my answers, recordings of my voice among them, to decide about my application"
	if judge.Transcriber != "" {
		words += ", that a speech program writes down what I speak"
	}
	switch judge.Mode {
	case string(partnerapi.ScoringChecklist):
		return words + ", and that a checklist scores them."
	case string(partnerapi.ScoringModel):
		return words + ", and that a language model suggests scores to people."
	}
	return words + "."
}

// arrive is the welcome of those who come by the interview's public link.
func (r *room) arrive(w http.ResponseWriter, q *http.Request) error {
	p, err := r.publicWelcome(q)
	if err != nil {
		return err
	}
	return show(w, q, http.StatusOK, roomviews.Welcome(p))
}

func (r *room) publicWelcome(q *http.Request) (p roomviews.WelcomeProps, err error) {
	i, err := r.Interview(q.Context(), q.PathValue("assessment"))
	if err != nil {
		return p, err
	}
	if err := i.begins(); err != nil {
		return p, err
	}
	p, err = r.welcome(q, i)
	p.Frame.Base = "/room/a/" + i.AssessmentID
	p.Ask, p.Verify = true, i.VerifyEmail
	return p, err
}

// begins says why an interview can't be begun.
func (i Interview) begins() error {
	switch {
	case !i.Active:
		return ErrInactive
	case i.Questions == 0:
		return ErrNoQuestions
	}
	return nil
}

func (r *room) welcome(q *http.Request, i Interview) (p roomviews.WelcomeProps, err error) {
	p.Frame, p.Interview = r.frame(q, i.Title), shown(i)
	if p.Judge, err = r.judges(q.Context()); err != nil {
		return p, err
	}
	p.Consent = consentWords(p.Frame.Company, p.Judge)
	return p, nil
}

// register gives somebody who came by the public link a place of their own, and begins or puts off.
func (r *room) register(w http.ResponseWriter, q *http.Request) error {
	p, err := r.publicWelcome(q)
	if err != nil {
		return err
	}
	later := q.PostFormValue("go") == "later"
	p.First, p.Last, p.Email = strings.TrimSpace(q.PostFormValue("firstName")), strings.TrimSpace(q.PostFormValue("lastName")), strings.TrimSpace(q.PostFormValue("emailAddress"))
	p.Agreed = q.PostFormValue("consent") != ""
	var wrong problems
	wrong.person(Invite{FirstName: storable(p.First), LastName: storable(p.Last), Email: storable(p.Email)})
	p.Problems = personProblems(wrong)
	if !p.Agreed && !p.Verify && !later {
		p.Problems = append(p.Problems, consentProblem)
	}
	if len(p.Problems) > 0 {
		return r.again(w, q, p)
	}
	from, _ := address(q)
	if r.registers.OnLimit(w, q, from) {
		r.tooMany(w, q)
		return nil
	}
	registered, err := r.Register(q.Context(), q.PathValue("assessment"), Person{FirstName: p.First, LastName: p.Last, Email: p.Email})
	if errors.Is(err, ErrRegistered) {
		p.Problems = ui.Problems{{Field: "emailAddress", Message: "This address has its own link to this interview already. Open that link, or ask the people who invited you for it."}}
		return r.again(w, q, p)
	}
	if err != nil {
		return err
	}
	if registered.Mailed {
		http.SetCookie(w, &http.Cookie{
			Name: sentCookie, Value: base64.RawURLEncoding.EncodeToString([]byte(p.Email)), Path: p.Frame.Base + "/sent",
			MaxAge: int((10 * time.Minute).Seconds()), HttpOnly: true, SameSite: http.SameSiteStrictMode,
			Secure: strings.HasPrefix(r.opts.BaseURL, "https:"),
		})
		http.Redirect(w, q, p.Frame.Base+"/sent", http.StatusSeeOther)
		return nil
	}
	q.SetPathValue("invite", registered.Invite.ID)
	if _, err := r.Open(q.Context(), registered.Invite.ID); err != nil {
		return err
	}
	if later {
		return r.putOff(w, q)
	}
	return r.startNow(w, q, p.Consent)
}

var consentProblem = ui.Problem{Field: "consent", Message: "Tick the box to begin: without your agreement nobody may read your answers."}

// again shows the form anew, with what was typed.
func (r *room) again(w http.ResponseWriter, q *http.Request, p roomviews.WelcomeProps) error {
	p.Frame.HasProblem = true
	return show(w, q, http.StatusUnprocessableEntity, roomviews.Welcome(p))
}

// personProblems puts the contract's words into sentences for the person.
func personProblems(wrong problems) (list ui.Problems) {
	labels := map[string]string{"firstName": "first name", "lastName": "last name", "emailAddress": "email address"}
	for _, field := range wrong.fields {
		message := "Your " + labels[field] + " " + wrong.texts[field] + "."
		if wrong.texts[field] == "is required" {
			message = "Enter your " + labels[field] + "."
		}
		list = append(list, ui.Problem{Field: field, Message: message})
	}
	return list
}

// sentCookie remembers the address only for the page that says where the link went.
const sentCookie = "room_sent"

func (r *room) sent(w http.ResponseWriter, q *http.Request) error {
	i, err := r.Interview(q.Context(), q.PathValue("assessment"))
	if err != nil {
		return err
	}
	p := roomviews.SentProps{Frame: r.frame(q, "Your link"), Interview: shown(i), Waits: r.opts.MailWaits || r.opts.Mail == nil}
	p.Frame.Base = "/room/a/" + i.AssessmentID
	if c, err := q.Cookie(sentCookie); err == nil {
		if email, err := base64.RawURLEncoding.DecodeString(c.Value); err == nil {
			p.Email = storable(string(email))
		}
	}
	return show(w, q, http.StatusOK, roomviews.Sent(p))
}

// hub shows a person where they are: the welcome, their next question, or the end.
func (r *room) hub(w http.ResponseWriter, q *http.Request) error {
	s, err := r.Open(q.Context(), q.PathValue("invite"))
	if err != nil {
		return err
	}
	switch s.State {
	case StateReady, StateCompleteLater:
		if err := s.Interview.begins(); err != nil {
			return err
		}
		p, err := r.ownWelcome(q, s)
		if err != nil {
			return err
		}
		return show(w, q, http.StatusOK, roomviews.Welcome(p))
	case StateStarted:
		http.Redirect(w, q, place(q)+s.next(), http.StatusSeeOther)
		return nil
	}
	return r.over(w, q, s)
}

func (r *room) ownWelcome(q *http.Request, s Submission) (roomviews.WelcomeProps, error) {
	p, err := r.welcome(q, s.Interview)
	p.Name, p.First, p.Email = s.Invite.Name(), s.Invite.FirstName, s.Invite.Email
	p.Returns = s.State == StateCompleteLater
	return p, err
}

// next is where a running interview goes on: the first question without an answer, else the review.
func (s Submission) next() string {
	for i, d := range s.Answers {
		if d.Empty() {
			return questionPath(i + 1)
		}
	}
	return "/review"
}

func questionPath(position int) string { return fmt.Sprintf("/q/%d", position) }

// begin is the welcome page's form: begin, or put off.
func (r *room) begin(w http.ResponseWriter, q *http.Request) error {
	s, err := r.Open(q.Context(), q.PathValue("invite"))
	if err != nil {
		return err
	}
	if s.State != StateReady && s.State != StateCompleteLater {
		return r.toHub(w, q)
	}
	if q.PostFormValue("go") == "later" {
		return r.putOff(w, q)
	}
	p, err := r.ownWelcome(q, s)
	if err != nil {
		return err
	}
	if q.PostFormValue("consent") == "" {
		if err := s.Interview.begins(); err != nil {
			return err
		}
		p.Problems = ui.Problems{consentProblem}
		return r.again(w, q, p)
	}
	return r.startNow(w, q, p.Consent)
}

func (r *room) putOff(w http.ResponseWriter, q *http.Request) error {
	if err := r.CompleteLater(q.Context(), q.PathValue("invite")); err != nil {
		return err
	}
	http.Redirect(w, q, place(q)+"/later", http.StatusSeeOther)
	return nil
}

// startNow starts the clock. When that fails for a reason of ours, the company hears of it.
func (r *room) startNow(w http.ResponseWriter, q *http.Request, consent string) error {
	id := q.PathValue("invite")
	err := r.consent(q.Context(), id, consent)
	if err == nil {
		err = r.Start(q.Context(), id)
	}
	if err != nil && !isRefusal(err) {
		told := r.Fail(q.Context(), id, codeStartFailed, "The interview could not be started. The candidate was asked to try again.")
		return fmt.Errorf("%w: %w", errStart, errors.Join(err, told))
	}
	if err != nil {
		return err
	}
	http.Redirect(w, q, place(q)+questionPath(1), http.StatusSeeOther)
	return nil
}

// later says how to come back, before the start and during the interview.
func (r *room) later(w http.ResponseWriter, q *http.Request) error {
	s, err := r.Open(q.Context(), q.PathValue("invite"))
	if err != nil {
		return err
	}
	p := roomviews.LaterProps{
		Frame: r.frame(q, "Complete later"), Interview: shown(s.Interview), Link: r.inviteLink(s.Invite.ID),
		Mailed: s.Invite.Origin == OriginInvite || s.Interview.VerifyEmail,
	}
	switch s.State {
	case StateStarted:
		c := s.clock()
		p.Clock = &c
	case StateReady, StateCompleteLater:
	default:
		return r.toHub(w, q)
	}
	return show(w, q, http.StatusOK, roomviews.Later(p))
}

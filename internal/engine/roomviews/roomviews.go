// Package roomviews draws the pages of the interview room, for people who are nervous and in a hurry: calm, exact, and
// never silent about what happens to their answers. It takes words and figures; how an interview is kept and what
// may be done with it is package engine's.
package roomviews

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"greenroom/internal/partnerapi"
	"greenroom/internal/views/ui"
)

// Frame is what every page of the room has.
type Frame struct {
	Title      string // of the document
	Company    string // who invites; "" reads as "the hiring team"
	HasProblem bool   // the page shows a form that was refused
	Base       string // path of the person's place, "" before they have one; scripts keep their copies by it
	Over       bool   // the interview is over: copies on the device are removed
}

func (f Frame) documentTitle() string {
	title := f.Title
	if f.HasProblem {
		title = "Error: " + title
	}
	return title + " · Interview"
}

// by is the company inside a sentence.
func (f Frame) by() string {
	if f.Company == "" {
		return "the hiring team"
	}
	return f.Company
}

// By is the company at the beginning of a sentence.
func (f Frame) By() string {
	if f.Company == "" {
		return "The hiring team"
	}
	return f.Company
}

// Interview is what a person may know of the interview.
type Interview struct {
	Title, Role, Language string // Language as in the contract: "english"
	Questions, Minutes    int
}

func (i Interview) languageWord() string {
	if i.Language == "" {
		return "English"
	}
	return strings.ToUpper(i.Language[:1]) + i.Language[1:]
}

// languageTag is the BCP 47 tag of the interview's language, "" for one that the contract does not name.
func (i Interview) languageTag() string { return partnerapi.LanguageTag(i.Language) }

// Judge says who or what reads the answers.
type Judge struct {
	Mode        string // "people", "checklist" or "model"
	Model       string // the language model's name
	Transcriber string // the name of the model that writes down what is spoken; "" where nothing does
}

// WelcomeProps of the first page. With Ask the person is not known yet and gives name and address.
type WelcomeProps struct {
	Frame     Frame
	Interview Interview
	Judge     Judge
	Consent   string // the words to agree to

	Ask      bool
	Verify   bool // with Ask: the person gets a link by mail and begins from there
	Returns  bool // put it off before
	Name     string
	First    string
	Last     string
	Email    string
	Agreed   bool
	Problems ui.Problems
}

// SentProps of the page that follows a registration whose address is verified by mail.
type SentProps struct {
	Frame     Frame
	Interview Interview
	Email     string // "" when the browser forgot it
	Waits     bool   // there is no mail server: people send the link by hand
}

// LaterProps of the page that says how to come back.
type LaterProps struct {
	Frame     Frame
	Interview Interview
	Link      string
	Mailed    bool // the person has the link in a mail too
	Clock     *Clock
}

// Clock is the time that an interview under way has left.
type Clock struct {
	Remaining time.Duration
	Deadline  time.Time
}

// text is minutes and seconds, rounded up so that 0:00 means over.
func (c Clock) text() string {
	s := int((c.Remaining + time.Second - 1) / time.Second)
	if s >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
	}
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

func (c Clock) milliseconds() string { return strconv.FormatInt(c.Remaining.Milliseconds(), 10) }

// QuestionProps of one question.
type QuestionProps struct {
	Frame     Frame
	Interview Interview
	Clock     Clock

	Position   int // from 1
	Answered   []bool
	Question   string
	Answer     string
	SavedAt    time.Time // zero: never
	Now        time.Time
	Page       int64
	Max        int    // runes
	FromReview bool   // leads back there
	Conflict   bool   // another page saved Elsewhere meanwhile; Answer is what was typed here
	Elsewhere  string // "" when that is empty
	Problem    string // with the answer; "" for none

	Recording   *Recording // the spoken answer; nil: none
	Interrupted *Recording // one that did not arrive whole; nil: none
}

// Recording is a spoken answer.
type Recording struct {
	ID      string
	Seconds float64 // 0: not known
	Cut     bool    // its end never came
}

func (r *Recording) href(f Frame) string { return f.Base + "/recordings/" + r.ID }

// length is minutes and seconds; "" where it is not known.
func (r *Recording) length() string {
	if r == nil || r.Seconds <= 0 {
		return ""
	}
	return Clock{Remaining: time.Duration(r.Seconds * float64(time.Second)).Truncate(time.Second)}.text()
}

func (p QuestionProps) action() string {
	action := p.Frame.Base + "/q/" + strconv.Itoa(p.Position)
	if p.FromReview {
		action += "?from=review"
	}
	return action
}

func (p QuestionProps) saveHref() string {
	return p.Frame.Base + "/q/" + strconv.Itoa(p.Position) + "/save"
}

func (p QuestionProps) last() bool { return p.Position == len(p.Answered) }

func (p QuestionProps) count() string { return Count(utf8.RuneCountInString(p.Answer), p.Max) }

func (p QuestionProps) long() bool { return utf8.RuneCountInString(p.Question) > 140 }

func (p QuestionProps) stepState(at int) string {
	switch {
	case at+1 == p.Position:
		return "current"
	case p.Answered[at]:
		return "done"
	}
	return ""
}

func (p QuestionProps) savedText() string {
	if p.SavedAt.IsZero() {
		return "Saved when you go on" // a script, where there is one, knows better
	}
	if ago := ui.Relative(p.SavedAt, p.Now); ago != "now" {
		return "Saved · " + ago
	}
	return "Saved"
}

// Count is how long a text is, of how much it may be: "1,204 of 20,000 characters".
func Count(n, most int) string { return thousands(n) + " of " + thousands(most) + " characters" }

func thousands(n int) string {
	text := strconv.Itoa(n)
	if n < 1000 {
		return text
	}
	return text[:len(text)-3] + "," + text[len(text)-3:]
}

// ReviewProps of the page before submitting.
type ReviewProps struct {
	Frame     Frame
	Interview Interview
	Clock     Clock
	Answers   []Answer
}

// Answer is a question with what was answered.
type Answer struct {
	Question, Text string
	Recording      *Recording // nil: not spoken
	Arriving       bool       // spoken, and on its way
}

func (a Answer) empty() bool {
	return strings.TrimSpace(a.Text) == "" && a.Recording == nil && !a.Arriving
}

func unanswered(list []Answer) (n int) {
	for _, a := range list {
		if a.empty() {
			n++
		}
	}
	return n
}

func arriving(list []Answer) bool {
	return slices.ContainsFunc(list, func(a Answer) bool { return a.Arriving })
}

// OverProps of the page at the end.
type OverProps struct {
	Frame     Frame
	Interview Interview
	Judge     Judge
	Name      string
	State     string // "completed", "timed_out" or "ended"
	At        time.Time
	Answers   []Answer
}

func (p OverProps) heading() string {
	switch p.State {
	case "timed_out":
		return "Your time ran out"
	case "ended":
		return "You left this interview"
	}
	if p.Name == "" {
		return "Thank you"
	}
	return "Thank you, " + p.Name
}

// NoticeProps of a page that says why there is nothing to answer here, and what to do.
type NoticeProps struct {
	Frame   Frame
	Icon    string
	Heading string
	Text    []string // paragraphs
	// Action leads on; "" Href shows none.
	ActionLabel, ActionHref string
}

func itoa(n int) string { return strconv.Itoa(n) }

func place(n int) string { return strconv.Itoa(n + 1) }

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

func shortTime(t time.Time) string { return t.UTC().Format("15:04 MST") }

// action is where the welcome page's form goes: the page itself.
func (p WelcomeProps) action() string { return p.Frame.Base }

func (p WelcomeProps) comma() string {
	if p.First == "" {
		return ""
	}
	return ", " + p.First
}

func (p WelcomeProps) emailHint() string {
	if p.Verify {
		return "Your own link to begin is sent there."
	}
	return ""
}

func (p SentProps) address() string {
	if p.Email == "" {
		return "the address you gave"
	}
	return p.Email
}

func (p LaterProps) bar() templ.Component {
	if p.Clock == nil {
		return nil
	}
	return clockBar("Away", *p.Clock, p.Frame)
}

func (p QuestionProps) describedBy() string {
	if p.Problem == "" {
		return "answer-count"
	}
	return "answer-error answer-count"
}

package views

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// CandidateProps of the page of one candidate.
type CandidateProps struct {
	Candidate hiring.Candidate
	Answers   []CandidateAnswer
	History   []hiring.HistoryEvent // oldest first
	Now       time.Time
	URL       string // of this page with its query
	Filter    hiring.CandidateFilter
	Previous  int64 // the candidate before in the list it was opened from; 0 for none
	Next      int64
	Position  int // in that list, from 1; 0: not in it
	Total     int
	Link      string // where the candidate begins or goes on; "" where nobody tells it
	Provider  string
	Review    templ.Component // people's scorecards; nil: nothing to review
	CanErase  bool            // who looks may delete the candidate
}

// CandidateAnswer is an answer with what we hoped to hear.
type CandidateAnswer struct {
	hiring.Answer
	Ideal       string
	KeyPoints   []hiring.KeyPoint
	Instruction string
	Elsewhere   bool // the question was changed elsewhere: our notes may not fit it
	ByPeople    bool // people made the score: their notes are all the reasons there are
}

func (p CandidateProps) topic() string { return fmt.Sprintf("candidate:%d", p.Candidate.ID) }

// beside is what the scorecards have to say of one answer.
func (p CandidateProps) beside(questionRef string) templ.Component {
	if review, ok := p.Review.(Review); ok {
		return review.Beside(questionRef)
	}
	return templ.NopComponent
}

// rating says that the form of a scorecard is open, with a part of it beside each answer.
func (p CandidateProps) rating() bool {
	review, ok := p.Review.(Review)
	return ok && review.p.Form != nil && len(p.Answers) > 0
}

// suggestion is a model's score that nobody has confirmed; nil for none.
func (p CandidateProps) suggestion() *float64 {
	if c := p.Candidate; c.AIScore != nil && c.Score == nil {
		return c.AIScore
	}
	return nil
}

func (p CandidateProps) suggestedBy() string {
	c := p.Candidate
	switch {
	case c.Basis == hiring.BasisModel && c.Model != "":
		return "Suggested by " + c.Model
	case c.Basis == hiring.BasisModel:
		return "Suggested by a model"
	}
	return "Suggested by " + p.Provider
}

// standing is what a page says of somebody whose result is not there: what happened, and what to do.
type standing struct {
	icon, title, text string
	tone              ui.Tone
	link              bool // the link helps
}

func (p CandidateProps) standing() (s standing, ok bool) {
	c := p.Candidate
	first, _, _ := strings.Cut(c.Name, " ")
	if first == "" {
		first = "them"
	}
	switch c.Stage {
	case hiring.StageInvited:
		s = standing{icon: "mail", title: "Invited, not begun", link: true,
			text: "The link went out by email. Nothing has to be done; if it takes long, copy the link and write to " + first + " yourself."}
		if c.InvitedAt == nil {
			s.text = "Invited outside this desk. What is answered appears here all the same."
		} else if p.Now.Sub(*c.InvitedAt) > hiring.StuckAfter {
			s.tone, s.title = ui.Fair, "Invited "+ui.Relative(*c.InvitedAt, p.Now)+", not begun"
			s.text = "The mail may not have been seen. Copy the link and write to " + first + " yourself."
		}
	case hiring.StageLater:
		s = standing{icon: "circle-pause", title: "Will complete later", link: true,
			text: c.Label() + " stopped and means to come back. The same link goes on from there."}
	case hiring.StageStarted:
		s = standing{icon: "clock", title: "Answering now", tone: ui.Info,
			text: "The answers appear here by themselves when the interview is over."}
	case hiring.StageError:
		s = standing{icon: "triangle-alert", title: "The interview broke", tone: ui.Weak, link: true,
			text: "Something failed on the way. Copy the link and ask " + first + " to open it again."}
	default:
		switch {
		case len(p.Answers) > 0:
			return s, false
		case c.Stage == hiring.StageEnded:
			s = standing{icon: "circle-x", title: "Left early", tone: ui.Fair, text: "The interview ended before it was complete, and " + p.Provider + " keeps no answers of it."}
		default:
			s = standing{icon: "hourglass", title: "Finished; the answers are on their way", text: "They appear here by themselves as soon as " + p.Provider + " lists them."}
		}
	}
	if p.Link == "" && s.link {
		s.link = false
		s.text = strings.NewReplacer("copy the link and write", "write", "Copy the link and write", "Write", "Copy the link and ask", "Ask").Replace(s.text)
	}
	return s, true
}

func (p CandidateProps) errorText() string {
	c := p.Candidate
	switch {
	case c.ErrorMessage != "" && c.ErrorCode != "":
		return c.ErrorMessage + " (" + c.ErrorCode + ")"
	case c.ErrorMessage != "":
		return c.ErrorMessage
	}
	return c.ErrorCode
}

// scoreNote says what is still to come of a score that is not there; "" where nothing is.
func (p CandidateProps) scoreNote() string {
	c := p.Candidate
	if c.Score != nil || !c.Stage.Over() {
		return ""
	}
	switch c.Evaluation {
	case hiring.EvaluationPendingReview:
		if p.suggestion() != nil {
			return "A suggestion is no score: people have to confirm it."
		}
		return "Waits for people to score the answers."
	case hiring.EvaluationPending:
		return "A scorer is at work. The score appears here by itself."
	case hiring.EvaluationFailed:
		return "The scoring failed at " + p.Provider + ". Score the answers yourselves, or have it tried again there."
	}
	return ""
}

// passage is a part of an answer; point is what it was taken for, "" for the text between.
type passage struct{ text, point string }

// passages cuts an answer at its evidence. Evidence that lies outside of the text, cuts a character or overlaps what
// came before is left out: the text itself is always whole.
func passages(text string, evidence []hiring.Passage) []passage {
	sorted := slices.SortedFunc(slices.Values(evidence), func(a, b hiring.Passage) int { return a.Start - b.Start })
	var out []passage
	at := 0
	for _, e := range sorted {
		if e.Start < at || e.End <= e.Start || e.End > len(text) || !utf8.RuneStart(text[e.Start]) || e.End < len(text) && !utf8.RuneStart(text[e.End]) {
			continue
		}
		if e.Start > at {
			out = append(out, passage{text: text[at:e.Start]})
		}
		point := e.Point
		if point == "" {
			point = "evidence"
		}
		out = append(out, passage{text[e.Start:e.End], point})
		at = e.End
	}
	if at < len(text) {
		out = append(out, passage{text: text[at:]})
	}
	return out
}

// timelineEvent is one line of a timeline.
type timelineEvent struct {
	hiring.HistoryEvent
	title, note string
	tone        ui.Tone
}

// timeline puts the history into words, latest first. The end of an interview that was read from the provider's list
// and told by a webhook as well is shown once, and so is what came of spoken answers bit by bit, with the last of it.
func (p CandidateProps) timeline() []timelineEvent {
	told := map[string]bool{}
	recorded := -1
	for i, e := range p.History {
		if e.Source == "webhook" {
			told[e.Kind] = true
		}
		if e.Kind == "interview.recorded" {
			recorded = i
		}
	}
	var out []timelineEvent
	for i, e := range p.History {
		if e.Kind == "interview.recorded" && i != recorded {
			continue
		}
		if e.Kind == "interview.ended" && e.Source != "webhook" && told[e.Kind] {
			continue
		}
		out = append(out, describeEvent(e, p.Provider))
	}
	slices.Reverse(out)
	return out
}

func describeEvent(e hiring.HistoryEvent, provider string) timelineEvent {
	t := timelineEvent{HistoryEvent: e, title: e.Kind}
	d := e.Detail
	switch e.Kind {
	case "invited":
		t.title = "Invited"
		if e.Actor != "" {
			t.title = "Invited by " + e.Actor
		}
	case "invited_elsewhere":
		t.title, t.note = "Found to be invited", "The invite went out outside this desk."
	case "interview.started":
		t.title, t.tone = "Started", ui.Info
	case "interview.complete_later":
		t.title, t.tone = "Chose to complete later", ui.Fair
	case "interview.ended":
		switch d["status"] {
		case "completed", "finished":
			t.title, t.tone = "Finished", ui.Strong
		case "timed_out":
			t.title, t.tone = "Timed out", ui.Fair
		default:
			t.title, t.tone = "Ended", ui.Fair
		}
		switch d["reason"] {
		case "completed", "timed_out", d["status"]: // the title says it
		default:
			t.note = d["reason"]
		}
	case "interview.recorded":
		t.title, t.note = "Spoken answers came in", "Recordings or their transcripts."
	case "interview.error":
		t.title, t.tone, t.note = "The interview broke", ui.Weak, strings.TrimSpace(d["message"])
		if d["code"] != "" {
			t.note = strings.TrimSpace(t.note + " (" + d["code"] + ")")
		}
	case "interview.scoring_completed":
		t.title, t.tone = "Scoring completed", ui.Strong
		if d["bucket"] != "" {
			t.note = "Bucket: " + d["bucket"]
		}
	case "score":
		t.title, t.tone = scoreChange(d["from"], d["to"]), ui.Strong
		if d["to"] != "" {
			t.note = basisLine(hiring.Candidate{Score: new(float64), Basis: hiring.Basis(d["basis"]), Model: d["model"], Confirmed: d["confirmed"] == "true"}, provider)
		}
	case "scorecard":
		t.title, t.note = "Scorecard", d["score"]
		if e.Actor != "" {
			t.title = "Scorecard by " + e.Actor
		}
	}
	return t
}

func scoreChange(from, to string) string {
	switch {
	case to == "":
		return "Score " + from + " withdrawn"
	case from == "":
		return "Scored " + to
	}
	return "Score changed from " + from + " to " + to
}

// source says where we know an event from, and when we learnt of it if that was later.
func (t timelineEvent) source(provider string) string {
	var s string
	switch t.Source {
	case "webhook":
		s = "told by " + provider
	case "api":
		s = "read from " + provider
	case "reconcile":
		s = "found when comparing with " + provider
	default:
		return ""
	}
	if late := t.ReceivedAt.Sub(t.At); late > 2*time.Minute {
		s += ", learnt " + ui.Exact(t.ReceivedAt)
	}
	return s
}

func (p CandidateProps) listHref() string {
	return withQuery("/candidates", CandidateFilterQuery(p.Filter))
}

func joinPoint(p hiring.KeyPoint) string { return strings.Join(p, " / ") }

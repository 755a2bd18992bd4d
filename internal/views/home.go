package views

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/a-h/templ"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// HomeDays is how far back the charts of the home page look.
const HomeDays = 30

// longName is the longest name, in characters, that a button of the page's head has room for.
const longName = 24

// HomeProps of the page that says what needs whoever looks.
type HomeProps struct {
	Now       time.Time
	CanEdit   bool
	Needs     hiring.Needs
	Funnel    hiring.Funnel
	Scores    [10]int // by tens
	Activity  []hiring.Activity
	Sample    hiring.SampleState
	Provider  string
	Sync      hiring.SyncState // how much of the provider's account is here
	NextID    int64            // the candidate who waits longest for who looks; 0 for none
	NextLabel string
	Unnamed   bool // for who looks to know: the company has no name yet
	NoBackup  bool // for who looks to know: the last backup is longer ago than hiring.BackupReminder
}

// fresh says whether there is nobody to look at yet.
func (p HomeProps) fresh() bool { return !p.Needs.Candidates }

func (p HomeProps) pageHead() ui.PageHeadProps {
	head := ui.PageHeadProps{Title: "Home"}
	switch {
	case p.fresh():
	case p.NextID != 0:
		next := "the next one"
		if utf8.RuneCountInString(p.NextLabel) <= longName {
			next = p.NextLabel
		}
		head.Primary = ui.LinkButton(ui.LinkButtonProps{Label: "Review " + next, Icon: "clipboard-check", Href: ReviewHref(p.NextID)})
	case p.CanEdit && p.Needs.Latest != 0:
		head.Primary = ui.LinkButton(ui.LinkButtonProps{Label: "Invite candidates", Icon: "send", Href: AssessmentHref(p.Needs.Latest, TabInvites)})
	}
	return head
}

// stats are what needs somebody, each a link to the list that it counts.
func (p HomeProps) stats() []ui.StatProps {
	list := func(f hiring.CandidateFilter) string {
		f.Sort = hiring.CandidateSorts[0]
		return withQuery("/candidates", CandidateFilterQuery(f))
	}
	stages := func(s hiring.Stage) string { return list(hiring.CandidateFilter{Stages: []hiring.Stage{s}}) }
	n := p.Needs
	stats := []ui.StatProps{
		{Value: strconv.Itoa(n.ToReview), Label: "to review", Href: "/reviews", Tone: toneOf(n.ToReview, ui.Strong)},
		{Value: strconv.Itoa(n.Answering), Label: "answering now", Href: stages(hiring.StageStarted)},
		{Value: strconv.Itoa(n.Errors), Label: plural(n.Errors, "error", "errors"), Href: stages(hiring.StageError), Tone: toneOf(n.Errors, ui.Weak)},
		{Value: strconv.Itoa(n.Stuck), Label: "invited > 5 days ago", Href: list(hiring.CandidateFilter{Stuck: true}), Note: "and not begun"},
	}
	if n.Failed > 0 {
		href := "/interviews"
		if n.Failed == 1 {
			href = AssessmentHref(n.FailedID, TabQuestions)
		}
		stats = append(stats, ui.StatProps{Value: strconv.Itoa(n.Failed), Label: "without questions", Note: "generation failed", Href: href, Tone: ui.Weak})
	}
	return stats
}

// calm says whether nothing needs anybody.
func (p HomeProps) calm() bool {
	n := p.Needs
	return n.ToReview+n.Errors+n.Stuck+n.Failed == 0
}

func toneOf(n int, tone ui.Tone) ui.Tone {
	if n == 0 {
		return ui.Neutral
	}
	return tone
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func (p HomeProps) funnel() ui.BarsProps {
	f := p.Funnel
	bar := func(label string, n int) ui.Bar {
		b := ui.Bar{Label: label, Value: float64(n)}
		if label != "Invited" && f.Invited > 0 {
			b.Note = fmt.Sprintf("%.0f %%", ui.Percent(float64(n), float64(f.Invited)))
		}
		return b
	}
	bars := []ui.Bar{bar("Invited", f.Invited), bar("Started", f.Started), bar("Finished", f.Finished), bar("Scored", f.Scored)}
	bars[3].Accent = true
	return ui.BarsProps{ID: "funnel-figures", Unit: "People", Bars: bars,
		Caption: fmt.Sprintf("Of those invited, or come by a link, in the last %d days: n\u00a0=\u00a0%d", HomeDays, f.Invited)}
}

func (p HomeProps) scored() (n int) {
	for _, count := range p.Scores {
		n += count
	}
	return n
}

func (p HomeProps) histogram() ui.HistogramProps {
	h := ui.HistogramProps{ID: "score-figures", Unit: "Candidates",
		Caption: fmt.Sprintf("Scores made in the last %d days, in tens: n\u00a0=\u00a0%d", HomeDays, p.scored())}
	for i, count := range p.Scores {
		h.Bins = append(h.Bins, ui.Bin{From: 10 * i, To: 10*i + 10, Count: count})
	}
	return h
}

// activityLine is an event in words: before the candidate's name, between it and the interview's, and after.
type activityLine struct {
	icon                   string
	before, between, after string
	tone                   ui.Tone
}

func describeActivity(a hiring.Activity, provider string) activityLine {
	d := a.Detail
	others := ""
	if a.Others > 0 {
		others = " and " + ui.Count(a.Others, "other", "others")
	}
	switch a.Kind {
	case "invited":
		if a.Actor != "" {
			return activityLine{icon: "send", before: a.Actor + " invited ", between: others + " to "}
		}
		if a.Others > 0 {
			return activityLine{icon: "send", between: others + " were invited to "}
		}
		return activityLine{icon: "send", between: " was invited to "}
	case "invited_elsewhere":
		return activityLine{icon: "send", between: " had been invited elsewhere to "}
	case "interview.started":
		return activityLine{icon: "play", between: " began ", tone: ui.Info}
	case "interview.complete_later":
		return activityLine{icon: "circle-pause", between: " put off ", after: " for later", tone: ui.Fair}
	case "interview.ended":
		switch d["status"] {
		case "completed", "finished":
			return activityLine{icon: "circle-check", between: " finished ", tone: ui.Strong}
		case "timed_out":
			return activityLine{icon: "hourglass", between: " ran out of time in ", tone: ui.Fair}
		}
		return activityLine{icon: "log-out", between: " left ", after: " early", tone: ui.Fair}
	case "interview.error":
		l := activityLine{icon: "triangle-alert", between: " met an error in ", tone: ui.Weak}
		if d["message"] != "" {
			l.after = ": " + d["message"]
		}
		return l
	case "score":
		basis := basisLine(hiring.Candidate{Score: new(float64), Basis: hiring.Basis(d["basis"]), Model: d["model"], Confirmed: d["confirmed"] == "true"}, provider)
		switch {
		case d["to"] == "":
			return activityLine{icon: "rotate-ccw", between: " lost the score " + d["from"] + " in "}
		case d["from"] == "":
			return activityLine{icon: "star", between: " scored " + d["to"] + " in ", after: ", " + basis, tone: ui.Strong}
		}
		return activityLine{icon: "star", between: " now scores " + d["to"] + " instead of " + d["from"] + " in ", after: ", " + basis}
	case "scorecard":
		who := a.Actor
		if who == "" {
			who = "Somebody"
		}
		if d["changed"] != "" {
			return activityLine{icon: "clipboard-check", before: who + " changed the scorecard of ", between: " in "}
		}
		return activityLine{icon: "clipboard-check", before: who + " reviewed ", between: " in "}
	}
	return activityLine{icon: "activity", between: ": " + a.Kind + " in "}
}

// homeStep is one of the three steps of a fresh installation.
type homeStep struct {
	title, text string
	done        bool
	action      templ.Component // of the step that comes next
}

func (p HomeProps) steps() []homeStep {
	steps := []homeStep{
		{title: "Write an interview", text: "Write the questions yourself, or have them generated from a role or a job description.", done: p.Needs.Interviews},
		{title: "Invite candidates", text: "Paste names and addresses, or a CSV file. Everybody gets a link of their own."},
		{title: "Review together", text: "Answers appear here by themselves as they come in. Your team scores them, and the mean becomes the score."},
	}
	switch {
	case !p.CanEdit:
	case !p.Needs.Interviews:
		steps[0].action = ui.LinkButton(ui.LinkButtonProps{Label: "Write an interview", Icon: "plus", Href: "/interviews/new"})
	default:
		steps[1].action = ui.LinkButton(ui.LinkButtonProps{Label: "Invite candidates", Icon: "send", Href: AssessmentHref(p.Needs.Latest, TabInvites)})
	}
	return steps
}

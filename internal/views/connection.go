package views

import (
	"cmp"
	"fmt"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// ConnectionProps of the page that says how the desk and the provider are in step.
type ConnectionProps struct {
	Now         time.Time
	Provider    string // in words: "Local engine"
	Facts       []ui.Detail
	Test        bool // the provider's test mode
	CanTry      bool // a test webhook can be asked for
	Sync        hiring.SyncState
	Writes      []hiring.PendingWrite
	Invites     []hiring.WaitingInvite
	Gaps        []hiring.Gap
	Open        int // how many interviews differ in their counts
	Differences []hiring.Difference
	Counts      map[string]int // of differences in DifferenceDays, by kind, and "drift"
	Tested      *ConnectionTest
}

// ConnectionTest is what a try of the connection gave.
type ConnectionTest struct {
	Took     time.Duration
	Sentence string // what failed; "": it works
	Detail   string
}

// DifferenceDays is how far back differences are counted.
const DifferenceDays = 7

// GapsShown and DifferencesShown are how many lines the page has room for.
const (
	GapsShown        = 15
	DifferencesShown = 25
)

// pullProgress is how far the taking over of an account is.
func pullProgress(s hiring.SyncState, provider string) ui.ProgressProps {
	total := max(s.ListTotal, s.Known)
	return ui.ProgressProps{ID: "pulling", Label: "Taking over the account at " + provider, Done: min(s.Checked, total), Total: total,
		Note: fmt.Sprintf("%d of %s", min(s.Checked, total), ui.Count(total, "interview", "interviews"))}
}

func (p ConnectionProps) pageHead() ui.PageHeadProps {
	return ui.PageHeadProps{Title: "Connection", Meta: connectionMeta(p), Primary: connectionTestForm()}
}

func (p ConnectionProps) found() int {
	n := 0
	for kind, count := range p.Counts {
		if kind != "drift" {
			n += count
		}
	}
	return n
}

func (p ConnectionProps) inStep() string {
	switch {
	case p.Sync.Pulling():
		return "Not yet"
	case p.Sync.Known == 0:
		return "0"
	case p.Sync.Checked < p.Sync.Known: // of the others nobody knows
		return fmt.Sprintf("%d of %d", max(0, p.Sync.Checked-p.Open), p.Sync.Known)
	case p.Open > 0:
		return fmt.Sprintf("All but %d", p.Open)
	}
	return "All"
}

func (p ConnectionProps) testText() string {
	if p.Tested.Sentence == "" {
		return fmt.Sprintf("%s answered in %s and takes the key.", p.Provider, span(p.Tested.Took))
	}
	return p.Tested.Sentence
}

func differenceWords(d hiring.Difference) string {
	switch d.Kind {
	case hiring.DifferInterview:
		return cmp.Or(d.Detail, "Its settings were changed")
	case hiring.DifferQuestions:
		return "Questions were changed"
	case hiring.DifferPerson:
		return "Nobody had told of this person"
	case hiring.DifferStage:
		return "How far they are: " + d.Detail
	case hiring.DifferScore:
		if d.Detail == "" {
			return "Was scored"
		}
		return "The score: " + d.Detail
	}
	return "Answers or the ground of the score"
}

func thereAndHere(theirs, here int, g hiring.Gap) string {
	if g.CheckedAt == nil {
		return fmt.Sprintf("%d there", theirs)
	}
	if theirs == here || !g.Open {
		return fmt.Sprint(here)
	}
	return fmt.Sprintf("%d there, %d here", theirs, here)
}

package views

import (
	"fmt"
	"strconv"
	"strings"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// The parts of an interview, for AssessmentHeadProps.Tab.
const (
	TabQuestions  = "questions"
	TabCandidates = "candidates"
	TabInvites    = "invites"
	TabSettings   = "settings"
)

// AssessmentHeadProps of the head that every page of one interview shares: its facts, its parts, what to do with it.
type AssessmentHeadProps struct {
	ID       int64
	Title    string
	Role     string
	Active   bool
	Facts    []string // "20 min", "English", "6 questions"
	URL      string   // where candidates begin; "" where the provider didn't say
	Tab      string   // one of the Tab constants
	Query    string   // of the page, with its question mark; "" for none
	Counts   hiring.AssessmentCounts
	CanEdit  bool
	Quiet    bool   // the page has a primary action of its own, so inviting steps back
	Missing  bool   // the provider no longer has it
	Provider string // for people
}

// NewAssessmentHead is the head of a page that shows the part tab.
func NewAssessmentHead(a hiring.Assessment, counts hiring.AssessmentCounts, tab, provider string, canEdit bool) AssessmentHeadProps {
	return AssessmentHeadProps{
		ID: a.ID, Title: a.Title, Role: a.Role, Active: a.Status == hiring.AssessmentActive, URL: a.URL, Tab: tab, Counts: counts,
		Facts:   []string{fmt.Sprintf("%d min", a.Duration), LanguageName(a.Language), ui.Count(counts.Questions, "question", "questions")},
		CanEdit: canEdit, Missing: a.MissingSince != nil, Provider: provider,
	}
}

// AssessmentHref is the address of a part of an interview.
func AssessmentHref(id int64, tab string) string {
	at := "/interviews/" + strconv.FormatInt(id, 10)
	if tab == TabQuestions || tab == "" {
		return at
	}
	return at + "/" + tab
}

// LanguageName is a language as people write it: "English".
func LanguageName(language string) string {
	if language == "" {
		return ""
	}
	return strings.ToUpper(language[:1]) + language[1:]
}

// inSentence is a provider's name inside a sentence: "Local engine" is no name of its own.
func inSentence(provider string) string {
	if rest, ok := strings.CutPrefix(provider, "Local "); ok {
		return "the local " + rest
	}
	return provider
}

func (p AssessmentHeadProps) tabs() ui.TabsProps {
	tab := func(label, name string, count int) ui.Tab {
		t := ui.Tab{Label: label, Href: AssessmentHref(p.ID, name), Current: p.Tab == name}
		if count > 0 {
			t.Count = strconv.Itoa(count)
		}
		return t
	}
	return ui.TabsProps{Label: "Interview", Tabs: []ui.Tab{
		tab("Questions", TabQuestions, p.Counts.Questions),
		tab("Candidates", TabCandidates, p.Counts.Candidates),
		tab("Invites", TabInvites, p.Counts.Invites),
		tab("Settings", TabSettings, 0),
	}}
}

func (p AssessmentHeadProps) pageHead() ui.PageHeadProps {
	head := ui.PageHeadProps{Title: p.Title, Crumbs: []ui.Crumb{{Label: "Interviews", Href: "/interviews"}}, Meta: assessmentMeta(p)}
	if p.CanEdit && !p.Missing && p.Tab != TabInvites {
		invite := ui.LinkButtonProps{Label: "Invite candidates", Icon: "send", Href: AssessmentHref(p.ID, TabInvites)}
		if p.Quiet || p.Counts.Questions == 0 {
			invite.Variant = ui.Secondary
		}
		head.Primary = ui.LinkButton(invite)
	}
	if p.CanEdit || p.URL != "" {
		head.Menu = assessmentMenu(p)
	}
	return head
}

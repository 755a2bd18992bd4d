package views

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// AssessmentsProps of the list of interviews.
type AssessmentsProps struct {
	Now      time.Time
	Rows     []hiring.AssessmentSummary
	Filter   hiring.AssessmentFilter
	Page     int // from 1
	PerPage  int
	Total    int // on all pages
	CanEdit  bool
	Provider string
	// Unsettled are interviews of which nobody knows whether they were made.
	Unsettled []hiring.PendingWrite
}

func (p AssessmentsProps) filtered() bool { return p.Filter.Search != "" || p.Filter.Status != "" }

// href is the list's address with one of its parts changed; another page only when nothing else changes.
func (p AssessmentsProps) href(change func(q url.Values)) string {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("q", p.Filter.Search)
	set("status", p.Filter.Status)
	if p.Filter.Sort != hiring.AssessmentSorts[0] {
		set("sort", p.Filter.Sort)
	}
	change(q)
	if len(q) == 0 {
		return "/interviews"
	}
	return "/interviews?" + q.Encode()
}

func (p AssessmentsProps) pageHref(page int) string {
	if page < 1 || (page-1)*p.PerPage >= p.Total && page > 1 {
		return ""
	}
	return p.href(func(q url.Values) {
		if page > 1 {
			q.Set("page", strconv.Itoa(page))
		}
	})
}

func (p AssessmentsProps) here() string { return p.pageHrefOr(p.Page) }

func (p AssessmentsProps) pageHrefOr(page int) string {
	if at := p.pageHref(page); at != "" {
		return at
	}
	return "/interviews"
}

func (p AssessmentsProps) summary() string {
	if p.Total <= p.PerPage {
		return ""
	}
	first := (p.Page-1)*p.PerPage + 1
	return fmt.Sprintf("%d–%d of %d", first, first+len(p.Rows)-1, p.Total)
}

func (p AssessmentsProps) columns() []ui.Column {
	column := func(label, sort string, num bool, way string) ui.Column {
		c := ui.Column{Label: label, Num: num, SortHref: p.href(func(q url.Values) {
			q.Del("sort")
			if sort != hiring.AssessmentSorts[0] {
				q.Set("sort", sort)
			}
		})}
		if p.Filter.Sort == sort {
			c.Sorted = way
		}
		return c
	}
	return []ui.Column{
		column("Interview", "title", false, "ascending"),
		{Label: "Status", Tight: true},
		column("Questions", "questions", true, "descending"),
		column("Invited", "invited", true, "descending"),
		column("Finished", "finished", true, "descending"),
		column("Updated", "updated", false, "descending"),
	}
}

func (p AssessmentsProps) head() ui.PageHeadProps {
	head := ui.PageHeadProps{Title: "Interviews"}
	if p.CanEdit && (p.Total > 0 || p.filtered()) {
		head.Primary = ui.LinkButton(ui.LinkButtonProps{Label: "Write an interview", Icon: "plus", Href: "/interviews/new"})
		head.Second = ui.LinkButton(ui.LinkButtonProps{Label: "Generate one", Icon: "sparkles", Href: "/interviews/generate", Variant: ui.Secondary})
	}
	return head
}

var assessmentStatusOptions = []ui.Option{
	{Label: "Every status"}, {Value: "active", Label: "Active"}, {Value: "inactive", Label: "Inactive"}, {Value: "gone", Label: "Gone"},
}

var assessmentSortOptions = []ui.Option{
	{Value: "updated", Label: "Latest first"}, {Value: "title", Label: "By title"}, {Value: "questions", Label: "Most questions"},
	{Value: "invited", Label: "Most invited"}, {Value: "finished", Label: "Most finished"},
}

// assessmentBadge is the state of an interview in a word.
func assessmentBadge(a hiring.Assessment) ui.BadgeProps {
	switch {
	case a.MissingSince != nil:
		return ui.BadgeProps{Label: "Gone", Tone: ui.Fair, Title: "The provider no longer has this interview"}
	case a.Generation.State == hiring.GenerationRunning:
		return ui.BadgeProps{Label: "Writing questions…", Tone: ui.Info}
	case a.Status == hiring.AssessmentActive:
		return ui.BadgeProps{Label: "Active", Tone: ui.Strong, Title: "It takes answers"}
	}
	return ui.BadgeProps{Label: "Inactive", Title: "It takes no answers"}
}

// AssessmentFormProps of the page on which a new interview is written.
type AssessmentFormProps struct {
	Draft     hiring.AssessmentDraft
	Duration  string // as typed
	Skills    string // as typed
	Jobs      []hiring.Job
	JobsKnown bool // the provider told its jobs
	Provider  string
	From      *hiring.Assessment // copied from; nil: new
	Questions int                // that come along with From
	Local     bool               // the provider is the local engine
	Problems  ui.Problems
}

// cefrHint says what the local engine leaves undone; "" for a provider that does it.
func (p AssessmentFormProps) cefrHint() string {
	if !p.Local {
		return ""
	}
	return "The local engine doesn’t judge it yet. It keeps your wish with the interview."
}

func (p AssessmentFormProps) title() string {
	if p.From != nil {
		return "Duplicate with changes"
	}
	return "Write an interview"
}

func (p AssessmentFormProps) submit() string {
	if p.From != nil {
		return "Make the duplicate"
	}
	return "Make the interview"
}

func (p AssessmentFormProps) back() string {
	if p.From != nil {
		return AssessmentHref(p.From.ID, "")
	}
	return "/interviews"
}

func (p AssessmentFormProps) crumbs() []ui.Crumb {
	crumbs := []ui.Crumb{{Label: "Interviews", Href: "/interviews"}}
	if p.From != nil {
		crumbs = append(crumbs, ui.Crumb{Label: p.From.Title, Href: AssessmentHref(p.From.ID, "")})
	}
	return crumbs
}

// jobOptions are the openings to choose from, with the chosen one even if the provider doesn't list it.
func jobOptions(jobs []hiring.Job, chosen, none string) []ui.Option {
	list := []ui.Option{{Label: none}}
	found := chosen == ""
	for _, j := range jobs {
		label := j.Title
		if s := strings.ToLower(j.Status); s != "" && s != "active" && s != "open" && s != "published" {
			label += " (" + s + ")"
		}
		list = append(list, ui.Option{Value: j.Ref, Label: label})
		found = found || j.Ref == chosen
	}
	if !found {
		list = append(list, ui.Option{Value: chosen, Label: "Job " + chosen})
	}
	return list
}

// JobName is what the job with that id is called; jobs may lack it.
func JobName(jobs []hiring.Job, ref string) string {
	for _, j := range jobs {
		if j.Ref == ref {
			return j.Title
		}
	}
	if ref == "" {
		return "None"
	}
	return "Job " + ref
}

func languageOptions(chosen string) []ui.Option {
	var list []ui.Option
	found := false
	for _, l := range hiring.Languages {
		list = append(list, ui.Option{Value: l, Label: LanguageName(l)})
		found = found || l == chosen
	}
	if !found && chosen != "" { // a provider may know more languages than it publishes
		list = append(list, ui.Option{Value: chosen, Label: LanguageName(chosen)})
	}
	return list
}

func passOrFail(pass bool) string {
	if pass {
		return "pass"
	}
	return "fail"
}

func counted(n int) string { return strconv.Itoa(n) }

// AssessmentGenerateProps of the page on which an interview is asked for with its questions.
type AssessmentGenerateProps struct {
	Draft     hiring.AutoGenerateDraft
	Jobs      []hiring.Job
	JobsKnown bool
	Provider  string
	Model     string // the local engine's, "" without
	Local     bool   // the questions come from the local engine
	Problems  ui.Problems
}

// kindHint says what the choice of voice or video comes to where the local engine holds the interview; "" elsewhere.
func (p AssessmentGenerateProps) kindHint() string {
	if !p.Local {
		return ""
	}
	return "In the local engine’s room people speak or type their answers, whatever you choose: it records voice, and no video. The choice goes into the title."
}

// Writer says who writes questions.
func Writer(local bool, model, provider string) string {
	switch {
	case local && model != "":
		return "The questions are written by " + model + ". Read them before you invite anybody."
	case local:
		return "The questions come from Greenroom’s own question bank, chosen by role, skills and difficulty, since no language model is set. Read them before you invite anybody."
	}
	return "The questions are written by " + provider + ", which takes a credit for it and may need a minute. Read them before you invite anybody."
}

// SettingsProps of the page on which an interview is changed.
type SettingsProps struct {
	Head       AssessmentHeadProps
	Assessment hiring.Assessment
	Change     hiring.AssessmentChange
	Duration   string // as typed
	Skills     string // as typed
	JobName    string
	Now        time.Time
	Problems   ui.Problems
}

func (p SettingsProps) fixed() []ui.Detail {
	a := p.Assessment
	status := "Active: it takes answers"
	if a.Status != hiring.AssessmentActive {
		status = "Inactive: it takes no answers"
	}
	return []ui.Detail{
		{Term: "Status", Value: status},
		{Term: "Role", Value: a.Role},
		{Term: "Job", Value: p.JobName},
		{Term: "Email verification", Value: told(a.EmailVerification, "Candidates confirm their address first", "Not asked for")},
		{Term: "Language level (CEFR)", Value: told(a.CEFR, "Judged as well", "Not judged")},
		{Term: "Buckets", Content: bucketList(a.Buckets)},
	}
}

func (p SettingsProps) record() []ui.Detail {
	a := p.Assessment
	list := []ui.Detail{
		{Term: "Made", Content: ui.Time(a.CreatedAt, p.Now)},
		{Term: "Last changed", Content: ui.Time(a.UpdatedAt, p.Now)},
		{Term: "Last read", Content: ui.Time(a.SyncedAt, p.Now)},
		{Term: "Provider’s id", Content: monospaced(a.Ref)},
	}
	if a.PostedBy != "" {
		list = append([]ui.Detail{{Term: "Made by", Value: a.PostedBy}}, list...)
	}
	return list
}

func told(v *bool, yes, no string) string {
	switch {
	case v == nil:
		return "Not told by the provider"
	case *v:
		return yes
	}
	return no
}

func voiceOrVideo(video bool) string {
	if video {
		return "video"
	}
	return "voice"
}

func (p AssessmentsProps) clearHref() string {
	if !p.filtered() {
		return ""
	}
	return "/interviews"
}

// assessmentStamp changes when a line of the list does.
func assessmentStamp(a hiring.AssessmentSummary) string {
	return fmt.Sprintf("%s %s %s %d %d %d", a.Title, a.Status, a.Generation.State, a.QuestionCount, a.Invited, a.Finished)
}

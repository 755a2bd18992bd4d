package views

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// CandidatesProps of a list of candidates: of one interview, or across all.
type CandidatesProps struct {
	Head       *AssessmentHeadProps // nil: across interviews
	Now        time.Time
	Filter     hiring.CandidateFilter
	Candidates []hiring.Candidate
	New        int // candidates of this page who came after it was opened and are not shown
	Total      int // of the whole list
	Before     int // how many of the list stand before this page
	Cursor     string
	Previous   string // cursors; "" for none
	Next       string
	Interviews []hiring.Assessment
	Buckets    []string
	Provider   string
	CanEdit    bool
	Erased     string // of the interview, a sentence; "" for nobody
}

// CandidateFilterQuery writes a filter into the query that the list and the pages opened from it share: q, interview,
// stage (repeated), evaluation, bucket, min, max, stuck, sort.
func CandidateFilterQuery(f hiring.CandidateFilter) url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("q", f.Search)
	if f.AssessmentID != 0 {
		set("interview", strconv.FormatInt(f.AssessmentID, 10))
	}
	for _, s := range f.Stages {
		q.Add("stage", string(s))
	}
	set("evaluation", string(f.Evaluation))
	set("bucket", f.Bucket)
	set("min", figure(f.ScoreMin))
	set("max", figure(f.ScoreMax))
	if f.Stuck {
		set("stuck", "true")
	}
	if f.Sort != hiring.CandidateSorts[0] {
		set("sort", f.Sort)
	}
	return q
}

// CandidateHref is the address of a candidate.
func CandidateHref(id int64) string { return fmt.Sprintf("/candidates/%d", id) }

// CandidateHrefIn is the address of a candidate as opened from a list with the filter.
func CandidateHrefIn(id int64, f hiring.CandidateFilter) string {
	return withQuery(CandidateHref(id), CandidateFilterQuery(f))
}

// CandidateHrefWith is the address of a candidate with a query as somebody asked for it.
func CandidateHrefWith(id int64, q url.Values) string { return withQuery(CandidateHref(id), q) }

func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func figure(f *float64) string {
	if f == nil {
		return ""
	}
	return ui.Figure(*f)
}

// path is the address of the list without its query.
func (p CandidatesProps) path() string {
	if p.Head != nil {
		return AssessmentHref(p.Head.ID, TabCandidates)
	}
	return "/candidates"
}

// href is the list with another filter, from a cursor.
func (p CandidatesProps) href(f hiring.CandidateFilter, cursor string) string {
	q := CandidateFilterQuery(f)
	if p.Head != nil {
		q.Del("interview")
	}
	if cursor != "" {
		q.Set("at", cursor)
	}
	return withQuery(p.path(), q)
}

func (p CandidatesProps) here() string { return p.href(p.Filter, p.Cursor) }

// liveHref is where the list reads itself anew: the same rows in the same order, so that nothing jumps.
func (p CandidatesProps) liveHref() string {
	if len(p.Candidates) == 0 {
		return p.here()
	}
	ids := make([]string, len(p.Candidates))
	for i, c := range p.Candidates {
		ids[i] = strconv.FormatInt(c.ID, 10)
	}
	u, _ := url.Parse(p.here()) // our own
	q := u.Query()
	q.Set("rows", strings.Join(ids, ","))
	return withQuery(p.path(), q)
}

// exportHref is the whole list as a file.
func (p CandidatesProps) exportHref(path string) string {
	return withQuery(path, CandidateFilterQuery(p.Filter))
}

func (p CandidatesProps) topic() string {
	if p.Head != nil {
		return fmt.Sprintf("candidates:%d", p.Head.ID)
	}
	return "candidates"
}

// filtered says whether anything narrows the list, besides the interview whose page it is.
func (p CandidatesProps) filtered() bool {
	f := p.Filter
	return f.Search != "" || f.AssessmentID != 0 && p.Head == nil || len(f.Stages) > 0 || f.Evaluation != "" || f.Bucket != "" ||
		f.ScoreMin != nil || f.ScoreMax != nil || f.Stuck
}

func (p CandidatesProps) clearHref() string {
	if !p.filtered() {
		return ""
	}
	return p.href(hiring.CandidateFilter{Sort: p.Filter.Sort}, "")
}

func (p CandidatesProps) sortBy(sort string) string {
	f := p.Filter
	f.Sort = sort
	return p.href(f, "")
}

func (p CandidatesProps) columns() []ui.Column {
	column := func(label, sort, direction string) ui.Column {
		c := ui.Column{Label: label, SortHref: p.sortBy(sort)}
		if p.Filter.Sort == sort {
			c.Sorted = direction
		}
		return c
	}
	list := []ui.Column{column("Candidate", "name", "ascending")}
	if p.Head == nil {
		list = append(list, ui.Column{Label: "Interview"})
	}
	return append(list, column("Stage", "recent", "descending"), column("Score", "score", "descending"), ui.Column{Label: "Bucket"})
}

func (p CandidatesProps) paging() ui.PaginationProps {
	out := ui.PaginationProps{}
	if p.Previous != "" {
		out.PrevHref = p.href(p.Filter, p.Previous)
	}
	if p.Next != "" {
		out.NextHref = p.href(p.Filter, p.Next)
	}
	if p.Previous != "" || p.Next != "" {
		out.Summary = fmt.Sprintf("%d–%d of %d", p.Before+1, p.Before+len(p.Candidates), p.Total)
	}
	return out
}

func (p CandidatesProps) interviewOptions() []ui.Option {
	options := []ui.Option{{Label: "Every interview"}}
	for _, a := range p.Interviews {
		options = append(options, ui.Option{Value: strconv.FormatInt(a.ID, 10), Label: a.Title})
	}
	return options
}

func (p CandidatesProps) stageOptions() []ui.Option {
	options := []ui.Option{{Label: "Every stage"}}
	if len(p.Filter.Stages) > 1 {
		names := make([]string, len(p.Filter.Stages))
		for i, s := range p.Filter.Stages {
			names[i] = s.Name()
		}
		options[0].Label = strings.Join(names, ", ")
	}
	for _, s := range hiring.Stages {
		options = append(options, ui.Option{Value: string(s), Label: s.Name()})
	}
	return options
}

func (p CandidatesProps) stage() string {
	if len(p.Filter.Stages) != 1 {
		return ""
	}
	return string(p.Filter.Stages[0])
}

var evaluationOptions = func() []ui.Option {
	options := []ui.Option{{Label: "Scored or not"}}
	for _, s := range []hiring.EvaluationStatus{hiring.EvaluationPendingReview, hiring.EvaluationPending, hiring.EvaluationCompleted, hiring.EvaluationFailed} {
		options = append(options, ui.Option{Value: string(s), Label: s.Name()})
	}
	return options
}()

func (p CandidatesProps) bucketOptions() []ui.Option {
	options := []ui.Option{{Label: "Every bucket"}}
	buckets := p.Buckets
	if b := p.Filter.Bucket; b != "" && !slices.Contains(buckets, b) {
		buckets = append(slices.Clone(buckets), b)
	}
	for _, b := range buckets {
		options = append(options, ui.Option{Value: b, Label: b})
	}
	return options
}

var candidateSortOptions = []ui.Option{
	{Value: "recent", Label: "Latest change"}, {Value: "score", Label: "Highest score"}, {Value: "name", Label: "Name"}, {Value: "invited", Label: "Latest invited"},
}

// candidateStamp changes with what a row shows.
func candidateStamp(c hiring.Candidate) string {
	return fmt.Sprint(c.Stage, figure(c.Score), c.Bucket, c.Evaluation, c.Confirmed, c.StageAt.UnixMilli())
}

func stageBadge(s hiring.Stage) ui.BadgeProps {
	b := ui.BadgeProps{Label: s.Name()}
	switch s {
	case hiring.StageStarted:
		b.Tone = ui.Info
	case hiring.StageLater, hiring.StageTimedOut, hiring.StageEnded:
		b.Tone = ui.Fair
	case hiring.StageError:
		b.Tone = ui.Weak
	case hiring.StageFinished:
		b.Tone = ui.Strong
	case hiring.StageInvited:
		b.Tone = ui.Outline
	}
	return b
}

// basisLine says who or what made the score; "" where there is none.
func basisLine(c hiring.Candidate, provider string) string {
	if c.Score == nil {
		return ""
	}
	switch c.Basis {
	case hiring.BasisPeople:
		return "by people"
	case hiring.BasisChecklist:
		return "by checklist: literal matches, not a judgement"
	case hiring.BasisModel:
		model := c.Model
		if model == "" {
			model = "a model"
		}
		if c.Confirmed {
			return "by " + model + ", confirmed by people"
		}
		return "suggested by " + model
	}
	return "by " + provider
}

// absentScore says why there is no score.
func absentScore(c hiring.Candidate) string {
	switch {
	case !c.Stage.Over():
		return "No answers yet"
	case c.Evaluation == hiring.EvaluationPendingReview:
		return "To review"
	case c.Evaluation == hiring.EvaluationPending:
		return "Being scored"
	case c.Evaluation == hiring.EvaluationFailed:
		return "Scoring failed"
	}
	return "Not scored yet"
}

func figureID(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}

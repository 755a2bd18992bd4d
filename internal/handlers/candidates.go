package handlers

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

const candidatesPerPage = 50

// candidateFilter reads a filter out of a query; see views.CandidateFilterQuery for the names. What makes no sense is
// left out, so that a link that was changed by hand still shows a list.
func candidateFilter(q url.Values) hiring.CandidateFilter {
	f := hiring.CandidateFilter{
		Search: strings.TrimSpace(q.Get("q")), Evaluation: hiring.EvaluationStatus(q.Get("evaluation")), Bucket: q.Get("bucket"),
		ScoreMin: scoreIn(q.Get("min")), ScoreMax: scoreIn(q.Get("max")), Stuck: q.Get("stuck") != "" && q.Get("stuck") != "false", Sort: q.Get("sort"),
	}
	if id, err := strconv.ParseInt(q.Get("interview"), 10, 64); err == nil && id > 0 {
		f.AssessmentID = id
	}
	for _, s := range q["stage"] {
		f.Stages = append(f.Stages, hiring.Stage(s))
	}
	f.CheckFilter()
	return f
}

// scoreIn reads a score from 0 to 100; nil for anything else.
func scoreIn(text string) *float64 {
	v, err := strconv.ParseFloat(strings.Replace(strings.TrimSpace(text), ",", ".", 1), 64)
	if err != nil || math.IsNaN(v) || v < 0 || v > 100 {
		return nil
	}
	return &v
}

// rowsIn reads the candidates that an open page shows.
func rowsIn(text string) []int64 {
	var ids []int64
	for part := range strings.SplitSeq(text, ",") {
		if id, err := strconv.ParseInt(part, 10, 64); err == nil && id > 0 && len(ids) < candidatesPerPage {
			ids = append(ids, id)
		}
	}
	return ids
}

// candidateList lists candidates across interviews.
func (h *Handlers) candidateList(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := views.CandidatesProps{Filter: candidateFilter(r.URL.Query())}
	var err error
	if p.Interviews, err = h.Store.AssessmentNames(ctx, h.Mirror.Connection()); err != nil {
		return err
	}
	return h.candidatesPage(w, r, "Candidates", p)
}

// assessmentCandidates lists the candidates of one interview.
func (h *Handlers) assessmentCandidates(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	head, err := h.assessmentHead(r.Context(), id, views.TabCandidates)
	if err != nil {
		return err
	}
	p := views.CandidatesProps{Head: &head, Filter: candidateFilter(r.URL.Query())}
	p.Filter.AssessmentID = id
	last, total, err := h.Store.Erasures(r.Context(), id, 1)
	if err != nil {
		return err
	}
	p.Erased = views.ErasedLine(last, total)
	return h.candidatesPage(w, r, "Candidates · "+head.Title, p)
}

func (h *Handlers) candidatesPage(w http.ResponseWriter, r *http.Request, title string, p views.CandidatesProps) error {
	ctx, q := r.Context(), r.URL.Query()
	p.Now, p.Cursor, p.Provider, p.CanEdit = h.Now(), q.Get("at"), h.Mirror.Abilities(ctx).Provider, user(ctx).Role.Can(hiring.PermEdit)
	list, err := h.Store.Candidates(ctx, h.candidateQuery(p.Filter), p.Cursor, candidatesPerPage)
	if err != nil {
		return err
	}
	p.Candidates, p.Total, p.Before, p.Previous, p.Next = list.Candidates, list.Total, list.Before, list.PreviousCursor, list.NextCursor
	if shown := rowsIn(q.Get("rows")); len(shown) > 0 {
		if err := h.keepRows(ctx, &p, shown); err != nil {
			return err
		}
	}
	if p.Buckets, err = h.Store.CandidateBuckets(ctx, h.Mirror.Connection(), p.Filter.AssessmentID); err != nil {
		return err
	}
	nav := "candidates"
	if p.Head != nil {
		nav = "interviews"
	}
	return h.page(w, r, http.StatusOK, page{title: title, nav: nav}, views.Candidates(p))
}

// keepRows makes an open list show the rows that it showed, as they are now, and counts those that came since.
func (h *Handlers) keepRows(ctx context.Context, p *views.CandidatesProps, shown []int64) error {
	there := make(map[int64]bool, len(shown))
	for _, id := range shown {
		there[id] = true
	}
	for _, c := range p.Candidates {
		if !there[c.ID] {
			p.New++
		}
	}
	var err error
	p.Candidates, err = h.Store.CandidatesByID(ctx, h.Mirror.Connection(), shown)
	return err
}

func (h *Handlers) candidateQuery(f hiring.CandidateFilter) db.CandidateQuery {
	return db.CandidateQuery{Connection: h.Mirror.Connection(), Filter: f, Now: h.Now()}
}

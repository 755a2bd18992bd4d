package partner

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"greenroom/internal/partnerapi"
)

// Assessments reads one page of the account's assessments. Pages count from 1; perPage is one of
// partnerapi.PerPage; 0 leaves either to the provider. Questions are not in this answer, and arrays are never nil.
func (c *Client) Assessments(ctx context.Context, page, perPage int) (partnerapi.AssessmentPage, error) {
	var out partnerapi.AssessmentPage
	err := c.do(ctx, call{op: OpAssessments, method: http.MethodGet, path: partnerapi.PathAssessments,
		query: paging(page, perPage)}, data(&out, func(p *partnerapi.AssessmentPage) error {
		p.Assessments = list(p.Assessments)
		for i := range p.Assessments {
			if err := completeAssessment(&p.Assessments[i]); err != nil {
				return err
			}
		}
		return nil
	}))
	return out, err
}

// CreateAssessment makes a voice interview without questions. It costs a credit.
func (c *Client) CreateAssessment(ctx context.Context, r partnerapi.CreateRequest) (partnerapi.Assessment, error) {
	var out partnerapi.Assessment
	err := c.do(ctx, call{op: OpCreateAssessment, method: http.MethodPost, path: partnerapi.PathCreateVoice, body: r},
		data(&out, completeAssessment))
	return out, err
}

// AutoGenerate makes an assessment at once and has its questions written in the background; an assessment.ready
// webhook follows. It costs a credit.
func (c *Client) AutoGenerate(ctx context.Context, r partnerapi.AutoGenerateRequest) (partnerapi.Assessment, error) {
	var out partnerapi.Assessment
	err := c.do(ctx, call{op: OpAutoGenerate, method: http.MethodPost, path: partnerapi.PathAutoGenerate, body: r},
		data(&out, completeAssessment))
	return out, err
}

// Assessment reads one assessment with its questions.
func (c *Client) Assessment(ctx context.Context, id string) (partnerapi.Assessment, error) {
	var out partnerapi.Assessment
	err := c.do(ctx, call{op: OpAssessment, method: http.MethodGet, path: partnerapi.PathAssessment, ids: []string{id}},
		data(&out, completeAssessment))
	return out, err
}

// UpdateAssessment changes the fields that are not nil.
func (c *Client) UpdateAssessment(ctx context.Context, id string, r partnerapi.UpdateRequest) error {
	return c.do(ctx, call{op: OpUpdateAssessment, method: http.MethodPut, path: partnerapi.PathAssessment,
		ids: []string{id}, body: r}, done)
}

// Jobs reads one page of the account's openings; paging as in Assessments. Not every key allows it:
// hiring.ErrForbidden or hiring.ErrNotFound then.
func (c *Client) Jobs(ctx context.Context, page, perPage int) (partnerapi.Jobs, error) {
	var out partnerapi.Jobs
	err := c.do(ctx, call{op: OpJobs, method: http.MethodGet, path: partnerapi.PathJobs, query: paging(page, perPage)},
		bare(&out, func(j *partnerapi.Jobs) error {
			j.Jobs = list(j.Jobs)
			for _, job := range j.Jobs {
				if job.ID == "" {
					return errors.New("a job without an id")
				}
			}
			return nil
		}))
	return out, err
}

func paging(page, perPage int) url.Values {
	q := url.Values{}
	if page != 0 {
		q.Set("pageNumber", strconv.Itoa(page))
	}
	if perPage != 0 {
		q.Set("perPage", strconv.Itoa(perPage))
	}
	return q
}

func completeAssessment(a *partnerapi.Assessment) error {
	if a.AssessmentID == "" {
		return errors.New("an assessment without an id")
	}
	a.Skills, a.Buckets, a.Questions = list(a.Skills), list(a.Buckets), list(a.Questions)
	for _, q := range a.Questions {
		if q.ID == "" {
			return errors.New("a question without an id")
		}
	}
	return nil
}

// list is s, or the empty list for a missing one.
func list[T any](s []T) []T {
	if s == nil {
		return []T{}
	}
	return s
}

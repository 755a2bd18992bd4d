package partner

import (
	"context"
	"errors"
	"net/http"

	"greenroom/internal/partnerapi"
)

// Extensions asks what the provider can do beyond the reference. A provider that knows no such question (404, 403,
// anything that isn't the contract's JSON) can do nothing more: zero Extensions, no error. An error means that the
// provider could not be asked.
func (c *Client) Extensions(ctx context.Context) (partnerapi.Extensions, error) {
	var out partnerapi.Extensions
	err := c.do(ctx, call{op: OpExtensions, method: http.MethodGet, path: partnerapi.PathExtensions, optional: true},
		data(&out, func(*partnerapi.Extensions) error { return nil }))
	var e *Error
	if errors.As(err, &e) && e.absent() {
		return partnerapi.Extensions{}, nil
	}
	return out, err
}

// Test sees whether the provider can be reached and takes the key, even while calls are held back after failures, or at
// the provider's own word. It reads one page of assessments.
func (c *Client) Test(ctx context.Context) error {
	return c.firstPage(ctx, call{anyway: true, always: true})
}

// Probe is Test, but for leaving a provider alone that asked for it.
func (c *Client) Probe(ctx context.Context) error { return c.firstPage(ctx, call{anyway: true}) }

func (c *Client) firstPage(ctx context.Context, k call) error {
	k.op, k.method, k.path, k.query = OpAssessments, http.MethodGet, partnerapi.PathAssessments, paging(1, 10)
	var out partnerapi.AssessmentPage
	return c.do(ctx, k, data(&out, func(*partnerapi.AssessmentPage) error { return nil }))
}

// TestWebhook has the provider send a webhook of no meaning to every receiver (partnerapi.CapWebhookTest).
func (c *Client) TestWebhook(ctx context.Context) error {
	return c.do(ctx, call{op: OpTestWebhook, method: http.MethodPost, path: partnerapi.PathWebhookTest, body: struct{}{}}, done)
}

// Work asks what the provider does by itself, and what of it failed (partnerapi.CapWork).
func (c *Client) Work(ctx context.Context) (partnerapi.Work, error) {
	var out partnerapi.Work
	err := c.do(ctx, call{op: OpWork, method: http.MethodGet, path: partnerapi.PathWork}, data(&out, completeWork))
	return out, err
}

// RetryWork has failed work tried again now; hiring.ErrNotFound when it isn't failed any more, or can't be tried again.
func (c *Client) RetryWork(ctx context.Context, id string) error {
	return c.do(ctx, call{op: OpRetryWork, method: http.MethodPost, path: partnerapi.PathFailedWork, ids: []string{id}, body: struct{}{}}, done)
}

// DropWork has work that was given up forgotten; hiring.ErrNotFound when it isn't given up any more.
func (c *Client) DropWork(ctx context.Context, id string) error {
	return c.do(ctx, call{op: OpDropWork, method: http.MethodDelete, path: partnerapi.PathFailedWork, ids: []string{id}}, done)
}

// Scoring reads how finished submissions get their score (partnerapi.CapScoring).
func (c *Client) Scoring(ctx context.Context) (partnerapi.Scoring, error) {
	var out partnerapi.Scoring
	err := c.do(ctx, call{op: OpScoring, method: http.MethodGet, path: partnerapi.PathScoring}, data(&out, completeScoring))
	return out, err
}

// SetScoring chooses it; *hiring.InvalidError for ScoringModel where no model is set.
func (c *Client) SetScoring(ctx context.Context, s partnerapi.Scoring) (partnerapi.Scoring, error) {
	var out partnerapi.Scoring
	err := c.do(ctx, call{op: OpSetScoring, method: http.MethodPut, path: partnerapi.PathScoring, body: s}, data(&out, completeScoring))
	return out, err
}

// QuestionDetails reads back everything that is known of an assessment's questions, in their order
// (partnerapi.CapQuestionDetails).
func (c *Client) QuestionDetails(ctx context.Context, assessment string) ([]partnerapi.QuestionDetail, error) {
	out := []partnerapi.QuestionDetail{}
	err := c.do(ctx, call{op: OpQuestionDetails, method: http.MethodGet, path: partnerapi.PathDetails, ids: []string{assessment}},
		data(&out, func(qs *[]partnerapi.QuestionDetail) error {
			for i := range *qs {
				q := &(*qs)[i]
				if q.ID == "" {
					return errors.New("a question without an id")
				}
				q.KeyPoints = list(q.KeyPoints)
			}
			return nil
		}))
	return out, err
}

// Evaluation reads who or what judged a submission, and on what ground (partnerapi.CapEvaluation).
func (c *Client) Evaluation(ctx context.Context, assessment, candidate string) (partnerapi.Evaluation, error) {
	var out partnerapi.Evaluation
	err := c.do(ctx, call{op: OpEvaluation, method: http.MethodGet, path: partnerapi.PathEvaluation,
		ids: []string{assessment, candidate}}, data(&out, completeEvaluation))
	return out, err
}

// Evaluate sends people's judgement. Sent again, it replaces the one before, so that repeating it is safe.
func (c *Client) Evaluate(ctx context.Context, assessment, candidate string, r partnerapi.EvaluationRequest) (partnerapi.Evaluation, error) {
	var out partnerapi.Evaluation
	err := c.do(ctx, call{op: OpEvaluate, method: http.MethodPut, path: partnerapi.PathEvaluation,
		ids: []string{assessment, candidate}, body: r}, data(&out, completeEvaluation))
	return out, err
}

// Erase has the provider forget a person and everything of their interview (partnerapi.CapErase), which twice does no harm;
// hiring.ErrNotFound where it knows of nobody.
func (c *Client) Erase(ctx context.Context, assessment, candidate string) error {
	return c.do(ctx, call{op: OpErase, method: http.MethodDelete, path: partnerapi.PathCandidate, ids: []string{assessment, candidate}}, done)
}

func completeWork(w *partnerapi.Work) error {
	w.Counts, w.Failed = list(w.Counts), list(w.Failed)
	for _, f := range w.Failed {
		if f.ID == "" {
			return errors.New("failed work without an id")
		}
	}
	return nil
}

func completeScoring(s *partnerapi.Scoring) error {
	if s.Mode == "" {
		return errors.New("a way of scoring without a mode")
	}
	return nil
}

func completeEvaluation(e *partnerapi.Evaluation) error {
	e.Questions = list(e.Questions)
	for i := range e.Questions {
		q := &e.Questions[i]
		if q.QuestionID == "" {
			return errors.New("an evaluation of a question without an id")
		}
		q.Evidence = list(q.Evidence)
	}
	return nil
}

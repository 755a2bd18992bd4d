package partner

import (
	"context"
	"errors"
	"net/http"

	"greenroom/internal/partnerapi"
)

// AddQuestion adds one question at the end.
func (c *Client) AddQuestion(ctx context.Context, assessment string, r partnerapi.QuestionRequest) (partnerapi.QuestionAdded, error) {
	var out partnerapi.QuestionAdded
	err := c.do(ctx, call{op: OpAddQuestion, method: http.MethodPost, path: partnerapi.PathQuestions,
		ids: []string{assessment}, body: r}, data(&out, func(q *partnerapi.QuestionAdded) error {
		if q.QuestionID == "" {
			return errors.New("a question without an id")
		}
		return nil
	}))
	return out, err
}

// UpdateQuestion changes a question.
func (c *Client) UpdateQuestion(ctx context.Context, assessment, question string, r partnerapi.QuestionRequest) error {
	return c.do(ctx, call{op: OpUpdateQuestion, method: http.MethodPut, path: partnerapi.PathQuestion,
		ids: []string{assessment, question}, body: r}, done)
}

// DeleteQuestion removes a question; hiring.ErrNotFound when it is gone already.
func (c *Client) DeleteQuestion(ctx context.Context, assessment, question string) error {
	return c.do(ctx, call{op: OpDeleteQuestion, method: http.MethodDelete, path: partnerapi.PathQuestion,
		ids: []string{assessment, question}}, done)
}

// GenerateQuestions has questions written and added, and waits for them, up to Options.GenerateTimeout. It costs a
// credit. Read the assessment afterwards to see them. hiring.ErrForbidden may mean that the assessment is gone.
func (c *Client) GenerateQuestions(ctx context.Context, assessment string, r partnerapi.GenerateRequest) (partnerapi.Generated, error) {
	var out partnerapi.Generated
	err := c.do(ctx, call{op: OpGenerateQuestions, method: http.MethodPost, path: partnerapi.PathGenerateQuestions,
		ids: []string{assessment}, body: r}, data(&out, func(*partnerapi.Generated) error { return nil }))
	return out, err
}

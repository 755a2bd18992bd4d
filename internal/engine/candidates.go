package engine

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// result is a submission that is through, with its person.
type result struct {
	SubmissionID, InviteID string
	FirstName, LastName    string
	Email                  string
	Score, AIScore         *float64
	AISummary              *string
	Status, Evaluation     string
	SubmittedAt            time.Time
}

const resultColumns = `s.id, s.invite_id, i.first_name, i.last_name, i.email, s.score, s.ai_score, s.ai_summary, s.status, s.evaluation_status, s.submitted_at`

func (e *Engine) candidateList(c *call) (partnerapi.CandidatePage, error) {
	answer := partnerapi.CandidatePage{Candidates: []partnerapi.Candidate{}}
	var wrong problems
	limit := partnerapi.DefaultCandidateLimit
	if text := c.r.URL.Query().Get("limit"); text != "" {
		n, err := strconv.Atoi(text)
		if limit = n; err != nil || n < 1 || n > partnerapi.CandidateLimitMax {
			wrong.add("limit", fmt.Sprintf("must be a whole number between 1 and %d", partnerapi.CandidateLimitMax))
		}
	}
	if err := wrong.refusal(); err != nil {
		return answer, err
	}
	a, err := e.assessment(c, partnerapi.CodeAccessDenied)
	if err != nil {
		return answer, err
	}
	var after mark
	if token := c.r.URL.Query().Get("nextToken"); token != "" {
		var ok bool
		if after, ok = e.readToken(token, a.ID); !ok {
			wrong.add("nextToken", "is not one that this list gave out")
			return answer, wrong.refusal()
		}
	}
	// Oldest first, so that somebody who finishes meanwhile comes at the end and shifts nobody.
	rows, err := e.pool.Query(c.ctx, `
		SELECT `+resultColumns+`
		FROM engine.submissions s JOIN engine.invites i ON i.id = s.invite_id
		WHERE s.assessment_id = $1 AND s.status IN ('completed', 'timed_out') AND (s.submitted_at, s.id) > ($2, $3)
		ORDER BY s.submitted_at, s.id
		LIMIT $4`, a.ID, after.at, after.id, limit+1)
	if err != nil {
		return answer, fmt.Errorf("listing candidates of %s: %w", a.ID, err)
	}
	results, err := pgx.CollectRows(rows, pgx.RowToStructByPos[result])
	if err != nil {
		return answer, fmt.Errorf("listing candidates of %s: %w", a.ID, err)
	}
	if len(results) > limit {
		results = results[:limit]
		last := results[limit-1]
		answer.Pagination.NextToken = new(e.token(a.ID, mark{last.SubmittedAt, last.SubmissionID}))
	}
	ids := make([]string, len(results))
	for i, r := range results {
		ids[i] = r.SubmissionID
	}
	answers, err := e.wireAnswers(c.ctx, ids)
	if err != nil {
		return answer, err
	}
	for _, r := range results {
		answer.Candidates = append(answer.Candidates, r.wire(answers[r.SubmissionID]))
	}
	answer.Pagination.Count = len(results)
	return answer, nil
}

func (r result) wire(answers []partnerapi.Answer) partnerapi.Candidate {
	status := partnerapi.CandidateFinished
	if r.Status == StateTimedOut {
		status = partnerapi.CandidateTimedOut
	}
	if answers == nil {
		answers = []partnerapi.Answer{}
	}
	return partnerapi.Candidate{
		CandidateID: partnerapi.ID(r.InviteID), Name: strings.TrimSpace(r.FirstName + " " + r.LastName), Email: r.Email,
		Score: r.Score, AIScore: r.AIScore, AISummary: r.AISummary, Status: status, EvaluationStatus: r.Evaluation,
		SubmittedAt: partnerapi.Millis{Time: r.SubmittedAt}, Questions: answers,
	}
}

// wireAnswers are the answers of several submissions, by submission, in the order of the questions.
func (e *Engine) wireAnswers(ctx context.Context, submissions []string) (map[string][]partnerapi.Answer, error) {
	rows, err := e.pool.Query(ctx, `
		SELECT a.submission_id, a.question_id, a.question, a.answer, coalesce(r.transcript, ''), a.score, a.ai_score, a.reason
		FROM engine.answers a LEFT JOIN engine.recordings r ON `+keptRecording+`
		WHERE a.submission_id = ANY($1) ORDER BY a.submission_id, a.position`, submissions)
	if err != nil {
		return nil, fmt.Errorf("reading answers: %w", err)
	}
	answers := map[string][]partnerapi.Answer{}
	var submission, typed, heard string
	a := partnerapi.Answer{Type: partnerapi.QuestionSubjective}
	_, err = pgx.ForEachRow(rows, []any{&submission, (*string)(&a.ID), &a.Question, &typed, &heard, &a.Score, &a.AIScore, &a.ReasonOfScore}, func() error {
		a.UserAnswer, _ = said(typed, heard)
		answers[submission] = append(answers[submission], a)
		a.Score, a.AIScore, a.ReasonOfScore = nil, nil, nil
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading answers: %w", err)
	}
	return answers, nil
}

// mark is the place in a candidates list after which a page begins; the zero mark is before the first.
type mark struct {
	at time.Time
	id string
}

// token writes a mark for one assessment's list so that nobody can make or change one.
func (e *Engine) token(assessmentID string, m mark) string {
	text := strconv.FormatInt(m.at.UnixMicro(), 10) + " " + m.id
	return base64.RawURLEncoding.EncodeToString(append(e.sign(assessmentID, text), text...))
}

func (e *Engine) readToken(token, assessmentID string) (m mark, ok bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < sha256.Size {
		return m, false
	}
	text := string(raw[sha256.Size:])
	if !hmac.Equal(raw[:sha256.Size], e.sign(assessmentID, text)) {
		return m, false
	}
	micros, id, _ := strings.Cut(text, " ")
	n, err := strconv.ParseInt(micros, 10, 64)
	return mark{time.UnixMicro(n), id}, err == nil
}

func (e *Engine) sign(assessmentID, text string) []byte {
	mac := hmac.New(sha256.New, e.tokenKey)
	fmt.Fprintf(mac, "%q %s", assessmentID, text)
	return mac.Sum(nil)
}

// candidate is the finished submission that the path names, or NOT_FOUND.
func (e *Engine) candidate(c *call, a assessment) (submissionID string, err error) {
	err = e.pool.QueryRow(c.ctx, `
		SELECT id FROM engine.submissions
		WHERE assessment_id = $1 AND invite_id = $2 AND status IN ('completed', 'timed_out')`, a.ID, c.param("candidateId")).Scan(&submissionID)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", refuse(partnerapi.CodeNotFound, "Candidate not found among those who took this assessment")
	}
	if err != nil {
		return "", fmt.Errorf("reading a candidate of %s: %w", a.ID, err)
	}
	return submissionID, nil
}

package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/engine/score"
	"greenroom/internal/partnerapi"
)

// Scorer suggests scores by a language model. An error means that it may be tried again as a whole.
type Scorer interface {
	Score(context.Context, score.Submission) (score.Suggestion, error)
	Model() string
}

// model is the language model's name; "" without one.
func (e *Engine) model() string {
	if e.opts.Scorer == nil {
		return ""
	}
	return e.opts.Scorer.Model()
}

// CodeScoringFailed is the errorCode of the interview.error that follows when a model's scoring is given up.
const CodeScoringFailed = "SCORING_FAILED"

// judge begins the scoring of a submission that is through, in the way chosen at this moment. Without a model, the
// model's way is the people's. Programs read: they wait for spoken answers to be written down, and leave to people what
// nobody could write down.
func (e *Engine) judge(ctx context.Context, tx pgx.Tx, r *record) error {
	mode, err := scoringMode(ctx, tx)
	if err != nil {
		return err
	}
	var wait, unheard bool
	if mode != partnerapi.ScoringPeople {
		if wait, unheard, err = hearingOf(ctx, tx, r.ID); err != nil {
			return err
		}
	}
	if err := e.waitForHearing(ctx, tx, r, wait); err != nil {
		return err
	}
	switch {
	case wait:
		return e.evaluation(ctx, tx, r, partnerapi.EvaluationPending)
	case unheard:
		return e.evaluation(ctx, tx, r, partnerapi.EvaluationPendingReview)
	case mode == partnerapi.ScoringChecklist:
		return e.judgeByChecklist(ctx, tx, r)
	case mode == partnerapi.ScoringModel && e.opts.Scorer != nil:
		if err := e.evaluation(ctx, tx, r, partnerapi.EvaluationPending); err != nil {
			return err
		}
		return addTask(ctx, tx, taskScore, r.ID, e.now())
	}
	return e.evaluation(ctx, tx, r, partnerapi.EvaluationPendingReview)
}

func scoringMode(ctx context.Context, db interface {
	QueryRow(context.Context, string, ...any) pgx.Row
}) (mode partnerapi.ScoringMode, err error) {
	if err := db.QueryRow(ctx, `SELECT scoring_mode FROM engine.companies WHERE id = $1`, CompanyID).Scan((*string)(&mode)); err != nil {
		return "", fmt.Errorf("reading the way of scoring: %w", err)
	}
	return mode, nil
}

func (e *Engine) evaluation(ctx context.Context, tx pgx.Tx, r *record, status string) error {
	if _, err := tx.Exec(ctx, `UPDATE engine.submissions SET evaluation_status = $2 WHERE id = $1`, r.ID, status); err != nil {
		return fmt.Errorf("setting the evaluation of %s: %w", r.ID, err)
	}
	r.Evaluation = status
	return nil
}

// answer is an answer with what it is judged by.
type answer struct {
	QuestionID, Question, Instruction, IdealAnswer, Text string

	KeyPoints []partnerapi.KeyPoint
}

func answers(ctx context.Context, db queryer, submissionID string) ([]answer, error) {
	rows, err := db.Query(ctx, `
		SELECT a.question_id, a.question, a.instruction, a.ideal_answer, a.answer, coalesce(r.transcript, ''), a.key_points
		FROM engine.answers a LEFT JOIN engine.recordings r ON `+keptRecording+`
		WHERE a.submission_id = $1 ORDER BY a.position`, submissionID)
	if err != nil {
		return nil, fmt.Errorf("reading answers of %s: %w", submissionID, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a answer, err error) {
		var typed, heard string
		err = row.Scan(&a.QuestionID, &a.Question, &a.Instruction, &a.IdealAnswer, &typed, &heard, &a.KeyPoints)
		a.Text, _ = said(typed, heard)
		return a, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading answers of %s: %w", submissionID, err)
	}
	return list, nil
}

// judgeByChecklist scores each answer by the share of its question's key points that it literally has. Questions
// without key points have no score and don't count; when none has any, people have to judge.
func (e *Engine) judgeByChecklist(ctx context.Context, tx pgx.Tx, r *record) error {
	list, err := answers(ctx, tx, r.ID)
	if err != nil {
		return err
	}
	sum, scored := 0.0, 0
	for _, a := range list {
		if len(a.KeyPoints) == 0 {
			continue
		}
		found, evidence, share := score.Checklist(a.Text, a.KeyPoints)
		points := round(100 * share)
		sum, scored = sum+points, scored+1
		if err := setAnswer(ctx, tx, r.ID, a.QuestionID, "score", &points, checklistReason(a.KeyPoints, found), evidence); err != nil {
			return err
		}
	}
	if scored == 0 {
		return e.evaluation(ctx, tx, r, partnerapi.EvaluationPendingReview)
	}
	return e.score(ctx, tx, r, round(sum/float64(scored)), partnerapi.ScoringChecklist, false)
}

// checklistReason is such as "Checklist: 2 of 3 key points found: root cause, prevention".
func checklistReason(points []partnerapi.KeyPoint, found []bool) string {
	var names []string
	for i, point := range points {
		if found[i] {
			names = append(names, point[0])
		}
	}
	reason := fmt.Sprintf("Checklist: %d of %d key points found", len(names), len(points))
	if len(names) > 0 {
		reason += ": " + strings.Join(names, ", ")
	}
	return reason
}

// setAnswer keeps a judgement; column is score or ai_score.
func setAnswer(ctx context.Context, tx pgx.Tx, submissionID, questionID, column string, points *float64, reason string, evidence []partnerapi.Passage) error {
	if evidence == nil {
		evidence = []partnerapi.Passage{}
	}
	encoded, err := json.Marshal(evidence)
	if err != nil {
		return fmt.Errorf("encoding evidence: %w", err)
	}
	_, err = tx.Exec(ctx, `
		UPDATE engine.answers SET `+column+` = $3, reason = nullif($4, ''), evidence = $5
		WHERE submission_id = $1 AND question_id = $2`, submissionID, questionID, points, reason, string(encoded))
	if err != nil {
		return fmt.Errorf("judging an answer of %s: %w", submissionID, err)
	}
	return nil
}

// score sets the final score with its bucket and announces them.
func (e *Engine) score(ctx context.Context, tx pgx.Tx, r *record, points float64, basis partnerapi.ScoringMode, confirmed bool) error {
	bucket := BucketOf(r.Buckets, points).Name
	_, err := tx.Exec(ctx, `
		UPDATE engine.submissions SET score = $2, bucket = $3, basis = $4, confirmed = $5, evaluation_status = 'completed'
		WHERE id = $1`, r.ID, points, bucket, string(basis), confirmed)
	if err != nil {
		return fmt.Errorf("scoring %s: %w", r.ID, err)
	}
	if err := e.note(ctx, tx, r.ID, "scored", fmt.Sprintf("%g, %s, by %s", points, bucket, basis)); err != nil {
		return err
	}
	data := r.data(r.State)
	data.Score, data.Bucket = &points, bucket
	return e.announce(ctx, tx, r.ID, partnerapi.EventScored, data)
}

// suggest is the task that asks the model. People who judged meanwhile, or who switched the model off, win.
func (e *Engine) suggest(ctx context.Context, submissionID string) error {
	var invite, role, language, state string
	err := e.pool.QueryRow(ctx, `
		SELECT s.invite_id, a.role, a.language, s.evaluation_status
		FROM engine.submissions s JOIN engine.assessments a ON a.id = s.assessment_id
		WHERE s.id = $1`, submissionID).Scan(&invite, &role, &language, &state)
	if err != nil {
		return fmt.Errorf("reading submission %s: %w", submissionID, err)
	}
	if state != partnerapi.EvaluationPending {
		return nil
	}
	mode, err := scoringMode(ctx, e.pool)
	if err != nil {
		return err
	}
	if mode != partnerapi.ScoringModel || e.opts.Scorer == nil {
		return e.pendingStep(ctx, invite, func(tx pgx.Tx, r *record) error {
			return e.evaluation(ctx, tx, r, partnerapi.EvaluationPendingReview)
		})
	}
	list, err := answers(ctx, e.pool, submissionID)
	if err != nil {
		return err
	}
	request := score.Submission{Role: role, Language: language}
	for _, a := range list {
		request.Answers = append(request.Answers, score.Answer{Question: a.Question, Instruction: a.Instruction, IdealAnswer: a.IdealAnswer, Text: a.Text})
	}
	suggestion, err := e.opts.Scorer.Score(ctx, request)
	trace, traceErr := json.Marshal(suggestion.Exchanges)
	if traceErr != nil {
		return fmt.Errorf("encoding the model's trace: %w", traceErr)
	}
	if err != nil {
		_, traceErr := e.pool.Exec(ctx, `UPDATE engine.submissions SET model_trace = $2 WHERE id = $1`, submissionID, noNUL(string(trace)))
		return errors.Join(err, traceErr)
	}
	if len(suggestion.Answers) != len(list) {
		return fmt.Errorf("the scorer judged %d of %d answers", len(suggestion.Answers), len(list))
	}
	return e.pendingStep(ctx, invite, func(tx pgx.Tx, r *record) error {
		for i, j := range suggestion.Answers {
			if err := setAnswer(ctx, tx, r.ID, list[i].QuestionID, "ai_score", j.Score, noNUL(j.Reason), j.Evidence); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, `
			UPDATE engine.submissions SET ai_score = $2, ai_summary = nullif($3, ''), basis = 'model', model = $4, model_trace = $5
			WHERE id = $1`, r.ID, suggestion.Score, noNUL(suggestion.Summary), e.model(), noNUL(string(trace)))
		if err != nil {
			return fmt.Errorf("keeping the suggestion for %s: %w", r.ID, err)
		}
		if err := e.note(ctx, tx, r.ID, "suggested", e.model()); err != nil {
			return err
		}
		return e.evaluation(ctx, tx, r, partnerapi.EvaluationPendingReview)
	})
}

// pendingStep is a step that is dropped when the submission no longer waits for the model.
func (e *Engine) pendingStep(ctx context.Context, inviteID string, do func(tx pgx.Tx, r *record) error) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.Evaluation != partnerapi.EvaluationPending {
			return nil
		}
		return do(tx, r)
	})
}

// scoringFailed is what giving up the task means: people have to judge, and the company hears why.
func (e *Engine) scoringFailed(ctx context.Context, tx pgx.Tx, submissionID string, _ error) error {
	var invite string
	if err := tx.QueryRow(ctx, `SELECT invite_id FROM engine.submissions WHERE id = $1`, submissionID).Scan(&invite); err != nil {
		return fmt.Errorf("reading submission %s: %w", submissionID, err)
	}
	r, err := e.lock(ctx, tx, invite)
	if err != nil || r.Evaluation != partnerapi.EvaluationPending {
		return err
	}
	if err := e.evaluation(ctx, tx, r, partnerapi.EvaluationFailed); err != nil {
		return err
	}
	return e.fail(ctx, tx, r, CodeScoringFailed, "The language model could not score this interview. People can still score it.")
}

// round keeps two decimals.
func round(points float64) float64 { return math.Round(points*100) / 100 }

// BucketOf is the bucket that a score of 0–100 falls into. Buckets stand best first. Those that pass share 50–100
// evenly, the best at the top (two: from 75 and from 50), those that fail share what is below 50 in the same way.
// Without a bucket of the needed kind it is the nearest of the other kind: the last that passes, or the first that
// fails. Without buckets it is the zero Bucket.
func BucketOf(buckets []partnerapi.Bucket, points float64) partnerapi.Bucket {
	var pass, fail []partnerapi.Bucket
	for _, b := range buckets {
		if b.Status == partnerapi.BucketPass {
			pass = append(pass, b)
		} else {
			fail = append(fail, b)
		}
	}
	switch {
	case points >= 50 && len(pass) > 0:
		return slot(pass, points-50)
	case points < 50 && len(fail) > 0:
		return slot(fail, points)
	case len(pass) > 0:
		return pass[len(pass)-1]
	case len(fail) > 0:
		return fail[0]
	}
	return partnerapi.Bucket{}
}

// slot divides 0–50 evenly among buckets, the first at the top.
func slot(buckets []partnerapi.Bucket, points float64) partnerapi.Bucket {
	n := len(buckets)
	for i, b := range buckets {
		if points*float64(n) >= 50*float64(n-1-i) {
			return b
		}
	}
	return buckets[n-1]
}

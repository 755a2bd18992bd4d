package engine

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// Lengths of people's words, in runes.
const (
	summaryMax = 5000
	reasonMax  = 2000
)

// evaluationShow tells who or what judged a submission, and on what ground.
func (e *Engine) evaluationShow(c *call) (answer partnerapi.Evaluation, err error) {
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return answer, err
	}
	id, err := e.candidate(c, a)
	if err != nil {
		return answer, err
	}
	return e.evaluationOf(c, id)
}

func (e *Engine) evaluationOf(c *call, submissionID string) (answer partnerapi.Evaluation, err error) {
	var scored *time.Time
	err = e.pool.QueryRow(c.ctx, `
		SELECT basis, confirmed, model, bucket, evaluation_status, summary,
			(SELECT at FROM engine.events WHERE submission_id = s.id AND event = 'scored' ORDER BY id DESC LIMIT 1)
		FROM engine.submissions s WHERE id = $1`, submissionID).
		Scan((*string)(&answer.Basis), &answer.Confirmed, &answer.Model, &answer.Bucket, &answer.Status, &answer.Summary, &scored)
	if err != nil {
		return answer, fmt.Errorf("reading the evaluation of %s: %w", submissionID, err)
	}
	if scored != nil {
		answer.ScoredAt = &partnerapi.Millis{Time: *scored}
	}
	answer.Questions, err = e.questionEvaluations(c.ctx, submissionID)
	return answer, err
}

// evaluationUpdate sets people's scores in place of any before. Confirming a model's suggested score unchanged
// leaves it the model's, confirmed; any other score is the people's own.
func (e *Engine) evaluationUpdate(c *call, r partnerapi.EvaluationRequest) (answer partnerapi.Evaluation, err error) {
	var wrong problems
	wrong.score("score", &r.Score)
	wrong.length("summary", r.Summary, 0, summaryMax)
	for i, q := range r.Questions {
		wrong.score("questions["+strconv.Itoa(i)+"].score", q.Score)
		wrong.length("questions["+strconv.Itoa(i)+"].reason", q.Reason, 0, reasonMax)
	}
	if err := wrong.refusal(); err != nil {
		return answer, err
	}
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return answer, err
	}
	id, err := e.candidate(c, a)
	if err != nil {
		return answer, err
	}
	err = e.inTx(c.ctx, func(tx pgx.Tx) error {
		sub, err := e.lock(c.ctx, tx, c.param("candidateId"))
		if err != nil {
			return err
		}
		basis := partnerapi.ScoringPeople
		var suggested *float64
		var before string
		if err := tx.QueryRow(c.ctx, `SELECT basis, ai_score FROM engine.submissions WHERE id = $1`, id).Scan(&before, &suggested); err != nil {
			return fmt.Errorf("reading the evaluation of %s: %w", id, err)
		}
		if before == string(partnerapi.ScoringModel) && suggested != nil && *suggested == r.Score {
			basis = partnerapi.ScoringModel
		}
		if basis == partnerapi.ScoringPeople { // a reason stands for a score, and these are replaced
			if _, err := tx.Exec(c.ctx, `UPDATE engine.answers SET score = NULL, reason = CASE WHEN ai_score IS NULL THEN NULL ELSE reason END WHERE submission_id = $1`, id); err != nil {
				return fmt.Errorf("replacing scores of %s: %w", id, err)
			}
		}
		for i, q := range r.Questions {
			tag, err := tx.Exec(c.ctx, `
				UPDATE engine.answers SET score = $3, reason = coalesce(nullif($4, ''), reason)
				WHERE submission_id = $1 AND question_id = $2`, id, string(q.QuestionID), q.Score, q.Reason)
			if err != nil {
				return fmt.Errorf("scoring an answer of %s: %w", id, err)
			}
			if tag.RowsAffected() == 0 {
				wrong.add("questions["+strconv.Itoa(i)+"].questionId", "is not a question of this interview")
			}
		}
		if err := wrong.refusal(); err != nil {
			return err
		}
		if _, err := tx.Exec(c.ctx, `UPDATE engine.submissions SET summary = $2 WHERE id = $1`, id, r.Summary); err != nil {
			return fmt.Errorf("keeping the summary of %s: %w", id, err)
		}
		return e.score(c.ctx, tx, sub, round(r.Score), basis, true)
	})
	if errors.Is(err, ErrNotFound) {
		return answer, refuse(partnerapi.CodeNotFound, "Candidate not found among those who took this assessment")
	}
	if err != nil {
		return answer, err
	}
	return e.evaluationOf(c, id)
}

func (p *problems) score(field string, points *float64) {
	if points != nil && (math.IsNaN(*points) || *points < 0 || *points > 100) {
		p.add(field, "must be between 0 and 100")
	}
}

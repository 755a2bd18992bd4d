package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// question is a row, as the candidate never sees it.
type question struct {
	ID, Text, Instruction, IdealAnswer string
	KeyPoints                          []partnerapi.KeyPoint
	Source, Model, Difficulty, Skill   string
}

func (q question) wire() partnerapi.Question {
	return partnerapi.Question{ID: partnerapi.ID(q.ID), Question: q.Text, Type: partnerapi.QuestionSubjective}
}

// questions are those of an assessment in their order.
func (e *Engine) questions(ctx context.Context, db queryer, assessmentID string) ([]question, error) {
	rows, err := db.Query(ctx, `
		SELECT id, question, instruction, ideal_answer, key_points, source, model, difficulty, skill
		FROM engine.questions WHERE assessment_id = $1 ORDER BY position`, assessmentID)
	if err != nil {
		return nil, fmt.Errorf("reading questions of %s: %w", assessmentID, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (q question, err error) {
		err = row.Scan(&q.ID, &q.Text, &q.Instruction, &q.IdealAnswer, &q.KeyPoints, &q.Source, &q.Model, &q.Difficulty, &q.Skill)
		return q, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading questions of %s: %w", assessmentID, err)
	}
	return list, nil
}

func insertQuestion(ctx context.Context, tx pgx.Tx, assessmentID string, q question, now time.Time) error {
	points, err := json.Marshal(keyPoints(q.KeyPoints))
	if err != nil {
		return fmt.Errorf("encoding key points: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO engine.questions (id, assessment_id, question, instruction, ideal_answer, key_points, source, model, difficulty, skill, created_at)
		VALUES (@id, @assessment, @question, @instruction, @ideal, @points, @source, @model, @difficulty, @skill, @now)`,
		pgx.NamedArgs{
			"id": q.ID, "assessment": assessmentID, "question": q.Text, "instruction": q.Instruction, "ideal": q.IdealAnswer,
			"points": string(points), "source": q.Source, "model": q.Model, "difficulty": q.Difficulty, "skill": q.Skill, "now": now,
		})
	if err != nil {
		return fmt.Errorf("inserting a question of %s: %w", assessmentID, err)
	}
	return nil
}

// keyPoints never is nil, so that it is kept and answered as [].
func keyPoints(points []partnerapi.KeyPoint) []partnerapi.KeyPoint {
	if points == nil {
		return []partnerapi.KeyPoint{}
	}
	return points
}

// checkQuestion trims and checks a request's text and key points in place.
func checkQuestion(r *partnerapi.QuestionRequest) error {
	var wrong problems
	r.Question = strings.TrimSpace(r.Question)
	wrong.length("question", r.Question, partnerapi.QuestionMin, partnerapi.QuestionMax)
	if r.KeyPoints != nil {
		if len(*r.KeyPoints) > partnerapi.KeyPointsMax {
			wrong.add("keyPoints", fmt.Sprintf("can have at most %d entries", partnerapi.KeyPointsMax))
		}
		for i, point := range *r.KeyPoints {
			(*r.KeyPoints)[i] = tidy(point)
			if len(point) == 0 || len(point) > partnerapi.KeyPointAlternativesMax {
				wrong.add("keyPoints", fmt.Sprintf("entry %d must have 1 to %d alternatives", i+1, partnerapi.KeyPointAlternativesMax))
			}
			for _, alternative := range (*r.KeyPoints)[i] {
				if n := utf8.RuneCountInString(alternative); n < 1 || n > partnerapi.KeyPointLengthMax {
					wrong.add("keyPoints", fmt.Sprintf("entry %d must have alternatives of 1 to %d characters", i+1, partnerapi.KeyPointLengthMax))
				}
			}
		}
	}
	return wrong.refusal()
}

func (e *Engine) questionAdd(c *call, r partnerapi.QuestionRequest) (partnerapi.QuestionAdded, error) {
	if err := checkQuestion(&r); err != nil {
		return partnerapi.QuestionAdded{}, err
	}
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return partnerapi.QuestionAdded{}, err
	}
	q := question{ID: newID(), Text: r.Question, Source: partnerapi.SourceWritten}
	if r.SystemInstruction != nil {
		q.Instruction = *r.SystemInstruction
	}
	if r.IdealAnswer != nil {
		q.IdealAnswer = *r.IdealAnswer
	}
	if r.KeyPoints != nil {
		q.KeyPoints = *r.KeyPoints
	}
	err = e.inTx(c.ctx, func(tx pgx.Tx) error { return insertQuestion(c.ctx, tx, a.ID, q, e.now()) })
	return partnerapi.QuestionAdded{QuestionID: partnerapi.ID(q.ID), Message: "Question added successfully"}, err
}

func (e *Engine) questionUpdate(c *call, r partnerapi.QuestionRequest) (partnerapi.Message, error) {
	if err := checkQuestion(&r); err != nil {
		return partnerapi.Message{}, err
	}
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return partnerapi.Message{}, err
	}
	var points *string
	if r.KeyPoints != nil {
		encoded, err := json.Marshal(keyPoints(*r.KeyPoints))
		if err != nil {
			return partnerapi.Message{}, fmt.Errorf("encoding key points: %w", err)
		}
		points = new(string(encoded))
	}
	tag, err := e.pool.Exec(c.ctx, `
		UPDATE engine.questions SET question = @question,
			instruction = coalesce(@instruction, instruction),
			ideal_answer = coalesce(@ideal, ideal_answer),
			key_points = coalesce(@points::jsonb, key_points)
		WHERE id = @id AND assessment_id = @assessment`,
		pgx.NamedArgs{
			"question": r.Question, "instruction": r.SystemInstruction, "ideal": r.IdealAnswer, "points": points,
			"id": c.param("questionId"), "assessment": a.ID,
		})
	if err != nil {
		return partnerapi.Message{}, fmt.Errorf("updating a question of %s: %w", a.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return partnerapi.Message{}, refuse(partnerapi.CodeNotFound, "Question not found in this assessment")
	}
	return partnerapi.Message{Message: "Question updated successfully"}, nil
}

func (e *Engine) questionDelete(c *call) (partnerapi.Message, error) {
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return partnerapi.Message{}, err
	}
	tag, err := e.pool.Exec(c.ctx, `DELETE FROM engine.questions WHERE id = $1 AND assessment_id = $2`, c.param("questionId"), a.ID)
	if err != nil {
		return partnerapi.Message{}, fmt.Errorf("deleting a question of %s: %w", a.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return partnerapi.Message{}, refuse(partnerapi.CodeNotFound, "Question not found in this assessment")
	}
	return partnerapi.Message{Message: "Question deleted successfully"}, nil
}

// questionDetails is the extension that reads back what the reference only lets be written.
func (e *Engine) questionDetails(c *call) ([]partnerapi.QuestionDetail, error) {
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return nil, err
	}
	questions, err := e.questions(c.ctx, e.pool, a.ID)
	details := []partnerapi.QuestionDetail{}
	for _, q := range questions {
		details = append(details, partnerapi.QuestionDetail{
			Question: q.wire(), IdealAnswer: q.IdealAnswer, SystemInstruction: q.Instruction, KeyPoints: keyPoints(q.KeyPoints),
			Source: q.Source, Model: q.Model, Difficulty: q.Difficulty, Skill: q.Skill,
		})
	}
	return details, err
}

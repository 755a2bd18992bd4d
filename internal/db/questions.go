package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const questionColumns = `id, assessment_id, ref, position, text, type, ideal_answer, instruction, key_points, source, model,
	elsewhere, deleted_at, created_at`

func scanQuestion(row pgx.CollectableRow) (q hiring.Question, err error) {
	err = row.Scan(&q.ID, &q.AssessmentID, &q.Ref, &q.Position, &q.Text, &q.Type, &q.IdealAnswer, &q.Instruction, &q.KeyPoints,
		&q.Source, &q.Model, &q.Elsewhere, &q.DeletedAt, &q.CreatedAt)
	return q, err
}

// Questions are those of an interview in their order, without deleted ones.
func (s *Store) Questions(ctx context.Context, assessmentID int64) ([]hiring.Question, error) {
	return many(ctx, s, "listing questions", scanQuestion,
		`SELECT `+questionColumns+` FROM questions WHERE assessment_id = $1 AND deleted_at IS NULL ORDER BY position, id`, assessmentID)
}

// AllQuestions are those of an interview with the deleted ones, in no order.
func (s *Store) AllQuestions(ctx context.Context, assessmentID int64) ([]hiring.Question, error) {
	return many(ctx, s, "listing questions", scanQuestion, `SELECT `+questionColumns+` FROM questions WHERE assessment_id = $1`, assessmentID)
}

// Question is one question of an interview, deleted or not; hiring.ErrNotFound when there is none.
func (s *Store) Question(ctx context.Context, assessmentID, id int64) (hiring.Question, error) {
	return one(ctx, s, "reading a question", scanQuestion,
		`SELECT `+questionColumns+` FROM questions WHERE assessment_id = $1 AND id = $2`, assessmentID, id)
}

// SaveQuestion keeps a question, found by its id or, without one, by its interview and ref; DeletedAt is kept with the
// rest. Position 0 is the end.
func (s *Store) SaveQuestion(ctx context.Context, q hiring.Question) (hiring.Question, error) {
	if q.KeyPoints == nil {
		q.KeyPoints = []hiring.KeyPoint{}
	}
	args := pgx.NamedArgs{
		"id": q.ID, "assessment": q.AssessmentID, "ref": q.Ref, "position": q.Position, "text": q.Text, "type": q.Type,
		"ideal": q.IdealAnswer, "instruction": q.Instruction, "points": q.KeyPoints, "source": q.Source, "model": q.Model,
		"elsewhere": q.Elsewhere, "deleted": q.DeletedAt, "created": q.CreatedAt,
	}
	const position = `coalesce(nullif(@position, 0), 1 + (SELECT coalesce(max(position), 0) FROM questions
		WHERE assessment_id = @assessment AND deleted_at IS NULL))`
	if q.ID != 0 {
		// A look at the provider may have found the restored question first, under the same ref.
		if _, err := s.exec(ctx, "saving a question",
			`DELETE FROM questions WHERE assessment_id = @assessment AND ref = @ref AND id <> @id`, args); err != nil {
			return q, err
		}
		return one(ctx, s, "saving a question", scanQuestion, `
			UPDATE questions SET ref = @ref, position = `+position+`, text = @text, type = @type, ideal_answer = @ideal,
				instruction = @instruction, key_points = @points, source = @source, model = @model, elsewhere = @elsewhere, deleted_at = @deleted
			WHERE id = @id AND assessment_id = @assessment RETURNING `+questionColumns, args)
	}
	return one(ctx, s, "saving a question", scanQuestion, `
		INSERT INTO questions (assessment_id, ref, position, text, type, ideal_answer, instruction, key_points, source, model, elsewhere, deleted_at, created_at)
		VALUES (@assessment, @ref, `+position+`, @text, @type, @ideal, @instruction, @points, @source, @model, @elsewhere, @deleted, @created)
		ON CONFLICT (assessment_id, ref) DO UPDATE SET text = excluded.text, type = excluded.type, ideal_answer = excluded.ideal_answer,
			instruction = excluded.instruction, key_points = excluded.key_points, source = excluded.source, model = excluded.model,
			elsewhere = excluded.elsewhere, deleted_at = excluded.deleted_at
		RETURNING `+questionColumns, args)
}

// DeleteQuestion takes a question out of its interview and keeps it for undo.
func (s *Store) DeleteQuestion(ctx context.Context, assessmentID, id int64, at time.Time) error {
	_, err := s.exec(ctx, "deleting a question",
		`UPDATE questions SET deleted_at = $3 WHERE assessment_id = $1 AND id = $2 AND deleted_at IS NULL`, assessmentID, id, at)
	return err
}

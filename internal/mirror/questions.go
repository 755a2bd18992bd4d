package mirror

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// AddQuestion adds a question at the end. What was typed is checked first.
func (m *Mirror) AddQuestion(ctx context.Context, assessmentID int64, d hiring.QuestionDraft) (hiring.Question, error) {
	if err := hiring.CheckQuestion(&d); err != nil {
		return hiring.Question{}, err
	}
	return m.addQuestion(ctx, hiring.Question{
		AssessmentID: assessmentID, Text: d.Text, IdealAnswer: d.IdealAnswer, Instruction: d.Instruction, KeyPoints: d.KeyPoints,
		Type: partnerapi.QuestionSubjective, Source: partnerapi.SourceWritten, CreatedAt: m.now(),
	})
}

// addQuestion adds a new question, or one that is kept under its id and was deleted at the provider.
func (m *Mirror) addQuestion(ctx context.Context, q hiring.Question) (hiring.Question, error) {
	a, err := m.assessment(ctx, q.AssessmentID)
	if err != nil {
		return q, err
	}
	err = m.once(ctx, hiring.PendingWrite{Kind: hiring.WriteQuestion, AssessmentID: a.ID, Title: q.Text}, q, func() (partnerapi.Assessment, error) {
		added, err := m.client.AddQuestion(ctx, a.Ref, m.wireQuestion(ctx, q.Draft()))
		return partnerapi.Assessment{Questions: []partnerapi.Question{{ID: added.QuestionID}}}, err
	}, func(w partnerapi.Assessment) (err error) {
		q, err = m.keepAdded(ctx, q, w.Questions[0].ID)
		return err
	})
	if err != nil {
		return q, fmt.Errorf("adding a question to assessment %d: %w", a.ID, err)
	}
	return q, nil
}

// keepAdded keeps a question that was asked for here under the provider's id.
func (m *Mirror) keepAdded(ctx context.Context, q hiring.Question, ref partnerapi.ID) (hiring.Question, error) {
	q.Ref, q.Position, q.DeletedAt, q.Elsewhere = string(ref), 0, nil, false
	return m.saveQuestion(ctx, q)
}

// UpdateQuestion changes a question. version is of the wording that the change began from: when somebody has saved
// another one since, here or at the provider, nothing is changed and the error is hiring.ErrConflict; "" changes it
// whatever it says now. What says all of it already is no conflict: it may be an earlier try whose answer was lost.
func (m *Mirror) UpdateQuestion(ctx context.Context, assessmentID, id int64, d hiring.QuestionDraft, version string) (hiring.Question, error) {
	if err := hiring.CheckQuestion(&d); err != nil {
		return hiring.Question{}, err
	}
	if version != "" {
		if err := m.SyncAssessment(ctx, assessmentID); err != nil {
			return hiring.Question{}, err
		}
	}
	q, err := m.store.Question(ctx, assessmentID, id)
	if err != nil {
		return q, err
	}
	if q.DeletedAt != nil || version != "" && version != q.Version() && !m.saysAll(ctx, q, d) {
		return q, fmt.Errorf("changing question %d: %w", id, hiring.ErrConflict)
	}
	a, err := m.assessment(ctx, assessmentID)
	if err != nil {
		return q, err
	}
	err = m.client.UpdateQuestion(ctx, a.Ref, q.Ref, m.wireQuestion(ctx, d))
	if unknown(err) && !sameWords(q.Text, d.Text) && m.says(ctx, a.Ref, q.Ref, d.Text) {
		err = nil // it was done after all
	}
	if err != nil {
		return q, fmt.Errorf("changing question %d: %w", id, err)
	}
	q.Text, q.IdealAnswer, q.Instruction, q.KeyPoints, q.Elsewhere = d.Text, d.IdealAnswer, d.Instruction, d.KeyPoints, false
	return m.saveQuestion(ctx, q)
}

// saysAll says that a question which was changed meanwhile says what d does. A provider that doesn't tell our notes back
// is believed where it was the text that changed.
func (m *Mirror) saysAll(ctx context.Context, q hiring.Question, d hiring.QuestionDraft) bool {
	if !sameWords(q.Text, d.Text) {
		return false
	}
	if !m.Abilities(ctx).Details {
		return q.Elsewhere
	}
	return q.IdealAnswer == d.IdealAnswer && q.Instruction == d.Instruction &&
		slices.EqualFunc(q.KeyPoints, d.KeyPoints, func(a, b hiring.KeyPoint) bool { return slices.Equal(a, b) })
}

// DeleteQuestion removes a question at the provider and keeps it here for RestoreQuestion. One that is gone already is
// no error.
func (m *Mirror) DeleteQuestion(ctx context.Context, assessmentID, id int64) (hiring.Question, error) {
	q, err := m.store.Question(ctx, assessmentID, id)
	if err != nil || q.DeletedAt != nil {
		return q, err
	}
	a, err := m.assessment(ctx, assessmentID)
	if err != nil {
		return q, err
	}
	err = m.client.DeleteQuestion(ctx, a.Ref, q.Ref)
	if unknown(err) && m.says(ctx, a.Ref, q.Ref, "") {
		err = nil // it was done after all
	}
	if err != nil && !errors.Is(err, hiring.ErrNotFound) {
		return q, fmt.Errorf("deleting question %d: %w", id, err)
	}
	return q, m.store.InTx(ctx, func(tx *db.Store) error {
		if err := tx.DeleteQuestion(ctx, assessmentID, id, m.now()); err != nil {
			return err
		}
		return tx.Touch(ctx, assessmentID, m.now())
	})
}

// RestoreQuestion adds a deleted question again, with our notes, at the end: the provider knows no place for it. One
// that is part of the interview stays as it is.
func (m *Mirror) RestoreQuestion(ctx context.Context, assessmentID, id int64) (hiring.Question, error) {
	q, err := m.store.Question(ctx, assessmentID, id)
	if err != nil || q.DeletedAt == nil {
		return q, err
	}
	return m.addQuestion(ctx, q)
}

func (m *Mirror) saveQuestion(ctx context.Context, q hiring.Question) (hiring.Question, error) {
	err := m.store.InTx(ctx, func(tx *db.Store) (err error) {
		if _, err = tx.LockAssessment(ctx, q.AssessmentID); err != nil {
			return err
		}
		if q, err = tx.SaveQuestion(ctx, q); err != nil {
			return err
		}
		return tx.Touch(ctx, q.AssessmentID, m.now())
	})
	return q, err
}

func (m *Mirror) wireQuestion(ctx context.Context, d hiring.QuestionDraft) partnerapi.QuestionRequest {
	r := partnerapi.QuestionRequest{Question: d.Text, SystemInstruction: &d.Instruction, IdealAnswer: &d.IdealAnswer}
	if m.Abilities(ctx).KeyPoints {
		points := make([]partnerapi.KeyPoint, len(d.KeyPoints))
		for i, p := range d.KeyPoints {
			points[i] = partnerapi.KeyPoint(p)
		}
		r.KeyPoints = &points
	}
	return r
}

// reconcileQuestions brings the questions of an interview to what the provider has. details are empty where it doesn't tell our
// notes back.
func (m *Mirror) reconcileQuestions(ctx context.Context, tx *db.Store, assessmentID int64, list []partnerapi.Question, details map[partnerapi.ID]partnerapi.QuestionDetail) (changed bool, err error) {
	have, err := tx.AllQuestions(ctx, assessmentID)
	if err != nil {
		return false, err
	}
	known := map[string]hiring.Question{}
	for _, q := range have {
		known[q.Ref] = q
	}
	for i, w := range list {
		before, found := known[string(w.ID)]
		delete(known, string(w.ID))
		q := before
		q.AssessmentID, q.Ref, q.Position, q.DeletedAt = assessmentID, string(w.ID), i+1, nil
		q.Elsewhere = q.Elsewhere || found && !sameWords(q.Text, w.Question)
		if !found {
			q.CreatedAt = m.now()
		}
		if !sameWords(q.Text, w.Question) {
			q.Text = w.Question
		}
		if w.Type != "" {
			q.Type = w.Type
		}
		if d, ok := details[w.ID]; ok {
			q.IdealAnswer, q.Instruction, q.Source, q.Model = d.IdealAnswer, d.SystemInstruction, d.Source, d.Model
			q.KeyPoints = make([]hiring.KeyPoint, len(d.KeyPoints))
			for i, p := range d.KeyPoints {
				q.KeyPoints[i] = hiring.KeyPoint(p)
			}
		}
		if found && reflect.DeepEqual(before, q) {
			continue
		}
		if _, err := tx.SaveQuestion(ctx, q); err != nil {
			return false, err
		}
		changed = true
	}
	for _, q := range known {
		if q.DeletedAt != nil {
			continue
		}
		if err := tx.DeleteQuestion(ctx, assessmentID, q.ID, m.now()); err != nil {
			return false, err
		}
		changed = true
	}
	return changed, nil
}

// sameWords compares texts but for their white space, which travels badly.
func sameWords(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

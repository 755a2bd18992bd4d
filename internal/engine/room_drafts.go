package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
)

// errElsewhere refuses a save from a page that is no longer the last one on which the question was opened.
var errElsewhere = errors.New("the question was opened again elsewhere")

// draftSave is what a page of the room wants kept.
type draftSave struct {
	Position       int   // of the question, from 1
	Page, Revision int64 // Page as openDraft gave it; Revision grows with each save of a page
	Text           string
	Take           bool // the page becomes the last one opened: the person chose it over the other
}

// openDraft hands a question's page the right to save, and takes it from the pages opened before. ErrNotFound for a
// position that the interview does not have; ErrNotStarted, ErrTimedOut, ErrOver.
func (e *Engine) openDraft(ctx context.Context, inviteID string, position int) (page int64, d Draft, err error) {
	err = e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.State != StateStarted {
			return r.notRunning()
		}
		var saved *time.Time
		err := tx.QueryRow(ctx, `
			UPDATE engine.answers SET page = page + 1, revision = 0 WHERE submission_id = $1 AND position = $2
			RETURNING page, question_id, question, answer, saved_at`, r.ID, position).
			Scan(&page, &d.QuestionID, &d.Question, &d.Answer, &saved)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("opening an answer of %s: %w", r.ID, err)
		}
		d.SavedAt = instant(saved)
		return nil
	})
	return page, d, err
}

// saveDraft keeps a text if it is the newest, and returns the page that may save from now on (another one only with
// Take) and the time that is left. A save that a later one of the same page has overtaken, or that changes nothing,
// is no error. errElsewhere, ErrTooLong, ErrNotFound, ErrNotStarted, ErrTimedOut, ErrOver.
func (e *Engine) saveDraft(ctx context.Context, inviteID string, s draftSave) (page int64, remaining time.Duration, err error) {
	s.Text = noNUL(s.Text)
	if utf8.RuneCountInString(s.Text) > AnswerMax {
		return 0, 0, ErrTooLong
	}
	err = e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.State != StateStarted {
			return r.notRunning()
		}
		remaining = max(0, r.Deadline.Sub(e.now()))
		var revision int64
		var kept string
		err := tx.QueryRow(ctx, `SELECT page, revision, answer FROM engine.answers WHERE submission_id = $1 AND position = $2`,
			r.ID, s.Position).Scan(&page, &revision, &kept)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNotFound
		}
		if err != nil {
			return fmt.Errorf("reading an answer of %s: %w", r.ID, err)
		}
		switch {
		case s.Take:
			page++
		case s.Page != page && s.Text == kept:
			page = s.Page
			return nil
		case s.Page != page:
			return errElsewhere
		case s.Revision <= revision:
			return nil
		}
		_, err = tx.Exec(ctx, `
			UPDATE engine.answers SET answer = $3, page = $4, revision = $5, saved_at = $6
			WHERE submission_id = $1 AND position = $2`, r.ID, s.Position, s.Text, page, s.Revision, e.now())
		if err != nil {
			return fmt.Errorf("saving an answer of %s: %w", r.ID, err)
		}
		return nil
	})
	return page, remaining, err
}

// consent keeps the words that the person agreed to before starting; the first time counts.
func (e *Engine) consent(ctx context.Context, inviteID, words string) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		_, err := tx.Exec(ctx, `
			UPDATE engine.submissions SET consent = $2, consented_at = $3 WHERE id = $1 AND consented_at IS NULL`,
			r.ID, noNUL(words), e.now())
		if err != nil {
			return fmt.Errorf("keeping the consent of %s: %w", r.ID, err)
		}
		return nil
	})
}

// timeUp ends the interview if its time is over, without the grace that saves have: the person's page has sent what
// it had. It returns the time that is left; ErrTimedOut when there is none, ErrOver, ErrNotStarted.
func (e *Engine) timeUp(ctx context.Context, inviteID string) (remaining time.Duration, err error) {
	err = e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.State != StateStarted {
			return r.notRunning()
		}
		if remaining = r.Deadline.Sub(e.now()); remaining > 0 {
			return nil
		}
		if err := e.settle(ctx, tx, r, StateTimedOut, *r.Deadline); err != nil {
			return err
		}
		return ErrTimedOut
	})
	return max(0, remaining), err
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// Every step is one transaction with its webhooks, and doing it again changes nothing. All return ErrNotFound for an
// invite that nobody has opened.

// step locks a submission and lets do change it. When the time turned out to be over, that alone is committed.
func (e *Engine) step(ctx context.Context, inviteID string, do func(tx pgx.Tx, r *record) error) error {
	var outcome error
	err := e.inTx(ctx, func(tx pgx.Tx) error {
		r, err := e.lock(ctx, tx, inviteID)
		if err != nil {
			return err
		}
		// What a refused step did not do leaves nothing to roll back, and the end by time that lock may have
		// written must stay.
		outcome = do(tx, r)
		if outcome != nil && !isRefusal(outcome) {
			return outcome
		}
		return nil
	})
	if err != nil {
		return err
	}
	return outcome
}

// stepOf is step for what happens in the background, where the submission is known and not the person.
func (e *Engine) stepOf(ctx context.Context, submissionID string, do func(tx pgx.Tx, r *record) error) error {
	var invite string
	if err := e.pool.QueryRow(ctx, `SELECT invite_id FROM engine.submissions WHERE id = $1`, submissionID).Scan(&invite); err != nil {
		return fmt.Errorf("reading submission %s: %w", submissionID, err)
	}
	return e.step(ctx, invite, do)
}

func isRefusal(err error) bool {
	var missing *MissingError
	return slices.Contains([]error{ErrNotFound, ErrInactive, ErrNoQuestions, ErrNotStarted, ErrTimedOut, ErrOver}, err) || errors.As(err, &missing)
}

// CompleteLater notes that the person puts the interview off before starting. ErrTimedOut or ErrOver after the end;
// nothing happens once it is started.
func (e *Engine) CompleteLater(ctx context.Context, inviteID string) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.State != StateReady {
			return r.over()
		}
		if err := e.move(ctx, tx, r, StateCompleteLater); err != nil {
			return err
		}
		return e.announce(ctx, tx, r.ID, partnerapi.EventCompleteLater, r.data(partnerapi.InterviewCompleteLater))
	})
}

// Start begins the interview: the clock runs, and the questions are fixed as they stand now. ErrInactive,
// ErrNoQuestions; ErrTimedOut or ErrOver after the end.
func (e *Engine) Start(ctx context.Context, inviteID string) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.State != StateReady && r.State != StateCompleteLater {
			return r.over()
		}
		if !r.Active {
			return ErrInactive
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO engine.answers (submission_id, question_id, position, question, instruction, ideal_answer, key_points)
			SELECT $1, id, row_number() OVER (ORDER BY position), question, instruction, ideal_answer, key_points
			FROM engine.questions WHERE assessment_id = $2`, r.ID, r.AssessmentID)
		if err != nil {
			return fmt.Errorf("fixing the questions of %s: %w", r.ID, err)
		}
		if tag.RowsAffected() == 0 {
			return ErrNoQuestions
		}
		var hold *time.Time
		if e.still {
			hold = new(time.Now().Add(time.Minute))
		}
		now := e.now()
		_, err = tx.Exec(ctx, `UPDATE engine.submissions SET started_at = $2, deadline = $3, hold_until = $4 WHERE id = $1`,
			r.ID, now, now.Add(time.Duration(r.Minutes)*time.Minute), hold)
		if err != nil {
			return fmt.Errorf("starting the clock of %s: %w", r.ID, err)
		}
		if err := e.move(ctx, tx, r, StateStarted); err != nil {
			return err
		}
		return e.announce(ctx, tx, r.ID, partnerapi.EventStarted, r.data(partnerapi.InterviewStarted))
	})
}

// SaveAnswer keeps what was written so far, in place of what was there. ErrNotStarted, ErrTimedOut, ErrOver, ErrTooLong,
// and ErrNotFound for a question that is not in the interview.
func (e *Engine) SaveAnswer(ctx context.Context, inviteID, questionID, text string) error {
	text = noNUL(text)
	if utf8.RuneCountInString(text) > AnswerMax {
		return ErrTooLong
	}
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.State != StateStarted {
			return r.notRunning()
		}
		tag, err := tx.Exec(ctx, `
			UPDATE engine.answers SET answer = $3, saved_at = $4 WHERE submission_id = $1 AND question_id = $2`,
			r.ID, storable(questionID), text, e.now())
		if err != nil {
			return fmt.Errorf("saving an answer of %s: %w", r.ID, err)
		}
		if tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		return nil
	})
}

// Submit hands the interview in and has it scored. ErrNotStarted; ErrTimedOut when the time was over first, which
// handed it in as well; ErrOver when the person had left it.
func (e *Engine) Submit(ctx context.Context, inviteID string) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		switch r.State {
		case StateCompleted:
			return nil
		case StateStarted:
			return e.settle(ctx, tx, r, StateCompleted, e.now())
		}
		return r.notRunning()
	})
}

// End notes that the person leaves for good without submitting. What they wrote is kept, but is not a result.
// ErrTimedOut or ErrOver when it was over already.
func (e *Engine) End(ctx context.Context, inviteID string) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		switch r.State {
		case StateEnded:
			return nil
		case StateTimedOut, StateCompleted:
			return r.over()
		}
		return e.settle(ctx, tx, r, StateEnded, e.now())
	})
}

// Fail reports trouble on the person's side or ours, such as a microphone that was not permitted, and changes no
// state. Code is in capitals, such as PERMISSION_DENIED; message is for the company.
func (e *Engine) Fail(ctx context.Context, inviteID, code, message string) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		return e.fail(ctx, tx, r, code, message)
	})
}

func (e *Engine) fail(ctx context.Context, tx pgx.Tx, r *record, code, message string) error {
	code, message = noNUL(code), noNUL(message)
	if err := e.note(ctx, tx, r.ID, "error", code+": "+message); err != nil {
		return err
	}
	data := r.data(partnerapi.InterviewError)
	data.ErrorCode, data.ErrorMessage = code, message
	return e.announce(ctx, tx, r.ID, partnerapi.EventError, data)
}

// Sweep ends the interviews whose time is over by e's clock, and returns how many. One that can't be ended keeps no other
// from it; the error joins what went wrong. Run does it every second.
func (e *Engine) Sweep(ctx context.Context) (ended int, err error) {
	const most = 100
	var failed []error
	over, last := e.now().Add(-grace), ""
	for {
		rows, err := e.pool.Query(ctx, `
			SELECT invite_id FROM engine.submissions
			WHERE status = 'started' AND deadline <= $1 AND `+mayEnd+` AND invite_id > $3
			ORDER BY invite_id LIMIT $4`, over, e.still, last, most)
		if err != nil {
			return ended, fmt.Errorf("looking for interviews whose time is over: %w", err)
		}
		invites, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return ended, fmt.Errorf("looking for interviews whose time is over: %w", err)
		}
		for _, last = range invites {
			if err := e.step(ctx, last, func(pgx.Tx, *record) error { return nil }); err != nil {
				failed = append(failed, err)
			} else {
				ended++
			}
		}
		if len(invites) < most {
			return ended, errors.Join(failed...)
		}
	}
}

func (e *Engine) sweepLoop(ctx context.Context) error {
	for pause(ctx, time.Second) {
		if _, err := e.Sweep(ctx); err != nil && ctx.Err() == nil {
			e.log.ErrorContext(ctx, "engine: background work", "error", err)
		}
	}
	return nil
}

// settle ends a submission, announces it, and has it judged if it was handed in, by the person or by the clock.
func (e *Engine) settle(ctx context.Context, tx pgx.Tx, r *record, state string, at time.Time) error {
	if _, err := tx.Exec(ctx, `UPDATE engine.submissions SET submitted_at = $2 WHERE id = $1`, r.ID, at); err != nil {
		return fmt.Errorf("ending %s: %w", r.ID, err)
	}
	r.SubmittedAt = &at
	if err := e.move(ctx, tx, r, state); err != nil {
		return err
	}
	data := r.data(state) // the last three states are named as in the contract
	data.EndedReason = state
	if err := e.announce(ctx, tx, r.ID, partnerapi.EventEnded, data); err != nil {
		return err
	}
	if err := e.awaitRecordings(ctx, tx, r); err != nil {
		return err
	}
	if state == StateEnded {
		return nil
	}
	return e.judge(ctx, tx, r)
}

// move sets the state and notes it.
func (e *Engine) move(ctx context.Context, tx pgx.Tx, r *record, state string) error {
	if _, err := tx.Exec(ctx, `UPDATE engine.submissions SET status = $2 WHERE id = $1`, r.ID, state); err != nil {
		return fmt.Errorf("moving %s to %s: %w", r.ID, state, err)
	}
	r.State = state
	return e.note(ctx, tx, r.ID, state, "")
}

func (e *Engine) note(ctx context.Context, tx pgx.Tx, submissionID, event, detail string) error {
	_, err := tx.Exec(ctx, `INSERT INTO engine.events (submission_id, event, detail, at) VALUES ($1, $2, $3, $4)`,
		submissionID, event, detail, e.now())
	if err != nil {
		return fmt.Errorf("noting %s of %s: %w", event, submissionID, err)
	}
	return nil
}

// over is nil while the interview is not over.
func (r *record) over() error {
	switch r.State {
	case StateTimedOut:
		return ErrTimedOut
	case StateCompleted, StateEnded:
		return ErrOver
	}
	return nil
}

// notRunning says why a submission that is not started can't be answered.
func (r *record) notRunning() error {
	if err := r.over(); err != nil {
		return err
	}
	return ErrNotStarted
}

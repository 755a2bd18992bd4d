package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/engine/recording"
	"greenroom/internal/partnerapi"
)

// A spoken answer comes in parts, in any order, as often as the sender likes and to whichever process it reaches: a
// part is kept by its number, and the browser says at the end how many there are. Only then do they become one file.

// Bounds of recordings.
const (
	partMax      = 8 << 20          // bytes; some browsers hand out a whole answer at once
	partsMax     = 20_000           // of one recording: three hours in parts of half a second
	recordingMax = 64 << 20         // bytes; three hours at 32 kbit/s are 43 MB
	speechRate   = 32 << 10         // bytes a second, more than any browser records speech with
	speechSpare  = 2 << 20          // bytes
	lateWindow   = 10 * time.Minute // after an interview was ended, for parts of what was spoken in time
)

// What the room's methods refuse recordings with, beside the errors of every step.
var (
	ErrDiffers  = errors.New("another part has this number")
	ErrTooLarge = errors.New("the recording is too large")
)

// MissingError says which part of a recording has not arrived.
type MissingError struct{ Part int }

func (e *MissingError) Error() string { return fmt.Sprintf("part %d has not arrived", e.Part) }

// Recording is a spoken answer, kept or on its way.
type Recording struct {
	ID      string
	State   partnerapi.RecordingState
	Seconds float64 // 0: nobody knows
	Bytes   int64
}

// keptRecording joins the recording r that counts to an answer a.
const keptRecording = `r.submission_id = a.submission_id AND r.question_id = a.question_id AND r.state <> 'arriving'`

// NewRecordingID is an id such as a browser chooses.
func NewRecordingID() string { return newID() }

// BeginRecording makes room for a spoken answer under an id of the browser's choice; again, it changes nothing. ago is
// how long ago the person began to speak: a device may be offline for a while. Another recording that was on its way
// for the same question is dropped; one that was kept stays until this one is. ErrNotFound for a question that the
// interview does not have or that was recorded anew since, and for an id that is somebody else's; ErrNotStarted,
// ErrTimedOut, ErrOver.
func (e *Engine) BeginRecording(ctx context.Context, inviteID string, position int, id, mediaType string, ago time.Duration) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		var own bool
		err := tx.QueryRow(ctx, `SELECT submission_id = $2 FROM engine.recordings WHERE id = $1`, id, r.ID).Scan(&own)
		switch {
		case err == nil && own:
			return nil
		case err == nil:
			return ErrNotFound
		case !errors.Is(err, pgx.ErrNoRows):
			return fmt.Errorf("looking for a recording of %s: %w", r.ID, err)
		case r.State != StateStarted:
			return r.notRunning()
		}
		begun := e.now().Add(-ago)
		var anew bool
		err = tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM engine.recordings JOIN engine.answers USING (submission_id, question_id)
				WHERE submission_id = $1 AND position = $2 AND begun_at > $3)`, r.ID, position, begun).Scan(&anew)
		switch {
		case err != nil:
			return fmt.Errorf("looking for newer recordings of %s: %w", r.ID, err)
		case anew:
			return ErrNotFound
		}
		_, err = tx.Exec(ctx, `
			DELETE FROM engine.recordings r USING engine.answers a
			WHERE a.submission_id = $1 AND a.position = $2 AND r.submission_id = a.submission_id AND r.question_id = a.question_id
				AND r.state = 'arriving'`, r.ID, position)
		if err != nil {
			return fmt.Errorf("dropping a recording of %s: %w", r.ID, err)
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO engine.recordings (id, submission_id, question_id, type, begun_at)
			SELECT $3, submission_id, question_id, $4, $5 FROM engine.answers WHERE submission_id = $1 AND position = $2`,
			r.ID, position, id, storable(mediaType), begun)
		if err != nil {
			return fmt.Errorf("beginning a recording of %s: %w", r.ID, err)
		}
		if tag.RowsAffected() == 0 {
			return ErrNotFound
		}
		return nil
	})
}

// SavePart keeps one part of a recording; the same part again changes nothing. What was spoken in time may arrive for
// lateWindow after the interview was ended. ErrNotFound for a recording that is not on its way: never begun, dropped
// for another one, or kept already; ErrOver for one that the end was not waited for any longer, or whose person left.
// ErrDiffers; ErrTooLarge, also for more than anybody can have spoken since the interview began.
func (e *Engine) SavePart(ctx context.Context, inviteID, id string, part int, data []byte) error {
	if part < 0 || part >= partsMax || len(data) == 0 || len(data) > partMax {
		return ErrTooLarge
	}
	return pgx.BeginFunc(ctx, e.pool, func(tx pgx.Tx) error {
		var have, all int64
		more := int64(len(data))
		var arriving bool
		var state string
		var started time.Time
		err := tx.QueryRow(ctx, `
			SELECT r.bytes, (SELECT sum(bytes) FROM engine.recordings WHERE submission_id = s.id), r.state = 'arriving', s.status, s.started_at
			FROM engine.recordings r JOIN engine.submissions s ON s.id = r.submission_id
			WHERE r.id = $1 AND s.invite_id = $2
			FOR UPDATE OF r`, id, storable(inviteID)).Scan(&have, &all, &arriving, &state, &started)
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("looking for a recording: %w", err)
		case state == StateEnded, !arriving && state != StateStarted:
			return ErrOver
		case !arriving:
			return ErrNotFound
		}
		var kept []byte
		err = tx.QueryRow(ctx, `SELECT data FROM engine.recording_parts WHERE recording_id = $1 AND part = $2`, id, part).Scan(&kept)
		switch {
		case err == nil && bytes.Equal(kept, data):
			return nil
		case err == nil:
			return ErrDiffers
		case !errors.Is(err, pgx.ErrNoRows):
			return fmt.Errorf("looking for part %d: %w", part, err)
		case have+more > recordingMax || all+more > speechSpare+int64(e.now().Sub(started).Seconds()*speechRate):
			return ErrTooLarge
		}
		if _, err := tx.Exec(ctx, `INSERT INTO engine.recording_parts (recording_id, part, data) VALUES ($1, $2, $3)`, id, part, data); err != nil {
			return fmt.Errorf("keeping part %d: %w", part, err)
		}
		if _, err := tx.Exec(ctx, `UPDATE engine.recordings SET bytes = bytes + $2 WHERE id = $1`, id, more); err != nil {
			return fmt.Errorf("keeping part %d: %w", part, err)
		}
		return nil
	})
}

// FinishRecording makes one file of all parts, which then is the spoken answer in place of any before. parts is how
// many there are, and length what the browser measured; again, it changes nothing. With parts 0 what has arrived is
// kept as the beginning of something longer; where that is nothing, it is dropped. *MissingError, ErrNotFound for a
// recording that was never begun or was dropped; ErrOver as in SavePart.
func (e *Engine) FinishRecording(ctx context.Context, inviteID, id string, parts int, length time.Duration) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		var state partnerapi.RecordingState
		err := tx.QueryRow(ctx, `SELECT state FROM engine.recordings WHERE id = $1 AND submission_id = $2 FOR UPDATE`, id, r.ID).Scan((*string)(&state))
		switch {
		case errors.Is(err, pgx.ErrNoRows):
			return ErrNotFound
		case err != nil:
			return fmt.Errorf("looking for a recording of %s: %w", r.ID, err)
		case state != partnerapi.RecordingArriving:
			return nil
		case r.State == StateEnded:
			return ErrOver
		}
		have, err := arrived(ctx, tx, id)
		switch {
		case err != nil:
			return err
		case have < parts:
			return &MissingError{Part: have}
		case have == 0:
			if _, err := tx.Exec(ctx, `DELETE FROM engine.recordings WHERE id = $1`, id); err != nil {
				return fmt.Errorf("dropping a recording of %s: %w", r.ID, err)
			}
			return ErrNotFound
		case parts == 0:
			return e.keep(ctx, tx, r, id, partnerapi.RecordingCut, have, length)
		}
		return e.keep(ctx, tx, r, id, partnerapi.RecordingWhole, parts, length)
	})
}

// arrived is how many parts there are without a gap.
func arrived(ctx context.Context, tx pgx.Tx, id string) (n int, err error) {
	err = tx.QueryRow(ctx, `
		SELECT count(*) FROM (
			SELECT part, row_number() OVER (ORDER BY part) - 1 AS place FROM engine.recording_parts WHERE recording_id = $1) p
		WHERE part = place`, id).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting parts: %w", err)
	}
	return n, nil
}

// keep joins the first parts of a recording and puts it in the place of every other one of its answer. A file that we
// can read is written anew, so that it can be sought in; any other stays as the browser made it.
func (e *Engine) keep(ctx context.Context, tx pgx.Tx, r *record, id string, state partnerapi.RecordingState, parts int, length time.Duration) error {
	rows, err := tx.Query(ctx, `SELECT data FROM engine.recording_parts WHERE recording_id = $1 AND part < $2 ORDER BY part`, id, parts)
	if err != nil {
		return fmt.Errorf("reading the parts of a recording: %w", err)
	}
	var audio bytes.Buffer
	var data []byte
	_, err = pgx.ForEachRow(rows, []any{&data}, func() error { audio.Write(data); return nil })
	if err != nil {
		return fmt.Errorf("reading the parts of a recording: %w", err)
	}
	file, mediaType := audio.Bytes(), ""
	if read, err := recording.Read(file); err == nil {
		file, mediaType, length = read.WebM(), "audio/webm; codecs=opus", read.Duration()
	}
	hearing := partnerapi.TranscriptNone
	if e.opts.Transcriber != nil {
		hearing = partnerapi.TranscriptPending
	}
	_, err = tx.Exec(ctx, `
		DELETE FROM engine.recordings r USING engine.recordings this
		WHERE this.id = $1 AND r.submission_id = this.submission_id AND r.question_id = this.question_id AND r.id <> this.id`, id)
	if err != nil {
		return fmt.Errorf("dropping what a recording replaces: %w", err)
	}
	_, err = tx.Exec(ctx, `
		UPDATE engine.recordings SET state = $2, audio = $3, bytes = $4, seconds = $5, hearing = $6, type = coalesce(nullif($7, ''), type)
		WHERE id = $1`, id, string(state), file, len(file), min(length, 24*time.Hour).Seconds(), string(hearing), mediaType)
	if err != nil {
		return fmt.Errorf("keeping a recording: %w", err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM engine.recording_parts WHERE recording_id = $1`, id); err != nil {
		return fmt.Errorf("dropping parts: %w", err)
	}
	_, err = tx.Exec(ctx, `
		UPDATE engine.answers a SET saved_at = $2 FROM engine.recordings r
		WHERE r.id = $1 AND a.submission_id = r.submission_id AND a.question_id = r.question_id`, id, e.now())
	if err != nil {
		return fmt.Errorf("noting a recording at its answer: %w", err)
	}
	if err := e.tellRecorded(ctx, tx, r); err != nil {
		return err
	}
	return addTask(ctx, tx, taskHear, id, e.now())
}

// DropRecording takes a spoken answer away, or one on its way. ErrNotStarted, ErrTimedOut, ErrOver; one that is not
// there is no error.
func (e *Engine) DropRecording(ctx context.Context, inviteID, id string) error {
	return e.step(ctx, inviteID, func(tx pgx.Tx, r *record) error {
		if r.State != StateStarted {
			return r.notRunning()
		}
		if _, err := tx.Exec(ctx, `DELETE FROM engine.recordings WHERE id = $1 AND submission_id = $2`, id, r.ID); err != nil {
			return fmt.Errorf("dropping a recording of %s: %w", r.ID, err)
		}
		return nil
	})
}

// awaitRecordings sees to the end of the wait for what is on its way when an interview ends.
func (e *Engine) awaitRecordings(ctx context.Context, tx pgx.Tx, r *record) error {
	var some bool
	err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM engine.recordings WHERE submission_id = $1 AND state = 'arriving')`, r.ID).Scan(&some)
	if err != nil {
		return fmt.Errorf("looking for recordings of %s: %w", r.ID, err)
	}
	if !some {
		return nil
	}
	return addTask(ctx, tx, taskCut, r.ID, e.now().Add(lateWindow))
}

// cutLate ends the wait for recordings of an interview that is over: what has arrived is kept,
// unless the answer has a recording already.
func (e *Engine) cutLate(ctx context.Context, submissionID string) error {
	return e.stepOf(ctx, submissionID, func(tx pgx.Tx, r *record) error {
		rows, err := tx.Query(ctx, `
			SELECT r.id::text, EXISTS (SELECT FROM engine.recordings k
				WHERE k.submission_id = r.submission_id AND k.question_id = r.question_id AND k.state <> 'arriving')
			FROM engine.recordings r WHERE r.submission_id = $1 AND r.state = 'arriving' FOR UPDATE OF r`, r.ID)
		if err != nil {
			return fmt.Errorf("looking for late recordings of %s: %w", r.ID, err)
		}
		type late struct {
			ID       string
			Replaced bool
		}
		list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[late])
		if err != nil {
			return fmt.Errorf("looking for late recordings of %s: %w", r.ID, err)
		}
		for _, l := range list {
			have, err := arrived(ctx, tx, l.ID)
			if err != nil {
				return err
			}
			if have == 0 || l.Replaced {
				if _, err = tx.Exec(ctx, `DELETE FROM engine.recordings WHERE id = $1`, l.ID); err == nil {
					err = e.tellRecorded(ctx, tx, r)
				}
			} else {
				err = e.keep(ctx, tx, r, l.ID, partnerapi.RecordingCut, have, 0)
			}
			if err != nil {
				return fmt.Errorf("ending a late recording of %s: %w", r.ID, err)
			}
		}
		if len(list) == 0 {
			return nil
		}
		return e.judgeHeard(ctx, tx, r)
	})
}

// tellRecorded announces, of an interview that is over, that a recording or its transcript has come or gone.
func (e *Engine) tellRecorded(ctx context.Context, tx pgx.Tx, r *record) error {
	if r.State != StateCompleted && r.State != StateTimedOut {
		return nil
	}
	return e.announce(ctx, tx, r.ID, partnerapi.EventRecorded, r.data(r.State))
}

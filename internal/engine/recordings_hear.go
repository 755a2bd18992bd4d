package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/engine/recording"
	"greenroom/internal/engine/transcribe"
	"greenroom/internal/partnerapi"
)

// Transcriber writes down speech. An error that wraps transcribe.ErrRefused is for good; any other may be cured by
// another attempt.
type Transcriber interface {
	Transcribe(context.Context, transcribe.Clip) (string, error)
	Model() string
}

// said is an answer as one text: what was typed, then what was heard, which begins at byte from; nil: nothing was.
func said(typed, heard string) (text string, from *int) {
	switch {
	case heard == "":
		return typed, nil
	case typed == "":
		return heard, new(0)
	}
	return typed + "\n\n" + heard, new(len(typed) + 2)
}

// keptSound is a recording with what hearing it needs.
type keptSound struct {
	id, submission, mediaType, language string

	hearing partnerapi.TranscriptState
	file    []byte
	seconds float64
}

// hear is the task that measures a recording and has it written down.
func (e *Engine) hear(ctx context.Context, id string) error {
	k := keptSound{id: id}
	err := e.pool.QueryRow(ctx, `
		SELECT r.submission_id, r.type, r.hearing, r.audio, r.seconds, a.language
		FROM engine.recordings r JOIN engine.submissions s ON s.id = r.submission_id JOIN engine.assessments a ON a.id = s.assessment_id
		WHERE r.id = $1 AND r.state <> 'arriving'`, id).
		Scan(&k.submission, &k.mediaType, (*string)(&k.hearing), &k.file, &k.seconds, &k.language)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // replaced by another one meanwhile
	}
	if err != nil {
		return fmt.Errorf("reading a recording: %w", err)
	}
	audio, unread := recording.Read(k.file)
	if unread == nil {
		measured, err := audio.Measure(ctx)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			unread = err
		default:
			if err := e.noteMeasures(ctx, k, measured); err != nil {
				return err
			}
			if measured.Speech == 0 { // models invent words for silence
				return e.heard(ctx, k, partnerapi.TranscriptSilent, "")
			}
		}
	}
	switch {
	case e.opts.Transcriber == nil:
		return e.heard(ctx, k, partnerapi.TranscriptNone, "")
	case k.hearing != partnerapi.TranscriptPending: // it was kept while there was no transcriber
		return nil
	}
	clip := transcribe.Clip{
		Data: k.file, Type: k.mediaType, Name: "answer" + extension(k.mediaType), Language: languageCode(k.language),
		Length: time.Duration(k.seconds * float64(time.Second)),
	}
	if unread == nil {
		if wav, err := audio.WAV(ctx, transcribe.MaxBytes); err == nil { // every server takes it, some take nothing else
			clip.Data, clip.Type, clip.Name = wav, "audio/wav", "answer.wav"
		}
	}
	text, err := e.opts.Transcriber.Transcribe(ctx, clip)
	switch {
	case errors.Is(err, transcribe.ErrRefused):
		return fmt.Errorf("%w: %w", errHopeless, err)
	case err != nil:
		return err
	}
	if text = cutText(strings.TrimSpace(noNUL(text))); text == "" {
		return e.heard(ctx, k, partnerapi.TranscriptSilent, "")
	}
	return e.heard(ctx, k, partnerapi.TranscriptDone, text)
}

// cutText keeps as much as an answer may have.
func cutText(text string) string {
	if utf8.RuneCountInString(text) <= AnswerMax {
		return text
	}
	return string([]rune(text)[:AnswerMax])
}

// extension tells servers what a file is.
func extension(mediaType string) string {
	switch base, _, _ := strings.Cut(mediaType, ";"); base {
	case "audio/mp4":
		return ".m4a"
	case "audio/ogg":
		return ".ogg"
	}
	return ".webm"
}

// languageCode is the ISO 639-1 code of a language of the contract, as transcription servers take it.
func languageCode(language string) string {
	tag := partnerapi.LanguageTag(language)
	if tag == "fil" { // has no code of two letters; servers know it as Tagalog
		return "tl"
	}
	return tag
}

func (e *Engine) noteMeasures(ctx context.Context, k keptSound, m recording.Measures) error {
	return e.stepOf(ctx, k.submission, func(tx pgx.Tx, r *record) error {
		tag, err := tx.Exec(ctx, `UPDATE engine.recordings SET speech = $2, peaks = $3 WHERE id = $1 AND speech IS DISTINCT FROM $2`,
			k.id, m.Speech.Seconds(), m.Peaks)
		if err != nil {
			return fmt.Errorf("noting what a recording measures: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return e.tellRecorded(ctx, tx, r)
	})
}

// heard ends the hearing of a recording.
func (e *Engine) heard(ctx context.Context, k keptSound, state partnerapi.TranscriptState, text string) error {
	return e.stepOf(ctx, k.submission, func(tx pgx.Tx, r *record) error {
		return e.noteHeard(ctx, tx, r, k.id, state, text)
	})
}

func (e *Engine) noteHeard(ctx context.Context, tx pgx.Tx, r *record, id string, state partnerapi.TranscriptState, text string) error {
	model := ""
	if state == partnerapi.TranscriptDone {
		model = e.opts.Transcriber.Model()
	}
	tag, err := tx.Exec(ctx, `
		UPDATE engine.recordings SET hearing = $2, transcript = $3, model = $4 WHERE id = $1 AND (hearing, transcript) IS DISTINCT FROM ($2, $3)`,
		id, string(state), text, model)
	if err != nil {
		return fmt.Errorf("noting what was heard: %w", err)
	}
	if tag.RowsAffected() > 0 {
		if err := e.tellRecorded(ctx, tx, r); err != nil {
			return err
		}
	}
	return e.judgeHeard(ctx, tx, r)
}

// hearingFailed is what giving up the task means: people listen for themselves.
func (e *Engine) hearingFailed(ctx context.Context, tx pgx.Tx, id string, _ error) error {
	var invite string
	err := tx.QueryRow(ctx, `
		SELECT s.invite_id FROM engine.recordings r JOIN engine.submissions s ON s.id = r.submission_id WHERE r.id = $1`, id).Scan(&invite)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("reading a recording: %w", err)
	}
	r, err := e.lock(ctx, tx, invite)
	if err != nil {
		return err
	}
	return e.noteHeard(ctx, tx, r, id, partnerapi.TranscriptFailed, "")
}

// hearAgain makes a recording that was given up one that somebody is about to write down.
func hearAgain(ctx context.Context, tx pgx.Tx, id string) error {
	if _, err := tx.Exec(ctx, `UPDATE engine.recordings SET hearing = 'pending' WHERE id = $1 AND hearing = 'failed'`, id); err != nil {
		return fmt.Errorf("taking up recording %s again: %w", id, err)
	}
	return nil
}

// hearAgainAll takes up, as the program starts, what was given up: it starts anew when its settings were put right.
func (e *Engine) hearAgainAll(ctx context.Context) error {
	if e.opts.Transcriber == nil {
		return nil
	}
	return e.inTx(ctx, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id FROM engine.tasks WHERE kind = $1 AND state = 'failed' FOR UPDATE SKIP LOCKED`, taskHear)
		if err != nil {
			return fmt.Errorf("looking for recordings that could not be written down: %w", err)
		}
		list, err := pgx.CollectRows(rows, pgx.RowTo[int64])
		if err != nil {
			return fmt.Errorf("looking for recordings that could not be written down: %w", err)
		}
		for _, id := range list {
			if err := e.taskAgain(ctx, tx, id); err != nil {
				return err
			}
		}
		return nil
	})
}

// hearingOf says how far the spoken answers of a submission are written down: wait is for those on their way, and
// unheard that a program can't judge the submission, since there are some that only people can hear.
func hearingOf(ctx context.Context, tx pgx.Tx, submissionID string) (wait, unheard bool, err error) {
	err = tx.QueryRow(ctx, `
		SELECT coalesce(bool_or(state = 'arriving' OR hearing = 'pending'), false), coalesce(bool_or(hearing <> 'done'), false)
		FROM engine.recordings WHERE submission_id = $1`, submissionID).Scan(&wait, &unheard)
	if err != nil {
		return false, false, fmt.Errorf("reading the recordings of %s: %w", submissionID, err)
	}
	return wait, unheard, nil
}

// judgeHeard judges a submission whose judgement waited for its recordings, once they are all written down or given up.
func (e *Engine) judgeHeard(ctx context.Context, tx pgx.Tx, r *record) error {
	var waits bool
	if err := tx.QueryRow(ctx, `SELECT judge_heard FROM engine.submissions WHERE id = $1`, r.ID).Scan(&waits); err != nil {
		return fmt.Errorf("reading submission %s: %w", r.ID, err)
	}
	if !waits {
		return nil
	}
	if r.Evaluation != partnerapi.EvaluationPending { // people were quicker
		return e.waitForHearing(ctx, tx, r, false)
	}
	return e.judge(ctx, tx, r)
}

// waitForHearing notes whether the judgement of a submission waits for its recordings.
func (e *Engine) waitForHearing(ctx context.Context, tx pgx.Tx, r *record, waits bool) error {
	if _, err := tx.Exec(ctx, `UPDATE engine.submissions SET judge_heard = $2 WHERE id = $1`, r.ID, waits); err != nil {
		return fmt.Errorf("having %s wait for its recordings: %w", r.ID, err)
	}
	return nil
}

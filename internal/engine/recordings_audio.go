package engine

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/partnerapi"
)

// sound is the audio of a recording, read piece by piece where it lies, so that listening to the middle of a long one
// costs no more than that.
type sound struct {
	ctx       context.Context
	pool      *pgxpool.Pool
	id        string
	mediaType string
	size      int64
	piece     []byte // read ahead
	from      int64  // where it begins
}

// pieceSize is how many bytes are read at once; about a minute of speech.
const pieceSize = 256 << 10

// ReadAt is io.ReaderAt, for one reader at a time.
func (s *sound) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		next := at + int64(n)
		if next >= s.size {
			return n, io.EOF
		}
		if next < s.from || next >= s.from+int64(len(s.piece)) {
			err := s.pool.QueryRow(s.ctx, `SELECT substring(audio FROM $2 FOR $3) FROM engine.recordings WHERE id = $1`, s.id, next+1, pieceSize).Scan(&s.piece)
			if err != nil {
				return n, fmt.Errorf("reading a recording: %w", err)
			}
			if s.from = next; len(s.piece) == 0 {
				return n, io.ErrUnexpectedEOF
			}
		}
		n += copy(p[n:], s.piece[next-s.from:])
	}
	return n, nil
}

func (s *sound) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", s.mediaType)
	w.Header().Set("Cache-Control", "private, no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(s, 0, s.size))
}

// soundOf finds the kept recording r of an answer a by a condition on both and on its submission s; nil without one.
func (e *Engine) soundOf(ctx context.Context, where string, args ...any) (*sound, error) {
	s := &sound{ctx: ctx, pool: e.pool}
	err := e.pool.QueryRow(ctx, `
		SELECT r.id::text, r.type, r.bytes FROM engine.recordings r JOIN engine.submissions s ON s.id = r.submission_id
		WHERE r.state <> 'arriving' AND `+where, args...).Scan(&s.id, &s.mediaType, &s.size)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("looking for a recording: %w", err)
	}
	return s, nil
}

// recordingAudio is the audio of one answer of somebody who is through.
func (e *Engine) recordingAudio(c *call) (*sound, error) {
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return nil, err
	}
	id, err := e.candidate(c, a)
	if err != nil {
		return nil, err
	}
	s, err := e.soundOf(c.ctx, `s.id = $1 AND r.question_id = $2`, id, c.param("questionId"))
	if err == nil && s == nil {
		err = refuse(partnerapi.CodeNotFound, "There is no recording of this answer")
	}
	return s, err
}

// questionEvaluations are the grounds of a submission's answers, in order.
func (e *Engine) questionEvaluations(ctx context.Context, submissionID string) ([]partnerapi.QuestionEvaluation, error) {
	rows, err := e.pool.Query(ctx, `
		SELECT a.question_id, a.evidence, a.answer, r.id IS NOT NULL, coalesce(r.state, ''), coalesce(r.type, ''), coalesce(r.bytes, 0),
			coalesce(r.seconds, 0), r.speech, coalesce(r.peaks, '{}'), coalesce(r.hearing, ''), coalesce(r.transcript, ''), coalesce(r.model, '')
		FROM engine.answers a LEFT JOIN LATERAL (
			SELECT * FROM engine.recordings r WHERE r.submission_id = a.submission_id AND r.question_id = a.question_id
			ORDER BY r.state = 'arriving' LIMIT 1) r ON true
		WHERE a.submission_id = $1 ORDER BY a.position`, submissionID)
	if err != nil {
		return nil, fmt.Errorf("reading the evidence of %s: %w", submissionID, err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (q partnerapi.QuestionEvaluation, err error) {
		var r partnerapi.Recording
		var spoken bool
		var typed, heard string
		err = row.Scan((*string)(&q.QuestionID), &q.Evidence, &typed, &spoken, (*string)(&r.State), &r.Type, &r.Bytes,
			&r.Seconds, &r.Speech, &r.Peaks, (*string)(&r.Transcript), &heard, &r.Model)
		if r.State == partnerapi.RecordingArriving {
			r.Bytes = 0 // of parts
			if e.opts.Transcriber != nil {
				r.Transcript = partnerapi.TranscriptPending
			}
		}
		if _, r.TranscriptFrom = said(typed, heard); spoken {
			q.Recording = &r
		}
		return q, err
	})
	if err != nil {
		return nil, fmt.Errorf("reading the evidence of %s: %w", submissionID, err)
	}
	return list, nil
}

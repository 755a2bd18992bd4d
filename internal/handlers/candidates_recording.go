package handlers

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"

	"greenroom/internal/hiring"
)

// longestPause is how long a player may leave what it is sent unread.
const longestPause = 5 * time.Minute

// candidateRecording is the audio of a spoken answer, whole or by ranges as players ask for it. It is read from the
// provider as it is listened to, and kept nowhere.
func (h *Handlers) candidateRecording(w http.ResponseWriter, r *http.Request) error {
	c, err := h.candidate(r)
	if err != nil {
		return err
	}
	answers, err := h.Store.Answers(r.Context(), c.ID)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(answers, func(a hiring.Answer) bool { return strconv.Itoa(a.Position) == chi.URLParam(r, "position") })
	if at < 0 || answers[at].Recording == nil || !answers[at].Recording.Playable() || !h.Mirror.Abilities(r.Context()).Recordings {
		return fmt.Errorf("a recording of candidate %d: %w", c.ID, hiring.ErrNotFound)
	}
	recording := h.listen(r.Context(), c, answers[at])
	wanted := r.Header.Get("Range")
	if strings.Contains(wanted, ",") { // many parts of parts would be read over and over; the whole may always be given
		r.Header.Del("Range")
		wanted = ""
	}
	// What can't be had should be said while there is still a status to say it with. How large it is, the provider knows
	// best: it may have got more since we were told.
	if err := recording.begin(firstByte(wanted, recording.size)); err != nil {
		return err
	}
	head := w.Header()
	head.Set("Content-Type", answers[at].Recording.MediaType())
	head.Set("Cache-Control", "private, no-store")
	head.Set("Etag", fmt.Sprintf(`"%d"`, recording.size)) // so that a player doesn't join parts of two
	// A player that has enough for now leaves the rest waiting; when the pause gets long, it asks again from there on.
	connection := http.NewResponseController(w)
	recording.goesOn = func() { _ = connection.SetWriteDeadline(time.Now().Add(longestPause)) }
	defer func() { _ = connection.SetWriteDeadline(time.Time{}) }()
	http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(recording, 0, recording.size))
	if recording.failed != nil && r.Context().Err() == nil {
		h.Log.Warn("a recording broke off", "error", recording.failed, "path", safePath(r.URL.Path), "request", requestIDOf(r.Context()))
	}
	return nil
}

// listen is the audio of an answer that was spoken, nothing of which has been read yet.
func (h *Handlers) listen(ctx context.Context, c hiring.Candidate, a hiring.Answer) *listening {
	return &listening{size: a.Recording.Bytes, goesOn: func() {}, read: func(from int64) (audio []byte, first, total int64, err error) {
		part, err := h.Mirror.RecordingPart(ctx, c, a.QuestionRef, from)
		return part.Audio, part.From, part.Total, err
	}}
}

// firstByte is where a range begins; 0 for what it can't tell.
func firstByte(wanted string, size int64) int64 {
	span, ok := strings.CutPrefix(strings.TrimSpace(wanted), "bytes=")
	first, last, cut := strings.Cut(span, "-")
	if !ok || !cut {
		return 0
	}
	if first == "" { // the last so many
		n, err := strconv.ParseInt(last, 10, 64)
		if err != nil || n < 0 {
			return 0
		}
		return max(0, size-n)
	}
	n, err := strconv.ParseInt(first, 10, 64)
	if err != nil || n < 0 || n >= size {
		return 0
	}
	return n
}

// listening reads a recording part by part, as far as somebody listens. It keeps one part.
type listening struct {
	read   func(from int64) (audio []byte, first, total int64, err error)
	size   int64  // of the whole
	audio  []byte // the part at hand
	first  int64  // of the part, in the whole
	failed error
	goesOn func() // is told before each reading
}

var errOtherRecording = errors.New("another recording took its place")

// begin has the part with a byte at hand, and takes the size from it.
func (l *listening) begin(at int64) error {
	audio, first, total, err := l.read(at)
	if err != nil {
		return err
	}
	l.audio, l.first, l.size = audio, first, total
	return nil
}

// ReadAt is io.ReaderAt, for one reader at a time.
func (l *listening) ReadAt(p []byte, at int64) (n int, err error) {
	for n < len(p) {
		from := at + int64(n)
		if from >= l.size {
			return n, io.EOF
		}
		l.goesOn()
		if from < l.first || from >= l.first+int64(len(l.audio)) {
			audio, first, total, err := l.read(from)
			if err == nil && total != l.size {
				err = errOtherRecording
			}
			if err != nil {
				l.failed = err
				return n, err
			}
			l.audio, l.first = audio, first
		}
		n += copy(p[n:], l.audio[from-l.first:])
	}
	return n, nil
}

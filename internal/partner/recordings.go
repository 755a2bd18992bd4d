package partner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"greenroom/internal/partnerapi"
)

// PartMax is the most, in bytes, that RecordingPart asks for.
const PartMax = 1 << 20

// RecordingPart is a part of the audio of a spoken answer.
type RecordingPart struct {
	From  int64 // the first byte of Audio in the whole
	Audio []byte
	Total int64 // bytes of the whole
}

// RecordingPart reads the bytes of a recording from one up to another, which it leaves out (partnerapi.CapRecordings).
// It may give fewer, but never none and never later ones; a provider that knows no ranges gives the whole, as long as
// that is an answer of ordinary size. hiring.ErrNotFound: there is no such recording, or not yet.
func (c *Client) RecordingPart(ctx context.Context, assessment, candidate, question string, from, to int64) (RecordingPart, error) {
	var out RecordingPart
	to = min(to, from+PartMax)
	err := c.do(ctx, call{op: OpRecording, method: http.MethodGet, path: partnerapi.PathRecording,
		ids: []string{assessment, candidate, question}, part: fmt.Sprintf("bytes=%d-%d", from, to-1)},
		func(a answer) error { return readPart(a, from, to, &out) })
	return out, err
}

// readPart takes a part of audio. JSON in its place is a refusal, or nothing that the contract knows.
func readPart(a answer, from, to int64, out *RecordingPart) error {
	if !isAudio(a) {
		var ignored json.RawMessage
		if err := data(&ignored, func(*json.RawMessage) error { return nil })(a); err != nil {
			return err
		}
		return errNotAudio
	}
	p := RecordingPart{Audio: a.body, Total: int64(len(a.body))}
	if a.status == http.StatusPartialContent {
		var last int64
		if n, err := fmt.Sscanf(a.contentRange, "bytes %d-%d/%d", &p.From, &last, &p.Total); n != 3 || err != nil {
			return fmt.Errorf("a part without its place: %.60q", a.contentRange)
		}
		if p.From != from || last >= to || last >= p.Total || last-p.From+1 != int64(len(p.Audio)) {
			return fmt.Errorf("asked for the bytes from %d to %d and got %d called %.60q", from, to-1, len(p.Audio), a.contentRange)
		}
	}
	if from < p.From || from >= p.From+int64(len(p.Audio)) {
		return fmt.Errorf("asked for the bytes from %d on and got %d", from, len(p.Audio))
	}
	*out = p
	return nil
}

var errNotAudio = errors.New("the answer is no audio")

// isAudio goes by the stated type.
func isAudio(a answer) bool {
	kind, _, err := mime.ParseMediaType(a.contentType)
	return err == nil && (strings.HasPrefix(kind, "audio/") || kind == "application/octet-stream")
}

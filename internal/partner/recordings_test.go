package partner_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// everyOperation is operations and the one whose answer is no JSON.
var everyOperation = append(operations[:len(operations):len(operations)],
	operation{partner.OpRecording, "GET", "", func(ctx context.Context, c *partner.Client) (any, error) {
		return c.RecordingPart(ctx, "assessmentId_1", "inviteId_1", "questionId_1", 4, 10)
	}})

var sound = []byte("\x1aE\xdf\xa3<audio that looks like nothing else>")

// TestRecordingPart asks for bytes 4 to 9 of sound, and says what of the answers is taken.
func TestRecordingPart(t *testing.T) {
	t.Parallel()
	part := func(place string, body []byte) http.HandlerFunc {
		return answering(206, "audio/webm; codecs=opus", string(body), "Content-Range", place)
	}
	served := func(w http.ResponseWriter, r *http.Request) { // as a file server has it
		w.Header().Set("Content-Type", "audio/webm; codecs=opus")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sound))
	}
	total := int64(len(sound))
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		want   partner.RecordingPart // no audio: it is not taken
	}{
		{"a part", served, partner.RecordingPart{From: 4, Audio: sound[4:10], Total: total}},
		{"a smaller part", part("bytes 4-6/39", sound[4:7]), partner.RecordingPart{From: 4, Audio: sound[4:7], Total: 39}},
		{"the whole", answering(200, "audio/webm", string(sound)), partner.RecordingPart{Audio: sound, Total: total}},
		{"the whole, of a type that isn't told", answering(200, "application/octet-stream", string(sound)), partner.RecordingPart{Audio: sound, Total: total}},
		{"a whole that is too short", answering(200, "audio/webm", "abcd"), partner.RecordingPart{}},
		{"nothing", answering(200, "audio/webm", ""), partner.RecordingPart{}},
		{"another part", part("bytes 5-10/39", sound[5:11]), partner.RecordingPart{}},
		{"a larger part", part("bytes 4-10/39", sound[4:11]), partner.RecordingPart{}},
		{"a part and more", part("bytes 4-9/39", sound[4:12]), partner.RecordingPart{}},
		{"a part and less", part("bytes 4-9/39", sound[4:6]), partner.RecordingPart{}},
		{"an empty part", part("bytes 4-3/39", nil), partner.RecordingPart{}},
		{"a part past the end", part("bytes 4-9/6", sound[4:10]), partner.RecordingPart{}},
		{"a part of who knows what", part("bytes 4-9/*", sound[4:10]), partner.RecordingPart{}},
		{"a part without its place", part("", sound[4:10]), partner.RecordingPart{}},
		{"no range of it", answering(416, "", "", "Content-Range", "bytes */3"), partner.RecordingPart{}},
		{"a page called audio", answering(200, "text/html", string(sound)), partner.RecordingPart{}},
		{"a success of another kind", answering(200, "application/json", `{"status":"success","data":{}}`), partner.RecordingPart{}},
		{"several parts", answering(206, "multipart/byteranges; boundary=x", "--x"), partner.RecordingPart{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, tt.answer)
			c, _ := newClient(t, p.URL)
			got, err := c.RecordingPart(t.Context(), "a/1", "i", "q", 4, 10)
			if seen := p.seen()[0]; seen.URI != partnerapi.BasePath+"/extensions/assessment/a%2F1/candidates/i/recordings/q" ||
				seen.Header.Get("Range") != "bytes=4-9" || seen.Header.Get("Accept-Encoding") != "" || seen.Header.Get("Authorization") != "Bearer "+key {
				t.Errorf("asked: %+v", seen)
			}
			if tt.want.Audio != nil {
				if err != nil || got.From != tt.want.From || got.Total != tt.want.Total || !bytes.Equal(got.Audio, tt.want.Audio) {
					t.Errorf("%+v, %v; want %+v", got, err, tt.want)
				}
				return
			}
			if err == nil {
				t.Fatalf("taken: %+v", got)
			}
			wantKind(t, err, kindUnavailable)
			if s := partner.Sentence(err); !strings.HasSuffix(s, ".") {
				t.Errorf("sentence %q", s)
			}
		})
	}
}

// TestRecordingPartIsBounded asks for no more than PartMax, whatever it is asked for.
func TestRecordingPartIsBounded(t *testing.T) {
	t.Parallel()
	p := newProvider(t, answering(200, "audio/webm", "x"))
	c, _ := newClient(t, p.URL)
	if _, err := c.RecordingPart(t.Context(), "a", "i", "q", 0, 1<<40); err != nil {
		t.Error(err)
	}
	if got, want := p.seen()[0].Header.Get("Range"), fmt.Sprintf("bytes=0-%d", partner.PartMax-1); got != want {
		t.Errorf("Range %s, want %s", got, want)
	}
	if _, err := c.RecordingPart(t.Context(), "a", "", "q", 0, 5); kindOf(err) != kindNotFound {
		t.Errorf("without a candidate: %v", err)
	}
}

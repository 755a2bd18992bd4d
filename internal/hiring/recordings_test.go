package hiring_test

import (
	"testing"
	"time"

	"greenroom/internal/hiring"
)

// TestOnlyAudioIsPassedOn names what a provider may call its audio, and what a browser is told of it.
func TestOnlyAudioIsPassedOn(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"audio/webm; codecs=opus":             `audio/webm; codecs=opus`,
		"Audio/WebM;codecs=\"opus\"":          `audio/webm; codecs=opus`,
		"audio/mp4; codecs=\"mp4a.40.2\"":     `audio/mp4; codecs=mp4a.40.2`,
		"audio/ogg":                           "audio/ogg",
		"audio/webm; codecs=\"a\\\"b\"; x=1":  "audio/webm",
		"audio/webm; codecs=\"o\r\nSet: 1\"":  "",
		"text/html":                           "",
		"image/svg+xml":                       "",
		"audio/webm, text/html":               "",
		"video/webm; codecs=opus":             "",
		"":                                    "",
		"application/octet-stream; codecs=op": "",
	} {
		r := hiring.Recording{State: hiring.RecordingWhole, Bytes: 1, Type: said}
		if got := r.MediaType(); got != want || r.Playable() != (want != "") {
			t.Errorf("%q is passed on as %q (playable %v), want %q", said, got, r.Playable(), want)
		}
	}
}

func TestAnswerSplits(t *testing.T) {
	t.Parallel()
	from := func(at int) *hiring.Recording { return &hiring.Recording{TranscriptFrom: &at} }
	for _, tt := range []struct {
		text              string
		recording         *hiring.Recording
		typed, transcript string
	}{
		{"typed", nil, "typed", ""},
		{"typed", &hiring.Recording{}, "typed", ""},
		{"typed spoken", from(6), "typed ", "spoken"},
		{"spoken", from(0), "", "spoken"},
		{"é spoken", from(1), "", "é spoken"}, // amid a character
		{"typed", from(5), "typed", ""},
		{"typed", from(500), "typed", ""},
		{"typed", from(-3), "typed", ""},
		{"", from(0), "", ""},
	} {
		a := hiring.Answer{Text: tt.text, Recording: tt.recording}
		if typed, transcript := a.Split(); typed != tt.typed || transcript != tt.transcript {
			t.Errorf("%q splits into %q and %q, want %q and %q", tt.text, typed, transcript, tt.typed, tt.transcript)
		}
	}
}

func TestRecordingMayChange(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 3, 10, 0, 0, 0, time.UTC)
	spoken := 12.5
	minute, hour, week := now.Add(-time.Minute), now.Add(-time.Hour), now.AddDate(0, 0, -7)
	for _, tt := range []struct {
		r     hiring.Recording
		ended *time.Time
		want  bool
	}{
		{hiring.Recording{State: hiring.RecordingArriving, Transcript: hiring.TranscriptNone}, &week, true},
		{hiring.Recording{State: hiring.RecordingWhole, Transcript: hiring.TranscriptPending}, &week, true},
		{hiring.Recording{State: hiring.RecordingWhole, Transcript: hiring.TranscriptDone, Speech: &spoken}, &minute, true},
		{hiring.Recording{State: hiring.RecordingWhole, Transcript: hiring.TranscriptDone, Speech: &spoken}, &hour, false},
		{hiring.Recording{State: hiring.RecordingWhole, Transcript: hiring.TranscriptFailed, Speech: &spoken}, &hour, false},
		{hiring.Recording{State: hiring.RecordingCut, Transcript: hiring.TranscriptDone, Speech: &spoken}, &hour, true},
		{hiring.Recording{State: hiring.RecordingCut, Transcript: hiring.TranscriptDone, Speech: &spoken}, &week, false},
		{hiring.Recording{State: hiring.RecordingCut, Transcript: hiring.TranscriptDone, Speech: &spoken}, nil, false},
		{hiring.Recording{State: hiring.RecordingWhole, Transcript: hiring.TranscriptNone}, &hour, true},
		{hiring.Recording{State: hiring.RecordingWhole, Transcript: hiring.TranscriptNone}, &week, false},
	} {
		if got := tt.r.MayChange(tt.ended, now); got != tt.want {
			t.Errorf("%+v may change: %v, want %v", tt.r, got, tt.want)
		}
	}
}

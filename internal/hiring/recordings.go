package hiring

import (
	"mime"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"
)

// RecordingState is how much of a spoken answer there is.
type RecordingState string

// The states of a recording.
const (
	RecordingArriving RecordingState = "arriving" // parts are still on the way
	RecordingWhole    RecordingState = "whole"
	RecordingCut      RecordingState = "cut" // the end never came: what there is, is the beginning
)

// TranscriptState is what became of writing a recording down.
type TranscriptState string

// The states of a transcript.
const (
	TranscriptNone    TranscriptState = "none"    // nothing writes down speech
	TranscriptPending TranscriptState = "pending" // at work, or waits for the recording
	TranscriptDone    TranscriptState = "done"
	TranscriptSilent  TranscriptState = "silent" // nobody speaks in it, so there was nothing to write down
	TranscriptFailed  TranscriptState = "failed" // given up
)

// Recording describes a spoken answer; the audio itself stays at the provider. Its fields are kept as JSON.
type Recording struct {
	State   RecordingState `json:"state"`
	Type    string         `json:"type"`            // media type as the provider names it; see MediaType
	Bytes   int64          `json:"bytes"`           // of the audio; 0 while it arrives
	Seconds float64        `json:"seconds"`         // its length; 0 while nobody knows it
	Speech  *float64       `json:"speech"`          // seconds in which somebody speaks, by loudness alone; nil: not measured
	Peaks   []int          `json:"peaks,omitempty"` // the loudest moment of each of equal parts, 0–100; nil: not measured

	Transcript     TranscriptState `json:"transcript"`
	TranscriptFrom *int            `json:"transcriptFrom"` // the byte of the answer's text at which it begins; nil: none of it is there
	Model          string          `json:"model"`          // that wrote the transcript; "" for none
}

// audioTypes are what is passed on to browsers: what their own recorders make. Anything else could be a page.
var audioTypes = []string{"audio/webm", "audio/mp4", "audio/ogg"}

var codecs = regexp.MustCompile(`^[\w.+-]{1,40}(, ?[\w.+-]{1,40}){0,3}$`)

// MediaType is the recording's type as a browser may be told it, with its codecs; "" for one that is none of audio.
func (r *Recording) MediaType() string {
	kind, params, err := mime.ParseMediaType(r.Type)
	if err != nil || !slices.Contains(audioTypes, kind) {
		return ""
	}
	if named := params["codecs"]; codecs.MatchString(named) {
		return mime.FormatMediaType(kind, map[string]string{"codecs": named})
	}
	return kind
}

// Playable says whether there is something to listen to, of a type that browsers may be given.
func (r *Recording) Playable() bool {
	return r.State != RecordingArriving && r.Bytes > 0 && r.MediaType() != ""
}

// speechLeast is how much of it has to be loud, in seconds, for a recording not to count as silent: a cough or a click
// of the mouse is shorter.
const speechLeast = 0.3

// Silent says that nobody seems to speak in it.
func (r *Recording) Silent() bool {
	return r.Transcript == TranscriptSilent || r.Speech != nil && *r.Speech < speechLeast
}

// Awaited says that more of it is on the way: the audio itself, or what was said in writing.
func (r *Recording) Awaited() bool {
	return r.State == RecordingArriving || r.Transcript == TranscriptPending
}

// What may still come of the recordings of an interview after its end.
const (
	partsSettle    = time.Hour      // parts from a slow connection, and with them another take in place of this one
	measuresSettle = 48 * time.Hour // a missing end, or what was measured
)

// MayChange says whether asking for it once more can tell something new, of an interview that ended at a time; nil: it
// is not known when.
func (r *Recording) MayChange(ended *time.Time, now time.Time) bool {
	if r.Awaited() || ended == nil {
		return r.Awaited()
	}
	since := now.Sub(*ended)
	return since < partsSettle || since < measuresSettle && (r.State == RecordingCut || r.Speech == nil)
}

// Split is the answer's text in two: what was typed, and from a byte on the transcript of what was spoken, which is ""
// where there is none.
func (a *Answer) Split() (typed, transcript string) {
	at := len(a.Text)
	if r := a.Recording; r != nil && r.TranscriptFrom != nil && *r.TranscriptFrom >= 0 && *r.TranscriptFrom < at {
		for at = *r.TranscriptFrom; !utf8.RuneStart(a.Text[at]); at-- { // never amid a character
		}
	}
	return a.Text[:at], a.Text[at:]
}

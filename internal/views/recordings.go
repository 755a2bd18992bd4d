package views

import (
	"fmt"
	"math"
	"strings"

	"greenroom/internal/hiring"
)

// RecordingHref is where the audio of a spoken answer is. What it is called changes with it, so that a page doesn't go
// on with one that was replaced.
func RecordingHref(candidate int64, a hiring.Answer) string {
	return fmt.Sprintf("/candidates/%d/answers/%d/recording?v=%d", candidate, a.Position, a.Recording.Bytes)
}

// stamp changes with what is worth a look.
func (a CandidateAnswer) stamp() string {
	s := figure(a.Score) + a.Reason
	if r := a.Recording; r != nil {
		s += string(r.State) + string(r.Transcript)
	}
	return s
}

// playerID is the same as long as the audio is.
func (a CandidateAnswer) playerID() string {
	return fmt.Sprintf("player-%d-%d", a.Position, a.Recording.Bytes)
}

// playerName is what a player is called by those who don't see it.
func (a CandidateAnswer) playerName() string {
	name := fmt.Sprintf("Answer to question %d", a.Position)
	if length := spokenLength(a.Recording.Seconds); length != "" {
		name += ", " + length
	}
	return name
}

// spokenLine says that an answer was spoken, and how long it is.
func spokenLine(seconds float64) string {
	if length := spokenLength(seconds); length != "" {
		return "Spoken, " + length
	}
	return "Spoken"
}

// spokenLength puts seconds into words: "1 min 24 s"; "" for none.
func spokenLength(seconds float64) string {
	s := int(math.Round(seconds))
	switch {
	case seconds <= 0:
		return ""
	case s < 1:
		return "less than a second"
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return strings.TrimSuffix(fmt.Sprintf("%d min %d s", s/60, s%60), " 0 s")
	}
	return strings.TrimSuffix(fmt.Sprintf("%d h %d min", s/3600, s%3600/60), " 0 min")
}

// spokenNote is something to know before listening.
type spokenNote struct {
	icon, text string
	grave      bool // the judgement may hang on it
}

// spokenNotes say what is there of a recording and what is not.
func (p CandidateProps) spokenNotes(r *hiring.Recording) (list []spokenNote) {
	switch {
	case r.State == hiring.RecordingArriving:
		return append(list, spokenNote{icon: "hourglass", text: "The recording is still on its way. It appears here by itself."})
	case r.State == hiring.RecordingCut && r.Bytes == 0:
		return append(list, spokenNote{"triangle-alert", "Nothing of the recording arrived: the connection broke.", true})
	case r.Bytes == 0:
		return append(list, spokenNote{"triangle-alert", "The recording is empty.", true})
	case r.State == hiring.RecordingCut:
		list = append(list, spokenNote{"triangle-alert", "The end is missing: the connection broke, and this is what arrived.", true})
	}
	if !r.Playable() {
		list = append(list, spokenNote{"triangle-alert", "This kind of audio can’t be played here. " + p.Provider + " keeps it.", true})
	}
	switch {
	case r.Silent():
		return append(list, spokenNote{"mic", "Nobody seems to speak in it. Listen before you judge.", true})
	case r.Transcript == hiring.TranscriptPending:
		list = append(list, spokenNote{icon: "hourglass", text: "It is being written down. The transcript appears here by itself."})
	case r.Transcript == hiring.TranscriptFailed:
		list = append(list, spokenNote{icon: "circle-x", text: "Writing it down failed. Listen to the answer."})
	case r.Transcript == hiring.TranscriptNone:
		list = append(list, spokenNote{icon: "info", text: "No transcript: nothing here writes down speech. Listen to the answer."})
	}
	return list
}

// transcriptNote says who wrote a transcript, and what to make of it.
func transcriptNote(r *hiring.Recording) string {
	by := "Transcript"
	if r.Model != "" {
		by += " by " + r.Model
	}
	return by + ". It can be wrong; listen before you judge."
}

// saying is an answer in its parts.
type saying struct {
	typed, transcript []passage
}

// saying takes what was typed apart from the transcript of what was spoken; evidence may lie in both.
func (a CandidateAnswer) saying() (s saying) {
	typed, _ := a.Split()
	at := 0
	for _, part := range passages(a.Text, a.Evidence) {
		end := at + len(part.text)
		cut := min(max(len(typed)-at, 0), len(part.text))
		if cut > 0 {
			s.typed = append(s.typed, passage{part.text[:cut], part.point})
		}
		if cut < len(part.text) {
			s.transcript = append(s.transcript, passage{part.text[cut:], part.point})
		}
		at = end
	}
	if n := len(s.typed); n > 0 && s.transcript != nil { // what parts the two is no text
		if s.typed[n-1].text = strings.TrimRight(s.typed[n-1].text, "\n"); s.typed[n-1].text == "" {
			s.typed = s.typed[:n-1]
		}
	}
	return s
}

// waveform draws the peaks of a recording from left to right, two units wide each with one between, a hundred high.
func waveform(peaks []int) (path string, width int) {
	var b strings.Builder
	for i, p := range peaks {
		half := max(p, 2) / 2
		fmt.Fprintf(&b, "M%d %dh2v%dh-2z", 3*i, 50-half, 2*half)
	}
	return b.String(), 3*len(peaks) - 1
}

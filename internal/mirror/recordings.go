package mirror

import (
	"context"
	"fmt"
	"strings"

	"greenroom/internal/hiring"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// Bounds of what is kept of a recording, whatever a provider says.
const (
	peaksMax   = 240     // more than a page has room for
	bytesMax   = 1 << 30 // three hours are a twentieth of it
	secondsMax = 24 * 60 * 60
	typeMax    = 200 // characters of the media type and of the model's name
)

// RecordingPart reads the audio of a spoken answer from one byte on, as much as one call gives.
func (m *Mirror) RecordingPart(ctx context.Context, c hiring.Candidate, question string, from int64) (partner.RecordingPart, error) {
	a, err := m.assessment(ctx, c.AssessmentID)
	if err != nil {
		return partner.RecordingPart{}, err
	}
	part, err := m.client.RecordingPart(ctx, a.Ref, c.InviteRef, question, from, from+partner.PartMax)
	if err != nil {
		return part, fmt.Errorf("listening to candidate %d: %w", c.ID, err)
	}
	return part, nil
}

// heard says whether nothing new is to be learnt about the spoken answers of somebody: they were asked about, there is a
// text of each, and nothing more is on the way.
func (m *Mirror) heard(ctx context.Context, c hiring.Candidate, told []partnerapi.Answer) (bool, error) {
	if !c.Heard {
		return false, nil
	}
	have, err := m.store.Answers(ctx, c.ID)
	if err != nil {
		return false, err
	}
	known := map[string]hiring.Answer{}
	for _, a := range have {
		known[a.QuestionRef] = a
		if a.Recording != nil && a.Recording.MayChange(c.EndedAt, m.now()) {
			return false, nil
		}
	}
	for _, q := range told {
		if a, ok := known[string(q.ID)]; !ok || a.Text != clean(q.UserAnswer) {
			return false, nil
		}
	}
	return true, nil
}

// recordingOf is what is kept of a recording that belongs to an answer of the given text.
func recordingOf(told *partnerapi.Recording, text string) *hiring.Recording {
	if told == nil {
		return nil
	}
	r := &hiring.Recording{
		State: hiring.RecordingState(told.State), Type: short(told.Type), Bytes: min(max(told.Bytes, 0), bytesMax),
		Seconds: min(max(told.Seconds, 0), secondsMax), Peaks: peaksOf(told.Peaks),
		Transcript: hiring.TranscriptState(told.Transcript), TranscriptFrom: told.TranscriptFrom, Model: short(told.Model),
	}
	if told.Speech != nil {
		speech := min(max(*told.Speech, 0), secondsMax)
		r.Speech = &speech
	}
	switch r.State {
	case hiring.RecordingArriving, hiring.RecordingWhole, hiring.RecordingCut:
	default: // a state of a later contract: what there is, can be listened to
		r.State = hiring.RecordingWhole
		if r.Bytes == 0 {
			r.State = hiring.RecordingArriving
		}
	}
	switch r.Transcript {
	case hiring.TranscriptPending, hiring.TranscriptDone, hiring.TranscriptSilent, hiring.TranscriptFailed:
	default:
		r.Transcript = hiring.TranscriptNone
	}
	switch from := r.TranscriptFrom; {
	case from == nil:
	case *from < 0:
		r.TranscriptFrom = nil
	case *from >= len(text): // it came after the text was listed, and is there the next time
		r.TranscriptFrom = nil
		if r.Transcript == hiring.TranscriptDone {
			r.Transcript = hiring.TranscriptPending
		}
	}
	return r
}

// peaksOf keeps the loudest of neighbours where there are too many.
func peaksOf(told []int) []int {
	if len(told) == 0 {
		return nil
	}
	peaks := make([]int, min(len(told), peaksMax))
	for i, p := range told {
		at := i * len(peaks) / len(told)
		peaks[at] = max(peaks[at], min(max(p, 0), 100))
	}
	return peaks
}

func short(s string) string {
	if runes := []rune(clean(s)); len(runes) > typeMax {
		return string(runes[:typeMax])
	}
	return strings.TrimSpace(clean(s))
}

// recordingChanges are what became of spoken answers between two states of a candidate.
func recordingChanges(delivery, candidate int64, before, after []hiring.Answer) (list []hiring.DeliveryEffect) {
	known := map[string]*hiring.Recording{}
	for _, a := range before {
		known[a.QuestionRef] = a.Recording
	}
	for _, a := range after {
		list = append(list, changesOf(delivery, candidate, hiring.EffectFetched,
			recordingFields(a.Position, known[a.QuestionRef]), recordingFields(a.Position, a.Recording))...)
	}
	return list
}

func recordingFields(position int, r *hiring.Recording) []field {
	if r == nil {
		r = new(hiring.Recording)
	}
	return []field{{fmt.Sprintf("Recording of answer %d", position), string(r.State)}, {fmt.Sprintf("Transcript of answer %d", position), string(r.Transcript)}}
}

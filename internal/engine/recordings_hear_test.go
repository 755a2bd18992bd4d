package engine

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/engine/transcribe"
	"greenroom/internal/partnerapi"
)

// mouth is a transcriber that says what it is told to.
type mouth func(transcribe.Clip) (string, error)

func (m mouth) Transcribe(_ context.Context, c transcribe.Clip) (string, error) { return m(c) }
func (mouth) Model() string                                                     { return "whisper-1" }

func heardAs(text string) func(*Options) {
	return func(o *Options) { o.Transcriber = mouth(func(transcribe.Clip) (string, error) { return text, nil }) }
}

// TestProgramsJudgeWhatIsWrittenDown: a checklist waits for the transcript, and leaves to people what it can't read.
func TestProgramsJudgeWhatIsWrittenDown(t *testing.T) {
	t.Parallel()
	failing := func(err error) func(*Options) {
		return func(o *Options) { o.Transcriber = mouth(func(transcribe.Clip) (string, error) { return "", err }) }
	}
	points := []partnerapi.KeyPoint{{"root cause"}, {"fixed"}}
	for _, k := range []struct {
		name, file, typed string
		change            func(*Options)
		score             *float64
		transcript        partnerapi.TranscriptState
		text              string
	}{
		{"written down", "spoken", "", heardAs(" First the root cause.\n"), new(50.0), partnerapi.TranscriptDone, "First the root cause."},
		{"typed and spoken", "spoken", "It is fixed.", heardAs("First the root cause."), new(100.0), partnerapi.TranscriptDone, "It is fixed.\n\nFirst the root cause."},
		{"nobody writes it down", "spoken", "It is fixed.", func(*Options) {}, nil, partnerapi.TranscriptNone, "It is fixed."},
		{"silence", "silent", "", heardAs("Thank you for watching."), nil, partnerapi.TranscriptSilent, ""},
		{"nothing heard", "spoken", "", heardAs(""), nil, partnerapi.TranscriptSilent, ""},
		{"refused", "spoken", "", failing(transcribe.ErrRefused), nil, partnerapi.TranscriptFailed, ""},
		{"down for good", "spoken", "", failing(errors.New("no connection")), nil, partnerapi.TranscriptFailed, ""},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			e, c := start(t, k.change)
			data[partnerapi.Scoring](t, e, "PUT", "/extensions/scoring", `{"mode":"checklist"}`)
			a := newAssessment(t, e, partnerapi.QuestionRequest{Question: "How do you debug a failing service?", KeyPoints: &points})
			invite := sendInvite(t, e, a, "john@example.com")
			opened(t, e, invite)
			mustDo(t, e.Start(ctx, invite))
			speaks(t, e, invite, speechID, k.file)
			if k.typed != "" {
				mustDo(t, e.SaveAnswer(ctx, invite, opened(t, e, invite).Answers[0].QuestionID, k.typed))
			}
			mustDo(t, e.Submit(ctx, invite))
			if got := result1(t, e, a); e.opts.Transcriber != nil && got.EvaluationStatus != partnerapi.EvaluationPending {
				t.Errorf("before it is written down: %s, %v", got.EvaluationStatus, got.Score)
			}
			for range 8 {
				settleAll(t, e)
				c.add(6 * time.Minute)
			}
			got, r := result1(t, e, a), evaluation(t, e, a, invite).Questions[0].Recording
			want := partnerapi.EvaluationPendingReview
			if k.score != nil {
				want = partnerapi.EvaluationCompleted
			}
			if got.EvaluationStatus != want || !cmp.Equal(got.Score, k.score) || got.Questions[0].UserAnswer != k.text || r.Transcript != k.transcript {
				t.Errorf("%s, %v, %q, transcript %s", got.EvaluationStatus, got.Score, got.Questions[0].UserAnswer, r.Transcript)
			}
			if done := k.transcript == partnerapi.TranscriptDone; done != (r.TranscriptFrom != nil) || done && (r.Model != "whisper-1" || !strings.HasPrefix(k.text[*r.TranscriptFrom:], "First")) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestPeopleTakeOverTheJudgement: the way of scoring may change while a submission waits for its recordings.
func TestPeopleTakeOverTheJudgement(t *testing.T) {
	t.Parallel()
	_, e, _, place := begun(t, heardAs("The root cause."))
	data[partnerapi.Scoring](t, e, "PUT", "/extensions/scoring", `{"mode":"checklist"}`)
	invite := strings.TrimPrefix(place, "/room/i/")
	speaks(t, e, invite, speechID, "spoken")
	mustDo(t, e.Submit(t.Context(), invite))
	data[partnerapi.Scoring](t, e, "PUT", "/extensions/scoring", `{"mode":"people"}`)
	settleAll(t, e)
	var waits bool
	var state string
	mustDo(t, e.pool.QueryRow(t.Context(), `SELECT judge_heard, evaluation_status FROM engine.submissions WHERE invite_id = $1`, invite).Scan(&waits, &state))
	if waits || state != partnerapi.EvaluationPendingReview {
		t.Errorf("waits %v, %s", waits, state)
	}
}

// TestClipForTheTranscriber: WAV of what we can read, the file itself of what we can't.
func TestClipForTheTranscriber(t *testing.T) {
	t.Parallel()
	var clips []transcribe.Clip
	_, e, _, place := begun(t, func(o *Options) {
		o.Transcriber = mouth(func(c transcribe.Clip) (string, error) { clips = append(clips, c); return "Words.", nil })
	})
	invite := strings.TrimPrefix(place, "/room/i/")
	speaks(t, e, invite, speechID, "spoken")
	settleAll(t, e)
	const other = "1f8fad5b-d9cb-469f-a165-70867728950e"
	mustDo(t, e.BeginRecording(t.Context(), invite, 2, other, "audio/mp4", 0))
	mustDo(t, e.SavePart(t.Context(), invite, other, 0, []byte("....ftypM4A ")))
	mustDo(t, e.FinishRecording(t.Context(), invite, other, 1, 90*time.Second))
	settleAll(t, e)
	if len(clips) != 2 {
		t.Fatalf("%d clips", len(clips))
	}
	if c := clips[0]; c.Name != "answer.wav" || c.Type != "audio/wav" || c.Language != "en" || !bytes.HasPrefix(c.Data, []byte("RIFF")) || c.Length == 0 {
		t.Errorf("%s %s %s %v", c.Name, c.Type, c.Language, c.Length)
	}
	if c := clips[1]; c.Name != "answer.m4a" || c.Type != "audio/mp4" || string(c.Data) != "....ftypM4A " || c.Length != 90*time.Second {
		t.Errorf("%s %s %q %v", c.Name, c.Type, c.Data, c.Length)
	}
}

// TestTranscriptWaitsForItsRecording: while a recording is on its way, its transcript is, too.
func TestTranscriptWaitsForItsRecording(t *testing.T) {
	t.Parallel()
	_, e, _, place := begun(t, heardAs("Words."))
	invite := strings.TrimPrefix(place, "/room/i/")
	mustDo(t, e.BeginRecording(t.Context(), invite, 1, speechID, "audio/webm", 0))
	mustDo(t, e.Submit(t.Context(), invite))
	a := partnerapi.Assessment{AssessmentID: partnerapi.ID(opened(t, e, invite).Interview.AssessmentID)}
	if r := evaluation(t, e, a, invite).Questions[0].Recording; r == nil || r.Transcript != partnerapi.TranscriptPending {
		t.Errorf("%+v", r)
	}
}

// TestGivenUpIsHeardAfterTheNextStart: somebody put the speech server's settings right.
func TestGivenUpIsHeardAfterTheNextStart(t *testing.T) {
	t.Parallel()
	_, wrong, c, place := begun(t, func(o *Options) {
		o.Transcriber = mouth(func(transcribe.Clip) (string, error) { return "", transcribe.ErrRefused })
	})
	invite := strings.TrimPrefix(place, "/room/i/")
	speaks(t, wrong, invite, speechID, "spoken")
	mustDo(t, wrong.Submit(t.Context(), invite))
	settleAll(t, wrong)
	a := partnerapi.Assessment{AssessmentID: partnerapi.ID(opened(t, wrong, invite).Interview.AssessmentID)}
	state := func() partnerapi.TranscriptState {
		return evaluation(t, wrong, a, invite).Questions[0].Recording.Transcript
	}
	if state() != partnerapi.TranscriptFailed {
		t.Fatalf("with a wrong key: %s", state())
	}
	deaf, _ := startOn(t, wrong.pool, func(o *Options) { o.Now = c.now })
	mustDo(t, deaf.hearAgainAll(t.Context()))
	settleAll(t, deaf)
	if state() != partnerapi.TranscriptFailed {
		t.Errorf("without a transcriber: %s", state())
	}
	right, _ := startOn(t, wrong.pool, heardAs("First I look at the logs."), func(o *Options) { o.Now = c.now })
	mustDo(t, right.hearAgainAll(t.Context()))
	settleAll(t, right)
	if got := result1(t, wrong, a).Questions[0].UserAnswer; state() != partnerapi.TranscriptDone || got != "First I look at the logs." {
		t.Errorf("with the right key: %s, %q", state(), got)
	}
}

package mirror_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/inbox"
)

// studio is a provider of one interview with one person, who was through a day ago and spoke the answers. Nothing scores
// them.
type studio struct {
	cannot  bool     // knows no recordings
	texts   []string // of answers
	spoken  []string // JSON of recordings, or ""
	asked   int      // how often the ground of the answers was asked for
	listed  int
	refusal string // of that question
}

func (s *studio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	capabilities := `"evaluation","recordings"`
	if s.cannot {
		capabilities = `"evaluation"`
	}
	switch {
	case r.URL.Path == "/extensions":
		fmt.Fprintf(w, `{"status":"success","data":{"provider":"Local engine","capabilities":[%s]}}`, capabilities)
	case strings.HasSuffix(r.URL.Path, "/evaluation") && s.refusal != "":
		w.WriteHeader(http.StatusInternalServerError)
		fmt.Fprint(w, s.refusal)
	case strings.HasSuffix(r.URL.Path, "/candidates/i1/evaluation"):
		s.asked++
		var list []string
		for i, recording := range s.spoken {
			if recording != "" {
				recording = `,"recording":` + recording
			}
			list = append(list, fmt.Sprintf(`{"questionId":"q%d","evidence":[]%s}`, i+1, recording))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"basis":"","status":"pending_review","questions":[%s]}}`, strings.Join(list, ","))
	case strings.HasSuffix(r.URL.Path, "/candidates"):
		s.listed++
		var list []string
		for i, text := range s.texts {
			list = append(list, fmt.Sprintf(`{"id":"q%d","question":"Question %d?","userAnswer":%q,"type":"x"}`, i+1, i+1, text))
		}
		fmt.Fprintf(w, `{"status":"success","data":{"candidates":[%s],"pagination":{"nextToken":null,"count":1}}}`,
			person(1, `,"evaluationStatus":"pending_review","questions":[`+strings.Join(list, ",")+`]`))
	case r.URL.Path == "/assessment/a1":
		answer(w, map[string]any{"assessmentId": "a1", "testName": "Interview", "status": "ACTIVE", "duration": 20, "hiringForRole": "Clerk", "questions": []any{}})
	case r.URL.Path == "/assessment":
		answer(w, map[string]any{"assessments": []any{map[string]any{"assessmentId": "a1", "testName": "Interview", "status": "ACTIVE", "duration": 20,
			"hiringForRole": "Clerk", "questions": []any{}, "submissionCount": 1}}, "pagination": map[string]int{"page": 1, "limit": 100, "total": 1, "totalPages": 1}})
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"NOT_FOUND","type":"not_found","errorMessage":"no such thing"}}`)
	}
}

type recorded struct {
	*world
	studio *studio
	at     time.Time
}

func newRecorded(t *testing.T, s *studio) *recorded {
	t.Helper()
	r := &recorded{world: newWorld(t), studio: s, at: sendingAt}
	r.mirror, r.connection = mirrorOf(t, r.store, s, func() time.Time { return r.at })
	return r
}

func (r *recorded) sync() {
	r.t.Helper()
	_, err := r.mirror.SyncCandidates(r.t.Context(), r.assessment.ID)
	r.ok(err)
}

func (r *recorded) answers() []hiring.Answer {
	r.t.Helper()
	list, err := r.store.Answers(r.t.Context(), r.candidates()[0].ID)
	r.ok(err)
	return list
}

// states are the recordings and transcripts of the answers: "whole done".
func (r *recorded) states() (list []string) {
	for _, a := range r.answers() {
		state := "typed"
		if a.Recording != nil {
			state = string(a.Recording.State) + " " + string(a.Recording.Transcript)
		}
		list = append(list, state)
	}
	return list
}

// deliver receives a webhook and applies it, and says what it did.
func (r *recorded) deliver(event string, at time.Time) (id int64, effect string) {
	r.t.Helper()
	body := fmt.Sprintf(`{"event":%q,"timestamp":%q,"companyId":"c","data":{"assessmentId":"a1","inviteId":"i1"}}`, event, at.Format(time.RFC3339))
	d, problem := inbox.Read([]byte(body), http.Header{}, r.at)
	if problem != "" {
		r.t.Fatal(problem)
	}
	d.ConnectionID, d.Verdict = r.connection, hiring.VerdictVerified
	fresh, err := r.store.InsertDeliveries(r.t.Context(), []hiring.Delivery{d}, db.DeliveryJob{Kind: "none", Queue: "nobody", MaxAttempts: 1})
	r.ok(err)
	if len(fresh) == 0 {
		return 0, "already here"
	}
	r.ok(r.mirror.ApplyDelivery(r.t.Context(), fresh[0], false))
	applied, err := r.store.Delivery(r.t.Context(), fresh[0])
	r.ok(err)
	return fresh[0], applied.Effect
}

const (
	arriving = `{"state":"arriving","type":"audio/webm; codecs=opus","transcript":"pending"}`
	kept     = `{"state":"whole","type":"audio/webm; codecs=opus","bytes":4000,"seconds":83.5,"speechSeconds":60,"peaks":[0,50,100],"transcript":"pending"}`
	written  = `{"state":"whole","type":"audio/webm; codecs=opus","bytes":4000,"seconds":83.5,"speechSeconds":60,"peaks":[0,50,100],"transcript":"done","transcriptFrom":7,"model":"whisper-1"}`
)

// TestSpokenAnswersComeBitByBit follows an answer that somebody typed a word to and spoke the rest of, as events tell of
// it, doubled and not at all.
func TestSpokenAnswersComeBitByBit(t *testing.T) {
	t.Parallel()
	s := &studio{texts: []string{"Typed", "Only typed"}, spoken: []string{arriving, ""}}
	r := newRecorded(t, s)
	if _, effect := r.deliver("interview.ended", r.at); !strings.Contains(effect, "Recording of answer 1: – → arriving") {
		t.Errorf("the end: %s", effect)
	}
	if got := r.states(); !slices.Equal(got, []string{"arriving pending", "typed"}) {
		t.Fatalf("at first: %v", got)
	}

	s.spoken[0] = kept
	id, effect := r.deliver("interview.recorded", r.at.Add(time.Minute))
	if effect != "Recording of answer 1: arriving → whole" || r.states()[0] != "whole pending" {
		t.Errorf("kept: %s, %v", effect, r.states())
	}
	if _, again := r.deliver("interview.recorded", r.at.Add(time.Minute)); again != "already here" {
		t.Errorf("the same again: %s", again)
	}
	if _, again := r.deliver("interview.recorded", r.at.Add(2*time.Minute)); again != "Nothing new: already Finished" {
		t.Errorf("another of the same: %s", again)
	}
	effects, err := r.store.DeliveryEffects(t.Context(), id)
	r.ok(err)
	if len(effects) != 1 || effects[0].Field != "Recording of answer 1" || effects[0].Source != hiring.EffectFetched {
		t.Errorf("effects: %+v", effects)
	}

	s.spoken[0], s.texts[0] = written, "Typed\n\nand spoken" // and no word of it
	r.sync()
	speech, from := 60.0, 7
	want := hiring.Answer{CandidateID: r.candidates()[0].ID, QuestionRef: "q1", Position: 1, Question: "Question 1?", Text: "Typed\n\nand spoken", Type: "x",
		Evidence: []hiring.Passage{}, Recording: &hiring.Recording{State: hiring.RecordingWhole, Type: "audio/webm; codecs=opus", Bytes: 4000, Seconds: 83.5,
			Speech: &speech, Peaks: []int{0, 50, 100}, Transcript: hiring.TranscriptDone, TranscriptFrom: &from, Model: "whisper-1"}}
	if diff := cmp.Diff(want, r.answers()[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	c := r.candidates()[0]
	if c.Basis != hiring.BasisNone || c.Score != nil || c.Stage != hiring.StageFinished {
		t.Errorf("candidate: %+v", c)
	}

	asked := s.asked
	r.sync()
	r.sync()
	if s.asked != asked || r.states()[0] != "whole done" {
		t.Errorf("all is known, and it was asked for %d times; it is %v", s.asked-asked, r.states())
	}
	s.spoken[0] = strings.Replace(written, "4000", "5000", 1) // another take came late: only its event tells
	r.deliver("interview.recorded", r.at.Add(3*time.Minute))
	if got := r.answers()[0].Recording.Bytes; got != 5000 {
		t.Errorf("another take: %d bytes", got)
	}
	s.spoken[0], s.texts[0] = "", "Typed"
	r.deliver("interview.recorded", r.at.Add(4*time.Minute))
	if got := r.states()[0]; got != "typed" {
		t.Errorf("gone: %s", got)
	}
}

// TestComparingFetchesWhatNoEventTold has every webhook lost.
func TestComparingFetchesWhatNoEventTold(t *testing.T) {
	t.Parallel()
	s := &studio{texts: []string{""}, spoken: []string{arriving}}
	r := newRecorded(t, s)
	r.ok(r.mirror.Reconcile(t.Context()))
	s.spoken[0] = kept
	r.at = r.at.Add(20 * time.Minute) // with nobody on the way it would be compared after hours
	r.ok(r.mirror.ReconcileDue(t.Context()))
	if got := r.states()[0]; got != "whole pending" {
		t.Fatalf("after 20 minutes: %s", got)
	}
	s.spoken[0], s.texts[0] = strings.Replace(written, ":7", ":0", 1), "Spoken"
	r.at = r.at.Add(20 * time.Minute)
	r.ok(r.mirror.ReconcileDue(t.Context()))
	if a := r.answers()[0]; r.states()[0] != "whole done" || a.Text != "Spoken" {
		t.Errorf("after 40 minutes: %v %q", r.states(), a.Text)
	}
	listed := s.listed
	r.at = r.at.Add(20 * time.Minute)
	r.ok(r.mirror.ReconcileDue(t.Context()))
	if s.listed != listed {
		t.Error("all is there, and it was compared as if more were on the way")
	}
}

// TestATranscriptIsAwaitedUntilItsTextIsListed has the transcript come between the two questions of one look.
func TestATranscriptIsAwaitedUntilItsTextIsListed(t *testing.T) {
	t.Parallel()
	s := &studio{texts: []string{"Typed"}, spoken: []string{written}}
	r := newRecorded(t, s)
	r.sync()
	if got := r.states()[0]; got != "whole pending" {
		t.Errorf("before its text: %s", got)
	}
	s.texts[0] = "Typed\n\nand spoken"
	r.sync()
	if a := r.answers()[0]; r.states()[0] != "whole done" || *a.Recording.TranscriptFrom != 7 {
		t.Errorf("with its text: %v, %+v", r.states(), a)
	}
}

func TestRecordingsOfAnyKindAreBounded(t *testing.T) {
	t.Parallel()
	peaks := strings.Repeat("5000,-7,", 50_000) + "30"
	s := &studio{texts: []string{"Text", "Text", "Text"}, spoken: []string{
		`{"state":"whole","type":"` + strings.Repeat("x", 5000) + `","bytes":-4,"seconds":-1,"speechSeconds":-3,"peaks":[` + peaks + `],"transcript":"done","transcriptFrom":-2,"model":"m\u0000"}`,
		`{"state":"sideways","bytes":9000000000000000000,"seconds":1e300,"transcript":"guessed","transcriptFrom":400}`,
		`{"state":"sideways","transcript":null,"peaks":null}`,
	}}
	r := newRecorded(t, s)
	r.sync()
	first, second, third := r.answers()[0].Recording, r.answers()[1].Recording, r.answers()[2].Recording
	if first.Bytes != 0 || first.Seconds != 0 || *first.Speech != 0 || len(first.Peaks) != 240 || slices.Max(first.Peaks) != 100 || slices.Min(first.Peaks) < 0 ||
		first.TranscriptFrom != nil || first.Model != "m" || len(first.Type) > 200 || first.Playable() {
		t.Errorf("first: %+v", first)
	}
	if second.State != hiring.RecordingWhole || second.Bytes > 1<<30 || second.Seconds > 86400 || second.Transcript != hiring.TranscriptNone || second.TranscriptFrom != nil {
		t.Errorf("second: %+v", second)
	}
	if third.State != hiring.RecordingArriving || third.Transcript != hiring.TranscriptNone || third.Peaks != nil {
		t.Errorf("third: %+v", third)
	}
	asked := s.asked
	r.sync() // what is kept of nonsense is the same again
	if changes, err := r.mirror.SyncCandidates(t.Context(), r.assessment.ID); err != nil || len(changes.Changed) != 0 || s.asked == asked {
		t.Errorf("again: %+v, %v", changes, err)
	}
}

// TestWithoutRecordingsNobodyAsks keeps to one call a page at a provider that only judges.
func TestWithoutRecordingsNobodyAsks(t *testing.T) {
	t.Parallel()
	s := &studio{cannot: true, texts: []string{"Text"}, spoken: []string{kept}}
	r := newRecorded(t, s)
	r.sync()
	if s.asked != 0 || r.states()[0] != "typed" {
		t.Errorf("asked %d times, %v", s.asked, r.states())
	}
	s.cannot = false // it was made newer, and tells so when it is compared
	r.ok(r.mirror.Reconcile(t.Context()))
	if r.states()[0] != "whole pending" {
		t.Errorf("after a comparison: %v", r.states())
	}
}

// TestAnEventTellsThatItCanRecord has a provider made newer between two comparisons.
func TestAnEventTellsThatItCanRecord(t *testing.T) {
	t.Parallel()
	s := &studio{cannot: true, texts: []string{"Text"}, spoken: []string{kept}}
	r := newRecorded(t, s)
	r.sync()
	s.cannot = false
	r.deliver("interview.recorded", r.at)
	if r.states()[0] != "whole pending" {
		t.Errorf("after an event: %v", r.states())
	}
	s.refusal = fault
	if _, err := r.mirror.SyncCandidates(t.Context(), r.assessment.ID); err == nil || r.states()[0] != "whole pending" {
		t.Errorf("when it fails: %v, %v", err, r.states())
	}
}

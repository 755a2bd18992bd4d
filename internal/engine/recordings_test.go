package engine

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/internal/engine/recording"
	"greenroom/internal/partnerapi"
)

const speechID = "0f8fad5b-d9cb-469f-a165-70867728950e"

// speech is what a browser recorded, in parts.
func speech(t *testing.T, name string, parts int) (whole []byte, list [][]byte) {
	t.Helper()
	whole, err := os.ReadFile("recording/testdata/" + name + ".webm")
	if err != nil {
		t.Fatal(err)
	}
	return whole, slices.Collect(slices.Chunk(whole, len(whole)/parts+1))
}

// speaks answers the first question of an interview by voice.
func speaks(t *testing.T, e *Engine, invite, id, name string) {
	t.Helper()
	ctx := t.Context()
	_, parts := speech(t, name, 3)
	mustDo(t, e.BeginRecording(ctx, invite, 1, id, "audio/webm; codecs=opus", 0))
	for n, data := range parts {
		mustDo(t, e.SavePart(ctx, invite, id, n, data))
	}
	mustDo(t, e.FinishRecording(ctx, invite, id, len(parts), 0))
}

// TestRecordingGoesOnAtAnotherProcess: each part goes to another process, out of order and twice; the first process
// dies, and the second has everything.
func TestRecordingGoesOnAtAnotherProcess(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, one, c, place := begun(t)
	two, _ := startOn(t, one.pool, func(o *Options) { o.Now = c.now })
	invite := strings.TrimPrefix(place, "/room/i/")
	whole, parts := speech(t, "spoken", 8)

	mustDo(t, one.BeginRecording(ctx, invite, 1, speechID, "audio/webm; codecs=opus", 0))
	mustDo(t, two.BeginRecording(ctx, invite, 1, speechID, "audio/webm; codecs=opus", 0)) // the answer got lost
	engines := []*Engine{one, two}
	for _, n := range []int{0, 2, 1, 5, 4} {
		mustDo(t, engines[n%2].SavePart(ctx, invite, speechID, n, parts[n]))
		mustDo(t, engines[(n+1)%2].SavePart(ctx, invite, speechID, n, parts[n]))
	}
	wantsErr(t, ErrDiffers, two.SavePart(ctx, invite, speechID, 2, parts[3]))
	var missing *MissingError
	if err := one.FinishRecording(ctx, invite, speechID, 8, 0); !errors.As(err, &missing) || missing.Part != 3 {
		t.Fatalf("finishing without the fourth part: %v", err)
	}
	for _, n := range []int{3, 7, 6} {
		mustDo(t, two.SavePart(ctx, invite, speechID, n, parts[n]))
	}
	mustDo(t, two.FinishRecording(ctx, invite, speechID, 8, 0))
	mustDo(t, one.FinishRecording(ctx, invite, speechID, 8, 0)) // the answer got lost again
	wantsErr(t, ErrNotFound, one.SavePart(ctx, invite, speechID, 8, parts[0]))

	was, err := recording.Read(whole)
	mustDo(t, err)
	v := visit(t, one)
	w := v.request("GET", place+"/recordings/"+speechID, nil)
	is, err := recording.Read(w.Body.Bytes())
	if err != nil || is.Duration() != was.Duration() || w.Header().Get("Content-Type") != "audio/webm; codecs=opus" {
		t.Fatalf("%d %v: plays %v of %v, %v", w.Code, w.Header(), is.Duration(), was.Duration(), err)
	}
	if !bytes.Equal(w.Body.Bytes(), is.WebM()) {
		t.Error("what is kept can't be sought in")
	}
	var left int
	mustDo(t, one.pool.QueryRow(ctx, `SELECT count(*) FROM engine.recording_parts`).Scan(&left))
	s := opened(t, one, invite)
	if r := s.Answers[0].Recording; left != 0 || r == nil || r.ID != speechID || r.Seconds != was.Duration().Seconds() || s.Answers[0].Empty() || !s.Answers[1].Empty() {
		t.Errorf("%d parts are left; the answers are %+v", left, s.Answers)
	}
}

// TestRecordingAgain: the first recording counts until the second is whole, and one that was dropped doesn't.
func TestRecordingAgain(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, e, _, place := begun(t)
	invite := strings.TrimPrefix(place, "/room/i/")
	const second, third = "1f8fad5b-d9cb-469f-a165-70867728950e", "2f8fad5b-d9cb-469f-a165-70867728950e"
	kept := func() string {
		r := opened(t, e, invite).Answers[0].Recording
		if r == nil {
			return ""
		}
		return r.ID
	}
	_, parts := speech(t, "spoken", 2)
	speaks(t, e, invite, speechID, "spoken")
	mustDo(t, e.BeginRecording(ctx, invite, 1, second, "audio/webm", 0))
	mustDo(t, e.SavePart(ctx, invite, second, 0, parts[0]))
	if kept() != speechID {
		t.Error("the first was dropped before the second was there")
	}
	mustDo(t, e.BeginRecording(ctx, invite, 1, third, "audio/webm", 0)) // another device
	wantsErr(t, ErrNotFound, e.SavePart(ctx, invite, second, 1, parts[1]), e.FinishRecording(ctx, invite, second, 2, 0))
	for n, data := range parts {
		mustDo(t, e.SavePart(ctx, invite, third, n, data))
	}
	mustDo(t, e.FinishRecording(ctx, invite, third, 2, 0))
	if kept() != third {
		t.Errorf("%q is kept", kept())
	}
	mustDo(t, e.DropRecording(ctx, invite, third))
	mustDo(t, e.DropRecording(ctx, invite, third))
	if kept() != "" {
		t.Error("it was not dropped")
	}
}

// TestRecordingArrivesLate: the time is over in the middle of an answer. What was spoken in time still arrives, for a
// while, and the company hears of it; what never arrives is cut.
func TestRecordingArrivesLate(t *testing.T) {
	t.Parallel()
	for _, rest := range []bool{true, false} {
		t.Run(fmt.Sprintf("the rest comes %v", rest), func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			in := newInbox(t)
			v, e, c, place := begun(t, func(o *Options) { o.Receivers = []Receiver{{URL: in.URL}} })
			invite := strings.TrimPrefix(place, "/room/i/")
			whole, parts := speech(t, "spoken", 8)
			mustDo(t, e.BeginRecording(ctx, invite, 1, speechID, "audio/webm", 0))
			for n := range 4 {
				mustDo(t, e.SavePart(ctx, invite, speechID, n, parts[n]))
			}
			mustDo(t, e.SavePart(ctx, invite, speechID, 6, parts[6]))
			c.add(2 * time.Hour) // nobody was there to end it in time
			if n, err := e.Sweep(ctx); n != 1 || err != nil {
				t.Fatal(n, err)
			}
			wantsErr(t, ErrTimedOut, e.BeginRecording(ctx, invite, 2, "1f8fad5b-d9cb-469f-a165-70867728950e", "audio/webm", 0), e.DropRecording(ctx, invite, speechID))
			v.get(place).has("main", "Your recording is still on its way.")
			settleAll(t, e)
			a := partnerapi.Assessment{AssessmentID: partnerapi.ID(opened(t, e, invite).Interview.AssessmentID)}
			if r := evaluation(t, e, a, invite).Questions[0].Recording; r == nil || r.State != partnerapi.RecordingArriving || r.Bytes != 0 {
				t.Fatalf("while it arrives: %+v", r)
			}
			if !rest {
				c.add(lateWindow)
				settleAll(t, e)
				wantsErr(t, ErrOver, e.SavePart(ctx, invite, speechID, 4, parts[4]))
				r := evaluation(t, e, a, invite).Questions[0].Recording
				was, err := recording.Read(slices.Concat(parts[:4]...))
				mustDo(t, err)
				if r.State != partnerapi.RecordingCut || r.Seconds != was.Duration().Seconds() || r.Bytes == 0 {
					t.Errorf("cut: %+v, want %v", r, was.Duration())
				}
			} else {
				for n := 4; n < 8; n++ {
					mustDo(t, e.SavePart(ctx, invite, speechID, n, parts[n]))
				}
				mustDo(t, e.FinishRecording(ctx, invite, speechID, 8, 0))
				settleAll(t, e)
				was, err := recording.Read(whole)
				mustDo(t, err)
				r := evaluation(t, e, a, invite).Questions[0].Recording
				if r.State != partnerapi.RecordingWhole || r.Seconds != was.Duration().Seconds() || r.Speech == nil || *r.Speech == 0 || len(r.Peaks) != recording.Parts {
					t.Errorf("whole: %+v, want %v", r, was.Duration())
				}
			}
			names := strings.Join(in.names(), " ")
			if names != "interview.started interview.ended interview.recorded interview.recorded" { // kept, and measured
				t.Errorf("the company was told %s", names)
			}
		})
	}
}

// TestInterruptedRecordingCanBeKept: another device, or one that forgot.
func TestInterruptedRecordingCanBeKept(t *testing.T) {
	t.Parallel()
	v, e, _, place := begun(t)
	invite := strings.TrimPrefix(place, "/room/i/")
	_, parts := speech(t, "spoken", 3)
	mustDo(t, e.BeginRecording(t.Context(), invite, 1, speechID, "audio/webm", 0))
	mustDo(t, e.SavePart(t.Context(), invite, speechID, 0, parts[0]))
	v.get(place + "/q/1")
	id, _ := v.page.Find("[data-voice-interrupted]").Attr("data-id")
	if code, a := v.script(place+"/recordings/"+id+"/finish", url.Values{"parts": {"0"}}); code != 200 || a.State != "saved" {
		t.Fatalf("%d %+v", code, a)
	}
	v.get(place + "/q/1")
	if src := v.page.Find("audio").AttrOr("src", ""); src != place+"/recordings/"+speechID || v.page.Find("[data-voice-interrupted]").Length() != 0 {
		t.Errorf("plays %q", src)
	}
	v.has("[data-voice-problem]:not([hidden])", "The recording was interrupted")
	v.get(place+"/review").has("main", "1 question has no answer yet").has("main", "its end is missing")
}

// TestNobodySpeaksMoreThanThereIsTime: what one person can store grows with the interview's time and no faster.
func TestNobodySpeaksMoreThanThereIsTime(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, e, c, place := begun(t)
	invite := strings.TrimPrefix(place, "/room/i/")
	const other = "1f8fad5b-d9cb-469f-a165-70867728950e"
	mustDo(t, e.BeginRecording(ctx, invite, 1, speechID, "audio/mp4", 0))
	mustDo(t, e.BeginRecording(ctx, invite, 2, other, "audio/mp4", 0))
	mustDo(t, e.SavePart(ctx, invite, speechID, 0, make([]byte, speechSpare)))
	c.add(time.Minute)
	mustDo(t, e.SavePart(ctx, invite, other, 0, make([]byte, 60*speechRate)))
	wantsErr(t, ErrTooLarge, e.SavePart(ctx, invite, other, 1, []byte("more")), e.SavePart(ctx, invite, speechID, 1, []byte("more")))
	mustDo(t, e.DropRecording(ctx, invite, speechID))
	mustDo(t, e.SavePart(ctx, invite, other, 1, []byte("more")))
}

// put does what recorder.js does.
func (v *visitor) put(path string, body []byte, digest string) (int, string) {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), "PUT", path, bytes.NewReader(body))
	if digest != "" {
		r.Header.Set("Content-Digest", digest)
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	var a saveAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		v.t.Fatalf("%s: %v in %s", path, err, w.Body)
	}
	return w.Code, a.State
}

func TestRecordingIsGuarded(t *testing.T) {
	t.Parallel()
	v, e, _, place := begun(t)
	a := partnerapi.Assessment{AssessmentID: partnerapi.ID(opened(t, e, strings.TrimPrefix(place, "/room/i/")).Interview.AssessmentID)}
	stranger := "/room/i/" + sendInvite(t, e, a, "eve@example.com")
	v.get(stranger).submit("begin", agreed)
	own := place + "/recordings/" + speechID
	body := []byte("some sound")
	sum := sha256.Sum256(body)
	right, wrong := "sha-256=:"+base64.StdEncoding.EncodeToString(sum[:])+":", "sha-256=:"+base64.StdEncoding.EncodeToString(make([]byte, 32))+":"
	for _, k := range []struct {
		what, path string
		body       []byte
		digest     string
		code       int
		state      string
	}{
		{"a type that is no sound", place + "/q/1/recordings/" + speechID + "?type=text/html", nil, "", 404, "gone"},
		{"no such question", place + "/q/3/recordings/" + speechID + "?type=audio/webm", nil, "", 404, "gone"},
		{"no id", place + "/q/1/recordings/1?type=audio/webm", nil, "", 404, "gone"},
		{"begun", place + "/q/1/recordings/" + speechID + "?type=" + url.QueryEscape("audio/webm;codecs=opus"), nil, "", 200, "saved"},
		{"somebody else's id", stranger + "/q/1/recordings/" + speechID + "?type=audio/webm", nil, "", 404, "gone"},
		{"somebody else's part", stranger + "/recordings/" + speechID + "/0", body, right, 404, "gone"},
		{"damaged", own + "/0", body, wrong, 400, "damaged"},
		{"no number", own + "/x", body, "", 404, "gone"},
		{"a number too high", own + "/20000", body, "", 422, "long"},
		{"empty", own + "/0", nil, "", 422, "long"},
		{"too large", own + "/0", make([]byte, partMax+1), "", 422, "long"},
		{"right", own + "/0", body, right, 200, "saved"},
		{"right again", own + "/0", body, "", 200, "saved"},
		{"differs", own + "/0", []byte("other sound"), "", 409, "elsewhere"},
	} {
		if code, state := v.put(k.path, k.body, k.digest); code != k.code || state != k.state {
			t.Errorf("%s: %d %s, want %d %s", k.what, code, state, k.code, k.state)
		}
	}
	if w := v.request("GET", own, nil); w.Code != 404 {
		t.Errorf("played while it arrives: %d", w.Code)
	}
	v.script(own+"/finish", url.Values{"parts": {"1"}, "seconds": {"NaN"}})
	for path, want := range map[string]int{own: 200, stranger + "/recordings/" + speechID: 404} {
		if w := v.request("GET", path, nil); w.Code != want || want == 200 && (w.Header().Get("Content-Type") != "audio/webm; codecs=opus" || w.Header().Get("X-Content-Type-Options") != "nosniff") {
			t.Errorf("GET %s: %d %v", path, w.Code, w.Header())
		}
	}
	if code, got := v.script(stranger+"/recordings/"+speechID+"/drop", url.Values{}); code != 200 || v.request("GET", own, nil).Code != 200 {
		t.Errorf("a stranger dropped it: %d %+v", code, got)
	}
}

// TestRecordingAudio is the contract's way to the sound.
func TestRecordingAudio(t *testing.T) {
	t.Parallel()
	_, e, _, place := begun(t)
	invite := strings.TrimPrefix(place, "/room/i/")
	speaks(t, e, invite, speechID, "spoken")
	s := opened(t, e, invite)
	path := partnerapi.BasePath + "/extensions/assessment/" + s.Interview.AssessmentID + "/candidates/" + invite + "/recordings/"
	get := func(question, ranges, key string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", path+question, nil)
		r.Header.Set("Authorization", "Bearer "+key)
		if ranges != "" {
			r.Header.Set("Range", ranges)
		}
		w := httptest.NewRecorder()
		e.Handler().ServeHTTP(w, r)
		return w
	}
	first := s.Answers[0].QuestionID
	refused(t, get(first, "", testKey), partnerapi.CodeNotFound) // still at work
	mustDo(t, e.Submit(t.Context(), invite))
	refused(t, get(first, "", "sk_test_wrong"), partnerapi.CodeUnauthorized)
	refused(t, get(s.Answers[1].QuestionID, "", testKey), partnerapi.CodeNotFound)
	whole := get(first, "", testKey)
	size := evaluation(t, e, partnerapi.Assessment{AssessmentID: partnerapi.ID(s.Interview.AssessmentID)}, invite).Questions[0].Recording.Bytes
	if whole.Code != 200 || int64(whole.Body.Len()) != size {
		t.Fatalf("%d, %d of %d bytes", whole.Code, whole.Body.Len(), size)
	}
	part := get(first, "bytes=1000-1999", testKey)
	if part.Code != http.StatusPartialContent || !bytes.Equal(part.Body.Bytes(), whole.Body.Bytes()[1000:2000]) || part.Header().Get("Content-Range") != fmt.Sprintf("bytes 1000-1999/%d", size) {
		t.Errorf("%d %v", part.Code, part.Header())
	}
	if beyond := get(first, "bytes=99999999-", testKey); beyond.Code != http.StatusRequestedRangeNotSatisfiable {
		t.Errorf("beyond the end: %d", beyond.Code)
	}
}

// TestOlderRecordingGivesWay: what another device recorded earlier and could not send until now takes no place from
// what was recorded since, be that on its way or kept.
func TestOlderRecordingGivesWay(t *testing.T) {
	t.Parallel()
	for _, finished := range []bool{true, false} {
		t.Run(fmt.Sprintf("the newer is finished %v", finished), func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			v, e, c, place := begun(t)
			invite := strings.TrimPrefix(place, "/room/i/")
			const older, newer = "1f8fad5b-d9cb-469f-a165-70867728950e", "2f8fad5b-d9cb-469f-a165-70867728950e"
			_, parts := speech(t, "spoken", 2)
			begin := place + "/q/1/recordings/"
			speaks(t, e, invite, speechID, "spoken")
			c.add(2 * time.Minute) // older is begun now, and does not reach us
			c.add(time.Minute)
			v.put(begin+newer+"?type=audio/webm", nil, "")
			mustDo(t, e.SavePart(ctx, invite, newer, 0, parts[0]))
			if finished {
				mustDo(t, errors.Join(e.SavePart(ctx, invite, newer, 1, parts[1]), e.FinishRecording(ctx, invite, newer, 2, 0)))
			}
			c.add(time.Minute)
			if code, state := v.put(begin+older+"?type=audio/webm&ago=120.5", nil, ""); code != 404 || state != "gone" {
				t.Errorf("the older one is begun: %d %s", code, state)
			}
			if !finished {
				mustDo(t, errors.Join(e.SavePart(ctx, invite, newer, 1, parts[1]), e.FinishRecording(ctx, invite, newer, 2, 0)))
			}
			if r := opened(t, e, invite).Answers[0].Recording; r == nil || r.ID != newer {
				t.Errorf("kept: %+v", r)
			}
			if code, state := v.put(begin+older+"?type=audio/webm&ago=30", nil, ""); code != 200 || state != "saved" {
				t.Errorf("one that was begun since is refused: %d %s", code, state)
			}
		})
	}
}

// TestRecordingOfNothing: somebody who stops at once leaves nothing behind that looks like an answer.
func TestRecordingOfNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	_, e, _, place := begun(t)
	invite := strings.TrimPrefix(place, "/room/i/")
	_, parts := speech(t, "spoken", 2)
	mustDo(t, e.BeginRecording(ctx, invite, 1, speechID, "audio/webm", 0))
	mustDo(t, e.SavePart(ctx, invite, speechID, 1, parts[1]))
	var missing *MissingError
	if err := e.FinishRecording(ctx, invite, speechID, 2, 0); !errors.As(err, &missing) || missing.Part != 0 {
		t.Errorf("without the first part: %v", err)
	}
	wantsErr(t, ErrNotFound, e.FinishRecording(ctx, invite, speechID, 0, 0))
	if d := opened(t, e, invite).Answers[0]; !d.Empty() {
		t.Errorf("an answer of nothing: %+v", d.Arriving)
	}
}

// TestBacklogLeavesRoomForPages: a device that was offline for long sends much at once, and the person goes on meanwhile.
func TestBacklogLeavesRoomForPages(t *testing.T) {
	t.Parallel()
	v, _, _, place := begun(t)
	v.put(place+"/q/1/recordings/"+speechID+"?type=audio/mp4", nil, "")
	for n := range 2 * roomByInvite {
		if code, state := v.put(fmt.Sprintf("%s/recordings/%s/%d", place, speechID, n), []byte{1}, ""); code != 200 {
			t.Fatalf("part %d: %d %s", n, code, state)
		}
	}
	v.get(place+"/q/2").is(200, "How do you test a migration?")
}

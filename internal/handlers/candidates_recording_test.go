package handlers_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"text/tabwriter"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
	"greenroom/internal/partner"
)

// studio stands before the engine and gives it recordings: what is said of each answer, and audio.
type studio struct {
	next   http.RoundTripper
	spoken []string // JSON of recordings by question, or ""
	audio  []byte
	whole  bool // knows no ranges
	asked  atomic.Int32
	broken func(part int32) bool // of the parts asked for, from 1
}

func (s *studio) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.Contains(r.URL.Path, "/recordings/") {
		n := s.asked.Add(1)
		if s.broken != nil && s.broken(n) {
			return nil, io.ErrUnexpectedEOF
		}
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", "audio/webm; codecs=opus")
		if s.whole {
			r.Header.Del("Range")
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(s.audio))
		return w.Result(), nil
	}
	resp, err := s.next.RoundTrip(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	switch {
	case strings.HasSuffix(r.URL.Path, "/extensions"):
		return reworded(resp, func(data map[string]any) { data["capabilities"] = append(data["capabilities"].([]any), "recordings") })
	case strings.HasSuffix(r.URL.Path, "/evaluation"):
		return reworded(resp, func(data map[string]any) {
			for i, q := range data["questions"].([]any) {
				if i < len(s.spoken) && s.spoken[i] != "" {
					q.(map[string]any)["recording"] = json.RawMessage(s.spoken[i])
				}
			}
		})
	}
	return resp, nil
}

func reworded(resp *http.Response, change func(data map[string]any)) (*http.Response, error) {
	defer resp.Body.Close()
	var body map[string]any
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return nil, err
	}
	change(body["data"].(map[string]any))
	text, err := json.Marshal(body)
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return resp, err
}

// lay puts the studio before a provider.
func (s *studio) lay(c *partner.Options) {
	s.next = c.HTTPClient.Transport
	c.HTTPClient = &http.Client{Transport: s}
}

const wholeRecording = `{"state":"whole","type":"audio/webm; codecs=opus","bytes":%d,"seconds":83.6,"speechSeconds":60,"peaks":[0,40,100,3],"transcript":"none"}`

// noise is audio of a length, each byte of which tells where it is.
func noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return b
}

func recordingPath(c hiring.Candidate, position int) string {
	return fmt.Sprintf("/candidates/%d/answers/%d/recording", c.ID, position)
}

// listen asks as a player does.
func listen(c *apptest.Client, path, span string, header ...string) *apptest.Page {
	r := c.Request(http.MethodGet, path, nil)
	r.Header.Set("Sec-Fetch-Dest", "audio")
	if span != "" {
		r.Header.Set("Range", span)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return c.Do(r)
}

// TestListening plays a recording of two and a half parts in every way that a player may ask for it.
func TestListening(t *testing.T) {
	t.Parallel()
	s := &studio{audio: noise(5<<19 + 77)}
	size := len(s.audio)
	s.spoken = []string{fmt.Sprintf(wholeRecording, size)}
	app := apptest.Start(t, apptest.Options{Calls: s.lay})
	c := submitted(t, app, "ada")
	path, reviewer := recordingPath(c, 1), app.As(hiring.RoleReviewer)
	for _, tt := range []struct {
		span        string
		whole       bool
		status      int
		from, to    int
		contentSpan string
		parts       int32 // calls to the provider
	}{
		{"", false, 200, 0, size, "", 3},
		{"", true, 200, 0, size, "", 1},
		{"bytes=0-", false, 206, 0, size, fmt.Sprintf("bytes 0-%d/%d", size-1, size), 3},
		{"bytes=0-0", false, 206, 0, 1, fmt.Sprintf("bytes 0-0/%d", size), 1},
		{"bytes=1048570-1048580", false, 206, 1048570, 1048581, fmt.Sprintf("bytes 1048570-1048580/%d", size), 1},
		{"bytes=2000000-", false, 206, 2000000, size, fmt.Sprintf("bytes 2000000-%d/%d", size-1, size), 1},
		{"bytes=2000000-", true, 206, 2000000, size, fmt.Sprintf("bytes 2000000-%d/%d", size-1, size), 1},
		{"bytes=-9", false, 206, size - 9, size, fmt.Sprintf("bytes %d-%d/%d", size-9, size-1, size), 1},
		{"bytes=99999999-", false, 416, 0, 0, fmt.Sprintf("bytes */%d", size), 1},
		{"bytes=0-1,5-6,8-9", false, 200, 0, size, "", 3}, // not worth many calls
		{"bytes=what-ever", false, 416, 0, 0, "", 1},
	} {
		t.Run(fmt.Sprintf("%s whole %v", tt.span, tt.whole), func(t *testing.T) {
			s.whole = tt.whole
			s.asked.Store(0)
			got := listen(reviewer, path, tt.span, "Accept-Encoding", "gzip")
			if got.Status != tt.status || got.Header.Get("Content-Range") != tt.contentSpan || s.asked.Load() != tt.parts {
				t.Errorf("%d %q in %d parts, want %d %q in %d", got.Status, got.Header.Get("Content-Range"), s.asked.Load(), tt.status, tt.contentSpan, tt.parts)
			}
			if got.Status == 416 {
				return
			}
			if got.Body != string(s.audio[tt.from:tt.to]) {
				t.Errorf("%d bytes that are not those from %d to %d", len(got.Body), tt.from, tt.to)
			}
			for name, want := range map[string]string{
				"Content-Type": "audio/webm; codecs=opus", "X-Content-Type-Options": "nosniff", "Cache-Control": "private, no-store",
				"Content-Encoding": "", "Accept-Ranges": "bytes", "Etag": fmt.Sprintf(`"%d"`, size),
			} {
				if got.Header.Get(name) != want {
					t.Errorf("%s: %q, want %q", name, got.Header.Get(name), want)
				}
			}
		})
	}
	if csp := reviewer.Get(fmt.Sprintf("/candidates/%d", c.ID)).Header.Get("Content-Security-Policy"); !strings.Contains(csp, "media-src 'self'") {
		t.Errorf("the page may not play it: %s", csp)
	}
}

// TestListeningBreaksOff has another part of the recording, or the recording itself, go while it is listened to.
func TestListeningBreaksOff(t *testing.T) {
	t.Parallel()
	s := &studio{audio: noise(3 << 20)}
	s.spoken = []string{fmt.Sprintf(wholeRecording, 12)} // what we were told is old
	app := apptest.Start(t, apptest.Options{Calls: s.lay})
	c := submitted(t, app, "ada")
	reviewer := app.As(hiring.RoleReviewer)
	if got := listen(reviewer, recordingPath(c, 1), ""); got.Status != 200 || len(got.Body) != 3<<20 {
		t.Errorf("it has grown: %d, %d bytes", got.Status, len(got.Body))
	}
	read := func() (int, error) {
		r := reviewer.Request(http.MethodGet, recordingPath(c, 1), nil)
		r.AddCookie(&http.Cookie{Name: "greenroom", Value: reviewer.Cookie("greenroom")})
		resp, err := http.DefaultClient.Do(r)
		must(t, err)
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		return len(body), err
	}
	s.asked.Store(0)
	s.broken = func(part int32) bool { return part > 1 }
	if n, err := read(); err == nil || n != 1<<20 {
		t.Errorf("the second part is lost: %d bytes, %v", n, err)
	}
	if !strings.Contains(app.Log.String(), "a recording broke off") {
		t.Error("the log doesn't tell")
	}
}

// TestNothingToListenTo names every address that has no audio.
func TestNothingToListenTo(t *testing.T) {
	t.Parallel()
	s := &studio{audio: noise(100), spoken: []string{`{"state":"arriving","type":"audio/webm","transcript":"none"}`, `{"state":"whole","type":"text/html","bytes":100,"transcript":"none"}`}}
	app := apptest.Start(t, apptest.Options{Calls: s.lay})
	c := submitted(t, app, "ada")
	reviewer := app.As(hiring.RoleReviewer)
	for _, path := range []string{recordingPath(c, 1), recordingPath(c, 2), recordingPath(c, 3), recordingPath(c, 0), recordingPath(c, -1),
		recordingPath(hiring.Candidate{ID: c.ID + 1}, 1), fmt.Sprintf("/candidates/%d/answers/01/recording", c.ID)} {
		if got := listen(reviewer, path, "bytes=0-"); got.Status != 404 {
			t.Errorf("%s: %d", path, got.Status)
		}
	}
	if n := s.asked.Load(); n != 0 {
		t.Errorf("the provider was asked %d times", n)
	}
	if got := listen(app.Nobody(), recordingPath(c, 1), ""); got.Status != 303 {
		t.Errorf("somebody who isn't signed in: %d", got.Status)
	}
}

// TestListeningOnBadDays has the provider, or the road to it, fail in every way. Run with -v it prints what people read.
func TestListeningOnBadDays(t *testing.T) {
	t.Parallel()
	clock, s := newClock(), &studio{audio: noise(1000)}
	s.spoken = []string{fmt.Sprintf(wholeRecording, 1000)}
	road := newRoad()
	app := apptest.Start(t, apptest.Options{Now: clock.Now, Calls: func(c *partner.Options) { s.lay(c); road.lay(c) }})
	c := submitted(t, app, "ada")
	reviewer := app.As(hiring.RoleReviewer)
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, d := range days {
		t.Run(d.name, func(t *testing.T) {
			cell := &cell{T: t, app: app, road: road, clock: clock, day: d}
			road.turn(d, "GET /extensions/assessment/*/candidates/*/recordings/*", false)
			got := listen(reviewer, recordingPath(c, 1), "bytes=0-")
			sent, _ := road.better()
			cell.betterDay()
			said := got.Text("[data-message]")
			fmt.Fprintf(table, "%s\t%d\t%d\t%s\n", d.name, sent, got.Status, said)
			if got.Status != http.StatusBadGateway || sent != d.reads || !advice.MatchString(said) || !strings.HasSuffix(said, ".") {
				t.Errorf("%d after %d calls (want 502 after %d): %q", got.Status, sent, d.reads, said)
			}
			if strings.HasPrefix(got.Header.Get("Content-Type"), "audio/") || got.Header.Get("Etag") != "" {
				t.Errorf("a refusal called audio: %v", got.Header)
			}
			shown := strings.ReplaceAll(got.Text("title, main, #flashes"), got.Header.Get("X-Request-Id"), "") // which may spell anything
			if found := causes.FindString(shown); found != "" {
				t.Errorf("%q is on the page: %s", found, shown)
			}
			if again := listen(reviewer, recordingPath(c, 1), "bytes=0-"); again.Status != 206 || again.Body != string(s.audio) {
				t.Errorf("on a better day: %d, %s", again.Status, again.Text("main"))
			}
		})
	}
	_ = table.Flush()
	t.Logf("listening\n%s", text.String())
}

// TestCandidateTellsOfRecordings shows every state in words.
func TestCandidateTellsOfRecordings(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Calls: new(studio).lay})
	a := newInterview(t, app)
	c := newCandidate(t, app, a, "ada", func(c *hiring.Candidate) {
		c.Stage, c.Evaluation = hiring.StageFinished, hiring.EvaluationPendingReview
	})
	reviewer := app.As(hiring.RoleReviewer)
	whole := hiring.Recording{State: hiring.RecordingWhole, Type: "audio/webm", Bytes: 900, Seconds: 83.6, Peaks: []int{0, 50, 100}, Transcript: hiring.TranscriptNone}
	with := func(change func(r *hiring.Recording)) *hiring.Recording {
		r := whole
		change(&r)
		return &r
	}
	const none = "No transcript: nothing here writes down speech. Listen to the answer."
	for _, tt := range []struct {
		name, text string
		recording  *hiring.Recording
		plays      bool
		says       []string
		never      string
	}{
		{"not answered", "", nil, false, []string{"No answer was given."}, "Spoken"},
		{"typed", "A queue.", nil, false, []string{"A queue."}, "Typed:|Spoken|Transcript|No answer"},
		{"arriving", "", with(func(r *hiring.Recording) { r.State, r.Bytes, r.Seconds = hiring.RecordingArriving, 0, 0 }), false,
			[]string{"SpokenThe recording is still on its way. It appears here by itself."}, "No answer|No transcript"},
		{"whole", "", &whole, true, []string{"Spoken, 1 min 24 s", none}, "No answer|missing|Nobody"},
		{"whole with something typed", "Beside it.", &whole, true, []string{"Typed:Beside it.", none}, "No answer"},
		{"cut", "", with(func(r *hiring.Recording) { r.State = hiring.RecordingCut }), true,
			[]string{"The end is missing: the connection broke, and this is what arrived.", none}, ""},
		{"nothing of it", "", with(func(r *hiring.Recording) { r.State, r.Bytes, r.Seconds = hiring.RecordingCut, 0, 0 }), false,
			[]string{"Nothing of the recording arrived: the connection broke."}, "Listen|No answer"},
		{"empty", "", with(func(r *hiring.Recording) { r.Bytes, r.Seconds = 0, 0 }), false, []string{"The recording is empty."}, "Listen"},
		{"of another kind", "", with(func(r *hiring.Recording) { r.Type = "text/html" }), false,
			[]string{"This kind of audio can’t be played here. Local engine keeps it."}, "text/html"},
		{"silent", "", with(func(r *hiring.Recording) { r.Transcript = hiring.TranscriptSilent }), true, []string{"Nobody seems to speak in it. Listen before you judge."}, "No transcript"},
		{"silent by measure", "", with(func(r *hiring.Recording) { r.Speech = new(float64) }), true, []string{"Nobody seems to speak in it."}, "No transcript"},
		{"pending", "", with(func(r *hiring.Recording) { r.Transcript = hiring.TranscriptPending }), true, []string{"It is being written down. The transcript appears here by itself."}, "No transcript"},
		{"failed", "", with(func(r *hiring.Recording) { r.Transcript = hiring.TranscriptFailed }), true, []string{"Writing it down failed. Listen to the answer."}, "No transcript"},
		{"done", "I took a queue.", with(func(r *hiring.Recording) {
			r.Transcript, r.TranscriptFrom, r.Model = hiring.TranscriptDone, new(int), "whisper-1"
		}), true, []string{"Transcript by whisper-1. It can be wrong; listen before you judge.I took a queue."}, "Typed:|No transcript"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := app.Store.PutAnswers(t.Context(), c, []hiring.Answer{{QuestionRef: "q", Position: 1, Question: "What did you build?", Text: tt.text, Recording: tt.recording}})
			must(t, err)
			page := reviewer.Get(fmt.Sprintf("/candidates/%d", c.ID))
			answer := page.Text("#answer-1")
			for _, want := range tt.says {
				if !strings.Contains(answer, want) {
					t.Errorf("doesn't say %q: %s", want, answer)
				}
			}
			if tt.never != "" && regexp.MustCompile(tt.never).MatchString(answer) {
				t.Errorf("says one of %s: %s", tt.never, answer)
			}
			audio := page.Doc.Find("#answer-1 audio")
			if audio.Length() == 1 != tt.plays {
				t.Fatalf("%d players", audio.Length())
			}
			if tt.plays && (audio.AttrOr("src", "") != recordingPath(c, 1)+"?v=900" || audio.AttrOr("aria-label", "") != "Answer to question 1, 1 min 24 s" || audio.AttrOr("preload", "") != "none") {
				html, _ := page.Doc.Find(".player").Html()
				t.Errorf("player: %s", html)
			}
			if wave := page.Doc.Find(".waveform"); tt.plays && (wave.AttrOr("viewbox", wave.AttrOr("viewBox", "")) != "0 0 8 100" || wave.Find("path").AttrOr("d", "") != "M0 49h2v2h-2zM3 25h2v50h-2zM6 0h2v100h-2z") {
				html, _ := page.Doc.Find(".player").Html()
				t.Errorf("waveform: %s", html)
			}
		})
	}
}

// TestEvidenceReachesIntoTheTranscript underlines across what was typed and what was written down.
func TestEvidenceReachesIntoTheTranscript(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Calls: new(studio).lay})
	a := newInterview(t, app)
	c := newCandidate(t, app, a, "ada", scoredBy(70, hiring.BasisChecklist))
	from := len("A quéue.\n\n")
	_, err := app.Store.PutAnswers(t.Context(), c, []hiring.Answer{{QuestionRef: "q", Position: 1, Question: "What did you build?", Text: "A quéue.\n\nAnd a log, and tests.",
		Evidence:  []hiring.Passage{{Start: 2, End: 8, Point: "queue"}, {Start: from + 4, End: from + 9, Point: "log"}, {Start: from - 3, End: from + 3, Point: "both"}},
		Recording: &hiring.Recording{State: hiring.RecordingWhole, Type: "audio/webm", Bytes: 9, Transcript: hiring.TranscriptDone, TranscriptFrom: &from, Model: "m"}}})
	must(t, err)
	page := app.As(hiring.RoleReviewer).Get(fmt.Sprintf("/candidates/%d", c.ID))
	var texts, marks []string
	for _, p := range page.Doc.Find("#answer-1 .answer-text").EachIter() {
		texts = append(texts, p.Text())
	}
	for _, m := range page.Doc.Find("#answer-1 mark").EachIter() {
		marks = append(marks, m.Text())
	}
	if strings.Join(texts, "|") != "A quéue.|And a log, and tests." || strings.Join(marks, "|") != "quéue|.|And|a log" {
		t.Errorf("texts %q, underlined %q", texts, marks)
	}
}

// TestProvidersWithoutRecordings show nothing of them, whatever is kept.
func TestProvidersWithoutRecordings(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Provider: http.NotFoundHandler()})
	a, err := app.Store.UpsertAssessment(t.Context(), hiring.Assessment{ConnectionID: app.Mirror.Connection(), Ref: "a", Title: "Interview", Status: hiring.AssessmentActive,
		Duration: 20, Language: "english"})
	must(t, err)
	c := newCandidate(t, app, a, "ada", scoredBy(70, hiring.BasisProvider))
	_, err = app.Store.PutAnswers(t.Context(), c, []hiring.Answer{{QuestionRef: "q", Position: 1, Question: "What did you build?", Text: "Words.",
		Recording: &hiring.Recording{State: hiring.RecordingWhole, Type: "audio/webm", Bytes: 9, Transcript: hiring.TranscriptNone}}})
	must(t, err)
	reviewer := app.As(hiring.RoleReviewer)
	page := reviewer.Get(fmt.Sprintf("/candidates/%d", c.ID))
	if page.Doc.Find("audio, .spoken").Length() != 0 || !page.Has("Words.") || page.Has("Typed:") {
		t.Errorf("page: %s", page.Text("#answer-1"))
	}
	if got := listen(reviewer, recordingPath(c, 1), ""); got.Status != 404 {
		t.Errorf("its audio: %d", got.Status)
	}
}

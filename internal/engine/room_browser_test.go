package engine

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"greenroom/internal/partnerapi"
	"greenroom/internal/testbrowser"
	"greenroom/static"
)

var roomShots = flag.String("room-shots", "", "folder for screenshots of the room's pages")

// guest is a person with a browser in the room of an engine whose clock runs and can jump.
type guest struct {
	t      *testing.T
	ctx    context.Context
	e      *Engine
	url    string
	ahead  atomic.Int64 // nanoseconds that the engine's clock is ahead
	broken atomic.Bool  // what the scripts send gets no answer

	other atomic.Pointer[http.Handler] // the process that answers in place of e's; nil: e's
}

func newGuest(t *testing.T, change ...func(*Options)) *guest {
	t.Helper()
	path := testbrowser.Path(t, os.Getenv("E2E") == "required")
	g := &guest{t: t}
	now := func(o *Options) {
		o.Now = func() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) }
	}
	g.e, _ = start(t, append(change, now)...)
	mux := http.NewServeMux()
	mux.Handle("/static/", static.Handler())
	room := g.e.Handler()
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		if g.broken.Load() && (strings.HasSuffix(r.URL.Path, "/save") || r.Method == "PUT" || strings.HasSuffix(r.URL.Path, "/finish")) {
			panic(http.ErrAbortHandler)
		}
		if other := g.other.Load(); other != nil {
			(*other).ServeHTTP(w, r)
			return
		}
		room.ServeHTTP(w, r)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.CloseClientConnections)
	g.url = server.URL

	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true)) // a microphone that beeps
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx); cancel() })
	ctx, cancel = context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	g.ctx = ctx
	return g
}

func (g *guest) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	g.t.Helper()
	if err := chromedp.Do(g.ctx, steps...); err != nil {
		g.t.Fatalf("%s: %v", what, err)
	}
}

func (g *guest) open(path string) {
	g.t.Helper()
	g.do("opening "+path, chromedp.Navigate(g.url+path))
}

// holds waits until an expression is true, across pages.
func (g *guest) holds(what, expression string) {
	g.t.Helper()
	expression = `(() => { try { return !!(` + expression + `); } catch { return false; } })()`
	for {
		_, err := chromedp.Run(g.ctx, chromedp.Poll[bool](expression))
		if err == nil {
			return
		}
		if text := err.Error(); g.ctx.Err() == nil && (strings.Contains(text, "context") || strings.Contains(text, "navigated")) {
			continue // another page came
		}
		got, _ := chromedp.Run(g.ctx, chromedp.Evaluate[string](`document.body.innerText.slice(0, 600)`))
		g.t.Fatalf("%s: %v; the page is %s", what, err, got)
	}
}

func (g *guest) press(selector string) {
	g.t.Helper()
	g.do("pressing "+selector, chromedp.Click(selector))
}

func (g *guest) types(text string) {
	g.t.Helper()
	g.do("typing", chromedp.SendKeys("#answer", text))
}

func (g *guest) begin(a partnerapi.Assessment, email string) (place string) {
	g.t.Helper()
	place = "/room/i/" + sendInvite(g.t, g.e, a, email)
	g.open(place)
	g.press("#consent")
	g.press("button[value=begin]")
	g.holds("the first question", `location.pathname.endsWith('/q/1') && !!document.querySelector('#answer')`)
	return place
}

func (g *guest) left(place string) time.Duration {
	g.t.Helper()
	s, err := g.e.Open(g.t.Context(), strings.TrimPrefix(place, "/room/i/"))
	if err != nil {
		g.t.Fatal(err)
	}
	return s.Remaining
}

func (g *guest) answers(place string) (list []string) {
	g.t.Helper()
	s, err := g.e.Open(g.t.Context(), strings.TrimPrefix(place, "/room/i/"))
	if err != nil {
		g.t.Fatal(err)
	}
	for _, d := range s.Answers {
		list = append(list, d.Answer)
	}
	return list
}

const saved = `document.querySelector('[data-save-state]').textContent.startsWith('Saved · ')`

func TestRoomScript(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	place := g.begin(a, "ada@example.com")

	g.types("First I look")
	g.holds("saved while typing", saved)
	g.holds("counted", `document.querySelector('[data-count]').textContent === '12 of 20,000 characters'`)
	if got := g.answers(place); got[0] != "First I look" {
		t.Errorf("kept %q", got)
	}
	g.do("reloading", chromedp.Reload())
	g.holds("the answer is there", `document.querySelector('#answer').value === 'First I look'`)

	g.broken.Store(true)
	g.types(" at the logs.")
	g.holds("told that it is not saved", `document.querySelector('[data-save-state]').textContent === 'Not saved: no connection, we keep trying'`)
	g.press("button[value=next]")
	g.holds("stays with the text", `location.pathname.endsWith('/q/1') && document.activeElement.id === 'answer'`)
	g.do("reloading", chromedp.Reload())
	g.holds("the device kept it", `document.querySelector('#answer').value === 'First I look at the logs.'`)
	g.broken.Store(false)
	g.holds("it arrives", saved)
	g.holds("the copy is gone", `Object.keys(localStorage).length === 0`)
	if got := g.answers(place); got[0] != "First I look at the logs." {
		t.Errorf("kept %q", got)
	}

	older := g.ctx
	newer, cancel := chromedp.NewContext(g.ctx)
	defer cancel()
	g.ctx = newer
	g.open(place + "/q/1")
	g.types(" Then the graphs.")
	g.holds("the newer tab saves", saved)
	g.ctx = older
	g.types(" No, the graphs first.")
	g.holds("the older is told", `!document.querySelector('[data-elsewhere]').hidden`)
	if got := g.answers(place); got[0] != "First I look at the logs. Then the graphs." {
		t.Errorf("kept %q", got)
	}
	g.press("[data-take]")
	g.holds("and may take over", saved+` && document.querySelector('[data-elsewhere]').hidden`)
	if got := g.answers(place); got[0] != "First I look at the logs. No, the graphs first." {
		t.Errorf("kept %q", got)
	}

	g.types(" Yes.")
	g.press("button[value=next]") // at once: pressing saves
	g.holds("the second question", `location.pathname.endsWith('/q/2')`)
	g.types("On a copy")
	g.holds("saved", saved)
	g.ahead.Store(int64(g.left(place) - 6*time.Second)) // some seconds are left, as the next save tells the page
	g.types(".")
	g.holds("the time runs out", `document.querySelector('h1').textContent === 'Your time ran out'`)
	g.holds("nothing stays on the device", `Object.keys(localStorage).length === 0`)
	if got := g.answers(place); got[0] != "First I look at the logs. No, the graphs first. Yes." || got[1] != "On a copy." {
		t.Errorf("kept %q", got)
	}
}

// TestRoomStays: who presses Next on a phone while nothing can be sent presses it where it was, and reads below it why
// the page stays; the words go once everything is saved.
func TestRoomStays(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	g.do("a phone", chromedp.EmulateViewport(390, 800))
	a := newAssessment(t, g.e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	g.begin(a, "ada@example.com")
	const next = `document.querySelector('button[value=next]').getBoundingClientRect().top + scrollY`
	g.holds("the page is as it stays", `'ready' in document.querySelector('[data-voice]').dataset`)
	top, err := chromedp.Run(g.ctx, chromedp.Evaluate[float64](next))
	if err != nil {
		t.Fatal(err)
	}
	g.broken.Store(true)
	g.types("x")
	g.holds("told that it is not saved, and nothing moved",
		`document.querySelector('[data-save-state]').textContent.startsWith('Not saved') && `+next+fmt.Sprintf(` === %v`, top))
	g.press("button[value=next]")
	g.holds("stays and says why", `location.pathname.endsWith('/q/1') && document.querySelector('[data-told]').textContent.includes('not everything is saved')`)
	g.broken.Store(false)
	g.holds("the words go", saved+` && !document.querySelector('[data-told]')`)
}

// TestRoomRecorderStays: the button that records stays where it is, whatever the page comes to say about an earlier
// recording while a finger is on its way.
func TestRoomRecorderStays(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?")...)
	place := g.begin(a, "ada@example.com")
	mustDo(t, g.e.BeginRecording(t.Context(), strings.TrimPrefix(place, "/room/i/"), 1, speechID, "audio/webm", 0))
	g.open(place + "/q/1")
	g.holds("told of the recording", `!document.querySelector('[data-voice-interrupted]').hidden`)
	const moves = `['interrupted', 'problem', 'kept'].filter(name => {
		const told = document.querySelector('[data-voice-' + name + ']'), toggle = document.querySelector('[data-voice-toggle]');
		const before = toggle.getBoundingClientRect().top, hidden = told.hidden;
		told.hidden = !hidden;
		const moved = toggle.getBoundingClientRect().top !== before;
		told.hidden = hidden;
		return moved;
	})`
	moved, err := chromedp.Run(g.ctx, chromedp.Evaluate[[]string](moves))
	if err != nil || len(moved) > 0 {
		t.Errorf("moved by %v, %v", moved, err)
	}
}

// TestRoomReviewCatchesUp: the list of answers shows a recording that arrived meanwhile, and doesn't go on saying that it
// could not be sent.
func TestRoomReviewCatchesUp(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?")...)
	place := g.begin(a, "ada@example.com")
	g.accept()
	g.press("[data-voice-toggle]")
	g.holds("it records", voiceState("recording")+` && document.querySelector('[data-voice-time]').textContent >= '0:02'`)
	g.broken.Store(true)
	g.press("[data-voice-toggle]")
	g.holds("it can't be sent", status+`.startsWith('Not sent yet')`)
	g.open(place + "/review")
	g.holds("on its way", `!document.querySelector('[data-sending-trouble]').hidden && !document.querySelector('.room-review audio')`)
	g.press("[data-room-form] button")
	g.holds("told to wait", `document.querySelector('[data-told]').textContent.includes('could not be sent yet')`)
	g.broken.Store(false)
	g.holds("it is there", `document.querySelector('.room-review audio') && !document.querySelector('[data-told]') && !!document.querySelector('.room-review audio')`)
	g.press("[data-room-form] button")
	g.holds("handed in", `document.querySelector('h1').textContent.startsWith('Thank you')`)
}

// TestRoomPages opens every page at two widths and in both themes: axe-core finds nothing, and nothing is wider than
// the window.
func TestRoomPages(t *testing.T) {
	t.Parallel()
	g := newGuest(t, func(o *Options) { o.Company = func(context.Context) string { return "Northwind Traders" } })
	axe, err := os.ReadFile("../e2e/testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("I would first look at what changed, then at the error rates, and only then at the code. ", 9)
	a := newAssessment(t, g.e, questions(
		"Walk us through a system you designed.",
		"Tell us about a time when a release went wrong: what happened, how did you find out, whom did you tell first, what did you do in the first hour, and what is different today because of it?",
		"How do you test a migration?",
		"Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaftsrechtsabteilungsleiterin?")...)
	link := "/room/a/" + string(a.AssessmentID)
	verify := newAssessment(t, g.e, questions("How do you test a migration?")...)
	ada, bo, cy := sendInvite(t, g.e, a, "ada@example.com"), sendInvite(t, g.e, a, "bo.with.a.very.long.address.that.does.not.end@subdomain.of.another.example.org"), sendInvite(t, g.e, a, "cy@example.com")
	set(t, g.e, `UPDATE engine.assessments SET verify_email = true WHERE id = '`+string(verify.AssessmentID)+`'`)
	set(t, g.e, `UPDATE engine.assessments SET title = 'Head of people and culture for Europe, the Middle East and Africa' WHERE id = '`+string(verify.AssessmentID)+`'`)
	v := visit(t, g.e)
	for _, id := range []string{ada, cy} {
		v.get("/room/i/"+id).submit("begin", agreed).submit("next", answering(long)).submit("next", answering("قبل كل شيء"))
	}
	speaks(t, g.e, cy, "1f8fad5b-d9cb-469f-a165-70867728950e", "spoken")
	v.post("/room/i/"+cy+"/submit", nil).is(200, "Thank you, cy")
	dan, eva := sendInvite(t, g.e, a, "dan@example.com"), sendInvite(t, g.e, a, "eva@example.com")
	for _, id := range []string{dan, eva} {
		v.get("/room/i/"+id).submit("begin", agreed)
	}
	speaks(t, g.e, dan, speechID, "spoken")
	_, parts := speech(t, "spoken", 3)
	const half = "2f8fad5b-d9cb-469f-a165-70867728950e"
	mustDo(t, g.e.BeginRecording(t.Context(), eva, 1, half, "audio/webm", 0))
	mustDo(t, g.e.SavePart(t.Context(), eva, half, 0, parts[0]))
	g.accept()
	record := chromedp.Click("[data-voice-toggle]")

	refuse := chromedp.Evaluate[chromedp.Void](`document.querySelector('button[value]').form.requestSubmit(document.querySelector('button[value]'))`)
	offline := chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-save-state]').dataset.tone = 'weak'; document.querySelector('[data-save-state]').textContent = 'Not saved: no connection, we keep trying'; document.querySelectorAll('.flash[hidden]').forEach(e => e.hidden = false); document.querySelector('.room-clock').dataset.low = 'yes'`)
	pages := []struct {
		name, path, ready string
		then              chromedp.Action[chromedp.Void]
	}{
		{"welcome", "/room/i/" + bo, `!!document.querySelector('#consent')`, nil},
		{"welcome-refused", "/room/i/" + bo, `!!document.querySelector('.error-summary')`, refuse},
		{"public", link, `!!document.querySelector('#firstName')`, nil},
		{"public-refused", link, `!!document.querySelector('.error-summary')`, refuse},
		{"public-verify", "/room/a/" + string(verify.AssessmentID), `!!document.querySelector('[value=link]')`, nil},
		{"sent", "/room/a/" + string(verify.AssessmentID) + "/sent", `true`, nil},
		{"later", "/room/i/" + bo + "/later", `!document.querySelector('[data-copy]').hidden`, nil},
		{"question", "/room/i/" + ada + "/q/1", `true`, nil},
		{"question-long", "/room/i/" + ada + "/q/2", `true`, nil},
		{"question-trouble", "/room/i/" + ada + "/q/3", `!document.querySelector('[data-elsewhere]').hidden`, offline},
		{"question-last", "/room/i/" + ada + "/q/4", `true`, nil},
		{"question-review", "/room/i/" + ada + "/q/3?from=review", `true`, nil},
		{"question-spoken", "/room/i/" + dan + "/q/1", voiceState("kept") + ` && document.querySelector('audio').duration > 1`, nil},
		{"question-interrupted", "/room/i/" + eva + "/q/1", `!document.querySelector('[data-voice-interrupted]').hidden`, nil},
		{"question-recording", "/room/i/" + eva + "/q/2", voiceState("recording") + ` && document.querySelector('[data-voice-time]').textContent >= '0:01'`, record},
		{"review-spoken", "/room/i/" + dan + "/review", `!!document.querySelector('audio')`, nil},
		{"away", "/room/i/" + ada + "/later", `true`, nil},
		{"review", "/room/i/" + ada + "/review", `true`, nil},
		{"thanks", "/room/i/" + cy, `(document.querySelector('details').open = true)`, nil},
		{"unknown", "/room/i/nobody", `true`, nil},
	}
	for _, p := range pages {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360} {
				name := fmt.Sprintf("%s-%s-%d", p.name, theme, width)
				g.do("opening "+name, chromedp.EmulateViewport(width, 800), chromedp.Navigate(g.url+p.path),
					chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.theme = '`+theme+`'`))
				if p.then != nil {
					g.do(name, p.then)
				}
				g.holds(name, p.ready)
				g.do(name, chromedp.Evaluate[chromedp.Void](`document.documentElement.dataset.theme = '`+theme+`'; new Promise(done => setTimeout(done, 200))`, chromedp.EvalAwaitPromise))
				if *roomShots != "" {
					picture, err := chromedp.Run(g.ctx, chromedp.FullScreenshot(100))
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(*roomShots, name+".png"), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if spill, err := chromedp.Run(g.ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); err != nil || spill > 0 {
					t.Errorf("%s: the page is %d px wider than the window (%v)", name, spill, err)
				}
				if width != 360 { // the same elements in the same colours
					continue
				}
				if err := chromedp.Do(g.ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
					t.Fatalf("%s: loading axe: %v", name, err)
				}
				found, err := chromedp.Run(g.ctx, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160) + ' — ' + n.failureSummary.split('\n').slice(1).join(' '))))`, chromedp.EvalAwaitPromise))
				if err != nil {
					t.Fatalf("%s: running axe: %v", name, err)
				}
				for _, violation := range found {
					t.Errorf("%s: %s", name, violation)
				}
			}
		}
	}
}

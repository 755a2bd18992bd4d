package engine

import (
	"strings"
	"testing"
	"time"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// voiceState is what a question's recorder is at.
func voiceState(state string) string {
	return `document.querySelector('[data-voice]').dataset.state === '` + state + `'`
}

const status = `document.querySelector('[data-voice-status]').textContent`

// TestRoomVoice records with a browser's own recorder while connections break, processes change, pages close and the
// time runs out.
func TestRoomVoice(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	place := g.begin(a, "ada@example.com")
	recordings := func() (list []Draft) {
		t.Helper()
		return opened(t, g.e, strings.TrimPrefix(place, "/room/i/")).Answers
	}
	g.accept()

	g.press("[data-voice-toggle]")
	g.holds("it records", voiceState("recording"))
	g.holds("and sends meanwhile", `document.querySelector('[data-voice-time]').textContent >= '0:04'`)
	g.holds("parts arrive", status+` === 'Recording. What you say is sent while you speak.'`)
	if got := recordings()[0].Arriving; got == nil || got.Bytes == 0 {
		t.Errorf("after four seconds of speaking nothing is here: %+v", got)
	}

	g.broken.Store(true) // the process is killed
	g.holds("told that nothing is sent", status+`.startsWith('Recording. Not sent yet: no connection')`)
	second, _ := startOn(t, g.e.pool, func(o *Options) { o.Now = g.e.now })
	other := second.Handler()
	g.other.Store(&other)
	g.broken.Store(false)
	g.holds("the next process goes on", status+` === 'Recording. What you say is sent while you speak.'`)
	g.press("[data-voice-toggle]")
	g.holds("it is saved", voiceState("kept")+` && `+status+` === 'Saved'`)
	first := recordings()[0].Recording
	if first == nil || first.Seconds < 6 {
		t.Fatalf("kept: %+v", first)
	}
	g.holds("it can be played from anywhere", `document.querySelector('[data-voice-audio]').duration > 6 && document.querySelector('[data-voice-audio]').duration < 600`)
	g.do("reloading", chromedp.Reload())
	g.holds("it is still there", voiceState("kept")+` && document.querySelector('[data-voice-audio]').duration > 6`)

	g.press("[data-voice-toggle]") // once more, and on at once
	g.holds("it records", voiceState("recording")+` && document.querySelector('[data-voice-time]').textContent >= '0:01'`)
	g.press("button[value=next]")
	g.holds("the second question", `location.pathname.endsWith('/q/2') && document.querySelector('[data-voice]').dataset.state === 'idle'`)
	again := recordings()[0].Recording
	if again == nil || again.ID == first.ID || again.Seconds < 1 {
		t.Fatalf("recorded again: %+v", again)
	}

	g.press("[data-voice-toggle]")
	g.holds("it records", voiceState("recording")+` && document.querySelector('[data-voice-time]').textContent >= '0:04'`)
	g.do("the page goes away in the middle", chromedp.Reload())
	g.holds("what was said is kept", voiceState("kept")+` && document.querySelector('[data-voice-problem]').textContent.includes('was interrupted')`)
	if cut := recordings()[1].Recording; cut == nil || cut.State != "cut" || cut.Seconds < 2 {
		t.Errorf("interrupted: %+v", cut)
	}

	g.broken.Store(true)
	g.press("[data-voice-toggle]")
	g.holds("it records", voiceState("recording")+` && document.querySelector('[data-voice-time]').textContent >= '0:01'`)
	g.press("button[value=next]")
	g.holds("stays, since it can't be sent", `location.pathname.endsWith('/q/2') && !document.querySelector('[aria-busy]') && `+status+`.startsWith('Not sent yet: no connection')`)
	g.broken.Store(false)
	g.holds("it is sent by itself", voiceState("kept")+` && `+status+` === 'Saved'`)

	g.press("[data-voice-toggle]")
	g.holds("it records", voiceState("recording")+` && document.querySelector('[data-voice-time]').textContent >= '0:01'`)
	g.ahead.Store(int64(g.left(place) - 3*time.Second))
	g.types("x") // a save tells the page how much time is left
	g.holds("the time runs out", `document.querySelector('h1').textContent === 'Your time ran out'`)
	g.holds("nothing stays on the device", `(() => { (async () => { const db = await new Promise(r => { const o = indexedDB.open('room'); o.onsuccess = () => r(o.result); }); const count = name => new Promise(r => { const q = db.transaction(name).objectStore(name).count(); q.onsuccess = () => r(q.result); }); document.body.dataset.left = await count('recordings') + await count('parts'); db.close(); })(); return document.body.dataset.left === '0'; })()`)
	g.holds("all is sent", `document.querySelector('[data-sending]').hidden`)
	last := recordings()[1].Recording
	if last == nil || last.State != "whole" || last.Seconds < 1 || recordings()[1].Arriving != nil {
		t.Errorf("at the end: %+v", last)
	}
}

// TestRoomVoiceOnAnotherPage: a recording that could not be sent before the tab was closed goes out from whichever page
// is opened next, the last one too.
func TestRoomVoiceOnAnotherPage(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?")...)
	place := g.begin(a, "ada@example.com")
	invite := strings.TrimPrefix(place, "/room/i/")
	g.accept()
	g.press("[data-voice-toggle]")
	g.holds("parts arrive", voiceState("recording")+` && document.querySelector('[data-voice-time]').textContent >= '0:04'`)
	g.broken.Store(true)
	g.press("[data-voice-toggle]")
	g.holds("it can't be sent", status+`.startsWith('Not sent yet')`)
	g.do("the tab is closed", chromedp.Navigate("about:blank"))
	g.ahead.Store(int64(21 * time.Minute))
	g.open(place)
	g.holds("the end says that something is on its way", `document.querySelector('h1').textContent === 'Your time ran out' && !document.querySelector('[data-sending]').hidden && !document.querySelector('[data-sending-trouble]').hidden`)
	g.broken.Store(false)
	g.holds("it arrives", `document.querySelector('[data-sending]').hidden`)
	if r := opened(t, g.e, invite).Answers[0].Recording; r == nil || r.State != "whole" || r.Seconds < 4 {
		t.Errorf("kept: %+v", r)
	}
}

// TestRoomVoiceFlows: nobody is told to speak before the browser hears, and who changes their mind until then records
// nothing.
func TestRoomVoiceFlows(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	place := g.begin(a, "ada@example.com")
	held := chromedp.Evaluate[chromedp.Void](`setTimeout = (set => (work, ms, ...rest) => set(work, ms === 3000 ? 1e9 : ms, ...rest))(setTimeout);
		AudioContext = class extends AudioContext { resume() { return new Promise(resolve => { window.flow = resolve; }); } }; undefined`)
	g.do("a microphone that takes long", held)
	g.press("[data-voice-toggle]")
	g.holds("told to wait", voiceState("asking")+` && `+status+` === 'Opening the microphone…'`)
	g.do("sound", chromedp.Evaluate[chromedp.Void](`flow()`))
	g.holds("it records", voiceState("recording")+` && document.querySelector('[data-voice-time]').textContent >= '0:01'`)
	g.press("button[value=next]")
	g.holds("the second question", `location.pathname.endsWith('/q/2') && !!document.querySelector('[data-voice][data-ready]')`)

	g.do("a microphone that takes long", held)
	g.press("[data-voice-toggle]")
	g.holds("told to wait", status+` === 'Opening the microphone…'`)
	g.press("button[value=back]")
	g.holds("goes on without it", `location.pathname.endsWith('/q/1')`)
	list := opened(t, g.e, strings.TrimPrefix(place, "/room/i/")).Answers
	if list[0].Recording == nil || list[1].Recording != nil || list[1].Arriving != nil {
		t.Errorf("recorded: %+v", list)
	}
}

// TestRoomVoiceRefused: without a microphone people are told what to do, and type.
func TestRoomVoiceRefused(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?")...)
	g.begin(a, "ada@example.com")
	g.do("refusing", chromedp.Evaluate[chromedp.Void](`navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')); undefined`))
	g.press("[data-voice-toggle]")
	g.holds("told", `!document.querySelector('[data-voice-problem]').hidden && document.querySelector('[data-voice-problem]').textContent.includes('does not let this page use the microphone') && `+voiceState("idle"))
	g.types("I look at the logs.")
	g.holds("typing works", saved)
}

// accept leaves pages that ask whether to stay.
func (g *guest) accept() {
	g.t.Helper()
	ctx := g.ctx
	err := chromedp.Listen(ctx, func(event any) {
		if _, ok := event.(*cdppage.EventJavascriptDialogOpening); ok {
			go func() {
				_, _ = chromedp.Call(ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	})
	if err != nil {
		g.t.Fatal(err)
	}
}

package engine

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

const problem = `document.querySelector('[data-voice-problem]').textContent`

// emptied is true once recordings have left nothing on the device.
const emptied = `(() => { indexedDB.databases().then(async () => { const db = await new Promise(r => { const o = indexedDB.open('room'); o.onsuccess = () => r(o.result); }); const t = db.transaction(['parts', 'recordings']); const p = t.objectStore('parts').count(), q = t.objectStore('recordings').count(); t.oncomplete = () => { document.body.dataset.left = p.result + q.result; db.close(); }; }); return document.body.dataset.left === '0'; })()`

// speaking is true while it records, n seconds from the beginning.
func speaking(n int) string {
	return fmt.Sprintf(`%s && document.querySelector('[data-voice-time]').textContent >= '0:%02d'`, voiceState("recording"), n)
}

// prepare changes what the page's browser does.
func (g *guest) prepare(script string) {
	g.t.Helper()
	g.do(script, chromedp.Evaluate[chromedp.Void](script+`; undefined`))
}

// lingers waits for a moment in which a page that should stay could go away.
func (g *guest) lingers() {
	g.t.Helper()
	g.prepare(`setTimeout(() => { document.body.dataset.lingered = '' }, 1000)`)
	g.holds("a moment later the page is still there", `'lingered' in document.body.dataset`)
}

// TestRoomVoiceTakenOver: nobody speaks on into a recording that another device has replaced.
func TestRoomVoiceTakenOver(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?")...)
	invite := strings.TrimPrefix(g.begin(a, "ada@example.com"), "/room/i/")
	g.accept()
	g.press("[data-voice-toggle]")
	g.holds("it records", speaking(1))
	speaks(t, g.e, invite, speechID, "spoken")
	g.holds("it stops and says why", voiceState("idle")+` && `+problem+`.includes('on another device')`)
	g.holds("nothing stays on the device", emptied)
	if r := opened(t, g.e, invite).Answers[0].Recording; r == nil || r.ID != speechID {
		t.Errorf("kept: %+v", r)
	}
}

// TestRoomVoiceStopped: every way to stop leaves the page as it was, with the microphone and its meter closed.
func TestRoomVoiceStopped(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	place := g.begin(a, "ada@example.com")
	invite := strings.TrimPrefix(place, "/room/i/")
	g.accept()
	g.prepare(`window.meters = []; window.AudioContext = class extends AudioContext { constructor() { super(); meters.push(this); } };
		const ask = navigator.mediaDevices.getUserMedia; window.asked = [];
		navigator.mediaDevices.getUserMedia = async what => { await window.permission; const stream = await ask.call(navigator.mediaDevices, what); asked.push(stream); return stream; };`)
	closed := func(n int) string {
		return fmt.Sprintf(`meters.length === %d && meters.every(one => one.state === 'closed') && asked.every(one => !one.active)`, n)
	}

	g.prepare(`const start = MediaRecorder.prototype.start; MediaRecorder.prototype.start = function(slice) { MediaRecorder.prototype.start = start; start.call(this, slice); setTimeout(() => document.querySelector('[data-voice-toggle]').click()); }`)
	g.press("[data-voice-toggle]")
	g.holds("who stops at once has nothing", voiceState("idle")+` && `+problem+`.includes('Nothing was recorded.')`)
	if d := opened(t, g.e, invite).Answers[0]; !d.Empty() {
		t.Errorf("an answer of nothing: %+v", d.Arriving)
	}

	g.press("[data-voice-toggle]")
	g.holds("it records", speaking(1))
	g.prepare(`for (const detail of [1, 2]) { setTimeout(() => document.querySelector('[data-voice-toggle]').dispatchEvent(new MouseEvent('click', {bubbles: true, detail})), 150 * detail); }`)
	g.holds("a double click stops", voiceState("kept")+` && `+status+` === 'Saved'`)
	g.lingers()
	g.holds("and begins nothing", voiceState("kept")+` && `+closed(2))

	g.prepare(`window.permission = new Promise(give => { window.give = give; })`)
	g.press("[data-voice-toggle]")
	g.holds("the browser asks", voiceState("asking"))
	g.broken.Store(true)
	g.types("I look at the logs.")
	g.press("button[value=next]") // which does not go on
	g.holds("it stays", `!document.querySelector('[aria-busy]') && document.activeElement.id === 'answer'`)
	g.broken.Store(false)
	g.holds("it is saved", saved)
	g.press("button[value=next]")
	g.holds("who goes on meanwhile does not record", `location.pathname.endsWith('/q/2') && `+voiceState("idle"))
}

// TestRoomVoiceNotKept: who goes on is told first that the answer is lost.
func TestRoomVoiceNotKept(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	g.begin(a, "ada@example.com")
	g.accept()
	g.prepare(`const real = fetch; window.fetch = (href, options) => href.endsWith('/0') ? Promise.resolve(new Response('{"state": "long"}')) : real(href, options)`)
	g.press("[data-voice-toggle]")
	g.holds("it records", speaking(1))
	g.press("button[value=next]")
	g.holds("told", problem+`.includes('too long')`)
	g.lingers()
	g.holds("the page stays", `location.pathname.endsWith('/q/1') && `+voiceState("idle"))
	g.press("button[value=next]")
	g.holds("once", `location.pathname.endsWith('/q/2')`)
}

// TestRoomVoiceLastWords: what was said last is put aside before the page goes to the end.
func TestRoomVoiceLastWords(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?")...)
	place := g.begin(a, "ada@example.com")
	g.accept()
	g.prepare(`const read = Blob.prototype.arrayBuffer; Blob.prototype.arrayBuffer = async function() { await new Promise(go => setTimeout(go, 1000)); return read.call(this); }`)
	g.press("[data-voice-toggle]")
	g.holds("it records", speaking(1))
	g.ahead.Store(int64(g.left(place) - 2*time.Second))
	g.types("x")
	g.holds("the time runs out, and all is sent", `document.querySelector('h1').textContent === 'Your time ran out' && document.querySelector('[data-sending]').hidden`)
	g.holds("nothing stays on the device", emptied)
	if r := opened(t, g.e, strings.TrimPrefix(place, "/room/i/")).Answers[0].Recording; r == nil || r.State != "whole" {
		t.Errorf("kept: %+v", r)
	}
}

// TestRoomVoiceInTwoTabs: only one of them sends a recording, and the other goes on when that one is closed.
func TestRoomVoiceInTwoTabs(t *testing.T) {
	t.Parallel()
	g := newGuest(t)
	a := newAssessment(t, g.e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	place := g.begin(a, "ada@example.com")
	g.accept()
	older := g.ctx
	newer, cancel := chromedp.NewContext(g.ctx)
	defer cancel()

	g.press("[data-voice-toggle]")
	g.holds("it records", speaking(1))
	g.broken.Store(true)
	g.press("[data-voice-toggle]")
	g.holds("it can't be sent", status+`.startsWith('Not sent yet')`)
	g.ctx = newer
	g.open(place + "/q/1")
	g.lingers()
	g.holds("the other tab leaves it alone", status+` === ''`)
	g.broken.Store(false)
	g.ctx = older
	g.holds("it is saved", voiceState("kept")+` && `+status+` === 'Saved'`)
	g.ctx = newer
	g.lingers()
	g.holds("nothing is said in the other", problem+`.trim() === ''`)

	g.ctx = older
	g.broken.Store(true)
	g.press("[data-voice-toggle]")
	g.holds("it records again", speaking(1))
	g.press("[data-voice-toggle]")
	g.holds("it can't be sent", status+`.startsWith('Not sent yet')`)
	g.ctx = newer
	g.do("reloading", chromedp.Reload())
	g.lingers()
	g.ctx = older
	g.do("the first tab is closed", chromedp.Navigate("about:blank"))
	g.broken.Store(false)
	g.ctx = newer
	g.holds("the other sends it", problem+`.trim() === '' && `+status+` === 'Saved'`)
	g.holds("nothing stays on the device", emptied)
}

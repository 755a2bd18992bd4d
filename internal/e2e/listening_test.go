package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

// TestListening has Ada speak her answers and Grace listen to them: one at a time, at her speed, and on and on while the
// page around the player changes.
func TestListening(t *testing.T) {
	t.Parallel()
	g := start(t, withAdmin...)
	grace := g.visitor(t, "Grace")
	grace.signIn(adminEmail, adminPassword)
	interview := grace.smallInterview("Nurse", "How do you hand over a shift?", "What do you do when a bay is full?", "When did you last say no?")
	room := grace.invite(interview, "Ada Lovelace <ada@example.com>", "Ada Lovelace")

	ada := g.visitor(t, "Ada")
	ada.open(room)
	ada.consent()
	ada.send("Begin")
	whole, err := os.ReadFile("../engine/recording/testdata/spoken.webm")
	if err != nil {
		t.Fatal(err)
	}
	parts := slices.Collect(slices.Chunk(whole, len(whole)/3+1))
	id := func(n int) string { return fmt.Sprintf("0f8fad5b-d9cb-469f-a165-70867728950%d", n) }
	for n := 1; n <= 3; n++ {
		ada.sends(http.MethodPut, fmt.Sprintf("%s/q/%d/recordings/%s?type=audio/webm%%3Bcodecs%%3Dopus", room, n, id(n)), nil)
		for at, part := range parts {
			if n == 3 && at > 0 {
				continue // the connection is slow
			}
			ada.sends(http.MethodPut, fmt.Sprintf("%s/recordings/%s/%d", room, id(n), at), part)
		}
		if n < 3 {
			ada.sends(http.MethodPost, fmt.Sprintf("%s/recordings/%s/finish", room, id(n)), []byte("parts=3"))
		}
	}
	grace.open(interview + "/candidates")
	ada.sends(http.MethodPost, room+"/submit", nil)
	grace.row("Ada Lovelace", "Finished", "To review")

	grace.follow("Ada Lovelace")
	grace.sees("Spoken, 12 s", "No transcript: nothing here writes down speech. Listen to the answer.", "The recording is still on its way. It appears here by itself.")
	grace.lacks("No answer was given.")
	grace.holds("what was measured is drawn", `document.querySelectorAll('.waveform').length === 2`)
	if names := value[string](grace, `[...document.querySelectorAll('audio')].map(a => a.ariaLabel + ', ' + a.readyState).join(' | ')`); names != "Answer to question 1, 12 s, 0 | Answer to question 2, 12 s, 0" {
		t.Errorf("the players, of which none has fetched anything yet: %s", names)
	}

	var changed int // what was measured comes once more, with the third answer
	g.query(t, `WITH changed AS (UPDATE answers SET recording = recording - 'peaks' WHERE position < 3 RETURNING 1) SELECT count(*) FROM changed`, &changed)
	grace.reload()
	grace.plays(1)
	grace.holds("watching the player", `window.first = document.querySelector('#answer-1 audio')`)
	grace.holds("and whether it rests", `first.onpause = first.onemptied = e => { window.rested = e.type; }, true`)
	grace.stays()
	for at := 1; at < len(parts); at++ {
		ada.sends(http.MethodPut, fmt.Sprintf("%s/recordings/%s/%d", room, id(3), at), parts[at])
	}
	ada.sends(http.MethodPost, fmt.Sprintf("%s/recordings/%s/finish", room, id(3)), []byte("parts=3"))
	grace.lacks("The recording is still on its way.")
	grace.holds("the third one is there", `document.querySelectorAll('audio').length === 3 && document.querySelectorAll('.waveform').length === 3`)
	grace.settles()
	if !value[bool](grace, `document.querySelector('#answer-1 audio') === first && !first.paused && !first.ended && !window.rested && first.isConnected`) {
		t.Errorf("while another answer arrived the player was disturbed: %s", value[string](grace, `JSON.stringify([document.querySelector('#answer-1 audio') === first, first.paused, first.ended, first.currentTime, window.rested])`))
	}
	grace.holds("it plays on", `(t => first.currentTime > t)(window.then ??= first.currentTime)`)
	grace.stayed()

	grace.plays(3)
	grace.holds("one plays at a time", `first.paused && window.rested === 'pause'`)
	grace.clickAt(`#answer-3 [data-speed="1.5"]`)
	grace.holds("the speed is everybody's", `[...document.querySelectorAll('audio')].every(a => a.playbackRate === 1.5) &&
		[...document.querySelectorAll('[data-speed="1.5"]')].every(b => b.ariaPressed === 'true') && document.querySelectorAll('[aria-pressed=true][data-speed]').length === 3`)
	grace.reload()
	grace.holds("and lasts", `[...document.querySelectorAll('audio')].every(a => a.playbackRate === 1.5)`)
	grace.plays(2)
	grace.holds("also once it is loaded", `document.querySelector('#answer-2 audio').playbackRate === 1.5`)
	grace.holds("seeking works", `(a => { a.currentTime = 9; return true; })(document.querySelector('#answer-2 audio'))`)
	grace.holds("and goes on from there", `document.querySelector('#answer-2 audio').currentTime > 9`)

	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	grace.inspect(grace.path(), string(axe))

	other := grace.tab("Grace elsewhere")
	other.open("/")
	other.unfold("Account of " + other.account())
	other.send("Sign out")
	grace.listens(3)
	grace.holds("a player that gets nothing says why", `!document.querySelector('#answer-3 [data-trouble]').hidden`)
	grace.sees("You are signed out. Load the page again to sign in.")
	grace.complaints() // of the browser about the answer, as it should
}

// TestTranscriptsAppear has what Ada speaks written down by a server, while Grace has her page open.
func TestTranscriptsAppear(t *testing.T) {
	t.Parallel()
	heard := make(chan struct{})
	scribe := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-heard:
		case <-r.Context().Done():
			return
		}
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprint(w, `{"text":"First the sickest, then everybody else."}`)
	}))
	t.Cleanup(scribe.Close)
	g := start(t, append(withAdmin[:len(withAdmin):len(withAdmin)], "OPENAI_TRANSCRIBE_BASE_URL="+scribe.URL+"/v1", "OPENAI_TRANSCRIBE_MODEL=whisper-1")...)
	grace := g.visitor(t, "Grace")
	grace.signIn(adminEmail, adminPassword)
	interview := grace.smallInterview("Nurse", "How do you hand over a shift?")
	room := grace.invite(interview, "Ada Lovelace <ada@example.com>", "Ada Lovelace")
	ada := g.visitor(t, "Ada")
	ada.open(room)
	ada.consent()
	ada.send("Begin")
	ada.fill("Your answer|Or type your answer", "In short:")
	ada.holds("it is saved", `document.body.innerText.includes('Saved')`)
	whole, err := os.ReadFile("../engine/recording/testdata/spoken.webm")
	if err != nil {
		t.Fatal(err)
	}
	const id = "0f8fad5b-d9cb-469f-a165-708677289500"
	ada.sends(http.MethodPut, room+"/q/1/recordings/"+id+"?type=audio/webm%3Bcodecs%3Dopus", nil)
	ada.sends(http.MethodPut, room+"/recordings/"+id+"/0", whole)
	ada.sends(http.MethodPost, room+"/recordings/"+id+"/finish", []byte("parts=1"))
	ada.sends(http.MethodPost, room+"/submit", nil)
	grace.open(interview + "/candidates")
	grace.row("Ada Lovelace", "Finished")
	grace.follow("Ada Lovelace")
	grace.sees("Typed:", "In short:", "It is being written down. The transcript appears here by itself.")
	grace.stays()
	close(heard)
	grace.sees("In short:", "Transcript by whisper-1. It can be wrong; listen before you judge.", "First the sickest, then everybody else.")
	grace.lacks("It is being written down.")
	if texts := value[string](grace, `[...document.querySelectorAll('.answer-text')].map(p => p.textContent).join('|')`); texts != "In short:|First the sickest, then everybody else." {
		t.Errorf("what was typed and what was written down: %q", texts)
	}
	grace.stayed()
}

// plays has a player begin, and waits until it is under way.
func (p *person) plays(answer int) {
	p.t.Helper()
	p.listens(answer)
	p.holds("it plays", fmt.Sprintf(`(a => !a.paused && a.currentTime > 0)(document.querySelector('#answer-%d audio'))`, answer))
}

// listens presses play by the keyboard.
func (p *person) listens(answer int) {
	p.t.Helper()
	p.settles()
	p.holds("the player has the focus", fmt.Sprintf(`(a => { a.scrollIntoView({block: 'center'}); a.focus(); return document.activeElement === a; })(document.querySelector('#answer-%d audio'))`, answer))
	for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeChar, input.DispatchKeyEventTypeKeyUp} {
		key := input.DispatchKeyEventParams{Type: kind, Key: " ", Code: "Space", Text: " ", WindowsVirtualKeyCode: 32}
		if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, key); err != nil {
			p.t.Fatal(err)
		}
	}
}

// sends makes a request as the room's script does.
func (p *person) sends(method, address string, body []byte) {
	p.t.Helper()
	r, err := http.NewRequestWithContext(p.t.Context(), method, address, bytes.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/octet-stream")
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	answer, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusSeeOther {
		p.t.Fatalf("%s %s: %s", method, strings.TrimPrefix(address, p.base), answer.Status)
	}
}

package ui_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestScript drives static/app.js in a real browser: what it adds to plain pages.
func TestScript(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: needs a browser")
	}
	t.Parallel()
	mux := http.NewServeMux()
	changes := make(chan string)
	var fetched atomic.Int32
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, ": hello\n\n")
		w.(http.Flusher).Flush()
		for {
			select {
			case change := <-changes:
				fmt.Fprintf(w, "event: change\ndata: %s\n\n", change)
				w.(http.Flusher).Flush()
			case <-r.Context().Done():
				return
			}
		}
	})
	mux.HandleFunc("/part", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `<p id="part" data-stamp="%d" data-live="candidates:41 interviews" hx-get="/part" hx-trigger="live" hx-target="this" hx-swap="outerMorph">fetched %[1]d</p>`, fetched.Add(1))
	})
	twins, hold := new(atomic.Int32), make(chan chan struct{}, 1)
	mux.HandleFunc("/twins", func(w http.ResponseWriter, r *http.Request) {
		n := twins.Add(1) - 1
		select {
		case held := <-hold:
			<-held
		default:
		}
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprintf(w, twinsPage, n)
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusBadGateway)
		io.WriteString(w, `<div data-message>TapTalent did not answer. Nothing was sent.</div>`)
	})
	mux.HandleFunc("/extra", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, extraPage)
	})
	mux.HandleFunc("/opened", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		io.WriteString(w, strings.Replace(extraPage, "<main>", `<main><section id="add"><textarea id="question" autofocus></textarea></section>`, 1))
	})
	mux.Handle("/", galleryHandler())
	server := httptest.NewServer(mux)
	t.Cleanup(server.CloseClientConnections)
	ctx := browser(t)

	do := func(what string, steps ...chromedp.Action[chromedp.Void]) {
		t.Helper()
		if err := chromedp.Do(ctx, steps...); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	holds := func(what, expression string) {
		t.Helper()
		if _, err := chromedp.Run(ctx, chromedp.Poll[bool](expression)); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
	}
	shoot := func(name string) {
		if *shots == "" {
			return
		}
		do("waiting for the picture to settle", chromedp.Evaluate[chromedp.Void](`new Promise(done => setTimeout(done, 400))`, chromedp.EvalAwaitPromise))
		picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}

	do("opening", chromedp.EmulateViewport(1280, 800), chromedp.Navigate(server.URL+"/"))
	holds("the dot says Live", `document.querySelector('[data-live-state]').textContent === 'Live'`)
	holds("the summary of problems has the focus", `document.activeElement.matches('.error-summary')`)
	do("following a problem", chromedp.Click(`.error-summary a`))
	holds("its field has the focus", `document.activeElement.id === 'title'`)

	holds("skills are chips", `document.querySelectorAll('.tags .tag').length === 3`)
	do("typing a skill", chromedp.SendKeys(`.tags input`, "Rust,"))
	holds("it is a chip and will be sent", `document.querySelector('[name=skills]').value.endsWith(', Rust')`)
	do("removing the first", chromedp.Click(`.tags .tag button`))
	holds("it is gone", `document.querySelector('[name=skills]').value.startsWith('SQL, ')`)

	do("adding a bucket", chromedp.Click(`[data-repeat-add]`))
	holds("a third row, with ids of its own, has the focus", `document.querySelectorAll('[data-repeat-item]').length === 3 && document.activeElement.id === 'bucket-3'`)
	do("removing it", chromedp.Click(`[data-repeat-item]:last-child [data-repeat-remove]`))
	holds("two rows", `document.querySelectorAll('[data-repeat-item]').length === 2`)

	do("opening a dialog", chromedp.Click(`[data-dialog=invite]`))
	holds("it is modal", `document.getElementById('invite').matches(':modal')`)
	shoot("dialog")
	do("closing it", chromedp.Click(`#invite .dialog-close button`))
	holds("it is closed", `!document.getElementById('invite').open`)

	do("opening the account's menu", chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`), chromedp.Click(`summary.avatar`))
	shoot("menu")
	do("choosing the dark theme", chromedp.Click(`[data-theme-form] [value=dark]`))
	holds("it holds here and on the next page", `document.documentElement.dataset.theme === 'dark' && document.cookie.includes('theme=dark') && location.pathname === '/'`)
	shoot("menu-dark")

	do("opening a live page", chromedp.Evaluate[chromedp.Void](`document.querySelector('[data-guard]').reset()`), chromedp.Navigate(server.URL+"/extra"))
	holds("the dot says Live", `document.querySelector('[data-live-state]').textContent === 'Live'`)
	for _, change := range []string{"candidates 7", "invites 41", "candidates 41", "interviews 3", "candidates 41"} {
		changes <- change
	}
	holds("a burst costs one fetch, and the part glows", `document.getElementById('part').textContent === 'fetched 1' && document.getElementById('part').matches('.changed')`)

	do("opening a page of three live parts", chromedp.Navigate(server.URL+"/twins"))
	holds("the dot says Live", `document.querySelector('[data-live-state]').textContent === 'Live'`)
	shows := func(score, note, log string) string {
		return fmt.Sprintf(`['score', 'note', 'log'].map(id => document.querySelector('#' + id + ' b').textContent).join() === '%s,%s,%s'`, score, note, log)
	}
	changes <- "candidates 41"
	holds("all parts are new", shows("1", "1", "1"))
	changes <- "log 1"
	holds("only the part that it concerns is new", shows("1", "1", "2"))
	do("typing a note", chromedp.SendKeys(`#note textarea`, "I think"))
	changes <- "candidates 41"
	holds("the others are new", shows("3", "1", "3"))
	do("typing on and leaving the field", chromedp.SendKeys(`#note textarea`, " so"), chromedp.Evaluate[chromedp.Void](`document.activeElement.blur()`))
	changes <- "candidates 41"
	holds("a form that is not sent yet is left alone", shows("4", "1", "4")+` && document.querySelector('#note textarea').value === 'I think so'`)
	do("taking it back", chromedp.Evaluate[chromedp.Void](`document.querySelector('#note form').reset(); document.querySelector('#log button').focus(); document.activeElement.blur()`))
	holds("the part catches up, alone", shows("4", "5", "4"))

	held := make(chan struct{})
	hold <- held
	changes <- "candidates 41"
	holds("the page is asked for", `!!document.querySelector('.htmx-request')`)
	do("typing while the answer is on its way", chromedp.SendKeys(`#note textarea`, "Wait"))
	close(held)
	holds("what is being typed stays", shows("6", "5", "6")+` && document.querySelector('#note textarea').value === 'Wait'`)
	if n := twins.Load(); n != 7 {
		t.Errorf("the page was read %d times, want 7: once for each change, and once to catch up", n)
	}
	do("leaving", chromedp.Evaluate[chromedp.Void](`document.querySelector('#note form').reset()`), chromedp.Navigate(server.URL+"/extra"))

	do("asking before a deletion", chromedp.Click(`#delete button`))
	holds("the question is shown", `document.querySelector('dialog[open] h2').textContent === 'Delete this question?'`)
	shoot("confirm")
	do("keeping it", chromedp.Click(`dialog[open] [data-variant=secondary]`))
	holds("nothing was sent", `location.pathname === '/extra' && !document.querySelector('dialog')`)

	do("a request that fails", chromedp.Click(`#broken`))
	holds("the server's sentence is told, and the page kept", `document.querySelector('#flashes .flash')?.textContent.includes('Nothing was sent.') && document.getElementById('broken').textContent === 'Send'`)

	do("a form that an address with a fragment opens", chromedp.Navigate(server.URL+"/opened#add"))
	holds("its first field has the focus", `document.activeElement.id === 'question'`)

	do("the drawer of a small window", chromedp.EmulateViewport(360, 740), chromedp.Navigate(server.URL+"/plain"), chromedp.Navigate(server.URL+"/"), chromedp.Evaluate[chromedp.Void](`scrollTo(0, 0)`), chromedp.Click(`.drawer summary`))
	shoot("drawer")
	if n := fetched.Load(); n != 1 {
		t.Errorf("the part was fetched %d times, want 1", n)
	}
}

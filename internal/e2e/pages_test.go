package e2e

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/jackc/pgx/v5"
)

// withSample are the settings of an installation with sample data.
var withSample = append(withAdmin[:len(withAdmin):len(withAdmin)], "GREENROOM_SAMPLE_DATA=true")

// sampled waits until the sample data is there, and what the engine told of it has been taken in.
func (g *program) sampled(t *testing.T) {
	t.Helper()
	deadline := time.After(2 * time.Minute)
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		var state string
		var unsent, unapplied, jobs int
		g.query(t, `SELECT sample_state,
			(SELECT count(*) FROM engine.deliveries WHERE state = 'pending'),
			(SELECT count(*) FROM webhook_deliveries WHERE status = 'received'),
			(SELECT count(*) FROM river_job WHERE state IN ('available', 'running'))
			FROM workspace`, &state, &unsent, &unapplied, &jobs)
		switch {
		case state == "ready" && unsent+unapplied+jobs == 0:
			return
		case state == "failed":
			t.Fatal("the sample data failed")
		}
		select {
		case <-deadline:
			t.Fatalf("after two minutes the sample data is %q, with %d webhooks to send, %d to apply and %d jobs to do", state, unsent, unapplied, jobs)
		case <-again.C:
		}
	}
}

// query reads one row of the program's database.
func (g *program) query(t *testing.T, sql string, into ...any) {
	t.Helper()
	db, err := pgx.Connect(t.Context(), g.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close(t.Context())
	if err := db.QueryRow(t.Context(), sql).Scan(into...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// samplePages are the pages of the desk, one of every kind, with the sample's data.
func (g *program) samplePages(t *testing.T) []string {
	t.Helper()
	var interview, scored, waiting, answering, invited, question, batch, list, delivery int64
	g.query(t, `SELECT assessment_id, id FROM candidates WHERE score IS NOT NULL ORDER BY id LIMIT 1`, &interview, &scored)
	g.query(t, `SELECT id FROM candidates WHERE evaluation = 'pending_review' ORDER BY id LIMIT 1`, &waiting)
	g.query(t, `SELECT id FROM candidates WHERE stage = 'started' ORDER BY id LIMIT 1`, &answering)
	g.query(t, `SELECT id FROM candidates WHERE stage = 'invited' ORDER BY id LIMIT 1`, &invited)
	g.query(t, `SELECT min(id) FROM questions WHERE assessment_id = `+fmt.Sprint(interview), &question)
	g.query(t, `SELECT max(id) FROM invite_batches WHERE assessment_id = `+fmt.Sprint(interview), &batch)
	g.query(t, fmt.Sprintf(`INSERT INTO invite_lists (assessment_id, user_id, type, people, created_at)
		SELECT %d, min(id), 'candidate', E'Lin Wei <lin@example.com>\nnobody', now() FROM users RETURNING id`, interview), &list)
	g.query(t, `SELECT max(id) FROM webhook_deliveries`, &delivery)
	at := fmt.Sprintf("/interviews/%d", interview)
	return []string{
		"/", "/interviews", "/interviews?q=nothing+fits", "/interviews/new", fmt.Sprintf("/interviews/new?from=%d", interview), "/interviews/generate",
		at, at + "?add=1", at + "?generate=1", fmt.Sprintf("%s?edit=%d", at, question), at + "/candidates", at + "/invites", fmt.Sprintf("%s/invites/%d", at, batch), at + "/settings",
		fmt.Sprintf("%s/invites/lists/%d", at, list), at + "/invites?list=" + fmt.Sprint(list),
		"/candidates", "/candidates?stage=completed&min=60&sort=score", "/candidates?q=nothing+fits",
		fmt.Sprintf("/candidates/%d", scored), fmt.Sprintf("/candidates/%d", waiting), fmt.Sprintf("/candidates/%d", answering), fmt.Sprintf("/candidates/%d", invited), fmt.Sprintf("/candidates/%d/delete", scored),
		"/reviews", "/outbox", "/profile", "/admin/connection", "/admin/connection/account", "/admin/webhooks", fmt.Sprintf("/admin/webhooks/%d", delivery), "/admin/team", "/admin/team/new", "/admin/settings", "/admin/system",
	}
}

// TestPages walks every page with the sample data: axe-core finds nothing in both themes, on wide and on small
// screens; nothing has to be scrolled sideways; the keyboard reaches everything in order, visibly; each page has a
// title and one heading; the console is silent.
func TestPages(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out the journeys in a browser")
	}
	axe, err := os.ReadFile("testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	g := start(t, withSample...)
	g.sampled(t)
	grace := g.visitor(t, "Grace")
	for _, page := range []string{"/login", "/forgot", "/link/does-not-exist", "/setup"} {
		grace.inspect(page, string(axe))
	}
	grace.signIn(adminEmail, adminPassword)
	linked, seen := map[string]string{}, map[string]bool{}
	for _, page := range g.samplePages(t) {
		grace.inspect(page, string(axe))
		path, _, _ := strings.Cut(page, "?")
		seen[kind(path)] = true
		for _, to := range value[[]string](grace, `[...document.querySelectorAll('a[href^="/"]')].map(a => new URL(a.href).pathname)`) {
			linked[kind(to)] = page
		}
	}
	for to, from := range linked {
		file := strings.HasPrefix(to, "/candidates/export") || strings.HasSuffix(to, "/download")
		if !seen[to] && !file && !strings.HasPrefix(to, "/room/") {
			t.Errorf("%s leads to %s, which was not walked: add it to samplePages", from, to)
		}
	}
	grace.inspect("/there/is/none", string(axe))

	var room string
	g.query(t, `SELECT url FROM assessments WHERE url <> '' ORDER BY id LIMIT 1`, &room)
	ada := g.visitor(t, "Ada")
	ada.inspect(room, string(axe))
}

var number = regexp.MustCompile(`/[0-9]+`)

// kind is a path without its ids.
func kind(path string) string { return number.ReplaceAllString(path, "/{id}") }

// inspect opens a page and holds it to what every page promises.
func (p *person) inspect(address, axe string) {
	p.t.Helper()
	p.screen(1280, "light")
	p.open(address)
	fails := func(format string, args ...any) {
		p.t.Helper()
		p.t.Errorf("%s: %s", address, fmt.Sprintf(format, args...))
	}
	for what, expression := range map[string]string{
		"a title":             `document.title.trim() !== ''`,
		"its language":        `document.documentElement.lang === 'en'`,
		"one heading":         `document.querySelectorAll('h1').length === 1 && document.querySelector('h1').innerText.trim() !== ''`,
		"one main part":       `document.querySelectorAll('main').length === 1`,
		"no style of its own": `!document.querySelector('style, [style]')`,
	} {
		if !value[bool](p, expression) {
			fails("it has not %s", what)
		}
	}
	p.tabs(fails)

	if err := chromedp.Do(p.ctx, chromedp.Evaluate[chromedp.Void](axe)); err != nil {
		p.t.Fatalf("%s: loading axe: %v", address, err)
	}
	for _, width := range []int64{1280, 360} {
		for _, theme := range []string{"light", "dark"} {
			p.screen(width, theme)
			rules := `{}`
			if theme == "dark" {
				rules = `{runOnly: ['color-contrast']}` // a theme changes colours only
			}
			found, err := chromedp.Run(p.ctx, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ['violations'], ...`+rules+`}).then(r => r.violations.flatMap(
				v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160) + ' — ' + n.failureSummary.split('\n').slice(1).join(' '))))`, chromedp.EvalAwaitPromise))
			if err != nil {
				p.t.Fatalf("%s: running axe: %v", address, err)
			}
			for _, violation := range found {
				fails("at %d px, %s: %s", width, theme, violation)
			}
		}
	}
	p.screen(320, "light")
	if spill := value[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); spill > 0 {
		fails("at 320 px it is %d px too wide: %s", spill, value[string](p, `[...document.querySelectorAll('main *, header *')].filter(
			e => e.getBoundingClientRect().right > innerWidth + 1 && ![...e.children].some(c => c.getBoundingClientRect().right > innerWidth + 1)).slice(0, 3).map(e => e.outerHTML.slice(0, 120)).join(' | ')`))
	}
	p.screen(1280, "light")
	for _, problem := range p.complaints() {
		if !strings.Contains(problem, "status of 404") { // asked for, on some
			fails("console: %s", problem)
		}
	}
}

// screen sets the width of the window and the theme of the system; nothing moves.
func (p *person) screen(width int64, theme string) {
	p.t.Helper()
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: theme}, {Name: "prefers-reduced-motion", Value: "reduce"}}}
	if _, err := chromedp.Call(p.ctx, emulation.SetEmulatedMedia, media); err != nil {
		p.t.Fatal(err)
	}
	if err := chromedp.Do(p.ctx, chromedp.EmulateViewport(width, 900)); err != nil {
		p.t.Fatal(err)
	}
	p.holds("nothing moves", `document.getAnimations().every(a => a.playState !== 'running' || a.effect.getComputedTiming().iterations === Infinity)`)
}

// tabs goes through the page by the tabulator key: first to the link that skips the navigation, then onwards in the
// order of the document, and always to be seen.
func (p *person) tabs(fails func(string, ...any)) {
	p.t.Helper()
	p.holds("beginning at the top", `(() => { document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex'); window.was = null; return true; })()`)
	for at := range 60 {
		for _, kind := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
			key := input.DispatchKeyEventParams{Type: kind, Key: "Tab", Code: "Tab", WindowsVirtualKeyCode: 9}
			if _, err := chromedp.Call(p.ctx, input.DispatchKeyEvent, key); err != nil {
				p.t.Fatal(err)
			}
		}
		said := value[string](p, `(() => {
			const now = document.activeElement, was = window.was;
			if (!now || now === document.body) return 'end';
			window.was = now;
			const style = getComputedStyle(now), box = now.getBoundingClientRect(), name = now.outerHTML.slice(0, 120);
			if (was && !(was.compareDocumentPosition(now) & Node.DOCUMENT_POSITION_FOLLOWING)) return 'end';
			const ring = [now, now.parentElement, now.nextElementSibling].some(e => e && (getComputedStyle(e).outlineStyle !== 'none' || getComputedStyle(e).boxShadow !== 'none'));
			if (!ring) return 'the focus is not to be seen on ' + name;
			if (!box.width || !box.height || box.bottom < 0 || box.top > innerHeight) return 'the focus is out of sight on ' + name;
			return was ? '' : now.matches('.skip') ? '' : 'the first to get the focus is ' + name;
		})()`)
		if said == "end" {
			if at < 2 {
				fails("the keyboard reaches %d things", at)
			}
			return
		}
		if said != "" {
			fails("%s", said)
		}
	}
}

package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/PuerkitoBio/goquery"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

// action is something that a person does in the desk and that calls the provider. It is done on every bad day, and once
// more when the day is better.
type action struct {
	name string
	call string // the one that goes wrong; see road.call
	read bool   // that call changes nothing
	role hiring.Role

	ready  func(c *cell)                                   // makes what the action needs, on a good day
	typed  func(c *cell) url.Values                        // what is sent, and has to be in the form again; nil: nothing
	press  func(c *cell, form url.Values) *apptest.Page    // does it, and gives the page that tells how it went
	again  func(c *cell, seen *apptest.Page) *apptest.Page // does it once more; nil: sends the form as the page has it, or presses again
	holds  func(c *cell) held                              // what is kept of it
	shared bool                                            // work that recurs may make the same call at any time
	later  bool                                            // some of it comes later, by webhook or by work in the background

	status int                                       // of the answer to the press
	after  func(d day) held                          // after the press
	said   string                                    // where on the page the sentence stands, a CSS selector
	says   func(d day) (part string, otherwise bool) // a part of the sentence where it isn't the client's; nil: it always is

	settled held // after the second press
	// looks says that the desk looks what became of a call that may have been carried out, rather than ask the person: at
	// once and, if the day is bad for everything, before the same is sent again.
	looks bool
	calls int                // how many calls go out when they are looked for; 0 is 1
	calm  map[string]outcome // by day, where a bad day is none
}

// outcome is how a press ends.
type outcome struct {
	held    held
	settled held
	done    bool   // what was asked for is done, as on a good day
	says    string // with done: a part of what the page says of it
}

// held is what the desk's Postgres and the engine have of what a cell is about.
type held struct{ desk, engine string }

func (h held) String() string { return h.desk + " / " + h.engine }

// either is what is held after calls that were not, and that were carried out without a word of it.
func either(not, carried held) func(day) held {
	return func(d day) held {
		if d.carried {
			return carried
		}
		return not
	}
}

// cell is one action on one day.
type cell struct {
	*testing.T
	app    *apptest.App
	client *apptest.Client
	road   *road
	clock  *clock
	day    day
	long   bool   // from the chosen call on, all calls go wrong
	name   string // of its own, to tell its records from those of other cells
	status int    // of the answer to the last press

	at        string // the interview's page
	interview int64
	question  hiring.Question
	batch     int64
	candidate hiring.Candidate
}

// post sends a form and notes its status.
func (c *cell) post(path string, form url.Values) *apptest.Page {
	c.Helper()
	var pairs []string
	for name, values := range form {
		for _, v := range values {
			pairs = append(pairs, name, v)
		}
	}
	page := c.client.Post(path, pairs...)
	c.status = page.Status
	return page
}

// TestBadDays does everything that calls the provider on every kind of bad day. Run with -v it prints what people see.
func TestBadDays(t *testing.T) {
	t.Parallel()
	for _, a := range append(formActions(), jobActions()...) {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			clock := newClock()
			app, road := onRoad(t, apptest.Options{Now: clock.Now})
			client := app.As(a.role)
			for _, long := range []bool{false, true} {
				if long && !a.looks {
					continue
				}
				var text strings.Builder
				table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
				fmt.Fprintf(table, "%s\tsent\tstatus\there / there\tafter pressing again\twhat the person reads\n", a.call)
				for _, d := range days {
					c := &cell{app: app, client: client, road: road, clock: clock, day: d, long: long, name: d.name}
					if long {
						c.name += ", then silence"
					}
					if long && !d.unknown {
						continue
					}
					t.Run(c.name, func(t *testing.T) {
						c.T, c.name = t, a.name+" on "+c.name
						a.meet(c, table)
					})
				}
				_ = table.Flush()
				t.Logf("%s%s\n%s", a.name, map[bool]string{true: ", with no other call getting through from then on"}[long], text.String())
			}
		})
	}
}

// meet is one cell of the table.
func (a action) meet(c *cell, table io.Writer) {
	if a.ready != nil {
		a.ready(c)
	}
	var form url.Values
	if a.typed != nil {
		form = a.typed(c)
	}
	c.client.Get("/profile") // takes the messages of what made it ready
	c.road.turn(c.day, a.call, c.long)
	seen := a.press(c, form)
	status, want := c.status, a.ends(c)
	if a.later {
		c.until(want.held, a.holds)
	}
	first, said := a.holds(c), seen.Text(a.said)
	sent, _ := c.road.better()
	c.betterDay()

	wanted := a.status
	if want.done {
		wanted = http.StatusSeeOther
	}
	if status != wanted {
		c.Errorf("answered %d, want %d: %s", status, wanted, seen.Text("main"))
	}
	// Work that recurs makes calls of its own, and a better day may come between two of its tries.
	if often := a.sent(c.day, want.done); sent != often && !(a.shared && sent > often) {
		c.Errorf("sent %d times, want %d", sent, often)
	}
	if first != want.held {
		c.Errorf("held: %s; want %s", first, want.held)
	}
	a.checkSaid(c, said, want)
	checkNoCause(c, seen)
	if wanted == http.StatusUnprocessableEntity {
		form = checkTyped(c, seen, form)
	}
	switch {
	case want.done:
	case a.again != nil:
		seen = a.again(c, seen)
	default:
		seen = a.press(c, form)
	}
	if a.later {
		c.until(want.settled, a.holds)
	}
	second := a.holds(c)
	if c.status >= 400 {
		c.Errorf("pressing again on a better day answered %d: %s", c.status, seen.Text("main"))
	}
	if second != want.settled {
		c.Errorf("held after pressing again (%d): %s; want %s\n%s", c.status, second, want.settled, seen.Text("main"))
	}
	after := second.String()
	if want.done {
		after, said = "", strings.TrimSpace("as on a good day: "+said)
	}
	fmt.Fprintf(table, "%s\t%d\t%d\t%s\t%s\t%s\n", c.day.name, sent, status, first, after, said)
}

// ends is how a press is to end.
func (a action) ends(c *cell) outcome {
	if calm, ok := a.calm[c.day.name]; ok {
		return calm
	}
	if a.looks && c.day.carried && !c.long {
		return outcome{held: a.settled, settled: a.settled, done: true}
	}
	return outcome{held: a.after(c.day), settled: a.settled}
}

// sent is how often the call goes out on a day.
func (a action) sent(d day, done bool) int {
	switch {
	case a.read:
		return d.reads
	case done:
		return d.writes * max(1, a.calls)
	}
	return d.writes
}

// advice is what every sentence ends with: something that the person can do.
var advice = regexp.MustCompile(`(?i)try again|(ask|tell) an admin|look before you send it again|reload the page|pick another job|by itself|write them yourself|enter the job`)

// checkSaid holds a sentence to the house's words.
func (a action) checkSaid(c *cell, said string, want outcome) {
	c.Helper()
	part, otherwise := want.says, want.done
	if a.says != nil && !otherwise {
		part, otherwise = a.says(c.day)
	}
	if otherwise {
		if !strings.Contains(said, part) {
			c.Errorf("people read %q, want %q", said, part)
		}
		return
	}
	if !advice.MatchString(said) || !strings.HasSuffix(said, ".") {
		c.Errorf("no sentence that says what to do: %q", said)
	}
	if unknown := c.day.unknown && !a.read; unknown != strings.Contains(said, "look before") {
		c.Errorf("unknown is %v, but people read %q", unknown, said)
	}
}

// causes are words that no page of the desk has, and that something would have to leak.
var causes = regexp.MustCompile(regexp.QuoteMeta(secret) + `|tcp|203\.0\.113|reset by|i/o|deadline|EOF|unmarshal|json:|goroutine|context|[{}]|<h1>|Bearer|sk_test_\w{22}|%!|panic|dial|errorMessage`)

// checkNoCause looks for what only a program could have said.
func checkNoCause(c *cell, page *apptest.Page) {
	c.Helper()
	shown := page.Doc.Find("title, #flashes, main").Clone()
	shown.Find("pre, code").Remove() // of webhooks, which are shown as they came
	if found := causes.FindString(shown.Text()); found != "" {
		c.Errorf("%q is on the page: %s", found, page.Text("main, #flashes"))
	}
}

// checkTyped says what of the typed is no longer in the form, and gives the form as a browser would send it.
func checkTyped(c *cell, page *apptest.Page, typed url.Values) url.Values {
	c.Helper()
	var form url.Values
	for _, f := range page.Doc.Find("main form").EachIter() {
		if got := successful(f); form == nil && has(got, typed) {
			form = got
		}
	}
	for name, want := range typed {
		got := form[name]
		if len(got) > len(want) { // rows that were added blank
			got = got[:len(want)]
		}
		if strings.Join(got, "|") != strings.Join(want, "|") {
			c.Errorf("of %s there was typed %q; the form has %q", name, want, form[name])
		}
	}
	return form
}

func has(form, typed url.Values) bool {
	for name := range typed {
		if !form.Has(name) {
			return false
		}
	}
	return true
}

// successful are a form's controls as a browser sends them.
func successful(form *goquery.Selection) url.Values {
	out := url.Values{}
	for _, field := range form.Find("input[name], textarea[name], select[name]").EachIter() {
		name := field.AttrOr("name", "")
		if _, off := field.Attr("disabled"); off || field.Closest("template").Length() > 0 {
			continue
		}
		switch kind := field.AttrOr("type", ""); {
		case goquery.NodeName(field) == "textarea":
			out.Add(name, strings.TrimPrefix(field.Text(), "\n"))
		case goquery.NodeName(field) == "select":
			chosen := field.Find("option[selected]")
			if chosen.Length() == 0 {
				chosen = field.Find("option").First()
			}
			out.Add(name, chosen.AttrOr("value", ""))
		case kind == "checkbox" || kind == "radio":
			if _, on := field.Attr("checked"); on {
				out.Add(name, field.AttrOr("value", "on"))
			}
		case kind != "submit" && kind != "button":
			out.Add(name, field.AttrOr("value", ""))
		}
	}
	return out
}

// until waits for what comes later.
func (c *cell) until(want held, holds func(*cell) held) {
	c.Helper()
	changes, cancel := c.app.Hub.Subscribe()
	defer cancel()
	timeout := time.After(time.Minute)
	for got := holds(c); got != want; got = holds(c) {
		select {
		case <-changes:
		case <-timeout:
			c.Errorf("after a minute there is %s, and not %s; the last answer was %d", got, want, c.status)
			return
		}
	}
}

// betterDay comes when calls are no longer held back after a row of failures.
func (c *cell) betterDay() {
	c.Helper()
	for range 10 {
		if _, err := c.app.Mirror.Jobs(c.Context()); err == nil {
			return
		}
		c.clock.Advance(3 * time.Minute)
	}
	c.Fatal("the provider does not come back")
}

// count asks Postgres for a number: of the desk's tables, or of the engine's, which stand beside them.
func (c *cell) count(sql string, args ...any) (n int) {
	c.Helper()
	if err := c.app.Store.Pool().QueryRow(context.Background(), sql, args...).Scan(&n); err != nil {
		c.Fatal(err)
	}
	return n
}

// text is count for a text.
func (c *cell) text(sql string, args ...any) (s string) {
	c.Helper()
	if err := c.app.Store.Pool().QueryRow(context.Background(), sql, args...).Scan(&s); err != nil {
		c.Fatal(err)
	}
	return s
}

package ui_test

import (
	"context"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"
	"github.com/chromedp/chromedp"

	"greenroom/internal/testbrowser"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
	"greenroom/static"
)

var (
	shots = flag.String("shots", "", "folder for screenshots of the gallery")
	serve = flag.String("serve", "", "address at which to serve the gallery instead of testing it")
)

const (
	longName = "Maximiliana Hippolyta Featherstonehaugh-Cholmondeley of Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch"
	hostile  = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`
)

func within(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w io.Writer) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

func text(format string, args ...any) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		_, err := io.WriteString(w, templ.EscapeString(fmt.Sprintf(format, args...)))
		return err
	})
}

func element(open, end string, children ...templ.Component) templ.Component {
	return templ.Join(templ.Raw(open), templ.Join(children...), templ.Raw(end))
}

func stack(children ...templ.Component) templ.Component {
	return element(`<div class="stack">`, `</div>`, children...)
}

func row(children ...templ.Component) templ.Component {
	return element(`<div class="row">`, `</div>`, children...)
}

func scored(f float64) *float64 { return &f }

// gallery shows every primitive with plenty, with nothing, with long and with hostile content.
func gallery() templ.Component {
	now := time.Now()
	person := func(id int, name, email, interview, status string, tone ui.Tone, score *float64, by string) templ.Component {
		return element(fmt.Sprintf(`<tr id="candidate-%d" data-stamp="a">`, id), `</tr>`,
			within(ui.HeadCell(), element(`<a class="plain" href="#">`, `</a>`, text("%s", name)), element(`<span class="sub">`, `</span>`, text("%s", email))),
			within(ui.Cell("Interview"), text("%s", interview)),
			within(ui.Cell("Status"), row(ui.Badge(ui.BadgeProps{Label: status, Tone: tone}), element(`<span class="muted">`, `</span>`, ui.Time(now.Add(-2*time.Hour), now)))),
			within(ui.Cell("Score"), ui.ScoreBar(score, ""), element(`<span class="sub">`, `</span>`, text("%s", by))),
			within(ui.NumCell("Answers"), text("6")),
			within(ui.ActionsCell(), within(ui.Menu(ui.MenuProps{Label: "Actions for " + name, Size: ui.Small, Variant: ui.Ghost}),
				ui.MenuItem(ui.MenuItemProps{Label: "Open", Icon: "eye", Href: "#"}),
				ui.MenuItem(ui.MenuItemProps{Label: "Withdraw", Icon: "trash-2", Danger: true}))),
		)
	}
	columns := []ui.Column{
		{Label: "Name", SortHref: "?sort=name"}, {Label: "Interview"}, {Label: "Status", Tight: true},
		{Label: "Score", SortHref: "?sort=score", Sorted: "descending"}, {Label: "Answers", Num: true}, {Label: "Actions", Hidden: true},
	}
	problems := ui.Problems{{Field: "title", Message: "Enter a title"}, {Field: "minutes", Message: "Duration is between 5 and 120 minutes"}, {Message: "TapTalent did not answer. Nothing was saved; try again in a minute."}}
	bands := func(s *float64) templ.Component { return row(ui.ScorePill(s, ""), ui.ScoreBar(s, "")) }

	return templ.Join(
		ui.PageHead(ui.PageHeadProps{
			Title:   "Senior backend engineer",
			Crumbs:  []ui.Crumb{{Label: "Interviews", Href: "/interviews"}},
			Meta:    templ.Join(ui.Badge(ui.BadgeProps{Label: "Active", Tone: ui.Strong}), text("20 min · English · 6 questions"), text("%s", "Senior"+strings.Repeat("BackendEngineer", 5))),
			Primary: ui.LinkButton(ui.LinkButtonProps{Label: "Invite candidates", Icon: "send", Href: "/interviews/1/invite"}),
			Second:  ui.CopyButton("Copy link", "https://example.org/room/abc"),
			Menu: within(ui.Menu(ui.MenuProps{Label: "More actions"}),
				ui.MenuItem(ui.MenuItemProps{Label: "Duplicate", Icon: "copy", Href: "/interviews/1/duplicate"}),
				ui.MenuItem(ui.MenuItemProps{Label: "Delete", Icon: "trash-2", Danger: true, Confirm: "Delete this interview?"})),
		}),
		ui.Tabs(ui.TabsProps{Label: "Interview", Tabs: []ui.Tab{{Label: "Questions", Href: "#", Count: "6", Current: true}, {Label: "Candidates", Href: "#", Count: "41"}, {Label: "Invites", Href: "#", Count: "58"}, {Label: "Insights", Href: "#"}, {Label: "Settings", Href: "#"}}}),
		within(ui.Stats(),
			ui.Stat(ui.StatProps{Value: "12", Label: "To review", Href: "/reviews", Tone: ui.Strong}),
			ui.Stat(ui.StatProps{Value: "3", Label: "Answering now", Href: "#"}),
			ui.Stat(ui.StatProps{Value: "2", Label: "Errors", Href: "#", Tone: ui.Weak}),
			ui.Stat(ui.StatProps{Value: "5", Label: "Invited over 5 days ago", Href: "#"})),
		element(`<div class="columns">`, `</div>`,
			within(ui.Card(ui.CardProps{Title: "Funnel"}), ui.Bars(ui.BarsProps{ID: "funnel", Caption: "Last 30 days, 58 people", Unit: "People", Bars: []ui.Bar{
				{Label: "Invited", Value: 58, Accent: true}, {Label: "Started", Value: 44, Note: "76 %"}, {Label: "Finished", Value: 38, Note: "86 %"}, {Label: "Scored", Value: 31, Note: "82 %"}, {Label: "Withdrawn", Value: 0}}})),
			within(ui.Card(ui.CardProps{Title: "Scores"}), ui.Histogram(ui.HistogramProps{ID: "scores", Caption: "n = 38, median 68", Unit: "Candidates", Bins: []ui.Bin{
				{From: 0, To: 10}, {From: 10, To: 20, Count: 1}, {From: 20, To: 30, Count: 1}, {From: 30, To: 40, Count: 3}, {From: 40, To: 50, Count: 5}, {From: 50, To: 60, Count: 7}, {From: 60, To: 70, Count: 9}, {From: 70, To: 80, Count: 6}, {From: 80, To: 90, Count: 5, Accent: true}, {From: 90, To: 100, Count: 1, Accent: true}}})),
		),
		within(ui.Filters(ui.FiltersProps{Action: "/candidates", SearchLabel: "Search names and emails", ClearHref: "/candidates", Count: "38 people"}),
			ui.Field(ui.FieldProps{Kind: "select", Name: "status", Label: "Status", HideLabel: true, Options: []ui.Option{{Label: "Any status"}, {Value: "finished", Label: "Finished"}}}),
			ui.Field(ui.FieldProps{Kind: "select", Name: "bucket", Label: "Bucket", HideLabel: true, Options: []ui.Option{{Label: "Any bucket"}}})),
		within(ui.Table(ui.TableProps{Caption: "Candidates", Columns: columns}),
			person(1, "Ada Okafor", "ada@example.org", "Senior backend engineer", "Finished", ui.Strong, scored(82), "by model, confirmed"),
			person(2, longName, "a.very.long.address.that.does.not.end@subdomain.of.another.subdomain.example.org", "Head of people and culture for Europe, the Middle East and Africa", "Answering", ui.Info, scored(61.5), "by people"),
			person(3, hostile, "x@example.org", hostile, "Error", ui.Weak, scored(12), "by checklist"),
			person(4, "Li", "li@example.org", "QA", "Invited", ui.Neutral, nil, "")),
		ui.Pagination(ui.PaginationProps{Summary: "1–50 of 312", PrevHref: "?before=a", NextHref: "?after=b"}),
		stack(
			ui.Flash(ui.FlashProps{Tone: ui.Strong, Text: "58 people were invited.", Href: "/outbox", LinkLabel: "See the messages"}),
			ui.Flash(ui.FlashProps{Tone: ui.Fair, Text: "Ada was already invited to this interview on 3 March. Nothing was sent."}),
			ui.Flash(ui.FlashProps{Tone: ui.Weak, Text: "TapTalent refused the key. Check it in Settings."}),
			ui.Flash(ui.FlashProps{Tone: ui.Info, Text: "3 new results"}),
			ui.Flash(ui.FlashProps{Text: hostile})),
		element(`<div class="columns">`, `</div>`,
			within(ui.Card(ui.CardProps{Title: "Buttons"}),
				row(ui.Button(ui.ButtonProps{Label: "Save", Icon: "save", Type: "button"}), ui.Button(ui.ButtonProps{Label: "Cancel", Variant: ui.Secondary, Type: "button"}), ui.Button(ui.ButtonProps{Label: "Skip", Variant: ui.Ghost, Type: "button"}), ui.Button(ui.ButtonProps{Label: "Delete", Variant: ui.Danger, Type: "button"})),
				row(ui.Button(ui.ButtonProps{Label: "Small", Size: ui.Small, Type: "button"}), ui.Button(ui.ButtonProps{Label: "Small", Icon: "plus", Size: ui.Small, Variant: ui.Secondary, Type: "button"}), ui.Button(ui.ButtonProps{Label: "Edit", Icon: "pencil", IconOnly: true, Variant: ui.Ghost, Type: "button"}), ui.Button(ui.ButtonProps{Label: "Off", Disabled: true, Type: "button"}), ui.Button(ui.ButtonProps{Label: "Large", Size: ui.Large, Type: "button"})),
				row(ui.DialogOpener(ui.DialogOpenerProps{Dialog: "invite", Label: "Open a dialog", Href: "/fallback", Variant: ui.Secondary}), ui.LinkButton(ui.LinkButtonProps{Label: "Unsafe", Href: "javascript:alert(1)", Variant: ui.Secondary}))),
			within(ui.Card(ui.CardProps{Title: "Scores and badges"}),
				bands(scored(82)), bands(scored(61.5)), bands(scored(12)), bands(nil),
				ui.ScoreLarge(scored(100), ""),
				row(ui.Badge(ui.BadgeProps{Label: "Neutral"}), ui.Badge(ui.BadgeProps{Label: "Strong fit", Tone: ui.Strong, Icon: "check"}), ui.Badge(ui.BadgeProps{Label: "Fair", Tone: ui.Fair}), ui.Badge(ui.BadgeProps{Label: "Weak", Tone: ui.Weak}), ui.Badge(ui.BadgeProps{Label: "Info", Tone: ui.Info}), ui.Badge(ui.BadgeProps{Label: "by checklist", Tone: ui.Outline})),
				ui.Tags([]string{"Go", "PostgreSQL", "Distributed systems", hostile}),
				ui.Progress(ui.ProgressProps{Label: "Sending invites", Done: 41, Total: 58}),
				ui.Progress(ui.ProgressProps{Label: "Nothing to do", Done: 0, Total: 0})),
			within(ui.Card(ui.CardProps{Title: "Facts"}),
				ui.Details([]ui.Detail{{Term: "Email", Value: "a.very.long.address.that.does.not.end@subdomain.example.org"}, {Term: "Phone"}, {Term: "Invited", Content: ui.Time(now.Add(-100*time.Hour), now)}, {Term: "Finished", Content: ui.Time(time.Time{}, now)}}),
				within(ui.Fold("Ideal answer", "ideal"), text("Names the trade-off, says what was measured, and what they would do differently.")),
				ui.GhostRow("Writing question 4 of 6…"),
				element(`<ol class="timeline">`, `</ol>`, element(`<li>`, `</li>`, text("Scored 82 by people")), element(`<li>`, `</li>`, text("Finished")), element(`<li>`, `</li>`, text("Invited")))),
			within(ui.Card(ui.CardProps{Title: "Nothing in a card"}), ui.Empty(ui.EmptyProps{Icon: "activity", Title: "No activity yet", Text: "What happens in your interviews shows up here as it happens."})),
		),
		ui.Empty(ui.EmptyProps{Icon: "users", Title: "Nobody is invited yet", Text: "Invite people by email, or share the interview's link. Their answers appear here.", Action: ui.LinkButton(ui.LinkButtonProps{Label: "Invite candidates", Icon: "send", Href: "#"})}),
		within(ui.Card(ui.CardProps{Title: "A form that was refused"}),
			within(ui.Form(ui.FormProps{Action: "/interviews", Problems: problems, Guard: true}),
				ui.Field(ui.FieldProps{Name: "title", Label: "Title", Hint: "Candidates see it.", Required: true, Error: problems.For("title")}),
				within(ui.FormPair(),
					ui.Field(ui.FieldProps{Name: "minutes", Label: "Duration", Kind: "number", Suffix: "minutes", Value: "500", Error: problems.For("minutes"), Width: "medium"}),
					ui.Field(ui.FieldProps{Kind: "select", Name: "language", Label: "Language", Value: "en", Options: []ui.Option{{Value: "en", Label: "English"}, {Value: "de", Label: "German"}}})),
				ui.Field(ui.FieldProps{Kind: "tags", Name: "skills", Label: "Skills", Hint: "Press Enter or comma after each.", Value: "Go, SQL, " + longName, Optional: true}),
				ui.Field(ui.FieldProps{Kind: "textarea", Name: "about", Label: "Purpose", Value: hostile, Rows: 4}),
				ui.Choices(ui.ChoicesProps{Name: "mode", Label: "Scored by", Chosen: []string{"people"}, Options: []ui.Option{{Value: "people", Label: "People", Hint: "Reviewers fill scorecards; their mean becomes the score."}, {Value: "checklist", Label: "Checklist", Hint: "Literal matches, not a judgement."}, {Value: "model", Label: "Model", Disabled: true, Hint: "Set a model first."}}}),
				ui.Choices(ui.ChoicesProps{Name: "days", Label: "Tell me about", Many: true, Row: true, Chosen: []string{"a"}, Options: []ui.Option{{Value: "a", Label: "New results"}, {Value: "b", Label: "Errors"}}}),
				ui.Field(ui.FieldProps{Kind: "checkbox", Name: "verify", Label: "Verify email addresses", Hint: "Candidates confirm a code first.", Checked: true}),
				within(ui.Repeat(ui.RepeatProps{ID: "buckets", Label: "Buckets", AddLabel: "Add a bucket", Blank: bucketRow("__n__", "")}), bucketRow("1", "Strong fit"), bucketRow("2", "Not now")),
				ui.Field(ui.FieldProps{Name: "webhook", Label: "Address", Prefix: "https://", Value: "example.org/hook"}),
				ui.Field(ui.FieldProps{Name: "fixed", Label: "Interview type", Value: "Voice", ReadOnly: true, Hint: "Can't be changed after it is created."}),
				ui.Field(ui.FieldProps{Kind: "file", Name: "csv", Label: "CSV file"}),
				within(ui.FormActions(), ui.Button(ui.ButtonProps{Label: "Create interview"}), ui.LinkButton(ui.LinkButtonProps{Label: "Cancel", Href: "/interviews", Variant: ui.Ghost})))),
		within(ui.Dialog(ui.DialogProps{ID: "invite", Title: "Invite candidates", Text: "One line each: Name <email>."}),
			within(ui.Form(ui.FormProps{Action: "#"}), ui.Field(ui.FieldProps{Kind: "textarea", Name: "people", Label: "People"}), within(ui.FormActions(), ui.Button(ui.ButtonProps{Label: "Preview"})))),
	)
}

func bucketRow(n, name string) templ.Component {
	return within(ui.RepeatRow("Remove this bucket", "remove", n),
		ui.Field(ui.FieldProps{Name: "bucket_name", ID: "bucket-" + n, Label: "Name", Value: name}),
		ui.Field(ui.FieldProps{Kind: "select", Name: "bucket_outcome", ID: "bucket-outcome-" + n, Label: "Means", Options: []ui.Option{{Value: "pass", Label: "Pass"}, {Value: "fail", Label: "Fail"}}}))
}

func galleryHandler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/static/", static.Handler())
	mux.HandleFunc("/events", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, ": hello\n\n")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
	page := func(w http.ResponseWriter, r *http.Request, c templ.Component) {
		w.Header().Set("Content-Security-Policy", "default-src 'self'")
		templ.Handler(c).ServeHTTP(w, r)
	}
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		page(w, r, within(views.Layout(views.LayoutProps{
			Title: "Gallery", Nav: "candidates", Theme: r.URL.Query().Get("theme"),
			User:     views.LayoutUser{Name: "Grace Hopper", Email: "grace@example.org", Role: "admin"},
			Provider: views.LayoutProvider{Name: "Local engine", Test: true},
			Counts:   map[string]int{"reviews": 12, "outbox": 3},
			Flashes:  []ui.FlashProps{{Tone: ui.Strong, Text: "Your interview is ready."}},
		}), gallery()))
	})
	mux.HandleFunc("/plain", func(w http.ResponseWriter, r *http.Request) {
		page(w, r, within(views.PlainLayout(views.PlainProps{Title: "Sign in", Heading: "Sign in", Theme: r.URL.Query().Get("theme")}),
			within(ui.Form(ui.FormProps{Action: "/login"}),
				ui.Field(ui.FieldProps{Kind: "email", Name: "email", Label: "Email", Autocomplete: "username"}),
				ui.Field(ui.FieldProps{Kind: "password", Name: "password", Label: "Password", Autocomplete: "current-password"}),
				within(ui.FormActions(), ui.Button(ui.ButtonProps{Label: "Sign in"}), element(`<a href="/forgot">`, `</a>`, text("Forgot your password?"))))))
	})
	return mux
}

// TestGallery opens the gallery in a real browser at two widths and in both themes: axe-core finds
// nothing, nothing is wider than the window, and the content policy blocks nothing.
func TestGallery(t *testing.T) {
	if *serve != "" {
		t.Fatal(http.ListenAndServe(*serve, galleryHandler()))
	}
	if testing.Short() {
		t.Skip("-short: needs a browser")
	}
	t.Parallel()
	axe, err := os.ReadFile("../../e2e/testdata/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(galleryHandler())
	t.Cleanup(server.CloseClientConnections)
	ctx := browser(t)

	for _, page := range []string{"/", "/plain"} {
		for _, theme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 360} {
				name := fmt.Sprintf("%s-%s-%d", strings.Trim(page+"x", "/"), theme, width)
				err := chromedp.Do(ctx, chromedp.EmulateViewport(width, 800), chromedp.Navigate(server.URL+page+"?theme="+theme))
				if err != nil {
					t.Fatalf("%s: opening: %v", name, err)
				}
				if *shots != "" {
					picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(*shots, name+".png"), picture, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				if spill, err := chromedp.Run(ctx, chromedp.Evaluate[int](`document.documentElement.scrollWidth - innerWidth`)); err != nil || spill > 0 {
					t.Errorf("%s: the page is %d px wider than the window (%v)", name, spill, err)
				}
				if err := chromedp.Do(ctx, chromedp.Evaluate[chromedp.Void](string(axe))); err != nil {
					t.Fatalf("%s: loading axe: %v", name, err)
				}
				found, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](`axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.flatMap(v => v.nodes.map(n => v.id + ': ' + n.html.slice(0, 160) + ' — ' + n.failureSummary.split('\n').slice(1).join(' '))))`, chromedp.EvalAwaitPromise))
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

// browser starts a Chromium of its own for the test.
func browser(t *testing.T) context.Context {
	t.Helper()
	path := testbrowser.Path(t, os.Getenv("E2E") == "required")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()))
	limited, stop := context.WithTimeout(context.Background(), time.Minute)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx); cancel() })
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("starting Chromium: %v", err)
	}
	return ctx
}

var extraPage = `<!DOCTYPE html><html lang="en"><head><title>Extra</title>
<meta name="htmx-config" content='{"includeIndicatorCSS":false,"noSwap":[204,304,"40x","41x","43x",429,"5xx"]}'>
<link rel="stylesheet" href="` + static.URL("app.css") + `">
<script src="` + static.URL("vendor/htmx.min.js") + `" defer></script><script src="` + static.URL("app.js") + `" type="module"></script></head>
<body data-events="/events"><main>
<span class="live" data-live-state hidden><span></span></span>
<div id="flashes"></div>
<p id="part" data-stamp="0" data-live="candidates:41 interviews" hx-get="/part" hx-trigger="live" hx-target="this" hx-swap="outerMorph">fetched 0</p>
<form id="delete" method="post" action="/gone" data-confirm="Delete this question?" data-confirm-label="Delete"><button class="btn">Delete</button></form>
<button id="broken" class="btn" hx-post="/broken">Send</button>
</main></body></html>`

// twinsPage has three live parts of one address.
var twinsPage = `<!DOCTYPE html><html lang="en"><head><title>Twins</title>
<script src="` + static.URL("vendor/htmx.min.js") + `" defer></script><script src="` + static.URL("app.js") + `" type="module"></script></head>
<body data-events="/events"><main>
<span class="live" data-live-state hidden><span></span></span>
<div id="score" data-live="candidates:41" hx-get="/twins" hx-trigger="live" hx-target="this" hx-select="#score" hx-swap="outerMorph" hx-sync="this:replace"><b>%[1]d</b></div>
<div id="note" data-live="candidates:41" hx-get="/twins" hx-trigger="live" hx-target="this" hx-select="#note" hx-swap="outerMorph" hx-sync="this:replace"><b>%[1]d</b><form data-guard><textarea></textarea></form></div>
<div id="log" data-live="candidates:41 log" hx-get="/twins" hx-trigger="live" hx-target="this" hx-select="#log" hx-swap="outerMorph" hx-sync="this:replace"><b>%[1]d</b><button>More</button></div>
</main></body></html>`

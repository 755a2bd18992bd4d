package ui_test

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/a-h/templ"
	"github.com/google/go-cmp/cmp"

	"greenroom/internal/views/ui"
)

func render(t *testing.T, c templ.Component) *goquery.Document {
	t.Helper()
	var out strings.Builder
	if err := c.Render(context.Background(), &out); err != nil {
		t.Fatalf("rendering: %v", err)
	}
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(out.String()))
	if err != nil {
		t.Fatalf("reading the HTML: %v", err)
	}
	return doc
}

func attr(s *goquery.Selection, name string) string { return s.AttrOr(name, "(none)") }

func TestFieldTiesLabelHintAndProblem(t *testing.T) {
	t.Parallel()
	doc := render(t, ui.Field(ui.FieldProps{Name: "title", Label: "Title", Hint: "Candidates see it.", Error: "Enter a title", Value: hostile, Required: true, MaxLength: 80}))
	input := doc.Find("input")
	got := map[string]string{}
	for _, name := range []string{"id", "name", "type", "value", "aria-describedby", "aria-invalid", "maxlength"} {
		got[name] = attr(input, name)
	}
	want := map[string]string{"id": "title", "name": "title", "type": "text", "value": hostile, "aria-describedby": "title-hint title-error", "aria-invalid": "true", "maxlength": "80"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("input (-want +got):\n%s", diff)
	}
	if attr(doc.Find("label"), "for") != "title" || doc.Find("#title-hint").Text() != "Candidates see it." || !strings.HasSuffix(doc.Find("#title-error").Text(), "Enter a title") {
		t.Error("label, hint and problem are not tied to the input")
	}
	if doc.Find("script, img").Length() != 0 {
		t.Error("hostile text became elements")
	}
}

func TestFieldKinds(t *testing.T) {
	t.Parallel()
	area := render(t, ui.Field(ui.FieldProps{Kind: "textarea", Name: "about", Label: "About", Value: "\nkeeps its first line break"}))
	if got := area.Find("textarea").Text(); got != "\nkeeps its first line break" {
		t.Errorf("textarea holds %q", got)
	}
	choice := render(t, ui.Field(ui.FieldProps{Kind: "select", Name: "language", Label: "Language", Value: "de", Options: []ui.Option{{Value: "en", Label: "English", Group: "West"}, {Value: "de", Label: "German", Group: "West"}, {Value: "ja", Label: "Japanese", Group: "East"}}}))
	if got := attr(choice.Find("option[selected]"), "value"); got != "de" || choice.Find("optgroup").Length() != 2 {
		t.Errorf("select chose %q in %d groups", got, choice.Find("optgroup").Length())
	}
	box := render(t, ui.Field(ui.FieldProps{Kind: "checkbox", Name: "verify", Label: "Verify", Checked: true}))
	if attr(box.Find("input[checked]"), "value") != "true" {
		t.Error("a checkbox sends true by default and keeps its tick")
	}
	password := render(t, ui.Field(ui.FieldProps{Kind: "password", Name: "password", Label: "Password", Value: "secret"}))
	if _, has := password.Find("input").Attr("value"); has {
		t.Error("a password came back to the page")
	}
	tags := render(t, ui.Field(ui.FieldProps{Kind: "tags", Name: "skills", Label: "Skills", Value: "Go, SQL"}))
	if attr(tags.Find("input[data-tags]"), "type") != "text" || attr(tags.Find("input"), "value") != "Go, SQL" {
		t.Error("without a script, tags are a text field with commas")
	}
}

func TestFormSaysWhatToPutRight(t *testing.T) {
	t.Parallel()
	problems := ui.Problems{{Field: "title", Message: "Enter a title"}, {Message: hostile}}
	doc := render(t, ui.Form(ui.FormProps{Action: "/interviews", Problems: problems}))
	summary := doc.Find("form > .error-summary[role=alert][tabindex='-1']")
	if summary.Find("h2").Text() != "There is a problem" || attr(summary.Find("a"), "href") != "#title" || summary.Find("li").Last().Text() != hostile {
		t.Errorf("summary: %s", summary.Text())
	}
	if render(t, ui.Form(ui.FormProps{Action: "/interviews"})).Find(".error-summary").Length() != 0 {
		t.Error("a form without problems shows a summary")
	}
	if got := problems.For("minutes"); got != "" {
		t.Errorf("a field without a problem has %q", got)
	}
}

func TestChoicesLinkToTheFirst(t *testing.T) {
	t.Parallel()
	doc := render(t, ui.Choices(ui.ChoicesProps{Name: "mode", Label: "Scored by", Error: "Choose one", Chosen: []string{"model"}, Options: []ui.Option{{Value: "people", Label: "People"}, {Value: "model", Label: "Model", Hint: hostile}}}))
	if attr(doc.Find("fieldset input").First(), "id") != "mode" || attr(doc.Find("input[checked]"), "value") != "model" || doc.Find("legend").Text() != "Scored by" {
		t.Error("choices lack the id that a summary links to, the chosen one or the legend")
	}
}

func TestLinksLeadToPages(t *testing.T) {
	t.Parallel()
	for href, want := range map[string]string{
		"/candidates?q=a": "/candidates?q=a", "https://example.org": "https://example.org", "mailto:a@example.org": "mailto:a@example.org",
		"javascript:alert(1)": "#", "JaVaScRiPt:alert(1)": "#", " javascript:alert(1)": "#", "data:text/html,x": "#", "vbscript:x": "#", "": "#",
	} {
		doc := render(t, templ.Join(
			ui.LinkButton(ui.LinkButtonProps{Label: "a", Href: href}), ui.Stat(ui.StatProps{Label: "b", Href: orSlash(href)}),
			ui.PageHead(ui.PageHeadProps{Crumbs: []ui.Crumb{{Label: "c", Href: href}}}), ui.Tabs(ui.TabsProps{Tabs: []ui.Tab{{Label: "d", Href: href}}})))
		doc.Find("a").Each(func(_ int, a *goquery.Selection) {
			if got := attr(a, "href"); got != want && !(href == "" && got == "/") {
				t.Errorf("%q of %s became %q, want %q", href, a.Text(), got, want)
			}
		})
	}
}

// orSlash keeps a Stat a link: without an address it is none.
func orSlash(href string) string {
	if href == "" {
		return "/"
	}
	return href
}

func TestScoresSayFigureAndWord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		score      *float64
		band, text string
	}{
		{nil, "none", "Not scored yet"}, {scored(0), "weak", "0 of 100, Weak"}, {scored(49.9), "weak", "49.9 of 100, Weak"}, {scored(50), "fair", "50 of 100, Fair"},
		{scored(74.94), "fair", "74.9 of 100, Fair"}, {scored(75), "strong", "75 of 100, Strong"}, {scored(100), "strong", "100 of 100, Strong"},
	} {
		for name, component := range map[string]templ.Component{"pill": ui.ScorePill(c.score, ""), "bar": ui.ScoreBar(c.score, ""), "large": ui.ScoreLarge(c.score, "")} {
			score := render(t, component).Find(".score")
			if got := strings.Join(strings.Fields(score.Text()), " "); strings.ReplaceAll(got, ", ", ",") != strings.ReplaceAll(c.text, ", ", ",") || attr(score, "data-band") != c.band {
				t.Errorf("%s of %s: %q in band %s", name, c.text, got, attr(score, "data-band"))
			}
		}
	}
	if got := render(t, ui.ScoreBar(nil, "Bucket not received")).Find(".score").Text(); got != "Bucket not received" {
		t.Errorf("an absence in other words reads %q", got)
	}
}

func TestRelative(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		0: "now", 44 * time.Second: "now", 50 * time.Second: "1 min ago", 5 * time.Minute: "5 min ago", 59 * time.Minute: "59 min ago", 2 * time.Hour: "2 h ago",
		26 * time.Hour: "1 day ago", 3 * 24 * time.Hour: "3 days ago", 8 * 24 * time.Hour: "2 Mar", 100 * 24 * time.Hour: "30 Nov 2025",
		-10 * time.Second: "in a moment", -5 * time.Minute: "in 5 min", -49 * time.Hour: "in 2 days",
	} {
		if got := ui.Relative(now.Add(-ago), now); got != want {
			t.Errorf("%v ago is %q, want %q", ago, got, want)
		}
	}
	doc := render(t, ui.Time(now.Add(-2*time.Hour), now))
	if attr(doc.Find("time"), "datetime") != "2026-03-10T10:00:00Z" || attr(doc.Find("time"), "title") != "10 March 2026, 10:00 UTC" {
		t.Error("a time carries its exact moment")
	}
	if got := render(t, ui.Time(time.Time{}, now)).Text(); got != "Never" {
		t.Errorf("no time reads %q", got)
	}
}

func TestChartsHaveTheirFiguresAsText(t *testing.T) {
	t.Parallel()
	doc := render(t, ui.Bars(ui.BarsProps{ID: "f", Caption: "n = 0", Unit: "People", Bars: []ui.Bar{{Label: "Invited"}, {Label: hostile, Value: 3}}}))
	if got := doc.Find("details table td").Last().Text(); strings.TrimSpace(got) != "3" || doc.Find("tbody tr").Length() != 2 {
		t.Errorf("the table of bars ends with %q", got)
	}
	if attr(doc.Find("rect").First(), "width") != "0.00" {
		t.Error("nothing has a length")
	}
	doc = render(t, ui.Histogram(ui.HistogramProps{ID: "h", Unit: "People", Bins: []ui.Bin{{From: 0, To: 50}, {From: 50, To: 100}}}))
	if doc.Find("tbody tr").Length() != 2 || doc.Find("svg").Length() != 0 {
		t.Error("an empty histogram draws columns")
	}
}

func TestProgressOfNothing(t *testing.T) {
	t.Parallel()
	meter := render(t, ui.Progress(ui.ProgressProps{Label: "Sending"})).Find("progress")
	if attr(meter, "max") != "1" || attr(meter, "value") != "0" {
		t.Error("a progress of nothing is not a valid meter")
	}
}

func TestLiveNamesItsTopics(t *testing.T) {
	t.Parallel()
	want := templ.Attributes{"id": "score", "hx-select": "#score", "data-live": "candidates:41 reviews", "hx-get": "/candidates/41", "hx-trigger": "live", "hx-target": "this", "hx-swap": "outerMorph", "hx-sync": "this:replace"}
	if diff := cmp.Diff(want, ui.Live("score", "/candidates/41", "candidates:41", "reviews")); diff != "" {
		t.Error(diff)
	}
}

// A name that the sprite lacks would draw nothing and say nothing.
func TestEveryIconIsInTheSprite(t *testing.T) {
	t.Parallel()
	sprite, err := os.ReadFile("../../../static/icons.svg")
	if err != nil {
		t.Fatal(err)
	}
	use := regexp.MustCompile(`(?:Icon:\s*|Icon\()"([a-z0-9-]+)"`)
	var files []string
	for _, pattern := range []string{"../*.go", "../*.templ", "*.go", "*.templ", "../../engine/*/*.templ"} {
		found, _ := filepath.Glob(pattern)
		files = append(files, found...)
	}
	if len(files) == 0 {
		t.Fatal("found no file to read")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range use.FindAllStringSubmatch(string(text), -1) {
			if !strings.Contains(string(sprite), `<symbol id="`+match[1]+`"`) {
				t.Errorf("%s draws the icon %q: add it to static/src/icons.txt and run npm --prefix tools run icons", file, match[1])
			}
		}
	}
}

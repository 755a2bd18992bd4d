// Package ui holds the primitives that pages are built from: buttons, fields, tables, scores,
// charts. They know no domain, no URL and no handler; a page gives them words and links.
//
// Each is a templ component with a Props struct whose zero value is sensible:
//
//	@ui.PageHead(ui.PageHeadProps{Title: "Candidates", Primary: ui.LinkButton(ui.LinkButtonProps{Label: "Invite candidates", Href: "/…"})})
//	@ui.Button(ui.ButtonProps{Label: "Save", Icon: "save"})            variants Secondary, Ghost, Danger; sizes Small, Large
//	@ui.LinkButton(ui.LinkButtonProps{Label: "Duplicate", Href: "/…", Variant: ui.Secondary})
//	@ui.Form(ui.FormProps{Action: "/interviews", Problems: problems}) { … }   shows the ErrorSummary by itself
//	@ui.Field(ui.FieldProps{Name: "title", Label: "Title", Value: v, Error: problems.For("title")})
//	@ui.Choices(ui.ChoicesProps{Name: "mode", Label: "Scored by", Options: …}) radio buttons; Many for checkboxes
//	@ui.Flash(ui.FlashProps{Tone: ui.Strong, Text: "Saved."})
//	@ui.Badge(ui.BadgeProps{Label: "Finished", Tone: ui.Strong})
//	@ui.ScorePill(score, "") · @ui.ScoreBar(score, "") · @ui.ScoreLarge(score, "")  nil score: "Not scored yet", or your words
//	@ui.Table(ui.TableProps{Caption: "Candidates", Columns: …}) { <tr> @ui.Cell("Status") { … } </tr> }
//	@ui.Empty(ui.EmptyProps{Icon: "users", Title: "Nobody invited yet", Text: "…", Action: …})
//	@ui.Card(ui.CardProps{Title: "Activity"}) { … } · @ui.Stats() { @ui.Stat(…) }
//	@ui.Tabs(ui.TabsProps{Label: "Interview", Tabs: …}) · @ui.Pagination(…) · @ui.Filters(…) { selects }
//	@ui.Menu(ui.MenuProps{Label: "More actions"}) { @ui.MenuLink(…) @ui.MenuButton(…) }
//	@ui.Dialog(ui.DialogProps{ID: "invite", Title: "…"}) { … } opened by @ui.DialogOpener(…), a link that works alone
//	@ui.Time(at, now) · @ui.Progress(…) · @ui.GhostRow("Writing question 4 of 6…") · @ui.Details(…) · @ui.Tags(words)
//	@ui.Fold("Ideal answer", "fold-3") { … } · @ui.CopyButton("Copy link", text) · @ui.Icon("users")
//	@ui.Bars(ui.BarsProps{…}) · @ui.Histogram(ui.HistogramProps{…})   each with its figures as a table
//
// A part that refreshes itself carries { ui.Live("score", "/candidates/41", "candidates:41")... }:
// when the server tells of that topic the element fetches its page anew and morphs into the part of
// the same id. It waits while somebody types in it. Parts of one address are fetched at once. A row with an id and data-stamp glows when its
// stamp changes; a fold with an id stays open.
//
// Forms may carry data-guard (asks before leaving with unsaved changes), data-confirm and
// data-confirm-label (asks first), data-autosubmit (sent at each choice). An error answered to htmx
// is told as a flash: its sentence is in an element with data-message.
//
// Layout words in class attributes: stack, stack-tight, stack-loose, row, row-tight, spread, push,
// grow, columns, columns-wide, measure, muted, small, num, mono, truncate, name, prose, pre, sr-only,
// timeline. What only one slug needs stands in static/src/SLUG.css. Tailwind's utilities work too, after
// `npm --prefix tools run css`.
package ui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
)

// Variant says how much a button asks for attention. The zero value is the primary action, of
// which a page has one.
type Variant string

const (
	Primary   Variant = ""
	Secondary Variant = "secondary"
	Ghost     Variant = "ghost"
	Danger    Variant = "danger"
)

// Size of a button; the zero value fits a form and a page head.
type Size string

const (
	Small Size = "sm"
	Large Size = "lg"
)

// Tone colours a badge, a flash or a score band. The zero value is neutral.
type Tone string

const (
	Neutral Tone = ""
	Strong  Tone = "strong"
	Fair    Tone = "fair"
	Weak    Tone = "weak"
	Info    Tone = "info"
	Outline Tone = "outline"
)

// Band of a score on the scale 0–100: strong from 75, fair from 50, weak below, none for nil.
func Band(score *float64) (key, word string) {
	switch {
	case score == nil:
		return "none", ""
	case *score >= 75:
		return "strong", "Strong"
	case *score >= 50:
		return "fair", "Fair"
	default:
		return "weak", "Weak"
	}
}

// Figure writes a score with at most one decimal: 82, 82.5.
func Figure(score float64) string {
	return strings.TrimSuffix(strconv.FormatFloat(score, 'f', 1, 64), ".0")
}

// Percent is part of whole, 0–100; 0 where whole is not positive.
func Percent(part, whole float64) float64 {
	if whole <= 0 {
		return 0
	}
	return min(100, max(0, part/whole*100))
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func length(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// Count writes n with its noun: "1 person", "38 people".
func Count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// Relative says when at was, seen from now: "now", "5 min ago", "2 h ago", "3 days ago", "in 2 h",
// and after a week the date in at's own location: "3 Mar", with the year if it is another one.
// static/app.js says the same words as time goes by.
func Relative(at, now time.Time) string {
	since := now.Sub(at).Round(time.Second)
	say := func(n int, unit string) string {
		if since < 0 {
			return fmt.Sprintf("in %d %s", n, unit)
		}
		return fmt.Sprintf("%d %s ago", n, unit)
	}
	round := func(unit time.Duration) int { return int((since.Abs() + unit/2) / unit) }
	switch d := since.Abs(); {
	case d < 45*time.Second && since >= 0:
		return "now"
	case d < 45*time.Second:
		return "in a moment"
	case d < time.Hour:
		return say(max(1, round(time.Minute)), "min")
	case d < 24*time.Hour:
		return say(round(time.Hour), "h")
	}
	switch days := round(24 * time.Hour); {
	case days == 1:
		return say(1, "day")
	case days < 7:
		return say(days, "days")
	case at.Year() != now.Year():
		return at.Format("2 Jan 2006")
	default:
		return at.Format("2 Jan")
	}
}

// Exact is the full date and time of at, with its zone.
func Exact(at time.Time) string { return at.Format("2 January 2006, 15:04 MST") }

// Live makes the element with this id fetch url, the address of the page that it stands on, whenever one of the topics
// changes, and morph into the element with the same id of the answer. A topic is a name ("candidates": any of them) or
// a name and an id ("candidates:41").
func Live(id, url string, topics ...string) templ.Attributes {
	return templ.Attributes{
		"id":         id,
		"data-live":  strings.Join(topics, " "),
		"hx-get":     url,
		"hx-trigger": "live",
		"hx-target":  "this",
		"hx-select":  "#" + id,
		"hx-swap":    "outerMorph",
		"hx-sync":    "this:replace",
	}
}

// Problem is one thing to put right. Field is the id of the field it is about (by default a field's
// id is its name); empty for a problem of the whole form.
type Problem struct{ Field, Message string }

// Problems of a form, in the order of its fields.
type Problems []Problem

// For is what is wrong with the field, or "".
func (ps Problems) For(field string) string {
	for _, p := range ps {
		if p.Field == field {
			return p.Message
		}
	}
	return ""
}

// SafeHref lets through addresses that lead to a page: relative ones, http, https, mailto and tel.
// Anything else (javascript:, data:) becomes "#".
func SafeHref(href string) templ.SafeURL {
	if href == "" {
		return "#"
	}
	if safe := templ.URL(href); safe != templ.FailedSanitizationURL {
		return safe
	}
	return "#"
}

// Initials are the first letters of a name's first two words; "?" of no name.
func Initials(name string) string {
	var out strings.Builder
	for i, word := range strings.Fields(name) {
		if i == 2 {
			break
		}
		out.WriteString(strings.ToUpper(string([]rune(word)[:1])))
	}
	if out.Len() == 0 {
		return "?"
	}
	return out.String()
}

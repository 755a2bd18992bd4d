package views

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// LayoutProps of a page of the desk: who looks at it, where they are, and what just happened.
type LayoutProps struct {
	Title string
	// Nav is the current place: home, interviews, candidates, reviews, outbox, connection, webhooks,
	// team, settings or system; "" for none.
	Nav      string
	User     LayoutUser
	Provider LayoutProvider
	Flashes  []ui.FlashProps
	Theme    string         // value of the cookie "theme": "light", "dark", or "" for the system's
	Counts   map[string]int // shown beside the nav items of these names; zero is not shown
	// HasProblem says that the page shows a form that was refused: its title starts with "Error: ".
	HasProblem bool
	Wide       bool // uses all of the width, for review pages
	// Heard is how far live changes had come when the page was read: its stream goes on from there.
	Heard string
	// URL is the address of the page, for what is live on it; "" for one that can't be read again, such as a refused form.
	URL string
}

// LayoutUser is the person signed in. Role is admin, recruiter or reviewer.
type LayoutUser struct{ Name, Email, Role string }

// LayoutProvider is where interviews run: "Local engine" or "TapTalent", with Test for its test mode.
type LayoutProvider struct {
	Name    string
	Test    bool
	Trouble *LayoutTrouble // nil while it answers
}

// LayoutTrouble is a provider that doesn't answer as it should.
type LayoutTrouble struct {
	Sentence string    // what the latest failure means
	Since    time.Time // the first failure in a row
	Until    time.Time // it wants no calls before; zero: it said nothing of the kind
	Answered time.Time // how old what people see is; zero: older than anybody knows
	Now      time.Time
}

// words are "TapTalent hasn't answered since 10:32. What you see is from 10:31.", or "TapTalent takes no requests before 11:32."
func (t LayoutTrouble) words(provider string) string {
	from := "from before that"
	if !t.Answered.IsZero() {
		from = "from " + clock(t.Answered, t.Now)
	}
	if !t.Until.IsZero() {
		return provider + " takes no requests before " + clock(t.Until, t.Now) + ". Until then nothing can be changed there, and what you see is " + from + "."
	}
	return provider + " hasn’t answered as it should since " + clock(t.Since, t.Now) + ". What you see is " + from + "."
}

// clock is the time of day, with the day unless it is today.
func clock(at, now time.Time) string {
	at, now = at.In(time.Local), now.In(time.Local)
	if at.YearDay() == now.YearDay() && at.Year() == now.Year() {
		return at.Format("15:04")
	}
	return at.Format("2 January, 15:04")
}

// PlainProps of a page outside the desk: sign-in, setup, an error, a one-time link.
type PlainProps struct {
	Title, Heading, Theme string
	Flashes               []ui.FlashProps
	HasProblem            bool
	Wide                  bool
}

type navItem struct{ name, label, href, icon string }

var deskNav = []navItem{
	{"home", "Home", "/", "house"},
	{"interviews", "Interviews", "/interviews", "message-square"},
	{"candidates", "Candidates", "/candidates", "users"},
	{"reviews", "My reviews", "/reviews", "clipboard-check"},
	{"outbox", "Outbox", "/outbox", "mail"},
}

var adminNav = []navItem{
	{"connection", "Connection", "/admin/connection", "link"},
	{"webhooks", "Webhooks", "/admin/webhooks", "webhook"},
	{"team", "Team", "/admin/team", "user-plus"},
	{"settings", "Settings", "/admin/settings", "settings"},
	{"system", "System", "/admin/system", "activity"},
}

func documentTitle(title string, hasProblem bool) string {
	if hasProblem {
		title = "Error: " + title
	}
	return title + " · Greenroom"
}

func navCount(counts map[string]int, name string) string {
	switch n := counts[name]; {
	case n <= 0:
		return ""
	case n > 999:
		return "999+"
	default:
		return strconv.Itoa(n)
	}
}

// htmxConfig: failures are told by static/app.js instead of replacing a part of the page; 422 swaps,
// since it is a form drawn anew. Nothing is evaluated and no style is injected, as the content
// policy demands.
const htmxConfig = `{"includeIndicatorCSS":false,"noSwap":[204,304,"40x","41x","43x",429,"5xx"],"defaultTimeout":30000}`

// eventsHref is the address of the stream for a page read when live changes had come so far.
func eventsHref(heard string) string {
	if heard == "" {
		return "/events"
	}
	return "/events?since=" + url.QueryEscape(heard)
}

func pressed(on bool) string {
	if on {
		return "true"
	}
	return "false"
}

func roleWord(role string) string {
	switch role {
	case "admin":
		return "Admin"
	case "reviewer":
		return "Reviewer"
	default:
		return "Recruiter"
	}
}

// allowed leaves out what the role may not open.
func allowed(items []navItem, role string) []navItem {
	return slices.DeleteFunc(slices.Clone(items), func(item navItem) bool {
		return item.name == "outbox" && !hiring.Role(role).Can(hiring.PermEdit)
	})
}

// troubleLive keeps the banner fresh on a page that can be read again.
func troubleLive(address string) templ.Attributes {
	if address == "" {
		return templ.Attributes{"id": "trouble"}
	}
	return ui.Live("trouble", address, "provider")
}

package ui

import "github.com/a-h/templ"

// Crumb is one step of the way to a page; the last, the page itself, is its title.
type Crumb struct{ Label, Href string }

// PageHeadProps of a page's first lines: where it is, what it is called, and its ONE primary action.
type PageHeadProps struct {
	Title   string
	Crumbs  []Crumb
	Meta    templ.Component // a line of facts below the title
	Primary templ.Component // a Button or LinkButton
	Second  templ.Component // buttons before the primary one, plainer than it
	Menu    templ.Component // a Menu of the rest
}

// FlashProps of a message about what just happened.
type FlashProps struct {
	Tone            Tone // Strong for done, Fair for take care, Weak for refused, Info for news
	Text            string
	Href, LinkLabel string // what to do next
	// ActionPost is an address that a button posts to, such as Undo; ActionLabel is its word.
	ActionPost, ActionLabel string
}

// BadgeProps of a word in a box. The word carries the meaning, the tone only helps.
type BadgeProps struct {
	Label, Icon, Title string
	Tone               Tone
}

// Column of a Table.
type Column struct {
	Label    string
	Hidden   bool   // read out, not shown: a column of checkboxes or buttons
	Num      bool   // figures, set to the end
	Tight    bool   // no wider than its content
	SortHref string // sorts by this column
	Sorted   string // "ascending", "descending", or ""
}

// TableProps of a table. Below 900 px its rows become cards, so cells are made with Cell.
type TableProps struct {
	ID      string
	Caption string // read out; say what the rows are
	Columns []Column
	Compact bool
	Attrs   templ.Attributes // of the element around the table, as for Live
}

// CardProps of a bordered block. Without Title it has no head.
type CardProps struct {
	ID, Title string
	Aside     templ.Component // at the end of the head: a link or a small button
	Flush     bool            // children reach the edges: a Table, a list
	Attrs     templ.Attributes
}

// StatProps of one figure that leads somewhere.
type StatProps struct {
	Value, Label, Href string
	Note               string // n, unit or what it means
	Tone               Tone   // Strong or Weak
}

// EmptyProps of the place where things will be. It teaches: one sentence, one action.
type EmptyProps struct {
	Icon, Title, Text string
	Action            templ.Component
}

// Tab is a link to a part of a page. Count is shown where it is not empty.
type Tab struct {
	Label, Href, Count string
	Current            bool
}

// TabsProps of a row of tabs.
type TabsProps struct {
	Label string // what they are parts of, read out
	Tabs  []Tab
}

// PaginationProps of a list in pages; an empty address hides its button.
type PaginationProps struct{ PrevHref, NextHref, Summary string }

// FiltersProps of the line above a list. Its children are selects (Field with HideLabel).
type FiltersProps struct {
	Action      string
	SearchName  string // "q" by default
	SearchLabel string // no search box where empty
	Search      string
	ClearHref   string // shown where something is filtered
	Count       string // "38 people"
	Attrs       templ.Attributes
}

// Detail is one fact: a term and a value, or a component in the value's place.
type Detail struct {
	Term, Value string
	Content     templ.Component
}

// ProgressProps of something under way.
type ProgressProps struct {
	ID          string
	Label       string // "Sending invites"
	Done, Total int
	Note        string // "41 of 58"; made from the figures where empty
}

func ariaCurrent(current bool) string {
	if current {
		return "page"
	}
	return "false"
}

func flashIcon(tone Tone) string {
	switch tone {
	case Strong:
		return "circle-check"
	case Fair:
		return "triangle-alert"
	case Weak:
		return "circle-alert"
	default:
		return "info"
	}
}

func sortIcon(sorted string) string {
	if sorted == "descending" {
		return "arrow-down"
	}
	return "arrow-up"
}

func cellClass(c Column) string {
	switch {
	case c.Num:
		return "cell-num"
	case c.Tight:
		return "cell-tight"
	}
	return ""
}

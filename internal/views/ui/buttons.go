package ui

import "github.com/a-h/templ"

// ButtonProps of a <button>. Without Type it submits its form.
type ButtonProps struct {
	Label    string
	Icon     string // name in static/icons.svg
	IconOnly bool   // the label becomes the accessible name
	Variant  Variant
	Size     Size
	Type     string // "submit" by default
	Name     string
	Value    string
	Form     string // id of a form elsewhere
	Disabled bool
	// Confirm asks before the form is sent ("Delete this question?"), for what can't be undone.
	// ConfirmLabel names the act on the button of the question.
	Confirm, ConfirmLabel string
	Attrs                 templ.Attributes
}

// LinkButtonProps of a link that looks like a button.
type LinkButtonProps struct {
	Label    string
	Href     string
	Icon     string
	IconOnly bool
	Variant  Variant
	Size     Size
	Attrs    templ.Attributes
}

// MenuProps of a menu that opens below its button.
type MenuProps struct {
	Label   string // accessible name; shown unless IconOnly
	Icon    string // "ellipsis" by default
	Show    bool   // show the label beside the icon
	Variant Variant
	Size    Size
	Start   bool // hangs from the button's start instead of its end
}

// MenuItemProps of one line of a menu: a link with Href, else a button.
type MenuItemProps struct {
	Label, Icon, Href     string
	Danger                bool
	Name, Value           string
	Form                  string
	Confirm, ConfirmLabel string
	Attrs                 templ.Attributes
}

// DialogProps of a <dialog>. Open shows it at once, after a form in it was refused.
type DialogProps struct {
	ID, Title, Text string
	Open            bool
}

// DialogOpenerProps of the link that opens a dialog. Href is the page that does the same without a
// script.
type DialogOpenerProps struct {
	Dialog, Href string
	Label, Icon  string
	Variant      Variant
	Size         Size
}

func buttonSize(size Size, iconOnly bool) string {
	if !iconOnly {
		return string(size)
	}
	if size == Small {
		return "icon-sm"
	}
	return "icon"
}

func buttonType(t string) string {
	if t == "" {
		return "submit"
	}
	return t
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// FormProps of a form that posts. Problems are shown above it, linked to their fields.
type FormProps struct {
	ID, Action string
	Method     string // "post" by default
	Problems   Problems
	Upload     bool // sends files
	Guard      bool // asks before leaving with unsaved changes
	Wide       bool // no limit on the width
	Attrs      templ.Attributes
}

// FieldProps of one labelled control.
type FieldProps struct {
	// Kind is the input's type (text by default, email, password, number, url, search, tel, date,
	// datetime-local, file, hidden), or textarea, select, checkbox, tags (words with commas
	// between, shown as chips where there is a script).
	Kind  string
	Name  string
	ID    string // Name by default
	Label string
	Hint  string
	Error string
	Value string
	// Options of a select, and suggestions of any other.
	Options            []Option
	Placeholder        string
	Prefix, Suffix     string // shown in the control's frame: "https://", "minutes"
	Autocomplete       string
	InputMode          string
	Min, Max, Step     string
	Rows, MaxLength    int
	Width              string // "short", "medium", or all of it
	Required, Optional bool   // Optional writes "optional" beside the label
	ReadOnly, Disabled bool
	Checked, Autofocus bool
	Multiple           bool // of a file or a select
	HideLabel          bool // for filters and tables: the label is only read out
	Attrs              templ.Attributes
}

// Option of a select or of Choices.
type Option struct {
	Value, Label string
	Hint         string // Choices only
	Group        string // select only: consecutive options of the same group stand together
	Disabled     bool
}

// ChoicesProps of a group of radio buttons, or with Many of checkboxes.
type ChoicesProps struct {
	Name, ID, Label    string
	Hint, Error        string
	Options            []Option
	Chosen             []string
	Many, Row          bool
	Required, Disabled bool
	HideLabel          bool
}

// RepeatProps of a list of rows that can grow. Without a script the buttons send the form with
// Name=add, or the name and value that the row's own RepeatRemove gives, and the server draws it anew.
type RepeatProps struct {
	ID, Label, Hint, Error string
	AddLabel               string
	Name                   string          // "add" by default… sent with Value when there is no script
	Value                  string          // which list, for a form with several
	Blank                  templ.Component // an empty row; __n__ in it becomes its number
}

func (p FieldProps) id() string { return orElse(p.ID, p.Name) }

func (p FieldProps) inputType() string {
	if p.Kind == "tags" {
		return "text"
	}
	return orElse(p.Kind, "text")
}

func (p FieldProps) class(base string) string {
	if p.Width == "" {
		return base
	}
	return base + " input-" + p.Width
}

func (p FieldProps) suggests() bool {
	return len(p.Options) > 0 && p.Kind != "select"
}

// common are the attributes that every kind of control shares.
func (p FieldProps) common() templ.Attributes {
	a := templ.Attributes{"id": p.id(), "name": p.Name}
	if by := describedBy(p.id(), p.Hint, p.Error); by != "" {
		a["aria-describedby"] = by
	}
	if p.Error != "" {
		a["aria-invalid"] = "true"
	}
	for name, on := range map[string]bool{
		"required": p.Required, "readonly": p.ReadOnly && p.Kind != "select" && p.Kind != "checkbox",
		"disabled": p.Disabled, "autofocus": p.Autofocus, "multiple": p.Multiple,
	} {
		if on {
			a[name] = true
		}
	}
	for name, value := range map[string]string{
		"placeholder": p.Placeholder, "autocomplete": p.Autocomplete, "inputmode": p.InputMode,
		"min": p.Min, "max": p.Max, "step": p.Step,
	} {
		if value != "" {
			a[name] = value
		}
	}
	if p.MaxLength > 0 {
		a["maxlength"] = strconv.Itoa(p.MaxLength)
	}
	if p.suggests() {
		a["list"] = p.id() + "-list"
	}
	if p.Kind == "tags" {
		a["data-tags"] = true
		a["autocomplete"] = "off"
	}
	for name, value := range p.Attrs {
		a[name] = value
	}
	return a
}

func describedBy(id, hint, problem string) string {
	switch {
	case hint != "" && problem != "":
		return id + "-hint " + id + "-error"
	case hint != "":
		return id + "-hint"
	case problem != "":
		return id + "-error"
	}
	return ""
}

type optionGroup struct {
	label   string
	options []Option
}

func grouped(options []Option) []optionGroup {
	var groups []optionGroup
	for _, o := range options {
		if n := len(groups); n == 0 || groups[n-1].label != o.Group {
			groups = append(groups, optionGroup{label: o.Group})
		}
		last := &groups[len(groups)-1]
		last.options = append(last.options, o)
	}
	return groups
}

// choiceID keeps the group's id for the first choice, so that a problem's link lands on it.
func choiceID(p ChoicesProps, at int) string {
	id := orElse(p.ID, p.Name)
	if at == 0 {
		return id
	}
	return id + "-" + strconv.Itoa(at+1)
}

func choiceType(many bool) string {
	if many {
		return "checkbox"
	}
	return "radio"
}

package views

import (
	"fmt"
	"time"

	"github.com/a-h/templ"

	"greenroom/internal/views/ui"
)

// The two providers as the account form names them.
const (
	ProviderEngine    = "engine"
	ProviderTapTalent = "taptalent"
)

// AccountProps of the form that chooses the provider account.
type AccountProps struct {
	ByEnvironment bool   // nothing can be chosen here
	Live          bool   // TapTalent is in use
	Unreadable    bool   // the key that is kept can't be decrypted
	Masked        string // the key in use, all but its ends; "" for none
	ChangedBy     string // "" when nobody has chosen
	ChangedAt     time.Time
	Now           time.Time
	Underway      int // people who are invited or at it in the account in use
	Interviews    int // of the account in use

	Provider, Key, BaseURL string // as typed, or as they are
	Problems               ui.Problems
	Tested                 *ConnectionTest // of what was typed; nil: it was not tried
}

func (p AccountProps) options() []ui.Option {
	return []ui.Option{
		{Value: ProviderEngine, Label: "The local engine", Hint: "Interviews run in this program. Nothing leaves your server, and nothing costs credits."},
		{Value: ProviderTapTalent, Label: "TapTalent", Hint: "Interviews run in your TapTalent account. They cost its credits, and candidates are invited by TapTalent."},
	}
}

func (p AccountProps) keyField() ui.FieldProps {
	f := ui.FieldProps{Kind: "password", Name: "key", Label: "API key", Autocomplete: "off", Width: "medium", Error: p.Problems.For("key"),
		Hint: "From TapTalent’s partner settings. It is kept encrypted, and nobody sees it again.", Attrs: templ.Attributes{"value": p.Key, "spellcheck": "false"}}
	switch {
	case p.Unreadable:
		f.Hint = "The key that is kept can’t be read here: it was encrypted with another GREENROOM_SECRET_KEY or secret.key. Give this process that one, as every other, or enter the key again."
	case p.Masked != "" && p.Live:
		f.Hint = fmt.Sprintf("Now it is %s. Leave this empty to keep it.", p.Masked)
	}
	return f
}

func (p AccountProps) baseField() ui.FieldProps {
	return ui.FieldProps{Name: "base_url", Label: "Base URL", Optional: true, InputMode: "url", Value: p.BaseURL, Error: p.Problems.For("base_url"),
		Hint: "Empty is TapTalent’s own: production, or the sandbox with a key that begins with sk_test_."}
}

// leaves says what the account in use keeps, for who is about to leave it.
func (p AccountProps) leaves() string {
	if p.Interviews == 0 {
		return ""
	}
	what := ui.Count(p.Interviews, "interview", "interviews")
	if p.Live {
		return fmt.Sprintf("Your %s at TapTalent and everything about their candidates stay kept, and come back when you choose that account again.", what)
	}
	said := fmt.Sprintf("The local engine’s %s and everything about their candidates stay kept, and come back when you choose it again.", what)
	if p.Underway > 0 {
		said += fmt.Sprintf(" But its interview room closes: %s could not begin or go on.", ui.Count(p.Underway, "person who is invited or at it", "people who are invited or at it"))
	}
	return said
}

func (p AccountProps) testText() string {
	if p.Provider == ProviderEngine {
		return "The local engine is in this program. There is nothing to test."
	}
	return fmt.Sprintf("TapTalent answered in %s and takes the key. Nothing is changed yet.", span(p.Tested.Took))
}

// testDetail is what the provider said to the draft, for who knows the API.
func (p AccountProps) testDetail() string {
	if p.Tested == nil {
		return ""
	}
	return p.Tested.Detail
}

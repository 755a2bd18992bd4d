package views

import (
	"strconv"
	"strings"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// WorkspaceProps of the settings page.
type WorkspaceProps struct {
	Company            string
	RequiredScorecards int
	Problems           ui.Problems

	Provider        string // in words: "Local engine"
	CanScore        bool   // the provider lets the way of scoring be chosen
	Scoring         string // a hiring.Basis
	ScoringUnknown  string // why the provider didn't tell the way of scoring; "" when it did
	Model           string // the language model; "" for none
	ScoringProblems ui.Problems

	KeepMonths   int // a hiring.KeepChoices
	KeepDue      int // how many people go by that choice, once it is agreed to
	KeepProblems ui.Problems

	Facts []ui.Detail // what the environment set
}

// ScoringWords says how interviews are scored, to be read after "scored".
func ScoringWords(b hiring.Basis) string {
	switch b {
	case hiring.BasisPeople:
		return "by people"
	case hiring.BasisChecklist:
		return "by checklist: literal matches, not a judgement"
	case hiring.BasisModel:
		return "by the model, as a suggestion that people confirm"
	}
	return "by the provider"
}

func scoringOptions(p WorkspaceProps) []ui.Option {
	model := ui.Option{Value: string(hiring.BasisModel), Label: "By model",
		Hint: "A suggestion that people confirm. Each point quotes the answer word for word. Model: " + p.Model + "."}
	if p.Model == "" {
		model.Disabled = true
		model.Hint = "There is no model. Set OPENAI_BASE_URL and OPENAI_MODEL, and start Greenroom again."
	}
	return []ui.Option{
		{Value: string(hiring.BasisPeople), Label: "By people",
			Hint: "Finished interviews wait in the review queue. When the required scorecards are in, their mean is the score."},
		{Value: string(hiring.BasisChecklist), Label: "By checklist",
			Hint: "The share of your key points that is literally in the answers. Literal matches, not a judgement: who knows the words beats who knows the work."},
		model,
	}
}

// KeepWords says for how long people are kept, to be read after "kept".
func KeepWords(months int) string {
	switch {
	case months == 0:
		return "until somebody deletes them"
	case months%12 == 0:
		return "for " + ui.Count(months/12, "year", "years")
	}
	return "for " + ui.Count(months, "month", "months")
}

func keepOptions() (options []ui.Option) {
	for _, months := range hiring.KeepChoices {
		words := KeepWords(months)
		options = append(options, ui.Option{Value: strconv.Itoa(months), Label: strings.ToUpper(words[:1]) + words[1:]})
	}
	return options
}

// keepAgreement is what has to be agreed to before people go.
func (p WorkspaceProps) keepAgreement() string {
	return "Delete " + ui.Count(p.KeepDue, "person who is", "people who are") + " older than that, within minutes and for good"
}

func requiredOptions() (options []ui.Option) {
	for n := 1; n <= 5; n++ {
		options = append(options, ui.Option{Value: strconv.Itoa(n), Label: ui.Count(n, "person", "people")})
	}
	return options
}

// Package generate writes interview questions, from a question bank of our own or by a language model. It keeps
// nothing, and knows nothing of assessments beyond what a Request says.
package generate

import (
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ErrFailed means that no questions came because something broke; the cause is wrapped in the same error.
var ErrFailed = errors.New("generating questions failed")

// ErrEmpty means that everything worked and yet no usable question came of it.
var ErrEmpty = errors.New("no questions were generated")

// Difficulties are the values of Request.Difficulty and Question.Difficulty, in order.
var Difficulties = []string{"easy", "medium", "hard"}

// Sources of a Question.
const (
	SourceBank  = "bank"
	SourceModel = "model"
)

// Lengths of a question's text in runes, as the contract has them.
const (
	LengthMin = 10
	LengthMax = 1000
)

// Request says what to ask about. Everything but Count may be empty.
type Request struct {
	Role        string   // the job's title
	Description string   // the posting, or the purpose of the interview; written by others and never trusted
	Language    string   // as in the contract ("english"); the bank has English only and ignores it
	Skills      []string // asked for by the author; each gets its turn before anything else
	Count       int      // questions wanted; below 1 means 5
	Difficulty  string   // of Difficulties; anything else means medium
	Avoid       []string // texts that must not come again, compared by Normal
}

func (r Request) count() int {
	if r.Count < 1 {
		return 5
	}
	return r.Count
}

func (r Request) difficulty() string {
	if slices.Contains(Difficulties, r.Difficulty) {
		return r.Difficulty
	}
	return "medium"
}

// Question is one generated question.
type Question struct {
	Text        string // LengthMin to LengthMax runes
	IdealAnswer string
	Instruction string     // for the evaluator: what separates a strong answer from a weak one
	KeyPoints   [][]string // each a list of alternative words or short phrases
	Difficulty  string     // of Difficulties; the bank's may be a neighbour of the one asked for when that ran out
	Skill       string     // the skill it probes by the bank's or the author's name, "" for none in particular
	Source      string     // SourceBank or SourceModel
	Model       string     // the model's name for SourceModel
}

// Normal is the form in which two question texts are the same question: letters and digits only, without case.
func Normal(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(text), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
	}), " ")
}

// seen is the set of texts that must not come (again).
func (r Request) seen() map[string]bool {
	seen := make(map[string]bool, len(r.Avoid))
	for _, text := range r.Avoid {
		seen[Normal(text)] = true
	}
	return seen
}

func fits(text string) bool {
	n := utf8.RuneCountInString(text)
	return utf8.ValidString(text) && n >= LengthMin && n <= LengthMax
}

package generate

import (
	"embed"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
)

//go:embed bank/*.json
var bankFiles embed.FS

// entry is a question as the bank's files have it.
type entry struct {
	Difficulty     string     `json:"difficulty"`
	Question       string     `json:"question"`
	IdealAnswer    string     `json:"idealAnswer"`
	KeyPoints      [][]string `json:"keyPoints"`
	EvaluationHint string     `json:"evaluationHint"`
}

// family is a role family: what its postings look like, and its questions.
type family struct {
	Slug      string   `json:"family"`
	Name      string   `json:"name"`
	Titles    []string `json:"titles"`
	Terms     []string `json:"terms"`
	Questions []entry  `json:"questions"`
}

// skill is something that a posting may ask for.
type skill struct {
	Name      string   `json:"skill"`
	Aliases   []string `json:"aliases"`
	Families  []string `json:"families"`
	Questions []entry  `json:"questions"`
}

// general is the family whose questions fit every role.
const general = "general"

// shelf is the parsed bank with its indexes; read-only after it was made.
type shelf struct {
	families map[string]*family
	skills   []*skill

	titles     phrases[[]string] // title, stemmed → slugs
	titleWords map[string][]string
	terms      phrases[[]string] // term, stemmed → slugs
	aliases    phrases[*skill]   // alias, lower case → skill; nil for a decoy
}

var theShelf = sync.OnceValue(func() *shelf {
	s, err := readShelf()
	if err != nil {
		panic("reading the question bank: " + err.Error()) // embedded: a test reads it too, so this never ships
	}
	return s
})

func readShelf() (*shelf, error) {
	files, err := bankFiles.ReadDir("bank")
	if err != nil {
		return nil, err
	}
	s := &shelf{families: map[string]*family{}, titleWords: map[string][]string{}}
	for _, f := range files {
		raw, err := bankFiles.ReadFile("bank/" + f.Name())
		if err != nil {
			return nil, err
		}
		var file struct {
			family
			Skills []*skill `json:"skills"`
		}
		if err := json.Unmarshal(raw, &file); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		if file.Slug != "" {
			if s.families[file.Slug] != nil {
				return nil, fmt.Errorf("%s: the family %q is there twice", f.Name(), file.Slug)
			}
			s.families[file.Slug] = &file.family
		}
		s.skills = append(s.skills, file.Skills...)
	}
	if s.families[general] == nil {
		return nil, fmt.Errorf("there is no family %q", general)
	}
	s.index()
	return s, nil
}

func (s *shelf) index() {
	for slug, f := range s.families {
		with := func(have []string) []string {
			if slices.Contains(have, slug) {
				return have
			}
			return append(have, slug)
		}
		for _, title := range f.Titles {
			s.titles.add(stems(title), with)
			for _, w := range stems(title) {
				s.titleWords[w] = with(s.titleWords[w])
			}
		}
		for _, term := range f.Terms {
			s.terms.add(stems(term), with)
		}
	}
	for _, k := range s.skills {
		for _, alias := range append([]string{k.Name}, k.Aliases...) {
			s.aliases.add(lows(alias), func(first *skill) *skill {
				if first != nil {
					return first
				}
				return k
			})
		}
	}
	for _, phrase := range decoys {
		s.aliases.add(lows(phrase), func(k *skill) *skill { return k })
	}
}

// idf weighs a sign by how few families it points to: ln(1 + families/pointed to).
func (s *shelf) idf(pointsTo int) float64 {
	return math.Log(1 + float64(len(s.families))/float64(max(pointsTo, 1)))
}

// Bank generates questions from the built-in question bank. It is safe for concurrent use.
type Bank struct {
	shelf *shelf
	// Seed decides which of equally fitting questions come, and in what order: the same seed, bank and request give
	// the same questions. NewBank sets it to chance, so that two interviews for one role differ.
	Seed func() uint64
}

// NewBank opens the built-in bank, which is parsed once per process.
func NewBank() *Bank {
	return &Bank{shelf: theShelf(), Seed: rand.Uint64}
}

func (e entry) question(skill string) Question {
	return Question{
		Text: strings.TrimSpace(e.Question), IdealAnswer: e.IdealAnswer, Instruction: e.EvaluationHint,
		KeyPoints: clonePoints(e.KeyPoints), Difficulty: e.Difficulty, Skill: skill, Source: SourceBank,
	}
}

// clonePoints keeps callers from writing into the bank.
func clonePoints(points [][]string) [][]string {
	out := make([][]string, len(points))
	for i, p := range points {
		out[i] = slices.Clone(p)
	}
	return out
}

package generate

import (
	"maps"
	"math"
	"slices"
	"strings"
)

// Weights of the signs for a role family. What the title says counts more than any number of words below it; what it
// says after a comma, a dash or a bracket counts less, as do other people's titles in the description.
const (
	titleWeight      = 6.0 // a known title within the posting's title
	titleTailWeight  = 3.0 // the same after the first comma, dash or bracket
	titleWordWeight  = 1.0 // a single word of known titles
	termWeight       = 1.0 // a term in the description, and in the title
	colleagueWeight  = 0.3 // a known title in the description
	untitledWeight   = 1.0 // the same where the posting's own title says nothing
	skillWeight      = 0.5 // a skill named anywhere
	descriptionLimit = 12  // what the description can weigh in all, in units of a term that one family alone has
	least            = 1.5 // below it nothing has spoken, in the same units
)

// Role recognises the role family of a posting by its title and description; either may be empty. ok is false when
// neither says enough, and the family is then "general".
func (b *Bank) Role(title, description string) (family string, ok bool) {
	return b.shelf.role(title, description, nil)
}

func (s *shelf) role(title, description string, asked []*skill) (string, bool) {
	scores := s.titleScores(title)
	body := s.bodyScores(title, description, asked, len(scores) == 0)
	total := 0.0
	for _, v := range body {
		total += v
	}
	unit := s.idf(1)
	shrink := min(1, descriptionLimit*unit/max(total, 1e-9))
	for slug, v := range body {
		scores[slug] += v * shrink
	}
	delete(scores, general)
	best, most := general, least*unit
	for _, slug := range slices.Sorted(maps.Keys(scores)) {
		if scores[slug] > most {
			best, most = slug, scores[slug]
		}
	}
	return best, best != general
}

func (s *shelf) titleScores(title string) map[string]float64 {
	scores := map[string]float64{}
	text := words(title)
	head := len(text)
	for i, w := range text {
		if i > 0 && !w.adjacent {
			head = i
			break
		}
	}
	taken := make([]bool, len(text))
	s.titles.each(text, stem, func(_ string, slugs []string, at, n int) bool {
		weight := titleWeight
		if at >= head {
			weight = titleTailWeight
		}
		for _, slug := range slugs {
			scores[slug] += weight * s.idf(len(slugs))
		}
		for i := range n {
			taken[at+i] = true
		}
		return true
	})
	for i, w := range text {
		if slugs := s.titleWords[w.stem]; !taken[i] && len(w.stem) > 1 && len(slugs) <= 4 {
			for _, slug := range slugs {
				scores[slug] += titleWordWeight * s.idf(len(slugs))
			}
		}
	}
	return scores
}

func (s *shelf) bodyScores(title, description string, asked []*skill, untitled bool) map[string]float64 {
	scores := map[string]float64{}
	text := words(title + "\n\n" + description)
	times := map[string]float64{}
	pointed := map[string][]string{}
	s.terms.each(text, stem, func(phrase string, slugs []string, _, _ int) bool {
		times[phrase]++
		pointed[phrase] = slugs
		return true
	})
	for _, phrase := range slices.Sorted(maps.Keys(times)) {
		often := min(2, 1+math.Log(times[phrase]))
		for _, slug := range pointed[phrase] {
			scores[slug] += termWeight * often * s.idf(len(pointed[phrase]))
		}
	}
	weight := colleagueWeight
	if untitled {
		weight = untitledWeight
	}
	s.titles.each(words(description), stem, func(_ string, slugs []string, _, _ int) bool {
		for _, slug := range slugs {
			scores[slug] += weight * s.idf(len(slugs))
		}
		return true
	})
	for _, k := range slices.Concat(asked, s.named(title+"\n\n"+description)) {
		for _, slug := range k.Families {
			scores[slug] += skillWeight * s.idf(len(k.Families))
		}
	}
	return scores
}

// Skills are the bank's skills that a text names, by the bank's names, in the order of their first mention. Names
// that are ordinary words too (Go, Swift, Excel) count only where they are written as names.
func (b *Bank) Skills(text string) []string {
	var names []string
	for _, k := range b.shelf.named(text) {
		names = append(names, k.Name)
	}
	return names
}

func (s *shelf) named(text string) []*skill {
	var found []*skill
	all := words(text)
	s.aliases.each(all, low, func(_ string, k *skill, at, n int) bool {
		if n == 1 && ordinary[all[at].low] && !asName(all[at]) {
			return false
		}
		if k != nil && !slices.Contains(found, k) {
			found = append(found, k)
		}
		return true
	})
	return found
}

// asked are the bank's skills among the author's, each once, in the author's order. What an author lists as a skill
// is a name however it is written; around it there may be words ("Advanced Excel", "PostgreSQL 17").
func (s *shelf) asked(skills []string) []*skill {
	var found []*skill
	for _, name := range skills {
		k := s.aliases.known[strings.Join(lows(name), " ")]
		if k == nil {
			longest := 0
			s.aliases.each(words(name), low, func(_ string, within *skill, _, n int) bool {
				if n > longest {
					k, longest = within, n
				}
				return true
			})
		}
		if k != nil && !slices.Contains(found, k) {
			found = append(found, k)
		}
	}
	return found
}

// ordinary are aliases that are also everyday English words.
var ordinary = set(`access ansible ant basic beam bolt c chef couch d dart delta echo elixir ember excel express fiber
	fiori flask flink flutter gin go grails hive hugo jest julia kanban lean less linear looker make ml mocha mongo nest node
	notion oracle outlook pandas perl pig play powerpoint puppet r rails react rest ruby rust sage salt scala sketch slack
	soap spark spring swift teams vault vue windows word xd`)

func set(list string) map[string]bool {
	out := map[string]bool{}
	for w := range strings.FieldsSeq(list) {
		out[w] = true
	}
	return out
}

// decoys are phrases that begin with a skill's name and mean something else.
var decoys = []string{"go live", "go to", "go to market", "go getter", "go ahead", "react native", "spark plug"}

// asName says whether an everyday word is written as a name: with a capital but not shouted, and not merely because
// a sentence begins with it. At the beginning it is a name when it stands alone, as in a list ("Go, Kafka, Redis").
func asName(w word) bool {
	shouted := len(w.raw) > 2 && w.raw == strings.ToUpper(w.raw)
	return w.raw[:1] != w.low[:1] && !shouted && (!w.opens || w.closes)
}

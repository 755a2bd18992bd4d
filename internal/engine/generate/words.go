package generate

import (
	"strings"
	"unicode"
)

// word is a word of a text in the forms that matching needs.
type word struct {
	raw      string // as written
	low      string // without case
	stem     string // without case and English plural
	opens    bool   // first of a sentence, a list item or a bracket
	closes   bool   // last before a comma, a bracket, a sentence's or a line's end
	adjacent bool   // a phrase may run on from the word before it
}

// words splits a text. Names such as C++, C#, .NET, Node.js and FP&A stay whole; hyphens and slashes separate.
func words(text string) []word {
	var all []word
	runes := []rune(strings.NewReplacer("’", "'", "‘", "'").Replace(text))
	gap := "\n\n"
	for i := 0; i < len(runes); {
		if !wordAt(runes, i) {
			start := i
			for i < len(runes) && !wordAt(runes, i) {
				i++
			}
			gap = string(runes[start:i])
			if len(all) > 0 && (strings.ContainsAny(gap, ".,;:!?()[]/•|") || strings.Contains(gap, "\n")) {
				all[len(all)-1].closes = true
			}
			continue
		}
		start := i
		for i < len(runes) && inName(runes, i) {
			i++
		}
		raw := strings.TrimSuffix(strings.Trim(string(runes[start:i]), "'"), "'s")
		low := strings.ToLower(raw)
		all = append(all, word{
			raw: raw, low: low, stem: singular(low),
			opens:    strings.ContainsAny(gap, ".:!?([•|*") || strings.Contains(gap, "\n\n") || strings.Contains(gap, "\n-"),
			adjacent: len(all) > 0 && joins(gap),
		})
		gap = " "
	}
	if len(all) > 0 {
		all[len(all)-1].closes = true
	}
	return all
}

// joins says whether a phrase may run across a gap: white space within a paragraph, or a hyphen or slash that binds.
func joins(gap string) bool {
	switch gap {
	case "-", "‑", "–", "/", " / ":
		return true
	}
	return strings.TrimSpace(gap) == "" && !strings.Contains(gap, "\n\n")
}

func wordAt(runes []rune, i int) bool {
	if unicode.IsLetter(runes[i]) || unicode.IsDigit(runes[i]) {
		return true
	}
	return runes[i] == '.' && i+1 < len(runes) && unicode.IsLetter(runes[i+1]) && (i == 0 || unicode.IsSpace(runes[i-1]))
}

// inName says whether the rune at i goes on with the word before it.
func inName(runes []rune, i int) bool {
	r := runes[i]
	switch {
	case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r), r == '+', r == '#':
		return true
	case r == '.', r == '&', r == '\'':
		return i+1 < len(runes) && (unicode.IsLetter(runes[i+1]) || unicode.IsDigit(runes[i+1]))
	}
	return false
}

// singular undoes the usual English plurals. It is applied to both sides of a comparison, so that a wrong stem
// ("analytic") does no harm.
func singular(w string) string {
	switch {
	case len(w) < 4, strings.HasSuffix(w, "ss"), strings.HasSuffix(w, "us"), strings.HasSuffix(w, "is"):
		return w
	case strings.HasSuffix(w, "ies") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "ches"), strings.HasSuffix(w, "shes"), strings.HasSuffix(w, "sses"), strings.HasSuffix(w, "xes"):
		return w[:len(w)-2]
	}
	return strings.TrimSuffix(w, "s")
}

func stems(text string) []string {
	var out []string
	for _, w := range words(text) {
		out = append(out, w.stem)
	}
	return out
}

func lows(text string) []string {
	var out []string
	for _, w := range words(text) {
		out = append(out, w.low)
	}
	return out
}

// phrases finds the longest known phrase at each place of a text. V is what is known of a phrase.
type phrases[V any] struct {
	known   map[string]V
	longest map[string]int // first word → words of the longest phrase that begins with it
}

func (p *phrases[V]) add(key []string, update func(V) V) {
	if len(key) == 0 {
		return
	}
	if p.known == nil {
		p.known, p.longest = map[string]V{}, map[string]int{}
	}
	joined := strings.Join(key, " ")
	p.known[joined] = update(p.known[joined])
	p.longest[key[0]] = max(p.longest[key[0]], len(key))
}

// each calls found for every phrase from left to right, longest first and never overlapping, with the index of its
// first word and its number of words. form picks the form of a word that the phrases were added in. A found that
// answers false gives the words back, to the shorter phrases among them.
func (p *phrases[V]) each(text []word, form func(word) string, found func(phrase string, v V, at, n int) bool) {
next:
	for i := 0; i < len(text); {
		for n := min(p.longest[form(text[i])], len(text)-i); n > 0; n-- {
			key, whole := form(text[i]), true
			for _, w := range text[i+1 : i+n] {
				whole = whole && w.adjacent
				key += " " + form(w)
			}
			if v, ok := p.known[key]; ok && whole && found(key, v, i, n) {
				i += n
				continue next
			}
		}
		i++
	}
}

func low(w word) string  { return w.low }
func stem(w word) string { return w.stem }

package config

import (
	"fmt"
	"iter"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Error is every mistake in the environment at once.
type Error struct {
	// Problems are one line each: the variable, what is wrong with it, and what to set. No line holds a secret.
	Problems []string
}

func (e *Error) Error() string { return strings.Join(e.Problems, "\n") }

// checker gathers mistakes.
type checker struct{ problems []string }

func (c *checker) problem(name, format string, args ...any) {
	c.problems = append(c.problems, name+": "+fmt.Sprintf(format, args...))
}

// ours are the prefixes that nobody else's variables have; a name under them that means nothing is a slip.
var ours = []string{"GREENROOM_", "TAPTALENT_"}

func (c *checker) unknown(given map[string]string) {
	var known []string
	for field := range fields() {
		known = append(known, field.Tag.Get("env"))
	}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if slices.Contains(known, name) || !slices.ContainsFunc(ours, func(p string) bool { return strings.HasPrefix(name, p) }) {
			continue
		}
		if near := nearest(name, known); near != "" {
			c.problem(name, "there is no such setting; did you mean %s?", near)
		} else {
			c.problem(name, "there is no such setting; unset it")
		}
	}
}

// fields yields the fields of variables.
func fields() iter.Seq[reflect.StructField] {
	return func(yield func(reflect.StructField) bool) {
		for t, i := reflect.TypeFor[variables](), 0; i < t.NumField(); i++ {
			if !yield(t.Field(i)) {
				return
			}
		}
	}
}

// nearest returns the known name that was probably meant: one or two slips away, prefix or not, or else the one with the
// same words and more or fewer of them. It returns "" when there is none.
func nearest(name string, known []string) string {
	best, least := "", 3
	for _, k := range known {
		if d := min(distance(name, k), distance(bare(name), bare(k))); d < least {
			best, least = k, d
		}
	}
	if best != "" {
		return best
	}
	most := 1
	words := strings.Split(name, "_")
	for _, k := range known {
		theirs := strings.Split(k, "_")
		shared := 0
		for _, w := range theirs {
			if slices.Contains(words, w) {
				shared++
			}
		}
		if shared > most && shared == min(len(words), len(theirs)) {
			best, most = k, shared
		}
	}
	return best
}

// bare is a name without a prefix of ours.
func bare(name string) string {
	for _, p := range ours {
		if rest, ok := strings.CutPrefix(name, p); ok {
			return rest
		}
	}
	return name
}

// distance is Levenshtein's: the insertions, deletions and replacements that turn a into b.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

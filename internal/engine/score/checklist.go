package score

import (
	"cmp"
	"slices"
	"strings"

	"greenroom/internal/partnerapi"
)

// Checklist looks for the points of a checklist in an answer. It is a literal search, not a judgement: a point is
// found where any of its alternatives stands in the answer as whole words, without regard to case, accents' encoding,
// kinds of apostrophe and hyphen, or line breaks. It does not know plurals, synonyms or negation.
//
//   - found has an entry for each point. A point without a usable alternative is never found.
//   - passages are all places found, in the answer's order, in bytes of the answer, named by the point's first
//     alternative. They never overlap: where two do, the longer one stays, and the shorter one's point still counts.
//   - share is the found points' part of all points, 0–1; 0 without points, which callers tell apart by len(points).
func Checklist[P ~[]string](answer string, points []P) (found []bool, passages []partnerapi.Passage, share float64) {
	text := fold(answer, true)
	found = make([]bool, len(points))
	for i, point := range points {
		for _, alternative := range point {
			for _, place := range occurrences(text, fold(strings.TrimSpace(alternative), true).text) {
				found[i] = true
				place.Point = strings.TrimSpace(point[0])
				passages = append(passages, place)
			}
		}
	}
	hits := 0
	for _, f := range found {
		if f {
			hits++
		}
	}
	if len(points) > 0 {
		share = float64(hits) / float64(len(points))
	}
	return found, apart(passages), share
}

// occurrences are the whole-word places of phrase, in bytes of the source of text.
func occurrences(text folded, phrase string) (places []partnerapi.Passage) {
	if phrase == "" {
		return nil
	}
	for at := 0; ; {
		i := strings.Index(text.text[at:], phrase)
		if i < 0 {
			return places
		}
		start, end := at+i, at+i+len(phrase)
		if standsAlone(text.text, start, end) {
			places = append(places, partnerapi.Passage{Start: text.from[start], End: text.to[end-1]})
			at = end
			continue
		}
		at = start + 1
	}
}

// apart keeps the longest of overlapping passages (of equals the earlier, then the earlier point's) and sorts the
// rest by place. It keeps its argument's array.
func apart(passages []partnerapi.Passage) []partnerapi.Passage {
	slices.SortStableFunc(passages, func(a, b partnerapi.Passage) int {
		return cmp.Or(cmp.Compare(b.End-b.Start, a.End-a.Start), cmp.Compare(a.Start, b.Start))
	})
	kept := passages[:0]
	for _, p := range passages {
		if !slices.ContainsFunc(kept, func(k partnerapi.Passage) bool { return p.Start < k.End && k.Start < p.End }) {
			kept = append(kept, p)
		}
	}
	slices.SortFunc(kept, func(a, b partnerapi.Passage) int { return cmp.Compare(a.Start, b.Start) })
	return kept
}

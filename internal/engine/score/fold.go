package score

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// folded is a text made comparable, with the way back: byte i of text comes from the source's bytes from[i] to to[i].
type folded struct {
	text     string
	from, to []int
}

// fold makes typing differences disappear: composed and decomposed accents, kinds of apostrophe, quotation mark and
// hyphen, runs of white space, and, where caseless is set, case. Words never change.
func fold(source string, caseless bool) folded {
	f := folded{from: make([]int, 0, len(source)), to: make([]int, 0, len(source))}
	var text strings.Builder
	text.Grow(len(source))
	var segments norm.Iter
	segments.InitString(norm.NFC, source)
	space := false
	for !segments.Done() {
		start := segments.Pos()
		segment := segments.Next()
		end := segments.Pos()
		for len(segment) > 0 {
			r, size := utf8.DecodeRune(segment)
			segment = segment[size:]
			if r = plain(r); r == ' ' && space {
				f.to[len(f.to)-1] = end
				continue
			}
			space = r == ' '
			if caseless {
				r = caseOf(r)
			}
			n, _ := text.WriteRune(r)
			for range n {
				f.from, f.to = append(f.from, start), append(f.to, end)
			}
		}
	}
	f.text = text.String()
	return f
}

func plain(r rune) rune {
	switch r {
	case '‘', '’', 'ʼ', '`', '´':
		return '\''
	case '“', '”', '„', '«', '»':
		return '"'
	case '‐', '‑', '–', '—', '−':
		return '-'
	}
	if unicode.IsSpace(r) {
		return ' '
	}
	return r
}

// caseOf is the same rune for every case form of r: the smallest of them, so that K, k and the Kelvin sign agree.
func caseOf(r rune) rune {
	least := r
	for other := unicode.SimpleFold(r); other != r; other = unicode.SimpleFold(other) {
		least = min(least, other)
	}
	return least
}

// standsAlone says whether text[start:end] is not the inside of a longer word.
func standsAlone(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	first, _ := utf8.DecodeRuneInString(text[start:])
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return (start == 0 || !joined(before, first)) && (end == len(text) || !joined(last, after))
}

// joined says whether two neighbouring runes belong to one word. Scripts that are written without spaces have no
// boundary to look for, so there nothing is joined.
func joined(a, b rune) bool {
	return inWord(a) && inWord(b) && !unspaced(a) && !unspaced(b)
}

func inWord(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_'
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}

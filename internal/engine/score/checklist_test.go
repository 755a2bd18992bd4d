package score

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/partnerapi"
)

func TestChecklist(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, answer string
		points       [][]string
		found        []bool
		underlined   []string
		share        float64
	}{
		{"alternatives", "We looked for the Underlying Cause first.", [][]string{{"root cause", "underlying cause"}, {"prevention", "prevent"}},
			[]bool{true, false}, []string{"Underlying Cause"}, 0.5},
		{"whole words only", "The rooting was unpreventable; prevent_all did nothing.", [][]string{{"root"}, {"prevent"}}, []bool{false, false}, nil, 0},
		{"every place", "Test, test and TEST.", [][]string{{"test"}}, []bool{true}, []string{"Test", "test", "TEST"}, 1},
		{"longest first, the shorter still counts", "the root cause of it", [][]string{{"cause"}, {"root cause", "root"}},
			[]bool{true, true}, []string{"root cause"}, 1},
		{"line breaks, hyphens, apostrophes", "a trade\u2011off I don’t\n  like", [][]string{{"trade-off"}, {"don't like"}},
			[]bool{true, true}, []string{"trade\u2011off", "don’t\n  like"}, 1},
		{"letters beyond ASCII", "Größe und ÉQUIPE, auch cafe\u0301s und cafe\u0301.", [][]string{{"größe"}, {"équipe"}, {"café"}, {"quipe"}},
			[]bool{true, true, true, false}, []string{"Größe", "ÉQUIPE", "cafe\u0301"}, 0.75},
		{"no spaces between words", "我们先检查数据库索引。", [][]string{{"数据库"}, {"缓存"}}, []bool{true, false}, []string{"数据库"}, 0.5},
		{"symbols", "I wrote C++ and C#, then .NET", [][]string{{"c++"}, {"c#"}, {".net"}}, []bool{true, true, true}, []string{"C++", "C#", ".NET"}, 1},
		{"blank alternatives", "anything", [][]string{{""}, {" ", "\t"}, {}}, []bool{false, false, false}, nil, 0},
		{"empty answer", "", [][]string{{"a"}}, []bool{false}, nil, 0},
		{"no points", "words", nil, []bool{}, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			found, passages, share := Checklist(c.answer, c.points)
			var underlined []string
			for _, p := range passages {
				underlined = append(underlined, c.answer[p.Start:p.End])
			}
			if diff := cmp.Diff(c.found, found); diff != "" {
				t.Errorf("found:\n%s", diff)
			}
			if diff := cmp.Diff(c.underlined, underlined); diff != "" {
				t.Errorf("passages:\n%s", diff)
			}
			if share != c.share {
				t.Errorf("share %v, want %v", share, c.share)
			}
		})
	}
}

func TestChecklistTakesWireKeyPoints(t *testing.T) {
	t.Parallel()
	_, passages, _ := Checklist("We roll back.", []partnerapi.KeyPoint{{"rollback", "roll back"}})
	if diff := cmp.Diff([]partnerapi.Passage{{Start: 3, End: 12, Point: "rollback"}}, passages); diff != "" {
		t.Error(diff)
	}
}

func FuzzChecklist(f *testing.F) {
	f.Add("the root cause, the Root\u00a0Cause", "root cause", "cause")
	f.Add("cafe\u0301 \xff x", "caf\u00e9", "\xff")
	f.Add("İstanbul ǆ ẞ", "ǅ", "ß")
	f.Fuzz(func(t *testing.T, answer, a, b string) {
		found, passages, share := Checklist(answer, [][]string{{a}, {b}})
		end := 0
		for _, p := range passages {
			if p.Start < end || p.End <= p.Start || p.End > len(answer) {
				t.Fatalf("passage %+v after %d in %d bytes", p, end, len(answer))
			}
			if utf8.ValidString(answer) && !utf8.ValidString(answer[p.Start:p.End]) {
				t.Fatalf("passage %+v cuts a character", p)
			}
			end = p.End
		}
		if share < 0 || share > 1 || (share > 0) != (len(passages) > 0) || len(found) != 2 {
			t.Fatalf("found %v, share %v, %d passages", found, share, len(passages))
		}
	})
}

func BenchmarkChecklist(b *testing.B) {
	answer := strings.Repeat("First I looked for the underlying cause, then I told the team what we would change. ", 30)
	points := [][]string{{"root cause", "underlying cause"}, {"prevent", "prevention"}, {"team", "colleagues"}, {"rollback", "roll back"}, {"monitoring"}}
	for b.Loop() {
		Checklist(answer, points)
	}
}

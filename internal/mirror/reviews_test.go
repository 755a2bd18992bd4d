package mirror

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

func TestEvaluationOf(t *testing.T) {
	t.Parallel()
	card := func(name, comment string, first, second float64, note string) hiring.Scorecard {
		return hiring.Scorecard{UserName: name, Comment: comment, Answers: []hiring.ScorecardAnswer{
			{QuestionRef: "q1", Score: first, Note: note}, {QuestionRef: "q2", Score: second},
		}}
	}
	score := func(of float64) *float64 { return &of }
	got, ok := evaluationOf([]hiring.Scorecard{
		card("Grace", "A yes.", 100, 50, "Clear."), card("", "", 75, 50, "Vague."), card("Ada", "A no.", 25, 25, ""),
	}, 3)
	want := partnerapi.EvaluationRequest{Score: 54.17, Summary: "Grace: A yes.\nAda: A no.", Questions: []partnerapi.QuestionScore{
		{QuestionID: "q1", Score: score(66.67), Reason: "Grace: Clear.\nVague."}, {QuestionID: "q2", Score: score(41.67)},
	}}
	if diff := cmp.Diff(want, got); !ok || diff != "" {
		t.Errorf("ok %v %s", ok, diff)
	}
	if _, ok := evaluationOf([]hiring.Scorecard{card("Grace", "", 100, 100, "")}, 2); ok {
		t.Error("one of two required scorecards makes a score")
	}
	// As long as the form allows, and longer than the provider takes.
	got, _ = evaluationOf([]hiring.Scorecard{card("Grace", strings.Repeat("ä", hiring.ScorecardNoteMax), 0, 0, strings.Repeat("ä", hiring.ScorecardNoteMax))}, 1)
	if n, m := utf8.RuneCountInString(got.Summary), utf8.RuneCountInString(got.Questions[0].Reason); n != commentMax || m != reasonMax {
		t.Errorf("%d characters of comment, %d of reason", n, m)
	}
}

func TestEvaluationOfConfirmations(t *testing.T) {
	t.Parallel()
	suggested, other := 71.3, 71.31
	confirms := func(score *float64) hiring.Scorecard { return hiring.Scorecard{Confirms: score} }
	if got, _ := evaluationOf([]hiring.Scorecard{confirms(&suggested), confirms(&suggested), confirms(&suggested)}, 3); got.Score != suggested {
		t.Errorf("three confirmations of %v make %v", suggested, got.Score)
	}
	if got, _ := evaluationOf([]hiring.Scorecard{confirms(&suggested), confirms(&other)}, 2); got.Score != 71.31 {
		t.Errorf("their mean, to two decimals, is %v", got.Score)
	}
}

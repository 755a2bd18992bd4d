package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/engine/score"
	"greenroom/internal/partnerapi"
	"greenroom/internal/partnerapi/conformance"
)

func mailTo(links *[]string) func(context.Context, MailMessage) error {
	return func(_ context.Context, m MailMessage) error {
		*links = append(*links, m.Link)
		return nil
	}
}

func evaluation(t *testing.T, e *Engine, a partnerapi.Assessment, id string) partnerapi.Evaluation {
	t.Helper()
	return data[partnerapi.Evaluation](t, e, "GET", "/extensions"+pathOf(a, "/candidates/"+id+"/evaluation"), nil)
}

func result1(t *testing.T, e *Engine, a partnerapi.Assessment) partnerapi.Candidate {
	t.Helper()
	page := data[partnerapi.CandidatePage](t, e, "GET", pathOf(a, "/candidates"), nil)
	if len(page.Candidates) != 1 {
		t.Fatalf("%d candidates", len(page.Candidates))
	}
	return page.Candidates[0]
}

func TestBucketOf(t *testing.T) {
	t.Parallel()
	pass, fail := partnerapi.BucketPass, partnerapi.BucketFail
	for _, c := range []struct {
		buckets string // p and f, best first
		want    map[float64]string
	}{
		{"ppf", map[float64]string{100: "p0", 75: "p0", 74.99: "p1", 50: "p1", 49.99: "f2", 0: "f2"}},
		{"pf", map[float64]string{100: "p0", 50: "p0", 49.9: "f1"}},
		{"pppf", map[float64]string{84: "p0", 83: "p1", 67: "p1", 66: "p2", 50: "p2", 1: "f3"}},
		{"pff", map[float64]string{50: "p0", 49: "f1", 25: "f1", 24: "f2", 0: "f2"}},
		{"pp", map[float64]string{80: "p0", 10: "p1"}},
		{"ff", map[float64]string{80: "f0", 10: "f1"}},
		{"", map[float64]string{80: ""}},
	} {
		var buckets []partnerapi.Bucket
		for i, kind := range c.buckets {
			status := pass
			if kind == 'f' {
				status = fail
			}
			buckets = append(buckets, partnerapi.Bucket{Name: string(kind) + string(rune('0'+i)), Status: status})
		}
		for points, want := range c.want {
			if got := BucketOf(buckets, points).Name; got != want {
				t.Errorf("%s, %g: %q, want %q", c.buckets, points, got, want)
			}
		}
	}
}

func TestScoringByChecklist(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	e, c := start(t, func(o *Options) { o.Receivers = []Receiver{{URL: in.URL}} })
	data[partnerapi.Scoring](t, e, "PUT", "/extensions/scoring", `{"mode":"checklist"}`)
	points := []partnerapi.KeyPoint{{"root cause", "underlying cause"}, {"prevention", "prevent"}, {"FIXED"}}
	a := newAssessment(t, e,
		partnerapi.QuestionRequest{Question: "How do you debug a failing service?", KeyPoints: &points},
		partnerapi.QuestionRequest{Question: "Anything else that you want to say?"})
	id := sendInvite(t, e, a, "john@example.com")
	actAs(t, e, c, id, conformance.StepStart, conformance.StepAnswer, conformance.StepSubmit)
	got := result1(t, e, a)
	if got.Score == nil || *got.Score != 66.67 || got.EvaluationStatus != "completed" || got.AIScore != nil {
		t.Errorf("result %+v", got)
	}
	if q := got.Questions[0]; *q.Score != 66.67 || *q.ReasonOfScore != "Checklist: 2 of 3 key points found: root cause, FIXED" {
		t.Errorf("answer %+v", q)
	}
	if q := got.Questions[1]; q.Score != nil || q.ReasonOfScore != nil {
		t.Errorf("an answer without key points is scored: %+v", q)
	}
	ground := evaluation(t, e, a, id)
	if ground.Basis != partnerapi.ScoringChecklist || ground.Confirmed || ground.Bucket != "Good Fit" {
		t.Errorf("evaluation %+v", ground)
	}
	var words []string
	for _, p := range ground.Questions[0].Evidence {
		words = append(words, got.Questions[0].UserAnswer[p.Start:p.End])
	}
	if diff := cmp.Diff([]string{"root cause", "fixed"}, words); diff != "" {
		t.Error(diff)
	}
	settleAll(t, e)
	if names := in.names(); names[len(names)-1] != "interview.scoring_completed" {
		t.Errorf("webhooks %q", names)
	}

	none := newAssessment(t, e, partnerapi.QuestionRequest{Question: "Anything else that you want to say?"})
	actAs(t, e, c, sendInvite(t, e, none, "john@example.com"), conformance.StepStart, conformance.StepSubmit)
	if got := result1(t, e, none); got.Score != nil || got.EvaluationStatus != "pending_review" {
		t.Errorf("without key points: %+v", got)
	}
}

func TestScoringByPeople(t *testing.T) {
	t.Parallel()
	e, c := start(t)
	a, id := takesInterview(t, e, c, "john@example.com", conformance.StepStart, conformance.StepAnswer, conformance.StepSubmit)
	path := "/extensions" + pathOf(a, "/candidates/"+id+"/evaluation")
	if got := evaluation(t, e, a, id); got.Basis != "" || got.Status != "pending_review" {
		t.Errorf("before: %+v", got)
	}
	question := result1(t, e, a).Questions[0].ID
	for _, bad := range []any{
		`{"score":101}`, `{"score":-1}`, `{"score":"80"}`,
		partnerapi.EvaluationRequest{Score: 80, Questions: []partnerapi.QuestionScore{{QuestionID: "nothing", Score: new(10.0)}}},
		partnerapi.EvaluationRequest{Score: 80, Questions: []partnerapi.QuestionScore{{QuestionID: question, Score: new(100.5)}}},
	} {
		refused(t, do(t, e, "PUT", path, bad), partnerapi.CodeInvalidRequest)
	}
	if got := result1(t, e, a); got.Score != nil {
		t.Fatalf("a refused evaluation left %v", *got.Score)
	}
	got := data[partnerapi.Evaluation](t, e, "PUT", path, partnerapi.EvaluationRequest{
		Score: 78.5, Summary: "Solid.", Questions: []partnerapi.QuestionScore{{QuestionID: question, Score: new(85.0), Reason: "Good steps."}},
	})
	if got.Basis != partnerapi.ScoringPeople || !got.Confirmed || got.Bucket != "Strong Fit" || got.Summary != "Solid." || got.Status != "completed" {
		t.Errorf("after: %+v", got)
	}
	if r := result1(t, e, a); *r.Score != 78.5 || *r.Questions[0].Score != 85 || *r.Questions[0].ReasonOfScore != "Good steps." {
		t.Errorf("result %+v", r)
	}
	got = data[partnerapi.Evaluation](t, e, "PUT", path, partnerapi.EvaluationRequest{Score: 30})
	if r := result1(t, e, a); *r.Score != 30 || r.Questions[0].Score != nil || r.Questions[0].ReasonOfScore != nil || got.Bucket != "Not a Fit" || got.Summary != "" {
		t.Errorf("replaced: %+v, %+v", got, r)
	}

	b, unfinished := takesInterview(t, e, c, "jane@example.com", conformance.StepStart)
	refused(t, do(t, e, "PUT", "/extensions"+pathOf(b, "/candidates/"+unfinished+"/evaluation"), `{"score":50}`), partnerapi.CodeNotFound)
	refused(t, do(t, e, "PUT", "/extensions"+pathOf(b, "/candidates/"+id+"/evaluation"), `{"score":50}`), partnerapi.CodeNotFound)
}

// scorer is a function as a Scorer.
type scorer func(score.Submission) (score.Suggestion, error)

func (s scorer) Score(_ context.Context, sub score.Submission) (score.Suggestion, error) {
	return s(sub)
}

func (scorer) Model() string { return "test-model" }

func TestScoringByModel(t *testing.T) {
	t.Parallel()
	var judged score.Submission
	fail := false
	in := newInbox(t)
	e, c := start(t, func(o *Options) {
		o.Receivers = []Receiver{{URL: in.URL}}
		o.Scorer = scorer(func(sub score.Submission) (score.Suggestion, error) {
			if judged = sub; fail {
				return score.Suggestion{}, errors.New("no answer")
			}
			return score.Suggestion{Score: new(60.0), Summary: "Knows the steps.", Answers: []score.Judgement{{
				Score: new(60.0), Reason: "Names the cause.", Evidence: []partnerapi.Passage{{Start: 0, End: 5, Point: "First"}},
			}}}, nil
		})
	})
	data[partnerapi.Scoring](t, e, "PUT", "/extensions/scoring", `{"mode":"model"}`)
	steps := []conformance.Step{conformance.StepStart, conformance.StepAnswer, conformance.StepSubmit}
	a, id := takesInterview(t, e, c, "john@example.com", steps...)
	if got := result1(t, e, a); got.EvaluationStatus != "pending" {
		t.Errorf("while the model works: %+v", got)
	}
	settleAll(t, e)
	got := result1(t, e, a)
	if got.Score != nil || *got.AIScore != 60 || *got.AISummary != "Knows the steps." || got.EvaluationStatus != "pending_review" ||
		got.Questions[0].Score != nil || *got.Questions[0].AIScore != 60 || *got.Questions[0].ReasonOfScore != "Names the cause." {
		t.Errorf("suggested: %+v", got)
	}
	if judged.Role != "Backend Engineer" || judged.Language != "english" || len(judged.Answers) != 1 || judged.Answers[0].Text == "" {
		t.Errorf("judged %+v", judged)
	}
	ground := evaluation(t, e, a, id)
	if ground.Basis != partnerapi.ScoringModel || ground.Confirmed || ground.Model != "test-model" || len(ground.Questions[0].Evidence) != 1 {
		t.Errorf("evaluation %+v", ground)
	}
	for _, name := range in.names() {
		if name == "interview.scoring_completed" {
			t.Error("a suggestion went out as a score")
		}
	}
	path := "/extensions" + pathOf(a, "/candidates/"+id+"/evaluation")
	if got := data[partnerapi.Evaluation](t, e, "PUT", path, `{"score":60}`); got.Basis != partnerapi.ScoringModel || !got.Confirmed {
		t.Errorf("confirmed: %+v", got)
	}
	if got := data[partnerapi.Evaluation](t, e, "PUT", path, `{"score":61}`); got.Basis != partnerapi.ScoringPeople || !got.Confirmed {
		t.Errorf("changed: %+v", got)
	}

	// A model that keeps failing is given up, and people can still judge.
	fail = true
	broken, brokenID := takesInterview(t, e, c, "jane@example.com", steps...)
	for range 6 {
		settleAll(t, e)
		c.add(2 * time.Minute)
	}
	if got := result1(t, e, broken); got.EvaluationStatus != "failed" {
		t.Errorf("given up: %+v", got)
	}
	last := in.all()[len(in.all())-1]
	if body := string(last.Body); !strings.Contains(body, `"interview.error"`) || !strings.Contains(body, `"errorCode":"SCORING_FAILED"`) || !strings.Contains(body, brokenID) {
		t.Errorf("last webhook %s", body)
	}
	data[partnerapi.Evaluation](t, e, "PUT", "/extensions"+pathOf(broken, "/candidates/"+brokenID+"/evaluation"), `{"score":61}`)

	// Switching the model off stops what is under way.
	fail = false
	stopped, _ := takesInterview(t, e, c, "jim@example.com", steps...)
	data[partnerapi.Scoring](t, e, "PUT", "/extensions/scoring", `{"mode":"people"}`)
	settleAll(t, e)
	if got := result1(t, e, stopped); got.EvaluationStatus != "pending_review" || got.AIScore != nil {
		t.Errorf("switched off: %+v", got)
	}
}

func TestScoringModeNeedsAModel(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	if got := data[partnerapi.Scoring](t, e, "GET", "/extensions/scoring", nil); got.Mode != partnerapi.ScoringPeople {
		t.Errorf("default %q", got.Mode)
	}
	refused(t, do(t, e, "PUT", "/extensions/scoring", `{"mode":"model"}`), partnerapi.CodeInvalidRequest)
	refused(t, do(t, e, "PUT", "/extensions/scoring", `{"mode":"dice"}`), partnerapi.CodeInvalidRequest)
	got := data[partnerapi.Extensions](t, e, "GET", "/extensions", nil)
	if !got.Has(partnerapi.CapEvaluation) || !got.Has(partnerapi.CapGenerationStatus) || got.InviteURL != "http://localhost:8080/room/i/{inviteId}" || got.Model != "" {
		t.Errorf("extensions %+v", got)
	}
}

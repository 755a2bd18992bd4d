package handlers_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// newCandidate keeps a candidate as a sync would.
func newCandidate(t *testing.T, app *apptest.App, a hiring.Assessment, ref string, edit func(c *hiring.Candidate)) hiring.Candidate {
	t.Helper()
	c, err := app.Store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: a.ID, InviteRef: ref}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
		c.Name, c.Email = "Candidate "+ref, ref+"@example.com"
		c.Advance(hiring.StageInvited, app.Handlers.Now())
		if edit != nil {
			edit(c)
		}
		return []hiring.HistoryEvent{{Kind: "invited", At: app.Handlers.Now(), Source: "person", Actor: "Rita"}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func scoredBy(score float64, basis hiring.Basis) func(c *hiring.Candidate) {
	return func(c *hiring.Candidate) {
		c.Stage, c.Score, c.Basis, c.Evaluation = hiring.StageFinished, &score, basis, hiring.EvaluationCompleted
	}
}

func names(p *apptest.Page) string {
	return strings.Join(p.Doc.Find("tbody th .cell > a").Map(func(_ int, s *goquery.Selection) string { return s.Text() }), ", ")
}

func TestCandidateListFiltersInItsAddress(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a, b := newInterview(t, app), newInterview(t, app)
	newCandidate(t, app, a, "ada", scoredBy(82.5, hiring.BasisChecklist))
	newCandidate(t, app, a, "bob", scoredBy(40, hiring.BasisPeople))
	newCandidate(t, app, b, "cleo", nil)
	reviewer := app.As(hiring.RoleReviewer)
	for query, want := range map[string]string{
		"?sort=name":                           "Candidate ada, Candidate bob, Candidate cleo",
		"?sort=score":                          "Candidate ada, Candidate bob, Candidate cleo",
		"?q=BOB":                               "Candidate bob",
		"?min=50":                              "Candidate ada",
		"?max=50&stage=completed":              "Candidate bob",
		fmt.Sprintf("?interview=%d", b.ID):     "Candidate cleo",
		"?stage=invited&stage=started":         "Candidate cleo",
		"?sort=name&min=nonsense&stage=no&at=": "Candidate ada, Candidate bob, Candidate cleo",
	} {
		if got := names(reviewer.Get("/candidates" + query)); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	page := reviewer.Get("/candidates?q=ada&sort=name")
	if !page.Has("1 person") || !page.Has("82.5 of 100, Strong") || !page.Has("by checklist: literal matches, not a judgement") || !page.Has("Bucket not received") {
		t.Errorf("a row: %s", page.Text("main"))
	}
	if href := page.Doc.Find("tbody th a").AttrOr("href", ""); !strings.HasSuffix(href, "?q=ada&sort=name") {
		t.Errorf("the row leads to %q, without the list", href)
	}
	if page := reviewer.Get("/candidates?q=nobody"); !page.Has("Nobody fits the filter") || !page.Has("Clear filters") {
		t.Errorf("none for the filter: %s", page.Text("main"))
	}
	if page := reviewer.Get(views.AssessmentHref(b.ID, views.TabCandidates)); names(page) != "Candidate cleo" {
		t.Errorf("of one interview: %q", names(page))
	}
	if page := reviewer.Get(views.AssessmentHref(999, views.TabCandidates)); page.Status != http.StatusNotFound {
		t.Errorf("of an interview that isn't there: %d", page.Status)
	}
}

func TestCandidateListWithNobody(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	if page := app.As(hiring.RoleRecruiter).Get(views.AssessmentHref(a.ID, views.TabCandidates)); !page.Has("Nobody has come yet") || !page.Has("Invite candidates") {
		t.Errorf("a recruiter: %s", page.Text("main"))
	}
	if page := app.As(hiring.RoleReviewer).Get("/candidates"); !page.Has("No candidates yet") {
		t.Errorf("a reviewer: %s", page.Text("main"))
	}
}

func TestOpenListAnnouncesNewRows(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	newCandidate(t, app, a, "ada", nil)
	client := app.As(hiring.RoleReviewer)
	live := client.Get("/candidates").Doc.Find("#results").AttrOr("hx-get", "")
	newCandidate(t, app, a, "bob", nil)
	newCandidate(t, app, a, "ada", scoredBy(91, hiring.BasisPeople))
	page := client.Get(live)
	if names(page) != "Candidate ada" || !page.Has("91 of 100") || !page.Has("1 new result · show") {
		t.Errorf("the open list: %q, %s", names(page), page.Text("#results"))
	}
	if again := page.Doc.Find("#results").AttrOr("hx-get", ""); again != live {
		t.Errorf("it reads itself from %q next, want %q", again, live)
	}
	shown := client.Get(page.Doc.Find("a.news").AttrOr("href", ""))
	if names(shown) != "Candidate bob, Candidate ada" && names(shown) != "Candidate ada, Candidate bob" || shown.Has("new result") {
		t.Errorf("after show: %q", names(shown))
	}
}

func TestCandidatePageShowsTheGround(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	c := newCandidate(t, app, a, "ada", func(c *hiring.Candidate) {
		scoredBy(82, hiring.BasisModel)(c)
		c.Name, c.Model, c.Confirmed, c.Bucket = `<script>alert("x")</script>`, "qwen", true, "Strong Fit"
	})
	score := 80.0
	_, err := app.Store.PutAnswers(t.Context(), c, []hiring.Answer{
		{QuestionRef: "q1", Position: 1, Question: "Why <i>so</i>?", Text: "Ein Über <b>queue</b> & more", Score: &score, Reason: "Names it.",
			Evidence: []hiring.Passage{{Start: 4, End: 9, Point: "över"}, {Start: 5, End: 6}, {Start: 8, End: 12}, {Start: 20, End: 900}, {Start: -4, End: 2}}},
		{QuestionRef: "q2", Position: 2, Question: "And?", Text: ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := app.Store.SaveQuestion(t.Context(), hiring.Question{AssessmentID: a.ID, Ref: "q1", Position: 1, Text: "Why?", IdealAnswer: "Forces and trade-offs", Instruction: "Weak: blames others",
		KeyPoints: []hiring.KeyPoint{{"queue", "buffer"}}, CreatedAt: app.Handlers.Now()}); err != nil {
		t.Fatal(err)
	}
	page := app.As(hiring.RoleReviewer).Get(views.CandidateHref(c.ID))
	for _, want := range []string{"82 of 100, Strong", "Strong Fit", "by qwen, confirmed by people", "No summary supplied.", "Ein Über <b>queue</b> & more", "Names it.",
		"Forces and trade-offs", "queue / buffer", "How to judge it", "Weak: blames others", "No answer was given.", "Invited by Rita"} {
		if !page.Has(want) {
			t.Errorf("the page lacks %q: %s", want, page.Text("main"))
		}
	}
	if marks := page.Doc.Find("mark"); marks.Length() != 1 || marks.Text() != "Über" {
		t.Errorf("evidence: %d marks, %q", marks.Length(), marks.Text())
	}
	if page.Doc.Find("main script, main i, .answer-text b").Length() != 0 {
		t.Error("what somebody said became markup")
	}
}

func TestCandidatePageSaysWhatToDo(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	client := app.As(hiring.RoleRecruiter)
	now := app.Handlers.Now()
	suggested := 71.0
	for name, test := range map[string]struct {
		edit func(c *hiring.Candidate)
		want []string
	}{
		"invited": {nil, []string{"Invited, not begun", "Copy invite link"}},
		"stuck": {func(c *hiring.Candidate) {
			at := now.Add(-hiring.StuckAfter - time.Hour)
			c.StageAt, c.InvitedAt = at, &at
		}, []string{"5 days ago, not begun", "Copy the link and write to Candidate yourself."}},
		"later":   {func(c *hiring.Candidate) { c.Advance(hiring.StageLater, now) }, []string{"Will complete later"}},
		"started": {func(c *hiring.Candidate) { c.Advance(hiring.StageStarted, now) }, []string{"Answering now"}},
		"error": {func(c *hiring.Candidate) {
			c.Advance(hiring.StageError, now)
			c.ErrorCode, c.ErrorMessage = "MIC", "No microphone"
		}, []string{"The interview broke", "No microphone (MIC)", "Copy invite link"}},
		"suggestion": {func(c *hiring.Candidate) {
			c.Stage, c.AIScore, c.Basis, c.Model, c.Evaluation = hiring.StageFinished, &suggested, hiring.BasisModel, "qwen", hiring.EvaluationPendingReview
		}, []string{"To review", "Suggested by qwen: 71", "A suggestion is no score", "the answers are on their way"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCandidate(t, app, a, name, test.edit)
			page := client.Get(views.CandidateHref(c.ID))
			for _, want := range test.want {
				if !page.Has(want) {
					t.Errorf("lacks %q: %s", want, page.Text("main"))
				}
			}
		})
	}
}

func TestCandidatePageWalksItsList(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	for _, ref := range []string{"ada", "bob", "cleo"} {
		newCandidate(t, app, a, ref, scoredBy(60, hiring.BasisPeople))
	}
	newCandidate(t, app, a, "dora", nil)
	client := app.As(hiring.RoleReviewer)
	list := client.Get("/candidates?stage=completed&sort=name")
	first, _ := list.Doc.Find("tbody th a").First().Attr("href")
	page := client.Get(first)
	var seen []string
	for range 4 {
		seen = append(seen, page.Text("h1")+" "+page.Text("nav[aria-label='Candidates of the list'] .num"))
		next, ok := page.Doc.Find("a[aria-label='Next candidate']").Attr("href")
		if !ok {
			break
		}
		page = client.Get(next)
	}
	if got := strings.Join(seen, ", "); got != "Candidate ada 1 of 3, Candidate bob 2 of 3, Candidate cleo 3 of 3" {
		t.Errorf("walked %q", got)
	}
	back, _ := url.Parse(page.Doc.Find(".crumb").First().AttrOr("href", ""))
	if back.Query().Get("stage") != "completed" || back.Query().Get("sort") != "name" {
		t.Errorf("the way back is %q", back)
	}
}

func TestTimelineSaysAnEndOnce(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	for reason, want := range map[string]string{"completed": "Finished", "timed_out": "Timed out"} {
		c := newCandidate(t, app, a, reason, nil)
		_, err := app.Store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: a.ID, InviteRef: reason}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
			status := map[string]string{"completed": "finished", "timed_out": "timed_out"}[reason]
			return []hiring.HistoryEvent{{Kind: "interview.ended", At: app.Handlers.Now(), Source: "webhook", Detail: map[string]string{"status": status, "reason": reason}}}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		page := app.As(hiring.RoleReviewer).Get(views.CandidateHref(c.ID))
		if said := page.Text(".timeline"); !strings.Contains(said, want) || strings.Contains(said, reason) {
			t.Errorf("the timeline says %q", said)
		}
	}
}

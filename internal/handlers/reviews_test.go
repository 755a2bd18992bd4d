package handlers_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// invited is a candidate of the desk's own engine in an interview of two questions.
func invited(t *testing.T, app *apptest.App, first string) hiring.Candidate {
	t.Helper()
	ctx := t.Context()
	a, err := app.Mirror.CreateAssessment(ctx, hiring.AssessmentDraft{
		Title: "Backend engineer", Role: "Engineer", Purpose: "To find out how somebody builds things.", Status: hiring.AssessmentActive,
		Duration: 20, Language: "english", Buckets: hiring.StandardBuckets,
	})
	must(t, err)
	for _, text := range []string{"Walk us through a system you designed.", "Tell us of a failure that taught you something."} {
		_, err := app.Mirror.AddQuestion(ctx, a.ID, hiring.QuestionDraft{Text: text})
		must(t, err)
	}
	by := app.Member(hiring.RoleRecruiter)
	batch, err := app.Store.InsertInviteBatch(ctx, a.ID, hiring.InviteCandidate, by.ID, time.Now(),
		[]hiring.Invitee{{Line: 1, FirstName: first, LastName: "Okafor", Email: first + "@example.com"}})
	must(t, err)
	_, err = app.Mirror.SendInvites(ctx, batch)
	must(t, err)
	c, err := app.Store.MatchCandidate(ctx, db.CandidateKeys{AssessmentID: a.ID, Email: first + "@example.com"})
	must(t, err)
	return c
}

// submitted is somebody who was invited and has answered.
func submitted(t *testing.T, app *apptest.App, first string) hiring.Candidate {
	t.Helper()
	ctx := t.Context()
	c := invited(t, app, first)
	_, err := app.Engine.Open(ctx, c.InviteRef)
	must(t, err)
	must(t, app.Engine.Start(ctx, c.InviteRef))
	room, err := app.Engine.Open(ctx, c.InviteRef)
	must(t, err)
	for _, draft := range room.Answers {
		must(t, app.Engine.SaveAnswer(ctx, c.InviteRef, draft.QuestionID, "A queue in front of a database."))
	}
	must(t, app.Engine.Submit(ctx, c.InviteRef))
	app.Until("the answers wait for review", func() bool {
		c, err = app.Store.Candidate(ctx, c.ID)
		must(t, err)
		return c.Wants()
	})
	return c
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func scored(t *testing.T, app *apptest.App, c hiring.Candidate, want float64) hiring.Candidate {
	t.Helper()
	app.Until(fmt.Sprintf("the score %g comes back from the provider", want), func() bool {
		var err error
		c, err = app.Store.Candidate(t.Context(), c.ID)
		must(t, err)
		return c.Score != nil && *c.Score == want
	})
	return c
}

func scorecardOf(c hiring.Candidate) string { return fmt.Sprintf("/candidates/%d/scorecard", c.ID) }

func pageOf(c hiring.Candidate) string { return fmt.Sprintf("/candidates/%d", c.ID) }

func require(t *testing.T, app *apptest.App, scorecards int) {
	t.Helper()
	must(t, app.Store.SaveWorkspace(t.Context(), hiring.Workspace{CompanyName: "Acme", RequiredScorecards: scorecards}))
}

func TestAScorecardBecomesTheProvidersScore(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c, other := submitted(t, app, "ada"), submitted(t, app, "grace")
	reviewer := app.As(hiring.RoleReviewer)

	if page := reviewer.Get("/reviews"); page.Doc.Find("tr[id^=waiting-]").Length() != 2 || page.Doc.Find("tr[id^=waiting-] a").First().Text() != "ada Okafor" {
		t.Errorf("My reviews: %s", page.Text("main"))
	}
	page := reviewer.Get(pageOf(c))
	if n := page.Doc.Find(`.answer input[type=radio][form=scorecard]`).Length(); n != 10 {
		t.Errorf("%d radio buttons beside two answers", n)
	}
	if page.Doc.Find(`.answers > .answer:last-of-type ~ * button[form=scorecard]`).Length() != 1 {
		t.Error("who has rated the last answer has to look for the button that saves")
	}
	saved := reviewer.Post(scorecardOf(c), "rating-1", "100", "rating-2", "50", "note-1", "Clear about trade-offs.", "comment", "Would hire.")
	if saved.Status != http.StatusSeeOther {
		t.Fatalf("saving: %d %s", saved.Status, saved.Text("main"))
	}
	if saved.Location != pageOf(c) {
		t.Errorf("after saving it goes to %q, past what it says at the top", saved.Location)
	}
	page = saved.Follow()
	if href := page.Doc.Find("#flashes a").AttrOr("href", ""); !page.Has("Your scorecard is saved.") || href != pageOf(other) {
		t.Errorf("after saving: %q leads to %q", page.Text("#flashes"), href)
	}
	c = scored(t, app, c, 75)
	if c.Basis != hiring.BasisPeople || c.Bucket == "" || c.Evaluation != hiring.EvaluationCompleted || !c.Confirmed {
		t.Errorf("scored: %+v", c)
	}
	answers, err := app.Store.Answers(t.Context(), c.ID)
	must(t, err)
	if page := reviewer.Get(pageOf(c)); page.Has("No reason supplied.") {
		t.Error("it misses a reason for a rating that people gave")
	}
	if a := answers[0]; a.Score == nil || *a.Score != 100 || a.Reason != reviewer.User.Name+": Clear about trade-offs." {
		t.Errorf("first answer: %+v", a)
	}

	// A changed scorecard is pushed again.
	page = reviewer.Get(pageOf(c) + "?review=edit")
	if page.Value("rating-2") != "50" || page.Value("note-1") != "Clear about trade-offs." || page.Value("comment") != "Would hire." {
		t.Errorf("the form to change it holds %q, %q, %q", page.Value("rating-2"), page.Value("note-1"), page.Value("comment"))
	}
	reviewer.Post(scorecardOf(c), "rating-1", "100", "rating-2", "100")
	scored(t, app, c, 100)
	cards, err := app.Store.Scorecards(t.Context(), c.ID)
	must(t, err)
	if len(cards) != 1 || cards[0].Comment != "" {
		t.Errorf("scorecards: %+v", cards)
	}
	page = reviewer.Get("/reviews")
	if page.Doc.Find("tr[id^=waiting-]").Length() != 1 || page.Doc.Find("tr[id^=done-]").Length() != 1 {
		t.Errorf("My reviews afterwards: %s", page.Text("main"))
	}
}

func TestARefusedScorecardKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := submitted(t, app, "ada")
	reviewer := app.As(hiring.RoleReviewer)
	page := reviewer.Post(scorecardOf(c), "rating-1", "75", "note-2", "Half an answer.", "comment", "Not sure.")
	if page.Status != http.StatusUnprocessableEntity || page.Doc.Find(`.error-summary a[href="#rating-2"]`).Length() != 1 || page.Doc.Find("#rating-2").Length() != 1 {
		t.Errorf("status %d, summary %q", page.Status, page.Text(".error-summary"))
	}
	if page.Value("rating-1") != "75" || page.Value("note-2") != "Half an answer." || page.Value("comment") != "Not sure." {
		t.Errorf("lost: %q, %q, %q", page.Value("rating-1"), page.Value("note-2"), page.Value("comment"))
	}
	if page := reviewer.Post(scorecardOf(c), "rating-1", "80", "rating-2", "50"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a rating that is no step: %d", page.Status)
	}
	if cards, err := app.Store.Scorecards(t.Context(), c.ID); err != nil || len(cards) != 0 {
		t.Errorf("kept all the same: %v, %v", cards, err)
	}
}

func TestOthersScorecardsAreHiddenUntilMine(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	require(t, app, 2)
	c := submitted(t, app, "ada")
	first, second := app.As(hiring.RoleReviewer), app.As(hiring.RoleRecruiter)
	page := first.Post(scorecardOf(c), "rating-1", "75", "rating-2", "75", "note-1", "Knows queues.", "comment", "A clear yes.").Follow()
	if !page.Has("1 of 2 scorecards in") || !page.Has("A clear yes.") || page.Doc.Find("form#scorecard").Length() != 0 {
		t.Errorf("who saved sees: %s", page.Text("#review"))
	}
	page = second.Get(pageOf(c))
	if page.Has("A clear yes.") || page.Has("Knows queues.") || !page.Has("hidden until you have saved your scorecard") {
		t.Errorf("who has not saved sees: %s", page.Text("main"))
	}
	if !second.Get("/reviews").Has("1 of 2 in") {
		t.Error("My reviews doesn't say that one is in")
	}
	page = second.Post(scorecardOf(c), "rating-1", "25", "rating-2", "50").Follow()
	if !page.Has("A clear yes.") || !page.Has("Knows queues.") {
		t.Errorf("after saving: %s", page.Text("#review"))
	}
	scored(t, app, c, 56.25)
	if third := app.As(hiring.RoleReviewer); third.Get("/reviews").Doc.Find("tr[id^=waiting-]").Length() != 0 || !third.Get(pageOf(c)).Has("A clear yes.") {
		t.Error("with the required scorecards in, it still waits for or hides from a third")
	}
}

func TestRequiringFewerScorecardsMakesTheScore(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	require(t, app, 2)
	c := submitted(t, app, "ada")
	app.As(hiring.RoleReviewer).Post(scorecardOf(c), "rating-1", "75", "rating-2", "75")
	if page := app.As(hiring.RoleAdmin).Post("/admin/settings", "company_name", "Acme", "required_scorecards", "1"); page.Status != http.StatusSeeOther {
		t.Fatalf("saving the settings: %d", page.Status)
	}
	scored(t, app, c, 75)
}

func TestTwoReviewersAtOnce(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	require(t, app, 2)
	c := submitted(t, app, "ada")
	var both sync.WaitGroup
	for _, rating := range []string{"100", "50"} {
		client := app.As(hiring.RoleReviewer)
		both.Go(func() {
			if page := client.Post(scorecardOf(c), "rating-1", rating, "rating-2", rating); page.Status != http.StatusSeeOther {
				t.Errorf("saving: %d", page.Status)
			}
		})
	}
	both.Wait()
	scored(t, app, c, 75)
}

func TestNothingToReviewBeforeTheEnd(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := candidateAt(t, app, hiring.StageStarted, hiring.EvaluationNone)
	reviewer := app.As(hiring.RoleReviewer)
	if page := reviewer.Get(pageOf(c)); !page.Has("hasn’t finished yet") || page.Doc.Find("form#scorecard, [type=radio]").Length() != 0 {
		t.Errorf("before the end: %s", page.Text("#review"))
	}
	if page := reviewer.Post(scorecardOf(c), "rating-1", "50"); page.Status != http.StatusConflict {
		t.Errorf("scoring before the end: %d", page.Status)
	}
	if page := reviewer.Post("/candidates/999999/scorecard"); page.Status != http.StatusNotFound {
		t.Errorf("scoring nobody: %d", page.Status)
	}
	if page := app.Nobody().Post(scorecardOf(c)); page.Location != "/login" {
		t.Errorf("scoring without signing in: %d %q", page.Status, page.Location)
	}
}

// candidateAt is a candidate that the desk knows of, with an answer if the interview is over; the engine doesn't.
func candidateAt(t *testing.T, app *apptest.App, stage hiring.Stage, evaluation hiring.EvaluationStatus) hiring.Candidate {
	t.Helper()
	ctx, now := context.Background(), time.Now()
	a, err := app.Store.UpsertAssessment(ctx, hiring.Assessment{ConnectionID: app.Mirror.Connection(), Ref: "a1", Title: "Backend engineer",
		Status: hiring.AssessmentActive, Duration: 20, Language: "english", SyncedAt: now})
	must(t, err)
	score := 61.5
	var c hiring.Candidate
	must(t, app.Store.InTx(ctx, func(tx *db.Store) error {
		c, err = tx.ChangeCandidate(ctx, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "c1", Email: "ada@example.com"}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
			c.Name = "Ada Okafor"
			c.Advance(stage, now)
			if c.Evaluation = evaluation; evaluation == hiring.EvaluationCompleted {
				c.Score, c.Basis = &score, hiring.BasisProvider
			} else if stage.Over() {
				c.AIScore, c.Model = &score, "judge-1"
			}
			return nil, nil
		})
		if err != nil || !stage.Over() {
			return err
		}
		_, err = tx.PutAnswers(ctx, c, []hiring.Answer{{QuestionRef: "q1", Position: 1, Question: "Walk us through a system.", Text: "A queue.", AIScore: &score}})
		return err
	}))
	return c
}

func TestAtAProviderThatTakesNoScoresTheMeanStandsBeside(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Provider: http.NotFoundHandler()})
	c := candidateAt(t, app, hiring.StageFinished, hiring.EvaluationCompleted)
	reviewer := app.As(hiring.RoleReviewer)
	if page := reviewer.Get(pageOf(c)); page.Doc.Find("form#scorecard").Length() != 0 || !page.Has("TapTalent scored this.") {
		t.Errorf("before: %s", page.Text("#review"))
	}
	if reviewer.Get(pageOf(c)+"?review=edit").Doc.Find("form#scorecard").Length() != 1 {
		t.Error("no form to add a scorecard")
	}
	page := reviewer.Post(scorecardOf(c), "rating-1", "100").Follow()
	if !page.Has("Team’s mean") || !page.Has("TapTalent makes the score by itself.") {
		t.Errorf("after: %s", page.Text("#review"))
	}
	if c, err := app.Store.Candidate(t.Context(), c.ID); err != nil || *c.Score != 61.5 || c.Basis != hiring.BasisProvider {
		t.Errorf("the provider's score became %v (%v), %v", *c.Score, c.Basis, err)
	}
	if page := reviewer.Post(scorecardOf(c) + "/confirm"); page.Status != http.StatusSeeOther || !page.Follow().Has("no suggestion to confirm") {
		t.Errorf("confirming what is no suggestion: %d", page.Status)
	}
}

// takesScores is a provider that can take people's scores and, while it is down, answers nothing.
type takesScores struct {
	mu    sync.Mutex
	down  bool
	asked chan struct{} // a score was sent to it
	got   []partnerapi.EvaluationRequest
}

func (p *takesScores) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	switch {
	case r.Method == http.MethodGet && r.URL.Path == partnerapi.BasePath+partnerapi.PathExtensions:
		fmt.Fprint(w, `{"status":"success","data":{"provider":"Judges","capabilities":["evaluation"]}}`)
	case r.Method == http.MethodPut:
		select {
		case p.asked <- struct{}{}:
		default:
		}
		if p.down {
			w.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		var body partnerapi.EvaluationRequest
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		p.got = append(p.got, body)
		fmt.Fprint(w, `{"status":"success","data":{"basis":"model","confirmed":true,"status":"completed","questions":[]}}`)
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"NOT_FOUND","type":"not_found","errorMessage":"Nothing here"}}`)
	}
}

func TestAScoreIsSentLaterWhenTheProviderIsDown(t *testing.T) {
	t.Parallel()
	provider := &takesScores{down: true, asked: make(chan struct{}, 1)}
	app := apptest.Start(t, apptest.Options{Provider: provider})
	c := candidateAt(t, app, hiring.StageFinished, hiring.EvaluationPendingReview)
	reviewer := app.As(hiring.RoleReviewer)
	if page := reviewer.Post(scorecardOf(c), "rating-1", "75", "note-1", "Good."); page.Status != http.StatusSeeOther {
		t.Fatalf("saving while the provider is down: %d %s", page.Status, page.Text("main"))
	}
	<-provider.asked
	if page := reviewer.Get(pageOf(c)); !page.Has("on its way") {
		t.Errorf("while it is down: %s", page.Text("#review"))
	}
	provider.mu.Lock()
	provider.down = false
	provider.mu.Unlock()
	app.Until("the score arrives", func() bool {
		must(t, app.Mirror.PushUnsent(t.Context()))
		cards, err := app.Store.Scorecards(t.Context(), c.ID)
		must(t, err)
		return cards[0].SentAt != nil
	})
	provider.mu.Lock()
	defer provider.mu.Unlock()
	if got := provider.got[0]; got.Score != 75 || len(got.Questions) != 1 || got.Questions[0].QuestionID != "q1" || *got.Questions[0].Score != 75 ||
		got.Questions[0].Reason != reviewer.User.Name+": Good." {
		t.Errorf("sent: %+v", provider.got)
	}
}

func TestConfirmingASuggestion(t *testing.T) {
	t.Parallel()
	provider := &takesScores{asked: make(chan struct{}, 1)}
	app := apptest.Start(t, apptest.Options{Provider: provider})
	c := candidateAt(t, app, hiring.StageFinished, hiring.EvaluationPendingReview)
	reviewer := app.As(hiring.RoleReviewer)
	page := reviewer.Get(pageOf(c))
	if !page.Has("judge-1 suggests") || page.Doc.Find(`form[action$="/scorecard/confirm"]`).Length() != 1 {
		t.Errorf("the suggestion: %s", page.Text("#review"))
	}
	page = reviewer.Post(scorecardOf(c) + "/confirm").Follow()
	if !page.Has("Confirmed the suggestion as it is") {
		t.Errorf("after confirming: %s", page.Text("#review"))
	}
	app.Until("the score arrives", func() bool {
		cards, err := app.Store.Scorecards(t.Context(), c.ID)
		must(t, err)
		return cards[0].SentAt != nil
	})
	provider.mu.Lock()
	defer provider.mu.Unlock()
	if got := provider.got; len(got) != 1 || got[0].Score != 61.5 || *got[0].Questions[0].Score != 61.5 {
		t.Errorf("sent: %+v", got)
	}
}

// TestAPageIsReadOnce looks at the parts of a candidate's page that keep themselves fresh: the script fetches parts of one
// address once.
func TestAPageIsReadOnce(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := submitted(t, app, "ada")
	reviewer := app.As(hiring.RoleReviewer)
	for _, page := range []*apptest.Page{
		reviewer.Get(pageOf(c)), reviewer.Get(pageOf(c) + "?sort=name&stage=completed&review=edit"), reviewer.Post(scorecardOf(c) + "?sort=name"),
	} {
		var addresses []string
		parts := page.Doc.Find(".page [data-live]")
		parts.Each(func(_ int, part *goquery.Selection) {
			if at := part.AttrOr("hx-get", ""); !slices.Contains(addresses, at) {
				addresses = append(addresses, at)
			}
		})
		if parts.Length() < 4 || len(addresses) != 1 {
			t.Errorf("%d: %d parts are read from %q", page.Status, parts.Length(), addresses)
		}
	}
	if action := reviewer.Post(scorecardOf(c)).Doc.Find("#scorecard").AttrOr("action", ""); !strings.HasSuffix(action, "#review") {
		t.Errorf("a scorecard that is refused comes back at %s", action)
	}
}

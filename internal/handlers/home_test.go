package handlers_test

import (
	"errors"
	"net/http"
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

func TestAFreshInstallationTeachesTheSteps(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	page := app.As(hiring.RoleAdmin).Get("/")
	if page.Doc.Find(".steps > li").Length() != 3 || page.Doc.Find(`.steps a.btn`).Length() != 1 || page.Doc.Find(`.steps a.btn[href="/interviews/new"]`).Length() != 1 {
		t.Errorf("before anything: %s", page.Text("main"))
	}
	page = app.As(hiring.RoleReviewer).Get("/")
	if page.Status != http.StatusOK || page.Doc.Find("main a.btn").Length() != 0 || !page.Has("Nothing to review yet") {
		t.Errorf("a reviewer sees: %s", page.Text("main"))
	}
	_, err := app.Mirror.CreateAssessment(t.Context(), hiring.AssessmentDraft{Title: "Backend engineer", Role: "Engineer",
		Purpose: "To find out how somebody builds things.", Status: hiring.AssessmentActive, Duration: 20, Language: "english", Buckets: hiring.StandardBuckets})
	must(t, err)
	page = app.As(hiring.RoleRecruiter).Get("/")
	if page.Doc.Find(".steps > li[data-done]").Length() != 1 || page.Text(".steps a.btn") != "Invite candidates" {
		t.Errorf("with an interview: %s", page.Text("main"))
	}
}

func TestHomeSaysWhatNeedsYou(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := submitted(t, app, "ada")
	reviewer := app.As(hiring.RoleReviewer)
	page := reviewer.Get("/")
	if page.Text(`.stat[href="/reviews"]`) != "1 to review" || page.Text(".page-actions a") != "Review ada Okafor" {
		t.Errorf("what needs me: %s", page.Text("main"))
	}
	for _, href := range []string{"/candidates?stage=started", "/candidates?stage=error", "/candidates?stuck=true"} {
		link := page.Doc.Find(`.stat[href="` + href + `"]`)
		if link.Length() != 1 {
			t.Errorf("no figure leads to %s", href)
		} else if list := reviewer.Get(href); list.Status != http.StatusOK {
			t.Errorf("%s: %d", href, list.Status)
		}
	}
	reviewer.Post(scorecardOf(c), "rating-1", "100", "rating-2", "50")
	scored(t, app, c, 75)
	page = reviewer.Get("/")
	for _, said := range []string{
		"invited ada Okafor to Backend engineer", "ada Okafor began Backend engineer", "ada Okafor finished Backend engineer",
		reviewer.User.Name + " reviewed ada Okafor in Backend engineer", "ada Okafor scored 75 in Backend engineer, by people",
		"Nothing needs you now.", "n = 1",
	} {
		if !page.Has(said) {
			t.Errorf("the home page doesn't say %q: %s", said, page.Text("main"))
		}
	}
	if page.Has("interview.") {
		t.Errorf("an event is shown by its name: %s", page.Text(".activity"))
	}
	if page.Text("#funnel-figures td") != "1 1 100 %1 100 %1 100 %" {
		t.Errorf("funnel: %q", page.Text("#funnel-figures td"))
	}
	if row := page.Text("#score-figures tr:nth-child(8)"); row != "70–801" {
		t.Errorf("histogram: %q", row)
	}
}

func TestHomeShowsSampleDataOnItsWay(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	must(t, app.Store.BeginSample(t.Context()))
	client := app.As(hiring.RoleAdmin)
	if page := client.Get("/"); !page.Has("Adding sample data…") {
		t.Errorf("while it runs: %s", page.Text("main"))
	}
	must(t, app.Store.EndSample(t.Context(), hiring.SampleFailed))
	if page := client.Get("/"); !page.Has("could not be added whole") {
		t.Errorf("when it failed: %s", page.Text("main"))
	}
}

func TestHomeTellsOfAProviderThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Provider: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })})
	if err := app.Mirror.SyncAssessments(t.Context()); !errors.Is(err, hiring.ErrUnavailable) {
		t.Fatalf("asking the provider: %v", err)
	}
	page := app.As(hiring.RoleReviewer).Get("/")
	if page.Status != http.StatusOK || !page.Has("What you see is from") {
		t.Errorf("%d %s", page.Status, page.Text("main"))
	}
}

package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

const hostile = `<script>alert("x")</script> & 'Ünï` + "\u202e" + `cødé'`

// draft is a filled form of a new interview; pairs come on top.
func draftForm(title string, pairs ...string) []string {
	return append([]string{
		"title", title, "role", "Backend engineer", "purpose", "Learn how people run services under load, and what they do when one fails.",
		"duration", "25", "language", "german", "skills", "Go, go,  PostgreSQL ", "status", "active", "email_verification", "true",
		"bucket_name", "Strong", "bucket_description", "Exceeds", "bucket_outcome", "pass",
		"bucket_name", "", "bucket_description", "", "bucket_outcome", "pass",
		"bucket_name", "Weak", "bucket_description", "", "bucket_outcome", "fail",
	}, pairs...)
}

// makeInterview makes an interview through the page and gives its address.
func makeInterview(t *testing.T, c *apptest.Client, title string, pairs ...string) string {
	t.Helper()
	page := c.Post("/interviews", draftForm(title, pairs...)...)
	if page.Status != http.StatusSeeOther || !strings.HasPrefix(page.Location, "/interviews/") {
		t.Fatalf("making an interview: %d %q %s", page.Status, page.Location, page.Text(".error-summary"))
	}
	return page.Location
}

func interviewID(t *testing.T, at string) (id int64) {
	t.Helper()
	if _, err := fmt.Sscanf(at, "/interviews/%d", &id); err != nil {
		t.Fatalf("no interview at %q", at)
	}
	return id
}

func TestInterviewKeepsEveryField(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, hostile)
	a, err := app.Store.Assessment(t.Context(), interviewID(t, at))
	if err != nil {
		t.Fatal(err)
	}
	if a.Title != hostile || a.Duration != 25 || a.Language != "german" || strings.Join(a.Skills, "|") != "Go|PostgreSQL" ||
		len(a.Buckets) != 2 || a.Buckets[0] != (hiring.Bucket{Name: "Strong", Description: "Exceeds", Pass: true}) || a.Buckets[1].Pass ||
		a.EmailVerification == nil || !*a.EmailVerification || a.CEFR == nil || *a.CEFR || a.URL == "" {
		t.Errorf("kept: %+v", a)
	}
	page := c.Get(at)
	if page.Status != http.StatusOK || page.Text("h1") != strings.Join(strings.Fields(hostile), " ") || strings.Contains(page.Body, "<script>alert") {
		t.Errorf("page of the interview: %d %q", page.Status, page.Text("h1"))
	}
	if !page.Has("No question yet") {
		t.Errorf("an interview without questions says: %s", page.Text("main"))
	}
	for _, path := range []string{at + "/settings", "/interviews", "/interviews/new?from=" + strings.TrimPrefix(at, "/interviews/")} {
		if page := c.Get(path); page.Status != http.StatusOK || strings.Contains(page.Body, "<script>alert") {
			t.Errorf("%s: %d", path, page.Status)
		}
	}
}

func TestRefusedInterviewKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	page := c.Post("/interviews", "title", " ", "role", hostile, "purpose", "short", "duration", "ninety", "language", "klingon", "status", "active",
		"bucket_name", "Same", "bucket_description", "", "bucket_outcome", "pass", "bucket_name", "same", "bucket_description", "x", "bucket_outcome", "fail")
	if page.Status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.Text("title"), "Error: ") {
		t.Fatalf("answered %d with the title %q", page.Status, page.Text("title"))
	}
	for _, want := range []string{"Enter a title.", "Write at least 10 characters; this has 5.", "Choose from 1 to 120 minutes.", "Choose a language from the list.", "Two buckets are called"} {
		if !strings.Contains(page.Text(".error-summary"), want) {
			t.Errorf("the summary lacks %q: %s", want, page.Text(".error-summary"))
		}
	}
	if page.Value("role") != hostile || page.Value("duration") != "ninety" || page.Doc.Find("[name=bucket_name]").Length() != 3 { // two and the blank row
		t.Errorf("kept role %q, duration %q, %d buckets", page.Value("role"), page.Value("duration"), page.Doc.Find("[name=bucket_name]").Length())
	}
	if _, total, err := app.Store.Assessments(t.Context(), app.Mirror.Connection(), hiring.AssessmentFilter{}, 10, 0); err != nil || total != 0 {
		t.Errorf("%d interviews were made, %v", total, err)
	}
}

func TestBucketRowsGrowAndShrinkWithoutScript(t *testing.T) {
	t.Parallel()
	c := apptest.Start(t).As(hiring.RoleRecruiter)
	rows := func(p *apptest.Page) int { return p.Doc.Find("[data-repeat-list] [name=bucket_name]").Length() }
	page := c.Post("/interviews", draftForm("Kept", "rows", "add")...)
	if page.Status != http.StatusOK || rows(page) != 4 || page.Value("title") != "Kept" {
		t.Errorf("adding a row: %d, %d rows, title %q", page.Status, rows(page), page.Value("title"))
	}
	page = c.Post("/interviews", draftForm("Kept", "rows", "remove-1")...)
	if first := page.Doc.Find("[name=bucket_name]").First().AttrOr("value", ""); rows(page) != 2 || first != "" {
		t.Errorf("removing the first row: %d rows, the first is %q", rows(page), first)
	}
}

func TestListOfInterviews(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	empty := c.Get("/interviews")
	if !empty.Has("No interview yet") || empty.Doc.Find(`main a[href="/interviews/new"]`).Length() != 1 || empty.Doc.Find(`main a[href="/interviews/generate"]`).Length() != 1 {
		t.Errorf("the empty list: %s", empty.Text("main"))
	}
	if page := app.As(hiring.RoleReviewer).Get("/interviews"); page.Doc.Find(`main a[href="/interviews/new"]`).Length() != 0 {
		t.Error("a reviewer is offered to write an interview")
	}
	for i := range 27 {
		makeInterview(t, c, fmt.Sprintf("Interview %02d", i))
	}
	makeInterview(t, c, "100% of_it", "status", "inactive") // the first status counts: it stays active
	titles := func(path string) (list []string) {
		for _, link := range c.Get(path).Doc.Find("tbody .name").EachIter() {
			list = append(list, link.Text())
		}
		return list
	}
	if got := titles("/interviews?sort=title"); len(got) != 25 || got[0] != "100% of_it" || got[1] != "Interview 00" {
		t.Errorf("first page by title: %q", got)
	}
	if got := titles("/interviews?sort=title&page=2"); len(got) != 3 || got[2] != "Interview 26" {
		t.Errorf("second page by title: %q", got)
	}
	if page := c.Get("/interviews?sort=title&page=9"); page.Status != http.StatusSeeOther || page.Location != "/interviews?page=2&sort=title" {
		t.Errorf("a page that isn't there: %d %q", page.Status, page.Location)
	}
	if got := titles("/interviews?q=" + "%25+of_"); len(got) != 1 {
		t.Errorf("looking for %% and _: %q", got)
	}
	if page := c.Get("/interviews?status=inactive"); !page.Has("No interview fits") {
		t.Errorf("inactive ones: %s", page.Text("main"))
	}
	if page := c.Get("/interviews?status=nonsense&sort=;drop&page=-4"); page.Status != http.StatusOK || !page.Has("28 interviews") {
		t.Errorf("nonsense in the address: %d", page.Status)
	}
}

func TestSettingsChangeAndExplain(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Before")
	page := c.Post(at+"/settings", "title", "After", "purpose", "Another purpose", "duration", "150", "language", "english", "skills", "")
	if page.Location != at+"/settings" {
		t.Fatalf("saving: %d %s", page.Status, page.Text(".error-summary"))
	}
	page = page.Follow()
	if page.Value("title") != "After" || page.Value("duration") != "150" || !page.Has("Changes saved.") || !page.Has("Duplicate with changes") {
		t.Errorf("settings afterwards: %q %q", page.Value("title"), page.Value("duration"))
	}
	page = c.Post(at+"/settings", "title", "", "purpose", "kept words", "duration", "181", "language", "english")
	if page.Status != http.StatusUnprocessableEntity || page.Value("purpose") != "kept words" || page.Value("duration") != "181" {
		t.Errorf("a refused change: %d %q %q", page.Status, page.Value("purpose"), page.Value("duration"))
	}
	reader := app.As(hiring.RoleReviewer)
	if page := reader.Get(at + "/settings"); page.Status != http.StatusOK || page.Doc.Find("main form").Length() != 0 {
		t.Errorf("a reviewer's settings: %d with %d forms", page.Status, page.Doc.Find("main form").Length())
	}
	if page := reader.Post(at+"/settings", "title", "Mine"); page.Status != http.StatusForbidden {
		t.Errorf("a reviewer changed the settings: %d", page.Status)
	}
}

func TestDuplicateBringsQuestionsWithNotes(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Original")
	for i := range 3 {
		addQuestion(t, c, at, fmt.Sprintf("What did you learn in year %d?", i))
	}
	form := c.Get("/interviews/new?from=" + strings.TrimPrefix(at, "/interviews/"))
	if form.Value("title") != "Original (copy)" || form.Value("duration") != "25" || form.Value("language") != "german" || !form.Has("3 questions come along") {
		t.Errorf("the form of a duplicate: %s", form.Text("main"))
	}
	copied := interviewID(t, makeInterview(t, c, "Copy", "from", strings.TrimPrefix(at, "/interviews/")))
	app.Until("the questions are copied", func() bool {
		a, err := app.Store.Assessment(t.Context(), copied)
		return err == nil && a.Generation.State == hiring.GenerationReady
	})
	questions, err := app.Store.Questions(t.Context(), copied)
	if err != nil || len(questions) != 3 {
		t.Fatalf("%d questions, %v", len(questions), err)
	}
	for i, q := range questions {
		if q.Text != fmt.Sprintf("What did you learn in year %d?", i) || q.IdealAnswer != "Names a mistake." || q.Instruction != "Ask once more." || len(q.KeyPoints) != 2 {
			t.Errorf("question %d: %+v", i, q)
		}
	}
}

func TestInterviewOfAnotherConnectionIsNotFound(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	other, err := app.Store.Connection(t.Context(), "taptalent", "other")
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.Store.UpsertAssessment(t.Context(), hiring.Assessment{ConnectionID: other, Ref: "x", Title: "Elsewhere", Status: hiring.AssessmentActive, Language: "english", SyncedAt: app.Handlers.Now()})
	if err != nil {
		t.Fatal(err)
	}
	c := app.As(hiring.RoleRecruiter)
	for _, path := range []string{"", "/settings"} {
		if page := c.Get(fmt.Sprintf("/interviews/%d%s", a.ID, path)); page.Status != http.StatusNotFound {
			t.Errorf("%q: %d", path, page.Status)
		}
	}
	batch, err := app.Store.InsertInviteBatch(t.Context(), a.ID, hiring.InviteCandidate, c.User.ID, app.Handlers.Now(), []hiring.Invitee{{FirstName: "Ada", LastName: "L", Email: "ada@example.com"}})
	must(t, err)
	if page := c.Post(fmt.Sprintf("/interviews/%d/invites/%d/retry", a.ID, batch)); page.Status != http.StatusNotFound {
		t.Errorf("sending its invites again: %d", page.Status)
	}
}

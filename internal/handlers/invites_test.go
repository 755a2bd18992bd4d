package handlers_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// newInterview makes an interview at the engine.
func newInterview(t *testing.T, app *apptest.App) hiring.Assessment {
	t.Helper()
	a, err := app.Mirror.CreateAssessment(t.Context(), hiring.AssessmentDraft{Title: "Backend engineer", Role: "Backend engineer",
		Purpose: "See how they think about systems", Status: hiring.AssessmentActive, Duration: 20, Language: "english"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func invitesOf(a hiring.Assessment) string { return views.AssessmentHref(a.ID, views.TabInvites) }

func TestInvitesArePreviewedThenSent(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	if _, err := app.Mirror.AddQuestion(t.Context(), a.ID, hiring.QuestionDraft{Text: "How do you find out why a service is slow?"}); err != nil {
		t.Fatal(err)
	}
	recruiter := app.As(hiring.RoleRecruiter)
	if !recruiter.Get(invitesOf(a)).Has("add them under Team") {
		t.Error("reviewers are sent to the local engine, which has no place for them")
	}
	const people = "Ada Lovelace <ada@example.com>\nNobody\n<b>Bob</b> Builder <bob@example.com>\nDummy Person <x@test.com>"
	checked := recruiter.Post(invitesOf(a)+"/preview", "type", "candidate", "people", people)
	if checked.Status != http.StatusSeeOther {
		t.Fatalf("checking: %d %s", checked.Status, checked.Text("main"))
	}
	if page := recruiter.Get(invitesOf(a)); page.Doc.Find(`main a[href="`+checked.Location+`"]`).Length() != 1 {
		t.Errorf("the list that isn't sent is not offered: %s", page.Text("main"))
	}
	preview := checked.Follow()
	if preview.Status != http.StatusOK || !preview.Has("3 ready, 1 to fix") || !preview.Has("There is no email address in this row.") {
		t.Fatalf("preview: %d %s", preview.Status, preview.Text("main"))
	}
	if n := preview.Doc.Find("main table b").Length(); n != 0 {
		t.Errorf("a name became markup")
	}
	change, _ := preview.Doc.Find(`main a[href*="?list="]`).Attr("href")
	if back := recruiter.Get(change); back.Value("people") != people || back.Value("type") != "candidate" {
		t.Errorf("going back forgets: %q %q", back.Value("type"), back.Value("people"))
	}
	if page := app.As(hiring.RoleRecruiter).Get(checked.Location); page.Status != http.StatusNotFound {
		t.Errorf("somebody else's list: %d", page.Status)
	}
	sent := recruiter.Post(invitesOf(a), "list", preview.Value("list"))
	if sent.Status != http.StatusSeeOther || !strings.HasPrefix(sent.Location, invitesOf(a)+"/") {
		t.Fatalf("sending: %d to %q: %s", sent.Status, sent.Location, sent.Text("main"))
	}
	var batch *apptest.Page
	app.Until("the batch is sent", func() bool {
		batch = sent.Follow()
		return batch.Has("Not everybody could be invited")
	})
	if !batch.Has("2 invited · 1 failed") || !batch.Has("not a dummy or disposable one") || !batch.Has("Try failed rows again") {
		t.Errorf("batch: %s", batch.Text("main"))
	}
	if !batch.Has("No mail server is set") || !batch.Has("The letter waits in the outbox") || batch.Has("sent ·") || batch.Doc.Find(`main a[href="/outbox"]`).Length() != 1 {
		t.Errorf("it says that mail went out where there is no mail server: %s", batch.Text("main"))
	}
	var rows, names []string
	batch.Doc.Find("main tbody tr").Each(func(_ int, row *goquery.Selection) {
		rows = append(rows, strings.TrimSpace(row.Find("td").First().Text()))
		if button := row.Find("[data-copy]"); button.Length() == 1 {
			names = append(names, strings.Join(strings.Fields(button.Text()), " "))
		}
	})
	if got := strings.Join(rows, " "); got != "1 3 4" {
		t.Errorf("the rows are %s, in the list they were 1 3 4", got)
	}
	if got := strings.Join(names, ", "); !strings.HasSuffix(got, "of Ada Lovelace, Copy link of <b>Bob</b> Builder") {
		t.Errorf("the links are called %s", got)
	}
	if page := recruiter.Get(checked.Location); page.Status != http.StatusOK || !page.Has("This list is sent") || page.Doc.Find(`main a[href="`+sent.Location+`"]`).Length() != 1 {
		t.Errorf("back at the list: %d %s", page.Status, page.Text("main"))
	}
	if page := recruiter.Post(invitesOf(a), "list", preview.Value("list")); page.Location != sent.Location {
		t.Errorf("the list is sent twice: %d to %q", page.Status, page.Location)
	}
	list, err := app.Store.Candidates(t.Context(), db.CandidateQuery{Connection: app.Mirror.Connection(), Filter: hiring.CandidateFilter{Sort: "name"}}, "", 10)
	if err != nil || list.Total != 2 || list.Candidates[1].Name != "Ada Lovelace" || list.Candidates[1].Stage != hiring.StageInvited {
		t.Fatalf("candidates: %+v, %v", list.Candidates, err)
	}
	one := recruiter.Get(views.CandidateHref(list.Candidates[1].ID))
	link := one.Doc.Find("[data-copy]").AttrOr("data-copy", "")
	if !strings.HasPrefix(link, app.URL+"/room/") || !one.Has("Invited by "+recruiter.User.Name) {
		t.Errorf("the invited candidate: link %q, %s", link, one.Text("main"))
	}
	if room := app.Nobody().Get(link); room.Status != http.StatusOK {
		t.Errorf("the copied link answers %d", room.Status)
	}
	again := recruiter.Post(invitesOf(a)+"/preview", "people", people).Follow()
	if !again.Has("1 ready, 1 to fix, 2 invited before") {
		t.Errorf("the same list again: %s", again.Text("main"))
	}
	waiting := recruiter.Get(invitesOf(a) + "?show=waiting")
	if !waiting.Has("2 invites") || !waiting.Has("ada@example.com") {
		t.Errorf("not started: %s", waiting.Text("main"))
	}
}

func TestInvitesFromAFile(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	recruiter := app.As(hiring.RoleRecruiter)
	upload := func(text, content string) *apptest.Page {
		var body bytes.Buffer
		form := multipart.NewWriter(&body)
		_ = form.WriteField("people", text)
		file, _ := form.CreateFormFile("file", "people.csv")
		_, _ = file.Write([]byte(content))
		_ = form.Close()
		r := recruiter.Request(http.MethodPost, invitesOf(a)+"/preview", &body)
		r.Header.Set("Content-Type", form.FormDataContentType())
		return recruiter.Do(r)
	}
	if page := upload("", "\xef\xbb\xbfE-mail;Name\nada@example.com;\"Lovelace, Ada\"\n"); page.Status != http.StatusSeeOther || !page.Follow().Has("1 ready") || !page.Follow().Has("Ada Lovelace") {
		t.Errorf("a file: %d %s", page.Status, page.Text("main"))
	}
	if page := upload("Ada Lovelace <ada@example.com>", "x"); page.Status != http.StatusUnprocessableEntity || !page.Has("Use the box or a file, not both.") || page.Value("people") == "" {
		t.Errorf("both: %d %s", page.Status, page.Text("main"))
	}
	if page := upload("", "PK\x03\x04"); page.Status != http.StatusUnprocessableEntity || !page.Has("Save it as CSV") {
		t.Errorf("a spreadsheet: %d %s", page.Status, page.Text("main"))
	}
	if page := upload("", ""); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("nothing: %d %s", page.Status, page.Text("main"))
	}
}

func TestInvitesRefused(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	recruiter := app.As(hiring.RoleRecruiter)
	for name, people := range map[string]string{"nothing": "", "nobody ready": "Nobody at all"} {
		if page := recruiter.Post(invitesOf(a), "people", people); page.Status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.Text("title"), "Error: ") || page.Value("people") != people {
			t.Errorf("%s: %d %q, people %q", name, page.Status, page.Text("title"), page.Value("people"))
		}
	}
	if page := recruiter.Post("/interviews/999999/invites", "people", "Ada Lovelace <ada@example.com>"); page.Status != http.StatusNotFound {
		t.Errorf("an interview that isn't there: %d", page.Status)
	}
	reviewer := app.As(hiring.RoleReviewer)
	if page := reviewer.Get(invitesOf(a)); page.Status != http.StatusOK || page.Doc.Find("form#invite").Length() != 0 {
		t.Errorf("a reviewer sees %d with a form for inviting", page.Status)
	}
	if page := reviewer.Post(invitesOf(a), "people", "Ada Lovelace <ada@example.com>"); page.Status != http.StatusForbidden {
		t.Errorf("a reviewer invites: %d", page.Status)
	}
	other := newInterview(t, app)
	batch, err := app.Store.InsertInviteBatch(t.Context(), a.ID, hiring.InviteCandidate, 0, app.Handlers.Now(), []hiring.Invitee{{FirstName: "A", LastName: "B", Email: "a@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	if page := recruiter.Get(views.BatchHref(other.ID, batch)); page.Status != http.StatusNotFound {
		t.Errorf("a batch of another interview: %d", page.Status)
	}
}

func TestFailedInvitesAreTriedAgain(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	recruiter := app.As(hiring.RoleRecruiter)
	batch, err := app.Store.InsertInviteBatch(t.Context(), a.ID, hiring.InviteCandidate, recruiter.User.ID, app.Handlers.Now(), []hiring.Invitee{{FirstName: "Ada", LastName: "L", Email: "ada@example.com"}})
	if err != nil {
		t.Fatal(err)
	}
	if err := app.Store.FinishInviteBatch(t.Context(), batch, "The provider was away.", "", app.Handlers.Now()); err != nil {
		t.Fatal(err)
	}
	at := views.BatchHref(a.ID, batch)
	if page := recruiter.Get(at); !page.Has("The provider was away.") || !page.Has("1 failed") {
		t.Fatalf("failed: %s", page.Text("main"))
	}
	for range 2 { // pressed twice
		if page := recruiter.Post(at + "/retry"); page.Status != http.StatusSeeOther || page.Location != at {
			t.Fatalf("retry: %d to %q", page.Status, page.Location)
		}
	}
	app.Until("the row is sent", func() bool { return recruiter.Get(at).Has("1 invited") })
}

func TestABatchOfManyArrivesWhole(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a := newInterview(t, app)
	recruiter := app.As(hiring.RoleRecruiter)
	var people strings.Builder
	people.WriteString("first name,last name,email\n")
	for i := range 120 {
		fmt.Fprintf(&people, "Person,Number %d,p%d@example.com\n", i, i)
	}
	sent := recruiter.Post(invitesOf(a), "people", people.String())
	app.Until("all are sent", func() bool {
		page := sent.Follow()
		done := page.Doc.Find("progress").AttrOr("value", "")
		return done == "120" && page.Has("120 invited")
	})
	if page := recruiter.Get(invitesOf(a) + "?page=3"); !page.Has("101–120 of 120") {
		t.Errorf("third page of invites: %s", page.Text(".pagination"))
	}
	if page := recruiter.Get("/candidates"); !page.Has("120 people") || !page.Has("1–50 of 120") {
		t.Errorf("candidates: %s", page.Text("main"))
	}
}

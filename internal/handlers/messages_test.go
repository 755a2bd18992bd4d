package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

// write puts a message into the outbox.
func write(t *testing.T, app *apptest.App, m hiring.Message, key string) int64 {
	t.Helper()
	if m.CreatedAt.IsZero() {
		m.CreatedAt = time.Now()
	}
	id, err := app.Store.InsertMessage(t.Context(), m, key)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestOutbox(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	recruiter, admin := app.As(hiring.RoleRecruiter), app.As(hiring.RoleAdmin)
	if page := recruiter.Get("/outbox"); !page.Has("No messages yet") {
		t.Errorf("empty: %s", page.Text("main"))
	}
	invite := write(t, app, hiring.Message{Kind: hiring.MessageInvite, To: "bo@example.com", Subject: "Your interview: Backend", Body: "Hello Bo", Link: app.URL + "/room/i/1"}, "invite:1")
	if again := write(t, app, hiring.Message{Kind: hiring.MessageInvite, To: "bo@example.com", Subject: "Twice"}, "invite:1"); again != 0 {
		t.Errorf("the same message is kept twice, as %d", again)
	}
	admin.Post("/admin/team", "name", "Ada", "email", "ada@example.com", "role", "recruiter")
	link := linkTo(t, app, "ada@example.com")

	page := recruiter.Get("/outbox")
	row := page.Doc.Find(fmt.Sprintf("#message-%d", invite))
	if row.Find("[data-copy]").AttrOr("data-copy", "") != app.URL+"/room/i/1" || !page.Has("Waiting for you") || !page.Has("1 message") {
		t.Errorf("a recruiter sees: %s", page.Text("main"))
	}
	if strings.Contains(page.Body, link) || page.Has("ada@example.com") {
		t.Error("a recruiter sees a link that signs somebody in")
	}
	if page := admin.Get("/outbox"); !strings.Contains(page.Body, link) || !page.Has("Link to join") || !page.Has("2 messages") {
		t.Errorf("an admin sees: %s", page.Text("main"))
	}
	for query, want := range map[string]bool{"q=BO%40example": true, "q=backend": true, "q=%25": false, "q=carl": false, "state=waiting": true, "state=failed": false, "state=nonsense": true} {
		if page := recruiter.Get("/outbox?" + query); page.Has("bo@example.com") != want || (!want && !page.Has("No message fits")) {
			t.Errorf("%s: found %v: %s", query, !want, page.Text("main"))
		}
	}
}

func TestOutboxPages(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	recruiter := app.As(hiring.RoleRecruiter)
	for n := 1; n <= 120; n++ {
		write(t, app, hiring.Message{Kind: hiring.MessageInvite, To: fmt.Sprintf("person%d@example.com", n), Subject: "Your interview"}, "")
	}
	page := recruiter.Get("/outbox?q=person")
	var seen []int
	walk := func(rel string) {
		t.Helper()
		next := page.Doc.Find(fmt.Sprintf(`.pagination a[rel=%q]`, rel)).AttrOr("href", "")
		if next == "" {
			t.Fatalf("no way to the %s page", rel)
		}
		page = recruiter.Get(next)
	}
	count := func() { seen = append(seen, page.Doc.Find("tbody tr").Length()) }
	count()
	walk("next")
	count()
	walk("next")
	count()
	if page.Doc.Find(`a[rel="next"]`).Length() != 0 || !page.Has("person1@example.com") {
		t.Error("the last page isn't the last")
	}
	walk("prev")
	count()
	walk("prev")
	count()
	if fmt.Sprint(seen) != "[50 50 20 50 50]" || !page.Has("person120@example.com") || page.Doc.Find(`a[rel="prev"]`).Length() != 0 {
		t.Errorf("pages of %v", seen)
	}
}

func TestTryingAgain(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	recruiter := app.As(hiring.RoleRecruiter)
	invite := write(t, app, hiring.Message{Kind: hiring.MessageInvite, To: "bo@example.com", Subject: "Your interview", Link: "http://example.com"}, "")
	secret := write(t, app, hiring.Message{Kind: hiring.MessageReset, To: "ada@example.com", Subject: "A new password", Link: "http://example.com"}, "")
	for _, id := range []int64{invite, secret} {
		if err := app.Store.MessageProblem(t.Context(), id, "The mail server can't be reached.", true); err != nil {
			t.Fatal(err)
		}
	}
	page := recruiter.Get("/outbox?state=failed")
	path := page.Doc.Find(fmt.Sprintf("#message-%d form", invite)).AttrOr("action", "")
	if !page.Has("The mail server can't be reached.") || path == "" {
		t.Fatalf("a failed message: %s", page.Text("main"))
	}
	if page := recruiter.Post(path); page.Status != http.StatusSeeOther || !strings.Contains(page.Follow().Text("#flashes"), "waits again") {
		t.Errorf("status %d", page.Status)
	}
	if m, err := app.Store.Message(t.Context(), invite); err != nil || m.State != hiring.MessageWaiting || m.Problem != "" {
		t.Errorf("%+v, %v", m, err)
	}
	if page := recruiter.Post(path); !strings.Contains(page.Follow().Text("#flashes"), "no longer failed") {
		t.Errorf("a second time: status %d", page.Status)
	}
	if page := recruiter.Post(fmt.Sprintf("/outbox/%d/retry", secret)); page.Status != http.StatusForbidden {
		t.Errorf("a recruiter sends a link that signs somebody in: status %d", page.Status)
	}
}

func TestExpiredMessagesGiveNoLink(t *testing.T) {
	t.Parallel()
	clock := newClock()
	app := apptest.Start(t, apptest.Options{Now: clock.Now})
	admin := app.As(hiring.RoleAdmin)
	app.Nobody().Post("/forgot", "email", admin.User.Email)
	link := linkTo(t, app, admin.User.Email)
	clock.Advance(2 * hiring.ResetLinkLife)
	if page := admin.Get("/outbox"); !page.Has("Expired") || strings.Contains(page.Body, link) {
		t.Errorf("shown: %s", page.Text("main"))
	}
}

package handlers_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

const newPassword = "a new long password"

func TestForgottenPassword(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleRecruiter)
	elsewhere := app.SignIn(member)
	client := app.Nobody()
	if page := client.Get("/forgot"); page.Status != http.StatusOK || page.Doc.Find(`form[action="/forgot"]`).Length() != 1 {
		t.Fatalf("status %d", page.Status)
	}
	client.Post("/forgot", "email", strings.ToUpper(member.Email))
	first := linkTo(t, app, member.Email)
	client.Post("/forgot", "email", member.Email)
	link := linkTo(t, app, member.Email)
	if list := outbox(t, app, member.Email); len(list) != 1 || list[0].Kind != hiring.MessageReset || !strings.Contains(list[0].Body, list[0].Link) {
		t.Fatalf("outbox: %+v", list)
	}
	if page := client.Get(first); page.Status != http.StatusNotFound {
		t.Errorf("the earlier link still opens: status %d", page.Status)
	}
	if page := client.Get(link); page.Status != http.StatusOK || !page.Has(member.Email) || page.Doc.Find(`[name="name"]`).Length() != 0 {
		t.Fatalf("status %d: %s", page.Status, page.Text("main"))
	}
	if page := client.Post(link, "password", "short"); page.Status != http.StatusUnprocessableEntity || page.Text("#password-error") == "" {
		t.Errorf("status %d: %s", page.Status, page.Text("main"))
	}
	page := client.Post(link, "password", newPassword)
	if page.Status != http.StatusSeeOther || page.Location != "/" {
		t.Fatalf("status %d to %q: %s", page.Status, page.Location, page.Text("main"))
	}
	if page := client.Get("/profile"); page.Status != http.StatusOK {
		t.Errorf("not signed in afterwards: status %d", page.Status)
	}
	if page := elsewhere.Get("/profile"); page.Status != http.StatusSeeOther {
		t.Errorf("an earlier session goes on: status %d", page.Status)
	}
	for _, again := range []*apptest.Page{client.Get(link), client.Post(link, "password", newPassword)} {
		if again.Status != http.StatusGone || !again.Has("This link was used already") {
			t.Errorf("used again: status %d: %s", again.Status, again.Text("main"))
		}
	}
	if list := outbox(t, app, member.Email); len(list) != 0 {
		t.Errorf("the used link waits in the outbox: %+v", list)
	}
}

func TestForgottenPasswordTellsNothing(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member, disabled := app.Member(hiring.RoleRecruiter), app.Member(hiring.RoleRecruiter)
	if err := app.Store.DisableUser(t.Context(), disabled.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	answer := func(email string) string {
		page := app.Nobody().Post("/forgot", "email", email)
		if page.Status != http.StatusOK {
			t.Errorf("%s: status %d", email, page.Status)
		}
		return strings.ReplaceAll(page.Body, email, "")
	}
	known := answer(member.Email)
	for _, email := range []string{"stranger@example.com", disabled.Email} {
		if answer(email) != known {
			t.Errorf("the answer for %s differs", email)
		}
		if list := outbox(t, app, email); len(list) != 0 {
			t.Errorf("a message to %s", email)
		}
	}
	if page := app.Nobody().Post("/forgot", "email", "ada"); page.Status != http.StatusUnprocessableEntity || page.Value("email") != "ada" {
		t.Errorf("status %d, address %q", page.Status, page.Value("email"))
	}
	for range 4 {
		answer(member.Email)
	}
	if page := app.Nobody().Post("/forgot", "email", member.Email); page.Status != http.StatusTooManyRequests {
		t.Errorf("asked six times: status %d", page.Status)
	}
}

func TestResetLinksExpire(t *testing.T) {
	t.Parallel()
	clock := newClock()
	app := apptest.Start(t, apptest.Options{Now: clock.Now})
	member := app.Member(hiring.RoleRecruiter)
	app.Nobody().Post("/forgot", "email", member.Email)
	link := linkTo(t, app, member.Email)
	clock.Advance(hiring.ResetLinkLife + time.Second)
	for _, page := range []*apptest.Page{app.Nobody().Get(link), app.Nobody().Post(link, "password", newPassword)} {
		if page.Status != http.StatusGone || !page.Has("it worked for one hour") || page.Doc.Find(`a[href="/forgot"]`).Length() != 1 {
			t.Errorf("status %d: %s", page.Status, page.Text("main"))
		}
	}
	app.SignIn(member) // fails the test unless the old password still works
}

func TestResetLinksOfTheDisabled(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleRecruiter)
	app.Nobody().Post("/forgot", "email", member.Email)
	link := linkTo(t, app, member.Email)
	if err := app.Store.DisableUser(t.Context(), member.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	client := app.Nobody()
	if page := client.Post(link, "password", newPassword); page.Status != http.StatusGone || !page.Has("switched off") {
		t.Errorf("status %d: %s", page.Status, page.Text("main"))
	}
	if page := client.Get("/profile"); page.Status != http.StatusSeeOther {
		t.Errorf("came in: status %d", page.Status)
	}
}

func TestJoining(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	admin.Post("/admin/team", "name", "Ada Okafor", "email", "Ada@Example.com", "role", "reviewer")
	link := linkTo(t, app, "ada@example.com")
	client := app.Nobody()
	page := client.Get(link)
	if page.Status != http.StatusOK || page.Value("name") != "Ada Okafor" || !page.Has("the hiring team of Acme as reviewer") {
		t.Fatalf("status %d, name %q: %s", page.Status, page.Value("name"), page.Text("main"))
	}
	page = client.Post(link, "name", "", "password", "short")
	if page.Status != http.StatusUnprocessableEntity || page.Text("#name-error") == "" || page.Text("#password-error") == "" || page.Doc.Find(".error-summary a").Length() != 2 {
		t.Errorf("status %d: %s", page.Status, page.Text("main"))
	}
	page = client.Post(link, "name", "Ada O.", "password", newPassword, "role", "admin", "email", "other@example.com")
	if page.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", page.Status, page.Text("main"))
	}
	u, err := app.Store.UserByEmail(t.Context(), "ada@example.com")
	if err != nil || u.Name != "Ada O." || u.Role != hiring.RoleReviewer || u.SignedInAt == nil {
		t.Errorf("joined as %+v, %v", u, err)
	}
	if page := client.Get("/profile"); page.Value("name") != "Ada O." {
		t.Errorf("not signed in: %d", page.Status)
	}
	if page := app.Nobody().Post(link, "name", "Mallory", "password", newPassword); page.Status != http.StatusGone {
		t.Errorf("joined a second time: status %d", page.Status)
	}
}

func TestAJoinLinkIsUsedOnceByMany(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	app.As(hiring.RoleAdmin).Post("/admin/team", "name", "Ada", "email", "ada@example.com", "role", "recruiter")
	link := linkTo(t, app, "ada@example.com")
	clients := make([]*apptest.Client, 6)
	for i := range clients {
		clients[i] = app.Nobody()
	}
	statuses := make([]int, len(clients))
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { statuses[i] = c.Post(link, "name", "Ada", "password", newPassword).Status })
	}
	all.Wait()
	joined := 0
	for _, status := range statuses {
		switch status {
		case http.StatusSeeOther:
			joined++
		case http.StatusGone:
		default:
			t.Errorf("status %d", status)
		}
	}
	if joined != 1 {
		t.Errorf("%d joined with one link: %v", joined, statuses)
	}
}

func TestLinksThatLeadNowhere(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	for _, path := range []string{"/link/x", "/link/" + strings.Repeat("A", 43), "/link/%00"} {
		for _, page := range []*apptest.Page{app.Nobody().Get(path), app.Nobody().Post(path, "password", newPassword)} {
			if page.Status != http.StatusNotFound || !page.Has("This link is incomplete") {
				t.Errorf("%s: status %d: %s", path, page.Status, page.Text("main"))
			}
		}
	}
}

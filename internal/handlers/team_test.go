package handlers_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

func TestAddingAPerson(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	if page := admin.Get("/admin/team").Doc.Find(`a[href="/admin/team/new"]`); page.Length() != 1 {
		t.Fatal("no way leads to the form")
	}
	page := admin.Post("/admin/team", "name", "", "email", "ada", "role", "owner")
	if page.Status != http.StatusUnprocessableEntity || page.Doc.Find(".error-summary a").Length() != 3 || page.Value("email") != "ada" {
		t.Fatalf("status %d: %s", page.Status, page.Text("main"))
	}
	page = admin.Post("/admin/team", "name", " Ada Okafor ", "email", "Ada@example.com", "role", "recruiter")
	if page.Status != http.StatusSeeOther || page.Location != "/admin/team" {
		t.Fatalf("status %d: %s", page.Status, page.Text("main"))
	}
	link := linkTo(t, app, "ada@example.com")
	part := admin.Request("GET", "/admin/team", nil) // a live part must not take the link that the page is about to show
	part.Header.Set("HX-Request", "true")
	admin.Do(part)
	page = page.Follow()
	if got := page.Doc.Find("#new-link [data-copy]").AttrOr("data-copy", ""); got != app.URL+link || page.Text("#new-link code") != got {
		t.Errorf("the new link is %q, shown %q", app.URL+link, got)
	}
	if !strings.Contains(page.Text("#flashes"), "There is a link for Ada Okafor to join, in the outbox too.") || !page.Has("Works until") {
		t.Errorf("said: %s", page.Text("main"))
	}
	if again := admin.Get("/admin/team"); strings.Contains(again.Body, link) {
		t.Error("the link is shown a second time")
	}
	taken := admin.Post("/admin/team", "name", "Ada", "email", strings.ToUpper(admin.User.Email), "role", "recruiter")
	if taken.Status != http.StatusUnprocessableEntity || !strings.Contains(taken.Text("#email-error"), "is on the team already") {
		t.Errorf("status %d: %s", taken.Status, taken.Text("main"))
	}
}

func TestPendingLinks(t *testing.T) {
	t.Parallel()
	clock := newClock()
	app := apptest.Start(t, apptest.Options{Now: clock.Now})
	admin := app.As(hiring.RoleAdmin)
	pending := func() hiring.Link {
		t.Helper()
		list, err := app.Store.PendingLinks(t.Context(), hiring.LinkJoin)
		if err != nil || len(list) != 1 {
			t.Fatalf("%d links wait, %v", len(list), err)
		}
		return list[0]
	}
	admin.Post("/admin/team", "name", "Ada", "email", "ada@example.com", "role", "recruiter")
	first := linkTo(t, app, "ada@example.com")
	admin.Post("/admin/team", "name", "Ada O.", "email", "ada@example.com", "role", "reviewer")
	if l := pending(); l.Role != hiring.RoleReviewer || l.Name != "Ada O." {
		t.Errorf("the later link is %+v", l)
	}
	if page := admin.Get("/admin/team"); !strings.Contains(page.Text("#flashes"), "The earlier link no longer works.") {
		t.Errorf("said %q", page.Text("#flashes"))
	}
	second := linkTo(t, app, "ada@example.com")

	clock.Advance(hiring.JoinLinkLife + time.Minute/2)
	admin = app.SignIn(admin.User)
	if page := app.Nobody().Get(second); page.Status != http.StatusGone || !page.Has("it worked for 7 days") {
		t.Errorf("after a week: status %d: %s", page.Status, page.Text("main"))
	}
	if page := admin.Get("/admin/team"); !strings.Contains(page.Text(fmt.Sprintf("#link-%d", pending().ID)), "Expired") {
		t.Errorf("not shown as expired: %s", page.Text("main"))
	}
	admin.Post(fmt.Sprintf("/admin/team/links/%d/renew", pending().ID))
	third := linkTo(t, app, "ada@example.com")
	for _, dead := range []string{first, second} {
		if page := app.Nobody().Get(dead); page.Status != http.StatusNotFound {
			t.Errorf("an earlier link: status %d", page.Status)
		}
	}
	if page := app.Nobody().Get(third); page.Status != http.StatusOK {
		t.Errorf("the new link: status %d: %s", page.Status, page.Text("main"))
	}
	page := admin.Post(fmt.Sprintf("/admin/team/links/%d/revoke", pending().ID)).Follow()
	if page.Has("Not joined yet") || !strings.Contains(page.Text("#flashes"), "The link for Ada O. no longer works.") {
		t.Errorf("after revoking: %s", page.Text("main"))
	}
	if page := app.Nobody().Post(third, "name", "Ada", "password", newPassword); page.Status != http.StatusNotFound {
		t.Errorf("a revoked link: status %d", page.Status)
	}
	if list := outbox(t, app, "ada@example.com"); len(list) != 0 {
		t.Errorf("revoked links wait in the outbox: %d", len(list))
	}
	if page := admin.Post("/admin/team/links/999/renew"); page.Status != http.StatusNotFound {
		t.Errorf("a link that never was: status %d", page.Status)
	}
}

func TestRolesAndAccounts(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	member := app.Member(hiring.RoleReviewer)
	client := app.SignIn(member)
	path := fmt.Sprintf("/admin/team/%d/", member.ID)
	act := func(what string, pairs ...string) string {
		t.Helper()
		page := admin.Post(path+what, pairs...)
		if page.Status != http.StatusSeeOther {
			t.Fatalf("%s: status %d: %s", what, page.Status, page.Text("main"))
		}
		return page.Follow().Text("#flashes")
	}
	if said := act("role", "role", "recruiter"); said != member.Name+" is now recruiter, and has to sign in again." {
		t.Errorf("said %q", said)
	}
	if page := client.Get("/outbox"); page.Status != http.StatusSeeOther {
		t.Errorf("a session of the earlier role goes on: status %d", page.Status)
	}
	client = app.SignIn(member)
	if page := client.Get("/outbox"); page.Status != http.StatusOK {
		t.Errorf("a recruiter at the outbox: status %d", page.Status)
	}
	if page := admin.Post(path+"role", "role", "owner"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("a role that isn't: status %d", page.Status)
	}
	if said := act("disable"); !strings.Contains(said, "can't sign in any more") {
		t.Errorf("said %q", said)
	}
	if page := client.Get("/profile"); page.Status != http.StatusSeeOther {
		t.Errorf("a disabled member's session goes on: status %d", page.Status)
	}
	if row := admin.Get("/admin/team").Text(fmt.Sprintf("#member-%d", member.ID)); !strings.Contains(row, "Switched off") {
		t.Errorf("shown as %q", row)
	}
	if said := act("enable"); said != member.Name+" can sign in again." {
		t.Errorf("said %q", said)
	}
	app.SignIn(member)
	if page := admin.Post("/admin/team/999/disable"); page.Status != http.StatusNotFound {
		t.Errorf("nobody: status %d", page.Status)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	users, err := app.Store.Users(t.Context())
	if err != nil || len(users) != 1 {
		t.Fatalf("%d users, %v", len(users), err)
	}
	only := app.SignIn(users[0])
	off := app.Member(hiring.RoleAdmin)
	if err := app.Store.DisableUser(t.Context(), off.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	for what, pairs := range map[string][]string{"role": {"role", "recruiter"}, "disable": nil} {
		page := only.Post(fmt.Sprintf("/admin/team/%d/%s", only.User.ID, what), pairs...)
		if page.Status != http.StatusSeeOther || !strings.Contains(page.Follow().Text("#flashes"), "is the last admin") {
			t.Errorf("%s: status %d", what, page.Status)
		}
	}
	if u, err := app.Store.User(t.Context(), only.User.ID); err != nil || u.Role != hiring.RoleAdmin || u.DisabledAt != nil {
		t.Errorf("the last admin is %+v, %v", u, err)
	}
}

func TestTwoAdminsCanNotDemoteEachOtherAtOnce(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	users, _ := app.Store.Users(t.Context())
	a, b := app.SignIn(users[0]), app.As(hiring.RoleAdmin)
	var both sync.WaitGroup
	both.Go(func() { a.Post(fmt.Sprintf("/admin/team/%d/role", b.User.ID), "role", "reviewer") })
	both.Go(func() { b.Post(fmt.Sprintf("/admin/team/%d/disable", a.User.ID)) })
	both.Wait()
	admins, err := app.Store.LockAdmins(t.Context())
	if err != nil || len(admins) != 1 {
		t.Errorf("%d admins are left, %v", len(admins), err)
	}
}

package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/auth"
	"greenroom/internal/handlers"
	"greenroom/internal/hiring"
)

func TestSignInAndOut(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleReviewer)
	client := app.Nobody()
	asked := client.Get("/profile?tab=1")
	if asked.Location != "/login?next=%2Fprofile%3Ftab%3D1" {
		t.Fatalf("asked to sign in at %q", asked.Location)
	}
	form := asked.Follow()
	if form.Value("next") != "/profile?tab=1" || form.Text("title") != "Sign in · Greenroom" {
		t.Fatalf("the form forgets the way: next %q, title %q", form.Value("next"), form.Text("title"))
	}
	page := client.Post("/login", "email", strings.ToUpper(member.Email)+" ", "password", apptest.Password, "next", form.Value("next"))
	if page.Status != http.StatusSeeOther || page.Location != "/profile?tab=1" {
		t.Fatalf("status %d to %q", page.Status, page.Location)
	}
	if there := page.Follow(); there.Value("name") != member.Name {
		t.Errorf("signed in as %q", there.Value("name"))
	}
	if u, err := app.Store.User(t.Context(), member.ID); err != nil || u.SignedInAt == nil {
		t.Errorf("the sign-in is not noted: %v, %v", u.SignedInAt, err)
	}
	if again := client.Get("/login?next=/candidates"); again.Location != "/candidates" {
		t.Errorf("somebody signed in is asked again: %d %q", again.Status, again.Location)
	}
	if out := client.Post("/logout"); out.Location != "/login" {
		t.Errorf("signing out leads to %q", out.Location)
	}
	if page := client.Get("/profile"); page.Status != http.StatusSeeOther {
		t.Errorf("still signed in: status %d", page.Status)
	}
}

func TestSignInGivesASessionAnew(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleReviewer)
	client := app.SignIn(member)
	first := client.Cookie("greenroom")
	page := client.Post("/login", "email", member.Email, "password", apptest.Password)
	if second := client.Cookie("greenroom"); page.Status != http.StatusSeeOther || first == "" || second == first {
		t.Errorf("status %d; the session keeps its name over a sign-in", page.Status)
	}
}

func TestRefusedSignInsAreAlike(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleRecruiter)
	known := app.Nobody().Post("/login", "email", member.Email, "password", "not the password")
	unknown := app.Nobody().Post("/login", "email", "stranger@example.com", "password", "not the password")
	for _, page := range []*apptest.Page{known, unknown} {
		if page.Status != http.StatusUnprocessableEntity || !strings.HasPrefix(page.Text("title"), "Error: ") {
			t.Errorf("status %d, title %q", page.Status, page.Text("title"))
		}
	}
	if a, b := strings.ReplaceAll(known.Body, member.Email, ""), strings.ReplaceAll(unknown.Body, "stranger@example.com", ""); a != b {
		t.Error("the answer tells whether there is an account")
	}
	if known.Value("email") != member.Email {
		t.Errorf("the address is forgotten: %q", known.Value("email"))
	}
	if known.Value("password") != "" {
		t.Error("the password comes back in the page")
	}
}

func TestDisabledMembersStayOut(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleRecruiter)
	client := app.SignIn(member)
	if err := app.Store.DisableUser(t.Context(), member.ID, time.Now()); err != nil {
		t.Fatal(err)
	}
	if page := client.Get("/profile"); page.Status != http.StatusSeeOther {
		t.Errorf("an open session goes on: status %d", page.Status)
	}
	if page := client.Post("/login", "email", member.Email, "password", apptest.Password); page.Status != http.StatusUnprocessableEntity || !page.Has("Your account is switched off.") {
		t.Errorf("status %d: %s", page.Status, page.Text("main"))
	}
	if page := client.Post("/login", "email", member.Email, "password", "not the password"); page.Has("switched off") {
		t.Error("whoever doesn't know the password learns that the account is switched off")
	}
}

func TestLocalPath(t *testing.T) {
	t.Parallel()
	for next, want := range map[string]string{
		"/candidates?q=ada#top":     "/candidates?q=ada#top",
		"/":                         "/",
		"":                          "/",
		"candidates":                "/",
		"//elsewhere.example":       "/",
		"/\\elsewhere.example":      "/",
		"/\t/elsewhere.example":     "/",
		"https://elsewhere.example": "/",
		"javascript:alert(1)":       "/",
		"/login":                    "/",
		"/logout":                   "/",
		"/x/../logout":              "/",
	} {
		if got := handlers.LocalPath(next); got != want {
			t.Errorf("%q leads to %q, want %q", next, got, want)
		}
	}
}

func TestTriesAreLimitedByAccount(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member, other := app.Member(hiring.RoleRecruiter), app.Member(hiring.RoleRecruiter)
	for _, email := range []string{member.Email, "stranger@example.com"} {
		for n := range handlers.TriesAccount {
			if page := app.Nobody().Post("/login", "email", email, "password", "not the password"); page.Status != http.StatusUnprocessableEntity {
				t.Fatalf("try %d for %s: status %d", n+1, email, page.Status)
			}
		}
		page := app.Nobody().Post("/login", "email", " "+strings.ToUpper(email), "password", apptest.Password)
		if page.Status != http.StatusTooManyRequests || page.Header.Get("Retry-After") != "900" || !page.Has("Wait 15 minutes, then try again.") {
			t.Errorf("one try more for %s: status %d, Retry-After %q: %s", email, page.Status, page.Header.Get("Retry-After"), page.Text("main"))
		}
		if page.Value("email") == "" {
			t.Error("the address is forgotten")
		}
	}
	app.SignIn(other) // fails the test unless others can still come in
}

func TestTriesAreLimitedByAddress(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	from := func(address string, n int) *apptest.Page {
		c := app.Nobody()
		r := c.Request("POST", "/login", strings.NewReader("email=x"+strings.Repeat("y", n)+"%40example.com&password="))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Forwarded-For", "203.0.113.99, "+address)
		return c.Do(r)
	}
	for n := range handlers.TriesAddress {
		if page := from("203.0.113.7", n); page.Status != http.StatusUnprocessableEntity {
			t.Fatalf("try %d: status %d", n+1, page.Status)
		}
	}
	if page := from("203.0.113.7", handlers.TriesAddress); page.Status != http.StatusTooManyRequests {
		t.Errorf("one try more: status %d", page.Status)
	}
	if page := from("203.0.113.8", 200); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("somewhere else: status %d", page.Status)
	}
}

// TestTheEngineCountsPeopleBehindAProxy: who calls too often doesn't shut the door for all others.
func TestTheEngineCountsPeopleBehindAProxy(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Settings: []string{"GREENROOM_PROXIES=127.0.0.1,10.1.0.0/16"}})
	from := func(address string) int {
		c := app.Nobody()
		r := c.Request("GET", "/v1/partner/assessment", nil)
		r.Header.Set("X-Forwarded-For", address)
		return c.Do(r).Status
	}
	tooMany := 0
	for ; tooMany < 1000 && from("203.0.113.99, 203.0.113.7, 10.1.2.3") == http.StatusUnauthorized; tooMany++ {
	}
	if tooMany == 1000 || from("203.0.113.7") != http.StatusTooManyRequests {
		t.Errorf("after %d calls with a wrong key nobody is stopped, or somebody else", tooMany)
	}
	for _, other := range []string{"203.0.113.8", "203.0.113.99", "2001:db8::1"} {
		if status := from(other); status != http.StatusUnauthorized {
			t.Errorf("from %s: %d", other, status)
		}
	}
}

func TestProfile(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	client := app.As(hiring.RoleReviewer)
	if page := client.Get("/profile"); page.Doc.Find(`.menu a[href="/profile"]`).Length() != 1 {
		t.Error("no way leads to the profile")
	}
	if page := client.Post("/profile", "name", " "); page.Status != http.StatusUnprocessableEntity || page.Text("#name-error") != "Problem: Enter a name." {
		t.Errorf("status %d, said %q", page.Status, page.Text("#name-error"))
	}
	page := client.Post("/profile", "name", "Ada\x00 Okafor ").Follow()
	if page.Value("name") != "Ada Okafor" || page.Text("#flashes") != "Your name is saved." {
		t.Errorf("name %q, said %q", page.Value("name"), page.Text("#flashes"))
	}
}

func TestChangingThePasswordEndsOtherSessions(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleRecruiter)
	here, elsewhere := app.SignIn(member), app.SignIn(member)
	for _, c := range []struct{ current, password, id, said string }{
		{"not the password", "a new long password", "current", "This is not your password now."},
		{apptest.Password, "short", "password", "Choose at least 10 characters."},
	} {
		page := here.Post("/profile/password", "current", c.current, "password", c.password)
		if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Text("#"+c.id+"-error"), c.said) {
			t.Errorf("status %d, said %q, want %q", page.Status, page.Text("#"+c.id+"-error"), c.said)
		}
	}
	if page := elsewhere.Get("/profile"); page.Status != http.StatusOK {
		t.Fatalf("a refused change ended a session: status %d", page.Status)
	}
	page := here.Post("/profile/password", "current", apptest.Password, "password", "a new long password")
	if page.Status != http.StatusSeeOther {
		t.Fatalf("status %d: %s", page.Status, page.Text("main"))
	}
	if page := page.Follow(); page.Status != http.StatusOK {
		t.Errorf("this session ended too: status %d", page.Status)
	}
	if page := elsewhere.Get("/profile"); page.Status != http.StatusSeeOther {
		t.Errorf("the other session goes on: status %d", page.Status)
	}
	if page := elsewhere.Post("/login", "email", member.Email, "password", apptest.Password); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("the old password still works: status %d", page.Status)
	}
	if page := elsewhere.Post("/login", "email", member.Email, "password", "a new long password"); page.Status != http.StatusSeeOther {
		t.Errorf("the new password doesn't work: status %d", page.Status)
	}
}

func TestTheme(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	client := app.As(hiring.RoleReviewer)
	r := client.Request("POST", "/theme", strings.NewReader("theme=dark"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Referer", app.URL+"/profile")
	page := client.Do(r)
	if page.Location != "/profile" {
		t.Errorf("leads to %q", page.Location)
	}
	if theme := page.Follow().Doc.Find("html").AttrOr("data-theme", ""); theme != "dark" {
		t.Errorf("theme %q", theme)
	}
	client.Post("/theme", "theme", "")
	if _, has := client.Get("/profile").Doc.Find("html").Attr("data-theme"); has {
		t.Error("the system's theme can't be had back")
	}
}

func TestAnUnusedSessionEnds(t *testing.T) {
	t.Parallel()
	clock := newClock()
	app := apptest.Start(t, apptest.Options{Now: clock.Now})
	client := app.As(hiring.RoleReviewer)
	clock.Advance(auth.SessionIdle - time.Hour)
	if page := client.Get("/profile"); page.Status != http.StatusOK {
		t.Errorf("a session in use ended: status %d", page.Status)
	}
	clock.Advance(auth.SessionIdle - time.Hour)
	if page := client.Get("/profile"); page.Status != http.StatusOK {
		t.Errorf("use doesn't count: status %d", page.Status)
	}
	clock.Advance(auth.SessionIdle + time.Minute)
	if page := client.Get("/profile"); page.Status != http.StatusSeeOther {
		t.Errorf("a session of %s goes on: status %d", auth.SessionIdle, page.Status)
	}
}

func TestSecretsStayOutOfTheLog(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	member := app.Member(hiring.RoleRecruiter)
	app.Nobody().Post("/forgot", "email", member.Email)
	link := linkTo(t, app, member.Email)
	app.Nobody().Get(link)
	app.Nobody().Post(link, "password", "short")
	app.Nobody().Post(link, "password", "a new long password")
	app.Nobody().Get(link)
	app.Nobody().Get("/setup?token=a-token-of-the-setup")
	app.Nobody().Post("/login", "email", member.Email, "password", "a wrong password")
	token := link[strings.LastIndex(link, "/")+1:]
	for _, secret := range []string{token, "a-token-of-the-setup", "a new long password", "a wrong password"} {
		if strings.Contains(app.Log.String(), secret) {
			t.Errorf("the log holds %q", secret)
		}
	}
	if !strings.Contains(app.Log.String(), "/link/…") {
		t.Error("the log doesn't mention the request at all")
	}
}

// linkTo is the path of the newest link that waits in the outbox for an address.
func linkTo(t *testing.T, app *apptest.App, email string) string {
	t.Helper()
	m := outbox(t, app, email)
	if len(m) == 0 || m[0].Link == "" {
		t.Fatalf("no link for %s in the outbox", email)
	}
	return strings.TrimPrefix(m[0].Link, app.URL)
}

func TestWithoutADatabaseThePageSaysSo(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	for _, trouble := range []struct{ sql, where string }{
		{`ALTER TABLE sessions ADD CONSTRAINT closed CHECK (expiry < '2000-01-01') NOT VALID`, "saving a session"},
		{`ALTER TABLE sessions RENAME TO gone`, "reading a session"},
	} {
		if _, err := app.Store.Pool().Exec(t.Context(), trouble.sql); err != nil {
			t.Fatal(err)
		}
		page := admin.Post("/admin/webhooks/replay")
		if page.Status != http.StatusServiceUnavailable || page.Location != "" || page.Text("h1") != "Not available now" ||
			!page.Has("The database doesn't answer") || !strings.HasSuffix(strings.TrimSpace(page.Body), "</html>") {
			t.Errorf("%s: %d %q %s", trouble.where, page.Status, page.Location, page.Body)
		}
	}
}

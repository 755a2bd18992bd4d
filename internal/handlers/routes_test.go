package handlers_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/handlers"
	"greenroom/internal/hiring"
)

var parameter = regexp.MustCompile(`\{[^}]+\}`)

// address of a route, of things that don't exist.
func address(r handlers.Route) string { return parameter.ReplaceAllString(r.Pattern, "999999") }

// send asks with the route's method and an empty form.
func send(c *apptest.Client, r handlers.Route, headers ...string) *apptest.Page {
	req := c.Request(r.Method, address(r), nil)
	if r.Method == http.MethodPost {
		req = c.Request(r.Method, address(r), strings.NewReader(""))
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	return c.Do(req)
}

func TestEveryRouteNamesKnownAccess(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	known := []string{"public", "signed in", string(hiring.PermRead), string(hiring.PermReview), string(hiring.PermEdit), string(hiring.PermAdmin)}
	seen := map[string]bool{}
	for _, r := range app.Handlers.Routes() {
		if !strings.Contains(" "+strings.Join(known, ", ")+",", " "+r.Access+",") {
			t.Errorf("%s %s asks for %q, which nobody has", r.Method, r.Pattern, r.Access)
		}
		if r.Method != http.MethodGet && r.Method != http.MethodPost {
			t.Errorf("%s %s: forms can only GET and POST", r.Method, r.Pattern)
		}
		if key := r.Method + " " + r.Pattern; seen[key] {
			t.Errorf("%s is there twice", key)
		} else {
			seen[key] = true
		}
	}
}

func TestNobodyIsAskedToSignIn(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	nobody := app.Nobody()
	for _, r := range app.Handlers.Routes() {
		if r.Access == "public" {
			continue
		}
		page := send(nobody, r)
		want := "/login"
		if r.Method == http.MethodGet && r.Pattern != "/" {
			want += "?next=" + url.QueryEscape(address(r))
		}
		if r.Pattern == "/events" {
			if page.Status != http.StatusUnauthorized {
				t.Errorf("%s: status %d, want 401", r.Pattern, page.Status)
			}
		} else if page.Status != http.StatusSeeOther || page.Location != want {
			t.Errorf("%s %s: status %d to %q, want 303 to %q", r.Method, r.Pattern, page.Status, page.Location, want)
		}
		if part := send(nobody, r, "HX-Request", "true"); part.Status != http.StatusUnauthorized {
			t.Errorf("%s %s for a live part: status %d, want 401", r.Method, r.Pattern, part.Status)
		}
	}
}

func TestEveryRoleGetsWhatItMay(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	for _, role := range hiring.Roles {
		client := app.As(role)
		for _, r := range app.Handlers.Routes() {
			if r.Access == "public" || r.Pattern == "/events" {
				continue
			}
			may := r.Access == "signed in" || role.Can(hiring.Permission(r.Access))
			if may && r.Method == http.MethodPost {
				continue // each has its own test
			}
			page := send(client, r)
			switch {
			case !may && page.Status != http.StatusForbidden:
				t.Errorf("%s as %s %s: status %d, want 403", role, r.Method, r.Pattern, page.Status)
			case !may && !page.Has("Your role doesn't allow this."):
				t.Errorf("%s as %s %s: does not say why: %s", role, r.Method, r.Pattern, page.Text("main"))
			case may && (page.Status == http.StatusForbidden || page.Status >= 500):
				t.Errorf("%s as %s %s: status %d: %s", role, r.Method, r.Pattern, page.Status, page.Text("main"))
			}
		}
	}
}

func TestOtherOriginsChangeNothing(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	for _, r := range app.Handlers.Routes() {
		if r.Method != http.MethodPost {
			continue
		}
		for _, header := range [][]string{
			{"Sec-Fetch-Site", "cross-site"},
			{"Sec-Fetch-Site", "same-site"},
			{"Origin", "https://elsewhere.example"},
			{"Origin", "null"},
		} {
			if page := send(admin, r, header...); page.Status != http.StatusForbidden {
				t.Errorf("%s with %v: status %d, want 403", r.Pattern, header, page.Status)
			}
		}
	}
	if page := admin.Get("/profile"); page.Status != http.StatusOK {
		t.Errorf("after all of it the admin is signed out: status %d", page.Status)
	}
}

func TestUnknownAddressesAndMethods(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	for name, client := range map[string]*apptest.Client{"nobody": app.Nobody(), "a recruiter": app.As(hiring.RoleRecruiter)} {
		for _, path := range []string{"/nowhere", "/admin", "/interviews/12/nowhere", "/login/%00", "/..%2f"} {
			if page := client.Get(path); page.Status != http.StatusNotFound || !page.Has("There is nothing at this address.") {
				t.Errorf("%s at %s: status %d: %s", name, path, page.Status, page.Text("main"))
			}
		}
		if page := client.Post("/profile/nowhere"); page.Status != http.StatusNotFound {
			t.Errorf("%s: status %d", name, page.Status)
		}
	}
}

func TestHeadersOfEveryPage(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	page := app.As(hiring.RoleAdmin).Get("/admin/team")
	for name, want := range map[string]string{
		"Cache-Control":           "no-store",
		"X-Content-Type-Options":  "nosniff",
		"Referrer-Policy":         "same-origin",
		"Content-Security-Policy": "default-src 'self'; ",
	} {
		if got := page.Header.Get(name); !strings.HasPrefix(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if page.Doc.Find("script:not([src]), style, [style], [onclick]").Length() > 0 {
		t.Error("the page has a script or a style of its own, which its policy forbids")
	}
}

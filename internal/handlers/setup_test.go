package handlers_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/handlers"
	"greenroom/internal/hiring"
)

// setupLink is the path of a new setup link.
func setupLink(t *testing.T, app *apptest.App) string {
	t.Helper()
	link, ok, err := handlers.EnsureSetupLink(t.Context(), app.Store, app.URL+"/", time.Now())
	if err != nil || !ok || !strings.HasPrefix(link, app.URL+"/setup?token=") {
		t.Fatalf("link %q, %v, %v", link, ok, err)
	}
	return strings.TrimPrefix(link, app.URL)
}

func filled(form *apptest.Page, changes ...string) []string {
	pairs := []string{"token", form.Value("token"), "company_name", " Acme ", "name", "Ada Okafor", "email", "Ada@Acme.example", "password", newPassword}
	for i := 0; i+1 < len(changes); i += 2 {
		pairs = append(pairs, changes[i], changes[i+1])
	}
	return pairs
}

func TestEverythingLeadsToTheSetup(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Empty: true})
	for _, path := range []string{"/", "/login", "/forgot", "/interviews", "/admin/team", "/link/x", "/nowhere"} {
		if page := app.Nobody().Get(path); page.Status != http.StatusSeeOther || page.Location != "/setup" {
			t.Errorf("%s: status %d to %q", path, page.Status, page.Location)
		}
	}
	page := app.Nobody().Get("/setup")
	if page.Status != http.StatusOK || !page.Has(app.URL+"/setup?token=…") || page.Doc.Find("form").Length() != 0 {
		t.Errorf("status %d: %s", page.Status, page.Text("main"))
	}
	if page := app.Nobody().Get("/healthz"); page.Status != http.StatusOK {
		t.Errorf("/healthz: status %d", page.Status)
	}
}

func TestSetup(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Empty: true, Provider: http.NotFoundHandler()}) // where there is no sample data
	earlier, link := setupLink(t, app), setupLink(t, app)
	client := app.Nobody()
	for _, wrong := range []string{earlier, "/setup?token=x"} {
		if page := client.Get(wrong); page.Status != http.StatusForbidden || !page.Has("printed a new one") {
			t.Errorf("%s: status %d: %s", wrong, page.Status, page.Text("main"))
		}
	}
	form := client.Get(link)
	if form.Status != http.StatusOK || form.Doc.Find(`[name="sample"]`).Length() != 0 {
		t.Fatalf("status %d: %s", form.Status, form.Text("main"))
	}
	if page := client.Post("/setup", "token", "x", "company_name", "Acme", "name", "Ada", "email", "ada@acme.example", "password", newPassword); page.Status != http.StatusForbidden {
		t.Errorf("without the token: status %d", page.Status)
	}
	page := client.Post("/setup", "token", form.Value("token"), "company_name", "", "name", "Ada", "email", "ada", "password", "short")
	if page.Status != http.StatusUnprocessableEntity || page.Doc.Find(".error-summary a").Length() != 3 || page.Value("email") != "ada" || page.Value("name") != "Ada" {
		t.Fatalf("status %d: %s", page.Status, page.Text("main"))
	}
	page = client.Post("/setup", filled(page)...)
	if page.Status != http.StatusSeeOther || page.Location != "/" {
		t.Fatalf("status %d: %s", page.Status, page.Text("main"))
	}
	profile := client.Get("/profile")
	if profile.Value("name") != "Ada Okafor" || !profile.Has("ada@acme.example") || !profile.Has("Admin") {
		t.Errorf("signed in: %d %s", profile.Status, profile.Text("main"))
	}
	if w, err := app.Store.Workspace(t.Context()); err != nil || w.CompanyName != "Acme" || w.RequiredScorecards != 1 || w.Sample != hiring.SampleNone {
		t.Errorf("workspace %+v, %v", w, err)
	}
	if page := app.Nobody().Get(link); !page.Has("there is one now") || page.Doc.Find("form").Length() != 0 {
		t.Errorf("the link still opens the form: %s", page.Text("main"))
	}
	if page := app.Nobody().Post("/setup", filled(form)...); !page.Has("there is one now") {
		t.Errorf("set up a second time: %d %s", page.Status, page.Text("main"))
	}
	if page := client.Get("/setup"); page.Location != "/" {
		t.Errorf("who is signed in gets %d %q", page.Status, page.Location)
	}
	if link, ok, err := handlers.EnsureSetupLink(t.Context(), app.Store, app.URL, time.Now()); link != "" || ok || err != nil {
		t.Errorf("a link to the setup of what is set up: %q, %v, %v", link, ok, err)
	}
}

func TestOnlyOneSetsUp(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Empty: true})
	form := app.Nobody().Get(setupLink(t, app))
	clients := make([]*apptest.Client, 5)
	for i := range clients {
		clients[i] = app.Nobody()
	}
	statuses := make([]int, len(clients))
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { statuses[i] = c.Post("/setup", filled(form)...).Status })
	}
	all.Wait()
	users, err := app.Store.Users(t.Context())
	if err != nil || len(users) != 1 {
		t.Errorf("%d users, %v; answers %v", len(users), err, statuses)
	}
	done := 0
	for _, status := range statuses {
		if status == http.StatusSeeOther {
			done++
		} else if status != http.StatusOK {
			t.Errorf("status %d", status)
		}
	}
	if done != 1 {
		t.Errorf("%d set up: %v", done, statuses)
	}
}

func TestSampleDataComesInTheBackground(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		err  error
		want hiring.SampleState
	}{
		"works": {nil, hiring.SampleReady},
		"fails": {errors.New("no room"), hiring.SampleFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begun := make(chan struct{})
			app := apptest.Start(t, apptest.Options{Empty: true, Sample: func(ctx context.Context) error {
				select {
				case <-begun:
				case <-ctx.Done():
				}
				return c.err
			}})
			state := func() hiring.SampleState {
				w, err := app.Store.Workspace(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				return w.Sample
			}
			client := app.Nobody()
			form := client.Get(setupLink(t, app))
			if form.Doc.Find(`[name="sample"]`).Length() != 1 {
				t.Fatal("sample data is not offered")
			}
			if page := client.Post("/setup", filled(form, "sample", "true")...); page.Status != http.StatusSeeOther {
				t.Fatalf("status %d: %s", page.Status, page.Text("main"))
			}
			if got := state(); got != hiring.SampleRunning {
				t.Errorf("state %q while it runs", got)
			}
			if err := app.Jobs.AddSample(t.Context(), app.Store); !errors.Is(err, hiring.ErrConflict) {
				t.Errorf("begun twice: %v", err)
			}
			close(begun)
			app.Until("sample data ended as "+string(c.want), func() bool { return state() == c.want })
			if c.err != nil {
				app.Until("the log says why", func() bool { return strings.Contains(app.Log.String(), c.err.Error()) })
			}
		})
	}
}

func TestCreateFirstAdmin(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Empty: true})
	ctx := t.Context()
	var invalid *hiring.InvalidError
	if created, err := handlers.CreateFirstAdmin(ctx, app.Store, "ada@acme.example", "short", "", time.Now()); created || !errors.As(err, &invalid) {
		t.Errorf("a short password: %v, %v", created, err)
	}
	if created, err := handlers.CreateFirstAdmin(ctx, app.Store, "ada@acme.example", apptest.Password, "", time.Now()); !created || err != nil {
		t.Fatalf("%v, %v", created, err)
	}
	if created, err := handlers.CreateFirstAdmin(ctx, app.Store, "eve@acme.example", apptest.Password, "", time.Now()); created || err != nil {
		t.Errorf("a second first admin: %v, %v", created, err)
	}
	app.SignIn(hiring.User{Email: "ada@acme.example"})
}

func TestACompanyWithoutANameIsTheHiringTeam(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	named := "candidates are invited by “the hiring team”"
	if admin.Get("/").Has(named) {
		t.Error("an admin is asked to name a company that has a name")
	}
	must(t, app.Store.SaveWorkspace(t.Context(), hiring.Workspace{CompanyName: hiring.Unnamed, RequiredScorecards: 1}))
	c := submitted(t, app, "ada")
	if page := admin.Get("/"); !page.Has(named) {
		t.Errorf("home: %s", page.Text("main"))
	}
	if app.As(hiring.RoleReviewer).Get("/").Has(named) {
		t.Error("a reviewer is asked to name the company")
	}
	link := admin.Get(pageOf(c)).Doc.Find("[data-copy]").AttrOr("data-copy", app.URL+"/room/i/"+c.InviteRef)
	if room := app.Nobody().Get(link); room.Has(hiring.Unnamed) || room.Has("your company") {
		t.Errorf("the candidate reads: %s", room.Text("body"))
	}
	added := admin.Post("/admin/team", "name", "Bo", "email", "bo@example.com", "role", "reviewer").Follow()
	join := added.Doc.Find("#new-link [data-copy]").AttrOr("data-copy", "")
	if page := app.Nobody().Get(join); page.Status != http.StatusOK || !strings.Contains(page.Text("main"), "You join the hiring team as reviewer.") {
		t.Errorf("who joins reads: %d %s", page.Status, page.Text("main"))
	}
}

package handlers_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/handlers"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
)

// pageWait is how long somebody may look at nothing because the provider doesn't answer.
const pageWait = 5 * time.Second

// TestPagesOnBadDays opens every page of a desk that was started on a bad day, on which no call gets through.
func TestPagesOnBadDays(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	paths := everyPage(t, app, admin.User)
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "%d pages\tcalls\tlongest wait\tslowest\twhat the settings say of scoring\n", len(paths))
	for _, d := range days {
		t.Run(d.name, func(t *testing.T) {
			road := newRoad()
			desk := beside(t, app, road)
			calls, longest, slowest, scoring := 0, time.Duration(0), "", ""
			for _, path := range paths {
				road.turn(d, "", false)
				page := admin.Get(desk + path)
				sent, wait := road.better()
				if calls += sent; strings.HasPrefix(d.name, "timeout") && wait > longest {
					longest, slowest = wait.Round(time.Second), path
				}
				if wait > pageWait && strings.HasPrefix(d.name, "timeout") {
					t.Errorf("%s lets people wait %v", path, wait)
				}
				file := page.Header.Get("Content-Disposition") != ""
				if page.Status != http.StatusOK || page.Doc.Find("h1").Length() != 1 && !file {
					t.Errorf("%s answers %d: %s", path, page.Status, page.Text("main"))
				}
				if strings.HasPrefix(path, "/interviews/") && !strings.Contains(path, "generate") && !strings.HasSuffix(path, "/new") && !page.Has("Backend engineer") {
					t.Errorf("%s no longer knows the interview: %s", path, page.Text("main"))
				}
				checkNoCause(&cell{T: t}, page)
				if path == "/admin/settings" {
					scoring = page.Text(`.card:has(h2:contains("Scoring")) p`)
					if !advice.MatchString(scoring) {
						t.Errorf("the settings don't say what to do: %q", page.Text("main"))
					}
				}
			}
			fmt.Fprintf(table, "%s\t%d\t%v\t%s\t%s\n", d.name, calls, longest, slowest, scoring)
		})
	}
	_ = table.Flush()
	t.Logf("pages\n%s\n%s", text.String(), strings.Join(paths, " "))
}

// TestAbilitiesOutliveBadDays has the provider compared with while every answer is wrong: controls that it can serve stay.
func TestAbilitiesOutliveBadDays(t *testing.T) {
	t.Parallel()
	clock := newClock()
	app, road := onRoad(t, apptest.Options{Now: clock.Now})
	want := app.Mirror.Abilities(t.Context())
	if !want.KeyPoints {
		t.Fatalf("at first: %+v", want)
	}
	for _, d := range days {
		road.turn(d, "", false)
		err := app.Reconcile()
		if sent, _ := road.better(); err == nil || sent == 0 {
			t.Errorf("%s: %d calls, %v", d.name, sent, err)
		}
		if got := app.Mirror.Abilities(t.Context()); got != want {
			t.Errorf("%s: the provider can do %+v", d.name, got)
		}
		clock.Advance(8 * time.Hour) // until all is due to be compared again, and no call is held back
	}
}

// beside starts a second desk on the records of the first. Its calls take the road; nobody else's do.
func beside(t *testing.T, app *apptest.App, road *road) (url string) {
	t.Helper()
	calls := partner.Options{
		BaseURL: app.URL + "/v1/partner", Key: apptest.EngineKey, Name: "The local engine",
		HTTPClient: &http.Client{Transport: partner.HandlerTransport(app.Handlers.Engine)},
	}
	road.lay(&calls)
	o := app.Handlers.Options
	o.Mirror = mirror.New(mirror.Options{Store: app.Store, Client: partner.New(calls), Connection: app.Mirror.Connection(), Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(handlers.New(o))
	t.Cleanup(server.Close)
	return strings.Replace(server.URL, "127.0.0.1", "localhost", 1) // where people are signed in
}

// everyPage fills a desk and gives the addresses of all of its pages as somebody opens them, from the table of routes.
func everyPage(t *testing.T, app *apptest.App, by hiring.User) (paths []string) {
	t.Helper()
	ctx := context.Background()
	c := submitted(t, app, "ada")
	if _, err := app.Store.Pool().Exec(ctx, `UPDATE assessments SET job_ref = '12' WHERE id = $1`, c.AssessmentID); err != nil {
		t.Fatal(err)
	}
	asked, err := app.Store.Questions(ctx, c.AssessmentID)
	must(t, err)
	batches, err := app.Store.InviteBatches(ctx, c.AssessmentID, 1)
	must(t, err)
	var delivery int64
	must(t, app.Store.Pool().QueryRow(ctx, `SELECT max(id) FROM webhook_deliveries`).Scan(&delivery))
	list, err := app.Store.InsertInviteList(ctx, hiring.InviteList{AssessmentID: c.AssessmentID, UserID: by.ID,
		Type: hiring.InviteCandidate, People: "Grace Hopper <grace@example.com>", CreatedAt: time.Now()})
	must(t, err)
	fill := strings.NewReplacer(
		"/interviews/{id}", fmt.Sprintf("/interviews/%d", c.AssessmentID), "/candidates/{id}", fmt.Sprintf("/candidates/%d", c.ID),
		"{batch}", fmt.Sprint(batches[0].ID), "{delivery}", fmt.Sprint(delivery), "{list}", fmt.Sprint(list))
	for _, r := range app.Handlers.Routes() {
		if r.Method != http.MethodGet || r.Access == "public" || r.Pattern == "/events" || strings.HasSuffix(r.Pattern, "/recording") {
			continue
		}
		path := fill.Replace(r.Pattern)
		if strings.Contains(path, "{") {
			t.Errorf("fill what %s takes, so that it is opened on bad days too", r.Pattern)
			continue
		}
		switch paths = append(paths, path); r.Pattern {
		case "/interviews/{id}":
			paths = append(paths, path+"?add=1", path+"?generate=1", fmt.Sprintf("%s?edit=%d", path, asked[0].ID))
		case "/interviews/new":
			paths = append(paths, fmt.Sprintf("%s?from=%d", path, c.AssessmentID))
		case "/candidates/{id}":
			paths = append(paths, path+"?review=edit")
		}
	}
	return paths
}

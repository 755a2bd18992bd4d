package handlers_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

// TestPeopleAreKeptAsLongAsTheCompanySays: who would go by a shorter time is counted first, goes only once somebody agreed
// to that number, and whoever was heard of since stays.
func TestPeopleAreKeptAsLongAsTheCompanySays(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	old, young := submitted(t, app, "zebulon"), submitted(t, app, "grace")
	_, err := app.Store.Pool().Exec(t.Context(), `WITH moved AS (UPDATE history SET at = at - interval '7 months' WHERE candidate_id = $1)
		UPDATE candidates SET stage_at = stage_at - interval '7 months', invited_at = invited_at - interval '7 months' WHERE id = $1`, old.ID)
	must(t, err)
	admin := app.As(hiring.RoleAdmin)
	keep := func(months, agreed string) *apptest.Page {
		return admin.Post("/admin/settings/keep", "keep_months", months, "agreed", agreed)
	}
	for _, months := range []string{"", "7", "-6", "x"} {
		if page := keep(months, ""); page.Status != http.StatusUnprocessableEntity || page.Text("#keep_months-error") == "" {
			t.Errorf("keeping for %q months: %d %s", months, page.Status, page.Text(".error-summary"))
		}
	}
	if page := keep("12", ""); page.Status != http.StatusSeeOther || page.Follow().Value("keep_months") != "12" {
		t.Errorf("a time by which nobody goes: %d %s", page.Status, page.Text("main"))
	}
	for _, agreed := range []string{"", "2", "true"} {
		page := keep("6", agreed)
		if page.Status != http.StatusUnprocessableEntity || page.Value("keep_months") != "6" || !page.Has("Delete 1 person who is older than that") {
			t.Errorf("without agreeing to who goes (%q): %d %s", agreed, page.Status, page.Text("main"))
		}
	}
	if months, err := app.Store.Keep(t.Context(), app.Mirror.Connection()); err != nil || months != 12 {
		t.Errorf("nobody agreed, and kept is for %d months, %v", months, err)
	}
	if page := keep("6", "1").Follow(); page.Value("keep_months") != "6" || !strings.Contains(page.Text("#flashes"), "People are kept for 6 months.") {
		t.Errorf("after agreeing: %s", page.Text("#flashes, main"))
	}
	app.Until("who is older goes", func() bool { return len(traces(t, app, "zebulon")) == 0 })
	if page := admin.Get(pageOf(young)); page.Status != http.StatusOK {
		t.Errorf("who was heard of goes too: %d", page.Status)
	}
	elsewhere, err := app.Store.Connection(t.Context(), "taptalent", "another account")
	must(t, err)
	if months, err := app.Store.Keep(t.Context(), elsewhere); err != nil || months != 0 {
		t.Errorf("nobody agreed to anything at another account, where people are kept for %d months, %v", months, err)
	}
}

// TestWhatIsHeardOfSomebodyKeepsThem: each thing that can happen late puts the deletion off.
func TestWhatIsHeardOfSomebodyKeepsThem(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := submitted(t, app, "ada")
	since := time.Now().AddDate(0, -6, 0)
	age := func(statement string) {
		t.Helper()
		_, err := app.Store.Pool().Exec(t.Context(), statement, c.ID)
		must(t, err)
	}
	count := func() int {
		t.Helper()
		n, err := app.Store.CountNotHeardOf(t.Context(), app.Mirror.Connection(), since)
		must(t, err)
		return n
	}
	app.As(hiring.RoleReviewer).Post(scorecardOf(c), "rating-1", "100", "rating-2", "50")
	c = scored(t, app, c, 75)
	for _, statement := range []string{
		`UPDATE history SET at = at - interval '7 months' WHERE candidate_id = $1`,
		`UPDATE scorecards SET updated_at = updated_at - interval '7 months' WHERE candidate_id = $1`,
		`UPDATE candidates SET invited_at = invited_at - interval '7 months' WHERE id = $1`,
		`UPDATE candidates SET scored_at = scored_at - interval '7 months' WHERE id = $1`,
		`UPDATE candidates SET stage_at = stage_at - interval '7 months' WHERE id = $1`,
	} {
		if n := count(); n != 0 {
			t.Errorf("%d go before %s", n, statement)
		}
		age(statement)
	}
	if n := count(); n != 1 {
		t.Errorf("%d go of whom nothing was heard", n)
	}
}

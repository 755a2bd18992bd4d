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

// failedJob puts work into the queue that nobody does, in a state of the queue's.
func failedJob(t *testing.T, app *apptest.App, state, reason string) (id int64) {
	t.Helper()
	err := app.Store.Pool().QueryRow(t.Context(), `
		INSERT INTO river_job (kind, args, state, attempt, max_attempts, attempted_at, scheduled_at, finalized_at, queue, errors)
		VALUES ('count_sheep', '{}', $1::river_job_state, 3, 3, now(), now() + interval '1 hour',
			CASE WHEN $1 IN ('discarded', 'cancelled') THEN now() END, 'nobody', ARRAY[jsonb_build_object('error', $2::text)])
		RETURNING id`, state, reason).Scan(&id)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func jobState(t *testing.T, app *apptest.App, id int64) (state string) {
	t.Helper()
	if err := app.Store.Pool().QueryRow(t.Context(), `SELECT coalesce((SELECT state::text FROM river_job WHERE id = $1), 'gone')`, id).Scan(&state); err != nil {
		t.Fatal(err)
	}
	return state
}

func TestSystemPageTellsHowTheInstallationIs(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	page := app.As(hiring.RoleAdmin).Get("/admin/system")
	if page.Status != http.StatusOK {
		t.Fatalf("%d %s", page.Status, page.Text("main"))
	}
	for _, want := range []string{"Greenroom", "go1.", "Running for", "Live pages", "Postgres1", "Size", "Schema of the deskMigration ",
		"Schema of the engineMigration ", "Schema of the queueMigration ", "Greenroom makes none itself", "No work failed lately", "webhook_deliveries"} {
		if !page.Has(want) {
			t.Errorf("the page does not say %q: %s", want, page.Text("main"))
		}
	}
	if here := page.Doc.Find(`nav a[href="/admin/system"][aria-current=page]`); here.Length() == 0 {
		t.Error("the navigation does not show where this is")
	}
}

func TestFailedWorkIsTriedAgainOrDropped(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	again, late := failedJob(t, app, "discarded", "the fence <b>broke</b>"), failedJob(t, app, "retryable", "no sheep came")
	useless, running := failedJob(t, app, "cancelled", "there is no sheep"), failedJob(t, app, "running", "")
	page := admin.Get("/admin/system")
	for _, want := range []string{"the fence <b>broke</b>", "no sheep came", "there is no sheep", "Count sheep", "Given up", "To try again", "3 tries"} {
		if !strings.Contains(page.Text("#work-failed"), want) {
			t.Errorf("failed work does not say %q: %s", want, page.Text("#work-failed"))
		}
	}
	if n := page.Doc.Find("#work-failed tbody tr").Length(); n != 3 {
		t.Errorf("%d pieces of failed work are listed, want 3", n)
	}
	do := func(id int64, verb, want string) {
		t.Helper()
		answer := admin.Post(fmt.Sprintf("/admin/system/work/%d/%s", id, verb))
		if answer.Status != http.StatusSeeOther || answer.Location != "/admin/system" {
			t.Fatalf("%s: %d to %q", verb, answer.Status, answer.Location)
		}
		if said := answer.Follow().Text("#flashes"); !strings.Contains(said, want) {
			t.Errorf("%s says %q, want %q", verb, said, want)
		}
	}
	do(again, "retry", "“Count sheep” is tried again.")
	do(late, "retry", "“Count sheep” is tried again.")
	do(useless, "drop", "“Count sheep” is dropped.")
	do(running, "drop", "no longer failed")
	do(useless, "retry", "no longer failed")
	got := []string{jobState(t, app, again), jobState(t, app, late), jobState(t, app, useless), jobState(t, app, running)}
	if want := "available available gone running"; strings.Join(got, " ") != want {
		t.Errorf("the work is %v, want %s", got, want)
	}
}

// TestTheEnginesWorkIsLookedAfter: what the engine failed to do stands beside the desk's own failures.
func TestTheEnginesWorkIsLookedAfter(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	failed := func(kind, reason string) (id string) {
		t.Helper()
		err := app.Store.Pool().QueryRow(t.Context(), `
			INSERT INTO engine.tasks (kind, ref, state, attempts, run_at, tried_at, last_error) VALUES ($1, '', 'failed', 4, now(), now(), $2)
			RETURNING 'task-' || id`, kind, reason).Scan(&id)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	questions, recording := failed("generate", "the model <b>slept</b>"), failed("cut", "no end")
	page := admin.Get("/admin/system")
	for _, want := range []string{"Write questions", "the model <b>slept</b>", "Given up", "4 tries", "End a recording that broke off"} {
		if !strings.Contains(page.Text("#provider-failed"), want) {
			t.Errorf("failed work does not say %q: %s", want, page.Text("#provider-failed"))
		}
	}
	if page.Doc.Find("#provider-"+questions+" form[action$=retry]").Length() != 0 || page.Doc.Find("#provider-"+recording+" form[action$=retry]").Length() != 1 {
		t.Error("what people do another way can be tried again, or what can't be done otherwise can't")
	}
	for _, step := range []struct{ id, verb, want string }{
		{questions, "retry", "no longer failed"}, {questions, "drop", "It is dropped."}, {questions, "drop", "no longer failed"},
		{recording, "retry", "It is tried again."}, {"task-0", "retry", "no longer failed"}, {"..%2Fscoring", "drop", "no longer failed"},
	} {
		answer := admin.Post("/admin/system/provider/" + step.id + "/" + step.verb)
		if answer.Status != http.StatusSeeOther || answer.Location != "/admin/system" {
			t.Fatalf("%s: %d to %q", step.verb, answer.Status, answer.Location)
		}
		if said := answer.Follow().Text("#flashes"); !strings.Contains(said, step.want) {
			t.Errorf("%s of %s says %q, want %q", step.verb, step.id, said, step.want)
		}
	}
}

func TestBackupsAreNotedAndMissed(t *testing.T) {
	t.Parallel()
	now := time.Now()
	app := apptest.Start(t, apptest.Options{Now: func() time.Time { return now }})
	admin := app.As(hiring.RoleAdmin)
	noted := func(at time.Time) {
		if _, err := app.Store.Pool().Exec(t.Context(), `INSERT INTO backups (at) VALUES ($1)`, at); err != nil {
			t.Fatal(err)
		}
	}
	says := func(when, sentence string, missed bool) {
		t.Helper()
		page, home := admin.Get("/admin/system"), admin.Get("/")
		if !page.Has(sentence) || page.Has("None for a week") != missed || home.Has("No backup was noted") != missed {
			t.Errorf("%s: %s; the home page: %s", when, page.Text("#backup"), home.Text("main"))
		}
	}
	says("at first", "No backup is noted yet.", false)
	if _, err := app.Store.Pool().Exec(t.Context(), `UPDATE users SET created_at = $1`, now.Add(-8*24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	says("after eight days", "No backup is noted yet.", true)
	if app.As(hiring.RoleRecruiter).Get("/").Has("No backup was noted") {
		t.Error("a recruiter is reminded, who can do nothing about it")
	}
	noted(now.Add(-2 * time.Hour))
	noted(now.Add(-30 * 24 * time.Hour))
	says("after a backup", "The last backup was noted 2 h ago", false)
	if _, err := app.Store.Pool().Exec(t.Context(), `UPDATE backups SET at = at - interval '7 days'`); err != nil {
		t.Fatal(err)
	}
	says("a week later", "The last backup was noted", true)
}

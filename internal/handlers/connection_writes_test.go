package handlers_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/views"
)

// dayOf is a bad day by its name in the table.
func dayOf(name string) day {
	return days[slices.IndexFunc(days, func(d day) bool { return d.name == name })]
}

// TestWaitingInvitesOnThePages: one that was carried out, and one that was not, both without an answer until the desk gave
// them up. Admins see both among the waiting writes, recruiters at the sending, and both can look again, and drop.
func TestWaitingInvitesOnThePages(t *testing.T) {
	t.Parallel()
	clock := newClock()
	app, road := onRoad(t, apptest.Options{Now: clock.Now})
	a := newInterview(t, app)
	recruiter, admin := app.As(hiring.RoleRecruiter), app.As(hiring.RoleAdmin)
	invite := func(bad, name string) hiring.Invite {
		batch, err := app.Store.InsertInviteBatch(t.Context(), a.ID, hiring.InviteCandidate, recruiter.User.ID, app.Handlers.Now(), []hiring.Invitee{
			{FirstName: name, LastName: "Okafor", Email: name + "@example.com"}, {FirstName: name, LastName: "Behind", Email: name + "2@example.com"}})
		must(t, err)
		road.turn(dayOf(bad), "POST /assessment/*/invite", false)
		_, failed := app.Mirror.SendInvites(t.Context(), batch)
		road.better()
		if failed == nil {
			t.Fatal("sent on a bad day")
		}
		rows, err := app.Store.Invites(t.Context(), batch)
		must(t, err)
		// No work is there to send it: the admin reads that, and the recruiter can have it go on.
		if page := admin.Get("/admin/connection"); !page.Has(name+" Okafor") || !page.Has("Invite to Backend engineer") || !page.Has("Stuck") ||
			!page.Has("Tried 1 time since") || !page.Has("1 other of this sending waits behind it.") {
			t.Errorf("%s: %s", bad, page.Text("#writes"))
		}
		if page := recruiter.Get(views.BatchHref(a.ID, batch)); !page.Has("Trying again") || !page.Has("nothing is sent twice") || !page.Has("Try now") {
			t.Errorf("%s: %s", bad, page.Text("main"))
		}
		must(t, app.Mirror.AbandonInvites(t.Context(), batch, failed))
		return rows[0]
	}
	arrived, lost := invite("timeout after", "Ngozi"), invite("timeout before", "Chidi")

	page := admin.Get("/admin/connection")
	for _, row := range []hiring.Invite{arrived, lost} {
		line := page.Text(fmt.Sprintf("#waiting-%d", row.ID))
		for _, want := range []string{row.Who(), row.Email, "by Recruiter", "Not known", "did not answer in time", "Nothing happens by itself any more.", "1 other of this sending was not sent", "Send again", "Drop"} {
			if !strings.Contains(line, want) {
				t.Errorf("the line of %s lacks %q: %s", row.FirstName, want, line)
			}
		}
		if page := recruiter.Get(views.BatchHref(a.ID, row.BatchID)); !page.Has("Not everybody could be invited") || !page.Has("1 failed · 1 not known") ||
			!page.Has("Nobody said whether this invitation went out.") || !page.Has("Try the rest again") {
			t.Errorf("the sending: %s", page.Text("main"))
		}
		if page := recruiter.Get(invitesOf(a)); !page.Has("1 not known") {
			t.Errorf("the interview: %s", page.Text("main"))
		}
	}
	if page := app.As(hiring.RoleReviewer).Get(views.BatchHref(a.ID, lost.BatchID)); !page.Has("Not known") || page.Has("Send again") {
		t.Errorf("a reviewer: %d %s", page.Status, page.Text("main"))
	}
	engines := func() (n int) {
		must(t, app.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM engine.invites WHERE assessment_id = $1`, a.Ref).Scan(&n))
		return n
	}
	if n := engines(); n != 1 {
		t.Fatalf("the provider has %d invites, want that of the one which was carried out", n)
	}

	retry := fmt.Sprintf("/admin/connection/invites/%d/retry", arrived.ID)
	if page := admin.Post(retry).Follow(); !page.Has("had arrived. Nothing was sent again.") || page.Doc.Find(fmt.Sprintf("#waiting-%d", arrived.ID)).Length() > 0 {
		t.Errorf("looking for what arrived: %s", page.Text("#flashes, main"))
	}
	if page := admin.Post(retry).Follow(); !page.Has("settled already") {
		t.Errorf("once more: %s", page.Text("#flashes"))
	}
	if n := engines(); n != 1 {
		t.Errorf("a look made %d invites of 1", n)
	}
	at := func(row hiring.Invite, do string) string {
		return fmt.Sprintf("%s/%d/%s", views.BatchHref(a.ID, row.BatchID), row.ID, do)
	}
	if page := recruiter.Post(fmt.Sprintf("%s/%d/retry", views.BatchHref(a.ID, arrived.BatchID), lost.ID)); page.Status != http.StatusNotFound {
		t.Errorf("a row of another sending: %d", page.Status)
	}
	road.turn(dayOf("500 before"), "POST /assessment/*/invite", false)
	if page := recruiter.Post(at(lost, "retry")).Follow(); !page.Has("has a fault of its own just now (500). Nobody said whether") || !page.Has("Not known") {
		t.Errorf("another bad day: %s", page.Text("#flashes, main"))
	}
	road.better()
	if page := recruiter.Post(at(lost, "retry")).Follow(); !page.Has("Chidi Okafor is invited now.") || !page.Has("1 invited · 1 failed") {
		t.Errorf("looking for what did not arrive: %s", page.Text("#flashes, main"))
	}
	if n := engines(); n != 2 {
		t.Errorf("the provider has %d invites, want 2", n)
	}
	for _, row := range []hiring.Invite{arrived, lost} { // those behind them
		recruiter.Post(views.BatchHref(a.ID, row.BatchID) + "/retry")
		app.Until("all are invited", func() bool { return recruiter.Get(views.BatchHref(a.ID, row.BatchID)).Has("2 invited") })
	}

	dropped := invite("timeout before", "Emeka")
	if page := recruiter.Post(at(dropped, "drop")).Follow(); !page.Has("It is dropped.") || !page.Has("Dropped by "+recruiter.User.Name+". Whether it had gone out is not known.") {
		t.Errorf("dropping: %s", page.Text("#flashes, main"))
	}
	if page := admin.Get("/admin/connection"); page.Doc.Find("#writes").Length() > 0 {
		t.Errorf("what is settled or dropped still waits: %s", page.Text("#writes"))
	}
}

// TestASendingThatWaitsGoesOnAtOnce: nobody has to sit out the minutes between two tries.
func TestASendingThatWaitsGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	app, road := onRoad(t, apptest.Options{})
	a := newInterview(t, app)
	recruiter := app.As(hiring.RoleRecruiter)
	batch, err := app.Store.InsertInviteBatch(t.Context(), a.ID, hiring.InviteCandidate, recruiter.User.ID, app.Handlers.Now(), []hiring.Invitee{
		{FirstName: "Ngozi", LastName: "Okafor", Email: "ngozi@example.com"}, {FirstName: "Chidi", LastName: "Okafor", Email: "chidi@example.com"}})
	must(t, err)
	road.turn(dayOf("timeout after"), "POST /assessment/*/invite", false)
	must(t, app.Store.InTx(t.Context(), func(tx *db.Store) error { return app.Jobs.Enqueue(t.Context(), tx, jobs.SendBatch{ID: batch}, nil) }))
	app.Until("the first try failed", func() bool { return recruiter.Get(views.BatchHref(a.ID, batch)).Has("Trying again") })
	for later := int64(0); later == 0; { // once the queue has noted the failure, too
		tag, err := app.Store.Pool().Exec(t.Context(), `UPDATE river_job SET scheduled_at = now() + interval '5 minutes' WHERE kind = 'send_batch' AND state IN ('retryable', 'available')`)
		must(t, err)
		later = tag.RowsAffected()
	}
	if page := app.As(hiring.RoleAdmin).Get("/admin/connection"); !page.Has("Next by itself at") {
		t.Errorf("what comes next: %s", page.Text("#writes"))
	}
	road.better()
	recruiter.Post(views.BatchHref(a.ID, batch) + "/retry")
	app.Until("both are invited", func() bool { return recruiter.Get(views.BatchHref(a.ID, batch)).Has("2 invited") })
}

// TestUnsettledWritesStandWhereTheyWillShowUp: recruiters, who don't see the connection's page, see theirs at the
// interview and in the list.
func TestUnsettledWritesStandWhereTheyWillShowUp(t *testing.T) {
	t.Parallel()
	app, road := onRoad(t, apptest.Options{})
	a := newInterview(t, app)
	recruiter, at := app.As(hiring.RoleRecruiter), views.AssessmentHref(a.ID, "")
	road.turn(dayOf("timeout before"), "POST /assessment/*/questions", true)
	recruiter.Post(at+"/questions", "question", "What did you build last year?")
	road.turn(dayOf("timeout before"), "POST /assessment/audio-interviews", true)
	recruiter.Post("/interviews", "title", "Night nurse", "role", "Nurse", "purpose", "To see who fits.", "duration", "20", "language", "english", "status", "active")
	road.better()

	if page := recruiter.Get(at); !page.Has("What did you build last year?: sent, but not answered.") || !page.Has("Send again") || page.Has("Night nurse") {
		t.Errorf("at the interview: %s", page.Text("main"))
	}
	if page := recruiter.Get("/interviews"); !page.Has("Night nurse: sent, but not answered. ") || page.Has("last year") {
		t.Errorf("in the list: %s", page.Text("main"))
	}
	if page := app.As(hiring.RoleReviewer).Get(at); !page.Has("sent, but not answered") || page.Has("Send again") {
		t.Errorf("a reviewer: %s", page.Text("main"))
	}
	again, _ := recruiter.Get(at).Doc.Find(`#unsettled form[action$="/retry"]`).Attr("action")
	app.Until("calls go out", func() bool { return app.Reconcile() == nil })
	if page := recruiter.Post(again).Follow(); !page.Has("It is carried out now, once.") || page.Doc.Find("#unsettled").Length() > 0 || page.Doc.Find(".question-body").Length() != 1 {
		t.Errorf("sent again: %s", page.Text("#flashes, main"))
	}
	drop, _ := recruiter.Get("/interviews").Doc.Find(`#unsettled form[action$="/drop"]`).Attr("action")
	if page := recruiter.Post(drop).Follow(); !page.Has("It is dropped.") || page.Has("Night nurse") {
		t.Errorf("dropped: %s", page.Text("#flashes, main"))
	}
}

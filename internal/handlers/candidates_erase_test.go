package handlers_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
)

// traces are the tables, desk's and engine's, with rows in which a word stands, in whatever column.
func traces(t *testing.T, app *apptest.App, word string) []string {
	t.Helper()
	ctx := t.Context()
	rows, err := app.Store.Pool().Query(ctx, `SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
		WHERE table_schema IN ('public', 'engine') AND table_type = 'BASE TABLE' ORDER BY 1`)
	must(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	must(t, err)
	if len(tables) < 30 {
		t.Fatalf("only %d tables were looked through", len(tables))
	}
	var found []string
	for _, table := range tables {
		var n int
		must(t, app.Store.Pool().QueryRow(ctx, `SELECT count(*) FROM `+table+` x WHERE lower(x::text) LIKE '%' || $1 || '%' OR x::text LIKE '%' || $2 || '%'`,
			word, hex.EncodeToString([]byte(word))).Scan(&n))
		if n > 0 {
			found = append(found, fmt.Sprintf("%s: %d", table, n))
		}
	}
	return found
}

func eraseOf(c hiring.Candidate) string { return pageOf(c) + "/delete" }

// TestADeletedCandidateLeavesNothing deletes somebody who was invited, answered and was judged, and looks for them in
// every table.
func TestADeletedCandidateLeavesNothing(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c, other := submitted(t, app, "zebulon"), submitted(t, app, "grace")
	list := typed(t, app, c, "Zebulon Okafor <Zebulon@Example.com>")
	reviewer, admin := app.As(hiring.RoleReviewer), app.As(hiring.RoleAdmin)
	reviewer.Post(scorecardOf(c), "rating-1", "100", "rating-2", "50", "note-1", "Zebulon was clear.", "comment", "Would hire Zebulon.")
	c = scored(t, app, c, 75)
	app.Until("every webhook is applied", func() bool {
		var open int
		must(t, app.Store.Pool().QueryRow(t.Context(), `SELECT (SELECT count(*) FROM webhook_deliveries WHERE status = 'received')
			+ (SELECT count(*) FROM engine.deliveries WHERE state = 'pending') + (SELECT count(*) FROM engine.tasks)`).Scan(&open))
		return open == 0
	})
	before := traces(t, app, "zebulon")
	if len(before) < 9 {
		t.Fatalf("what is to be deleted stands in %v only", before)
	}

	if page := reviewer.Get(pageOf(c)); page.Doc.Find(`a[href="`+eraseOf(c)+`"]`).Length() != 0 {
		t.Error("a reviewer is offered to delete somebody")
	}
	if page := reviewer.Post(eraseOf(c)); page.Status != http.StatusForbidden {
		t.Errorf("a reviewer deleting somebody: %d", page.Status)
	}
	if page := admin.Get(pageOf(c)); page.Doc.Find(`a[href="`+eraseOf(c)+`"]`).Length() != 1 {
		t.Error("no way to delete somebody")
	}
	page := admin.Get(eraseOf(c))
	for _, want := range []string{"2 answers", "1 scorecard of the team", "deletes its copy too"} {
		if !page.Has(want) {
			t.Errorf("before deleting it doesn't say %q: %s", want, page.Text("main"))
		}
	}
	gone := admin.Post(eraseOf(c))
	if gone.Status != http.StatusSeeOther {
		t.Fatalf("deleting: %d %s", gone.Status, gone.Text("main"))
	}
	if page := gone.Follow(); !page.Has("1 person was deleted from this interview, by Admin") {
		t.Errorf("afterwards the list says: %s", page.Text("main"))
	}
	must(t, app.Reconcile())
	for _, word := range []string{"zebulon", c.InviteRef} {
		if left := traces(t, app, word); len(left) > 0 {
			t.Errorf("%s is still in %v", word, left)
		}
	}
	for _, path := range []string{pageOf(c), eraseOf(c), fmt.Sprintf("/interviews/%d/invites/lists/%d", c.AssessmentID, list)} {
		if page := admin.Get(path); page.Status != http.StatusNotFound {
			t.Errorf("%s answers %d", path, page.Status)
		}
	}
	if page := admin.Post(eraseOf(c)); page.Status != http.StatusNotFound {
		t.Errorf("deleting once more: %d", page.Status)
	}
	if page := admin.Get(pageOf(other)); page.Status != http.StatusOK || page.Doc.Find(".answers > .answer").Length() != 2 {
		t.Errorf("somebody else is gone too: %d", page.Status)
	}
	if gaps, open, err := app.Store.Gaps(t.Context(), app.Mirror.Connection(), 10); err != nil || open != 0 {
		t.Errorf("gaps after the next comparison: %+v, %v", gaps, err)
	}

	anew := invitedAnew(t, app, c)
	if anew.Stage != hiring.StageInvited || anew.InviteRef == "" || anew.InviteRef == c.InviteRef {
		t.Errorf("invited anew: %+v", anew)
	}
}

// typed is a list of people as a recruiter typed it for a candidate's interview.
func typed(t *testing.T, app *apptest.App, c hiring.Candidate, people string) (id int64) {
	t.Helper()
	id, err := app.Store.InsertInviteList(t.Context(), hiring.InviteList{AssessmentID: c.AssessmentID, UserID: app.Member(hiring.RoleRecruiter).ID,
		Type: hiring.InviteCandidate, People: people, CreatedAt: time.Now()})
	must(t, err)
	return id
}

// TestDeletingSomebodyLeavesListsOfOthers, those beside them and those whose address is only like theirs.
func TestDeletingSomebodyLeavesListsOfOthers(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := invited(t, app, "ann")
	together, table := typed(t, app, c, "Bo <bo@example.com>\nAnn Okafor<ANN@example.com>"), typed(t, app, c, "first,last,email\nAnn,Okafor,ann@example.com\n")
	typed(t, app, c, "ann@example.com")
	similar := typed(t, app, c, "Jo <jo-ann@example.com>, Ann <ann@example.com.au>; ann.b@example.com")
	must(t, app.Mirror.EraseCandidate(t.Context(), c.ID, 0))
	want := map[int64]string{together: "Bo <bo@example.com>", table: "first,last,email\n", similar: "Jo <jo-ann@example.com>, Ann <ann@example.com.au>; ann.b@example.com"}
	rows, err := app.Store.Pool().Query(t.Context(), `SELECT id, people FROM invite_lists`)
	must(t, err)
	left := map[int64]string{}
	var id int64
	var people string
	_, err = pgx.ForEachRow(rows, []any{&id, &people}, func() error { left[id] = people; return nil })
	must(t, err)
	if diff := cmp.Diff(want, left); diff != "" {
		t.Errorf("lists (-want +there):\n%s", diff)
	}
}

// unable stands before the engine and hides something that it can do.
type unable struct {
	next http.RoundTripper
	to   string
}

func (u unable) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := u.next.RoundTrip(r)
	if err != nil || !strings.HasSuffix(r.URL.Path, "/extensions") {
		return resp, err
	}
	return reworded(resp, func(data map[string]any) {
		data["capabilities"] = slices.DeleteFunc(data["capabilities"].([]any), func(can any) bool { return can == u.to })
	})
}

func without(capability string) func(*partner.Options) {
	return func(c *partner.Options) {
		c.HTTPClient = &http.Client{Transport: unable{c.HTTPClient.Transport, capability}}
	}
}

// TestADeletedCandidateStaysDeleted at a provider that can't delete anybody: neither its list nor a webhook, early or late,
// brings them back, and what it says of them isn't kept.
func TestADeletedCandidateStaysDeleted(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Calls: without("erase")})
	c := submitted(t, app, "zebulon")
	a, err := app.Store.Assessment(t.Context(), c.AssessmentID)
	must(t, err)
	admin := app.As(hiring.RoleAdmin)
	if page := admin.Get(eraseOf(c)); !page.Has("keeps its own copy: its API can’t delete anybody") {
		t.Errorf("it doesn't say that the provider keeps its copy: %s", page.Text("main"))
	}
	if page := admin.Post(eraseOf(c)); page.Status != http.StatusSeeOther {
		t.Fatalf("deleting: %d %s", page.Status, page.Text("main"))
	}
	gapless := func(when string) {
		t.Helper()
		if gaps, open, err := app.Store.Gaps(t.Context(), app.Mirror.Connection(), 10); err != nil || open != 0 {
			t.Errorf("%s: gaps %+v, %v", when, gaps, err)
		}
	}
	gapless("at once")
	must(t, app.Reconcile())
	gapless("after a comparison")
	for i, said := range []string{
		`{"event":"interview.error","data":{"assessmentId":%q,"inviteId":%q,"candidateName":"Zebulon","candidateEmail":"zebulon@example.com"}}`,
		`{"event":"interview.started","data":{"assessmentId":%q,"submissionId":"77","candidateName":"Zebulon","candidateEmail":"Zebulon@example.com"}}`,
		`{"event":"interview.reviewed","data":{"assessmentId":%q,"submissionId":"77","candidateName":"Zebulon"}}`, // no event of the desk's
	} {
		args := []any{a.Ref, c.InviteRef}
		if got := hook(app, receiver, testKey, fmt.Sprintf(said, args[:strings.Count(said, "%q")]...)); got != http.StatusNoContent {
			t.Fatalf("webhook %d: %d", i, got)
		}
		app.Until("what was said of somebody who was deleted is left out", func() bool {
			var n int
			must(t, app.Store.Pool().QueryRow(t.Context(), `SELECT count(*) FROM webhook_deliveries
				WHERE status = 'ignored' AND effect = 'Not kept: its candidate was deleted' AND body IS NULL`).Scan(&n))
			return n == i+1
		})
	}
	for _, table := range traces(t, app, "zebulon") {
		if !strings.HasPrefix(table, "engine.") { // where it is kept
			t.Errorf("still in %s", table)
		}
	}

	if anew := invitedAnew(t, app, c); anew.Stage != hiring.StageInvited || anew.InviteRef != "" {
		t.Errorf("invited anew: %+v", anew)
	}
	must(t, app.Reconcile())
	if back, err := app.Store.MatchCandidate(t.Context(), db.CandidateKeys{AssessmentID: c.AssessmentID, InviteRef: c.InviteRef}); err != nil || !back.Stage.Over() {
		t.Errorf("what the provider has of somebody whom people invited anew: %+v, %v", back, err)
	}
	gapless("with somebody who is back")
}

// overtaken stands before a provider and has something happen while it is asked for the ground of a score.
type overtaken struct {
	next http.RoundTripper
	once func()
}

func (o *overtaken) RoundTrip(r *http.Request) (*http.Response, error) {
	if then := o.once; then != nil && strings.HasSuffix(r.URL.Path, "/evaluation") {
		o.once = nil
		then()
	}
	return o.next.RoundTrip(r)
}

// TestDeletingSomebodyWhileTheirInterviewIsCompared fails neither.
func TestDeletingSomebodyWhileTheirInterviewIsCompared(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := submitted(t, app, "ada")
	_, err := app.Store.Pool().Exec(t.Context(), `UPDATE candidates SET heard = false`) // so that there is something to ask
	must(t, err)
	road := &overtaken{next: partner.HandlerTransport(app.Handlers.Engine)}
	comparing := mirror.New(mirror.Options{Store: app.Store, Connection: app.Mirror.Connection(), Log: slog.New(slog.DiscardHandler), Client: partner.New(partner.Options{
		BaseURL: app.URL + "/v1/partner", Key: apptest.EngineKey, Name: "The local engine", HTTPClient: &http.Client{Transport: road}})})
	road.once = func() { must(t, app.Mirror.EraseCandidate(t.Context(), c.ID, 0)) }
	if _, err := comparing.SyncCandidates(t.Context(), c.AssessmentID); err != nil || road.once != nil {
		t.Errorf("comparing meanwhile: %v; %v", err, road.once == nil)
	}
	if left := traces(t, app, "ada@example.com"); len(left) > 0 {
		t.Errorf("they are back in %v", left)
	}
}

// hooked has something happen with an answer to a request for a path, before anybody reads it.
type hooked struct {
	next   http.RoundTripper
	suffix string
	then   func(body []byte)
}

func (o *hooked) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := o.next.RoundTrip(r)
	if err == nil && r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, o.suffix) {
		body, _ := io.ReadAll(resp.Body)
		resp.Body = io.NopCloser(bytes.NewReader(body))
		o.then(body)
	}
	return resp, err
}

// TestDeletingSomebodyWhileTheirInvitationIsSent: they begin at once and are deleted before the desk has noted that it
// invited them. Nothing brings them back, here or at an engine that can delete.
func TestDeletingSomebodyWhileTheirInvitationIsSent(t *testing.T) {
	t.Parallel()
	for name, capability := range map[string]string{"deleted at the provider too": "", "kept at the provider": "erase"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var o apptest.Options
			if capability != "" {
				o.Calls = without(capability)
			}
			app := apptest.Start(t, o)
			ctx, first := t.Context(), invited(t, app, "grace")
			calls := partner.Options{
				BaseURL: app.URL + "/v1/partner", Key: apptest.EngineKey, Name: "The local engine",
				HTTPClient: &http.Client{Transport: partner.HandlerTransport(app.Handlers.Engine)},
			}
			if o.Calls != nil {
				o.Calls(&calls)
			}
			deleted := false
			calls.HTTPClient = &http.Client{Transport: &hooked{calls.HTTPClient.Transport, "/invite", func(body []byte) {
				if deleted { // the next of the list
					return
				}
				var answer struct{ Data struct{ InviteID string } }
				must(t, json.Unmarshal(body, &answer))
				_, err := app.Engine.Open(ctx, answer.Data.InviteID)
				must(t, err)
				must(t, app.Engine.Start(ctx, answer.Data.InviteID))
				var c hiring.Candidate
				app.Until("they have begun", func() bool {
					c, err = app.Store.MatchCandidate(ctx, db.CandidateKeys{AssessmentID: first.AssessmentID, InviteRef: answer.Data.InviteID})
					return err == nil && c.Stage == hiring.StageStarted
				})
				must(t, app.Mirror.EraseCandidate(ctx, c.ID, 0))
				deleted = true
			}}}
			sending := mirror.New(mirror.Options{Store: app.Store, Connection: app.Mirror.Connection(), Log: slog.New(slog.DiscardHandler), Client: partner.New(calls)})
			batch, err := app.Store.InsertInviteBatch(ctx, first.AssessmentID, hiring.InviteCandidate, app.Member(hiring.RoleRecruiter).ID, time.Now(),
				[]hiring.Invitee{{Line: 1, FirstName: "Zebulon", LastName: "Okafor", Email: "zebulon@example.com"}, {Line: 2, FirstName: "Bo", LastName: "Ek", Email: "bo@example.com"}})
			must(t, err)
			if _, err := sending.SendInvites(ctx, batch); err != nil || !deleted {
				t.Fatalf("sending: %v; deleted meanwhile: %v", err, deleted)
			}
			must(t, app.Reconcile())
			for _, at := range traces(t, app, "zebulon") {
				if capability == "" || !strings.HasPrefix(at, "engine.") {
					t.Errorf("they are back in %s", at)
				}
			}
			if _, err := app.Store.MatchCandidate(ctx, db.CandidateKeys{AssessmentID: first.AssessmentID, Email: "bo@example.com"}); err != nil {
				t.Errorf("the next of the list: %v", err)
			}
		})
	}
}

// invitedAnew invites a deleted candidate's address once more.
func invitedAnew(t *testing.T, app *apptest.App, c hiring.Candidate) hiring.Candidate {
	t.Helper()
	batch, err := app.Store.InsertInviteBatch(t.Context(), c.AssessmentID, hiring.InviteCandidate, app.Member(hiring.RoleRecruiter).ID, time.Now(),
		[]hiring.Invitee{{Line: 1, FirstName: "Zebulon", LastName: "Okafor", Email: c.Email}})
	must(t, err)
	_, err = app.Mirror.SendInvites(t.Context(), batch)
	must(t, err)
	anew, err := app.Store.MatchCandidate(t.Context(), db.CandidateKeys{AssessmentID: c.AssessmentID, Email: c.Email})
	must(t, err)
	return anew
}

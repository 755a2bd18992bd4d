package handlers_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

func TestConnectionShowsWhatIsInStep(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	client := app.As(hiring.RoleAdmin)
	a, err := app.Mirror.CreateAssessment(t.Context(), hiring.AssessmentDraft{Title: "Night nurse", Role: "Nurse", Purpose: "To see who fits.",
		Status: hiring.AssessmentActive, Duration: 20, Language: "english"})
	must(t, err)
	must(t, app.Reconcile())
	for _, want := range []string{"Night nurse", "All", "Local engine", "Send me a test webhook", "of each TapTalent account are kept apart"} {
		if page := client.Get("/admin/connection"); !page.Has(want) {
			t.Errorf("the page does not say %q: %s", want, page.Text("main"))
		}
	}
	if page := app.As(hiring.RoleRecruiter).Get("/admin/connection"); page.Status != http.StatusForbidden {
		t.Errorf("a recruiter sees it: %d", page.Status)
	}
	if page := client.Post("/admin/connection/test"); !page.Has("takes the key") {
		t.Errorf("the test of the connection: %s", page.Text("main"))
	}

	// Somebody adds a question behind our back.
	body := `{"question":"What do you do when two patients need you at once?"}`
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, app.URL+"/v1/partner"+strings.ReplaceAll(partnerapi.PathQuestions, "{assessmentId}", a.Ref), strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+apptest.EngineKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	must(t, err)
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("adding a question at the engine: %s", resp.Status)
	}
	if page := client.Post("/admin/connection/reconcile", "interview", "999999"); page.Status != http.StatusNotFound {
		t.Errorf("an interview that isn't there: %d", page.Status)
	}
	client.Post("/admin/connection/reconcile")
	app.Until("the difference is found", func() bool { return client.Get("/admin/connection").Has("Questions were changed") })
}

func TestATestWebhookArrives(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	client := app.As(hiring.RoleAdmin)
	if page := client.Post("/admin/connection/webhook").Follow(); !page.Has("test webhook is on its way") {
		t.Errorf("%d %s", page.Status, page.Text("main"))
	}
	app.Until("it arrived", func() bool { return client.Get("/admin/webhooks").Has("webhook.test") })
}

// TestPagesWorkWhileTheProviderHangs opens every kind of page with a provider that never answers.
func TestPagesWorkWhileTheProviderHangs(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Provider: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })})
	connection := app.Mirror.Connection()
	a, err := app.Store.UpsertAssessment(t.Context(), hiring.Assessment{ConnectionID: connection, Ref: "a1", Title: "Night nurse", Status: hiring.AssessmentActive,
		Duration: 20, Language: "english", CreatedAt: time.Now(), UpdatedAt: time.Now(), SyncedAt: time.Now()})
	must(t, err)
	client := app.As(hiring.RoleAdmin)
	began := time.Now()
	pages := []string{"/", "/interviews", "/interviews/new", "/interviews/generate", "/candidates", "/reviews", "/outbox", "/admin/connection", "/admin/settings", "/admin/webhooks",
		"/interviews/" + fmt.Sprint(a.ID), "/interviews/" + fmt.Sprint(a.ID) + "/settings", "/interviews/" + fmt.Sprint(a.ID) + "/invites", "/interviews/" + fmt.Sprint(a.ID) + "/candidates"}
	for _, path := range pages {
		at := time.Now()
		if page := client.Get(path); page.Status != http.StatusOK {
			t.Errorf("%s: %d", path, page.Status)
		}
		if took := time.Since(at); took > 5*time.Second {
			t.Errorf("%s took %v", path, took)
		} else if took > time.Second {
			t.Logf("%s took %v", path, took)
		}
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("%d pages took %v", len(pages), took)
	}
}

func TestABannerTellsHowOldThePagesAre(t *testing.T) {
	t.Parallel()
	var failing atomic.Bool
	app := apptest.Start(t, apptest.Options{Provider: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if failing.Load() {
			w.WriteHeader(http.StatusUnauthorized)
			_ = json.NewEncoder(w).Encode(partnerapi.Error{Code: partnerapi.CodeUnauthorized, Message: "no"})
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"status":"success","data":{"assessments":[],"pagination":{"page":1,"limit":10,"total":0,"totalPages":0}}}`))
	})})
	client := app.As(hiring.RoleAdmin)
	must(t, app.Reconcile())
	if page := client.Get("/candidates"); page.Has("hasn’t answered") {
		t.Errorf("all is well: %s", page.Text("main"))
	}
	failing.Store(true)
	page := client.Post("/admin/connection/test")
	if !page.Has("does not accept the API key") || !page.Has("401") || page.Has("sk an admin") {
		t.Errorf("the test says what failed: %s", page.Text("main"))
	}
	if page := app.As(hiring.RoleRecruiter).Get("/candidates"); !page.Has("Ask an admin to check the key") {
		t.Errorf("the banner of somebody who can't mend it: %s", page.Text("main"))
	}
	if page := client.Get("/candidates"); !page.Has("hasn’t answered as it should since") || !page.Has("What you see is from "+time.Now().Format("15:")) {
		t.Errorf("the banner: %s", page.Text("main"))
	}
	failing.Store(false)
	client.Post("/admin/connection/test")
	if page := client.Get("/candidates"); page.Has("hasn’t answered") {
		t.Errorf("it answers again: %s", page.Text("main"))
	}
}

func TestPendingWritesCanBeSentAgainAndDropped(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	connection := app.Mirror.Connection()
	write := func(title string) hiring.PendingWrite {
		draft, err := json.Marshal(hiring.AssessmentDraft{Title: title, Role: "Nurse", Purpose: "To see who fits.", Status: hiring.AssessmentActive, Duration: 20, Language: "english"})
		must(t, err)
		at := time.Now().Add(-time.Hour)
		w, _, err := app.Store.BeginWrite(t.Context(), connection, hiring.PendingWrite{Kind: hiring.WriteInterview, Title: title, Draft: draft, BeganAt: at})
		must(t, err)
		must(t, app.Store.SettleWrite(t.Context(), w.ID, hiring.WriteAbsent, ""))
		return w
	}
	again, dropped := write("Night nurse"), write("Day nurse")
	client := app.As(hiring.RoleAdmin)
	if page := client.Get("/admin/connection"); !page.Has("Night nurse") || !page.Has("Not carried out") {
		t.Errorf("the page: %s", page.Text("main"))
	}
	if page := client.Post("/admin/connection/writes/" + fmt.Sprint(again.ID) + "/retry").Follow(); !page.Has("carried out now, once") {
		t.Errorf("sending again: %s", page.Text("main"))
	}
	if page := client.Post("/admin/connection/writes/" + fmt.Sprint(dropped.ID) + "/drop").Follow(); !page.Has("It is dropped") || page.Has("Day nurse") {
		t.Errorf("dropping: %s", page.Text("main"))
	}
	if page := client.Post("/admin/connection/writes/" + fmt.Sprint(again.ID) + "/retry").Follow(); !page.Has("settled already") {
		t.Errorf("a second time: %s", page.Text("main"))
	}
	if page := client.Get("/interviews"); !page.Has("Night nurse") || page.Has("Day nurse") {
		t.Errorf("interviews: %s", page.Text("main"))
	}
}

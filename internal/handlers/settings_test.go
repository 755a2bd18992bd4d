package handlers_test

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

func TestCompanySettings(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	for _, c := range [][]string{{"company_name", " ", "required_scorecards", "2"}, {"company_name", "Acme", "required_scorecards", "6"}, {"company_name", "Acme", "required_scorecards", "x"}} {
		if page := admin.Post("/admin/settings", c...); page.Status != http.StatusUnprocessableEntity || page.Doc.Find(".error-summary a").Length() != 1 {
			t.Errorf("%v: status %d: %s", c, page.Status, page.Text(".error-summary"))
		}
	}
	page := admin.Post("/admin/settings", "company_name", "Acme & Söhne", "required_scorecards", "3").Follow()
	if page.Value("company_name") != "Acme & Söhne" || page.Value("required_scorecards") != "3" || page.Text("#flashes") != "The settings are saved." {
		t.Errorf("%q, %q, said %q", page.Value("company_name"), page.Value("required_scorecards"), page.Text("#flashes"))
	}
	if w, err := app.Store.Workspace(t.Context()); err != nil || w.CompanyName != "Acme & Söhne" || w.RequiredScorecards != 3 {
		t.Errorf("%+v, %v", w, err)
	}
}

func TestSettingsTellHowToCallTheEngine(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	page := app.As(hiring.RoleAdmin).Get("/admin/settings")
	for _, want := range []string{app.URL + "/v1/partner", "GREENROOM_ENGINE_KEY", "None: reviewers listen to what candidates speak"} {
		if !page.Has(want) {
			t.Errorf("%q is not said: %s", want, page.Text("main"))
		}
	}
}

func TestScoringWithTheEngine(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	page := admin.Get("/admin/settings")
	if page.Value("scoring") != "people" || !page.Has("Literal matches, not a judgement") {
		t.Fatalf("scored %q: %s", page.Value("scoring"), page.Text("main"))
	}
	if _, off := page.Doc.Find(`[name="scoring"][value="model"]`).Attr("disabled"); !off {
		t.Error("a model is offered where there is none")
	}
	page = admin.Post("/admin/settings/scoring", "scoring", "checklist").Follow()
	if page.Value("scoring") != "checklist" || !strings.Contains(page.Text("#flashes"), "by checklist: literal matches, not a judgement") {
		t.Errorf("scored %q, said %q", page.Value("scoring"), page.Text("#flashes"))
	}
	if mode, err := app.Mirror.Scoring(t.Context()); mode != hiring.BasisChecklist || err != nil {
		t.Errorf("the engine scores by %q, %v", mode, err)
	}
	for mode, said := range map[string]string{"model": "There is no model yet.", "": "Choose how", "dice": "Choose how"} {
		page := admin.Post("/admin/settings/scoring", "scoring", mode)
		if page.Status != http.StatusUnprocessableEntity || !strings.Contains(page.Text(".error-summary"), said) {
			t.Errorf("%q: status %d, said %q", mode, page.Status, page.Text(".error-summary"))
		}
	}
}

func TestSettingsOfAProviderThatScoresByItself(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Provider: http.NotFoundHandler()})
	admin := app.As(hiring.RoleAdmin)
	page := admin.Get("/admin/settings")
	for _, said := range []string{"TapTalent scores interviews by its own rules.", "TapTalent at sandbox.", "On: nothing costs credits", app.URL + "/webhooks/taptalent", "messages wait in the outbox", "The database of DATABASE_URL"} {
		if !page.Has(said) {
			t.Errorf("does not say %q: %s", said, page.Text("main"))
		}
	}
	if page.Doc.Find(`[name="scoring"]`).Length() != 0 || strings.Contains(page.Body, apptest.WebhookKey) {
		t.Error("offers what can't be chosen, or shows a secret")
	}
	if page := admin.Post("/admin/settings/scoring", "scoring", "people"); page.Status != http.StatusUnprocessableEntity {
		t.Errorf("chosen all the same: status %d", page.Status)
	}
}

func TestSettingsWhileTheProviderIsDown(t *testing.T) {
	t.Parallel()
	var down atomic.Bool
	app := apptest.Start(t, apptest.Options{Provider: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/extensions") && !down.Load() {
			_, _ = w.Write([]byte(`{"success":true,"data":{"provider":"Local engine","capabilities":["scoring"]}}`))
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	})})
	admin := app.As(hiring.RoleAdmin)
	admin.Get("/admin/settings")
	down.Store(true)
	page := admin.Get("/admin/settings")
	if page.Status != http.StatusOK || page.Value("company_name") != "Acme" || page.Doc.Find(`[name="scoring"]`).Length() != 0 {
		t.Errorf("status %d: %s", page.Status, page.Text("main"))
	}
	page = admin.Post("/admin/settings/scoring", "scoring", "people")
	if page.Status != http.StatusUnprocessableEntity || page.Text(".error-summary") == "" {
		t.Errorf("status %d: %s", page.Status, page.Text("main"))
	}
}

// TestScoringByModelIsOfferedWithAModel: what the settings of the environment name can be chosen, and is named.
func TestScoringByModelIsOfferedWithAModel(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t, apptest.Options{Settings: []string{"OPENAI_BASE_URL=http://127.0.0.1:9/v1", "OPENAI_MODEL=qwen-of-ours"}})
	admin := app.As(hiring.RoleAdmin)
	page := admin.Get("/admin/settings")
	if !page.Has("qwen-of-ours") || page.Doc.Find(`[name="scoring"][value="model"][disabled]`).Length() != 0 {
		t.Fatalf("the model is not offered: %s", page.Text("main"))
	}
	page = admin.Post("/admin/settings/scoring", "scoring", "model")
	if page.Status != http.StatusSeeOther || page.Follow().Value("scoring") != "model" {
		t.Errorf("choosing it: %d %s", page.Status, page.Text("main"))
	}
}

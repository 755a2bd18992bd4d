package handlers

import (
	"cmp"
	"context"
	"net/http"
	"strconv"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/mirror"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// Installation are facts that the environment set, for the settings page. None of them is a secret.
type Installation struct {
	ProviderURL string // host of the provider's API; "" for the local engine in this process
	ProviderKey string // the API key, all but its ends masked; "": the one that is kept can't be read
	Database    string // which Postgres, in words
	Data        string // the data folder; "" where nothing is kept in one
	MailServer  string // host of the mail server; "" without one
	MailFrom    string
	Transcribe  string // host of the server that turns speech into text; "" without one
}

// settingsShow shows what the company set, and what the environment did.
func (h *Handlers) settingsShow(w http.ResponseWriter, r *http.Request) error {
	workspace, err := h.Store.Workspace(r.Context())
	if err != nil {
		return err
	}
	return h.settingsPage(w, r, http.StatusOK, workspace, views.WorkspaceProps{})
}

// settingsUpdate keeps the company's settings.
func (h *Handlers) settingsUpdate(w http.ResponseWriter, r *http.Request) error {
	required, _ := strconv.Atoi(r.PostFormValue("required_scorecards")) // what is no number is 0, which the rule refuses
	workspace := hiring.Workspace{CompanyName: r.PostFormValue("company_name"), RequiredScorecards: required}
	if list, bad := problems(hiring.CheckWorkspace(&workspace)); bad {
		return h.settingsPage(w, r, http.StatusUnprocessableEntity, workspace, views.WorkspaceProps{Problems: problemsFor(list)})
	}
	err := h.Store.InTx(r.Context(), func(tx *db.Store) error {
		if err := tx.SaveWorkspace(r.Context(), workspace); err != nil {
			return err
		}
		return h.Jobs.Enqueue(r.Context(), tx, jobs.PushEvaluations{}, nil) // fewer scorecards may be required now
	})
	if err != nil {
		return err
	}
	h.say(r, "The settings are saved.")
	return h.redirect(w, r, "/admin/settings")
}

// settingsScoring chooses how finished interviews are scored.
func (h *Handlers) settingsScoring(w http.ResponseWriter, r *http.Request) error {
	mode := hiring.Basis(r.PostFormValue("scoring"))
	err := h.Mirror.SetScoring(r.Context(), mode)
	if list, bad := problems(err); bad {
		workspace, err := h.Store.Workspace(r.Context())
		if err != nil {
			return err
		}
		return h.settingsPage(w, r, http.StatusUnprocessableEntity, workspace, views.WorkspaceProps{Scoring: string(mode), ScoringProblems: problemsFor(list)})
	}
	if err != nil {
		return err
	}
	h.say(r, "Interviews that end from now on are scored %s.", views.ScoringWords(mode))
	return h.redirect(w, r, "/admin/settings")
}

func (h *Handlers) settingsPage(w http.ResponseWriter, r *http.Request, status int, workspace hiring.Workspace, props views.WorkspaceProps) error {
	able := h.Mirror.Abilities(r.Context())
	props.Company, props.RequiredScorecards = workspace.CompanyName, workspace.RequiredScorecards
	props.Provider, props.Model, props.CanScore = able.Provider, able.Model, able.Scoring
	if props.Scoring == "" {
		ctx, cancel := context.WithTimeout(r.Context(), providerWait)
		defer cancel()
		mode, err := h.Mirror.Scoring(ctx)
		if err != nil {
			said := mirror.Sentence(err)
			if said == "" {
				return err
			}
			props.ScoringUnknown = said
		}
		props.Scoring = string(mode)
	}
	if props.KeepProblems == nil {
		var err error
		if props.KeepMonths, err = h.Store.Keep(r.Context(), h.Mirror.Connection()); err != nil {
			return err
		}
	}
	props.Facts = h.facts(able)
	bad := len(props.Problems)+len(props.ScoringProblems)+len(props.KeepProblems) > 0
	return h.page(w, r, status, page{title: "Settings", nav: "settings", problem: bad}, views.WorkspaceSettings(props))
}

// facts are the environment's settings in words.
func (h *Handlers) facts(able mirror.Abilities) []ui.Detail {
	yes := func(on bool, is, isNot string) string {
		if on {
			return is
		}
		return isNot
	}
	about := h.About
	speech := "By " + able.Provider
	if h.Engine != nil {
		speech = "None: reviewers listen to what candidates speak"
	}
	facts := []ui.Detail{
		{Term: "Provider", Value: able.Provider + yes(about.ProviderURL != "", " at "+about.ProviderURL, ", in this program")},
		{Term: "Test mode", Value: yes(h.Test, "On: nothing costs credits or reaches real people", "Off")},
		{Term: "Webhook address", Value: h.BaseURL.JoinPath("webhooks", "taptalent").String()},
		{Term: "Webhook key", Value: yes(h.receiver.keys.Required, "Set", "Not set: deliveries count as unverified. Set TAPTALENT_WEBHOOK_KEY.")},
		{Term: "Language model", Value: cmp.Or(able.Model, "None: questions come from the question bank")},
		{Term: "Speech to text", Value: yes(about.Transcribe != "", "Through "+about.Transcribe, speech)},
		{Term: "Mail", Value: yes(about.MailServer != "", "Through "+about.MailServer+", as "+about.MailFrom, "None: messages wait in the outbox with a link to copy")},
		{Term: "Database", Value: about.Database},
		{Term: "Data folder", Value: cmp.Or(about.Data, "None")},
		{Term: "Public address", Value: h.BaseURL.String()},
	}
	if h.Engine != nil {
		facts = append(facts, ui.Detail{Term: "Engine’s own API", Value: h.BaseURL.JoinPath("v1", "partner").String() + ". To call it yourself, set GREENROOM_ENGINE_KEY to a key of your own."})
	}
	return facts
}

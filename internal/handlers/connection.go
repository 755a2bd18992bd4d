package handlers

import (
	"cmp"
	"net/http"
	"strconv"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/jobs"
	"greenroom/internal/mirror"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// connectionShow says how the desk and the provider are in step. It reads what is here; the provider is not asked.
func (h *Handlers) connectionShow(w http.ResponseWriter, r *http.Request) error {
	return h.connectionPage(w, r, nil)
}

// connectionTest tries the connection, and says on the page what came of it.
func (h *Handlers) connectionTest(w http.ResponseWriter, r *http.Request) error {
	tested := h.Mirror.Test(r.Context())
	return h.connectionPage(w, r, &views.ConnectionTest{Took: tested.Took, Sentence: tested.Sentence, Detail: tested.Detail})
}

// connectionWebhook asks the provider for a webhook that means nothing.
func (h *Handlers) connectionWebhook(w http.ResponseWriter, r *http.Request) error {
	if err := h.Mirror.TestWebhook(r.Context()); err != nil {
		said := mirror.Sentence(err)
		if said == "" {
			return err
		}
		h.warn(r, said)
		return h.redirect(w, r, "/admin/connection")
	}
	h.say(r, "A test webhook is on its way. It appears below as webhook.test.")
	return h.redirect(w, r, "/admin/webhooks")
}

// connectionReconcile has one interview, or everything, compared with the provider now.
func (h *Handlers) connectionReconcile(w http.ResponseWriter, r *http.Request) error {
	id, _ := strconv.ParseInt(r.PostFormValue("interview"), 10, 64) // none is everything
	if id != 0 {
		if _, err := h.assessment(r.Context(), id); err != nil {
			return err
		}
	}
	if err := h.Mirror.CheckSoon(r.Context(), id); err != nil {
		return err
	}
	err := h.Store.InTx(r.Context(), func(tx *db.Store) error {
		return h.Jobs.Enqueue(r.Context(), tx, jobs.Reconcile{}, nil)
	})
	if err != nil {
		return err
	}
	h.say(r, "It is being compared with the provider. What differs appears below.")
	return h.redirect(w, r, "/admin/connection")
}

func (h *Handlers) connectionPage(w http.ResponseWriter, r *http.Request, tested *views.ConnectionTest) (err error) {
	ctx, now, connection := r.Context(), h.Now(), h.Mirror.Connection()
	able := h.Mirror.Abilities(ctx)
	p := views.ConnectionProps{Now: now, Provider: able.Provider, Test: h.Test, CanTry: able.WebhookTry, Facts: h.connectionFacts(able), Tested: tested}
	if p.Sync, err = h.Store.SyncState(ctx, connection); err != nil {
		return err
	}
	if p.Writes, err = h.Mirror.PendingWrites(ctx); err != nil {
		return err
	}
	if p.Invites, err = h.Mirror.WaitingInvites(ctx); err != nil {
		return err
	}
	if p.Gaps, p.Open, err = h.Store.Gaps(ctx, connection, views.GapsShown); err != nil {
		return err
	}
	if p.Differences, err = h.Store.Differences(ctx, connection, now, views.DifferencesShown); err != nil {
		return err
	}
	if p.Counts, err = h.Store.DifferenceCounts(ctx, connection, now.Add(-views.DifferenceDays*24*time.Hour), now); err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, page{title: "Connection", nav: "connection"}, views.Connection(p))
}

// connectionFacts say how the provider is reached and what it can do.
func (h *Handlers) connectionFacts(able mirror.Abilities) []ui.Detail {
	where := "in this program"
	if h.About.ProviderURL != "" {
		where = h.About.ProviderURL
	}
	can := func(yes bool) string {
		if yes {
			return "Yes"
		}
		return "No"
	}
	key := "Set: webhooks that come without it are refused"
	if h.WebhookKey == "" && h.Engine == nil {
		key = "The one on the page Webhooks; what comes without it is taken, and marked unverified"
	}
	return []ui.Detail{
		{Term: "Provider", Value: able.Provider},
		{Term: "Reached at", Value: where},
		{Term: "API key", Value: cmp.Or(h.About.ProviderKey, "Can’t be read here: it was encrypted with another GREENROOM_SECRET_KEY or secret.key")},
		{Term: "Webhook address", Value: h.BaseURL.JoinPath("webhooks", "taptalent").String()},
		{Term: "Webhook key", Value: key},
		{Term: "Way of scoring can be chosen", Value: can(able.Scoring)},
		{Term: "Takes people’s scores", Value: can(able.Evaluation)},
		{Term: "Tells ideal answers back", Value: can(able.Details)},
		{Term: "Keeps key points", Value: can(able.KeyPoints)},
		{Term: "Shows questions as they are written", Value: can(able.Progress)},
		{Term: "Tells invite links", Value: can(able.InviteURL != "")},
		{Term: "Has spoken answers to listen to", Value: can(able.Recordings)},
		{Term: "Deletes a person when asked", Value: can(able.Erase)},
		{Term: "Tells of its own work", Value: can(able.Work)},
	}
}

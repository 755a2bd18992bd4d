package handlers

import (
	"net/http"
	"strings"

	"greenroom/internal/account"
	"greenroom/internal/views"
)

// accountEdit shows which provider account is chosen, and how to choose another.
func (h *Handlers) accountEdit(w http.ResponseWriter, r *http.Request) error {
	state, err := h.Account.State(r.Context())
	if err != nil {
		return err
	}
	p := views.AccountProps{Provider: views.ProviderEngine, BaseURL: state.URL}
	if state.Live() {
		p.Provider = views.ProviderTapTalent
	}
	return h.accountPage(w, r, http.StatusOK, state, p)
}

// accountUpdate tries what was typed, and with "save" keeps it and has the desk join it.
func (h *Handlers) accountUpdate(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p := views.AccountProps{Provider: r.PostFormValue("provider"), Key: r.PostFormValue("key"), BaseURL: strings.TrimSpace(r.PostFormValue("base_url"))}
	draft := account.Draft{Live: p.Provider == views.ProviderTapTalent, Key: p.Key, URL: p.BaseURL}
	save := r.PostFormValue("do") == "save"
	var trial account.Trial
	var err error
	if save {
		err = h.Account.Save(ctx, draft, user(ctx).ID)
	} else {
		trial, err = h.Account.Try(ctx, draft)
	}
	list, bad := problems(err)
	switch {
	case err != nil && !bad:
		return err
	case save && !bad:
		if h.Joined != nil {
			h.Joined(ctx)
		}
		if draft.Live {
			h.say(r, "Connected. Now set the webhook address and the webhook key in TapTalent’s partner settings, so that changes arrive at once.")
			return h.redirect(w, r, "/admin/webhooks#receiver")
		}
		h.say(r, "Connected to the local engine.")
		return h.redirect(w, r, "/admin/connection")
	}
	state, err := h.Account.State(ctx)
	if err != nil {
		return err
	}
	p.Tested = &views.ConnectionTest{Took: trial.Took, Detail: trial.Detail}
	status := http.StatusOK
	if bad {
		p.Problems, status = problemsFor(list), http.StatusUnprocessableEntity
	}
	return h.accountPage(w, r, status, state, p)
}

func (h *Handlers) accountPage(w http.ResponseWriter, r *http.Request, status int, state account.State, p views.AccountProps) (err error) {
	p.ByEnvironment, p.Live, p.Unreadable, p.Masked = state.ByEnvironment, state.Live(), state.Unreadable, state.Masked()
	p.ChangedBy, p.ChangedAt, p.Now = state.ChangedBy, state.ChangedAt, h.Now()
	if p.Interviews, p.Underway, err = h.Store.AccountSize(r.Context(), state.Connection); err != nil {
		return err
	}
	return h.page(w, r, status, page{title: "Provider account", nav: "connection"}, views.Account(p))
}

package handlers

import (
	"net/http"
	"strconv"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/views"
)

// settingsKeep chooses for how long people are kept. Whoever makes people go by it has to agree to how many.
func (h *Handlers) settingsKeep(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	months, err := strconv.Atoi(r.PostFormValue("keep_months"))
	if err != nil {
		months = -1 // the rule refuses it
	}
	due := 0
	if since, some := hiring.KeptSince(months, h.Now()); some {
		if due, err = h.Store.CountNotHeardOf(ctx, h.Mirror.Connection(), since); err != nil {
			return err
		}
	}
	if list, bad := problems(hiring.CheckKeep(months, due, r.PostFormValue("agreed") == strconv.Itoa(due))); bad {
		workspace, err := h.Store.Workspace(ctx)
		if err != nil {
			return err
		}
		return h.settingsPage(w, r, http.StatusUnprocessableEntity, workspace, views.WorkspaceProps{KeepMonths: months, KeepDue: due, KeepProblems: problemsFor(list)})
	}
	err = h.Store.InTx(ctx, func(tx *db.Store) error {
		if err := tx.SaveKeep(ctx, h.Mirror.Connection(), months); err != nil {
			return err
		}
		return h.Jobs.Enqueue(ctx, tx, jobs.EraseOld{}, nil)
	})
	if err != nil {
		return err
	}
	h.say(r, "People are kept %s.", views.KeepWords(months))
	return h.redirect(w, r, "/admin/settings")
}

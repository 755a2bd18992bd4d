package handlers

import (
	"net/http"
	"strconv"

	"github.com/go-chi/chi/v5"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// invitePreview keeps a list and leads to the page that shows what was read from it, before anything is sent.
func (h *Handlers) invitePreview(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := pathID(r, "id")
	if err != nil {
		return err
	}
	if _, err := h.assessment(ctx, id); err != nil {
		return err
	}
	f, err := readInvites(r)
	if err == nil {
		_, err = hiring.ParseInvitees(f.people)
	}
	if found, ok := problems(err); ok {
		return h.invitesPage(w, r, http.StatusUnprocessableEntity, f, found)
	}
	if err != nil {
		return err
	}
	list, err := h.Store.InsertInviteList(ctx, hiring.InviteList{AssessmentID: id, UserID: user(ctx).ID, Type: f.kind, People: f.people, CreatedAt: h.Now()})
	if err != nil {
		return err
	}
	return h.redirect(w, r, views.InviteListHref(id, list))
}

// checkedList is a list that who asks has checked for the interview of the path.
func (h *Handlers) checkedList(r *http.Request, list string) (hiring.InviteList, error) {
	assessment, err := pathID(r, "id")
	if err != nil {
		return hiring.InviteList{}, err
	}
	id, _ := strconv.ParseInt(list, 10, 64) // 0 is nobody's
	return h.Store.InviteList(r.Context(), assessment, user(r.Context()).ID, id)
}

// listShow shows what was read from a list, as it would be sent now, or that it was sent.
func (h *Handlers) listShow(w http.ResponseWriter, r *http.Request) error {
	list, err := h.checkedList(r, chi.URLParam(r, "list"))
	if err != nil {
		return err
	}
	rows, err := h.checkInvites(r, inviteForm{kind: list.Type, people: list.People})
	if err != nil {
		return err
	}
	head, err := h.assessmentHead(r.Context(), list.AssessmentID, views.TabInvites)
	if err != nil {
		return err
	}
	return h.page(w, r, http.StatusOK, page{title: "Check the invites · " + head.Title, nav: "interviews"}, views.InvitePreview(views.InvitePreviewProps{Head: head, List: list, Rows: rows}))
}

// listSend sends a checked list, once: whoever sends it again is led to its sending.
func (h *Handlers) listSend(w http.ResponseWriter, r *http.Request, assessment int64) error {
	ctx := r.Context()
	list, err := h.checkedList(r, r.PostFormValue("list"))
	if err != nil {
		return err
	}
	rows, err := h.checkInvites(r, inviteForm{kind: list.Type, people: list.People})
	if err != nil {
		return err
	}
	err = h.Store.InTx(ctx, func(tx *db.Store) error {
		if list, err = tx.LockInviteList(ctx, assessment, list.UserID, list.ID); err != nil || list.BatchID != 0 || len(ready(rows)) == 0 {
			return err
		}
		if list.BatchID, err = h.startBatch(ctx, tx, assessment, list.Type, ready(rows)); err != nil {
			return err
		}
		return tx.InviteListSent(ctx, list.ID, list.BatchID)
	})
	switch {
	case err != nil:
		return err
	case list.BatchID == 0:
		h.warn(r, nobodyReady)
		return h.redirect(w, r, views.InviteListHref(assessment, list.ID))
	}
	return h.redirect(w, r, views.BatchHref(assessment, list.BatchID))
}

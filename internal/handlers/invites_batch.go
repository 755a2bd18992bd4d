package handlers

import (
	"fmt"
	"net/http"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/views"
)

// batch reads the batch of the path; one of another interview than the path's is hiring.ErrNotFound.
func (h *Handlers) batch(r *http.Request) (hiring.InviteBatch, error) {
	assessment, err := pathID(r, "id")
	if err != nil {
		return hiring.InviteBatch{}, err
	}
	id, err := pathID(r, "batch")
	if err != nil {
		return hiring.InviteBatch{}, err
	}
	if _, err := h.assessment(r.Context(), assessment); err != nil {
		return hiring.InviteBatch{}, err // another account's, too
	}
	b, err := h.Store.InviteBatch(r.Context(), id)
	if err == nil && b.AssessmentID != assessment {
		err = fmt.Errorf("batch %d of interview %d: %w", id, assessment, hiring.ErrNotFound)
	}
	return b, err
}

// batchShow shows how far a sending is, and what became of every row.
func (h *Handlers) batchShow(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	b, err := h.batch(r)
	if err != nil {
		return err
	}
	head, err := h.assessmentHead(ctx, b.AssessmentID, views.TabInvites)
	if err != nil {
		return err
	}
	p := views.BatchProps{Head: head, Now: h.Now(), Batch: b, URL: r.URL.RequestURI(), ByHand: h.Engine != nil && !h.Mail}
	rows, err := h.Store.Invites(ctx, b.ID)
	if err != nil {
		return err
	}
	abilities := h.Mirror.Abilities(ctx)
	for _, row := range rows {
		p.Rows = append(p.Rows, views.SentInvite{Invite: row, Link: abilities.InviteLink(row.Ref)})
	}
	return h.page(w, r, http.StatusOK, page{title: "Sending invites · " + head.Title, nav: "interviews"}, views.Batch(p))
}

// batchRetry sends again what of a batch failed or is not known, or goes on at once with one that waits for its next try.
func (h *Handlers) batchRetry(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	b, err := h.batch(r)
	if err != nil {
		return err
	}
	err = h.Store.InTx(ctx, func(tx *db.Store) error {
		n, err := tx.RetryInvites(ctx, b.ID, h.Now())
		if err != nil || n == 0 && b.FinishedAt != nil {
			return err
		}
		return h.Jobs.Enqueue(ctx, tx, jobs.SendBatch{ID: b.ID}, nil)
	})
	if err != nil {
		return err
	}
	return h.redirect(w, r, views.BatchHref(b.AssessmentID, b.ID))
}

// inviteRetry sends one waiting row of a batch again, after a look whether it had arrived.
func (h *Handlers) inviteRetry(w http.ResponseWriter, r *http.Request) error {
	b, err := h.rowsBatch(r)
	if err != nil {
		return err
	}
	return h.waitingRetry(w, r, views.BatchHref(b.AssessmentID, b.ID))
}

// inviteDrop gives one waiting row of a batch up.
func (h *Handlers) inviteDrop(w http.ResponseWriter, r *http.Request) error {
	b, err := h.rowsBatch(r)
	if err != nil {
		return err
	}
	return h.waitingDrop(w, r, views.BatchHref(b.AssessmentID, b.ID))
}

// rowsBatch is the batch of the path; hiring.ErrNotFound where the row of the path is another's.
func (h *Handlers) rowsBatch(r *http.Request) (hiring.InviteBatch, error) {
	b, err := h.batch(r)
	if err != nil {
		return b, err
	}
	id, err := pathID(r, "invite")
	if err != nil {
		return b, err
	}
	row, err := h.Store.Invite(r.Context(), id)
	if err == nil && row.BatchID != b.ID {
		err = fmt.Errorf("invite %d of batch %d: %w", id, b.ID, hiring.ErrNotFound)
	}
	return b, err
}

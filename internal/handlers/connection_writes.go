package handlers

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/mirror"
	"greenroom/internal/views"
)

// connectionRetry sends a write again whose outcome is not known, unless a look finds that it was carried out.
func (h *Handlers) connectionRetry(w http.ResponseWriter, r *http.Request) error {
	return h.settleWrite(w, r, h.Mirror.RetryWrite, "It is carried out now, once.", "/admin/connection")
}

// connectionDrop forgets such a write.
func (h *Handlers) connectionDrop(w http.ResponseWriter, r *http.Request) error {
	return h.settleWrite(w, r, h.Mirror.DropWrite, "It is dropped.", "/admin/connection")
}

// writeRetry is connectionRetry for who wrote it, where it will show up.
func (h *Handlers) writeRetry(w http.ResponseWriter, r *http.Request) error {
	return h.settleWrite(w, r, h.Mirror.RetryWrite, "It is carried out now, once.", h.placeOfWrite(r))
}

// writeDrop is connectionDrop there.
func (h *Handlers) writeDrop(w http.ResponseWriter, r *http.Request) error {
	return h.settleWrite(w, r, h.Mirror.DropWrite, "It is dropped.", h.placeOfWrite(r))
}

// placeOfWrite is the page where what the write of the path makes will show up.
func (h *Handlers) placeOfWrite(r *http.Request) string {
	if id, err := pathID(r, "write"); err == nil {
		if write, err := h.Store.PendingWrite(r.Context(), h.Mirror.Connection(), id); err == nil && write.AssessmentID != 0 {
			return views.AssessmentHref(write.AssessmentID, "")
		}
	}
	return "/interviews"
}

// unsettled are the writes that concern an interview, or with 0 those that make one.
func (h *Handlers) unsettled(ctx context.Context, assessment int64) ([]hiring.PendingWrite, error) {
	list, err := h.Mirror.PendingWrites(ctx)
	return slices.DeleteFunc(list, func(w hiring.PendingWrite) bool { return w.AssessmentID != assessment }), err
}

func (h *Handlers) settleWrite(w http.ResponseWriter, r *http.Request, do func(context.Context, int64) error, done, back string) error {
	id, err := pathID(r, "write")
	if err != nil {
		return err
	}
	err = do(r.Context(), id)
	var invalid *hiring.InvalidError
	switch said := mirror.Sentence(err); {
	case err == nil:
		h.say(r, "%s", done)
	case said != "":
		h.warn(r, said)
	case errors.Is(err, hiring.ErrNotFound):
		h.say(r, "That was settled already.")
	case errors.As(err, &invalid):
		h.warn(r, invalid.Problems[0].Message)
	default:
		return err
	}
	return h.redirect(w, r, back)
}

// connectionInviteRetry sends a waiting invite again, after a look whether it had arrived.
func (h *Handlers) connectionInviteRetry(w http.ResponseWriter, r *http.Request) error {
	return h.waitingRetry(w, r, "/admin/connection")
}

// connectionInviteDrop gives a waiting invite up.
func (h *Handlers) connectionInviteDrop(w http.ResponseWriter, r *http.Request) error {
	return h.waitingDrop(w, r, "/admin/connection")
}

// waitingRetry sends the invite of the path again, says what came of it, and goes back. With it the rest of a sending that
// had not ended goes on.
func (h *Handlers) waitingRetry(w http.ResponseWriter, r *http.Request, back string) error {
	ctx := r.Context()
	id, err := pathID(r, "invite")
	if err != nil {
		return err
	}
	row, err := h.Mirror.RetryInvite(ctx, id)
	known, err := h.notWaiting(r, err)
	if err != nil {
		return err
	}
	if known {
		return h.redirect(w, r, back)
	}
	switch {
	case row.State == hiring.InviteSent && row.Problem == "":
		h.say(r, "%s is invited now.", row.Who())
	case row.State == hiring.InviteSent || row.State == hiring.InviteDuplicate:
		h.say(r, "%s: %s", row.Who(), row.Problem)
	default:
		h.warn(r, row.Who()+": "+row.Problem)
		return h.redirect(w, r, back)
	}
	b, err := h.Store.InviteBatch(ctx, row.BatchID)
	if err != nil {
		return err
	}
	if b.FinishedAt == nil {
		err = h.Store.InTx(ctx, func(tx *db.Store) error { return h.Jobs.Enqueue(ctx, tx, jobs.SendBatch{ID: b.ID}, nil) })
	}
	if err != nil {
		return err
	}
	return h.redirect(w, r, back)
}

// waitingDrop gives the invite of the path up, and goes back.
func (h *Handlers) waitingDrop(w http.ResponseWriter, r *http.Request, back string) error {
	id, err := pathID(r, "invite")
	if err != nil {
		return err
	}
	known, err := h.notWaiting(r, h.Mirror.DropInvite(r.Context(), id, user(r.Context()).Name))
	if err != nil {
		return err
	}
	if !known {
		h.say(r, "It is dropped.")
	}
	return h.redirect(w, r, back)
}

// notWaiting says why nothing can be done about an invite, where that is no failure.
func (h *Handlers) notWaiting(r *http.Request, err error) (known bool, failure error) {
	switch {
	case err == nil:
		return false, nil
	case errors.Is(err, hiring.ErrNotFound):
		h.say(r, "That was settled already.")
	case errors.Is(err, mirror.ErrBusy):
		h.warn(r, "The same is being sent right now. Look again in a minute.")
	default:
		return false, err
	}
	return true, nil
}

package handlers

import (
	"context"
	"errors"
	"net/http"

	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

// connectionRetry sends a write again whose outcome is not known, unless a look finds that it was carried out.
func (h *Handlers) connectionRetry(w http.ResponseWriter, r *http.Request) error {
	return h.connectionWrite(w, r, h.Mirror.RetryWrite, "It is carried out now, once.")
}

// connectionDrop forgets such a write.
func (h *Handlers) connectionDrop(w http.ResponseWriter, r *http.Request) error {
	return h.connectionWrite(w, r, h.Mirror.DropWrite, "It is dropped.")
}

func (h *Handlers) connectionWrite(w http.ResponseWriter, r *http.Request, do func(context.Context, int64) error, done string) error {
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
	return h.redirect(w, r, "/admin/connection")
}

package handlers

import (
	"context"
	"errors"
	"net/http"

	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

// The sentences that an error page may say. A cause goes to the log only.
const (
	sentenceDefect      = "Something on our side broke, and it is in the log. Try again; if it happens again, tell your admin the code below."
	sentenceNotFound    = "There is nothing at this address. It may have been removed, or the link is incomplete."
	sentenceForbidden   = "Your role doesn't allow this. Ask an admin if you need it."
	sentenceConflict    = "Somebody else changed this meanwhile. Load the page again to see how it stands."
	sentenceUnavailable = "The database doesn't answer. Try again in a moment; look first whether what you sent was kept."
	sentenceTooLarge    = "That is more than the desk takes at once. Send less."
)

// fail answers an error that a handler returned: it alone maps errors to a status and a sentence, and logs.
func (h *Handlers) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, sentence := outcome(err)
	switch {
	case errors.Is(err, context.Canceled) && r.Context().Err() != nil:
		return // the browser has gone
	case status >= 500:
		h.Log.Error("request failed", "error", err, "path", safePath(r.URL.Path), "request", requestIDOf(r.Context()))
	default:
		h.Log.Info("request refused", "error", err, "path", safePath(r.URL.Path), "request", requestIDOf(r.Context()))
	}
	h.errorPage(w, r, status, sentence)
}

func outcome(err error) (status int, sentence string) {
	var invalid *hiring.InvalidError
	var tooLarge *http.MaxBytesError
	if said := mirror.Sentence(err); said != "" {
		return http.StatusBadGateway, said
	}
	switch {
	case errors.As(err, &invalid):
		return http.StatusUnprocessableEntity, invalid.Problems[0].Message
	case errors.As(err, &tooLarge):
		return http.StatusRequestEntityTooLarge, sentenceTooLarge
	case errors.Is(err, hiring.ErrNotFound):
		return http.StatusNotFound, sentenceNotFound
	case errors.Is(err, hiring.ErrForbidden):
		return http.StatusForbidden, sentenceForbidden
	case errors.Is(err, hiring.ErrConflict):
		return http.StatusConflict, sentenceConflict
	case errors.Is(err, hiring.ErrUnavailable):
		return http.StatusServiceUnavailable, sentenceUnavailable
	}
	return http.StatusInternalServerError, sentenceDefect
}

// problems gives what a form shows for an error: the problems of bad input, or what the provider said, as a sentence.
// ok is false for an error that no form can explain; that one is returned from the handler.
func problems(err error) (p []hiring.Problem, ok bool) {
	var invalid *hiring.InvalidError
	if errors.As(err, &invalid) {
		return invalid.Problems, true
	}
	if said := mirror.Sentence(err); said != "" {
		return []hiring.Problem{{Message: said}}, true
	}
	return nil, false
}

package handlers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// webhookReplay applies one delivery again.
func (h *Handlers) webhookReplay(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "delivery")
	if err != nil {
		return err
	}
	if _, err := h.delivery(r, id); err != nil {
		return err
	}
	n, err := h.replay(r, hiring.DeliveryFilter{IDs: []int64{id}})
	if err != nil {
		return err
	}
	if n == 0 {
		h.warn(r, "Nothing was replayed: it waits to be applied already, or its body is no longer kept.")
	} else {
		h.say(r, "The event is applied again.")
	}
	return h.redirect(w, r, fmt.Sprintf("/admin/webhooks/%d", id))
}

// webhookReplayFilter applies again what the filter of the list finds.
func (h *Handlers) webhookReplayFilter(w http.ResponseWriter, r *http.Request) error {
	filter := readDeliveryFilter(r.PostForm)
	if filter.Empty() {
		h.warn(r, "Choose what to replay: filter the list first.")
		return h.redirect(w, r, "/admin/webhooks")
	}
	n, err := h.replay(r, filter)
	if err != nil {
		return err
	}
	switch n {
	case 0:
		h.warn(r, "Nothing was replayed: what the filter finds waits to be applied already, or its bodies are no longer kept.")
	case replayMost:
		h.say(r, "The oldest %d events are applied again. Narrow the times to replay the rest.", n)
	default:
		h.say(r, "%s applied again.", ui.Count(n, "event is", "events are"))
	}
	return h.redirect(w, r, views.WebhooksHref(filter))
}

func (h *Handlers) replay(r *http.Request, f hiring.DeliveryFilter) (int, error) {
	return h.Jobs.ReplayDeliveries(r.Context(), h.Store, h.Mirror.Connection(), f, user(r.Context()).Name, replayMost)
}

// errKeyElsewhere is a rotation of a key that the environment sets.
var errKeyElsewhere = errors.New("the webhook key is the environment's")

// webhookKeyRotate makes a new key; the old one is taken for another day.
func (h *Handlers) webhookKeyRotate(w http.ResponseWriter, r *http.Request) error {
	switch err := h.rotateKey(r.Context()); {
	case errors.Is(err, errKeyElsewhere):
		h.warn(r, "The key is set by TAPTALENT_WEBHOOK_KEY. Change it there and start again.")
	case err != nil:
		return err
	default:
		h.say(r, "There is a new key. The old one works for another 24 hours.")
	}
	return h.redirect(w, r, "/admin/webhooks#receiver")
}

func (h *Handlers) rotateKey(ctx context.Context) error {
	if h.WebhookKey != "" {
		return errKeyElsewhere
	}
	return h.Store.RotateWebhookKey(ctx, strings.ToLower(rand.Text()), h.Now())
}

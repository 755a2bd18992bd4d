package handlers

import (
	"net/http"
	"strconv"
	"strings"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

const deliveriesPerPage = 40

// webhookList shows the received events.
func (h *Handlers) webhookList(w http.ResponseWriter, r *http.Request) error {
	ctx, q := r.Context(), r.URL.Query()
	p := views.WebhooksProps{
		Now:      h.Now(),
		URL:      r.URL.RequestURI(),
		Receiver: h.BaseURL.JoinPath("/webhooks/taptalent").String(),
		KeySet:   h.WebhookKey != "",
		Filter: hiring.DeliveryFilter{
			Event: q.Get("event"), Status: hiring.DeliveryStatus(q.Get("status")), Search: strings.TrimSpace(q.Get("q")),
		},
	}
	p.Before, _ = strconv.ParseInt(q.Get("before"), 10, 64)
	var err error
	connection := h.Mirror.Connection()
	if p.Health, err = h.Store.DeliveryHealth(ctx, connection); err != nil {
		return err
	}
	if p.Events, err = h.Store.DeliveryEvents(ctx, connection); err != nil {
		return err
	}
	if p.Deliveries, err = h.Store.Deliveries(ctx, connection, p.Filter, p.Before, deliveriesPerPage+1); err != nil {
		return err
	}
	if p.More = len(p.Deliveries) > deliveriesPerPage; p.More {
		p.Deliveries = p.Deliveries[:deliveriesPerPage]
	}
	return h.page(w, r, http.StatusOK, page{title: "Webhooks", nav: "webhooks"}, views.Webhooks(p))
}

package handlers

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/inbox"
	"greenroom/internal/views"
)

const (
	deliveriesPerPage = 40
	refusalsShown     = 20
	// replayMost is how many deliveries one order replays; the next order takes the rest.
	replayMost = 10000
)

// webhookList shows the received events.
func (h *Handlers) webhookList(w http.ResponseWriter, r *http.Request) error {
	ctx, connection := r.Context(), h.Mirror.Connection()
	p := views.WebhooksProps{Now: h.Now(), URL: r.URL.RequestURI(), Filter: readDeliveryFilter(r.URL.Query()), ReplayMost: replayMost}
	p.Before, _ = strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	var err error
	if p.Receiver, err = h.webhookReceiver(r); err != nil {
		return err
	}
	if p.Health, err = h.Store.DeliveryHealth(ctx, connection, p.Now); err != nil {
		return err
	}
	if p.Events, err = h.Store.DeliveryEvents(ctx, connection); err != nil {
		return err
	}
	if p.Refusals, err = h.Store.Refusals(ctx, connection, refusalsShown); err != nil {
		return err
	}
	if !p.Filter.Empty() {
		if p.Found, err = h.Store.CountDeliveries(ctx, connection, p.Filter, replayMost+1); err != nil {
			return err
		}
	}
	if p.Deliveries, err = h.Store.Deliveries(ctx, connection, p.Filter, p.Before, deliveriesPerPage+1); err != nil {
		return err
	}
	if p.More = len(p.Deliveries) > deliveriesPerPage; p.More {
		p.Deliveries = p.Deliveries[:deliveriesPerPage]
	}
	return h.page(w, r, http.StatusOK, page{title: "Webhooks", nav: "webhooks", wide: true}, views.Webhooks(p))
}

// readDeliveryFilter reads what a filter can mean; the rest is left out, so that a hand-written URL still shows a list.
// Times are of the server's zone, to the minute.
func readDeliveryFilter(q url.Values) hiring.DeliveryFilter {
	at := func(name string) time.Time {
		t, err := time.ParseInLocation(views.MinuteLayout, q.Get(name), time.Local)
		if err != nil || t.Year() < 2000 || t.Year() > 9000 {
			return time.Time{}
		}
		return t
	}
	return hiring.DeliveryFilter{
		Event: q.Get("event"), Status: hiring.DeliveryStatus(q.Get("status")), Verdict: hiring.Verdict(q.Get("verdict")),
		Search: strings.TrimSpace(q.Get("q")), From: at("from"), To: at("to"),
	}
}

// webhookReceiver is where senders have to send, and with what.
func (h *Handlers) webhookReceiver(r *http.Request) (p views.WebhookReceiver, err error) {
	keys, err := h.receiver.keys.Set(r.Context())
	if err != nil {
		return p, err
	}
	p = views.WebhookReceiver{
		URL: h.BaseURL.JoinPath("/webhooks/taptalent").String(), Required: h.receiver.keys.Required,
		FromEnvironment: h.WebhookKey != "", PreviousUntil: keys.PreviousUntil(),
	}
	if keys.Current != "" {
		p.SecretURL = p.URL + "/" + inbox.PathSecret(keys.Current)
	}
	if !p.FromEnvironment {
		p.Key = keys.Current
	}
	return p, nil
}

// webhookShow shows one delivery: what came, and what it changed.
func (h *Handlers) webhookShow(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "delivery")
	if err != nil {
		return err
	}
	p := views.WebhookProps{Now: h.Now(), URL: r.URL.RequestURI()}
	if p.Delivery, err = h.delivery(r, id); err != nil {
		return err
	}
	if p.Effects, err = h.Store.DeliveryEffects(r.Context(), id); err != nil {
		return err
	}
	p.Receiver = h.BaseURL.JoinPath("/webhooks/taptalent").String()
	return h.page(w, r, http.StatusOK, page{title: p.Delivery.Event, nav: "webhooks"}, views.Webhook(p))
}

// delivery is one of this provider account.
func (h *Handlers) delivery(r *http.Request, id int64) (hiring.Delivery, error) {
	d, err := h.Store.Delivery(r.Context(), id)
	if err == nil && d.ConnectionID != h.Mirror.Connection() {
		return hiring.Delivery{}, hiring.ErrNotFound
	}
	return d, err
}

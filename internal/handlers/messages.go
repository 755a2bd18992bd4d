package handlers

import (
	"errors"
	"net/http"
	"strconv"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// messagesPage is how many messages a page of the outbox shows.
const messagesPage = 50

// messageList shows the outbox. Links that sign somebody in are for admins.
func (h *Handlers) messageList(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	f := db.MessageFilter{
		Search: q.Get("q"), State: hiring.MessageState(q.Get("state")), Secrets: user(r.Context()).Role.Can(hiring.PermAdmin),
		Before: bound(q.Get("before")), After: bound(q.Get("after")), Limit: messagesPage + 1,
	}
	switch f.State {
	case "", hiring.MessageWaiting, hiring.MessageSent, hiring.MessageFailed:
	default:
		f.State = ""
	}
	list, err := h.Store.Messages(r.Context(), f)
	if err != nil {
		return err
	}
	total, err := h.Store.CountMessages(r.Context(), f)
	if err != nil {
		return err
	}
	more := len(list) > messagesPage
	if more && f.After > 0 {
		list = list[1:]
	} else if more {
		list = list[:messagesPage]
	}
	props := views.NewOutboxProps(list, total, h.Mail, h.Now())
	props.URL, props.Search, props.State = r.URL.RequestURI(), f.Search, string(f.State)
	at := func(bound string, m hiring.Message) string {
		return "/outbox?" + queryOf("q", f.Search, "state", string(f.State), bound, strconv.FormatInt(m.ID, 10))
	}
	if len(list) > 0 {
		if f.Before > 0 || f.After > 0 && more {
			props.PrevHref = at("after", list[0])
		}
		if f.After > 0 || more {
			props.NextHref = at("before", list[len(list)-1])
		}
	}
	return h.page(w, r, http.StatusOK, page{title: "Outbox", nav: "outbox"}, views.Outbox(props))
}

// bound reads an id out of a query; 0 for anything else.
func bound(s string) int64 {
	id, err := strconv.ParseInt(s, 10, 64)
	if err != nil || id < 0 {
		return 0
	}
	return id
}

// messageRetry sends a failed message again.
func (h *Handlers) messageRetry(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "message")
	if err != nil {
		return err
	}
	m, err := h.Store.Message(r.Context(), id)
	if err != nil {
		return err
	}
	if m.Kind.Secret() && !user(r.Context()).Role.Can(hiring.PermAdmin) {
		return hiring.ErrForbidden
	}
	switch err := h.Jobs.Repost(r.Context(), h.Store, id); {
	case errors.Is(err, hiring.ErrConflict):
		h.warn(r, "This message is no longer failed. Nothing was sent again.")
	case err != nil:
		return err
	case h.Mail:
		h.say(r, "The message to %s is sent again.", m.To)
	default:
		h.say(r, "The message to %s waits again. No mail server is set: copy its link.", m.To)
	}
	return h.redirect(w, r, refererPath(r))
}

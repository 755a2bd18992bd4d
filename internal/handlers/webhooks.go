package handlers

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"

	"greenroom/internal/hiring"
	"greenroom/internal/inbox"
)

// receiver takes webhooks.
type receiver struct {
	inbox    *inbox.Inbox
	keys     *inbox.Keys
	refusals *inbox.Allowance // for noting down what was refused, so that garbage can't fill the disk or the log
}

func (h *Handlers) newReceiver() receiver {
	return receiver{
		inbox: inbox.New(func(ctx context.Context, batch []hiring.Delivery) error {
			return h.Jobs.KeepDeliveries(ctx, h.Store, batch)
		}),
		// The engine has a key in any case; a live provider may have none.
		keys:     &inbox.Keys{Load: h.webhookKeys, Required: h.WebhookKey != "" || h.Engine != nil, Now: h.Now},
		refusals: inbox.NewAllowance(100, time.Second),
	}
}

// webhookKeys are the environment's key, or else the stored ones.
func (h *Handlers) webhookKeys(ctx context.Context) (inbox.KeySet, error) {
	if h.WebhookKey != "" {
		return inbox.KeySet{Current: h.WebhookKey}, nil
	}
	k, err := h.Store.WebhookKeys(ctx)
	return inbox.KeySet{Current: k.Current, Previous: k.Previous, RotatedAt: k.RotatedAt}, err
}

// receiveTimeout is when the receiver gives up, also on a body that doesn't come; senders give up after 5 s.
const receiveTimeout = 4500 * time.Millisecond

// webhookReceive takes one webhook: it checks the key, keeps the delivery with the job that will apply it in one
// transaction, and only then answers 2xx. Everything else happens later. The key comes in a header, or for senders that
// can't set one, what follows from it in the path.
func (h *Handlers) webhookReceive(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), receiveTimeout)
	defer cancel()
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(receiveTimeout)) // the server clears it
	given, inPath := r.Header.Get(inbox.HeaderKey), false
	if secret := chi.URLParam(r, "secret"); secret != "" {
		if given, inPath = secret, true; r.URL.RawPath != "" {
			given, _ = url.PathUnescape(secret)
		}
	}
	verdict, ok, err := h.receiver.keys.Check(ctx, given, inPath)
	switch {
	case err != nil:
		h.receiveLater(w, r, err)
		return
	case !ok:
		h.refuse(w, r, http.StatusUnauthorized, "The key is not ours", nil)
		return
	}
	body, err := readBody(w, r)
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		h.refuse(w, r, http.StatusRequestEntityTooLarge, "The body is larger than 256 KiB", nil)
		return
	case err != nil:
		return // the sender has gone, and will send it again
	}
	delivery, problem := inbox.Read(body, r.Header, h.Now())
	if problem != "" {
		h.refuse(w, r, http.StatusBadRequest, problem, body)
		return
	}
	delivery.ConnectionID, delivery.Verdict = h.Mirror.Connection(), verdict
	delivery.Headers = inbox.Headers(r.Header, given)
	switch err := h.receiver.inbox.Put(ctx, delivery); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, hiring.ErrMalformed):
		h.refuse(w, r, http.StatusBadRequest, "The body holds what the database has no place for", body)
	default:
		h.receiveLater(w, r, err)
	}
}

// readBody reads at most inbox.MaxBody bytes, in one piece where the sender says how many there are.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	limited := http.MaxBytesReader(w, r.Body, inbox.MaxBody)
	if r.ContentLength <= 0 || r.ContentLength > inbox.MaxBody {
		return io.ReadAll(limited)
	}
	body := make([]byte, r.ContentLength)
	_, err := io.ReadFull(limited, body)
	return body, err
}

// receiveLater asks the sender to send it again: nothing is known to be kept.
func (h *Handlers) receiveLater(w http.ResponseWriter, r *http.Request, err error) {
	if r.Context().Err() == nil && h.receiver.refusals.Take(h.Now()) {
		h.Log.Error("keeping a webhook", "error", err, "request", requestIDOf(r.Context()))
	}
	w.Header().Set("Retry-After", "1")
	http.Error(w, "not kept; send it again", http.StatusServiceUnavailable)
}

// refuse answers what will never be kept, and notes it down with a hash in the place of its body.
func (h *Handlers) refuse(w http.ResponseWriter, r *http.Request, status int, reason string, body []byte) {
	if h.receiver.refusals.Take(h.Now()) {
		refusal := hiring.Refusal{ConnectionID: h.Mirror.Connection(), Reason: reason, Bytes: max(r.ContentLength, int64(len(body))), At: h.Now()}
		if body != nil {
			sum := sha256.Sum256(body)
			refusal.SHA256 = sum[:]
		}
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		err := h.Store.InsertRefusal(ctx, refusal)
		h.Log.Warn("webhook refused", "reason", reason, "noting", err, "request", requestIDOf(r.Context()))
	}
	http.Error(w, reason, status)
}

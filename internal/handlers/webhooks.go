package handlers

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
	"unicode/utf8"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
)

// maxDelivery is the largest webhook that is kept, in bytes.
const maxDelivery = 256 << 10

// webhookReceive takes one webhook: it checks the key, keeps the delivery with the job that will apply it in one
// transaction, and only then answers 2xx. Everything else happens later.
func (h *Handlers) webhookReceive(w http.ResponseWriter, r *http.Request) {
	verdict, ok := h.webhookVerdict(r.Header.Get("X-Webhook-Key"))
	if !ok {
		h.Log.Warn("webhook refused: its key is not ours", "request", requestIDOf(r.Context()))
		http.Error(w, "the X-Webhook-Key does not match", http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDelivery))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		http.Error(w, "the body is larger than 256 KiB", http.StatusRequestEntityTooLarge)
		return
	case err != nil:
		return // the sender has gone, and will send it again
	}
	delivery, err := readDelivery(body, r.Header, h.Now())
	if err != nil {
		h.Log.Warn("webhook refused", "error", err, "sha256", fmt.Sprintf("%x", sha256.Sum256(body)), "request", requestIDOf(r.Context()))
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	delivery.ConnectionID, delivery.Verdict = h.Mirror.Connection(), verdict
	err = h.Store.InTx(r.Context(), func(tx *db.Store) error {
		id, fresh, err := tx.InsertDelivery(r.Context(), delivery)
		if err != nil || !fresh {
			return err
		}
		return h.Jobs.Enqueue(r.Context(), tx, jobs.ApplyDelivery{ID: id}, nil)
	})
	if err != nil {
		h.Log.Error("keeping a webhook", "error", err, "request", requestIDOf(r.Context()))
		http.Error(w, "not kept; send it again", http.StatusServiceUnavailable)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// webhookVerdict compares the key in a time that doesn't depend on it. Without a key of ours everything is let in, and
// marked.
func (h *Handlers) webhookVerdict(key string) (v hiring.Verdict, ok bool) {
	if h.WebhookKey == "" {
		return hiring.VerdictUnverified, true
	}
	want, got := sha256.Sum256([]byte(h.WebhookKey)), sha256.Sum256([]byte(key))
	return hiring.VerdictVerified, subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// readDelivery reads the published envelope. Only the event's name is insisted on: the fields of data are published by
// example, and a newer sender may know more than we do.
func readDelivery(body []byte, header http.Header, now time.Time) (hiring.Delivery, error) {
	var envelope struct {
		Event     string          `json:"event"`
		Timestamp json.RawMessage `json:"timestamp"`
		CompanyID json.RawMessage `json:"companyId"`
		Data      json.RawMessage `json:"data"`
	}
	if !utf8.Valid(body) || bytes.Contains(body, []byte(`\u0000`)) {
		return hiring.Delivery{}, errors.New("the body has characters that text can't have")
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return hiring.Delivery{}, errors.New("the body is not a JSON object of event, timestamp, companyId and data")
	}
	if envelope.Event == "" || len(envelope.Event) > 200 {
		return hiring.Delivery{}, errors.New("the body names no event")
	}
	at, ok := readTime(envelope.Timestamp)
	if !ok {
		if at, ok = readTime([]byte(fmt.Sprintf("%q", header.Get("X-Webhook-Timestamp")))); !ok {
			at = now
		}
	}
	company := string(bytes.Trim(envelope.CompanyID, `"`))
	if company == "null" {
		company = ""
	}
	data, err := canonical(envelope.Data)
	if err != nil {
		return hiring.Delivery{}, errors.New("the data can't be read")
	}
	digest := sha256.New()
	for _, part := range [][]byte{[]byte(envelope.Event), envelope.Timestamp, []byte(company), data} {
		fmt.Fprintf(digest, "%d:", len(part)) // lengths keep neighbours from running into each other
		digest.Write(part)
	}
	return hiring.Delivery{
		Event: envelope.Event, EventAt: at, CompanyRef: company, Digest: digest.Sum(nil), Payload: body, ReceivedAt: now,
	}, nil
}

// readTime reads an ISO 8601 time in a JSON string.
func readTime(raw []byte) (time.Time, bool) {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return time.Time{}, false
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	return at.UTC(), err == nil
}

// canonical writes JSON with sorted keys and without spaces, so that one event sent twice has one digest.
func canonical(raw json.RawMessage) ([]byte, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	return json.Marshal(v)
}

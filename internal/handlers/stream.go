package handlers

import (
	"bytes"
	"net/http"
	"time"
)

const (
	heartbeat    = 20 * time.Second
	writeTimeout = 10 * time.Second // a peer that takes no byte for so long is gone
	tooMany      = 100              // changes in a batch are told as "everything"
)

// eventStream tells an open page the names of what changes, as server-sent events; the page fetches what it shows. It
// begins with what changed while the page came from the server: "since" is where the hub stood when it was read. A
// browser that reconnects by itself says so with the id it was given, and reads everything anew.
func (h *Handlers) eventStream(w http.ResponseWriter, r *http.Request) error {
	changes, cancel := h.Hub.Subscribe()
	defer cancel()
	out := http.NewResponseController(w)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	send := func(text []byte) error {
		_ = out.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := w.Write(text); err != nil {
			return err
		}
		return out.Flush()
	}
	if send([]byte("retry: 1000\nid: seen\n\n")) != nil {
		return nil
	}
	if since := r.URL.Query().Get("since"); since != "" && r.Header.Get("Last-Event-ID") == "" {
		missed, known := h.Hub.Since(since)
		if !known && send(allMissed) != nil {
			return nil
		}
		if len(missed) > 0 && send(changesText(missed)) != nil {
			return nil
		}
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return nil
		case batch, open := <-changes:
			if !open {
				return nil // lagging, or going down: the browser comes back and reads anew
			}
			err = send(batch.Encoded(changesText))
		case <-beat.C:
			err = send(stillHere)
		}
		if err != nil {
			return nil
		}
	}
}

// What the stream says beside changes.
var (
	allMissed = []byte("event: missed\ndata: all\n\n")
	stillHere = []byte(": still here\n\n")
)

// changesText is what the stream says of changes; of too many, that all may have changed.
func changesText(changes []string) []byte {
	if len(changes) > tooMany {
		return allMissed
	}
	var b bytes.Buffer
	for _, change := range changes {
		b.WriteString("event: change\ndata: " + change + "\n\n")
	}
	return b.Bytes()
}

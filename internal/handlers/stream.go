package handlers

import (
	"fmt"
	"net/http"
	"time"
)

const (
	heartbeat    = 20 * time.Second
	writeTimeout = 10 * time.Second // a peer that takes no byte for so long is gone
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
	send := func(format string, args ...any) error {
		_ = out.SetWriteDeadline(time.Now().Add(writeTimeout))
		if _, err := fmt.Fprintf(w, format, args...); err != nil {
			return err
		}
		return out.Flush()
	}
	if send("retry: 1000\nid: seen\n\n") != nil {
		return nil
	}
	if since := r.URL.Query().Get("since"); since != "" && r.Header.Get("Last-Event-ID") == "" {
		missed, known := h.Hub.Since(since)
		if !known && send("event: missed\ndata: all\n\n") != nil {
			return nil
		}
		for _, change := range missed {
			if send("event: change\ndata: %s\n\n", change) != nil {
				return nil
			}
		}
	}
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		var err error
		select {
		case <-r.Context().Done():
			return nil
		case change, open := <-changes:
			if !open {
				return nil // lagging, or going down: the browser comes back and reads anew
			}
			err = send("event: change\ndata: %s\n\n", change)
		case <-beat.C:
			err = send(": still here\n\n")
		}
		if err != nil {
			return nil
		}
	}
}

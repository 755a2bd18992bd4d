package handlers

import (
	"bytes"
	"net/http"
)

// eventStream tells an open page the names of what changes, as server-sent events; the page fetches what it shows. It
// begins with what changed while the page came from the server: "since" is where the hub stood when it was read. A
// browser that reconnects by itself says so with the id it was given, and reads everything anew. The hub takes the
// connection over, and the request ends.
func (h *Handlers) eventStream(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Accel-Buffering", "no") // nginx would hold events back
	w.Header().Set("Connection", "close")     // the stream has no length: it ends where the connection does
	since := r.URL.Query().Get("since")
	if r.Header.Get("Last-Event-ID") != "" {
		since = ""
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return err
	}
	head := bytes.NewBufferString("HTTP/1.1 200 OK\r\n")
	_ = w.Header().Write(head) // to a buffer
	head.WriteString("\r\n")
	return h.Hub.Attach(conn, head.Bytes(), since)
}

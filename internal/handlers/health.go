package handlers

import (
	"context"
	"net/http"
	"time"
)

// healthz says that the process runs.
func (h *Handlers) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// readyz says that the process can serve: the database answers (its migrations ran before there was a handler) and
// the listener for live changes has begun.
func (h *Handlers) readyz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if err := h.Store.Ping(ctx); err != nil {
		http.Error(w, "the database does not answer", http.StatusServiceUnavailable)
		return
	}
	select {
	case <-h.Hub.Ready():
		_, _ = w.Write([]byte("ready\n"))
	default:
		http.Error(w, "still starting", http.StatusServiceUnavailable)
	}
}

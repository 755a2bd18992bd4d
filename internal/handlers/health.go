package handlers

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"
)

// watchedFor is how long after a question to /readyz somebody is taken to watch it.
const watchedFor = time.Minute

// readiness is what /readyz knows beyond the database.
type readiness struct {
	draining atomic.Bool
	asked    atomic.Int64 // when /readyz was last asked, in Unix nanoseconds; 0: never
}

// Drain makes /readyz say no from now on, and has every connection closed behind its next answer; everything else is
// served as before. watched says whether somebody asked /readyz lately: only then is it worth waiting before the
// listener closes.
func (h *Handlers) Drain() (watched bool) {
	h.ready.draining.Store(true)
	return h.Now().Sub(time.Unix(0, h.ready.asked.Load())) < watchedFor
}

// healthz says that the process runs.
func (h *Handlers) healthz(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write([]byte("ok\n"))
}

// readyz says that the process can serve: it is not about to end, the database answers (its migrations ran before
// there was a handler) and the listener for live changes has begun.
func (h *Handlers) readyz(w http.ResponseWriter, r *http.Request) {
	h.ready.asked.Store(h.Now().UnixNano())
	if h.ready.draining.Load() {
		http.Error(w, "stopping", http.StatusServiceUnavailable)
		return
	}
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

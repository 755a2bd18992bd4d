package handlers

import (
	"bufio"
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"runtime/debug"
	"strings"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// maxBody is the largest form that the desk reads; files of candidates fit in many times over.
const maxBody = 2 << 20

type contextKey int

const (
	keyRequestID contextKey = iota
	keyUser
	keyHeard
)

// fromClient puts who sent a request into its RemoteAddr, in the place of a proxy that is believed about it: limits, also
// those of the room, count people. Without a word of such a proxy it stays as it is.
func fromClient(proxies []netip.Prefix) func(http.Handler) http.Handler {
	list := make([]string, len(proxies))
	for i, p := range proxies {
		list[i] = p.String()
	}
	find := middleware.ClientIPFromXFF(list...)
	return func(next http.Handler) http.Handler {
		return find(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if client := middleware.GetClientIP(r.Context()); client != "" {
				r.RemoteAddr = net.JoinHostPort(client, "0")
			}
			next.ServeHTTP(w, r)
		}))
	}
}

// requestID gives every request an id for the log, which error pages show.
func requestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := strings.ToLower(rand.Text()[:12])
		w.Header().Set("X-Request-Id", id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), keyRequestID, id)))
	})
}

func requestIDOf(ctx context.Context) string {
	id, _ := ctx.Value(keyRequestID).(string)
	return id
}

// statusWriter notes the status for the log.
type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *statusWriter) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(b)
}

// Hijack gives up the connection to a live page, which is answered with 200.
func (w *statusWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	w.status = http.StatusOK
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Unwrap lets http.ResponseController reach the connection.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// logged writes one line a request: never the query, which may hold names, and of one-time links not the token.
func (h *Handlers) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		sw := &statusWriter{ResponseWriter: w}
		next.ServeHTTP(sw, r)
		h.metrics.observe(r, sw.status, time.Since(began))
		level := slog.LevelInfo
		if strings.HasPrefix(r.URL.Path, "/static/") || strings.HasPrefix(r.URL.Path, "/webhooks/") || r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			level = slog.LevelDebug
		}
		if !h.Log.Enabled(r.Context(), level) {
			return
		}
		h.Log.Log(r.Context(), level, "request", "method", r.Method, "path", safePath(r.URL.Path), "status", sw.status,
			"took", time.Since(began).Round(time.Microsecond), "request", requestIDOf(r.Context()))
	})
}

// safePath hides what is a secret in a path: tokens of one-time links and of invites, which the engine's API names
// candidates by, and of senders.
func safePath(path string) string {
	for _, prefix := range []string{"/link/", "/room/i/", "/v1/partner/assessment/", "/v1/partner/extensions/assessment/", "/webhooks/taptalent/"} {
		if strings.HasPrefix(path, prefix) {
			return prefix + "…"
		}
	}
	return strange.ReplaceAllString(path, "…")
}

// strange are parts of a path that no address of ours has: what somebody typed there, an email address or a name with
// spaces, stays out of the log.
var strange = regexp.MustCompile(`[^/]*[^/\w.{}-][^/]*|[^/]{65,}`)

// recovered turns a panic into the error page.
func (h *Handlers) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			h.Log.Error("panic", "panic", p, "request", requestIDOf(r.Context()), "stack", string(debug.Stack()))
			h.plainError(w, r, http.StatusInternalServerError, sentenceDefect)
		}()
		next.ServeHTTP(w, r)
	})
}

// headers that every answer carries. Scripts and styles come from our own files only. The microphone is the room's.
func headers(secure bool) func(http.Handler) http.Handler {
	const csp = "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; " +
		"form-action 'self'; frame-ancestors 'none'"
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			head := w.Header()
			head.Set("Content-Security-Policy", csp)
			head.Set("X-Content-Type-Options", "nosniff")
			head.Set("Referrer-Policy", "same-origin")
			head.Set("Cross-Origin-Opener-Policy", "same-origin")
			head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(self)")
			if secure {
				head.Set("Strict-Transport-Security", "max-age=31536000")
			}
			next.ServeHTTP(w, r)
		})
	}
}

// formTimeout is for how long a form may arrive.
const formTimeout = 2 * time.Minute

// limited bounds a request's body, and how long it may take.
func limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		if r.ContentLength != 0 { // the deadline would end a live page, which has none
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(formTimeout))
		}
		next.ServeHTTP(w, r)
	})
}

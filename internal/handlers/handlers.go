// Package handlers is the desk over HTTP: URLs, forms, status codes, the stream of live changes and the webhook
// receiver. It decides who may and which page answers; rules are package hiring's, SQL is db's, talking to the provider
// is mirror's, and HTML is views'.
package handlers

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"greenroom/internal/account"
	"greenroom/internal/auth"
	"greenroom/internal/db"
	"greenroom/internal/events"
	"greenroom/internal/jobs"
	"greenroom/internal/mirror"
)

// Options are what the desk stands on. All of them are required unless said otherwise.
type Options struct {
	Store    *db.Store
	Mirror   *mirror.Mirror
	Jobs     *jobs.Queue
	Hub      *events.Hub
	Sessions *auth.Sessions
	Account  *account.Keeper
	Joined   func(context.Context) // waits until this process uses the account that was just saved; nil: nothing to wait for

	BaseURL      *url.URL               // public address, for links
	Test         bool                   // the provider is in its test mode
	WebhookKey   string                 // of the environment; "" takes the stored one, which an admin can change
	Proxies      []netip.Prefix         // believed about X-Forwarded-For; one at least
	MetricsToken string                 // "" shows /metrics to loopback only
	Sample       bool                   // sample data can be added
	Mail         bool                   // a mail server is set
	About        Installation           // for the settings page
	Engine       http.Handler           // /v1/partner and /room; nil with a live provider
	Measures     []prometheus.Collector // shown at /metrics besides the desk's own; may be nil

	Log *slog.Logger
	Now func() time.Time // nil: time.Now
}

// Handlers answers every request of the desk. It is safe for concurrent use.
type Handlers struct {
	Options
	routes   []route
	limits   limits
	hasUser  atomic.Bool // there is a user; see isSetUp
	ready    readiness
	began    time.Time
	metrics  *metrics
	receiver receiver
	root     http.Handler

	downloading chan struct{} // a place for each file that is being made; see download
}

// New mounts every route.
func New(o Options) *Handlers {
	if o.Now == nil {
		o.Now = time.Now
	}
	h := &Handlers{Options: o, limits: newLimits(), downloading: make(chan struct{}, downloads), began: o.Now()}
	h.metrics = h.newMetrics()
	h.receiver = h.newReceiver()
	h.routes = h.table()
	h.root = h.mount()
	return h
}

// ServeHTTP answers one request.
func (h *Handlers) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.ready.draining.Load() {
		w.Header().Set("Connection", "close") // a proxy that kept it would send a request just when it closes
	}
	h.root.ServeHTTP(w, r)
}

package handlers

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics counts what the desk does, for Prometheus. Labels are route patterns, never addresses or people.
type metrics struct {
	registry *prometheus.Registry
	took     *prometheus.HistogramVec
}

func (h *Handlers) newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		took: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name:    "greenroom_request_seconds",
			Help:    "Time to answer a request, by method, route and status.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10},
		}, []string{"method", "route", "status"}),
	}
	pool := h.Store.Pool()
	m.registry.MustRegister(m.took, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("greenroom_live_pages", "Open pages that listen for changes.", func() float64 { return float64(h.Hub.Subscribers()) }),
		gauge("greenroom_db_connections_in_use", "Connections of the pool that are at work.", func() float64 { return float64(pool.Stat().AcquiredConns()) }),
		gauge("greenroom_db_connections", "Connections of the pool.", func() float64 { return float64(pool.Stat().TotalConns()) }),
		gauge("greenroom_provider_failing", "1 while the provider's latest answer was a failure.", func() float64 {
			if h.Mirror.Health().Failing() {
				return 1
			}
			return 0
		}))
	return m
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

// observe notes one answered request. A stream counts when it ends, and would only blur the picture.
func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	pattern := "none"
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		pattern = c.RoutePattern()
	}
	if pattern != "/events" {
		m.took.WithLabelValues(r.Method, pattern, strconv.Itoa(status)).Observe(took.Seconds())
	}
}

// metricsShow answers this machine, and others only with the token.
func (h *Handlers) metricsShow(w http.ResponseWriter, r *http.Request) {
	if !h.mayMeasure(r) {
		http.Error(w, "set GREENROOM_METRICS_TOKEN and send it as a bearer token, or ask from this machine", http.StatusForbidden)
		return
	}
	promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{}).ServeHTTP(w, r)
}

func (h *Handlers) mayMeasure(r *http.Request) bool {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && h.MetricsToken != "" {
		want, got := sha256.Sum256([]byte(h.MetricsToken)), sha256.Sum256([]byte(token))
		return subtle.ConstantTimeCompare(want[:], got[:]) == 1
	}
	host, _, _ := net.SplitHostPort(r.RemoteAddr)
	// Behind a proxy on this machine everybody seems to come from here.
	return net.ParseIP(host).IsLoopback() && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

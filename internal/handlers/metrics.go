package handlers

import (
	"context"
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

	"greenroom/internal/hiring"
)

// metrics measures what this process does, and what all of them leave in the database, for Prometheus. Labels are
// route patterns, kinds and states of our own, never what comes from outside: addresses, ids, people.
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
	m.registry.MustRegister(m.took, stored{h}, collectors.NewGoCollector(), collectors.NewBuildInfoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("greenroom_live_pages", "Open pages that listen for changes at this process.", func() float64 { return float64(h.Hub.Attached()) }),
		gauge("greenroom_db_connections_in_use", "Connections of the pool that are at work.", func() float64 { return float64(pool.Stat().AcquiredConns()) }),
		gauge("greenroom_db_connections", "Connections of the pool.", func() float64 { return float64(pool.Stat().TotalConns()) }),
		gauge("greenroom_db_connections_max", "Connections that the pool may open.", func() float64 { return float64(pool.Stat().MaxConns()) }),
		counter("greenroom_db_waits_total", "Times that somebody waited for a connection of the pool.", func() float64 { return float64(pool.Stat().EmptyAcquireCount()) }),
		counter("greenroom_db_wait_seconds_total", "Time spent on getting connections of the pool.", func() float64 { return pool.Stat().AcquireDuration().Seconds() }),
		gauge("greenroom_provider_failing", "1 while the provider's latest answer was a failure.", func() float64 {
			if h.Mirror.Health().Failing() {
				return 1
			}
			return 0
		}))
	m.registry.MustRegister(h.Measures...)
	return m
}

func gauge(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
}

func counter(name, help string, f func() float64) prometheus.Collector {
	return prometheus.NewCounterFunc(prometheus.CounterOpts{Name: name, Help: help}, f)
}

// storedTimeout bounds the questions to the database of one scrape.
const storedTimeout = 3 * time.Second

// stored measures what is in the database, and so is the same at every process. While the database doesn't answer,
// its figures are missing and the others stay.
type stored struct{ h *Handlers }

var (
	jobsDesc      = prometheus.NewDesc("greenroom_jobs", "Work in the queue, by kind and state; done work is kept for a day.", []string{"kind", "state"}, nil)
	lagOldestDesc = prometheus.NewDesc("greenroom_webhook_oldest_seconds", "Age of the oldest webhook that waits for its effects; 0: none does.", nil, nil)
	lagDesc       = prometheus.NewDesc("greenroom_webhook_lag_seconds", "Time from receiving a webhook to its effects, over the latest five minutes.", []string{"quantile"}, nil)
	lagDeadDesc   = prometheus.NewDesc("greenroom_webhooks_dead", "Webhooks whose effects were given up.", nil, nil)
	upDesc        = prometheus.NewDesc("greenroom_database_up", "1 when the database answered this scrape.", nil, nil)
)

// Describe lists what Collect gives.
func (stored) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{jobsDesc, lagOldestDesc, lagDesc, lagDeadDesc, upDesc} {
		out <- d
	}
}

// Collect asks the database.
func (s stored) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), storedTimeout)
	defer cancel()
	value := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counts, err := s.h.Store.WorkCounts(ctx)
	if err != nil {
		value(upDesc, 0)
		return
	}
	lag, err := s.h.Store.DeliveryLag(ctx, s.h.Now())
	if err != nil {
		value(upDesc, 0)
		return
	}
	value(upDesc, 1)
	byKind := map[string]map[hiring.WorkState]int{}
	for _, c := range counts {
		if byKind[c.Kind] == nil {
			byKind[c.Kind] = map[hiring.WorkState]int{}
		}
		byKind[c.Kind][c.State] = c.Count
	}
	for kind, states := range byKind {
		for _, state := range hiring.WorkStates { // zeros too: an alert on a series that is missing never fires
			value(jobsDesc, float64(states[state]), kind, string(state))
		}
	}
	value(lagOldestDesc, lag.Oldest.Seconds())
	value(lagDesc, lag.Median.Seconds(), "0.5")
	value(lagDesc, lag.P99.Seconds(), "0.99")
	value(lagDeadDesc, float64(lag.Dead))
}

// observe notes one answered request. A stream counts when it ends, and would only blur the picture.
func (m *metrics) observe(r *http.Request, status int, took time.Duration) {
	pattern := "none"
	if c := chi.RouteContext(r.Context()); c != nil && c.RoutePattern() != "" {
		pattern = c.RoutePattern()
	}
	if pattern != "/events" {
		m.took.WithLabelValues(methodLabel(r.Method), pattern, strconv.Itoa(status)).Observe(took.Seconds())
	}
}

// methodLabel keeps methods that somebody made up from becoming series.
func methodLabel(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// metricsShow answers this machine, and others only with the token.
func (h *Handlers) metricsShow(w http.ResponseWriter, r *http.Request) {
	if !h.mayMeasure(r) {
		http.Error(w, "set GREENROOM_METRICS_TOKEN and send it as a bearer token, or ask from this machine", http.StatusForbidden)
		return
	}
	promhttp.HandlerFor(h.metrics.registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}).ServeHTTP(w, r)
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

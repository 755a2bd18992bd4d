package app

import (
	"cmp"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"greenroom/internal/partner"
)

// newProviderCalls measures calls to the provider, by operation and outcome.
func newProviderCalls() *prometheus.HistogramVec {
	return prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name:    "greenroom_provider_call_seconds",
		Help:    "Time of a call to the provider with all its tries, by operation and outcome.",
		Buckets: []float64{.005, .025, .1, .25, .5, 1, 2.5, 5, 15, 60},
	}, []string{"operation", "outcome"})
}

// observeCall is partner.Options.Observe.
func (a *App) observeCall(op partner.Op, outcome partner.Outcome, took time.Duration) {
	a.callTimes.WithLabelValues(string(op), cmp.Or(string(outcome), "ok")).Observe(took.Seconds())
}

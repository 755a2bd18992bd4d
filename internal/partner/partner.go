// Package partner is the HTTP client of the Assessments API: one method for each operation of the contract, with its
// timeouts, retries, rate, circuit breaker, and the translation of every failure into a hiring error and a sentence
// for people. It holds no state of the desk and decides nothing about it; what to do with an answer is package
// mirror's business, and the shapes on the wire are package partnerapi's.
package partner

import (
	"cmp"
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/time/rate"
)

// Production is TapTalent's base URL, for Options.BaseURL.
const Production = "https://partner-api.taptalent.io/v1/partner"

// TapTalentRate is the rate, in requests a second, to keep to at TapTalent, which publishes no limit. The local
// engine needs none.
const TapTalentRate = 2.0

// How long a call may take where Options says nothing.
const (
	DefaultTimeout         = 15 * time.Second
	DefaultGenerateTimeout = 90 * time.Second
)

// Options are what a Client needs; only BaseURL and Key are required.
type Options struct {
	BaseURL string // with the base path, as Production
	Key     string // "" sends nothing: every call is Locked
	Name    string // the provider in sentences for people, which begin with it: "TapTalent" (default), "The local engine"

	HTTPClient *http.Client // nil: a transport with its own limits. It is copied; redirects are never followed

	Timeout         time.Duration // one whole call: every try, every wait between them, the reading. 0: DefaultTimeout
	GenerateTimeout time.Duration // the same for GenerateQuestions, which answers when a model is done. 0: DefaultGenerateTimeout
	RatePerSecond   float64       // 0: unlimited
	Turns           Turns         // shares the rate with other processes, where there is one; nil: it is this process's own

	Log   *slog.Logger                               // nil: silent. Retries and the breaker's changes only; errors are returned
	Now   func() time.Time                           // nil: time.Now
	Sleep func(context.Context, time.Duration) error // nil: waits, or returns the context's error
	Rand  func() float64                             // nil: math/rand; 0 ≤ x < 1, spreads the waits between tries

	// Observe is told how each call ended, "" being a good answer, and how long it took with all its tries; nil: nobody
	// measures.
	Observe func(op Op, outcome Outcome, took time.Duration)
}

// Client calls one provider with one key. Its methods may be called from many goroutines. Every error they return is
// an *Error.
type Client struct {
	base            string
	key             string
	name            string
	http            http.Client
	timeout         time.Duration
	generateTimeout time.Duration
	every           time.Duration // from one turn to the next; 0: no rate
	turns           Turns         // nil: the limiter alone
	limiter         *rate.Limiter
	hold            hold
	breaker         breaker
	log             *slog.Logger
	now             func() time.Time
	sleep           func(context.Context, time.Duration) error
	rand            func() float64
	observe         func(Op, Outcome, time.Duration)
}

// New makes a Client. It sends nothing.
func New(o Options) *Client {
	c := &Client{
		base:            strings.TrimRight(o.BaseURL, "/"),
		key:             o.Key,
		name:            cmp.Or(o.Name, "TapTalent"),
		timeout:         cmp.Or(o.Timeout, DefaultTimeout),
		generateTimeout: cmp.Or(o.GenerateTimeout, DefaultGenerateTimeout),
		limiter:         rate.NewLimiter(rate.Inf, 0),
		log:             o.Log,
		now:             o.Now,
		sleep:           o.Sleep,
		rand:            o.Rand,
		observe:         o.Observe,
	}
	if o.HTTPClient != nil {
		c.http = *o.HTTPClient
	}
	if c.http.Transport == nil {
		c.http.Transport = newTransport()
	}
	// A followed redirect would turn a POST into a GET, and carry the key to a host that nobody chose.
	c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if o.RatePerSecond > 0 {
		c.every, c.turns = time.Duration(float64(time.Second)/o.RatePerSecond), o.Turns
		c.limiter = rate.NewLimiter(rate.Limit(o.RatePerSecond), max(1, int(o.RatePerSecond)))
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	if c.now == nil {
		c.now = time.Now
	}
	if c.sleep == nil {
		c.sleep = sleep
	}
	if c.rand == nil {
		c.rand = randFloat
	}
	if c.observe == nil {
		c.observe = func(Op, Outcome, time.Duration) {}
	}
	return c
}

// newTransport is http.DefaultTransport with limits that suit one host and a person who waits.
func newTransport() *http.Transport {
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            (&net.Dialer{Timeout: 5 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    5 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    4,
		MaxConnsPerHost:        8,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

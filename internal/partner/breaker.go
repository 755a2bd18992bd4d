package partner

import (
	"log/slog"
	"net/http"
	"sync"
	"time"
)

const (
	openAfter = 5 // calls in a row without a usable answer
	firstOpen = 10 * time.Second
	maxOpen   = 2 * time.Minute
)

// Health is how the provider has been answering, for a quiet banner.
type Health struct {
	LastSuccess time.Time // the last answer that kept to the contract, refusals among them but for 429; zero: none since the start
	LastFailure time.Time // zero: none since the start
	FailingFrom time.Time // the first failure after LastSuccess; zero: the last word was a good one
	Failure     string    // the sentence that goes with LastFailure
	ForAdmin    string    // the same for who looks after the connection
	OpenUntil   time.Time // calls are held back until then; zero: they go out
	KeyRefused  bool      // the last word was that the key is not accepted
	HeldFrom    time.Time // when the provider asked to be left alone until HeldUntil; zero: it did not
	HeldUntil   time.Time
}

// Failing says whether the last word from or about the provider was a failure.
func (h Health) Failing() bool { return !h.FailingFrom.IsZero() }

// Health tells the state of the connection now.
func (c *Client) Health() Health {
	now := c.now()
	h := c.breaker.health(now)
	c.hold.mu.Lock()
	defer c.hold.mu.Unlock()
	if c.hold.until.After(now) {
		h.HeldFrom, h.HeldUntil = c.hold.from, c.hold.until
	}
	return h
}

// breaker holds calls back from a provider that doesn't answer. While open it lets one call through whenever its
// time is over; that one's result closes it, or keeps it open for twice as long. The zero value is closed.
type breaker struct {
	mu       sync.Mutex
	failures int           // in a row
	openFor  time.Duration // 0: closed
	until    time.Time     // the next probe, while open
	probing  bool          // the probe's result has not come
	state    Health
}

// allow says whether a call may go out, or else how long none will.
func (b *breaker) allow(now time.Time) (wait time.Duration, ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.openFor == 0 {
		return 0, true
	}
	if now.Before(b.until) {
		return b.until.Sub(now), false
	}
	// The next probe is due after the same time, so that one which never reports doesn't shut the door for good.
	b.until, b.probing = now.Add(b.openFor), true
	return 0, true
}

// settle takes in how a call ended; a nil err is a good answer. Calls that never went out and calls that their caller
// gave up say nothing about the provider.
func (b *breaker) settle(k call, err *Error, provider string, now time.Time, log *slog.Logger) {
	if err != nil && (err.Outcome == Held || err.Outcome == Canceled) {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	answered := err == nil || err.Outcome == Refused || k.optional && err.absent()
	refusedKey := err != nil && err.Status == http.StatusUnauthorized
	b.state.KeyRefused = refusedKey
	switch {
	case !answered:
		b.failed(now, log)
		fallthrough
	case refusedKey:
		said := *err
		said.Op, said.Provider, said.Unknown = k.op, provider, false
		b.state.LastFailure, b.state.Failure, b.state.ForAdmin = now, said.Sentence(), said.ForAdmin()
		if b.state.FailingFrom.IsZero() {
			b.state.FailingFrom = now
		}
	case err != nil && err.throttled(): // it is there, and tells nothing
	default:
		b.state.LastSuccess, b.state.FailingFrom = now, time.Time{}
	}
	if answered {
		if b.openFor != 0 {
			log.Info("the provider answers again")
		}
		b.failures, b.openFor, b.until, b.probing = 0, 0, time.Time{}, false
	}
}

// failed counts a call without a usable answer. Calls that were under way when the breaker opened change nothing.
func (b *breaker) failed(now time.Time, log *slog.Logger) {
	b.failures++
	switch {
	case b.openFor == 0 && b.failures >= openAfter:
		b.openFor = firstOpen
	case b.probing:
		b.openFor = min(2*b.openFor, maxOpen)
	default:
		return
	}
	b.until, b.probing = now.Add(b.openFor), false
	log.Warn("the provider doesn't answer; calls are held back", "for", b.openFor, "failures", b.failures)
}

func (b *breaker) health(now time.Time) Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	h := b.state
	if b.openFor != 0 && now.Before(b.until) {
		h.OpenUntil = b.until
	}
	return h
}

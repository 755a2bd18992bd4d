package partner

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Turns hands out the turns of one account's rate to everybody who calls with it, in other processes too. It is safe
// for concurrent use.
type Turns interface {
	// Take takes the next turn if it comes within a time, and says how long to wait for it; else taken is false, and wait
	// is when a turn comes. every is the time from one turn to the next, ahead how much sooner than its turn this call may
	// go, which those after it make up for. held is how long the provider still wants no calls; 0: it takes them.
	Take(ctx context.Context, every, ahead, within time.Duration) (wait, held time.Duration, taken bool, err error)
	// Hold keeps everybody from calling for a time, unless a longer one is under way; 0 ends that.
	Hold(ctx context.Context, d time.Duration) error
}

const (
	askTurn    = time.Second     // a store of turns that takes longer counts as away
	holdFailed = 2 * time.Minute // the longest that a provider with a fault is left alone at its word
)

type backgroundKey struct{}

// Background marks calls for which nobody waits: those that a person waits for go first.
func Background(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

func inBackground(ctx context.Context) bool {
	yes, _ := ctx.Value(backgroundKey{}).(bool)
	return yes
}

// hold is the time for which the provider wants no calls, as far as this process knows. The zero value is none.
type hold struct {
	mu          sync.Mutex
	from, until time.Time
	alone       bool // the shared turns can't be asked for
}

func (h *hold) lasts(now time.Time) time.Duration {
	h.mu.Lock()
	defer h.mu.Unlock()
	return max(0, h.until.Sub(now))
}

// extend makes it last at least so long.
func (h *hold) extend(now time.Time, d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if until := now.Add(d); d > 0 && until.After(h.until) {
		if !h.until.After(now) {
			h.from = now
		}
		h.until = until
	}
}

func (h *hold) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.until = time.Time{}
}

// nowAlone notes whether the shared turns can be asked for, and says whether that is news.
func (h *hold) nowAlone(alone bool) (news bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	news, h.alone = h.alone != alone, alone
	return news
}

// turn waits for the call's turn, or says at once that it doesn't come while the call may take. In the background a turn
// is only taken once it is the next one, so that no queue of such calls stands before one that a person waits for.
func (c *Client) turn(ctx, parent context.Context, k call) *Error {
	for {
		if err := ctx.Err(); err != nil {
			return &Error{Outcome: stopped(parent), Cause: err}
		}
		within := time.Hour
		if deadline, ok := ctx.Deadline(); ok {
			within = time.Until(deadline)
		}
		reach, ahead := within, c.every
		if inBackground(ctx) {
			reach, ahead = min(within, c.every), 0
		}
		wait, held, taken := c.take(ctx, ahead, reach)
		switch {
		case k.always && held > 0:
			return nil
		case !taken && wait >= within && held > 0:
			return &Error{Outcome: Held, RetryAfter: wait, Cause: errPause}
		case !taken && wait >= within:
			return &Error{Outcome: Held, RetryAfter: wait, Cause: errBusy}
		case !taken && wait > reach:
			wait -= reach // until it may be asked for
		}
		if wait > 0 {
			if err := c.sleep(ctx, wait); err != nil {
				return &Error{Outcome: stopped(parent), Cause: err}
			}
		}
		if taken {
			return nil
		}
	}
}

// take is Turns.Take of the shared turns; without them, and while they can't be asked for, this process keeps to the rate
// by itself.
func (c *Client) take(ctx context.Context, ahead, within time.Duration) (wait, held time.Duration, taken bool) {
	now := c.now()
	if c.turns != nil && c.every > 0 {
		asking, cancel := context.WithTimeout(ctx, askTurn)
		defer cancel()
		wait, held, taken, err := c.turns.Take(asking, c.every, ahead, within)
		if err == nil {
			c.hold.nowAlone(false)
			if held > 0 {
				c.hold.extend(now, held)
			} else {
				c.hold.end() // another process may have ended it
			}
			if taken {
				c.limiter.AllowN(now, 1)
			}
			return wait, held, taken
		}
		if ctx.Err() == nil && c.hold.nowAlone(true) {
			c.log.Warn("turns can't be shared with other processes; this one keeps to the rate by itself", "error", err)
		}
	}
	if held = c.hold.lasts(now); held > 0 {
		return held, held, false
	}
	r := c.limiter.ReserveN(now, 1)
	if wait = r.DelayFrom(now); wait > 0 && wait >= within && c.every > 0 {
		r.CancelAt(now)
		return wait, 0, false
	}
	return wait, 0, true
}

// heed keeps calls back for as long as an answer asks for, here and in other processes.
func (c *Client) heed(ctx context.Context, err *Error) {
	d := err.RetryAfter
	switch {
	case d <= 0 || !err.throttled() && err.Outcome != Failed && err.Outcome != Foreign:
		return
	case !err.throttled():
		d = min(d, holdFailed)
	}
	c.hold.extend(c.now(), d)
	c.log.Info("the provider asks to be left alone", "for", d, "status", err.Status)
	c.share(ctx, d)
}

// resume takes up calls again, here and in other processes.
func (c *Client) resume(ctx context.Context) {
	if c.hold.lasts(c.now()) > 0 {
		c.hold.end()
		c.share(ctx, 0)
	}
}

func (c *Client) share(ctx context.Context, d time.Duration) {
	if c.turns == nil || c.every == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askTurn)
	defer cancel()
	if err := c.turns.Hold(ctx, d); err != nil {
		c.log.Warn("other processes don't know how long the provider wants to be left alone", "error", err)
	}
}

var errPause = errors.New("the provider asked for a pause")

package inbox

import (
	"sync"
	"time"
)

// Allowance lets something happen a few times at once and then once an interval, such as noting down garbage. It is safe
// for concurrent use.
type Allowance struct {
	burst float64
	every time.Duration

	mu   sync.Mutex
	left float64
	at   time.Time
}

// NewAllowance is full at first.
func NewAllowance(burst int, every time.Duration) *Allowance {
	return &Allowance{burst: float64(burst), every: every, left: float64(burst)}
}

// Take says whether it may happen now, and counts it.
func (a *Allowance) Take(now time.Time) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if !a.at.IsZero() {
		a.left = min(a.burst, a.left+float64(now.Sub(a.at))/float64(a.every))
	}
	a.at = now
	if a.left < 1 {
		return false
	}
	a.left--
	return true
}

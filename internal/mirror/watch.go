package mirror

import (
	"context"
	"time"

	"greenroom/internal/db"
)

// How the provider is watched. Work that the provider doesn't answer waits up to two minutes before it is tried again, as
// a busy provider needs it; a single small question tells people much sooner that the trouble is over.
const (
	watchEvery   = time.Second     // a look at what this process knows; nobody is asked
	probeEvery   = 8 * time.Second // spread by a fifth to either side, from one question to the next
	probeTimeout = 4 * time.Second // a question that hangs must not keep the next one from being asked
)

// Watch tells open pages when trouble with the provider begins and when it is over, until ctx ends. While there is trouble
// it asks the provider for something small now and then, but leaves one alone that asked for it, or that answers and
// doesn't take the key. Every process watches for itself, since each has its own breaker to close.
func (m *Mirror) Watch(ctx context.Context) {
	ctx = Background(ctx)
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	var troubled bool
	var next time.Time // the next question; zero: there is no trouble
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if h := m.Health(); !h.Failing() || h.KeyRefused || !h.HeldUntil.IsZero() {
			next = time.Time{}
		} else if next.IsZero() {
			next = time.Now().Add(jittered(probeEvery))
		} else if !time.Now().Before(next) {
			next = time.Now().Add(jittered(probeEvery))
			m.probe(ctx)
		}
		if _, now := m.trouble(); now != troubled {
			troubled = now
			if err := m.store.Notify(ctx, db.Topic{Name: db.TopicProvider}); err != nil && ctx.Err() == nil {
				m.log.Warn("open pages were not told about the provider", "error", err)
			}
		}
	}
}

// probe asks for something small; what the answer means is the client's to know. Other processes learn of a good one.
func (m *Mirror) probe(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	if m.client.Probe(ctx) != nil {
		return
	}
	if err := m.store.Answered(ctx, m.connection, m.now()); err != nil {
		m.log.Warn("other processes were not told about the provider", "error", err)
	}
}

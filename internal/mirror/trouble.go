package mirror

import (
	"context"
	"errors"
	"time"

	"greenroom/internal/partner"
)

// Trouble is a provider that doesn't answer as it should.
type Trouble struct {
	Sentence string    // what the latest failure means; "" where Until says it
	ForAdmin string    // Sentence for who looks after the connection
	Since    time.Time // the first failure in a row
	Until    time.Time // the provider wants no calls before, by its own word; zero: it said nothing of the kind
	Answered time.Time // the latest good answer; zero: none is known
}

// longPause is the shortest pause that people are told of.
const longPause = 30 * time.Second

// Trouble says whether the provider fails or wants a pause, and how old what people see is. Another process that has got
// an answer since counts as well.
func (m *Mirror) Trouble(ctx context.Context) (t Trouble, failing bool) {
	if t, failing = m.trouble(); !failing {
		return t, false
	}
	state, err := m.store.SyncState(ctx, m.connection)
	if err != nil || state.AnsweredAt == nil {
		return t, true
	}
	last := m.Health().LastFailure
	if !t.Until.IsZero() {
		last = t.Since
	}
	if state.AnsweredAt.After(last) {
		return Trouble{}, false
	}
	if state.AnsweredAt.After(t.Answered) {
		t.Answered = *state.AnsweredAt
	}
	return t, true
}

// trouble is Trouble as this process knows it.
func (m *Mirror) trouble() (t Trouble, failing bool) {
	h := m.Health()
	switch {
	case h.HeldUntil.Sub(h.HeldFrom) >= longPause:
		return Trouble{Since: h.HeldFrom, Until: h.HeldUntil, Answered: h.LastSuccess}, true
	case h.Failing():
		return Trouble{Sentence: h.Failure, ForAdmin: h.ForAdmin, Since: h.FailingFrom, Answered: h.LastSuccess}, true
	}
	return t, false
}

// Background marks the calls of work for which nobody waits: those that a person waits for go first.
func Background(ctx context.Context) context.Context { return partner.Background(ctx) }

// Tested is the outcome of a try of the connection.
type Tested struct {
	Took     time.Duration
	Sentence string // what failed and what to do; "": it works
	Detail   string // the same for those who look after networks: the outcome, the status, the cause
}

// Test tries the connection now, also while calls are held back.
func (m *Mirror) Test(ctx context.Context) Tested {
	began := time.Now()
	err := m.client.Test(ctx)
	tested := Tested{Took: time.Since(began)}
	var e *partner.Error
	if errors.As(err, &e) {
		tested.Sentence, tested.Detail = e.ForAdmin(), e.Error()
	} else if err := m.store.Answered(ctx, m.connection, m.now()); err != nil {
		m.log.Warn("other processes were not told about the provider", "error", err)
	}
	return tested
}

// TestWebhook has the provider send a webhook that means nothing; where it can't, see Abilities, the error says so.
func (m *Mirror) TestWebhook(ctx context.Context) error { return m.client.TestWebhook(ctx) }

// Package mirror keeps Postgres and the provider in step: it pushes what people write, pulls what changed, and applies
// webhooks. Every call to the provider happens here, outside of transactions; every page reads Postgres. Rules are
// package hiring's, the wire is package partner's.
package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// Options are what a Mirror stands on; all but Now are required.
type Options struct {
	Store      *db.Store
	Client     *partner.Client
	Connection int64 // the provider account's row, from db.Store.Connection
	Log        *slog.Logger
	Now        func() time.Time // nil: time.Now
}

// Mirror joins one provider account and the store. It is safe for concurrent use.
type Mirror struct {
	store      *db.Store
	client     *partner.Client
	connection int64
	log        *slog.Logger
	now        func() time.Time
	abilities  *atomic.Pointer[Abilities]
	asked      *atomic.Int64 // when the provider was last asked for them, in microseconds; 0: never
	pages      *sync.Map     // from place to the token of the page of candidates where it was last read
	comparing  bool          // what is found changed is a difference, told by nobody
	anew       bool          // what a score stands on and what was spoken is asked for, known or not
}

// New joins them; it sends nothing.
func New(o Options) *Mirror {
	m := &Mirror{store: o.Store, client: o.Client, connection: o.Connection, log: o.Log, now: o.Now, abilities: new(atomic.Pointer[Abilities]), asked: new(atomic.Int64), pages: new(sync.Map)}
	if m.now == nil {
		m.now = time.Now
	}
	return m
}

// At is the same mirror with a clock that stands at t, for records that belong to the past.
func (m *Mirror) At(t time.Time) *Mirror {
	past := *m
	past.now = func() time.Time { return t }
	return &past
}

// Connection is the provider account whose records this mirror keeps.
func (m *Mirror) Connection() int64 { return m.connection }

// ErrElsewhere means that a record belongs to another provider account than the one in use. It has to wait until that
// one is used again: here nobody knows it.
var ErrElsewhere = errors.New("it belongs to another provider account")

// assessment reads an interview of this account; ErrElsewhere for another's.
func (m *Mirror) assessment(ctx context.Context, id int64) (hiring.Assessment, error) {
	a, err := m.store.Assessment(ctx, id)
	if err == nil && a.ConnectionID != m.connection {
		return hiring.Assessment{}, fmt.Errorf("interview %d: %w", id, ErrElsewhere)
	}
	return a, err
}

// Health is how the provider has answered lately.
func (m *Mirror) Health() partner.Health { return m.client.Health() }

// Abilities is what the provider can do beyond the published contract. The zero value is the contract alone.
type Abilities struct {
	Provider   string // for people; "TapTalent" when the provider doesn't name itself
	Scoring    bool   // the way of scoring can be chosen
	Details    bool   // ideal answers and key points can be read back
	KeyPoints  bool   // key points can be written
	Evaluation bool   // people's scores can be sent
	Progress   bool   // generation tells how far it is
	WebhookTry bool   // a webhook that means nothing can be asked for
	Recordings bool   // people may speak their answers
	Erase      bool   // a person can be erased
	Work       bool   // what it does by itself can be looked after
	InviteURL  string // an invite's link with {inviteId} in place of the id; "" for none
	Model      string // the provider's language model; "" for none, or not told
}

// askTimeout bounds the one question to the provider that a page may wait for; askAgain is how long the next one waits
// after a question without an answer.
const (
	askTimeout = 2 * time.Second
	askAgain   = 30 * time.Second
)

// Abilities is what the provider said, remembered here and in the store. When it has never said anything it is asked,
// briefly and not again soon; while it doesn't answer, the contract alone is assumed.
func (m *Mirror) Abilities(ctx context.Context) Abilities {
	if a, known := m.remembered(ctx); known {
		return a
	}
	nobody := Abilities{Provider: providerName}
	if at := m.asked.Load(); at != 0 && m.now().Sub(time.UnixMicro(at)) < askAgain {
		return nobody
	}
	m.asked.Store(m.now().UnixMicro())
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	m.refreshAbilities(ctx)
	if known := m.abilities.Load(); known != nil {
		return *known
	}
	return nobody
}

// providerName is the provider's, when it doesn't name itself.
const providerName = "TapTalent"

// remembered is what the provider once said that it can do.
func (m *Mirror) remembered(ctx context.Context) (a Abilities, known bool) {
	if here := m.abilities.Load(); here != nil {
		return *here, true
	}
	known, err := m.store.Abilities(ctx, m.connection, &a)
	if known = known && err == nil; known {
		m.abilities.CompareAndSwap(nil, &a)
	}
	return a, known
}

// refreshAbilities asks the provider what it can do; without an answer, what is known stays. So it does when one that
// once told of abilities tells of none: providers without any and those on a bad day look the same.
func (m *Mirror) refreshAbilities(ctx context.Context) {
	ext, err := m.client.Extensions(ctx)
	if err != nil {
		m.log.Warn("the provider did not tell what it can do", "error", err)
		return
	}
	if a, known := m.remembered(ctx); known && a != (Abilities{Provider: providerName}) && len(ext.Capabilities) == 0 {
		m.log.Warn("the provider told nothing of what it can do; what it said before stays")
		return
	}
	a := Abilities{
		Provider:   cmp.Or(ext.Provider, providerName),
		Scoring:    ext.Has(partnerapi.CapScoring),
		Details:    ext.Has(partnerapi.CapQuestionDetails),
		KeyPoints:  ext.Has(partnerapi.CapKeyPoints),
		Evaluation: ext.Has(partnerapi.CapEvaluation),
		Progress:   ext.Has(partnerapi.CapGenerationStatus),
		WebhookTry: ext.Has(partnerapi.CapWebhookTest),
		Recordings: ext.Has(partnerapi.CapRecordings),
		Erase:      ext.Has(partnerapi.CapErase),
		Work:       ext.Has(partnerapi.CapWork),
		Model:      ext.Model,
	}
	if ext.Has(partnerapi.CapInviteLinks) {
		a.InviteURL = ext.InviteURL
	}
	m.abilities.Store(&a)
	if err := m.store.SaveAbilities(ctx, m.connection, a); err != nil {
		m.log.Warn("what the provider can do is not kept", "error", err)
	}
}

// Sentence says for people what the provider did and what to do about it; "" when err is not the provider's.
func Sentence(err error) string { return partner.Sentence(err) }

// Package events carries live changes from Postgres to open pages: one LISTEN connection a process, fanned out to
// subscribers. It carries names and ids only; what changed is read through the ordinary pages with their ordinary
// permissions.
package events

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// buffer is how many batches a subscriber may lag behind before it is dropped; its browser then reconnects and
	// refetches what it shows.
	buffer = 32
	// gap is the least time between two batches: a change is told at once, and those that follow it closely go together.
	// With 2,000 open pages and 50 changes a second that is a fifth of the work, and nobody sees the difference.
	gap = 100 * time.Millisecond
	// memory is how many changes are kept for Since: far more than happen between a page's reading and its stream.
	memory = 256
)

// Hub listens on one channel and tells every subscriber. Make it with New; its methods may be called concurrently.
type Hub struct {
	pool    *pgxpool.Pool
	channel string
	log     *slog.Logger

	mu      sync.Mutex
	subs    map[chan []string]struct{}
	recent  []string // the latest changes, at most memory
	heard   int      // how many there were with this connection
	era     string   // names the connection: what came between two of them nobody heard
	waiting []string // for the next batch, each change once
	pausing bool     // the gap after a batch is not over
	closed  bool     // no more subscribers: the process is going down
	ready   chan struct{}
	once    sync.Once

	pages pages
}

// New is a hub on the channel; it hears nothing until Run.
func New(pool *pgxpool.Pool, channel string, log *slog.Logger) *Hub {
	return &Hub{pool: pool, channel: channel, log: log, subs: map[chan []string]struct{}{}, ready: make(chan struct{})}
}

// Ready is closed once the hub listens for the first time.
func (h *Hub) Ready() <-chan struct{} { return h.ready }

// Subscribe gives the changes from now on, in batches that hold each once and are every subscriber's: nobody may change
// one. Some that were heard before may be among them. The channel is closed when the subscriber lags, when the connection
// to Postgres is lost, or at the end: the subscriber has to begin anew and read the present state after subscribing. cancel
// may be called more than once.
func (h *Hub) Subscribe() (changes <-chan []string, cancel func()) {
	c := make(chan []string, buffer)
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		close(c)
		return c, func() {}
	}
	h.subs[c] = struct{}{}
	return c, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.drop(c)
	}
}

// Position says how far the hub has heard, for Since. Take it before reading what may change.
func (h *Hub) Position() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.era + "-" + strconv.Itoa(h.heard)
}

// Since gives the changes after a Position, oldest first; subscribe before asking, or some may fall between. It is not
// ok when they are not known: too many, heard by another process, or the connection to Postgres was lost meanwhile.
// Then anything may have changed.
func (h *Hub) Since(position string) (changes []string, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	era, count, _ := strings.Cut(position, "-")
	n, err := strconv.Atoi(count)
	missed := h.heard - n
	if err != nil || era != h.era || missed < 0 || missed > len(h.recent) {
		return nil, false
	}
	return slices.Clone(h.recent[len(h.recent)-missed:]), true
}

// Run listens until ctx ends, reconnecting when the connection is lost, and then closes every subscription.
func (h *Hub) Run(ctx context.Context) {
	defer func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		h.closed = true
		h.dropAll()
	}()
	for wait := 100 * time.Millisecond; ; wait = min(2*wait, 5*time.Second) {
		began := time.Now()
		err := h.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		h.log.Warn("live updates lost their connection", "error", err)
		h.mu.Lock()
		h.dropAll()
		h.mu.Unlock()
		if time.Since(began) > 10*time.Second {
			wait = 100 * time.Millisecond
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

func (h *Hub) listen(ctx context.Context) error {
	pooled, err := h.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	conn := pooled.Hijack() // a listening connection must not go back into the pool
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{h.channel}.Sanitize()); err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	h.mu.Lock()
	h.era, h.heard, h.recent = rand.Text(), 0, nil
	h.dropAll() // who came while nobody listened read a state that may have changed since
	h.mu.Unlock()
	h.once.Do(func() { close(h.ready) })
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return errors.Join(errors.New("waiting for changes"), err)
		}
		h.publish(n.Payload)
	}
}

func (h *Hub) publish(change string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.heard++
	if h.recent = append(h.recent, change); len(h.recent) > memory {
		h.recent = h.recent[1:]
	}
	if !slices.Contains(h.waiting, change) {
		h.waiting = append(h.waiting, change)
	}
	if !h.pausing {
		h.flush()
	}
}

// flush tells everybody what waits, and does so again after the gap if there is more by then.
func (h *Hub) flush() {
	for c := range h.subs {
		select {
		case c <- h.waiting:
		default:
			h.drop(c)
		}
	}
	h.waiting, h.pausing = nil, true
	time.AfterFunc(gap, func() {
		h.mu.Lock()
		defer h.mu.Unlock()
		if h.pausing = false; len(h.waiting) > 0 {
			h.flush()
		}
	})
}

func (h *Hub) dropAll() {
	for c := range h.subs {
		h.drop(c)
	}
}

func (h *Hub) drop(c chan []string) {
	if _, ok := h.subs[c]; ok {
		delete(h.subs, c)
		close(c)
	}
}

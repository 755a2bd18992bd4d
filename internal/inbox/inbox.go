// Package inbox takes webhooks in: it checks the key, reads the envelope, and gathers what arrives at the same time
// into one transaction. It knows no SQL, no HTTP routing and nothing of what an event means; that is applied later,
// by package mirror.
package inbox

import (
	"context"
	"errors"
	"sync"
	"time"

	"greenroom/internal/hiring"
)

// ErrFull is the answer while more waits to be committed than the inbox holds. The sender should come again soon.
var ErrFull = errors.New("the inbox is full")

// The bounds of an inbox.
const (
	maxWaiting      = 8192            // deliveries that wait for their transaction
	maxWaitingBytes = 64 << 20        // of their bodies
	maxBatch        = 1024            // deliveries in one transaction
	maxBatchBytes   = 8 << 20         // of their bodies
	commitTimeout   = 4 * time.Second // a sender waits for 5
)

// Inbox commits deliveries in batches: while one transaction runs, what arrives waits for the next, so that the more
// arrives at once the less each costs. It needs no start and no stop, and is safe for concurrent use.
type Inbox struct {
	commit func(context.Context, []hiring.Delivery) error

	mu      sync.Mutex
	waiting []*entry
	bytes   int
	busy    bool // a goroutine is committing
}

type entry struct {
	delivery hiring.Delivery
	done     chan error
}

// New is an inbox on commit, which keeps a batch whole or not at all. A batch that fails with hiring.ErrUnavailable, or
// with a context's end, fails for everybody in it; after any other error each delivery is tried by itself, so that one
// that can't be kept doesn't take the others with it.
func New(commit func(ctx context.Context, batch []hiring.Delivery) error) *Inbox {
	return &Inbox{commit: commit}
}

// Put returns nil once the delivery is committed; ErrFull when there is no room, and otherwise the error of commit. A
// caller whose ctx ends stops waiting; the delivery may be kept all the same.
func (in *Inbox) Put(ctx context.Context, d hiring.Delivery) error {
	e := &entry{d, make(chan error, 1)}
	in.mu.Lock()
	if len(in.waiting) >= maxWaiting || in.bytes+len(d.Body) > maxWaitingBytes {
		in.mu.Unlock()
		return ErrFull
	}
	in.waiting = append(in.waiting, e)
	in.bytes += len(d.Body)
	if !in.busy {
		in.busy = true
		go in.drain()
	}
	in.mu.Unlock()
	select {
	case err := <-e.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain commits batch after batch until nothing waits.
func (in *Inbox) drain() {
	for batch := in.next(); batch != nil; batch = in.next() {
		in.keep(batch)
	}
}

// next takes the oldest that wait; nil ends the draining.
func (in *Inbox) next() []*entry {
	in.mu.Lock()
	defer in.mu.Unlock()
	n, size := 0, 0
	for n < len(in.waiting) && n < maxBatch {
		if size += len(in.waiting[n].delivery.Body); n > 0 && size > maxBatchBytes {
			size -= len(in.waiting[n].delivery.Body)
			break
		}
		n++
	}
	if n == 0 {
		in.busy, in.waiting = false, nil // what it was cut from would keep the bodies of the latest alive
		return nil
	}
	batch := in.waiting[:n:n]
	in.waiting = in.waiting[n:]
	in.bytes -= size
	return batch
}

func (in *Inbox) keep(batch []*entry) {
	list := make([]hiring.Delivery, len(batch))
	for i, e := range batch {
		list[i] = e.delivery
	}
	err := in.commitInTime(list)
	alone := err != nil && len(batch) > 1 && !down(err)
	for i, e := range batch {
		if alone {
			err = in.commitInTime(list[i : i+1])
			alone = !down(err) // else the rest need not wait for what won't work
		}
		e.done <- err
	}
}

// down says that a database that is away failed, rather than what it was given.
func down(err error) bool {
	return errors.Is(err, hiring.ErrUnavailable) || errors.Is(err, context.DeadlineExceeded)
}

func (in *Inbox) commitInTime(list []hiring.Delivery) error {
	ctx, cancel := context.WithTimeout(context.Background(), commitTimeout)
	defer cancel()
	return in.commit(ctx, list)
}

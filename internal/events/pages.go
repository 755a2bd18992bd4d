package events

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"
)

const (
	heartbeat = 20 * time.Second
	tooMany   = 100 // changes in a batch are told as "everything"
)

// What a stream of server-sent events says beside changes.
var (
	begins    = []byte("retry: 1000\nid: seen\n\n")
	allMissed = []byte("event: missed\ndata: all\n\n")
	stillHere = []byte(": still here\n\n")
)

// pages are the connections of open pages. One goroutine writes to all of them, so that telling thousands wakes nobody
// up; a page's own only sleeps until the page goes.
type pages struct {
	mu      sync.Mutex
	open    map[net.Conn]syscall.RawConn
	telling bool // the goroutine runs
}

// Attach tells the page at the other end of a TCP connection every change from now on, as server-sent events after head,
// which is the head of the HTTP answer. Unless since is "" it begins with what changed after that Position. The
// connection is the hub's from here on. It is closed when the page lags or has gone, when the connection to Postgres is
// lost, and at the end: the page has to come back and read everything anew.
func (h *Hub) Attach(conn net.Conn, head []byte, since string) error {
	raw, err := rawOf(conn)
	if err != nil {
		_ = conn.Close()
		return fmt.Errorf("attaching a page: %w", err)
	}
	h.pages.mu.Lock()
	defer h.pages.mu.Unlock()
	if !h.pages.telling {
		changes, cancel := h.Subscribe()
		h.pages.telling = true
		go func() {
			defer cancel()
			h.tell(changes)
		}()
	}
	text := append(bytes.Clone(head), begins...)
	if since != "" {
		if missed, known := h.Since(since); known {
			text = append(text, changesText(missed)...)
		} else {
			text = append(text, allMissed...)
		}
	}
	if h.pages.open == nil {
		h.pages.open = map[net.Conn]syscall.RawConn{}
	}
	h.pages.open[conn] = raw
	h.pages.write(conn, text)
	go h.pages.awaitEnd(conn)
	return nil
}

// awaitEnd returns when the page has gone; a page has nothing to say.
func (p *pages) awaitEnd(conn net.Conn) {
	_, _ = conn.Read(make([]byte, 1))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(conn)
}

// Attached counts open pages.
func (h *Hub) Attached() int {
	h.pages.mu.Lock()
	defer h.pages.mu.Unlock()
	return len(h.pages.open)
}

func rawOf(conn net.Conn) (syscall.RawConn, error) {
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return nil, err
	}
	socket, ok := conn.(syscall.Conn)
	if !ok {
		return nil, fmt.Errorf("%T is no socket", conn)
	}
	return socket.SyscallConn()
}

// tell writes what the hub hears to every page until the subscription ends; so do the pages' connections then.
func (h *Hub) tell(changes <-chan []string) {
	beat := time.NewTicker(heartbeat)
	defer beat.Stop()
	for {
		select {
		case batch, open := <-changes:
			if !open {
				h.pages.end()
				return
			}
			h.pages.writeAll(changesText(batch))
		case <-beat.C:
			h.pages.writeAll(stillHere)
		}
	}
}

func (p *pages) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		p.drop(conn)
	}
	p.telling = false
}

func (p *pages) writeAll(text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for conn := range p.open {
		p.write(conn, text)
	}
}

// write hands the text to the system at once, or drops the page: one whose socket is full has not read for so long that
// it has to begin anew.
func (p *pages) write(conn net.Conn, text []byte) {
	var n int
	var failed error
	err := p.open[conn].Write(func(fd uintptr) bool {
		n, failed = syscall.Write(int(fd), text)
		for failed == syscall.EINTR {
			n, failed = syscall.Write(int(fd), text)
		}
		return true // also when it would block
	})
	if err != nil || failed != nil || n < len(text) {
		p.drop(conn)
	}
}

func (p *pages) drop(conn net.Conn) {
	delete(p.open, conn)
	_ = conn.Close()
}

// changesText is what the stream says of changes; of too many, that all may have changed.
func changesText(changes []string) []byte {
	if len(changes) > tooMany {
		return allMissed
	}
	var b bytes.Buffer
	for _, change := range changes {
		b.WriteString("event: change\ndata: " + change + "\n\n")
	}
	return b.Bytes()
}

package events_test

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"greenroom/internal/events"
)

// connect gives both ends of a TCP connection.
func connect(t *testing.T) (page, server net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if page, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = page.Close() })
	if server, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return page, server
}

// until reads a stream up to a line.
func until(t *testing.T, lines *bufio.Scanner, want string) (before []string) {
	t.Helper()
	for lines.Scan() {
		if lines.Text() == want {
			return before
		}
		before = append(before, lines.Text())
	}
	t.Fatalf("the stream ended without %q: %q", want, before)
	return nil
}

// TestPages: an open page is told what it missed and what changes; one that does not read is let go and holds up nobody.
func TestPages(t *testing.T) {
	t.Parallel()
	pool := empty.New(t)
	hub := events.New(pool, "changes", slog.New(slog.DiscardHandler))
	end := run(t, hub)
	changes, unsubscribe := hub.Subscribe()
	defer unsubscribe()
	read := hub.Position()
	tell(t, pool, "candidate 1")
	collect(t, changes, 1)

	attach := func(since string) (net.Conn, *bufio.Scanner) {
		page, server := connect(t)
		if err := hub.Attach(server, []byte("HEAD\n"), since); err != nil {
			t.Fatal(err)
		}
		return page, bufio.NewScanner(page)
	}
	_, known := attach(read)
	_, unknown := attach("nonsense")
	until(t, known, "HEAD")
	if before := until(t, known, "data: candidate 1"); !strings.Contains(strings.Join(before, " "), "retry: 1000") {
		t.Errorf("it begins with %q", before)
	}
	until(t, unknown, "event: missed")
	tell(t, pool, "candidate 2")
	until(t, known, "data: candidate 2")
	until(t, unknown, "data: candidate 2")

	gone, _ := attach("")
	_ = gone.Close()
	for deadline := time.Now().Add(time.Minute); hub.Attached() > 2; runtime.Gosched() {
		if time.Now().After(deadline) {
			t.Fatal("a page that was closed is never noticed")
		}
	}
	_, server := connect(t) // nobody reads at its other end
	_ = server.(*net.TCPConn).SetWriteBuffer(4 << 10)
	if err := hub.Attach(server, nil, ""); err != nil {
		t.Fatal(err)
	}
	if n := hub.Attached(); n < 3 {
		t.Errorf("%d pages are open, want both that read and the one that does not", n)
	}
	long := strings.Repeat("x", 7000) // a payload holds 8,000 bytes
	for i := 0; hub.Attached() > 2; i++ {
		if i == 5000 {
			t.Fatal("35 MB did not fill a socket that nobody reads")
		}
		tell(t, pool, fmt.Sprintf("%s %d", long, i))
		if i%10 == 9 { // so that those who read keep up
			tell(t, pool, fmt.Sprintf("pause %d", i))
			until(t, known, fmt.Sprintf("data: pause %d", i))
			until(t, unknown, fmt.Sprintf("data: pause %d", i))
		}
	}
	tell(t, pool, "candidate 3")
	until(t, known, "data: candidate 3")

	end()
	for known.Scan() {
	}
	if err := known.Err(); err != nil && err != io.EOF {
		t.Logf("the end of the stream: %v", err)
	}
	if page, server := connect(t); hub.Attach(server, nil, "") == nil {
		if _, err := io.ReadAll(page); err != nil {
			t.Errorf("attached after the end: %v", err)
		}
	}
}

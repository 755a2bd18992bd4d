package postgres

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
)

const lastLines = 8

// journal passes the lines of a postmaster on to a logger and remembers the last ones, to explain a death.
type journal struct {
	log  *slog.Logger
	done chan struct{} // closed when nothing more can be said

	mu    sync.Mutex
	lines []string
}

func newJournal(log *slog.Logger) *journal {
	return &journal{log: log, done: make(chan struct{})}
}

// read takes lines until the last process that can write has closed its end.
func (j *journal) read(r io.ReadCloser) {
	defer close(j.done)
	defer r.Close()
	for lines := bufio.NewReader(r); ; {
		line, err := lines.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			j.add(line)
		}
		if err != nil {
			return
		}
	}
}

func (j *journal) add(line string) {
	level := slog.LevelDebug
	if strings.HasPrefix(line, "PANIC:") {
		level = slog.LevelError
	}
	j.log.Log(context.Background(), level, "postgres: "+line)
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, line)
	if n := len(j.lines) - lastLines; n > 0 {
		j.lines = j.lines[n:]
	}
}

// last returns the last lines as one. It waits a moment for words still in the pipe, and no longer: a backend that
// outlives its postmaster keeps the pipe open.
func (j *journal) last() string {
	select {
	case <-j.done:
	case <-time.After(200 * time.Millisecond):
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(j.lines, " | ")
}

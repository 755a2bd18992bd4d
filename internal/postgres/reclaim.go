package postgres

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	orphanStop  = 20 * time.Second // for a fast shutdown with its last checkpoint
	orphanQuit  = 6 * time.Second
	orphanIdle  = 2 * time.Second  // for backends to notice that their postmaster is dead, which one at work does not
	orphanLeave = 15 * time.Second // for all to be gone
)

// lockFile is what Postgres writes into postmaster.pid; the lines are defined in its miscadmin.h.
type lockFile struct {
	pid     int
	segment string // id of the shared memory that every process of the server attaches; "" when not yet written
	ready   bool   // it accepts connections
}

func readLockFile(path string) (l lockFile, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return l, err
	}
	lines := strings.Split(string(b), "\n")
	if l.pid, err = strconv.Atoi(strings.TrimSpace(lines[0])); err != nil {
		return l, fmt.Errorf("reading %s: %w", path, err)
	}
	if len(lines) > 6 {
		if ids := strings.Fields(lines[6]); len(ids) == 2 {
			l.segment = ids[1]
		}
	}
	l.ready = len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"
	return l, nil
}

// reclaim clears away what an earlier server left behind. The lock on the folder says that nobody owns that server any
// more, so a postmaster that is still there is stopped, and a postmaster.pid that would block the start is removed:
// Postgres itself takes the number of a zombie, or of another program that got it since, for a running server.
func (f folder) reclaim(ctx context.Context, log *slog.Logger) error {
	left, err := readLockFile(f.pidFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if errors.Is(err, strconv.ErrSyntax) {
		return f.removePidFile() // cut off in the middle of writing it: that server never ran
	}
	if err != nil {
		return err
	}
	if isPostmaster(left.pid, f.data()) {
		log.Warn("Stopping a Postgres that outlived its Greenroom", "folder", f.dir, "pid", left.pid)
		if err := f.stopOrphan(ctx, left.pid); err != nil {
			return err
		}
	}
	// Backends of a killed postmaster may still write for a moment; a second server beside them would spoil the data.
	gone := func() bool { attached, known := segmentAttached(left.segment); return known && !attached }
	if _, known := segmentAttached(left.segment); !known {
		return nil // Postgres can tell and decides itself
	}
	if waitUntil(ctx, orphanIdle, gone) {
		return f.removePidFile()
	}
	for _, pid := range workingIn(f.data()) {
		log.Warn("Stopping a backend that outlived its Postgres", "folder", f.dir, "pid", pid)
		_ = syscall.Kill(pid, syscall.SIGQUIT) // what can't be stopped is waited for
	}
	if !waitUntil(ctx, orphanLeave, gone) {
		return fmt.Errorf("processes of an earlier Postgres still work in %s; end them, or wait and start again", f.dir)
	}
	return f.removePidFile()
}

func (f folder) stopOrphan(ctx context.Context, pid int) error {
	gone := func() bool { return !isPostmaster(pid, f.data()) }
	for _, step := range []struct {
		sig   syscall.Signal
		limit time.Duration
	}{{syscall.SIGINT, orphanStop}, {syscall.SIGQUIT, orphanQuit}} {
		if err := syscall.Kill(pid, step.sig); err != nil && !errors.Is(err, syscall.ESRCH) {
			return fmt.Errorf("stopping the Postgres (process %d) left in %s: %w", pid, f.dir, err)
		}
		if waitUntil(ctx, step.limit, gone) {
			return nil
		}
	}
	return fmt.Errorf("a Postgres (process %d) left in %s does not stop; end it with kill %d", pid, f.dir, pid)
}

func (f folder) removePidFile() error {
	if err := os.Remove(f.pidFile()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("removing a stale lock: %w", err)
	}
	return nil
}

// waitUntil reports whether cond became true within limit and before ctx ended.
func waitUntil(ctx context.Context, limit time.Duration, cond func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !cond() {
		if !pause(ctx, 10*time.Millisecond) {
			return false
		}
	}
	return true
}

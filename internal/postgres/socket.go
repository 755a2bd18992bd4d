package postgres

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const (
	socketPrefix = "greenroom-pg-"
	socketName   = "/.s.PGSQL.5432"
	socketLimit  = 103 // bytes of a socket path: 103 on macOS, 107 on Linux
	sweepAge     = time.Minute
)

// socketFolder is a private folder in the temp folder, as a data folder's own path may be too long for a socket. It is
// locked while its server lives, so that folders left by a kill can be told from those in use.
type socketFolder struct {
	path    string
	account account
	lock    *os.File
}

func makeSocketFolder(a account) (*socketFolder, error) {
	for _, base := range []string{os.TempDir(), "/tmp"} {
		if !fitsSocket(base) || a.mustReach(base) != nil {
			continue
		}
		sweepSockets(base)
		path, err := os.MkdirTemp(base, socketPrefix)
		if err != nil {
			return nil, fmt.Errorf("making a folder for the socket of Postgres: %w", err)
		}
		s := &socketFolder{path: path, account: a}
		if err := a.own(path); err != nil {
			s.remove()
			return nil, err
		}
		if s.lock, err = lockSocketFolder(path); err != nil {
			s.remove()
			return nil, err
		}
		return s, nil
	}
	return nil, fmt.Errorf("no temp folder serves for the socket of Postgres; set TMPDIR to one with a short path, open to all")
}

// fitsSocket reports whether a socket in a folder of ours under base gets a path that Postgres can use: short, and
// without a comma, which separates several.
func fitsSocket(base string) bool {
	return len(filepath.Join(base, socketPrefix+"0123456789"))+len(socketName) <= socketLimit && !strings.Contains(base, ",")
}

// clear makes the folder empty: a socket of a killed postmaster has a lock file of its own.
func (s *socketFolder) clear() error {
	entries, err := os.ReadDir(s.path)
	if errors.Is(err, fs.ErrNotExist) { // a cleaner of temp folders took it
		return s.account.mkdir(s.path)
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Remove(filepath.Join(s.path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (s *socketFolder) remove() {
	_ = os.RemoveAll(s.path) // what stays is swept at a later start
	if s.lock != nil {
		s.lock.Close()
	}
}

func lockSocketFolder(path string) (*os.File, error) {
	d, err := os.OpenFile(path, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		d.Close()
		return nil, fmt.Errorf("locking %s: %w", path, err)
	}
	return d, nil
}

// sweepSockets removes the folders that servers left when they were killed. Young ones are spared: between the making of
// a folder and its lock there is a moment.
func sweepSockets(base string) {
	left, _ := filepath.Glob(filepath.Join(base, socketPrefix+"*")) // fails only on a malformed pattern
	for _, path := range left {
		st, err := os.Lstat(path)
		if err != nil || !st.IsDir() || time.Since(st.ModTime()) < sweepAge {
			continue
		}
		if lock, err := lockSocketFolder(path); err == nil {
			_ = os.RemoveAll(path) // another start may be sweeping too
			lock.Close()
		}
	}
}

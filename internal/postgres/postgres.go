// Package postgres finds, starts, watches over and stops the managed Postgres: a private server on a folder of its own,
// reached through a unix socket only. It knows nothing of schemas, pools or queries.
package postgres

import (
	"context"
	"errors"
	"log/slog"
	"net/url"
	"os"
	"sync"
)

// ErrInUse is wrapped by Start and Remove when another process holds the folder.
var ErrInUse = errors.New("in use")

// Options says where and how Start runs a server.
type Options struct {
	// Dir holds everything of one server: its lock and its data. It is made when missing. One process at a time owns it.
	Dir string
	// BinDir holds the programs postgres and initdb. Empty: they are looked for on PATH and where packages put them.
	BinDir string
	// Ephemeral gives up durability for speed: for tests, whose data nobody wants back.
	Ephemeral bool
	// Log gets what happens to the server, and what Postgres itself says at debug level. Nil: nothing is logged.
	Log *slog.Logger

	patience *patience // nil: usual; tests give up sooner
}

// Server is a running managed Postgres. When its postmaster dies it is started again on the same folder and the same
// socket, so that connection pools find it where it was. Its methods may be called concurrently.
type Server struct {
	// URL connects as the superuser to the database postgres. It stays the same for the life of the Server.
	URL string

	bin      string
	folder   folder
	socket   *socketFolder
	opt      Options
	log      *slog.Logger
	patience patience

	stop   context.CancelFunc // asks the supervisor for an orderly end
	hurry  chan struct{}      // closed when that end must come at once
	once   sync.Once          // guards hurry
	exited chan struct{}
	err    error // set before exited is closed
}

// Start brings up the server of o.Dir, making its data folder first when there is none, and returns when it accepts
// connections. ctx bounds the start only. The server lives until Stop; on Linux it also ends when this process is killed.
//
// The error wraps ErrInUse when another process owns o.Dir. Every error is a sentence for the person who installs
// Greenroom: it says what is in the way and what to do.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	f, err := claimFolder(ctx, o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{folder: f, opt: o, log: log, patience: usual, hurry: make(chan struct{}), exited: make(chan struct{})}
	if o.patience != nil {
		s.patience = *o.patience
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if s.bin, err = choosePrograms(o.BinDir, f); err != nil {
		return nil, err
	}
	if err := f.initialise(ctx, s.bin, o.Ephemeral, log); err != nil {
		return nil, err
	}
	if s.socket, err = makeSocketFolder(f.account); err != nil {
		return nil, err
	}
	p, err := s.launch(ctx)
	if err != nil {
		return nil, err
	}
	s.URL = connectionURL(s.socket.path)
	supervising, stop := context.WithCancel(context.Background())
	s.stop = stop
	go s.supervise(supervising, p)
	return s, nil
}

// Stop shuts the server down in order: open transactions are rolled back, everything committed is on disk. When ctx ends
// first the server is cut short, which loses nothing but makes the next start recover. Stop returns when the server is
// gone and its folder is free; a second call waits for the same end and returns the same error.
func (s *Server) Stop(ctx context.Context) error {
	s.stop()
	select {
	case <-s.exited:
	case <-ctx.Done():
		s.once.Do(func() { close(s.hurry) })
		<-s.exited
	}
	return s.err
}

// Exited is closed when the server is down for good: after Stop, or when it died and can't be brought back. Err tells
// the two apart.
func (s *Server) Exited() <-chan struct{} { return s.exited }

// Err is why the server is down for good, or nil while it is up and after an orderly Stop.
func (s *Server) Err() error {
	select {
	case <-s.exited:
		return s.err
	default:
		return nil
	}
}

// Remove deletes the folder of a server that no process owns any more, ending a postmaster that outlived its owner.
// The error wraps ErrInUse when a process does own it.
func Remove(ctx context.Context, dir string) error {
	f, err := claimFolder(ctx, dir)
	if err != nil {
		return err
	}
	defer f.release()
	if err := f.reclaim(ctx, slog.New(slog.DiscardHandler)); err != nil {
		return err
	}
	return os.RemoveAll(f.dir)
}

func (s *Server) release() {
	if s.socket != nil {
		s.socket.remove()
	}
	s.folder.release()
}

func connectionURL(socketDir string) string {
	q := url.Values{"host": {socketDir}, "user": {superuser}}
	return "postgres:///postgres?" + q.Encode()
}

package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"greenroom/internal/account"
)

// How the end takes ten seconds at most: draining, then running requests and jobs, then the managed Postgres with 4 s
// of its own.
const (
	Drain = 1500 * time.Millisecond // for Options.Drain: proxies ask about once a second
	grace = 4 * time.Second         // for requests and jobs that run when the listener closes
)

// Run serves until ctx ends, then ends everything in order: it stops being ready and takes no more work while
// requests are served on; then the listener and the streams close; then jobs, engine, database. It returns nil for an
// end that was asked for.
func (a *App) Run(ctx context.Context) error {
	defer a.close()
	work, stopWork := context.WithCancel(context.WithoutCancel(ctx))
	defer stopWork()
	requests, endStreams := context.WithCancel(work)
	defer endStreams()
	server := &http.Server{
		Handler:           http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { a.joined.Load().desk.ServeHTTP(w, r) }),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 3)
	other := make(chan account.State)
	var background sync.WaitGroup
	background.Go(func() { a.hub.Run(requests) })
	background.Go(func() { a.changes(work, other) })
	if err := a.joined.Load().start(work, failed); err != nil {
		return err
	}
	go func() {
		if err := server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serving: %w", err)
		}
	}()

	cause := a.watch(ctx, work, other, failed)
	a.log.Info("stopping")
	ending, cancel := context.WithTimeout(work, a.drain+grace)
	defer cancel()
	j := a.joined.Load()
	workEnded := make(chan error, 1)
	go func() { workEnded <- j.end(ending) }() // the engine's webhooks come to this process as well: another one delivers them while we still listen
	if watched := j.desk.Drain(); watched && cause == nil {
		select {
		case <-time.After(a.drain):
		case <-failed:
		case <-a.postgresGone():
		}
	}
	endStreams()
	if err := server.Shutdown(ending); err != nil {
		_ = server.Close()
	}
	if err := <-workEnded; err != nil {
		a.log.Warn("jobs were interrupted", "error", err)
	}
	stopWork()
	background.Wait()
	return cause
}

// watch returns when the program has to end, and why; nil is that it was asked to. Until then it changes accounts.
func (a *App) watch(ctx, work context.Context, other <-chan account.State, failed chan error) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case <-a.postgresGone():
			return fmt.Errorf("the managed Postgres stopped: %w", a.postgres.Err())
		case state := <-other:
			a.rejoin(work, state, failed)
		}
	}
}

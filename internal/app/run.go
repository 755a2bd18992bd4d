package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
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
	engineWork, stopEngine := context.WithCancel(work)
	defer stopEngine()
	server := &http.Server{
		Handler:           a.desk,
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 3)
	background := make(chan struct{}, 2)
	go func() { a.hub.Run(work); background <- struct{}{} }()
	go func() {
		if a.engine != nil {
			if err := a.engine.Run(engineWork); err != nil {
				failed <- fmt.Errorf("the local engine stopped: %w", err)
			}
		}
		background <- struct{}{}
	}()
	if err := a.queue.Start(work); err != nil {
		return err
	}
	go func() {
		if err := server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- fmt.Errorf("serving: %w", err)
		}
	}()

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-failed:
	case <-a.postgresGone():
		cause = fmt.Errorf("the managed Postgres stopped: %w", a.postgres.Err())
	}
	a.log.Info("stopping")
	ending, cancel := context.WithTimeout(work, a.drain+grace)
	defer cancel()
	stopEngine() // its webhooks come to this process as well: another one delivers them while we still listen
	jobsStopped := make(chan error, 1)
	go func() { jobsStopped <- a.queue.Stop(ending) }()
	if watched := a.desk.Drain(); watched && cause == nil {
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
	if err := <-jobsStopped; err != nil {
		a.log.Warn("jobs were interrupted", "error", err)
	}
	stopWork()
	<-background
	<-background
	return cause
}

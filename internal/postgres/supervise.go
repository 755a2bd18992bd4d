package postgres

import (
	"context"
	"fmt"
	"time"
)

// patience is how hard the supervisor tries before it gives up.
type patience struct {
	attempts int           // failed starts in a row, and deaths in a row of servers that did not settle
	first    time.Duration // the wait after the first of them, doubled each time
	longest  time.Duration // no wait is longer
}

// usual keeps at it for about 40 s: longer than a full disk or a memory squeeze tends to need a person, shorter than
// that person's patience.
var usual = patience{attempts: 12, first: 100 * time.Millisecond, longest: 5 * time.Second}

const (
	startTimeout = 2 * time.Minute  // crash recovery replays the log before it lets anybody in
	settled      = 30 * time.Second // a server that stood this long has got over what killed the one before
)

// supervise watches p and its successors until it is told to stop or a successor can't be had.
func (s *Server) supervise(ctx context.Context, p *postmaster) {
	defer close(s.exited)
	defer s.release()
	deaths := 0
	for {
		since := time.Now()
		select {
		case <-ctx.Done():
			s.err = p.stop(s.hurry)
			return
		case <-p.exited:
		}
		if time.Since(since) > settled {
			deaths = 0
		}
		if deaths++; deaths > s.patience.attempts {
			s.err = fmt.Errorf("Postgres died %d times in a row: %s", deaths, p.obituary())
			return
		}
		s.log.Error("Postgres died; starting it again", "cause", p.obituary())
		if deaths > 1 && !pause(ctx, s.patience.wait(deaths-1)) {
			return
		}
		if p, s.err = s.relaunch(ctx); p == nil {
			return
		}
		s.log.Info("Postgres is back")
	}
}

// relaunch tries until a postmaster accepts connections. It returns nil with an error when it gives up, and nil without
// one when it is told to stop.
func (s *Server) relaunch(ctx context.Context) (*postmaster, error) {
	for attempt := 1; ; attempt++ {
		limited, cancel := context.WithTimeout(ctx, startTimeout)
		p, err := s.launch(limited)
		cancel()
		switch {
		case err == nil:
			return p, nil
		case ctx.Err() != nil:
			return nil, nil
		case attempt == s.patience.attempts:
			return nil, fmt.Errorf("Postgres died and did not come back in %d attempts: %w", attempt, err)
		}
		s.log.Warn("Postgres did not start; trying again", "attempt", attempt, "err", err)
		if !pause(ctx, s.patience.wait(attempt)) {
			return nil, nil
		}
	}
}

// wait is how long to wait after the nth failure in a row; the first is 1.
func (p patience) wait(n int) time.Duration {
	d := p.first
	for i := 1; i < n && d < p.longest; i++ {
		d *= 2
	}
	return min(d, p.longest)
}

// pause reports whether d passed before ctx ended.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

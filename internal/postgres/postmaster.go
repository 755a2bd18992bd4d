package postgres

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"
)

const (
	superuser = "greenroom"
	pollEvery = 3 * time.Millisecond // a start takes 30–40 ms
	quitAfter = 5 * time.Second      // how long an immediate shutdown may take before the process is killed
)

// postmaster is one run of the program postgres.
type postmaster struct {
	cmd    *exec.Cmd
	said   *journal
	exited chan struct{}
	err    error // of Wait; set before exited is closed
}

// launch starts a postmaster on the folder and returns it once it accepts connections.
func (s *Server) launch(ctx context.Context) (*postmaster, error) {
	if err := s.folder.reclaim(ctx, s.log); err != nil {
		return nil, err
	}
	if err := s.socket.clear(); err != nil {
		return nil, err
	}
	args := append([]string{"-D", s.folder.data()}, settings(s.socket.path, s.opt.Ephemeral)...)
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), args...)
	cmd.Dir = "/" // the working folder of this process may be closed to the account
	cmd.SysProcAttr = s.folder.account.attributes(syscall.SIGINT)
	p, err := spawn(cmd, newJournal(s.log))
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", cmd.Path, err)
	}
	if err := p.awaitReady(ctx, s.folder); err != nil {
		return nil, err
	}
	return p, nil
}

// spawn starts cmd with its output going to said.
func spawn(cmd *exec.Cmd, said *journal) (*postmaster, error) {
	// A pipe of our own: with an io.Writer, Wait would also wait for every backend that outlives a killed postmaster.
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd.Stdout, cmd.Stderr = w, w
	p := &postmaster{cmd: cmd, said: said, exited: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		// The parent-death signal follows the thread that forked, so that thread stays until Postgres is gone.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		w.Close()
		started <- err
		if err != nil {
			return
		}
		p.err = cmd.Wait()
		close(p.exited)
	}()
	if err := <-started; err != nil {
		r.Close()
		return nil, err
	}
	go said.read(r)
	return p, nil
}

// awaitReady returns when the postmaster has written that it accepts connections, as pg_ctl waits for it: asking by
// connecting would fill the log with refusals during a recovery.
func (p *postmaster) awaitReady(ctx context.Context, f folder) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if l, err := readLockFile(f.pidFile()); err == nil && l.pid == p.cmd.Process.Pid && l.ready {
			return nil
		}
		select {
		case <-p.exited:
			return fmt.Errorf("Postgres did not start in %s: %s", f.dir, p.obituary())
		case <-ctx.Done():
			p.stop(closed())
			return fmt.Errorf("Postgres did not start in %s in time: %w", f.dir, ctx.Err())
		case <-tick.C:
		}
	}
}

// stop asks for a fast shutdown, for an immediate one when hurry is closed, and kills what ignores even that.
func (p *postmaster) stop(hurry <-chan struct{}) error {
	p.signal(syscall.SIGINT)
	select {
	case <-p.exited:
		return p.verdict()
	case <-hurry:
	}
	p.signal(syscall.SIGQUIT)
	select {
	case <-p.exited:
	case <-time.After(quitAfter):
		p.signal(syscall.SIGKILL)
		<-p.exited
	}
	return p.verdict()
}

func (p *postmaster) signal(sig syscall.Signal) {
	_ = p.cmd.Process.Signal(sig) // fails only when the process is gone, which is what all signals here are for
}

// verdict is nil after an orderly shutdown.
func (p *postmaster) verdict() error {
	if p.err == nil {
		return nil
	}
	return errors.New("Postgres was cut short, nothing saved is lost: " + p.obituary())
}

// obituary is how the process ended and its last words. Call it after exited is closed.
func (p *postmaster) obituary() string {
	how := "it ended by itself"
	if p.err != nil {
		how = p.err.Error()
	}
	if last := p.said.last(); last != "" {
		how += "; it said: " + last
	}
	return how
}

func closed() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

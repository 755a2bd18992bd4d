package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The promises about starting and stopping.
const (
	warmStart = 2 * time.Second
	gentleEnd = 10 * time.Second
)

// TestProcess starts and ends the program as people do, with the managed Postgres in a data folder. It is alone on the
// machine while it runs, for it measures.
func TestProcess(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out starting the program as a process")
	}
	// Not t.TempDir, which is closed to the account that runs Postgres for root.
	dir, err := os.MkdirTemp("", "greenroom-process-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	binary, data := filepath.Join(dir, "greenroom"), filepath.Join(dir, "data")
	if out, err := exec.Command("go", "build", "-o", binary, "greenroom/cmd/web").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	run := func(t *testing.T) *process { return launch(t, binary, data) }

	t.Run("a first start makes everything", func(t *testing.T) {
		p := run(t)
		t.Logf("first start to /readyz: %v", p.ready())
		p.end(syscall.SIGTERM)
	})
	t.Run("a warm start takes less than two seconds", func(t *testing.T) {
		var best time.Duration
		for range 3 { // the least of three: others use the machine too
			p := run(t)
			if took := p.ready(); best == 0 || took < best {
				best = took
			}
			p.end(os.Interrupt)
		}
		t.Logf("warm start to /readyz: %v", best)
		if best > warmStart && !raced {
			t.Errorf("a warm start takes %v, want at most %v", best, warmStart)
		}
	})
	t.Run("a second instance on the same folder is refused with a clear line", func(t *testing.T) {
		p := run(t)
		p.ready()
		second := launch(t, binary, data)
		if code := second.wait(); code != 1 {
			t.Errorf("the second instance ended with %d, want 1", code)
		}
		said := strings.TrimSpace(second.errors.String())
		t.Logf("it said: %s", said)
		if !strings.Contains(said, "greenroom: ") || !strings.Contains(said, data) || strings.Contains(said, "goroutine") || strings.Count(said, "\n") > 2 {
			t.Errorf("the second instance said: %s", said)
		}
		if resp, err := http.Get(p.url + "/readyz"); err != nil || resp.StatusCode != http.StatusOK {
			t.Errorf("the first instance suffers: %v", err)
		} else {
			resp.Body.Close()
		}
		p.end(syscall.SIGTERM)
	})
	t.Run("SIGTERM ends it within ten seconds though a stream is open", func(t *testing.T) {
		p := run(t)
		p.ready()
		resp, err := signedIn(t, p.url).Get(p.url + "/events")
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		stream := bufio.NewReader(resp.Body)
		if line, err := stream.ReadString('\n'); err != nil || !strings.HasPrefix(line, "retry:") {
			t.Fatalf("the stream begins with %q, %v", line, err)
		}
		t.Logf("it took %v", p.end(syscall.SIGTERM))
		if _, err := io.Copy(io.Discard, stream); err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Logf("the stream ended with: %v", err)
		}
	})
	t.Run("it starts again after kill -9", func(t *testing.T) {
		p := run(t)
		p.ready()
		p.kill()
		again := run(t)
		t.Logf("start after kill -9 to /readyz: %v", again.ready())
		signedIn(t, again.url)
		again.end(syscall.SIGTERM)
	})
	t.Run("it starts again after kill -9 of it and of Postgres", func(t *testing.T) {
		p := run(t)
		p.ready()
		postgres := postmaster(t, data)
		p.kill()
		if err := syscall.Kill(postgres, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			t.Fatal(err)
		}
		again := run(t)
		t.Logf("start after kill -9 of both to /readyz: %v", again.ready())
		signedIn(t, again.url)
		again.end(syscall.SIGTERM)
	})
}

// process is the program as an operating system runs it.
type process struct {
	t      *testing.T
	url    string
	began  time.Time
	cmd    *exec.Cmd
	out    *bufio.Reader
	errors *bytes.Buffer
	ended  bool
}

var announced = regexp.MustCompile(`Greenroom is ready at (http://\S+)`)

// launch starts the binary. When the test ends before it does, it is killed, and its Postgres too.
func launch(t *testing.T, binary, data string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, binary)
	cmd.Dir = filepath.Dir(binary)
	cmd.Env = append(withAdmin[:len(withAdmin):len(withAdmin)], "GREENROOM_ADDR=127.0.0.1:0", "GREENROOM_DATA="+data, "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"))
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p := &process{t: t, cmd: cmd, out: bufio.NewReader(out), errors: &bytes.Buffer{}, began: time.Now()}
	cmd.Stderr = p.errors
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if p.ended {
			return
		}
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		t.Logf("it said:\n%s", p.errors)
	})
	return p
}

// ready waits until /readyz says so, and returns how long that took from the start.
func (p *process) ready() time.Duration {
	p.t.Helper()
	for p.url == "" {
		line, err := p.out.ReadString('\n')
		if err != nil {
			p.t.Fatalf("it ended before it was ready: %v\n%s", err, p.errors)
		}
		if m := announced.FindStringSubmatch(line); m != nil {
			p.url = m[1]
		}
	}
	again := time.NewTicker(5 * time.Millisecond)
	defer again.Stop()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); <-again.C {
		resp, err := http.Get(p.url + "/readyz")
		if err != nil {
			continue // not serving yet
		}
		resp.Body.Close()
		if resp.StatusCode == http.StatusOK {
			return time.Since(p.began).Round(time.Millisecond)
		}
	}
	p.t.Fatal("it never got ready")
	return 0
}

// wait waits for the end and returns the exit code.
func (p *process) wait() int {
	p.t.Helper()
	_, _ = io.Copy(io.Discard, p.out) // until it ends
	p.ended = true
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

// end asks it to end, and checks that it does so in good time with code 0.
func (p *process) end(signal os.Signal) time.Duration {
	p.t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	code, took := p.wait(), time.Since(began).Round(time.Millisecond)
	if code != 0 {
		p.t.Errorf("it ended with %d\n%s", code, p.errors)
	}
	if took > gentleEnd {
		p.t.Errorf("it took %v to end, want at most %v", took, gentleEnd)
	}
	return took
}

// kill ends it at once, without its knowledge.
func (p *process) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		p.t.Fatal(err)
	}
	p.wait()
}

// postmaster is the process id of the managed Postgres.
func postmaster(t *testing.T, data string) int {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(data, "postgres", "*", "postmaster.pid"))
	if own, _ := filepath.Glob(filepath.Join(data, "postgres", "postmaster.pid")); err == nil {
		found = append(found, own...)
	}
	if len(found) != 1 {
		t.Fatalf("postmaster.pid is found %d times below %s", len(found), data)
	}
	text, err := os.ReadFile(found[0])
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

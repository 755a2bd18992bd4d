package storm

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/apptest"
	"greenroom/internal/testdb"
)

func TestMain(m *testing.M) { testdb.Main(m) }

// What the program is told by its environment.
const (
	webhookKey = "the-key-of-the-storm"
	engineKey  = "sk_test_0123456789abcdefstorm1"
)

// program is Greenroom as people run it: a process with a Postgres of its own, which can be killed and started again.
type program struct {
	t       testing.TB
	dir     string
	binary  string
	address string
	URL     string
	log     *os.File

	mu     sync.Mutex // guards what follows
	cmd    *exec.Cmd
	exited chan struct{} // closed once cmd has ended
}

// launch builds the program and starts it until the test ends.
func launch(t testing.TB) *program {
	t.Helper()
	// Not t.TempDir, which is closed to the account that runs Postgres for root.
	dir, err := os.MkdirTemp("", "greenroom-storm-")
	must(t, err)
	must(t, os.Chmod(dir, 0o755))
	p := &program{t: t, dir: dir, binary: filepath.Join(dir, "greenroom")}
	t.Cleanup(p.end)
	if out, err := exec.Command("go", "build", "-o", p.binary, "greenroom/cmd/web").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	p.address = apptest.Address(t)
	p.URL = "http://" + p.address
	p.log, err = os.Create(filepath.Join(dir, "log"))
	must(t, err)
	p.start()
	return p
}

// start begins the process and waits until it is ready.
func (p *program) start() {
	cmd := exec.Command(p.binary)
	cmd.Env = append(os.Environ(), "GREENROOM_ADDR="+p.address, "GREENROOM_URL="+p.URL, "GREENROOM_DATA="+filepath.Join(p.dir, "data"),
		"TAPTALENT_WEBHOOK_KEY="+webhookKey, "GREENROOM_ENGINE_KEY="+engineKey,
		"GREENROOM_ADMIN_EMAIL=grace@example.com", "GREENROOM_ADMIN_PASSWORD=correct horse battery")
	cmd.Stdout, cmd.Stderr = p.log, p.log
	if err := cmd.Start(); err != nil {
		p.t.Errorf("starting the program: %v", err)
		return
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()
	p.mu.Lock()
	p.cmd, p.exited = cmd, exited
	p.mu.Unlock()
	client := &http.Client{Timeout: 5 * time.Second}
	for deadline := time.Now().Add(time.Minute); ; {
		if resp, err := client.Get(p.URL + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		if time.Now().After(deadline) {
			p.t.Error("the program is not ready after a minute")
			_ = cmd.Process.Signal(syscall.SIGQUIT) // its goroutines then stand in the log
			return
		}
		select {
		case <-exited:
			p.t.Error("the program ended instead of getting ready")
			return
		case <-time.After(20 * time.Millisecond): // nothing tells when a process is ready but asking it
		}
	}
}

// kill ends the process as a power cut would; its Postgres goes with it.
func (p *program) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// killPostgres ends the database alone, which the program then starts again.
func (p *program) killPostgres() {
	pid, _ := p.postmaster()
	if pid <= 1 {
		p.t.Errorf("no Postgres to kill: its pid is %d", pid) // kill(0) would end us all
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		p.t.Errorf("killing Postgres: %v", err)
	}
}

// postmaster reads the file in which Postgres says who it is and where it listens.
func (p *program) postmaster() (pid int, socket string) {
	files, _ := filepath.Glob(filepath.Join(p.dir, "data", "postgres", "*", "postmaster.pid"))
	if len(files) != 1 {
		p.t.Errorf("%d postmaster.pid in the data folder", len(files))
		return 0, ""
	}
	f, err := os.Open(files[0])
	if err != nil {
		p.t.Error(err)
		return 0, ""
	}
	defer f.Close()
	var lines []string
	for s := bufio.NewScanner(f); s.Scan(); {
		lines = append(lines, strings.TrimSpace(s.Text()))
	}
	if len(lines) < 5 {
		p.t.Errorf("postmaster.pid has %d lines", len(lines))
		return 0, ""
	}
	pid, _ = strconv.Atoi(lines[0])
	return pid, lines[4]
}

// connect opens the program's database.
func (p *program) connect(ctx context.Context) *pgx.Conn {
	p.t.Helper()
	_, socket := p.postmaster()
	conn, err := pgx.Connect(ctx, fmt.Sprintf("postgres:///postgres?host=%s&user=greenroom", socket))
	must(p.t, err)
	p.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func (p *program) end() {
	if p.cmd != nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
		<-p.exited
	}
	if p.log != nil {
		if text, err := os.ReadFile(p.log.Name()); err == nil && p.t.Failed() {
			p.t.Logf("end of the program's log:\n%s", text[max(0, len(text)-40000):])
		}
		p.log.Close()
	}
	_ = os.RemoveAll(p.dir)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

package postgres

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// serve is the argument that makes the test binary a program with a managed Postgres, to be killed.
const serve = "serve-until-killed"

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == serve {
		s, err := Start(context.Background(), Options{Dir: os.Args[2]})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.URL)
		select {}
	}
	os.Exit(m.Run())
}

func TestStartKeepsDataAcrossRuns(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	s := start(t, Options{Dir: dir})
	remember(t, s.URL, "first")
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	select {
	case <-s.Exited():
	default:
		t.Error("Exited is open after Stop")
	}
	if err := s.Err(); err != nil {
		t.Errorf("Err after an orderly Stop: %v", err)
	}
	if err := s.Stop(t.Context()); err != nil {
		t.Errorf("second Stop: %v", err)
	}
	if _, err := os.Stat(s.socket.path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the socket folder is still there: %v", err)
	}
	s = start(t, Options{Dir: dir})
	mustRecall(t, s.URL, "first")
}

func TestStopCutsShortWhenTimeIsUp(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: tempDir(t), Ephemeral: true})
	now, cancel := context.WithCancel(t.Context())
	cancel()
	_ = s.Stop(now) // may or may not have been quick enough to be orderly
	select {
	case <-s.Exited():
	default:
		t.Error("Exited is open after Stop")
	}
}

func TestSecondInstanceIsRefused(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	s := start(t, Options{Dir: dir, Ephemeral: true})
	_, err := Start(t.Context(), Options{Dir: dir})
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("second Start: %v; want ErrInUse naming %s", err, dir)
	}
	if err := Remove(t.Context(), dir); !errors.Is(err, ErrInUse) {
		t.Errorf("Remove of a folder in use: %v; want ErrInUse", err)
	}
	mustRun(t, s.URL, "SELECT 1")
}

func TestSupervisorBringsPostgresBack(t *testing.T) {
	t.Parallel()
	s := start(t, Options{Dir: tempDir(t)})
	remember(t, s.URL, "before")
	pool, err := pgxpool.New(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for range 2 {
		kill(t, postmasterPid(t, s.folder.dir))
		eventually(t, "the same pool reads the row again", func() error {
			var word string
			if err := pool.QueryRow(t.Context(), "SELECT word FROM memory").Scan(&word); err != nil {
				return err
			}
			if word != "before" {
				t.Fatalf("read %q", word)
			}
			return nil
		})
	}
	select {
	case <-s.Exited():
		t.Error("Exited is closed though Postgres is back")
	default:
	}
}

func TestSupervisorEndsABusyBackend(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells which processes work in a folder")
	}
	s := start(t, Options{Dir: tempDir(t), Ephemeral: true})
	conn, err := pgx.Connect(t.Context(), s.URL)
	if err != nil {
		t.Fatal(err)
	}
	var busy sync.WaitGroup
	defer busy.Wait()
	busy.Go(func() { _, _ = conn.Exec(t.Context(), "DO 'BEGIN LOOP END LOOP; END'") })
	eventually(t, "the backend is at work", func() error {
		other, err := pgx.Connect(t.Context(), s.URL)
		if err != nil {
			return err
		}
		defer other.Close(t.Context())
		var state string
		return other.QueryRow(t.Context(), "SELECT state FROM pg_stat_activity WHERE query LIKE 'DO %' AND state = 'active'").Scan(&state)
	})
	kill(t, postmasterPid(t, s.folder.dir))
	eventually(t, "Postgres is back", func() error {
		other, err := pgx.Connect(t.Context(), s.URL)
		if err == nil {
			err = other.Close(t.Context())
		}
		return err
	})
}

func TestSupervisorGivesUp(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	s := start(t, Options{Dir: dir, Ephemeral: true, patience: &patience{3, time.Millisecond, time.Millisecond}})
	pid := postmasterPid(t, dir)
	if err := os.Rename(filepath.Join(dir, "data"), filepath.Join(dir, "lost")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil { // unlike SIGKILL it gives shared memory back
		t.Fatal(err)
	}
	select {
	case <-s.Exited():
	case <-time.After(30 * time.Second):
		t.Fatal("Exited stays open though the data is gone")
	}
	if err := s.Err(); err == nil || !strings.Contains(err.Error(), "3 attempts") {
		t.Errorf("Err: %v", err)
	}
	if err := s.Stop(t.Context()); err == nil {
		t.Error("Stop of a lost server returns nil")
	}
}

func TestStartAfterKill(t *testing.T) {
	t.Parallel()
	for name, victims := range map[string]struct{ program, postmaster bool }{
		"of the program": {program: true},
		"of both":        {program: true, postmaster: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := tempDir(t)
			program, url := startProgram(t, dir)
			remember(t, url, name)
			pid := postmasterPid(t, dir)
			if victims.postmaster {
				// Stopped first, so that it can't be brought back before it dies too.
				if err := program.Signal(syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
				kill(t, pid)
			}
			kill(t, program.Pid)
			s := start(t, Options{Dir: dir})
			mustRecall(t, s.URL, name)
		})
	}
}

func TestStalePidFileOfAnotherProgram(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	s := start(t, Options{Dir: dir, Ephemeral: true})
	if err := s.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	other := exec.Command("sleep", "60")
	other.SysProcAttr = s.folder.account.attributes(syscall.SIGKILL)
	p, err := spawn(other, newJournal(s.log))
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop(closed())
	text := fmt.Sprintf("%d\n%s\n1700000000\n5432\n/tmp\n\n  1234567 999999999\nready   \n", other.Process.Pid, s.folder.data())
	if err := os.WriteFile(s.folder.pidFile(), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := s.folder.account.own(s.folder.pidFile()); err != nil {
		t.Fatal(err)
	}
	start(t, Options{Dir: dir, Ephemeral: true})
	select {
	case <-p.exited:
		t.Error("the other program was ended")
	default:
	}
}

func TestInterruptedInitdb(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	soon, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Start(soon, Options{Dir: dir}); !errors.Is(err, context.Canceled) {
		t.Fatalf("Start: %v; want context.Canceled", err)
	}
	// What a kill in the middle leaves, with a part that would pass for data.
	half := filepath.Join(dir, "data.new")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, Options{Dir: dir, Ephemeral: true})
	mustRun(t, s.URL, "SELECT 1")
	if _, err := os.Stat(half); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished folder is still there: %v", err)
	}
}

func TestRemove(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), "server")
	program, url := startProgram(t, dir)
	mustRun(t, url, "SELECT 1")
	kill(t, program.Pid)
	eventually(t, "the folder of a killed program is removed", func() error { return Remove(t.Context(), dir) })
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}

// tempDir is a folder that the account of Postgres can reach, which t.TempDir is not for root.
func tempDir(t *testing.T) string {
	t.Helper()
	if testing.Short() {
		t.Skip("starts a real Postgres")
	}
	dir, err := os.MkdirTemp("", "greenroom-postgres-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func start(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Stop(context.Background()) })
	return s
}

// startProgram runs this test binary as a program with a managed Postgres.
func startProgram(t *testing.T, dir string) (*os.Process, string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], serve, dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var reap sync.WaitGroup
	reap.Go(func() { _ = cmd.Wait() })
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		reap.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "postgres://") {
		t.Fatalf("the program said %q (%v)", line, err)
	}
	return cmd.Process, strings.TrimSpace(line)
}

func postmasterPid(t *testing.T, dir string) int {
	t.Helper()
	l, err := readLockFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	return l.pid
}

func kill(t *testing.T, pid int) {
	t.Helper()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

func remember(t *testing.T, url, word string) {
	t.Helper()
	mustRun(t, url, "CREATE TABLE memory AS SELECT '"+word+"' AS word")
}

func mustRecall(t *testing.T, url, word string) {
	t.Helper()
	mustRun(t, url, "SELECT 1 / count(*) FROM memory WHERE word = '"+word+"'") // fails when the row is not there
}

func mustRun(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func eventually(t *testing.T, what string, try func() error) {
	t.Helper()
	var last error
	if !waitUntil(t.Context(), 30*time.Second, func() bool { last = try(); return last == nil }) {
		t.Fatalf("%s: %v", what, last)
	}
}

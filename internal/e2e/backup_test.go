package e2e

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"greenroom/internal/app"
	"greenroom/internal/config"
)

// TestBackup does what the README says of backups with the managed Postgres: makes one of a program that runs, and starts
// another program on it.
func TestBackup(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out starting a managed Postgres")
	}
	t.Parallel()
	for _, name := range []string{"bash", "tar", "pg_basebackup", "psql"} {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("the README's command needs %s on the PATH", name)
		}
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, about, _ := strings.Cut(string(readme), "\n## Backup\n")
	blocks := regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(about, 1)
	if len(blocks) == 0 {
		t.Fatal("the README has no command for a backup")
	}
	// Not t.TempDir, which is closed to the account that runs Postgres for root.
	dir, err := os.MkdirTemp("", "greenroom-backup-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	shell := func(script string) string {
		t.Helper()
		c := exec.CommandContext(t.Context(), "bash", "-euc", script)
		c.Dir = dir
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s\n%s", err, out, script)
		}
		return strings.TrimSpace(string(out))
	}
	const count = ` psql -h "$(sed -n 5p data/postgres/data/postmaster.pid)" -U greenroom -d postgres -Atc `

	end := onFolder(t, filepath.Join(dir, "data"), withAdmin...)
	if err := os.WriteFile(filepath.Join(dir, "data", "recording"), []byte("hello"), 0o600); err != nil {
		t.Fatal(err)
	}
	script := blocks[0][1]
	if os.Geteuid() == 0 {
		as := regexp.MustCompile("`(chown [^`]*)`").FindStringSubmatch(about)
		if as == nil {
			t.Fatal("the README doesn't say what root does")
		}
		script += as[1]
	}
	shell(script)
	if n := shell(count + `'SELECT count(*) FROM backups'`); n != "1" {
		t.Errorf("%s backups are noted, want 1", n)
	}
	end()

	shell(`rm -r data && mv backup-* data`)
	end = onFolder(t, filepath.Join(dir, "data"))
	if name := shell(count + `'SELECT email FROM users'`); name != adminEmail {
		t.Errorf("the restored program knows %q", name)
	}
	if said, err := os.ReadFile(filepath.Join(dir, "data", "recording")); err != nil || string(said) != "hello" {
		t.Errorf("what lies beside Postgres: %q, %v", said, err)
	}
	end()
}

// onFolder runs the program with the managed Postgres of a data folder, until end.
func onFolder(t *testing.T, data string, settings ...string) (end func()) {
	t.Helper()
	cfg, err := config.Load(append([]string{"GREENROOM_ADDR=127.0.0.1:0", "GREENROOM_DATA=" + data}, settings...))
	if err != nil {
		t.Fatal(err)
	}
	a, err := app.New(t.Context(), cfg, app.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	<-a.Parts().Hub.Ready()
	r, err := http.Get(a.URL + "/readyz")
	if err != nil {
		t.Error(err)
	} else {
		said, _ := io.ReadAll(r.Body)
		r.Body.Close()
		if r.StatusCode != http.StatusOK {
			t.Errorf("not ready: %d %s", r.StatusCode, said)
		}
	}
	return func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the program ended with: %v", err)
		}
	}
}

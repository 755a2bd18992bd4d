package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestClosedFolderAbove(t *testing.T) {
	t.Parallel()
	home := filepath.Join(tempDir(t), "home")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	s, err := Start(t.Context(), Options{Dir: filepath.Join(home, "data"), Ephemeral: true})
	if os.Geteuid() != 0 { // Postgres runs as this user, who may enter
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Stop(t.Context()); err != nil {
			t.Error(err)
		}
		return
	}
	if err == nil || !strings.Contains(err.Error(), "chmod o+x "+home) || !strings.Contains(err.Error(), "GREENROOM_DATA") {
		t.Errorf("Start: %v; want a sentence with chmod o+x %s", err, home)
	}
}

func TestDataKeepsItsAccount(t *testing.T) {
	t.Parallel()
	data := tempDir(t)
	if os.Geteuid() != 0 {
		if a, err := chooseAccount(data); err != nil || !a.self() {
			t.Errorf("got %+v, %v; want this user", a, err)
		}
		return
	}
	if err := os.Chown(data, 4711, 4712); err != nil {
		t.Fatal(err)
	}
	a, err := chooseAccount(data)
	if err != nil || a.self() || a.credential.Uid != 4711 || a.credential.Gid != 4712 {
		t.Errorf("got %+v, %v; want user 4711 of group 4712", a, err)
	}
}

func TestFitsSocket(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{
		"/tmp": true,
		"/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T": true, // macOS
		"/" + strings.Repeat("long", 20):                   false,
		"/tmp/a,b":                                         false,
	} {
		if got := fitsSocket(base); got != want {
			t.Errorf("fitsSocket(%q) = %v; want %v", base, got, want)
		}
	}
}

func TestStartInALongFolder(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(tempDir(t), strings.Repeat("deep/", 30), "with space, and comma")
	s := start(t, Options{Dir: dir, Ephemeral: true})
	mustRun(t, s.URL, "SELECT 1")
}

func TestSweepSockets(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"left", "young", "held"} {
		if err := os.Mkdir(filepath.Join(base, socketPrefix+name), 0o700); err != nil {
			t.Fatal(err)
		}
		if name != "young" {
			if err := os.Chtimes(filepath.Join(base, socketPrefix+name), old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	lock, err := lockSocketFolder(filepath.Join(base, socketPrefix+"held"))
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	sweepSockets(base)
	for name, want := range map[string]bool{"left": false, "young": true, "held": true} {
		_, err := os.Stat(filepath.Join(base, socketPrefix+name))
		if got := err == nil; got != want {
			t.Errorf("folder %s is there: %v; want %v", name, got, want)
		}
	}
}

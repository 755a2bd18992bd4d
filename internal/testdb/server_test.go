package testdb

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"greenroom/internal/postgres"
)

func TestSweep(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("starts a real Postgres")
	}
	base, err := os.MkdirTemp("", "greenroom-sweep-") // t.TempDir is closed to the account of Postgres
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(base) })
	if err := os.Chmod(base, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"used", "left", "young"} {
		if err := os.Mkdir(filepath.Join(base, folderPrefix+name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	pg, err := postgres.Start(t.Context(), postgres.Options{Dir: filepath.Join(base, folderPrefix+"used"), Ephemeral: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = pg.Stop(context.Background()) })
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{"used", "left"} {
		if err := os.Chtimes(filepath.Join(base, folderPrefix+name), old, old); err != nil {
			t.Fatal(err)
		}
	}
	sweep(t.Context(), base)
	for name, want := range map[string]bool{"used": true, "left": false, "young": true} {
		_, err := os.Stat(filepath.Join(base, folderPrefix+name))
		if got := err == nil; got != want {
			t.Errorf("folder %s is there: %v; want %v", name, got, want)
		}
	}
}

package postgres

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestMajorVersion(t *testing.T) {
	t.Parallel()
	for out, want := range map[string]string{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": "15",
		"postgres (PostgreSQL) 18beta1\n":                        "18",
		"postgres (PostgreSQL) 9.6.24\n":                         "9.6",
		"something else\n":                                       "",
	} {
		if got := majorVersion(out); got != want {
			t.Errorf("majorVersion(%q) = %q; want %q", out, got, want)
		}
	}
}

func TestMatchPrograms(t *testing.T) {
	t.Parallel()
	found := []programs{{"/pg/17", "17"}, {"/pg/15", "15"}}
	for _, c := range []struct{ made, want, problem string }{
		{made: "", want: "/pg/17"},
		{made: "15", want: "/pg/15"},
		{made: "14", problem: "was made by PostgreSQL 14, and only 17 (/pg/17), 15 (/pg/15) can be found"},
	} {
		t.Run("data of "+c.made, func(t *testing.T) {
			t.Parallel()
			f := folder{dir: t.TempDir()}
			if c.made != "" {
				if err := os.Mkdir(f.data(), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(f.data(), "PG_VERSION"), []byte(c.made+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			got, err := matchPrograms(found, f)
			if got != c.want {
				t.Errorf("got %q; want %q", got, c.want)
			}
			if c.problem == "" && err != nil || c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
				t.Errorf("error %v; want %q", err, c.problem)
			}
		})
	}
}

func TestFirstNumber(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]float64{
		"/usr/lib/postgresql/15/bin":   15,
		"/usr/lib/postgresql/9.6/bin":  9.6,
		"/usr/pgsql-17/bin":            17,
		"/opt/homebrew/opt/postgresql": 0,
	} {
		if got := firstNumber(path); got != want {
			t.Errorf("firstNumber(%q) = %v; want %v", path, got, want)
		}
	}
}

func TestStartWithoutPrograms(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Options{Dir: tempDir(t), BinDir: "/nowhere"})
	if err == nil || !strings.Contains(err.Error(), "GREENROOM_PG_BIN") || !strings.Contains(err.Error(), "/nowhere") {
		t.Errorf("Start: %v; want the folder and the variable named", err)
	}
}

func TestStartOnDataOfAnotherVersion(t *testing.T) {
	t.Parallel()
	dir := tempDir(t)
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, "PG_VERSION"), []byte("8\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Start(t.Context(), Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), "was made by PostgreSQL 8") {
		t.Errorf("Start: %v", err)
	}
}

package postgres

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// packaged are the places where the packages of Debian, Red Hat, Homebrew and Postgres.app put the server programs.
var packaged = []string{
	"/usr/lib/postgresql/*/bin",
	"/usr/pgsql-*/bin",
	"/usr/libexec/postgresql*",
	"/opt/homebrew/opt/postgresql@*/bin",
	"/usr/local/opt/postgresql@*/bin",
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// programs is a folder with postgres and initdb, and their major version ("15", "9.6").
type programs struct{ dir, major string }

// choosePrograms returns the folder of the programs to run on f: the newest, or for data that is there already those of
// the version that made it, as no other can read it. bin, when not empty, is the only folder considered.
func choosePrograms(bin string, f folder) (string, error) {
	dirs := []string{bin}
	if bin == "" {
		dirs = programFolders()
	}
	var found []programs
	var why error
	for _, d := range dirs {
		p, err := inspectPrograms(d, f.account)
		if err != nil {
			why = cmp.Or(why, err)
			continue
		}
		found = append(found, p)
	}
	switch {
	case len(found) == 0 && bin != "":
		return "", fmt.Errorf("%s has no usable PostgreSQL programs (%w); point GREENROOM_PG_BIN at the folder of postgres and initdb", bin, why)
	case len(found) == 0 && why != nil:
		return "", why
	case len(found) == 0:
		return "", errors.New("no PostgreSQL server programs found; " + installHint("postgresql") + ", or set DATABASE_URL to a server of yours")
	}
	return matchPrograms(found, f)
}

// matchPrograms picks from programs that work, in order of preference.
func matchPrograms(found []programs, f folder) (string, error) {
	made, err := f.version()
	if err != nil {
		return "", err
	}
	if made == "" {
		return found[0].dir, nil
	}
	var have []string
	for _, p := range found {
		if p.major == made {
			return p.dir, nil
		}
		have = append(have, p.major+" ("+p.dir+")")
	}
	return "", fmt.Errorf("the data in %s was made by PostgreSQL %s, and only %s can be found; %s, or move the data over with pg_upgrade",
		f.dir, made, strings.Join(have, ", "), installHint("postgresql-"+made))
}

// programFolders lists candidates: what the user put on PATH first, then packages, newest first.
func programFolders() []string {
	var dirs []string
	add := func(d string) {
		// PATH often leads to links; the same programs twice would only blur the messages.
		if real, err := filepath.EvalSymlinks(filepath.Join(d, "postgres")); err == nil {
			if d = filepath.Dir(real); !slices.Contains(dirs, d) && isFile(filepath.Join(d, "initdb")) {
				dirs = append(dirs, d)
			}
		}
	}
	if p, err := exec.LookPath("postgres"); err == nil {
		add(filepath.Dir(p))
	}
	for _, pattern := range packaged {
		m, _ := filepath.Glob(pattern) // fails only on a malformed pattern
		slices.SortFunc(m, func(a, b string) int { return cmp.Compare(firstNumber(b), firstNumber(a)) })
		for _, d := range m {
			add(d)
		}
	}
	return dirs
}

// inspectPrograms runs postgres --version, as the account that will run it: that also proves that the account may.
func inspectPrograms(dir string, a account) (programs, error) {
	for _, name := range []string{"postgres", "initdb"} {
		if !isFile(filepath.Join(dir, name)) {
			return programs{}, fmt.Errorf("there is no %s", name)
		}
	}
	if err := a.mustReach(dir); err != nil {
		return programs{}, err
	}
	cmd := exec.Command(filepath.Join(dir, "postgres"), "--version")
	cmd.Dir, cmd.SysProcAttr = "/", a.attributes(0)
	out, err := cmd.Output()
	if err != nil {
		return programs{}, fmt.Errorf("running postgres --version: %w", err)
	}
	major := majorVersion(string(out))
	if major == "" {
		return programs{}, fmt.Errorf("postgres --version says %q", strings.TrimSpace(string(out)))
	}
	return programs{dir, major}, nil
}

// majorVersion reads "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "… 18beta1" or "… 9.6.24".
func majorVersion(out string) string {
	_, v, ok := strings.Cut(out, "(PostgreSQL) ")
	if !ok {
		return ""
	}
	end := strings.IndexFunc(v, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end >= 0 {
		v = v[:end]
	}
	parts := strings.Split(v, ".")
	if parts[0] == "9" && len(parts) > 1 { // until 9.6 the second number belonged to the major version
		return parts[0] + "." + parts[1]
	}
	return parts[0]
}

func installHint(pkg string) string {
	if runtime.GOOS == "darwin" {
		return "install them (brew install " + strings.Replace(pkg, "-", "@", 1) + ")"
	}
	return "install them (Debian and Ubuntu: apt-get install " + pkg + ")"
}

// firstNumber orders version folders: /usr/lib/postgresql/9.6 comes before …/15.
func firstNumber(s string) float64 {
	i := strings.IndexAny(s, "0123456789")
	if i < 0 {
		return 0
	}
	s = s[i:]
	if end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') }); end >= 0 {
		s = s[:end]
	}
	n, _ := strconv.ParseFloat(s, 64) // what isn't a number sorts last
	return n
}

func isFile(path string) bool {
	st, err := os.Stat(path)
	return err == nil && st.Mode().IsRegular()
}

// Package archtest holds the house plan: which room may use which. It has no code of its own, only the test.
package archtest

import (
	"encoding/json"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// uses says for each room which others it may import; "*" is all of them. A room that is not named is not part of the
// plan, and the test says so. Rooms below engine are the engine's own.
var uses = map[string][]string{
	"cmd/web":                         {"internal/app", "internal/config"},
	"internal/app":                    {"*"},
	"internal/archtest":               {},
	"internal/account":                {"internal/config", "internal/db", "internal/hiring", "internal/partner"},
	"internal/apptest":                {"*"},
	"internal/auth":                   {},
	"internal/config":                 {},
	"internal/db":                     {"internal/hiring", "migrations"},
	"internal/e2e":                    {"*"},
	"internal/engine":                 {"internal/partnerapi", "internal/engine/", "internal/views/ui", "static"},
	"internal/engine/":                {"internal/partnerapi", "internal/engine/", "internal/views/ui", "static"},
	"internal/events":                 {},
	"internal/handlers":               {"internal/views", "internal/views/ui", "internal/db", "internal/mirror", "internal/jobs", "internal/inbox", "internal/events", "internal/account", "internal/auth", "internal/hiring", "static"},
	"internal/hiring":                 {},
	"internal/inbox":                  {"internal/hiring", "internal/partnerapi"},
	"internal/jobs":                   {"internal/mirror", "internal/db", "internal/hiring", "internal/mail"},
	"internal/mail":                   {"internal/hiring"},
	"internal/mirror":                 {"internal/partner", "internal/partnerapi", "internal/db", "internal/hiring"},
	"internal/partner":                {"internal/partnerapi", "internal/hiring"},
	"internal/partnerapi":             {},
	"internal/partnerapi/conformance": {"internal/partnerapi"},
	"internal/postgres":               {},
	"internal/sample":                 {"internal/mirror", "internal/db", "internal/hiring", "internal/engine"},
	"internal/storm":                  {"*"},
	"internal/testbrowser":            {},
	"internal/testdb":                 {"internal/postgres"},
	"internal/views":                  {"internal/views/ui", "internal/hiring", "static"},
	"internal/views/ui":               {"static"},
	"migrations":                      {},
	"static":                          {},
}

// standardOnly lists rooms that import nothing but the standard library and what uses gives them.
var standardOnly = []string{"internal/hiring", "internal/partnerapi"}

// tests are the rooms that only tests may import.
var tests = []string{"internal/testbrowser", "internal/testdb", "internal/apptest", "internal/e2e", "internal/storm", "internal/archtest", "internal/partnerapi/conformance"}

// postgresAt lists who may speak to Postgres.
var postgresAt = []string{"internal/db", "internal/engine", "internal/events", "internal/jobs", "internal/postgres", "internal/app", "internal/auth", "internal/testdb", "internal/apptest"}

// banned are imports that only the rooms named may have.
var banned = map[string][]string{
	"github.com/jackc/pgx/v5":         postgresAt,
	"github.com/jackc/pgx/v5/pgxpool": postgresAt,
}

const module = "greenroom/"

type goPackage struct {
	ImportPath                string
	Imports                   []string
	TestImports, XTestImports []string
}

func TestImportsFollowThePlan(t *testing.T) {
	t.Parallel()
	for _, p := range packages(t) {
		room := strings.TrimPrefix(p.ImportPath, module)
		allowed, known := uses[room]
		if parent, _, found := strings.Cut(room, "internal/engine/"); !known && found && parent == "" {
			allowed, known = uses["internal/engine/"], true
		}
		if !known {
			t.Errorf("%s has no place in the plan: give it one in uses, or move its code", room)
			continue
		}
		for _, path := range p.Imports {
			checkImport(t, room, path, allowed)
		}
	}
}

func checkImport(t *testing.T, room, path string, allowed []string) {
	t.Helper()
	other, ours := strings.CutPrefix(path, module)
	if at, isBanned := banned[path]; isBanned && !slices.ContainsFunc(at, within(room)) {
		t.Errorf("%s imports %s, which only %s may", room, path, strings.Join(at, ", "))
	}
	if !ours {
		if slices.Contains(standardOnly, room) && strings.Contains(path, ".") {
			t.Errorf("%s imports %s, but holds to the standard library", room, path)
		}
		return
	}
	if slices.Contains(tests, other) && !slices.Contains(tests, room) {
		t.Errorf("%s imports %s, which is for tests", room, other)
	}
	if !slices.ContainsFunc(allowed, func(a string) bool {
		return a == "*" || a == other || strings.HasSuffix(a, "/") && strings.HasPrefix(other, a)
	}) {
		t.Errorf("%s imports %s, which the plan does not have", room, other)
	}
}

func within(room string) func(string) bool {
	return func(at string) bool { return room == at || strings.HasPrefix(room, at+"/") }
}

// TestOnlyConfigReadsTheEnvironment looks for the calls, since os itself is used everywhere.
func TestOnlyConfigReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	out, _ := exec.Command("git", "grep", "-nE", `os\.(Getenv|LookupEnv|Environ)\(`, "--", ":/*.go", ":!/internal/config").Output()
	for line := range strings.Lines(string(out)) {
		if !strings.Contains(line, "_test.go:") {
			t.Errorf("the environment is package config's to read: %s", line)
		}
	}
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "greenroom/...").Output()
	if err != nil {
		t.Fatalf("listing packages: %v", err)
	}
	var list []goPackage
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

package db_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write migrations/schema.sql anew")

// schemaMajor is the Postgres whose pg_dump wrote migrations/schema.sql; others write the same schema in other words.
const schemaMajor = "15"

// TestSchemaForReadersIsFresh holds migrations/schema.sql to what the migrations build. Write it anew with
// go test ./internal/db -run Schema -update
func TestSchemaForReadersIsFresh(t *testing.T) {
	t.Parallel()
	dump := pgDump(t)
	out, err := exec.Command(dump, "--schema-only", "--no-owner", "--no-privileges", "--schema=public",
		"--exclude-table=river_*", "--exclude-table=goose_*", desk.NewURL(t)).Output()
	if err != nil {
		t.Fatalf("pg_dump: %v", err)
	}
	fresh := "-- What the migrations build, for readers; written by: go test ./internal/db -run Schema -update\n" + plain(string(out))
	const path = "../../migrations/schema.sql"
	if *update {
		if err := os.WriteFile(path, []byte(fresh), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kept, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(kept), fresh); diff != "" {
		t.Errorf("migrations/schema.sql is stale (-kept +fresh):\n%s", diff)
	}
}

// noise is what differs between two dumps of one schema: comments with versions, settings, and psql's own commands.
var noise = regexp.MustCompile(`(?m)^(--.*|SET .*|SELECT pg_catalog\.set_config.*|\\.*|CREATE SCHEMA public;|COMMENT ON SCHEMA public .*)\n`)

// queue is the job queue's own type and function; its tables are left out of the dump.
var queue = regexp.MustCompile(`(?s)CREATE (TYPE|FUNCTION) public\.river_.*?(\$\$|\));\n`)

var gaps = regexp.MustCompile(`\n{3,}`)

func plain(dump string) string {
	dump = noise.ReplaceAllString(dump, "")
	dump = queue.ReplaceAllString(dump, "")
	return strings.TrimLeft(gaps.ReplaceAllString(dump, "\n\n"), "\n")
}

func pgDump(t *testing.T) string {
	t.Helper()
	for _, pattern := range []string{"/usr/lib/postgresql/" + schemaMajor + "/bin/pg_dump", "/opt/homebrew/opt/postgresql@" + schemaMajor + "/bin/pg_dump"} {
		if found, _ := filepath.Glob(pattern); len(found) > 0 {
			return found[0]
		}
	}
	t.Skipf("there is no pg_dump of Postgres %s", schemaMajor)
	return ""
}

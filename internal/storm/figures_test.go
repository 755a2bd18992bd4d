package storm

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/internal/partnerapi"
)

var (
	figures = flag.Duration("figures", 0, "measure for this long at each number of senders; 0: don't")
	crowd   = flag.String("senders", "8,32,128,512", "of figures: how many send at once")
	unused  = flag.Bool("unused", false, "of figures: send events that the desk keeps without using")
)

// TestFigures prints how many deliveries a second the whole program accepts, from HTTP to commit, beside what pgbench
// inserts row by row into the same Postgres with as many clients, one after the other. Run it alone:
//
//	go test ./internal/storm -run Figures -v -figures 5s
func TestFigures(t *testing.T) {
	if *figures == 0 {
		t.Skip("figures are measured with -figures 5s")
	}
	p := launch(t)
	assessment := p.createAssessment()
	p.preparePgbench()
	var serial atomic.Int64
	load(p, 8, time.Second, assessment, &serial) // the first deliveries pay for connections and plans
	t.Logf("%8s %14s %10s %10s %14s %14s %7s %6s", "senders", "accepted/s", "p50", "p99", "program's cpu", "pgbench tps", "ratio", "load")
	for _, n := range crowds(t) {
		spent := p.spent()
		rate, took, failed := load(p, n, *figures, assessment, &serial)
		each := (p.spent() - spent) / time.Duration(max(1, len(took)))
		p.calm()
		tps := p.pgbench(min(n, 150)) // the server takes 200 connections
		p.calm()
		t.Logf("%8d %14.0f %10v %10v %14v %14.0f %7.2f %6s", n, rate, quantile(took, 0.5), quantile(took, 0.99), each.Round(time.Microsecond), tps, rate/tps, machineLoad())
		if failed > 0 {
			t.Errorf("%d deliveries were not taken", failed)
		}
	}
}

func crowds(t *testing.T) (list []int) {
	for _, word := range strings.Split(*crowd, ",") {
		n, err := strconv.Atoi(word)
		must(t, err)
		list = append(list, n)
	}
	return list
}

// calm drops the work that deliveries left, so that pgbench has the machine to itself: what is measured is receipt.
func (p *program) calm() {
	conn := p.connect(p.t.Context())
	_, err := conn.Exec(p.t.Context(), `DELETE FROM river_job WHERE kind = 'apply_delivery' AND state IN ('available', 'retryable')`)
	must(p.t, err)
	_, err = conn.Exec(p.t.Context(), `CHECKPOINT`)
	must(p.t, err)
	must(p.t, conn.Close(p.t.Context()))
}

// preparePgbench makes a table like that of deliveries for one insert a transaction.
func (p *program) preparePgbench() {
	conn := p.connect(p.t.Context())
	_, err := conn.Exec(p.t.Context(), `
		CREATE TABLE bench (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, event text NOT NULL, digest bytea NOT NULL UNIQUE,
			payload jsonb NOT NULL, received_at timestamptz NOT NULL DEFAULT now())`)
	must(p.t, err)
	e := event{name: partnerapi.EventStarted, at: time.Now().UTC(), data: partnerapi.EventData{SubmissionID: "load-1", CandidateName: "Ada Okafor",
		CandidateEmail: "load1@example.com", InterviewStatus: partnerapi.InterviewStarted}}
	script := fmt.Sprintf("INSERT INTO bench (event, digest, payload) VALUES ('%s', sha256(random()::text::bytea), '%s');\n", e.name, e.body("ad1556ec-a0f6-4aaf-8a46-7bbd350e68d8"))
	must(p.t, os.WriteFile(filepath.Join(p.dir, "insert.sql"), []byte(script), 0o644))
}

var tpsLine = regexp.MustCompile(`tps = ([0-9.]+)`)

// pgbench is how many rows a second as many clients insert, one a transaction.
func (p *program) pgbench(clients int) float64 {
	bin := "pgbench"
	if found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pgbench"); len(found) > 0 {
		bin = found[len(found)-1]
	}
	_, socket := p.postmaster()
	out, err := exec.Command(bin, "-n", "-h", socket, "-U", "greenroom", "-c", strconv.Itoa(clients), "-j", "2", "-M", "prepared",
		"-T", strconv.Itoa(max(1, int(figures.Seconds()))), "-f", filepath.Join(p.dir, "insert.sql"), "postgres").CombinedOutput()
	if err != nil {
		p.t.Fatalf("pgbench: %v\n%s", err, out)
	}
	found := tpsLine.FindSubmatch(out)
	if found == nil {
		p.t.Fatalf("pgbench said:\n%s", out)
	}
	tps, err := strconv.ParseFloat(string(found[1]), 64)
	must(p.t, err)
	return tps
}

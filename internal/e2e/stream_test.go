package e2e

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/internal/db"
)

// What was promised of live pages.
const (
	livePages       = 2000
	changesASecond  = 50
	livePageLatency = 250 * time.Millisecond // from a change's commit to the page, for 99 of 100
	livePageMemory  = 40 << 10               // bytes of the process for each
)

// BenchmarkLivePages opens 2,000 streams at one process and announces 50 changes a second, each of which goes to all of
// them; an op is one change. It prints how long changes take from their NOTIFY to the last byte at the page, and what a
// page costs in memory that is resident. Alone on the machine:
//
//	go test ./internal/e2e -run - -bench LivePages -benchtime 1000x
func BenchmarkLivePages(b *testing.B) {
	if b.N == 1 {
		return // the framework tries one first
	}
	c := newCluster(b)
	p := c.begin()
	p.awaitReady()
	who := c.signIn(p)
	for range 50 {
		who.get(p.url + "/")
	}
	before := p.resident()
	pages := &livePageSet{took: make([][]time.Duration, livePages)}
	defer pages.close()
	pages.open(b, p, who)
	quiet := p.resident()

	spent := p.spent()
	b.ResetTimer()
	beat := time.NewTicker(time.Second / changesASecond)
	defer beat.Stop()
	for range b.N {
		<-beat.C
		if _, err := c.db.Exec(b.Context(), `SELECT pg_notify($1, $2)`, db.Channel, fmt.Sprintf("bench %d", time.Now().UnixMicro())); err != nil {
			b.Fatal(err)
		}
	}
	want := int64(b.N) * livePages
	for end := time.Now().Add(patience); pages.got.Load() < want && time.Now().Before(end); {
		<-beat.C
	}
	b.StopTimer()
	b.Logf("a change costs the process %v of processor time", ((p.spent() - spent) / time.Duration(b.N)).Round(10*time.Microsecond))
	busy := p.resident()
	took := slices.Sorted(func(yield func(time.Duration) bool) {
		for _, one := range pages.took {
			for _, d := range one {
				if !yield(d) {
					return
				}
			}
		}
	})
	if got := pages.got.Load(); got != want || len(took) == 0 {
		b.Fatalf("%d of %d changes arrived", got, want)
	}
	p50, p99 := took[len(took)/2], took[len(took)*99/100]
	b.ReportMetric(float64(p50.Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(p99.Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)-1].Microseconds())/1000, "max-ms")
	b.ReportMetric(float64(quiet-before)/livePages/1024, "kB/page")
	b.ReportMetric(float64(busy-before)/livePages/1024, "kB/page-busy")
	b.Logf("latency %v, 99 %% within %v, all within %v; memory of a page %d bytes, busy %d", p50, p99, took[len(took)-1], (quiet-before)/livePages, (busy-before)/livePages)
	if p99 > livePageLatency {
		b.Errorf("the 99th percentile is %v, want at most %v", p99, livePageLatency)
	}
	if each := (busy - before) / livePages; each > livePageMemory {
		b.Errorf("a page costs %d bytes, want at most %d", each, livePageMemory)
	}
}

// livePageSet are open streams, as plain connections so that this process has time for all of them.
type livePageSet struct {
	conns []net.Conn
	took  [][]time.Duration // by page, the latency of each change
	got   atomic.Int64
	done  sync.WaitGroup
}

func (s *livePageSet) open(b *testing.B, p *node, who *member) {
	b.Helper()
	at, err := url.Parse(p.url)
	if err != nil {
		b.Fatal(err)
	}
	cookie := ""
	for _, one := range who.http.Jar.Cookies(at) {
		cookie += one.Name + "=" + one.Value + "; "
	}
	for i := range livePages {
		conn, err := net.Dial("tcp", at.Host)
		if err != nil {
			b.Fatal(err)
		}
		s.conns = append(s.conns, conn)
		fmt.Fprintf(conn, "GET /events HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nAccept: text/event-stream\r\n\r\n", at.Host, strings.TrimSuffix(cookie, "; "))
		lines := bufio.NewReaderSize(conn, 2<<10)
		if line, err := lines.ReadString('\n'); err != nil || !strings.Contains(line, "200") {
			b.Fatalf("stream %d: %q %v", i, line, err)
		}
		for line := ""; !strings.HasPrefix(line, "retry:"); {
			if line, err = lines.ReadString('\n'); err != nil {
				b.Fatal(err)
			}
		}
		s.done.Go(func() {
			for {
				line, err := lines.ReadSlice('\n')
				if err != nil {
					return
				}
				if at, ok := strings.CutPrefix(string(line), "data: bench "); ok {
					micros, _ := strconv.ParseInt(strings.TrimSpace(at), 10, 64)
					s.took[i] = append(s.took[i], time.Since(time.UnixMicro(micros)))
					s.got.Add(1)
				}
			}
		})
	}
}

func (s *livePageSet) close() {
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.done.Wait()
}

// spent is how much processor time the process has had, to 10 ms. It is told by Linux alone.
func (p *node) spent() time.Duration {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

var residentLine = regexp.MustCompile(`VmRSS:\s+(\d+) kB`)

// resident is how much memory the process holds, in bytes. It is told by Linux alone.
func (p *node) resident() int64 {
	p.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		p.t.Skipf("this system does not tell a process's memory: %v", err)
	}
	found := residentLine.FindSubmatch(status)
	if found == nil {
		p.t.Fatal("the process's memory is not told")
	}
	kB, _ := strconv.ParseInt(string(found[1]), 10, 64)
	return kB << 10
}

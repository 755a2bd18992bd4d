package storm

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
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

	"greenroom/internal/partnerapi"
)

// What was promised of open pages.
const (
	openPages    = 2000
	eventsSecond = 50
	eventToPage  = 250 * time.Millisecond // from the sending of a webhook to the page, for 99 of 100
	pageMemory   = 40 << 10               // bytes for each, and here all that the process takes is put on them
)

// TestPages sends 50 webhooks a second while 2,000 pages are open, each of which is told of all of them, and prints how
// long that takes from the sender's first byte to the page's last: receipt, commit, job, commit, NOTIFY and stream. Run
// it alone:
//
//	go test ./internal/storm -run Pages -v -figures 20s
func TestPages(t *testing.T) {
	if *figures == 0 {
		t.Skip("figures are measured with -figures 20s")
	}
	p := launch(t)
	assessment := p.createAssessment()
	cookie := p.signIn()
	p.kill() // what hashing a password took is not what pages take
	p.start()
	p.sendEvents(assessment, "early", 2*eventsSecond)
	pages := p.openPages(cookie)
	quiet, spent := p.resident(), p.spent()
	sent := p.sendEvents(assessment, "page", int(figures.Seconds()*eventsSecond))
	want := int64(len(sent)) * openPages
	for end := time.Now().Add(30 * time.Second); pages.got.Load() < want && time.Now().Before(end); {
		time.Sleep(20 * time.Millisecond) // nothing tells when the last of 2,000 has heard
	}
	cost, busy := (p.spent()-spent)/time.Duration(len(sent)), p.resident()
	pages.close()
	took := pages.took(p.candidates(sent))
	if int64(len(took)) != want {
		t.Errorf("%d of %d were told", len(took), want)
	}
	p99 := quantile(took, 0.99)
	each := max(quiet, busy) / openPages
	t.Logf("webhook to %d pages, %d a second, %d webhooks: p50 %v, p99 %v, all %v", openPages, eventsSecond, len(sent), quantile(took, 0.5), p99, quantile(took, 1))
	t.Logf("on its way, p50 and p99:\n%s", p.stages(sent))
	t.Logf("resident memory with all pages %d MB, while events come %d MB: %d bytes a page, the program itself among them", quiet>>20, busy>>20, each)
	t.Logf("an event costs the process %v of processor time; load of the machine %s", cost.Round(10*time.Microsecond), machineLoad())
	if p99 > eventToPage {
		t.Errorf("the 99th percentile is %v, want at most %v", p99, eventToPage)
	}
	if each > pageMemory {
		t.Errorf("a page costs %d bytes, want at most %d", each, pageMemory)
	}
}

// signIn gives the cookie of the admin's session.
func (p *program) signIn() string {
	jar, err := cookiejar.New(nil)
	must(p.t, err)
	client := &http.Client{Jar: jar}
	resp, err := client.PostForm(p.URL+"/login", url.Values{"email": {"grace@example.com"}, "password": {"correct horse battery"}})
	must(p.t, err)
	resp.Body.Close()
	var cookie []string
	for _, one := range jar.Cookies(resp.Request.URL) {
		cookie = append(cookie, one.Name+"="+one.Value)
	}
	return strings.Join(cookie, "; ")
}

// posted is a webhook that was sent.
type posted struct {
	ref          string // of the submission that it speaks of, which it alone does
	at, answered time.Time
}

// sendEvents sends n webhooks, evenly, each of a candidate of its own.
func (p *program) sendEvents(assessment, name string, n int) []posted {
	list := make([]posted, n)
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: eventsSecond}}
	defer client.CloseIdleConnections()
	var running sync.WaitGroup
	beat := time.NewTicker(time.Second / eventsSecond)
	defer beat.Stop()
	for i := range list {
		<-beat.C
		running.Go(func() {
			list[i].ref = fmt.Sprintf("%s-%d", name, i)
			e := event{name: partnerapi.EventStarted, at: time.Now().UTC(), data: partnerapi.EventData{SubmissionID: partnerapi.ID(list[i].ref),
				CandidateName: "Ada Okafor", CandidateEmail: fmt.Sprintf("%s%d@example.com", name, i), InterviewStatus: partnerapi.InterviewStarted}}
			body := e.body(assessment)
			list[i].at = time.Now()
			if !p.post(client, body, webhookKey, http.StatusNoContent) {
				p.t.Errorf("webhook %d was not taken", i)
			}
			list[i].answered = time.Now()
		})
	}
	running.Wait()
	return list
}

// candidates gives when the webhook of each candidate was sent, by the desk's id.
func (p *program) candidates(sent []posted) map[int64]time.Time {
	byRef := map[string]time.Time{}
	for _, one := range sent {
		byRef[one.ref] = one.at
	}
	rows, err := p.connect(p.t.Context()).Query(p.t.Context(), `SELECT id, submission_ref FROM candidates WHERE submission_ref LIKE 'page-%'`)
	must(p.t, err)
	defer rows.Close()
	list := map[int64]time.Time{}
	for rows.Next() {
		var id int64
		var ref string
		must(p.t, rows.Scan(&id, &ref))
		list[id] = byRef[ref]
	}
	must(p.t, rows.Err())
	return list
}

// stages says where the time of webhooks went before the pages were told.
func (p *program) stages(sent []posted) string {
	rows, err := p.connect(p.t.Context()).Query(p.t.Context(), `
		SELECT d.body::json->'data'->>'submissionId', d.received_at, j.created_at, j.attempted_at, d.applied_at
		FROM webhook_deliveries d JOIN river_job j ON j.kind = 'apply_delivery' AND (j.args->>'id')::bigint = d.id WHERE d.body LIKE '%"page-%'`)
	must(p.t, err)
	defer rows.Close()
	byRef := map[string]posted{}
	for _, one := range sent {
		byRef[one.ref] = one
	}
	var names = []string{"sent to read", "read to answered", "read to job begun", "job begun to applied", "sent to applied"}
	parts := make([][]time.Duration, len(names))
	for rows.Next() {
		var ref string
		var received, created, attempted, applied time.Time
		must(p.t, rows.Scan(&ref, &received, &created, &attempted, &applied))
		one := byRef[ref]
		for i, d := range []time.Duration{received.Sub(one.at), one.answered.Sub(received), attempted.Sub(received), applied.Sub(attempted), applied.Sub(one.at)} {
			parts[i] = append(parts[i], d)
		}
	}
	must(p.t, rows.Err())
	var b strings.Builder
	for i, name := range names {
		fmt.Fprintf(&b, "%22s %8v %8v\n", name, quantile(parts[i], 0.5), quantile(parts[i], 0.99))
	}
	return b.String()
}

// pageSet are open streams, as plain connections so that this process has time for all of them.
type pageSet struct {
	conns []net.Conn
	told  [][]told // by page
	got   atomic.Int64
	done  sync.WaitGroup
}

// told is that a page was told of a candidate.
type told struct {
	candidate int64
	at        time.Time
}

func (p *program) openPages(cookie string) *pageSet {
	s := &pageSet{told: make([][]told, openPages)}
	p.t.Cleanup(s.close)
	for i := range openPages {
		conn, err := net.Dial("tcp", p.address)
		must(p.t, err)
		s.conns = append(s.conns, conn)
		fmt.Fprintf(conn, "GET /events HTTP/1.1\r\nHost: %s\r\nCookie: %s\r\nAccept: text/event-stream\r\n\r\n", p.address, cookie)
		lines := bufio.NewReaderSize(conn, 2<<10)
		for line := ""; !strings.HasPrefix(line, "retry:"); {
			if line, err = lines.ReadString('\n'); err != nil || strings.HasPrefix(line, "HTTP/") && !strings.Contains(line, "200") {
				p.t.Fatalf("page %d: %q %v", i, line, err)
			}
		}
		s.done.Go(func() { s.read(i, lines) })
	}
	return s
}

var candidateLine = []byte("data: candidate ")

// read notes when a page is told of each candidate for the first time.
func (s *pageSet) read(i int, lines *bufio.Reader) {
	var last int64
	for {
		line, err := lines.ReadSlice('\n')
		if err != nil {
			return
		}
		if id, ok := bytes.CutPrefix(line, candidateLine); ok {
			if n, _ := strconv.ParseInt(string(bytes.TrimSpace(id)), 10, 64); n != last {
				s.told[i] = append(s.told[i], told{n, time.Now()})
				s.got.Add(1)
				last = n
			}
		}
	}
}

func (s *pageSet) close() {
	for _, conn := range s.conns {
		_ = conn.Close()
	}
	s.done.Wait()
}

// took is how long it was from the sending of each candidate's webhook to each page.
func (s *pageSet) took(sent map[int64]time.Time) (list []time.Duration) {
	for _, page := range s.told {
		for _, one := range page {
			if at, ok := sent[one.candidate]; ok {
				list = append(list, one.at.Sub(at))
			}
		}
	}
	slices.Sort(list)
	return list
}

// spent is how much processor time the process has had, to 10 ms. It is told by Linux alone.
func (p *program) spent() time.Duration {
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
func (p *program) resident() int64 {
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

// machineLoad is how many wanted a processor in the last minute; "" where nobody tells.
func machineLoad() string {
	text, _ := os.ReadFile("/proc/loadavg")
	load, _, _ := strings.Cut(string(text), " ")
	return load
}

package e2e

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/jackc/pgx/v5/pgxpool"

	"greenroom/internal/apptest"
	"greenroom/internal/testdb"
)

// bare are databases that no process has seen.
var bare = testdb.Template("bare", func(context.Context, string) error { return nil })

// TestSeveralProcesses: three processes that begin at once on an empty database are one desk, and are replaced one by
// one under load without a request lost.
func TestSeveralProcesses(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("-short leaves out building and starting the program")
	}
	c := newCluster(t)
	for range 3 {
		c.add(c.begin())
	}
	a, b := c.node(0), c.node(1)
	for i := range 3 {
		c.node(i).awaitReady()
	}
	c.row("connections", `SELECT count(*) FROM connections`, 1)
	c.row("users", `SELECT count(*) FROM users`, 1)

	grace := c.signIn(a)
	if status, _ := grace.get(b.url + "/admin/team"); status != http.StatusOK {
		t.Errorf("signed in at one process, another answers %d", status)
	}

	if _, page := grace.get(b.url + "/admin/system"); strings.Count(page, "this one") != 1 || strings.Count(page, "/"+strconv.Itoa(a.cmd.Process.Pid)) != 1 {
		t.Error("the page System of one process does not show the others")
	}

	t.Run("changes reach the pages of every process", func(t *testing.T) {
		changes := grace.stream(t, b.url)
		for i := range 5 {
			began := time.Now()
			grace.post(t, a.url+"/admin/settings", "company_name", fmt.Sprintf("Acme %d", i), "required_scorecards", "1")
			select {
			case <-changes:
				t.Logf("after %v", time.Since(began).Round(time.Millisecond))
			case <-time.After(time.Second):
				t.Fatal("a change at one process did not reach a stream of the other within a second")
			}
			for len(changes) > 0 {
				<-changes
			}
		}
	})

	t.Run("work is done once", func(t *testing.T) {
		const interviews = 12
		for i := range interviews {
			grace.post(t, c.node(i%3).url+"/interviews/generate", "role", fmt.Sprintf("Nurse %d", i),
				"purpose", "Care for patients on a surgical ward and hand over shifts.", "kind", "voice")
		}
		c.await("every interview's webhook", `SELECT count(*) FROM webhook_deliveries WHERE event = 'assessment.ready' AND status = 'applied'`, interviews)
		c.await("idle queues", `SELECT count(*) FROM river_job WHERE state IN ('available', 'running', 'retryable') OR state = 'scheduled' AND kind NOT LIKE 'reconcile%'`, 0)
		c.row("webhooks of the desk's own engine", `SELECT count(*) FROM webhook_deliveries`, interviews)
		c.row("webhooks that came twice", `SELECT count(*) FROM webhook_deliveries WHERE duplicates > 0`, 0)
		c.row("webhooks that were applied twice", `SELECT count(*) FROM webhook_deliveries WHERE attempts > 1`, 0)
		c.row("jobs that ran twice", `SELECT count(*) FROM river_job WHERE array_length(attempted_by, 1) > 1`, 0)
		c.await("the beginning of periodic work", `SELECT count(*) FROM river_job WHERE kind = 'trim_deliveries'`, 1)
		c.row("kinds of periodic work that began more than once", `
			SELECT count(*) FROM (SELECT kind FROM river_job WHERE metadata @> '{"periodic": true}' GROUP BY kind HAVING count(*) > 1) twice`, 0)
		c.sink.Lock()
		defer c.sink.Unlock()
		if len(c.sink.got) != interviews {
			t.Errorf("another receiver got %d webhooks, want %d", len(c.sink.got), interviews)
		}
		for body, n := range c.sink.got {
			if n != 1 {
				t.Errorf("another receiver got %d times: %s", n, body)
			}
		}
	})

	t.Run("a webhook that a process left behind is delivered by another", func(t *testing.T) {
		gone := c.begin()
		gone.awaitReady()
		gone.kill()
		if _, err := c.db.Exec(t.Context(), `
			INSERT INTO engine.deliveries (receiver, line, event, timestamp, body, next_at, created_at, claimed_by)
			SELECT receiver, 'left', event, timestamp, replace(body, 'assessment.ready', 'assessment.left'), now(), now(), 1
			FROM engine.deliveries WHERE receiver = 'desk' LIMIT 1`); err != nil {
			t.Fatal(err)
		}
		c.await("the webhook of the process that is gone", `SELECT count(*) FROM webhook_deliveries WHERE event = 'assessment.left'`, 1)
	})

	t.Run("an upload goes on at another process", func(t *testing.T) { c.upload(t, grace) })

	t.Run("rolling restart", func(t *testing.T) { c.rollingRestart(t, grace) })
}

// rollingRestart replaces every process while people work behind a proxy.
func (c *cluster) rollingRestart(t *testing.T, who *member) {
	var requests, made, numbers atomic.Int64
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var load sync.WaitGroup
	var before int64
	if err := c.db.QueryRow(ctx, `SELECT count(*) FROM assessments`).Scan(&before); err != nil {
		t.Fatal(err)
	}
	worker := func(request func() (int, string)) {
		load.Go(func() {
			for ctx.Err() == nil {
				status, body := request()
				if requests.Add(1); status >= 400 || status == 0 {
					t.Errorf("under load: %d %s", status, problemIn(body))
					return
				}
			}
		})
	}
	for range 4 {
		for _, path := range []string{"/", "/interviews", "/candidates"} {
			worker(func() (int, string) { return who.get(c.proxy.URL + path) })
		}
	}
	for range 2 {
		worker(func() (int, string) {
			status, location := who.form(c.proxy.URL+"/interviews", interviewForm(fmt.Sprintf("Interview %d", numbers.Add(1)))...)
			if status == http.StatusSeeOther {
				made.Add(1)
			}
			return status, location
		})
	}
	for i := range 3 {
		next := c.begin()
		next.awaitReady()
		old := c.replace(i, next)
		changes := who.stream(t, old.url)
		old.end(t)
		for range changes { // to its end, which the test would wait for in vain
		}
		if t.Failed() {
			break
		}
	}
	stop()
	load.Wait()
	t.Logf("%d requests, %d of them interviews made, %d sent on to another process", requests.Load(), made.Load(), c.resent.Load())
	c.row("interviews", `SELECT count(*) FROM assessments`, before+made.Load())
	if made.Load() == 0 {
		t.Error("nothing was made during the restart")
	}
}

// problemIn is what a page complains of, or its beginning.
func problemIn(body string) string {
	if doc, err := goquery.NewDocumentFromReader(strings.NewReader(body)); err == nil {
		if found := doc.Find(".error-summary").Text(); found != "" {
			return strings.Join(strings.Fields(found), " ")
		}
	}
	return body[:min(len(body), 300)]
}

// interviewForm is what the page for a new interview sends.
func interviewForm(title string) []string {
	return []string{"title", title, "role", "Backend engineer", "purpose", "Learn how people run services under load, and what they do when one fails.",
		"duration", "25", "language", "english", "skills", "Go", "status", "active"}
}

// cluster is several processes of the program on one database, and a proxy before them.
type cluster struct {
	t        testing.TB
	program  string // the built program
	database string
	db       *pgxpool.Pool
	proxy    *httptest.Server
	resent   atomic.Int64
	receiver *httptest.Server
	sink     struct {
		sync.Mutex
		got map[string]int
	}

	mu    sync.Mutex
	nodes []*node
	turn  int
}

func newCluster(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{t: t, program: filepath.Join(t.TempDir(), "web"), database: bare.NewURL(t)}
	if out, err := exec.Command("go", "build", "-o", c.program, "../../cmd/web").CombinedOutput(); err != nil {
		t.Fatalf("building the program: %v\n%s", err, out)
	}
	var err error
	if c.db, err = pgxpool.New(t.Context(), c.database); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.db.Close)
	c.sink.got = map[string]int{}
	c.receiver = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		c.sink.Lock()
		defer c.sink.Unlock()
		c.sink.got[string(body)]++
	}))
	t.Cleanup(c.receiver.Close)
	c.proxy = httptest.NewServer(http.HandlerFunc(c.pass))
	t.Cleanup(c.proxy.Close)
	return c
}

// pass is a proxy that sends a request to another process only when the one it tried can't be connected to.
func (c *cluster) pass(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	for range 10 {
		p := c.next()
		if p == nil {
			http.Error(w, "no process is ready", http.StatusBadGateway)
			return
		}
		// A body without GetBody: Go's client must not send it a second time on its own.
		out, _ := http.NewRequestWithContext(r.Context(), r.Method, p.url+r.URL.RequestURI(), io.NopCloser(bytes.NewReader(body)))
		out.ContentLength, out.Header = int64(len(body)), r.Header.Clone()
		if len(body) == 0 {
			out.Body = http.NoBody
		}
		answer, err := p.transport.RoundTrip(out)
		if errors.Is(err, syscall.ECONNREFUSED) {
			p.ready.Store(false)
			c.resent.Add(1)
			continue
		}
		if err != nil {
			http.Error(w, "the process broke off: "+err.Error(), http.StatusBadGateway)
			return
		}
		for name, values := range answer.Header {
			w.Header()[name] = values
		}
		w.Header().Del("Connection")
		w.WriteHeader(answer.StatusCode)
		_, _ = io.Copy(w, answer.Body)
		_ = answer.Body.Close()
		return
	}
	http.Error(w, "no process could be connected to", http.StatusBadGateway)
}

// next is a process that says it is ready, in turn.
func (c *cluster) next() *node {
	c.mu.Lock()
	defer c.mu.Unlock()
	for range c.nodes {
		c.turn++
		if p := c.nodes[c.turn%len(c.nodes)]; p.ready.Load() {
			return p
		}
	}
	return nil
}

func (c *cluster) node(i int) *node {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.nodes[i]
}

func (c *cluster) add(p *node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.nodes = append(c.nodes, p)
}

// replace puts another process in the place of one that is about to end; the proxy still knows that one, as proxies do.
func (c *cluster) replace(i int, p *node) (old *node) {
	c.mu.Lock()
	defer c.mu.Unlock()
	old = c.nodes[i]
	c.nodes[i] = p
	c.nodes = append(c.nodes, old)
	return old
}

// row checks a figure of the database, await until it is so.
func (c *cluster) row(what, sql string, want int64) {
	c.t.Helper()
	var got int64
	if err := c.db.QueryRow(c.t.Context(), sql).Scan(&got); err != nil || got != want {
		c.t.Errorf("%s: %d, want %d (%v)", what, got, want, err)
	}
}

func (c *cluster) await(what, sql string, want int64) {
	c.t.Helper()
	var got int64
	var err error
	for end := time.Now().Add(patience); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		if err = c.db.QueryRow(c.t.Context(), sql).Scan(&got); err == nil && got == want {
			return
		}
	}
	c.t.Fatalf("waited in vain for %s: %d, want %d (%v)", what, got, want, err)
}

// node is one process of the program.
type node struct {
	t         testing.TB
	url       string
	cmd       *exec.Cmd
	output    *textLog
	exited    chan struct{} // closed once it has ended
	err       error         // how
	transport *http.Transport
	ready     atomic.Bool // what /readyz said last
}

// begin starts a process at a free port, and asks it /readyz until the test ends.
func (c *cluster) begin() *node {
	c.t.Helper()
	addr := apptest.Address(c.t)
	p := &node{t: c.t, url: "http://" + addr, output: &textLog{}, exited: make(chan struct{}), transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	p.cmd = exec.Command(c.program)
	p.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "DATABASE_URL=" + c.database,
		"GREENROOM_ADDR=" + addr, "GREENROOM_URL=" + c.proxy.URL, "GREENROOM_ENGINE_WEBHOOK_URLS=" + c.receiver.URL,
		"GREENROOM_ENGINE_KEY=" + clusterKey}, withAdmin...)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	go func() { p.err = p.cmd.Wait(); close(p.exited) }()
	go p.watch()
	c.t.Cleanup(func() {
		p.kill()
		p.transport.CloseIdleConnections()
		for line := range strings.Lines(p.output.String()) {
			if strings.Contains(line, "level=ERROR") {
				c.t.Errorf("logged: %s", line)
			}
		}
		if c.t.Failed() {
			c.t.Logf("%s:\n%.4000s", p.url, p.output)
		}
	})
	return p
}

func (p *node) watch() {
	for {
		select {
		case <-p.exited:
			p.ready.Store(false)
			return
		case <-time.After(100 * time.Millisecond):
			p.ready.Store(p.answers("/readyz") == http.StatusOK)
		}
	}
}

// answers is the status of a page, over a connection of its own; 0 for none.
func (p *node) answers(path string) int {
	client := http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Get(p.url + path)
	if err != nil {
		return 0
	}
	_ = answer.Body.Close()
	return answer.StatusCode
}

func (p *node) awaitReady() {
	p.t.Helper()
	for end := time.Now().Add(3 * patience); time.Now().Before(end); <-time.After(20 * time.Millisecond) {
		select {
		case <-p.exited:
			p.t.Fatalf("a process ended instead of getting ready: %v\n%s", p.err, p.output)
		default:
		}
		if p.ready.Load() {
			return
		}
	}
	p.t.Fatalf("a process did not get ready:\n%s", p.output)
}

func (p *node) kill() {
	_ = p.cmd.Process.Kill()
	<-p.exited
}

// end asks a process to end, and checks how it does: first it is not ready any more but serves, streams stay; then
// streams end and it is gone, within ten seconds.
func (p *node) end(t *testing.T) {
	t.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var refused, served bool
	for !refused && p.answers("/healthz") == http.StatusOK {
		refused = p.answers("/readyz") == http.StatusServiceUnavailable
	}
	served = p.answers("/login") == http.StatusOK
	if !refused || !served {
		t.Errorf("after SIGTERM: not ready %v, and still serving %v; want both", refused, served)
	}
	select {
	case <-p.exited:
	case <-time.After(15 * time.Second):
		t.Fatal("a process did not end")
	}
	if took := time.Since(began); p.err != nil || took > 10*time.Second {
		t.Errorf("a process ended after %v: %v", took, p.err)
	} else {
		t.Logf("ended %v after SIGTERM", took.Round(time.Millisecond))
	}
}

// member is somebody of the team, whose cookie counts at every process.
type member struct {
	t    testing.TB
	http *http.Client
}

func (c *cluster) signIn(p *node) *member {
	c.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		c.t.Fatal(err)
	}
	m := &member{t: c.t, http: &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
	m.post(c.t, p.url+"/login", "email", adminEmail, "password", adminPassword)
	return m
}

// get and form give the status, and what a failure says; 0 for no answer.
func (m *member) get(address string) (int, string) { return m.answer(m.http.Get(address)) }

func (m *member) form(address string, pairs ...string) (int, string) {
	form := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Add(pairs[i], pairs[i+1])
	}
	return m.answer(m.http.PostForm(address, form))
}

func (m *member) answer(answer *http.Response, err error) (int, string) {
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		return 0, err.Error()
	}
	return answer.StatusCode, string(body)
}

// post sends a form that has to be accepted.
func (m *member) post(t testing.TB, address string, pairs ...string) {
	t.Helper()
	if status, body := m.form(address, pairs...); status != http.StatusSeeOther {
		t.Fatalf("%s: %d %.500s", address, status, body)
	}
}

// stream gives the changes that a process tells an open page.
func (m *member) stream(t *testing.T, base string) <-chan string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := m.http.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("opening the stream: %v %v", answer, err)
	}
	changes := make(chan string, 100)
	lines := bufio.NewScanner(answer.Body)
	lines.Scan() // the stream's first line: from now on nothing is missed
	go func() {
		defer close(changes)
		defer answer.Body.Close()
		for lines.Scan() {
			if change, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				changes <- change
			}
		}
	}()
	return changes
}

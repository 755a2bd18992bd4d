package partner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// kind is what a caller can tell of an error with errors.Is and errors.As.
type kind string

const (
	kindNotFound    kind = "not found"
	kindForbidden   kind = "forbidden"
	kindConflict    kind = "conflict"
	kindInvalid     kind = "invalid"
	kindUnavailable kind = "unavailable"
	kindKey         kind = "unavailable, key"
	kindCredits     kind = "unavailable, credits"
)

func kindOf(err error) kind {
	var found []string
	for _, k := range []struct {
		err  error
		name string
	}{
		{hiring.ErrNotFound, "not found"}, {hiring.ErrForbidden, "forbidden"}, {hiring.ErrConflict, "conflict"},
		{hiring.ErrUnavailable, "unavailable"}, {partner.ErrKey, "key"}, {partner.ErrCredits, "credits"},
	} {
		if errors.Is(err, k.err) {
			found = append(found, k.name)
		}
	}
	if errors.As(err, new(*hiring.InvalidError)) {
		found = append(found, "invalid")
	}
	return kind(strings.Join(found, ", "))
}

func wantKind(t *testing.T, err error, want kind) {
	t.Helper()
	if got := kindOf(err); got != want {
		t.Errorf("error is %q, want %q: %v", got, want, err)
	}
}

func asError(t *testing.T, err error) *partner.Error {
	t.Helper()
	var e *partner.Error
	if !errors.As(err, &e) {
		t.Fatalf("%v is no *partner.Error", err)
	}
	return e
}

func answering(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

func refusing(status int, code partnerapi.Code, header ...string) http.HandlerFunc {
	return answering(status, "application/json", fmt.Sprintf(`{"error":{"code":%q,"type":"request_error","errorMessage":"Said by the provider"}}`, code), header...)
}

func reset(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err)
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

func huge(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	chunk := bytes.Repeat([]byte(" "), 1<<20)
	for range 50 {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
}

// TestBadDays meets every operation with everything that a provider and the road to it can do.
func TestBadDays(t *testing.T) {
	t.Parallel()
	const html = "<!DOCTYPE html><html><body><h1>Bad gateway</h1></body></html>"
	days := []struct {
		name          string
		answer        http.HandlerFunc
		outcome       partner.Outcome
		kind          kind
		reads, writes int  // requests that a GET, and that any other method sends
		unknown       bool // for a write
		absent        bool // what "no such extensions" looks like
	}{
		{"401", refusing(401, partnerapi.CodeUnauthorized), partner.Refused, kindKey, 1, 1, false, false},
		{"401 without a body", answering(401, "text/plain", ""), partner.Refused, kindKey, 1, 1, false, false},
		{"402", refusing(402, partnerapi.CodeInsufficientCredits), partner.Refused, kindCredits, 1, 1, false, false},
		{"403", refusing(403, partnerapi.CodeAccessDenied), partner.Refused, kindForbidden, 1, 1, false, true},
		{"403 inactive", refusing(403, partnerapi.CodeAccountInactive), partner.Refused, kindForbidden, 1, 1, false, true},
		{"404", refusing(404, partnerapi.CodeNotFound), partner.Refused, kindNotFound, 1, 1, false, true},
		{"404 of somebody else", answering(404, "text/plain", "404 page not found"), partner.Garbled, kindUnavailable, 1, 1, false, true},
		{"404 of a proxy", answering(404, "text/html", html), partner.Foreign, kindUnavailable, 1, 1, false, true},
		{"429 with Retry-After", refusing(429, partnerapi.CodeTooManyRequests, "Retry-After", "2"), partner.Refused, kindUnavailable, 3, 3, false, false},
		{"429 of a proxy", answering(429, "text/html", html), partner.Refused, kindUnavailable, 3, 3, false, false},
		{"429 for an hour", refusing(429, partnerapi.CodeTooManyRequests, "Retry-After", "3600"), partner.Refused, kindUnavailable, 1, 1, false, false},
		{"500", refusing(500, partnerapi.CodeInternal), partner.Failed, kindUnavailable, 3, 1, true, false},
		{"500 without a body", answering(500, "", ""), partner.Failed, kindUnavailable, 3, 1, true, false},
		{"503 with HTML", answering(503, "text/html; charset=utf-8", html), partner.Foreign, kindUnavailable, 3, 1, true, false},
		{"redirect", answering(302, "text/html", html, "Location", "/login"), partner.Foreign, kindUnavailable, 1, 1, false, true},
		{"200 with HTML", answering(200, "text/html", html), partner.Foreign, kindUnavailable, 1, 1, true, true},
		{"200 with HTML called JSON", answering(200, "application/json", html), partner.Foreign, kindUnavailable, 1, 1, true, true},
		{"200 with text", answering(200, "text/plain", "ok"), partner.Garbled, kindUnavailable, 1, 1, true, true},
		{"200 with a refusal", refusing(200, partnerapi.CodeAccessDenied), partner.Refused, kindForbidden, 1, 1, false, true},
		{"reset", reset, partner.Dropped, kindUnavailable, 3, 1, true, false},
		{"truncated JSON", answering(200, "application/json", `{"status":"success","data":{"assess`), partner.Truncated, kindUnavailable, 1, 1, true, true},
		{"cut off", answering(200, "application/json", `{"status":`, "Content-Length", "5000"), partner.Dropped, kindUnavailable, 3, 1, true, false},
		{"wrong types", answering(200, "application/json", `["success"]`), partner.Garbled, kindUnavailable, 1, 1, true, true},
		{"status of failure", answering(200, "application/json", `{"status":"failure","error":{"reason":1}}`), partner.Garbled, kindUnavailable, 1, 1, true, true},
		{"50 MB", huge, partner.TooLarge, kindUnavailable, 1, 1, true, false},
		{"50 MB announced", answering(200, "application/json", "{", "Content-Length", "52428800"), partner.TooLarge, kindUnavailable, 1, 1, true, false},
	}
	for _, d := range days {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, d.answer)
			for _, o := range everyOperation {
				if o.op == partner.OpJobs && strings.HasPrefix(d.name, "status of") {
					continue // has no envelope
				}
				before := len(p.seen())
				c, _ := newClient(t, p.URL)
				got, err := o.call(t.Context(), c)
				sent := len(p.seen()) - before
				if want := map[bool]int{true: d.reads, false: d.writes}[o.method == "GET"]; sent != want {
					t.Errorf("%s: %d requests, want %d", o.op, sent, want)
				}
				if o.op == partner.OpExtensions && d.absent {
					if e, _ := got.(partnerapi.Extensions); err != nil || len(e.Capabilities) > 0 {
						t.Errorf("%s: %+v, %v; want no capabilities and no error", o.op, got, err)
					}
					if c.Health().Failing() {
						t.Errorf("%s: a provider without extensions counts as failing", o.op)
					}
					continue
				}
				if err == nil {
					t.Errorf("%s: no error", o.op)
					continue
				}
				e := asError(t, err)
				wantKind(t, err, d.kind)
				if e.Outcome != d.outcome {
					t.Errorf("%s: outcome %q, want %q: %v", o.op, e.Outcome, d.outcome, err)
				}
				if want := d.unknown && o.method != "GET"; e.Unknown != want {
					t.Errorf("%s: unknown %v, want %v: %v", o.op, e.Unknown, want, err)
				}
				if e.Op != o.op || e.Provider != "TapTalent" {
					t.Errorf("%s: op %q, provider %q", o.op, e.Op, e.Provider)
				}
				checkSentence(t, err)
			}
		})
	}
}

// TestConnectionRefused has nobody listen: nothing leaves, so writes are tried again too.
func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, o := range everyOperation {
		c, n := newClient(t, gone.URL)
		_, err := o.call(t.Context(), c)
		e := asError(t, err)
		wantKind(t, err, kindUnavailable)
		if e.Outcome != partner.Unreachable || e.Unknown || len(n.slept) != 2 {
			t.Errorf("%s: %s, unknown %v, %d waits; want unreachable, false, 2", o.op, e.Outcome, e.Unknown, len(n.slept))
		}
	}
}

// TestTimeout has a provider that never answers, on a clock of its own.
func TestTimeout(t *testing.T) {
	t.Parallel()
	for _, o := range everyOperation {
		t.Run(string(o.op), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var sent atomic.Int32
				c := partner.New(partner.Options{Key: key, BaseURL: "http://slow" + partnerapi.BasePath, HTTPClient: &http.Client{
					Transport: partner.HandlerTransport(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
						sent.Add(1)
						<-r.Context().Done()
					})),
				}})
				began := time.Now()
				_, err := o.call(t.Context(), c)
				e := asError(t, err)
				wantKind(t, err, kindUnavailable)
				want := partner.DefaultTimeout
				if o.op == partner.OpGenerateQuestions {
					want = partner.DefaultGenerateTimeout
				}
				if took := time.Since(began); took != want {
					t.Errorf("gave up after %v, want %v", took, want)
				}
				if e.Outcome != partner.Timeout || e.Unknown != (o.method != "GET") || sent.Load() != 1 {
					t.Errorf("%s, unknown %v, %d requests", e.Outcome, e.Unknown, sent.Load())
				}
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("the cause is lost: %v", err)
				}
				checkSentence(t, err)
				synctest.Wait()
			})
		})
	}
}

// TestTimeoutBeforeSending tells a request that waits for a connection from one that waits for its answer.
func TestTimeoutBeforeSending(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{}) // net/http dials on for later requests
		defer close(release)
		c := partner.New(partner.Options{Key: key, BaseURL: "http://nowhere", HTTPClient: &http.Client{Transport: &http.Transport{
			DialContext: func(_ context.Context, _, _ string) (net.Conn, error) { <-release; return nil, io.EOF },
		}}})
		_, err := c.Invite(t.Context(), "a", john)
		if e := asError(t, err); e.Outcome != partner.Timeout || e.Unknown {
			t.Errorf("%s, unknown %v; want a timeout of which nothing is unknown", e.Outcome, e.Unknown)
		}
	})
}

// TestCanceled has the caller give up while the answer is awaited.
func TestCanceled(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	p := newProvider(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	c, _ := newClient(t, p.URL)
	_, err := c.Invite(ctx, "a", john)
	e := asError(t, err)
	if e.Outcome != partner.Canceled || !e.Unknown || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, unknown %v", err, e.Unknown)
	}
	if h := c.Health(); h.Failing() {
		t.Errorf("the provider is blamed: %+v", h)
	}
	checkSentence(t, err)
}

// TestRecovers repeats what may be repeated until it works.
func TestRecovers(t *testing.T) {
	t.Parallel()
	after := func(n int32, bad, good http.HandlerFunc) http.HandlerFunc {
		var count atomic.Int32
		return func(w http.ResponseWriter, r *http.Request) {
			if count.Add(1) <= n {
				bad(w, r)
				return
			}
			good(w, r)
		}
	}
	t.Run("a read after 503 and reset", func(t *testing.T) {
		t.Parallel()
		p := newProvider(t, after(1, reset, after(1, answering(503, "text/html", "<p>"), playback(t, 200, "assessment"))))
		c, n := newClient(t, p.URL)
		if _, err := c.Assessment(t.Context(), "a"); err != nil {
			t.Error(err)
		}
		if len(n.slept) != 2 || n.slept[0] != 300*time.Millisecond || n.slept[1] != 600*time.Millisecond {
			t.Errorf("waits %v, want 300ms and 600ms", n.slept)
		}
	})
	t.Run("a write after 429", func(t *testing.T) {
		t.Parallel()
		p := newProvider(t, after(2, refusing(429, partnerapi.CodeTooManyRequests, "Retry-After", "2"), playback(t, 200, "invite")))
		c, n := newClient(t, p.URL)
		if _, err := c.Invite(t.Context(), "a", john); err != nil {
			t.Error(err)
		}
		if len(n.slept) != 2 || n.slept[0] != 2*time.Second || n.slept[1] != 2*time.Second {
			t.Errorf("waits %v, want 2s twice", n.slept)
		}
		for _, r := range p.seen() {
			if !strings.Contains(r.Body, "john.doe@example.com") {
				t.Errorf("sent again without its body: %+v", r)
			}
		}
	})
	t.Run("Retry-After as a date", func(t *testing.T) {
		t.Parallel()
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		p := newProvider(t, after(1, answering(503, "application/json", "{}", "Retry-After", now.Add(4*time.Second).Format(http.TimeFormat)), playback(t, 200, "assessment")))
		c, n := newClient(t, p.URL)
		n.began = now
		if _, err := c.Assessment(t.Context(), "a"); err != nil || len(n.slept) != 1 || n.slept[0] != 4*time.Second {
			t.Errorf("%v, waits %v, want 4s", err, n.slept)
		}
	})
	t.Run("no wait beyond the caller's time", func(t *testing.T) {
		t.Parallel()
		p := newProvider(t, refusing(503, "BUSY", "Retry-After", "9"))
		c, n := newClient(t, p.URL, func(o *partner.Options) { o.Timeout = 8 * time.Second })
		_, err := c.Assessment(t.Context(), "a")
		if e := asError(t, err); e.RetryAfter != 9*time.Second || len(n.slept) != 0 {
			t.Errorf("%v, waits %v", err, n.slept)
		}
	})
}

// TestRate spaces requests on a clock of its own, and refuses at once what would have no turn in time.
func TestRate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := partner.New(partner.Options{Key: key, BaseURL: "http://x", RatePerSecond: partner.TapTalentRate, Timeout: 5 * time.Second,
			HTTPClient: &http.Client{Transport: partner.HandlerTransport(playback(t, 200, "assessment"))}})
		began := time.Now()
		for range 10 {
			if _, err := c.Assessment(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
		}
		if took := time.Since(began); took < 4*time.Second-time.Millisecond || took > 4*time.Second+time.Millisecond { // two at once, eight by half a second
			t.Errorf("10 requests took %v, want 4s", took)
		}
		results := make(chan error, 40)
		for range 40 {
			go func() { _, err := c.Assessment(t.Context(), "a"); results <- err }()
		}
		var good, held int
		for range 40 {
			switch err := <-results; {
			case err == nil:
				good++
			case asError(t, err).Outcome == partner.Held && asError(t, err).RetryAfter > 0:
				checkSentence(t, err)
				held++
			default:
				t.Error(err)
			}
		}
		if good < 9 || good > 11 || good+held != 40 {
			t.Errorf("%d went out within 5 s and %d were held, want 10 and 30", good, held)
		}
	})
}

// TestBreaker opens after five, probes after ten seconds, doubles to two minutes, closes on an answer.
func TestBreaker(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	var well atomic.Bool
	good, bad := playback(t, 200, "assessment"), refusing(500, partnerapi.CodeInternal)
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		if well.Load() {
			good(w, r)
			return
		}
		bad(w, r)
	})
	c, _ := newClient(t, p.URL, func(o *partner.Options) { o.Now = func() time.Time { return now } })
	read := func() error { _, err := c.Assessment(t.Context(), "a"); return err }

	if h := c.Health(); h != (partner.Health{}) {
		t.Errorf("before anything: %+v", h)
	}
	for range 5 {
		if e := asError(t, read()); e.Outcome != partner.Failed {
			t.Fatal(e)
		}
	}
	sent := len(p.seen())
	wait := 10 * time.Second
	for range 6 { // 10 s, 20 s, 40 s, 80 s, 2 min, 2 min
		err := read()
		if e := asError(t, err); e.Outcome != partner.Held || e.RetryAfter != wait || e.Unknown || len(p.seen()) != sent {
			t.Fatalf("while open: %v, wait %v want %v, %d requests want %d", err, e.RetryAfter, wait, len(p.seen()), sent)
		}
		checkSentence(t, err)
		if h := c.Health(); !h.OpenUntil.Equal(now.Add(wait)) || !h.Failing() || h.Failure == "" {
			t.Errorf("health while open: %+v", h)
		}
		now = now.Add(wait)
		if e := asError(t, read()); e.Outcome != partner.Failed { // the probe
			t.Fatal(e)
		}
		sent += 3
		wait = min(2*wait, 2*time.Minute)
	}
	now = now.Add(wait)
	well.Store(true)
	if err := read(); err != nil {
		t.Fatal(err)
	}
	if h := c.Health(); !h.OpenUntil.IsZero() || h.Failing() || !h.LastSuccess.Equal(now) {
		t.Errorf("health after recovery: %+v", h)
	}
	well.Store(false)
	for range 4 {
		read()
	}
	well.Store(true)
	read()
	well.Store(false)
	if e := asError(t, read()); e.Outcome != partner.Failed {
		t.Errorf("failures that are not in a row opened it: %v", e)
	}
}

// TestRefusalsKeepTheBreakerClosed: a provider that says no is well, save for the key, which people must hear of.
func TestRefusalsKeepTheBreakerClosed(t *testing.T) {
	t.Parallel()
	for status, code := range map[int]partnerapi.Code{401: partnerapi.CodeUnauthorized, 402: partnerapi.CodeInsufficientCredits,
		403: partnerapi.CodeAccessDenied, 404: partnerapi.CodeNotFound, 500: partnerapi.CodeGenerationFailed} {
		c, _ := newClient(t, newProvider(t, refusing(status, code)).URL)
		for range 7 {
			if _, err := c.GenerateQuestions(t.Context(), "a", generate); asError(t, err).Outcome != partner.Refused {
				t.Fatalf("%d: %v", status, err)
			}
		}
		if h := c.Health(); h.Failing() != (status == 401) || !h.OpenUntil.IsZero() {
			t.Errorf("%d: %+v", status, h)
		}
	}
}

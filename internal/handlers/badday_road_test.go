package handlers_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// day is a way in which a provider, or the road to it, misbehaves.
type day struct {
	name   string
	answer func() (*http.Response, error)
	// carried says that the provider does what it is asked and only its answer is lost.
	carried bool
	// unknown says that after a write nobody on this side can tell whether it was carried out.
	unknown       bool
	reads, writes int // how often one GET, and one call of any other method, is sent
}

// secret stands for everything that a provider may say and people must not read.
const secret = "SECRET of the provider"

const proxyPage = "<!DOCTYPE html><html><body><h1>" + secret + ": bad gateway</h1></body></html>"

// days are in the order of the table. Where the reference of the provider is silent on whether the call was
// carried out, there are both.
var days = []day{
	{name: "401", answer: refusal(401, partnerapi.CodeUnauthorized), reads: 1, writes: 1},
	{name: "402", answer: refusal(402, partnerapi.CodeInsufficientCredits), reads: 1, writes: 1},
	{name: "403", answer: refusal(403, partnerapi.CodeAccessDenied), reads: 1, writes: 1},
	{name: "404", answer: refusal(404, partnerapi.CodeNotFound), reads: 1, writes: 1},
	{name: "429", answer: refusal(429, partnerapi.CodeTooManyRequests), reads: 3, writes: 3},
	{name: "500 before", answer: refusal(500, partnerapi.CodeInternal), unknown: true, reads: 3, writes: 1},
	{name: "500 after", answer: refusal(500, partnerapi.CodeInternal), unknown: true, carried: true, reads: 3, writes: 1},
	{name: "503 HTML before", answer: reply(503, "text/html", proxyPage), unknown: true, reads: 3, writes: 1},
	{name: "503 HTML after", answer: reply(503, "text/html", proxyPage), unknown: true, carried: true, reads: 3, writes: 1},
	{name: "timeout before", answer: lost(os.ErrDeadlineExceeded), unknown: true, reads: 1, writes: 1},
	{name: "timeout after", answer: lost(os.ErrDeadlineExceeded), unknown: true, carried: true, reads: 1, writes: 1},
	{name: "reset before", answer: lost(syscall.ECONNRESET), unknown: true, reads: 3, writes: 1},
	{name: "reset after", answer: lost(syscall.ECONNRESET), unknown: true, carried: true, reads: 3, writes: 1},
	{name: "truncated JSON", answer: reply(200, "application/json", `{"status":"success","data":{"assessmentId":"`), unknown: true, carried: true, reads: 1, writes: 1},
	{name: "wrong types", answer: reply(200, "application/json", `["success",{"data":7}]`), unknown: true, carried: true, reads: 1, writes: 1},
	{name: "50 MB", answer: huge, unknown: true, carried: true, reads: 1, writes: 1},
}

func reply(status int, contentType, body string) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return &http.Response{
			Status: fmt.Sprintf("%d %s", status, http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(strings.NewReader(body)), ContentLength: -1,
		}, nil
	}
}

func refusal(status int, code partnerapi.Code) func() (*http.Response, error) {
	return reply(status, "application/json", fmt.Sprintf(`{"error":{"code":%q,"type":"request_error","errorMessage":%q}}`, code, secret))
}

// lost is a connection that ends without an answer. What really waiting for one is like, package partner tests.
func lost(cause error) func() (*http.Response, error) {
	return func() (*http.Response, error) {
		return nil, &net.OpError{Op: "read", Net: "tcp", Addr: &net.TCPAddr{IP: net.IPv4(203, 0, 113, 7), Port: 443}, Err: cause}
	}
}

// huge is an answer whose length nobody announced. It is made while it is read.
func huge() (*http.Response, error) {
	resp, _ := reply(200, "application/json", "")()
	resp.Body = io.NopCloser(io.LimitReader(blanks{}, 50<<20))
	return resp, nil
}

type blanks struct{}

func (blanks) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

// road leads from the desk to its provider; on a bad day one kind of call goes wrong on it, all others get through.
type road struct {
	next http.RoundTripper

	mu   sync.Mutex
	day  *day
	call string // "POST /assessment/*/invite"; "" is every call
	long bool   // once that call was met, every call goes wrong
	sent int
	met  chan struct{} // gets one for every call that went wrong
	wait time.Duration // for which the calls that were lost might have waited in the worst case
}

func newRoad() *road { return &road{met: make(chan struct{}, 100)} }

// RoundTrip is part of http.RoundTripper.
func (r *road) RoundTrip(req *http.Request) (*http.Response, error) {
	bad := r.meets(req)
	if bad == nil {
		return r.next.RoundTrip(req)
	}
	if bad.carried {
		resp, err := r.next.RoundTrip(req)
		if err != nil {
			return nil, err
		}
		_, err = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
		if err != nil {
			return nil, err
		}
	} else if req.Body != nil {
		req.Body.Close()
	}
	select {
	case r.met <- struct{}{}: // for the long ones it counts what follows, too
	default:
	}
	resp, err := bad.answer()
	if resp != nil {
		resp.Request = req
	}
	return resp, err
}

func (r *road) meets(req *http.Request) *day {
	r.mu.Lock()
	defer r.mu.Unlock()
	_, place, _ := strings.Cut(req.URL.Path, partnerapi.BasePath)
	hit, _ := path.Match(r.call, req.Method+" "+place)
	switch {
	case r.day == nil:
		return nil
	case hit || r.call == "":
		r.sent++
	case !r.long || r.sent == 0:
		return nil
	}
	if deadline, ok := req.Context().Deadline(); ok {
		r.wait += time.Until(deadline)
	}
	return r.day
}

// turn makes a bad day of it for the calls that the pattern names, or if long from the first of them on for all, and
// counts anew.
func (r *road) turn(bad day, call string, long bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.day, r.call, r.long, r.sent, r.wait = &bad, call, long, 0, 0
	for len(r.met) > 0 {
		<-r.met
	}
}

// better ends the bad day and says how many of its calls were sent, and how long they might have waited.
func (r *road) better() (sent int, wait time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.day = nil
	return r.sent, r.wait
}

// onRoad starts a desk on the real engine with a road between them. Nothing waits between two tries.
func onRoad(t *testing.T, o apptest.Options) (*apptest.App, *road) {
	t.Helper()
	r := newRoad()
	o.Calls = func(c *partner.Options) { r.lay(c) }
	return apptest.Start(t, o), r
}

// lay puts the road under a client that is yet to be made.
func (r *road) lay(c *partner.Options) {
	r.next = c.HTTPClient.Transport
	c.HTTPClient = &http.Client{Transport: r}
	c.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
}

package partner

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/partnerapi"
)

// MaxAnswer is the largest answer, in bytes, that is read.
const MaxAnswer = 8 << 20

const (
	tries         = 3
	firstBackoff  = 300 * time.Millisecond // doubles with every try, spread by half to one and a half
	maxRetryAfter = 10 * time.Second       // a longer Retry-After is for the caller, not to be sat out here
)

func randFloat() float64 { return rand.Float64() }

// call is one operation with its arguments filled in.
type call struct {
	op       Op
	method   string
	path     string // a path of partnerapi
	ids      []string
	query    url.Values
	body     any
	part     string // the Range of audio that is asked for; "": the answer is JSON
	optional bool   // a provider without the operation is no failure of the provider
	anyway   bool   // goes out even while the breaker is open
	always   bool   // goes out even while the provider wants no calls
}

// answer is a successful answer as it came.
type answer struct {
	status       int
	contentType  string
	contentRange string
	body         []byte
}

// do runs a call to its end: rate, tries, waits, and the reading by read, which may refuse the answer. It keeps the
// breaker informed.
func (c *Client) do(ctx context.Context, k call, read func(answer) error) error {
	began := c.now()
	err := c.prepared(ctx, k, read)
	if err == nil {
		c.observe(k.op, "", c.now().Sub(began))
		return nil
	}
	c.observe(k.op, err.Outcome, c.now().Sub(began))
	err.Op, err.Provider = k.op, c.name
	if k.method == http.MethodGet {
		err.Unknown = false
	}
	return err
}

func (c *Client) prepared(ctx context.Context, k call, read func(answer) error) *Error {
	path, ok := expand(k.path, k.ids)
	if !ok { // no such thing can exist, and the path would lead elsewhere
		return &Error{Outcome: Refused, Status: http.StatusNotFound, Code: partnerapi.CodeNotFound, Cause: errID}
	}
	var body []byte
	if k.body != nil {
		var err error
		if body, err = json.Marshal(k.body); err != nil {
			return &Error{Outcome: Refused, Status: http.StatusBadRequest, Code: partnerapi.CodeInvalidRequest, Cause: err}
		}
	}
	address := c.base + path
	if len(k.query) > 0 {
		address += "?" + k.query.Encode()
	}
	if c.key == "" { // another process of the installation may have it: for it the same is still to be done
		err := &Error{Outcome: Locked}
		c.breaker.settle(k, err, c.name, c.now(), c.log)
		return err
	}
	if wait, ok := c.breaker.allow(c.now()); !ok && !k.anyway {
		return &Error{Outcome: Held, RetryAfter: wait, Cause: errOpen}
	}
	err := c.run(ctx, k, address, body, read)
	c.breaker.settle(k, err, c.name, c.now(), c.log)
	return err
}

// run sends the request until it is answered or not worth sending again.
func (c *Client) run(parent context.Context, k call, address string, body []byte, read func(answer) error) *Error {
	timeout := c.timeout
	if k.op == OpGenerateQuestions {
		timeout = c.generateTimeout
	}
	ctx, cancel := context.WithTimeout(parent, timeout)
	defer cancel()

	for try := 1; ; try++ {
		if err := c.turn(ctx, parent, k); err != nil {
			return err
		}
		a, err := c.send(ctx, parent, k, address, body)
		if err == nil {
			if err = accept(k, a, read); err == nil {
				c.resume(ctx)
				return nil
			}
		}
		c.heed(ctx, err)
		if try == tries || !retryable(k.method, err) {
			return err
		}
		wait := c.backoff(try, err)
		if deadline, ok := ctx.Deadline(); wait > maxRetryAfter || ok && wait >= time.Until(deadline) {
			return err
		}
		c.log.Info("trying the provider again", "op", k.op, "try", try, "outcome", err.Outcome, "status", err.Status, "wait", wait)
		if c.sleep(ctx, wait) != nil {
			return err
		}
	}
}

// send makes one request and reads its answer. Anything but 2xx is an error.
func (c *Client) send(ctx, parent context.Context, k call, address string, body []byte) (answer, *Error) {
	var wanted, got bool // of a connection: a request without one has not left
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { wanted = true },
		GotConn: func(httptrace.GotConnInfo) { got = true },
	})
	var reader io.Reader
	if body != nil {
		reader = bytes.NewReader(body)
	}
	req, err := http.NewRequestWithContext(traced, k.method, address, reader)
	if err != nil {
		return answer{}, &Error{Outcome: Unreachable, Cause: err}
	}
	req.Header.Set("Authorization", "Bearer "+c.key)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "Greenroom")
	if k.part != "" {
		req.Header.Set("Accept", "audio/*, application/json")
		req.Header.Set("Range", k.part)
	}
	if k.method != http.MethodDelete { // as in every example of the reference, those of GET among them
		req.Header.Set("Content-Type", "application/json")
	}
	resp, err := c.http.Do(req)
	if full := new(url.Error); errors.As(err, &full) {
		err = full.Err // without the path, in which the secret of a candidate's link may stand
	}
	if err != nil {
		left := !dialError(err) && (got || !wanted)
		switch {
		case ctx.Err() != nil:
			return answer{}, &Error{Outcome: stopped(parent), Unknown: left, Cause: err}
		case timedOut(err) && left:
			return answer{}, &Error{Outcome: Timeout, Unknown: true, Cause: err}
		case !left:
			return answer{}, &Error{Outcome: Unreachable, Cause: err}
		}
		return answer{}, &Error{Outcome: Dropped, Unknown: true, Cause: err}
	}
	defer resp.Body.Close()

	a := answer{status: resp.StatusCode, contentType: resp.Header.Get("Content-Type"), contentRange: resp.Header.Get("Content-Range")}
	good := a.status/100 == 2
	if good && resp.ContentLength > MaxAnswer {
		return answer{}, &Error{Outcome: TooLarge, Status: a.status, Unknown: true, Cause: errTooLarge}
	}
	limit := int64(MaxAnswer)
	if !good {
		limit = 64 << 10 // an explanation; its status counts even where the text is cut
	}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case !good:
		return answer{}, refusal(a, retryAfter(resp.Header.Get("Retry-After"), c.now()))
	case err != nil && ctx.Err() != nil:
		return answer{}, &Error{Outcome: stopped(parent), Status: a.status, Unknown: true, Cause: err}
	case err != nil:
		return answer{}, &Error{Outcome: Dropped, Status: a.status, Unknown: true, Cause: err}
	case len(a.body) > MaxAnswer:
		return answer{}, &Error{Outcome: TooLarge, Status: a.status, Unknown: true, Cause: errTooLarge}
	}
	return a, nil
}

// accept has a successful answer read, and says what kind of failure it is when that can't be done.
func accept(k call, a answer, read func(answer) error) *Error {
	audio := k.part != "" && isAudio(a)
	if !audio && isHTML(a) {
		return &Error{Outcome: Foreign, Status: a.status, Unknown: true, Cause: errHTML}
	}
	if !audio && !isJSON(a) {
		return &Error{Outcome: Garbled, Status: a.status, Unknown: true, Cause: errNotJSON}
	}
	if err := read(a); err != nil {
		var refused *partnerapi.Error
		if errors.As(err, &refused) { // a refusal under a status of success
			return &Error{Outcome: Refused, Status: a.status, Code: refused.Code, Message: refused.Message, Details: refused.Details}
		}
		outcome := Garbled
		if !audio && brokenOff(err, a.body) {
			outcome = Truncated
		}
		return &Error{Outcome: outcome, Status: a.status, Unknown: true, Cause: err}
	}
	return nil
}

// retryable says whether the same request may be sent once more: a read after anything that may pass, a write only
// when it was surely not carried out.
func retryable(method string, err *Error) bool {
	if err.Outcome == Unreachable || err.Status == http.StatusTooManyRequests {
		return true
	}
	return method == http.MethodGet && (err.Outcome == Dropped || err.Status >= 500)
}

func (c *Client) backoff(try int, err *Error) time.Duration {
	wait := time.Duration(float64(firstBackoff<<(try-1)) * (0.5 + c.rand()))
	return max(wait, err.RetryAfter)
}

// retryAfter reads seconds or a date; 0 means that nothing usable was said.
func retryAfter(value string, now time.Time) time.Duration {
	if seconds, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil {
		return time.Duration(min(max(seconds, 0), 24*60*60)) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), 24*time.Hour)
	}
	return 0
}

// expand puts escaped ids into the {…} of a path. It refuses ids that no path can carry: "" would name the list,
// and a dot segment, escaped or not, is resolved away by servers and proxies.
func expand(path string, ids []string) (string, bool) {
	for _, id := range ids {
		if id == "" || id == "." || id == ".." {
			return "", false
		}
		start, end := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
		path = path[:start] + "\x00" + path[end+1:]
	}
	for _, id := range ids {
		path = strings.Replace(path, "\x00", url.PathEscape(id), 1)
	}
	return path, true
}

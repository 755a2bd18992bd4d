package chat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	bodyMax    = 1 << 20          // bytes of an answer that are read
	retries    = 2                // after the first attempt
	firstPause = time.Second / 2  // doubled for the second retry
	pauseMax   = 30 * time.Second // a server that asks for more is not waited for
)

// doer sends a request up to three times and hands back an answer that has been read whole. It repeats after 429,
// after 5xx and when no connection came about; not after a timeout, which has cost long enough.
type doer struct {
	client  *http.Client
	timeout time.Duration
	wait    func(ctx context.Context, d time.Duration) error
}

func (d *doer) Do(req *http.Request) (*http.Response, error) {
	for attempt := 0; ; attempt++ {
		response, err := d.once(req)
		last := attempt == retries || req.Context().Err() != nil
		pause := firstPause << attempt
		switch {
		case err != nil:
			if last || errors.Is(err, context.DeadlineExceeded) || errors.Is(err, errBody) {
				return nil, err
			}
		case response.StatusCode != http.StatusTooManyRequests && response.StatusCode < 500:
			return response, nil
		default:
			if asked, ok := retryAfter(response.Header.Get("Retry-After")); ok {
				pause = asked
			}
			if last || pause > pauseMax {
				return response, nil
			}
		}
		if err := d.wait(req.Context(), pause); err != nil {
			return nil, fmt.Errorf("waiting to ask again: %w", err)
		}
	}
}

// errBody marks answers that came and can't be used.
var errBody = errors.New("the server's answer can't be read")

func (d *doer) once(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeout(req.Context(), d.timeout)
	defer cancel()
	attempt := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, err
		}
		attempt.Body = body
	}
	response, err := d.client.Do(attempt)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, bodyMax+1))
	if err != nil {
		return nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	if response.StatusCode < 300 {
		switch start := bytes.TrimSpace(body); {
		case len(body) > bodyMax:
			return nil, fmt.Errorf("%w: it is over %d bytes", errBody, bodyMax)
		case len(start) == 0:
			return nil, fmt.Errorf("%w: it is empty", errBody)
		case start[0] != '{':
			return nil, fmt.Errorf("%w: it is not JSON (%s)", errBody, cut(response.Header.Get("Content-Type")))
		}
	}
	response.Body = io.NopCloser(bytes.NewReader(body[:min(len(body), bodyMax)]))
	return response, nil
}

// retryAfter reads the header in seconds or as a date.
func retryAfter(header string) (time.Duration, bool) {
	if seconds, err := strconv.ParseFloat(strings.TrimSpace(header), 64); err == nil && seconds >= 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second)), true
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at)), true
	}
	return 0, false
}

func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

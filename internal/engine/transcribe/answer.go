package transcribe

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/engine/chat"
)

// reasonMax is how many characters of a server's own words an error carries.
const reasonMax = 200

// statusError is an answer other than 2xx.
type statusError struct {
	status int
	reason string        // "" when the server gave none that can be shown
	after  time.Duration // 0 when it didn't say
}

func (e *statusError) Error() string {
	if e.reason == "" {
		return fmt.Sprintf("the server answered %d", e.status)
	}
	return fmt.Sprintf("the server answered %d: %s", e.status, e.reason)
}

// Unwrap makes the statuses that no further attempt changes an ErrRefused.
func (e *statusError) Unwrap() error {
	switch e.status {
	case http.StatusRequestTimeout, http.StatusConflict, http.StatusTooManyRequests:
		return nil
	}
	if e.status/100 == 4 {
		return ErrRefused
	}
	return nil
}

// RetryAfter is how long the server asked to be left alone with the answer that err stands for; 0 when it asked for
// nothing. It may be days: a limit is the caller's.
func RetryAfter(err error) time.Duration {
	if e, ok := errors.AsType[*statusError](err); ok {
		return e.after
	}
	return 0
}

// read takes the text out of an answer. What kind the server says it is doesn't count, since some call JSON text and
// some proxies answer 200 with a page.
func (c *Client) read(response *http.Response, body []byte) (string, error) {
	if response.StatusCode/100 != 2 {
		return "", &statusError{
			status: response.StatusCode,
			reason: c.reason(response.StatusCode, body),
			after:  retryAfter(response.Header.Get("Retry-After")),
		}
	}
	if len(body) > bodyMax {
		return "", fmt.Errorf("the server's answer is over %d bytes", bodyMax)
	}
	var heard struct {
		Text *string `json:"text"`
	}
	// The decoder's error is left out: it can quote the text.
	if err := json.Unmarshal(body, &heard); err != nil {
		return "", fmt.Errorf("the server's answer is not the JSON asked for, or not all of it (%d bytes, type %q)",
			len(body), cut(response.Header.Get("Content-Type")))
	}
	if heard.Text == nil {
		if reason := c.reason(response.StatusCode, body); reason != "" {
			return "", fmt.Errorf("the server's answer has no text: %s", reason)
		}
		return "", errors.New("the server's answer has no text")
	}
	return chat.Clean(*heard.Text), nil
}

// reason finds the message in the shapes that errors have: {"error":{"message":…}} at OpenAI and those who follow it
// closely, {"error":…} at whisper.cpp, {"message":…} at older vLLM, {"detail":…} at servers made with FastAPI, whose
// lists of details repeat what was sent.
func (c *Client) reason(status int, body []byte) string {
	switch {
	case status == http.StatusUnauthorized:
		return "" // the message shows parts of the key
	case status/100 == 3:
		return "it points elsewhere, which is not followed"
	}
	var said struct {
		Error   any `json:"error"`
		Message any `json:"message"`
		Detail  any `json:"detail"`
	}
	if json.Unmarshal(body, &said) != nil {
		return ""
	}
	if inner, ok := said.Error.(map[string]any); ok {
		said.Error = inner["message"]
	}
	for _, candidate := range []any{said.Error, said.Message, said.Detail} {
		if text, ok := candidate.(string); ok && text != "" {
			if c.key != "" {
				text = strings.ReplaceAll(text, c.key, "(key)")
			}
			return cut(text)
		}
	}
	return ""
}

// brief takes out of an error of net/http what others wrote: the address, which may hold a password, and lines of a
// server that speaks something else.
func brief(err error) error {
	if e, ok := errors.AsType[*url.Error](err); ok {
		err = e.Err
	}
	if text := err.Error(); strings.Contains(text, "malformed HTTP") || strings.Contains(text, "malformed MIME") {
		return errors.New("the server does not speak HTTP")
	}
	return err
}

func cut(text string) string {
	text = chat.Clean(strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > reasonMax {
		return string(runes[:reasonMax]) + "…"
	}
	return text
}

// retryAfter reads the header in seconds or as a date; 0 when it is neither or over.
func retryAfter(header string) time.Duration {
	if seconds, err := strconv.ParseFloat(strings.TrimSpace(header), 64); err == nil && seconds >= 0 && seconds < 1e6 {
		return time.Duration(seconds * float64(time.Second))
	}
	if at, err := http.ParseTime(header); err == nil {
		return max(0, time.Until(at))
	}
	return 0
}

// Package transcribe has an OpenAI-compatible server write down speech; it knows the wire and its bad days, nothing of
// recordings' storage or interviews.
package transcribe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"strings"
	"time"
)

// MaxBytes is the largest clip that is sent: servers take 25 MiB with the form around it.
const MaxBytes = 24 << 20

const (
	bodyMax    = 1 << 20          // bytes of an answer that are read
	timeoutMin = 60 * time.Second // of an attempt; long clips get twice their length
)

// ErrRefused means that another attempt with this clip and these settings won't help: there is nothing in the clip or
// too much, or the server answered with a 4xx other than 408, 409 and 429. All other errors of Transcribe may pass.
var ErrRefused = errors.New("refused")

// Config says which server and model to ask.
type Config struct {
	BaseURL    string       // up to and with the version: "https://api.openai.com/v1", "http://localhost:8090/v1"
	APIKey     string       // "" sends none
	Model      string       // as the server names it
	HTTPClient *http.Client // nil means a client of its own; its rules for redirects and time are replaced by ours
}

// Client has one model write down speech. It is safe for concurrent use; many servers work on one clip at a time and
// let the others wait within their timeout.
type Client struct {
	http            *http.Client
	url, key, model string
}

// New makes a client; it connects on the first Transcribe.
func New(cfg Config) *Client {
	client := http.Client{}
	if cfg.HTTPClient != nil {
		client = *cfg.HTTPClient
	}
	client.Timeout = 0 // an attempt's depends on the clip
	// The key and the voice go to the server that was configured and nowhere else.
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Client{
		http:  &client,
		url:   strings.TrimRight(cfg.BaseURL, "/") + "/audio/transcriptions",
		key:   cfg.APIKey,
		model: cfg.Model,
	}
}

// Model is the model's name as configured.
func (c *Client) Model() string { return c.model }

// Clip is one piece of speech. 16 kHz mono WAV is understood by every server; others need a converter beside some.
type Clip struct {
	Data     []byte        // the file, at most MaxBytes
	Name     string        // of the file, with an extension that tells its format: "answer.wav"
	Type     string        // media type; "" or one that can't be read is sent as application/octet-stream
	Language string        // ISO 639-1; "" has the server guess
	Length   time.Duration // of the speech; 0 means unknown
}

// Transcribe asks once and gives back all that the server wrote, without control characters and space around it. ""
// without an error means that it heard no words. An attempt may take a minute or twice the clip's length, whichever is
// longer. Errors are fit for a log: they carry no page, no key and no transcript, and of what the server says only the
// message of a JSON error, shortened.
func (c *Client) Transcribe(ctx context.Context, clip Clip) (text string, err error) {
	text, err = c.transcribe(ctx, clip)
	if err != nil {
		return "", fmt.Errorf("transcribing: %w", err)
	}
	return text, nil
}

func (c *Client) transcribe(ctx context.Context, clip Clip) (string, error) {
	switch n := len(clip.Data); {
	case n == 0:
		return "", fmt.Errorf("%w: the clip is empty", ErrRefused)
	case n > MaxBytes:
		return "", fmt.Errorf("%w: the clip has %d bytes, %d are the most", ErrRefused, n, MaxBytes)
	}
	body, contentType, err := c.form(clip)
	if err != nil {
		return "", fmt.Errorf("writing the form: %w", err)
	}
	timeout := max(timeoutMin, 2*clip.Length)
	attempt, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(attempt, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return "", fmt.Errorf("%w: the address can't be read: %w", ErrRefused, brief(err))
	}
	request.Header.Set("Content-Type", contentType)
	request.Header.Set("Accept", "application/json")
	if c.key != "" {
		request.Header.Set("Authorization", "Bearer "+c.key)
	}
	response, answer, err := c.answer(request)
	switch {
	case err != nil && attempt.Err() != nil && ctx.Err() == nil:
		return "", fmt.Errorf("no answer within %s: %w", timeout, attempt.Err())
	case err != nil:
		return "", err
	}
	return c.read(response, answer)
}

// answer sends the request and reads what comes back, up to one byte over bodyMax.
func (c *Client) answer(request *http.Request) (*http.Response, []byte, error) {
	response, err := c.http.Do(request)
	if err != nil {
		return nil, nil, fmt.Errorf("no answer: %w", brief(err))
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(response.Body, bodyMax+1))
	if err != nil {
		return nil, nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	return response, answer, nil
}

// form lays the clip out as the servers want it. The fields come before the file, for servers that read as they go.
func (c *Client) form(clip Clip) (body []byte, contentType string, err error) {
	var buffer bytes.Buffer
	buffer.Grow(len(clip.Data) + 2<<10)
	form := multipart.NewWriter(&buffer)
	for _, field := range [][2]string{{"model", c.model}, {"response_format", "json"}, {"language", clip.Language}} {
		if field[1] == "" {
			continue
		}
		if err := form.WriteField(field[0], field[1]); err != nil {
			return nil, "", err
		}
	}
	part, err := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {multipart.FileContentDisposition("file", clip.Name)},
		"Content-Type":        {mediaType(clip.Type)},
	})
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(clip.Data); err != nil {
		return nil, "", err
	}
	if err := form.Close(); err != nil {
		return nil, "", err
	}
	return buffer.Bytes(), form.FormDataContentType(), nil
}

// mediaType writes the type anew, since a browser may have named it and it becomes a line of the form.
func mediaType(given string) string {
	if kind, params, err := mime.ParseMediaType(given); err == nil {
		if written := mime.FormatMediaType(kind, params); written != "" {
			return written
		}
	}
	return "application/octet-stream"
}

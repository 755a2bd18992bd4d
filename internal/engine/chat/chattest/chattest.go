// Package chattest is an HTTP server for tests that speaks like OpenAI's and Ollama's chat endpoints, on their good
// days and on their bad ones.
package chattest

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/engine/chat"
)

// Request is what a server got, in the fields that tests look at.
type Request struct {
	Authorization       string `json:"-"`
	Model               string `json:"model"`
	MaxTokens           int    `json:"max_tokens"`
	MaxCompletionTokens int    `json:"max_completion_tokens"`
	Messages            []struct {
		Role    string `json:"role"`
		Content string `json:"content"`
	} `json:"messages"`
	ResponseFormat struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Name   string          `json:"name"`
			Strict bool            `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

// System and User are the two parts of the prompt.
func (r Request) System() string { return r.Messages[0].Content }

// User is the second part of the prompt.
func (r Request) User() string { return r.Messages[1].Content }

// Server answers one step a request, in order; a request too many fails the test.
type Server struct {
	Config chat.Config // for chat.New; its Wait notes the pause and goes on at once

	mu       sync.Mutex
	requests []Request
	pauses   []time.Duration
}

// Requests are the requests so far.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Pauses are the waits between attempts so far.
func (s *Server) Pauses() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Duration(nil), s.pauses...)
}

// Step answers one request.
type Step func(w http.ResponseWriter, r *http.Request)

// New starts a server that the test stops.
func New(t *testing.T, steps ...Step) *Server {
	t.Helper()
	s := &Server{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got := Request{Authorization: r.Header.Get("Authorization")}
		if r.Method != http.MethodPost || r.URL.Path != "/v1/chat/completions" {
			t.Errorf("asked %s %s", r.Method, r.URL.Path)
		}
		if err := json.NewDecoder(r.Body).Decode(&got); err != nil {
			t.Errorf("reading the request: %v", err)
		}
		s.mu.Lock()
		n := len(s.requests)
		s.requests = append(s.requests, got)
		s.mu.Unlock()
		if n >= len(steps) {
			t.Errorf("request %d, only %d expected", n+1, len(steps))
			w.WriteHeader(http.StatusTeapot)
			return
		}
		steps[n](w, r)
	}))
	t.Cleanup(server.Close)
	s.Config = chat.Config{
		BaseURL: server.URL + "/v1/", APIKey: "sk-test", Model: "test-model", HTTPClient: server.Client(), Timeout: 10 * time.Second,
		Wait: func(ctx context.Context, d time.Duration) error {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.pauses = append(s.pauses, d)
			return ctx.Err()
		},
	}
	return s
}

// Says is a complete answer with the given content.
func Says(content string) Step { return completion(map[string]any{"content": content}, "stop") }

// SaysJSON is Says with a value's JSON.
func SaysJSON(value any) Step {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return Says(string(raw))
}

// CutOff is an answer that hit max_tokens, with status 200 as servers send it.
func CutOff(content string) Step { return completion(map[string]any{"content": content}, "length") }

// Refuses is a refusal in its own field.
func Refuses(why string) Step {
	return completion(map[string]any{"content": nil, "refusal": why}, "stop")
}

// Filtered is an answer that a content filter emptied.
func Filtered() Step { return completion(map[string]any{"content": ""}, "content_filter") }

// Raw is any answer.
func Raw(status int, contentType, body string, headers ...string) Step {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for _, h := range headers {
			key, value, _ := strings.Cut(h, ": ")
			w.Header().Set(key, value)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

// Fails is an error in OpenAI's shape.
func Fails(status int, message string, headers ...string) Step {
	body, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": "api_error", "param": nil, "code": nil}})
	return Raw(status, "application/json", string(body), headers...)
}

// HTML is a proxy's page.
func HTML(status int) Step {
	return Raw(status, "text/html", "<html><body><h1>Bad gateway</h1></body></html>")
}

// Huge is an answer of 2 MiB.
func Huge() Step {
	return Raw(200, "application/json", `{"choices":[{"message":{"content":"`+strings.Repeat("x", 2<<20)+`"}}]}`)
}

// Hangs answers when the client has gone.
func Hangs() Step {
	return func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
}

// Breaks closes the connection in the middle of an answer.
func Breaks() Step {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "1000")
		fmt.Fprint(w, `{"choices":[`)
		panic(http.ErrAbortHandler)
	}
}

func completion(message map[string]any, finish string) Step {
	message["role"] = "assistant"
	body, err := json.Marshal(map[string]any{
		"id": "chatcmpl-1", "object": "chat.completion", "created": 1700000000, "model": "test-model-0613", "system_fingerprint": "fp_ollama",
		"choices": []any{map[string]any{"index": 0, "message": message, "finish_reason": finish}},
		"usage":   map[string]any{"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
	})
	if err != nil {
		panic(err)
	}
	return Raw(200, "application/json", string(body))
}

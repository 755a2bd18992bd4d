package partner_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/partner"
)

func inProcess(h http.HandlerFunc) *http.Client {
	return &http.Client{Transport: partner.HandlerTransport(h)}
}

// TestHandlerTransportLikeASocket asks the same of a handler over a socket and in process, and compares what either
// side saw.
func TestHandlerTransportLikeASocket(t *testing.T) {
	t.Parallel()
	type seen struct {
		Method, URI, Path, RawPath, Query, Host, Body string
		Length                                        int64
		Chunked                                       []string
		Kind                                          string
	}
	type got struct {
		Status      string
		Kind, Extra string
		Body        string
		Err         bool
	}
	handlers := map[string]http.HandlerFunc{
		"implicit 200":   func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "<html>hello") },
		"nothing at all": func(http.ResponseWriter, *http.Request) {},
		"status and header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Extra", "1")
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusTeapot)
			w.Header().Set("X-Extra", "too late")
			w.WriteHeader(http.StatusOK)
			io.WriteString(w, `{}`)
		},
		"no content":  func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); io.WriteString(w, "dropped") },
		"early hints": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(103); io.WriteString(w, "ok") },
		"large":       func(w http.ResponseWriter, _ *http.Request) { w.Write(bytes.Repeat([]byte("x"), 3<<20)) },
		"shorter": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			io.WriteString(w, "short")
		},
		"longer": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "2")
			io.WriteString(w, "ok")
			io.WriteString(w, "more")
		},
		"flushed": func(w http.ResponseWriter, _ *http.Request) { w.(http.Flusher).Flush(); io.WriteString(w, "after") },
		"broken off": func(w http.ResponseWriter, _ *http.Request) {
			io.WriteString(w, "begin")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		},
		"panic before": func(http.ResponseWriter, *http.Request) { panic("boom") },
	}
	requests := map[string]func(base string) *http.Request{
		"get": func(base string) *http.Request { return httptest.NewRequest("GET", base+"/a%2Fb/c?x=1&y=%20", nil) },
		"post": func(base string) *http.Request {
			return httptest.NewRequest("POST", base+"/p", strings.NewReader("hello"))
		},
		"chunked": func(base string) *http.Request {
			return httptest.NewRequest("PUT", base+"/p", io.MultiReader(strings.NewReader("a"), strings.NewReader("b")))
		},
		"head": func(base string) *http.Request { return httptest.NewRequest("HEAD", base+"/", nil) },
	}
	for handlerName, handler := range handlers {
		for requestName, newRequest := range requests {
			t.Run(handlerName+"/"+requestName, func(t *testing.T) {
				t.Parallel()
				saw := make(chan seen, 8)
				h := func(w http.ResponseWriter, r *http.Request) {
					b, _ := io.ReadAll(r.Body)
					saw <- seen{r.Method, r.RequestURI, r.URL.Path, r.URL.RawPath, r.URL.RawQuery, strings.Split(r.Host, ":")[0], string(b), r.ContentLength, r.TransferEncoding, r.Header.Get("Content-Type")}
					handler(w, r)
				}
				server := httptest.NewUnstartedServer(http.HandlerFunc(h))
				server.Config.ErrorLog = quiet
				server.Start()
				defer server.Close()
				var results []got
				for _, client := range []*http.Client{server.Client(), inProcess(h)} {
					req := newRequest(server.URL)
					req.RequestURI = ""
					req.Header.Set("Content-Type", "text/x-test")
					var g got
					resp, err := client.Do(req)
					if g.Err = err != nil; !g.Err {
						body, err := io.ReadAll(resp.Body)
						resp.Body.Close()
						g = got{resp.Status, resp.Header.Get("Content-Type"), resp.Header.Get("X-Extra"), string(body), err != nil}
					}
					results = append(results, g)
				}
				if diff := cmp.Diff(results[0], results[1]); diff != "" {
					t.Errorf("the answer (-socket +in process):\n%s", diff)
				}
				if diff := cmp.Diff(<-saw, <-saw); diff != "" {
					t.Errorf("the request (-socket +in process):\n%s", diff)
				}
			})
		}
	}
}

// TestHandlerTransportStreams reads each part of an answer while the handler still writes.
func TestHandlerTransportStreams(t *testing.T) {
	t.Parallel()
	next := make(chan struct{})
	resp, err := inProcess(func(w http.ResponseWriter, _ *http.Request) {
		for _, part := range []string{"one", "two"} {
			io.WriteString(w, part)
			<-next
		}
	}).Get("http://x/")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	for _, want := range []string{"one", "two"} {
		part := make([]byte, 3)
		if _, err := io.ReadFull(resp.Body, part); err != nil || string(part) != want {
			t.Errorf("read %q, %v; want %q before the handler goes on", part, err, want)
		}
		next <- struct{}{}
	}
	if rest, err := io.ReadAll(resp.Body); len(rest) > 0 || err != nil {
		t.Errorf("after the end: %q, %v", rest, err)
	}
}

// TestHandlerTransportContext: the caller's end reaches the handler, its values don't.
func TestHandlerTransportContext(t *testing.T) {
	t.Parallel()
	type secret struct{}
	tests := map[string]func(t *testing.T, cancel context.CancelFunc, do func() (*http.Response, error)){
		"given up before the answer": func(t *testing.T, cancel context.CancelFunc, do func() (*http.Response, error)) {
			time.AfterFunc(time.Second, cancel)
			if _, err := do(); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		},
		"given up within the answer": func(t *testing.T, cancel context.CancelFunc, do func() (*http.Response, error)) {
			resp, err := do()
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			time.AfterFunc(time.Second, cancel)
			if _, err := io.ReadAll(resp.Body); !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		},
		"body closed early": func(t *testing.T, _ context.CancelFunc, do func() (*http.Response, error)) {
			resp, err := do()
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		},
	}
	for name, use := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(context.WithValue(t.Context(), secret{}, "session"))
				defer cancel()
				ended := make(chan struct{})
				client := inProcess(func(w http.ResponseWriter, r *http.Request) {
					defer close(ended)
					if v := r.Context().Value(secret{}); v != nil {
						t.Errorf("the caller's %v leaks into the handler", v)
					}
					if name != "given up before the answer" {
						w.(http.Flusher).Flush()
					}
					<-r.Context().Done()
					if _, err := io.WriteString(w, "to nobody"); err == nil {
						t.Error("a write to nobody succeeds")
					}
				})
				use(t, cancel, func() (*http.Response, error) {
					req, err := http.NewRequestWithContext(ctx, "POST", "http://x/", strings.NewReader("body"))
					if err != nil {
						t.Fatal(err)
					}
					return client.Do(req)
				})
				<-ended
			})
		})
	}
}

// TestHandlerTransportPanic: a panic is an error that names it, and a failed call with an unknown outcome.
func TestHandlerTransportPanic(t *testing.T) {
	t.Parallel()
	c := partner.New(partner.Options{Key: key, BaseURL: "http://engine", HTTPClient: inProcess(func(http.ResponseWriter, *http.Request) { panic("boom") })})
	_, err := c.Invite(t.Context(), "a", john)
	e := asError(t, err)
	if e.Outcome != partner.Dropped || !e.Unknown || !strings.Contains(err.Error(), "boom") {
		t.Errorf("%v, unknown %v", err, e.Unknown)
	}
	checkSentence(t, err)
}

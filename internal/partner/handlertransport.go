package partner

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"runtime/debug"
	"strconv"
	"sync"
)

// HandlerTransport is a RoundTripper that has h answer in this process, as a server on the other end of a connection
// would: the handler gets a request of its own, with nothing of the caller's context but its end; the answer's body
// flows while the handler writes it; giving up or closing the body early ends the handler's context; a panic is an
// error of the round trip, or of reading the body once the answer has begun. It may be used by many goroutines.
// Hijacking, trailers and informational answers are not supported.
func HandlerTransport(h http.Handler) http.RoundTripper { return handlerTransport{h} }

type handlerTransport struct{ handler http.Handler }

func (t handlerTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	outer := req.Context()
	if err := outer.Err(); err != nil {
		closeBody(req.Body)
		return nil, err
	}
	inner, err := serverRequest(req)
	if err != nil {
		closeBody(req.Body)
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	inner = inner.WithContext(ctx)
	if req.Body != nil && req.Body != http.NoBody {
		inner.Body = &requestBody{ctx: ctx, body: req.Body}
	}
	reader, writer := io.Pipe()
	w := &responseWriter{request: req, header: http.Header{}, pipe: writer, begun: make(chan *http.Response, 1), declared: -1}
	w.body = &responseBody{PipeReader: reader, cancel: cancel}
	failed := make(chan error, 1)
	stop := context.AfterFunc(outer, func() {
		cancel()
		writer.CloseWithError(outer.Err())
	})
	go func() {
		defer cancel()
		defer stop()
		defer closeBody(req.Body)
		defer func() {
			if v := recover(); v != nil {
				err := fmt.Errorf("the handler panicked: %v\n%s", v, debug.Stack())
				if v == http.ErrAbortHandler {
					err = errors.New("the handler broke off its answer")
				}
				failed <- err
				writer.CloseWithError(fmt.Errorf("%w: %w", io.ErrUnexpectedEOF, err))
			}
		}()
		t.handler.ServeHTTP(w, inner)
		w.WriteHeader(http.StatusOK)
		if w.declared >= 0 && w.written < w.declared && w.bodyAllowed() {
			writer.CloseWithError(io.ErrUnexpectedEOF)
			return
		}
		writer.Close()
	}()
	select {
	case resp := <-w.begun:
		return resp, nil
	case <-outer.Done():
		return nil, outer.Err()
	case err := <-failed:
		select {
		case resp := <-w.begun: // it panicked after the answer had begun
			return resp, nil
		default:
			return nil, err
		}
	}
}

// serverRequest is req as a server would have parsed it.
func serverRequest(req *http.Request) (*http.Request, error) {
	target := req.URL.RequestURI()
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, fmt.Errorf("reading the request line: %w", err)
	}
	host := req.Host
	if host == "" {
		host = req.URL.Host
	}
	in := &http.Request{
		Method: req.Method, URL: u, RequestURI: target, Host: host, RemoteAddr: "127.0.0.1:0",
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: req.Header.Clone(), Body: http.NoBody, ContentLength: req.ContentLength,
	}
	if in.Method == "" {
		in.Method = http.MethodGet
	}
	if in.Header == nil {
		in.Header = http.Header{}
	}
	switch {
	case req.Body == nil || req.Body == http.NoBody:
		in.ContentLength = 0
	case req.ContentLength > 0:
		in.Header.Set("Content-Length", strconv.FormatInt(req.ContentLength, 10))
	default:
		in.ContentLength, in.TransferEncoding = -1, []string{"chunked"}
	}
	return in, nil
}

func closeBody(body io.Closer) {
	if body != nil {
		body.Close()
	}
}

// requestBody ends when the handler or the caller is through, as a connection does.
type requestBody struct {
	ctx  context.Context
	body io.Reader
}

func (b *requestBody) Read(p []byte) (int, error) {
	if b.ctx.Err() != nil {
		return 0, http.ErrBodyReadAfterClose
	}
	return b.body.Read(p)
}

func (b *requestBody) Close() error { return nil } // the round trip closes the caller's body

// responseBody ends the handler's context when it is closed before its end.
type responseBody struct {
	*io.PipeReader
	cancel context.CancelFunc
}

func (b *responseBody) Close() error {
	err := b.PipeReader.Close()
	b.cancel()
	return err
}

type responseWriter struct {
	request  *http.Request
	header   http.Header
	pipe     *io.PipeWriter
	body     io.ReadCloser
	begun    chan *http.Response
	once     sync.Once
	status   int
	declared int64 // Content-Length; -1: none
	written  int64
}

func (w *responseWriter) Header() http.Header { return w.header }

func (w *responseWriter) WriteHeader(status int) {
	if status < 200 {
		return
	}
	w.once.Do(func() {
		w.status = status
		if n, err := strconv.ParseInt(w.header.Get("Content-Length"), 10, 64); err == nil && n >= 0 {
			w.declared = n
		}
		body := w.body
		if !w.bodyAllowed() {
			body = http.NoBody
		}
		w.begun <- &http.Response{
			Status: strconv.Itoa(status) + " " + http.StatusText(status), StatusCode: status,
			Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
			Header: w.header.Clone(), Body: body, ContentLength: w.declared, Request: w.request,
		}
	})
}

func (w *responseWriter) bodyAllowed() bool {
	return w.request.Method != http.MethodHead && w.status != http.StatusNoContent && w.status != http.StatusNotModified
}

func (w *responseWriter) Write(p []byte) (int, error) {
	if w.status == 0 && w.header.Get("Content-Type") == "" && len(p) > 0 {
		w.header.Set("Content-Type", http.DetectContentType(p))
	}
	w.WriteHeader(http.StatusOK)
	switch {
	case w.request.Method == http.MethodHead:
		return len(p), nil
	case !w.bodyAllowed():
		return 0, http.ErrBodyNotAllowed
	case w.declared >= 0 && w.written+int64(len(p)) > w.declared:
		return 0, http.ErrContentLength
	}
	n, err := w.pipe.Write(p)
	w.written += int64(n)
	return n, err
}

// Flush begins the answer; what is written flows anyway.
func (w *responseWriter) Flush() { w.WriteHeader(http.StatusOK) }

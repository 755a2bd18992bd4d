package handlers

import (
	"compress/gzip"
	"context"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// Bounds of files that are made while they are sent.
const (
	downloadTime = 30 * time.Minute // for one
	downloadWait = time.Minute      // for the browser to take what it is sent
	downloads    = 3                // at once; the next ones wait
)

// download answers with a file that write makes while it is sent. What goes wrong before its first byte becomes an error
// page; later the connection is broken off, so that nobody takes a part for the whole.
func (h *Handlers) download(w http.ResponseWriter, r *http.Request, name, mediaType string, write func(context.Context, io.Writer) error) error {
	ctx, cancel := context.WithTimeout(r.Context(), downloadTime)
	defer cancel()
	select {
	case h.downloading <- struct{}{}:
		defer func() { <-h.downloading }()
	case <-ctx.Done():
		return ctx.Err()
	}
	connection := http.NewResponseController(w)
	defer func() { _ = connection.SetWriteDeadline(time.Time{}) }()
	file := &attachment{w: w, connection: connection, name: name, mediaType: mediaType}
	err := error(nil)
	if strings.HasPrefix(mediaType, "text/") && takesGzip(r.Header.Get("Accept-Encoding")) {
		file.packed = true
		packer := gzip.NewWriter(file)
		if err = write(ctx, packer); err == nil {
			err = packer.Close()
		}
	} else {
		err = write(ctx, file)
	}
	if err == nil || !file.begun {
		return err
	}
	if r.Context().Err() == nil {
		h.Log.Warn("a download broke off", "error", err, "path", safePath(r.URL.Path), "request", requestIDOf(r.Context()))
	}
	panic(http.ErrAbortHandler)
}

// attachment says what a file is when its first byte comes.
type attachment struct {
	w               http.ResponseWriter
	connection      *http.ResponseController
	name, mediaType string
	packed, begun   bool
}

func (a *attachment) Write(b []byte) (int, error) {
	if !a.begun {
		a.begun = true
		head := a.w.Header()
		head.Set("Content-Type", a.mediaType)
		head.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.name}))
		head.Set("Cache-Control", "no-store")
		head.Add("Vary", "Accept-Encoding")
		if a.packed {
			head.Set("Content-Encoding", "gzip")
		}
	}
	_ = a.connection.SetWriteDeadline(time.Now().Add(downloadWait))
	return a.w.Write(b)
}

package handlers

import (
	"compress/gzip"
	"net/http"
	"strings"
	"sync"
)

// worthwhile is how long a page is for its compression to pay; shorter ones fit a packet or two anyway.
const worthwhile = 1400

var zippers = sync.Pool{New: func() any { return gzip.NewWriter(nil) }}

// write sends a page that is ready, gzipped for those who take it: lists shrink to a seventh. Live streams and files of
// candidates never come this way. An error means that the browser has gone, which concerns nobody.
func write(w http.ResponseWriter, r *http.Request, status int, body []byte) {
	w.Header().Add("Vary", "Accept-Encoding")
	if len(body) < worthwhile || !takesGzip(r.Header.Get("Accept-Encoding")) {
		w.WriteHeader(status)
		_, _ = w.Write(body)
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	w.WriteHeader(status)
	z := zippers.Get().(*gzip.Writer)
	defer zippers.Put(z)
	z.Reset(w)
	_, _ = z.Write(body)
	_ = z.Close()
}

// takesGzip reads an Accept-Encoding header; a quality of zero is a refusal.
func takesGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, quality, _ := strings.Cut(coding, ";")
		if strings.EqualFold(strings.TrimSpace(name), "gzip") {
			return strings.Trim(strings.ReplaceAll(quality, " ", ""), "0.") != "q="
		}
	}
	return false
}

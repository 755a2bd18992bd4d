package handlers

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestPagesAreCompressed(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<tr><td>Ada</td></tr>", 200)
	for name, c := range map[string]struct {
		accept, body string
		want         bool
	}{
		"a browser":       {"gzip, deflate, br, zstd", long, true},
		"with a quality":  {"br;q=1.0, gzip;q=0.8", long, true},
		"a refusal":       {"gzip;q=0, identity", long, false},
		"a plain client":  {"", long, false},
		"another coding":  {"br", long, false},
		"a short page":    {"gzip", "<p>Ada</p>", false},
		"a long refusal":  {"gzip; q=0.000", long, false},
		"in capitals too": {"GZIP", long, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
			r.Header.Set("Accept-Encoding", c.accept)
			write(w, r, http.StatusUnprocessableEntity, []byte(c.body))
			if w.Code != http.StatusUnprocessableEntity || w.Header().Get("Vary") != "Accept-Encoding" {
				t.Errorf("status %d, Vary %q", w.Code, w.Header().Get("Vary"))
			}
			var in io.Reader = w.Body
			if got := w.Header().Get("Content-Encoding") == "gzip"; got != c.want {
				t.Fatalf("gzip: %v, want %v", got, c.want)
			} else if got {
				if w.Body.Len() > len(c.body)/4 {
					t.Errorf("%d bytes became %d", len(c.body), w.Body.Len())
				}
				var err error
				if in, err = gzip.NewReader(w.Body); err != nil {
					t.Fatal(err)
				}
			}
			if b, err := io.ReadAll(in); err != nil || string(b) != c.body {
				t.Errorf("%d bytes came, %v", len(b), err)
			}
		})
	}
}

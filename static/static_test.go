package static

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func ask(t *testing.T, method, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func TestFilesAreKeptForEverUnderTheirHash(t *testing.T) {
	t.Parallel()
	for name := range assets {
		plain := ask(t, "GET", URL(name))
		body, _ := io.ReadAll(plain.Body)
		if plain.StatusCode != 200 || plain.Header.Get("Cache-Control") != "public, max-age=31536000, immutable" || plain.Header.Get("Content-Type") == "" {
			t.Errorf("%s: %d %v", name, plain.StatusCode, plain.Header)
		}
		zipped := ask(t, "GET", URL(name), "Accept-Encoding", "br, gzip")
		if zipped.Header.Get("Content-Encoding") != "gzip" {
			if len(body) > 2000 {
				t.Errorf("%s is not gzipped", name)
			}
			continue
		}
		zr, err := gzip.NewReader(zipped.Body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if unzipped, _ := io.ReadAll(zr); !bytes.Equal(unzipped, body) {
			t.Errorf("%s is another file when gzipped", name)
		}
	}
}

func TestOtherRequests(t *testing.T) {
	t.Parallel()
	old := ask(t, "GET", "/static/old/app.css")
	if old.StatusCode != 200 || old.Header.Get("Cache-Control") != "no-cache" {
		t.Errorf("an address of an earlier version: %d %s", old.StatusCode, old.Header.Get("Cache-Control"))
	}
	if again := ask(t, "GET", URL("app.css"), "If-None-Match", old.Header.Get("ETag")); again.StatusCode != http.StatusNotModified {
		t.Errorf("asked again: %d", again.StatusCode)
	}
	for path, want := range map[string]int{"/static/x/nothing.css": 404, "/static/x/../static.go": 404, "/static/": 404, "/static/x/src/app.css": 404} {
		if got := ask(t, "GET", path); got.StatusCode != want {
			t.Errorf("%s: %d, want %d", path, got.StatusCode, want)
		}
	}
	if got := ask(t, "GET", URL("app.css"), "Accept-Encoding", "gzip;q=0"); got.Header.Get("Content-Encoding") != "" {
		t.Error("gzip was refused and sent")
	}
}

// What every page loads leaves room for the page itself within 60 kB.
func TestFirstLoadIsSmall(t *testing.T) {
	t.Parallel()
	total := 0
	for _, name := range []string{"app.css", "app.js", "icons.svg", "mark.svg", "favicon.svg", "vendor/htmx.min.js"} {
		a := assets[name]
		size := len(a.zipped)
		if a.zipped == nil {
			size = len(a.plain)
		}
		t.Logf("%s: %d bytes gzip", name, size)
		total += size
	}
	if total > 40_000 {
		t.Errorf("style, scripts and icons are %d bytes gzip, over 40,000", total)
	}
}

func TestNoticesNameWhatIsShipped(t *testing.T) {
	t.Parallel()
	notices := string(assets["vendor/NOTICES"].plain)
	for _, work := range []string{"htmx.org 4.0.1", "basecoat-css 1.0.2", "tailwindcss 4.3.5", "lucide-static 1.62.0", "axe-core 4.14.1"} {
		if !strings.Contains(notices, work) {
			t.Errorf("the notices lack %s", work)
		}
	}
}

// Package static holds the files that browsers fetch (style sheet, scripts, icons, marks) and
// serves them under addresses that change with their content. No templates and no handlers of
// pages belong here.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed *.css *.js *.svg vendor
var files embed.FS

type asset struct {
	hash, mediaType string
	plain, zipped   []byte // zipped is nil where it saves nothing
}

var assets = load()

// URL is the address of a file, as in URL("app.css") or URL("vendor/htmx.min.js"): it carries a
// hash of the content, so a browser may keep the answer for ever. An unknown name panics: it is a
// mistake in the program.
func URL(name string) string {
	a, ok := assets[name]
	if !ok {
		panic(fmt.Sprintf("static: there is no file %q", name))
	}
	return "/static/" + a.hash + "/" + name
}

// Handler serves every file at /static/{hash}/{name}, gzipped for those who take it. A hash that is
// no longer current (a page opened before an upgrade) gets today's file and is told not to keep it.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		hash, name, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/static/"), "/")
		a, ok := assets[name]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", a.mediaType)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		if hash == a.hash {
			h.Set("Cache-Control", "public, max-age=31536000, immutable")
		}
		h.Set("ETag", `"`+a.hash+`"`)
		h.Set("Vary", "Accept-Encoding")
		if strings.Contains(r.Header.Get("If-None-Match"), a.hash) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
		body := a.plain
		if a.zipped != nil && acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body = a.zipped
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		if r.Method == http.MethodGet {
			w.Write(body)
		}
	})
}

func acceptsGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		if coding == "gzip" && strings.ReplaceAll(params, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

func load() map[string]asset {
	found := map[string]asset{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		plain, err := files.ReadFile(name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(plain)
		a := asset{
			hash:      base64.RawURLEncoding.EncodeToString(sum[:9]),
			mediaType: mediaType(name),
			plain:     plain,
		}
		if zipped := compress(plain); len(zipped) < len(plain)*9/10 {
			a.zipped = zipped
		}
		found[name] = a
		return nil
	})
	if err != nil {
		panic(fmt.Sprintf("static: reading the embedded files: %v", err))
	}
	return found
}

func compress(plain []byte) []byte {
	var out bytes.Buffer
	zw, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	zw.Write(plain) // a bytes.Buffer takes every write
	zw.Close()
	return out.Bytes()
}

// mediaType doesn't ask the machine's own tables for the kinds we ship: they differ between systems.
func mediaType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case "":
		return "text/plain; charset=utf-8"
	default:
		return mime.TypeByExtension(ext)
	}
}

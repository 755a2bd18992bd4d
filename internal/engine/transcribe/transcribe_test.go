package transcribe_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/engine/transcribe"
)

var clip = transcribe.Clip{Data: []byte("RIFF\x00\x01\xff voice"), Name: "answer.wav", Type: "audio/wav", Language: "en", Length: 3 * time.Second}

const (
	key = "sk-test-5a1b"

	// spoken stands for what a person said, page for a proxy's page: neither may turn up in an error.
	spoken = "I led the Zanzibar team"
	page   = "<html><body><h1>Bad gateway</h1></body></html>"
)

// serve starts a server that answers every request the same way, after it read the form as real servers do.
func serve(t *testing.T, answer http.HandlerFunc) transcribe.Config {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != "/v1/audio/transcriptions" {
			t.Errorf("asked %s %s", r.Method, r.URL.Path)
		}
		if err := r.ParseMultipartForm(32 << 20); err != nil {
			t.Errorf("reading the form: %v", err)
		}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return transcribe.Config{BaseURL: server.URL + "/v1/", APIKey: key, Model: "whisper-1", HTTPClient: server.Client()}
}

// says is an answer as it stands; headers are "Name: value".
func says(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}
}

func TestTranscribeSendsWhatServersUnderstand(t *testing.T) {
	t.Parallel()
	type file struct{ Name, Type, Data string }
	type sent struct {
		Authorization []string
		Length        bool // is stated, as some servers want it
		Fields        map[string][]string
		Files         map[string]file
	}
	var got sent
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = sent{Authorization: r.Header.Values("Authorization"), Length: r.ContentLength > 0, Fields: r.MultipartForm.Value, Files: map[string]file{}}
		for field, headers := range r.MultipartForm.File {
			f, err := headers[0].Open()
			if err != nil {
				t.Error(err)
				return
			}
			data, _ := io.ReadAll(f)
			got.Files[field] = file{Name: headers[0].Filename, Type: headers[0].Header.Get("Content-Type"), Data: string(data)}
		}
		says(200, "application/json", `{"text":"yes"}`)(w, r)
	})

	for _, c := range []struct {
		name   string
		change func(cfg *transcribe.Config, clip *transcribe.Clip)
		want   sent
	}{
		{
			name:   "everything",
			change: func(*transcribe.Config, *transcribe.Clip) {},
			want: sent{
				Authorization: []string{"Bearer " + key}, Length: true,
				Fields: map[string][]string{"model": {"whisper-1"}, "response_format": {"json"}, "language": {"en"}},
				Files:  map[string]file{"file": {Name: "answer.wav", Type: "audio/wav", Data: string(clip.Data)}},
			},
		},
		{
			name: "no key, no language, a browser's type",
			change: func(cfg *transcribe.Config, clip *transcribe.Clip) {
				cfg.APIKey, clip.Language, clip.Name, clip.Type = "", "", `an "answer".webm`, "audio/webm;codecs=opus"
			},
			want: sent{
				Length: true,
				Fields: map[string][]string{"model": {"whisper-1"}, "response_format": {"json"}},
				Files:  map[string]file{"file": {Name: `an "answer".webm`, Type: "audio/webm; codecs=opus", Data: string(clip.Data)}},
			},
		},
		{
			name: "a type that would add a line",
			change: func(_ *transcribe.Config, clip *transcribe.Clip) {
				clip.Type = "audio/wav\r\nContent-Disposition: form-data; name=\"model\""
			},
			want: sent{
				Authorization: []string{"Bearer " + key}, Length: true,
				Fields: map[string][]string{"model": {"whisper-1"}, "response_format": {"json"}, "language": {"en"}},
				Files:  map[string]file{"file": {Name: "answer.wav", Type: "application/octet-stream", Data: string(clip.Data)}},
			},
		},
	} {
		cfg, clip := cfg, clip
		c.change(&cfg, &clip)
		client := transcribe.New(cfg)
		if text, err := client.Transcribe(t.Context(), clip); err != nil || text != "yes" || client.Model() != "whisper-1" {
			t.Errorf("%s: %q from %s, %v", c.name, text, client.Model(), err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: sent (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestTranscribeReadsTexts(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a long answer ", 70_000) + "ends"
	for name, c := range map[string]struct{ contentType, body, want string }{
		"whisper.cpp":        {"application/json", "{\"text\":\" I led the team.\\n And then it grew.\\n\"}\n", "I led the team.\n And then it grew."},
		"verbose":            {"application/json", `{"task":"transcribe","duration":1.5,"text":"yes","segments":[{"id":0,"text":"yes"}]}`, "yes"},
		"JSON called text":   {"text/plain; charset=utf-8", `{"text":"yes"}`, "yes"},
		"silence":            {"application/json", `{"text":""}`, ""},
		"space":              {"application/json", `{"text":" \n"}`, ""},
		"control characters": {"application/json", "{\"text\":\"a\\u0000b\\u001b[1m c\\td \xff\\ud800 é\"}", "ab[1m c\td  é"},
		"almost a megabyte":  {"application/json", `{"text":"` + long + `"}`, long},
	} {
		text, err := transcribe.New(serve(t, says(200, c.contentType, c.body))).Transcribe(t.Context(), clip)
		if diff := cmp.Diff(c.want, text); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got)\n%s", name, err, diff)
		}
	}
}

func TestTranscribeBadDays(t *testing.T) {
	t.Parallel()
	openAI := func(message string) string {
		return `{"error":{"message":"` + message + `","type":"invalid_request_error","param":null,"code":null}}`
	}
	for _, c := range []struct {
		name    string
		answer  http.HandlerFunc
		says    string // the whole error
		refused bool
		after   time.Duration
	}{
		{name: "400 as whisper.cpp says it", answer: says(400, "text/plain", "no 'file' field in the request"), says: "the server answered 400", refused: true},
		{name: "400 with a reason", answer: says(400, "application/json", openAI("Audio file is too short.")), says: "the server answered 400: Audio file is too short.", refused: true},
		{name: "401", answer: says(401, "application/json", openAI("Incorrect API key provided: sk-t**5a1b.")), says: "the server answered 401", refused: true},
		{name: "403 that repeats the key", answer: says(403, "application/json", openAI("No access with "+key)), says: "the server answered 403: No access with (key)", refused: true},
		{name: "404 of FastAPI", answer: says(404, "application/json", `{"detail":"Not Found"}`), says: "the server answered 404: Not Found", refused: true},
		{name: "404 of vLLM", answer: says(404, "application/json", `{"object":"error","message":"The model does not exist.","code":404}`),
			says: "the server answered 404: The model does not exist.", refused: true},
		{name: "413 of a proxy", answer: says(413, "text/html", page), says: "the server answered 413", refused: true},
		{name: "422 that repeats what was sent", answer: says(422, "application/json", `{"detail":[{"loc":["body"],"input":"`+spoken+`"}]}`),
			says: "the server answered 422", refused: true},
		{name: "408", answer: says(408, "text/plain", ""), says: "the server answered 408"},
		{name: "409", answer: says(409, "text/plain", ""), says: "the server answered 409"},
		{name: "429 with seconds", answer: says(429, "application/json", openAI("Slow\\n down"), "Retry-After: 7"), says: "the server answered 429: Slow down", after: 7 * time.Second},
		{name: "429 with a date gone by", answer: says(429, "text/plain", "", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"), says: "the server answered 429"},
		{name: "429 with nonsense", answer: says(429, "text/plain", "", "Retry-After: NaN"), says: "the server answered 429"},
		{name: "500 as whisper.cpp says it", answer: says(500, "application/json", `{"error":"FFmpeg conversion failed."}`), says: "the server answered 500: FFmpeg conversion failed."},
		{name: "500 that talks on", answer: says(500, "application/json", openAI(strings.Repeat("x", 500))), says: "the server answered 500: " + strings.Repeat("x", 200) + "…"},
		{name: "502", answer: says(502, "text/html", page), says: "the server answered 502"},
		{name: "503 while it loads", answer: says(503, "application/json", `{"error":{"message":"Loading model","code":503}}`, "Retry-After: 1.5"),
			says: "the server answered 503: Loading model", after: 1500 * time.Millisecond},
		{name: "HTML with 200", answer: says(200, "text/html", page), says: `the server's answer is not the JSON asked for, or not all of it (46 bytes, type "text/html")`},
		{name: "text with 200", answer: says(200, "text/plain", spoken), says: `the server's answer is not the JSON asked for, or not all of it (23 bytes, type "text/plain")`},
		{name: "cut JSON", answer: says(200, "application/json", `{"text":"`+spoken), says: `the server's answer is not the JSON asked for, or not all of it (32 bytes, type "application/json")`},
		{name: "JSON and more", answer: says(200, "application/json", `{"text":"`+spoken+`"}`+page), says: `the server's answer is not the JSON asked for, or not all of it (80 bytes, type "application/json")`},
		{name: "a string", answer: says(200, "application/json", `"`+spoken+`"`), says: `the server's answer is not the JSON asked for, or not all of it (25 bytes, type "application/json")`},
		{name: "nothing", answer: says(204, "application/json", ""), says: `the server's answer is not the JSON asked for, or not all of it (0 bytes, type "application/json")`},
		{name: "no text", answer: says(200, "application/json", `{"segments":[{"text":"`+spoken+`"}]}`), says: "the server's answer has no text"},
		{name: "null", answer: says(200, "application/json", `{"text":null}`), says: "the server's answer has no text"},
		{name: "an error with 200", answer: says(200, "application/json", `{"error":"failed to process audio"}`), says: "the server's answer has no text: failed to process audio"},
		{name: "2 MiB", answer: says(200, "application/json", `{"text":"`+strings.Repeat("x", 2<<20)+`"}`), says: "the server's answer is over 1048576 bytes"},
		{name: "2 MiB that fail", answer: says(500, "application/json", `{"error":"`+strings.Repeat("x", 2<<20)+`"}`), says: "the server answered 500"},
		{name: "a connection that closes", answer: func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, says: "no answer: EOF"},
		{name: "a connection that breaks", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			fmt.Fprint(w, `{"text":"`+spoken)
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}, says: "reading the server's answer: unexpected EOF"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text, err := transcribe.New(serve(t, c.answer)).Transcribe(t.Context(), clip)
			if text != "" || err == nil || err.Error() != "transcribing: "+c.says {
				t.Errorf("%q, error %v; want %q", text, err, c.says)
			}
			if errors.Is(err, transcribe.ErrRefused) != c.refused {
				t.Errorf("refused is %v: %v", !c.refused, err)
			}
			if after := transcribe.RetryAfter(err); after != c.after {
				t.Errorf("retry after %s, want %s", after, c.after)
			}
		})
	}
}

func TestRetryAfterADate(t *testing.T) {
	t.Parallel()
	at := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	_, err := transcribe.New(serve(t, says(429, "text/plain", "", "Retry-After: "+at))).Transcribe(t.Context(), clip)
	if after := transcribe.RetryAfter(err); after <= 50*time.Minute || after > time.Hour {
		t.Errorf("retry after %s: %v", after, err)
	}
	if after := transcribe.RetryAfter(nil); after != 0 {
		t.Errorf("without an error: %s", after)
	}
}

func TestTranscribeSendsNothingThatCannotBeTaken(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		says(200, "application/json", `{"text":"yes"}`)(w, r)
	})
	for says, data := range map[string][]byte{
		"transcribing: refused: the clip is empty":                                  nil,
		"transcribing: refused: the clip has 25165825 bytes, 25165824 are the most": make([]byte, transcribe.MaxBytes+1),
	} {
		clip := clip
		clip.Data = data
		if _, err := transcribe.New(cfg).Transcribe(t.Context(), clip); !errors.Is(err, transcribe.ErrRefused) || err.Error() != says {
			t.Errorf("%v, want %q", err, says)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the server was asked %d times", n)
	}

	largest := clip
	largest.Data = bytes.Repeat([]byte{7}, transcribe.MaxBytes)
	if text, err := transcribe.New(cfg).Transcribe(t.Context(), largest); err != nil || text != "yes" {
		t.Errorf("the largest clip: %q, %v", text, err)
	}
}

func TestTranscribeFollowsNoRedirect(t *testing.T) {
	t.Parallel()
	var visits atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits.Add(1)
		says(200, "application/json", `{"text":"yes"}`)(w, r)
	}))
	t.Cleanup(elsewhere.Close)
	for _, status := range []int{301, 302, 303, 307, 308} {
		cfg := serve(t, says(status, "text/html", page, "Location: "+elsewhere.URL+"/v1/audio/transcriptions"))
		want := fmt.Sprintf("transcribing: the server answered %d: it points elsewhere, which is not followed", status)
		if text, err := transcribe.New(cfg).Transcribe(t.Context(), clip); err == nil || err.Error() != want {
			t.Errorf("%d: %q, %v", status, text, err)
		}
		if cfg.HTTPClient.CheckRedirect != nil {
			t.Error("the caller's client was changed")
		}
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d requests went elsewhere", n)
	}
}

func TestTranscribeStopsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"no answer": "", "half an answer": `{"text":"` + spoken} {
		ctx, cancel := context.WithCancel(t.Context())
		cfg := serve(t, func(w http.ResponseWriter, r *http.Request) {
			if begin != "" {
				fmt.Fprint(w, begin)
				w.(http.Flusher).Flush()
			}
			cancel()
			<-r.Context().Done()
		})
		_, err := transcribe.New(cfg).Transcribe(ctx, clip)
		if !errors.Is(err, context.Canceled) || errors.Is(err, transcribe.ErrRefused) || strings.Contains(err.Error(), spoken) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// silent is a connection on which nothing ever comes back.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func TestTranscribeTimesOut(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]time.Duration{
		0:                time.Minute,
		20 * time.Second: time.Minute,
		5 * time.Minute:  10 * time.Minute,
	} {
		synctest.Test(t, func(t *testing.T) {
			clip := clip
			clip.Length = length
			client := transcribe.New(transcribe.Config{BaseURL: "http://server/v1", HTTPClient: &http.Client{Transport: silent{}, Timeout: time.Second}})
			start := time.Now()
			_, err := client.Transcribe(t.Context(), clip)
			if took := time.Since(start); took != want || !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, transcribe.ErrRefused) {
				t.Errorf("a clip of %s: %v after %s, want %s", length, err, took, want)
			}
		})
	}
}

func TestTranscribeWithoutServer(t *testing.T) {
	t.Parallel()
	_, err := transcribe.New(transcribe.Config{BaseURL: "http://me:hush@127.0.0.1:1/v1?k=hush", Model: "m"}).Transcribe(t.Context(), clip)
	if err == nil || errors.Is(err, transcribe.ErrRefused) || !strings.Contains(err.Error(), "connection refused") || strings.Contains(err.Error(), "hush") {
		t.Errorf("nobody listens: %v", err)
	}

	_, err = transcribe.New(transcribe.Config{BaseURL: "http://me:hush@host:port/v1"}).Transcribe(t.Context(), clip)
	if !errors.Is(err, transcribe.ErrRefused) || strings.Contains(err.Error(), "hush") {
		t.Errorf("an address that can't be read: %v", err)
	}

	_, err = transcribe.New(transcribe.Config{BaseURL: "http://127.0.0.1:1/v1", APIKey: "sk-\nline"}).Transcribe(t.Context(), clip)
	if err == nil || strings.Contains(err.Error(), "line") {
		t.Errorf("a key that can't be sent: %v", err)
	}
}

func TestTranscribeAmongStrangers(t *testing.T) {
	t.Parallel()
	for name, greeting := range map[string]string{
		"another protocol": spoken + "\r\n",
		"a bad header":     "HTTP/1.1 200 OK\r\n" + spoken + "\r\n\r\n",
	} {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { listener.Close() })
		go func() {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			defer connection.Close()
			if r, err := http.ReadRequest(bufio.NewReader(connection)); err == nil {
				io.Copy(io.Discard, r.Body)
			}
			io.WriteString(connection, greeting)
		}()
		_, err = transcribe.New(transcribe.Config{BaseURL: "http://" + listener.Addr().String() + "/v1"}).Transcribe(t.Context(), clip)
		if err == nil || err.Error() != "transcribing: no answer: the server does not speak HTTP" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

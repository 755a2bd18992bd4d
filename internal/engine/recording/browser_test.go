package recording

import (
	"bytes"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"greenroom/internal/testbrowser"
)

var record = flag.Bool("record", false, "records testdata anew, in Chromium")

// fixtures are what -record plays to Chromium's microphone. All of it is generated, so it belongs to nobody.
var fixtures = []struct {
	name     string
	seconds  float64
	channels int
	sound    func(t float64) float64
}{
	{"spoken", 12, 1, func(t float64) float64 {
		for _, s := range spoken {
			if t >= s[0] && t < s[1] {
				return voice(t) + hiss(-60)
			}
		}
		return hiss(-60)
	}},
	{"hiss", 4, 1, func(float64) float64 { return hiss(-45) }},
	{"silent", 4, 1, func(float64) float64 { return 0 }},
	{"stereo", 3, 2, voice},
}

// spoken are the seconds from and to which somebody seems to speak in testdata/spoken.webm, as far as the recorder
// begins when the sound does.
var spoken = [][2]float64{{1, 4}, {5.5, 7.5}, {9, 11}}

// voice is a buzz of 40 harmonics in syllables, to a detector as good as a vowel.
func voice(t float64) (v float64) {
	pitch := 2 * math.Pi * (120*t - 2*math.Cos(2*math.Pi*1.5*t))
	for h := 1.0; h <= 40; h++ {
		f := 120 * h
		v += math.Sin(h*pitch) * (math.Exp(-sq((f-600)/300)) + 0.4*math.Exp(-sq((f-1700)/400)) + 0.02)
	}
	return 0.1 * v * (0.6 - 0.4*math.Cos(2*math.Pi*4*t))
}

func sq(x float64) float64 { return x * x }

func hiss(level float64) float64 { return math.Pow(10, level/20) * rand.NormFloat64() }

func TestRecord(t *testing.T) {
	if !*record {
		t.Skip("-record records testdata")
	}
	for _, f := range fixtures {
		const rate = 48000
		samples := int(f.seconds * rate)
		wav := appendWAVHeader(nil, rate, samples)
		for i := range samples {
			v := max(-1, min(f.sound(float64(i)/rate), 1))
			wav = binary.LittleEndian.AppendUint16(wav, uint16(int16(v*math.MaxInt16)))
		}
		microphone := filepath.Join(t.TempDir(), "microphone.wav")
		if err := os.WriteFile(microphone, wav, 0o600); err != nil {
			t.Fatal(err)
		}
		ctx := browser(t, chromedp.Flag("use-fake-ui-for-media-stream", true), chromedp.Flag("use-fake-device-for-media-stream", true),
			chromedp.Flag("use-file-for-fake-audio-capture", microphone+"%noloop"))
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("<title>Recorder</title>")) }))
		defer server.Close()
		type recorded struct {
			Type  string
			Parts [][]byte
		}
		if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
			t.Fatal(err)
		}
		got, err := chromedp.Run(ctx, chromedp.Evaluate[recorded](fmt.Sprintf(`(async () => {
			const stream = await navigator.mediaDevices.getUserMedia({audio: {channelCount: %d, echoCancellation: false, noiseSuppression: false, autoGainControl: false}})
			const recorder = new MediaRecorder(stream, {mimeType: 'audio/webm;codecs=opus', audioBitsPerSecond: 24000})
			const parts = []
			recorder.ondataavailable = (e) => e.data.size && parts.push(e.data)
			const stopped = new Promise((done) => recorder.onstop = done)
			recorder.start(2000)
			await new Promise((done) => setTimeout(done, %d))
			recorder.stop()
			await stopped
			const base64 = (part) => new Promise((done) => {
				const reader = new FileReader()
				reader.onload = () => done(reader.result.split(',')[1])
				reader.readAsDataURL(part)
			})
			return {Type: recorder.mimeType, Parts: await Promise.all(parts.map(base64))}
		})()`, f.channels, int(f.seconds*1000)), chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(err)
		}
		var whole []byte
		var sizes strings.Builder
		for _, part := range got.Parts {
			whole = append(whole, part...)
			fmt.Fprintln(&sizes, len(part))
		}
		t.Logf("%s: %s, %d bytes in %d parts", f.name, got.Type, len(whole), len(got.Parts))
		if err := os.WriteFile("testdata/"+f.name+".webm", whole, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile("testdata/"+f.name+".parts", []byte(sizes.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// browser starts Chromium with more options.
func browser(t *testing.T, more ...chromedp.ExecAllocatorOption) context.Context {
	t.Helper()
	path := testbrowser.Path(t, os.Getenv("E2E") == "required")
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("autoplay-policy", "no-user-gesture-required"))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), append(options, more...)...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() { chromedp.Cancel(ctx); cancel() })
	ctx, cancel = context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// TestBrowserSeeks plays what WebM writes: the recorder's own bytes have no duration, and seek only by being read.
func TestBrowserSeeks(t *testing.T) {
	t.Parallel()
	raw, _ := fixture(t, "spoken")
	whole := mustRead(t, raw)
	interrupted := film{}.interrupted(whole)
	files := map[string][]byte{"/whole": whole.WebM(), "/interrupted": mustRead(t, interrupted).WebM()}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if files[r.URL.Path] == nil {
			fmt.Fprint(w, "<title>Player</title>")
			return
		}
		w.Header().Set("Content-Type", "audio/webm")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(files[r.URL.Path]))
	}))
	t.Cleanup(server.Close)
	ctx := browser(t)
	if err := chromedp.Do(ctx, chromedp.Navigate(server.URL)); err != nil {
		t.Fatal(err)
	}
	for path, duration := range map[string]float64{"/whole": 12, "/interrupted": 14} {
		got, err := chromedp.Run(ctx, chromedp.Evaluate[struct{ Duration, Seekable, At, Ended float64 }](fmt.Sprintf(`(async () => {
			const audio = new Audio(%q)
			const event = (name) => new Promise((done, failed) => { audio['on' + name] = done; audio.onerror = () => failed(audio.error) })
			await event('loadedmetadata')
			const found = {Duration: audio.duration, Seekable: audio.seekable.end(0)}
			audio.currentTime = audio.duration - 1.5
			await event('seeked')
			found.At = audio.currentTime
			audio.playbackRate = 8
			const ended = event('ended')
			await audio.play()
			await ended
			found.Ended = audio.currentTime
			return found
		})()`, path), chromedp.EvalAwaitPromise))
		if err != nil {
			t.Fatal(path, err)
		}
		for name, off := range map[string]float64{"duration": got.Duration - duration, "seekable": got.Seekable - duration, "position": got.At - (duration - 1.5), "end": got.Ended - duration} {
			if math.Abs(off) > 0.02 {
				t.Errorf("%s: the %s is off by %.3f s: %+v", path, name, off, got)
			}
		}
	}
}

// interrupted is a recording of which the second half comes an hour late.
func (f film) interrupted(a *Audio) []byte {
	f.private = a.head.bytes()
	out := f.head()
	var at time.Duration
	for i, packet := range a.packets {
		if i == len(a.packets)/2 {
			at += time.Hour
		}
		out.cluster(uint64(at.Milliseconds()))
		out.block(0, 0x80, packet)
		at += packetLength(packet)
	}
	return out
}

package recording

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// fixture is a recording that Chromium made, or Firefox where it says so, and the sizes of the parts in which it came.
func fixture(t testing.TB, name string) (raw []byte, parts []int) {
	t.Helper()
	raw, err := os.ReadFile("testdata/" + name + ".webm")
	if err != nil {
		t.Fatal(err)
	}
	sizes, err := os.ReadFile("testdata/" + name + ".parts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(sizes)) {
		var size int
		if _, err := fmt.Sscan(line, &size); err != nil {
			t.Fatal(err)
		}
		parts = append(parts, size)
	}
	return raw, parts
}

func mustRead(t testing.TB, raw []byte) *Audio {
	t.Helper()
	a, err := Read(raw)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// sameAudio compares what is heard, bytes and all.
func sameAudio(t testing.TB, got, want *Audio) {
	t.Helper()
	if got.Duration() != want.Duration() {
		t.Errorf("lasts %s, not %s", got.Duration(), want.Duration())
	}
	if got.head != want.head {
		t.Errorf("head %+v, not %+v", got.head, want.head)
	}
	if len(got.packets) != len(want.packets) {
		t.Fatalf("%d packets, not %d", len(got.packets), len(want.packets))
	}
	for i := range got.packets {
		if !bytes.Equal(got.packets[i], want.packets[i]) {
			t.Fatalf("packet %d differs", i)
		}
	}
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name             string
		duration, speech time.Duration
		least, most      int // of the loudest part's peak
	}{
		{"spoken", 12 * time.Second, 7060 * time.Millisecond, 60, 80}, // truth: 7 s
		{"stereo", 3 * time.Second, 2880 * time.Millisecond, 60, 80},
		{"firefox", 4220 * time.Millisecond, 2 * time.Second, 60, 80}, // the second utterance of spoken
		{"hiss", 3960 * time.Millisecond, 0, 5, 15},
		{"silent", 3960 * time.Millisecond, 0, 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			raw, _ := fixture(t, c.name)
			a := mustRead(t, raw)
			m, err := a.Measure(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if a.Duration() != c.duration {
				t.Errorf("lasts %s, not %s", a.Duration(), c.duration)
			}
			if off := m.Speech - c.speech; off.Abs() > 100*time.Millisecond {
				t.Errorf("%s of speech, not about %s", m.Speech, c.speech)
			}
			if len(m.Peaks) != Parts {
				t.Fatalf("%d peaks", len(m.Peaks))
			}
			loudest := 0
			for _, p := range m.Peaks {
				loudest = max(loudest, p)
			}
			if loudest < c.least || loudest > c.most {
				t.Errorf("the loudest part is at %d: %v", loudest, m.Peaks)
			}
		})
	}
}

// TestPeaksFollowTheSound compares peaks with the times at which the voice is heard.
func TestPeaksFollowTheSound(t *testing.T) {
	t.Parallel()
	raw, _ := fixture(t, "spoken")
	m, err := mustRead(t, raw).Measure(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i, peak := range m.Peaks {
		from, to := float64(i)*12/Parts, float64(i+1)*12/Parts
		inside, outside := false, true
		for _, s := range spoken {
			inside = inside || from >= s[0]+0.1 && to <= s[1]-0.1
			outside = outside && (to <= s[0]-0.1 || from >= s[1]+0.1)
		}
		if inside && peak < 30 || outside && peak > 10 {
			t.Errorf("%.1f–%.1f s is at %d", from, to, peak)
		}
	}
}

func TestReadTakesWhatCameWhole(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"spoken", "silent", "firefox"} {
		raw, parts := fixture(t, name)
		whole := mustRead(t, raw)
		var cuts []int
		for i := range 50 {
			cuts = append(cuts, len(raw)*i/50)
		}
		at := 0
		for _, part := range parts {
			at += part
			cuts = append(cuts, at-1, at)
		}
		if at != len(raw) {
			t.Fatalf("%s: parts of %d bytes in all, not %d", name, at, len(raw))
		}
		for _, cut := range cuts {
			a, err := Read(raw[:cut])
			// The first packet ends before byte 400 in all of them.
			if err != nil {
				if cut > 400 || !errors.Is(err, ErrFormat) {
					t.Errorf("%s cut at %d: %v", name, cut, err)
				}
				continue
			}
			want := &Audio{head: whole.head}
			for _, packet := range whole.packets[:len(a.packets)] {
				want.add(packet)
			}
			sameAudio(t, a, want)
			if missing := len(raw) - cut; len(whole.packets)-len(a.packets) > missing/8+1 {
				t.Errorf("%s cut at %d: %d of %d packets", name, cut, len(a.packets), len(whole.packets))
			}
		}
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	packet := []byte{0xF8, 1, 2, 3}
	for _, c := range []struct {
		name, says string
		raw        []byte
	}{
		{"nothing", "no bytes", nil},
		{"MP4", "MP4", []byte("\x00\x00\x00\x20ftypiso5....")},
		{"Ogg", "Ogg", []byte("OggS\x00\x02")},
		{"WAV", "WAV", appendWAVHeader(nil, 16000, 0)},
		{"text", "unknown bytes", []byte("<!doctype html>")},
		{"a first part that was cut short", "no track", []byte{0x1A, 0x45, 0xDF, 0xA3, 0x9F}},
		{"Matroska", "document of type", film{document: "matroska"}.with(0, packet)},
		{"no packets", "no audio", film{}.with(0)},
		{"only packets without Opus", "no audio", film{}.with(0, nil, []byte{0xFF}, []byte{0xFB, 0}, []byte{0xFB, 49})},
		{"another track's packets", "no audio", film{number: 2}.with(0, packet)},
		{"video", "not audio", film{kind: 1}.with(0, packet)},
		{"two tracks", "more than one track", film{tracks: 2}.with(0, packet)},
		{"Vorbis", `codec "A_VORBIS"`, film{codec: "A_VORBIS"}.with(0, packet)},
		{"a codec without an end", `codec "AAAAAAAAAAAAAAAAAAAA"`, film{codec: strings.Repeat("A", 1000)}.with(0, packet)},
		{"no Opus header", "no Opus header", film{private: []byte("OpusHead")}.with(0, packet)},
		{"surround", "6 channels", film{private: []byte("OpusHead\x01\x06\x00\x00\x80\xbb\x00\x00\x00\x00\x01")}.with(0, packet)},
		{"compressed", "compressed", film{packed: true}.with(0, packet)},
		{"lacing", "several packets in a block", film{flags: 0x06}.with(0, packet)},
		{"two recordings", "a second recording", append(film{}.with(0, packet), film{}.with(0, packet)...)},
		{"no id", "damaged at byte", append(film{}.with(0, packet), 0, 0)},
		{"an id of five bytes", "damaged at byte", append(film{}.with(0, packet), 8, 1, 2, 3, 4, 0x80)},
		{"a leaf of unknown size", "damaged at byte", append(film{}.with(0, packet), idSimpleBlock, 0xFF)},
		{"a size beyond all that follows", "damaged at byte", append(append(film{}.with(0, packet), idSimpleBlock, 1, 0, 0xFF, 0, 0, 0, 0, 0), make([]byte, largestBlock)...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(c.raw)
			if !errors.Is(err, ErrFormat) || !strings.Contains(fmt.Sprint(err), c.says) {
				t.Errorf("%v, without %q", err, c.says)
			}
			if len(fmt.Sprint(err)) > 120 {
				t.Errorf("the error repeats what it read: %v", err)
			}
		})
	}
}

func TestReadPassesOverWhatItDoesNotKnow(t *testing.T) {
	t.Parallel()
	packet := []byte{0xF8, 1, 2, 3}
	raw := film{}.with(0, packet)
	raw = append(raw, 0xEC, 0x83, 0xA3, 0x81, 0x00)             // Void, with what looks like a block
	raw = append(raw, 0x12, 0x54, 0xC3, 0x67, 0x82, 0x67, 0xC8) // Tags
	raw = append(raw, 0xA0, 0x8A, 0xA1, 0x88, 0x81, 0, 20, 0)   // a group with a block
	raw = append(raw, packet...)
	a := mustRead(t, raw)
	if len(a.packets) != 2 || a.Duration() != 40*time.Millisecond {
		t.Errorf("%d packets, %s", len(a.packets), a.Duration())
	}
}

func TestPacketLength(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		packet string
		want   time.Duration
	}{
		{"", 0},
		{"\x00", 10 * time.Millisecond},
		{"\x18", 60 * time.Millisecond},
		{"\x19", 120 * time.Millisecond},
		{"\x60", 10 * time.Millisecond},
		{"\x78", 20 * time.Millisecond},
		{"\x80", 2500 * time.Microsecond},
		{"\xf8", 20 * time.Millisecond},
		{"\xfa", 40 * time.Millisecond},
		{"\xff\x03", 60 * time.Millisecond},
		{"\xff", 0},
		{"\xff\x00", 0},
		{"\xff\x06", 120 * time.Millisecond},
		{"\xff\x07", 0},
		{"\x1b\x03", 0},
		{"\x83\x30", 120 * time.Millisecond},
	} {
		if got := packetLength([]byte(c.packet)); got != c.want {
			t.Errorf("%x lasts %s, not %s", c.packet, got, c.want)
		}
	}
}

func TestDecodingStops(t *testing.T) {
	t.Parallel()
	raw, _ := fixture(t, "spoken")
	a := mustRead(t, raw)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := a.Measure(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("measuring: %v", err)
	}
	if _, err := a.WAV(ctx, 1<<20); !errors.Is(err, context.Canceled) {
		t.Errorf("writing WAV: %v", err)
	}
}

// TestDamagedPackets has every third packet or two of three replaced by what can't be decoded.
func TestDamagedPackets(t *testing.T) {
	t.Parallel()
	raw, _ := fixture(t, "spoken")
	for _, c := range []struct {
		bad  int // of three
		want error
	}{{1, nil}, {2, ErrFormat}} {
		a := mustRead(t, bytes.Clone(raw))
		for i, packet := range a.packets {
			if i%3 < c.bad {
				a.packets[i] = []byte{packet[0]&^3 | 3, 3 | 0x40, 0xFF} // padding that is longer than the packet
			}
		}
		m, err := a.Measure(t.Context())
		if !errors.Is(err, c.want) {
			t.Errorf("%d of three: %v, not %v", c.bad, err, c.want)
		}
		if err == nil && m.Speech < 5*time.Second {
			t.Errorf("%d of three: %s of speech", c.bad, m.Speech)
		}
	}
}

func TestWAV(t *testing.T) {
	t.Parallel()
	raw, _ := fixture(t, "spoken")
	a := mustRead(t, raw)
	const size = 44 + 12*16000*2
	if _, err := a.WAV(t.Context(), size-1); !errors.Is(err, ErrTooLong) {
		t.Errorf("a byte less than it takes: %v", err)
	}
	wav, err := a.WAV(t.Context(), size)
	if err != nil {
		t.Fatal(err)
	}
	if len(wav) != size || cap(wav) != size {
		t.Fatalf("%d bytes in room for %d, not %d", len(wav), cap(wav), size)
	}
	header := "RIFF\x24\xdc\x05\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data\x00\xdc\x05\x00"
	if diff := cmp.Diff(header, string(wav[:44])); diff != "" {
		t.Errorf("header:\n%s", diff)
	}
	loudest := func(from, to float64) (peak int) {
		for i := 44 + 2*int(from*16000); i < 44+2*int(to*16000); i += 2 {
			peak = max(peak, int(int16(uint16(wav[i])|uint16(wav[i+1])<<8)))
		}
		return peak
	}
	if speech, pause := loudest(1.5, 2.5), loudest(4.2, 5.3); speech < 8000 || speech > 25000 || pause > 300 {
		t.Errorf("speech peaks at %d, the pause after it at %d", speech, pause)
	}
}

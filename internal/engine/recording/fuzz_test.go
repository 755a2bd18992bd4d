package recording

import (
	"testing"
	"time"
)

// FuzzRead takes bytes that claim to be a recording through everything that is done with one. Go minimizes for a
// minute whatever it finds, which is all that it does then: run it with -fuzzminimizetime 10x.
func FuzzRead(f *testing.F) {
	for _, fixed := range fixtures {
		raw, parts := fixture(f, fixed.name)
		f.Add(raw[:min(parts[0], 1000)])
	}
	f.Add(film{}.with(0, []byte{0xF8, 1, 2, 3}, []byte{0x83, 0x30}, []byte{0x18, 9}, []byte{0x70, 7, 7, 7, 7}))
	f.Add(film{scale: 1 << 40}.with(1<<60, []byte{0xFF, 3, 0xFF, 0xFE}, silence))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, err := Read(raw)
		if err != nil {
			if a != nil {
				t.Error("an error and audio")
			}
			return
		}
		if a.Duration() <= 0 || a.Duration() > Longest {
			t.Errorf("lasts %s", a.Duration())
		}
		again, err := Read(a.WebM())
		if err != nil {
			t.Fatalf("what WebM writes can't be read: %v", err)
		}
		sameAudio(t, again, a)
		if a.Duration() > time.Minute {
			return // the rest would only take long
		}
		m, err := a.Measure(t.Context())
		if err != nil {
			return
		}
		if m.Speech < 0 || m.Speech > a.Duration()+20*time.Millisecond {
			t.Errorf("%s of speech in %s", m.Speech, a.Duration())
		}
		for _, peak := range m.Peaks {
			if peak < 0 || peak > 100 {
				t.Errorf("a peak at %d", peak)
			}
		}
		wav, err := a.WAV(t.Context(), 1<<24)
		if err != nil || len(wav) != 44+2*a.samples(16000) {
			t.Errorf("%d bytes of WAV for %s: %v", len(wav), a.Duration(), err)
		}
	})
}

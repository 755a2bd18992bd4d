package recording

import (
	"bytes"
	"testing"
)

// BenchmarkRecording does to a recording of 10 min what is done when one has come, in one goroutine.
func BenchmarkRecording(b *testing.B) {
	raw, _ := fixture(b, "spoken")
	short := mustRead(b, raw)
	long := &Audio{head: short.head, packets: nil}
	for range 50 {
		for _, packet := range short.packets {
			long.add(packet)
		}
	}
	raw = long.WebM()
	for _, step := range []struct {
		name string
		do   func() error
	}{
		{"Read", func() error { _, err := Read(raw); return err }},
		{"WebM", func() error { long.WebM(); return nil }},
		{"Measure", func() error { _, err := long.Measure(b.Context()); return err }},
		{"WAV", func() error { _, err := long.WAV(b.Context(), 1<<30); return err }},
		{"all", func() error {
			a, err := Read(bytes.Clone(raw))
			if err != nil {
				return err
			}
			a.WebM()
			_, err = a.Measure(b.Context())
			return err
		}},
	} {
		b.Run(step.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := step.do(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N)/long.Duration().Seconds()*1e6, "µs/audio-s")
		})
	}
}

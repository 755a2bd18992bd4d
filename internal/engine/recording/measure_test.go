package recording

import (
	"testing"
	"time"
)

// run is so many frames of 20 ms at a level in dBFS.
type run struct {
	frames int
	level  float32
}

func TestSpeech(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, c := range []struct {
		name string
		runs []run
		want time.Duration
	}{
		{"nothing", nil, 0},
		{"silence", []run{{500, -120}}, 0},
		{"noise", []run{{250, -40}, {250, -44}}, 0},
		{"one utterance", []run{{100, -60}, {100, -20}, {100, -60}}, 2000 * ms},
		{"a pause of 200 ms belongs to it", []run{{100, -60}, {50, -20}, {10, -60}, {50, -20}, {100, -60}}, 2200 * ms},
		{"a pause of 400 ms does not", []run{{100, -60}, {50, -20}, {20, -60}, {50, -20}, {100, -60}}, 2000 * ms},
		{"until the last moment", []run{{100, -60}, {100, -20}}, 2000 * ms},
		{"a click", []run{{100, -60}, {3, -10}, {100, -60}}, 0},
		{"somebody quiet", []run{{100, -68}, {100, -54}, {100, -68}}, 2000 * ms},
		{"breath under loud speech", []run{{100, -120}, {100, -10}, {100, -50}}, 2000 * ms},
		{"a filled gap is not the noise floor", []run{{200, -50}, {100, unheard}, {100, -20}, {100, -50}}, 2000 * ms},
		{"nothing but gaps", []run{{100, unheard}}, 0},
	} {
		var levels []float32
		for _, r := range c.runs {
			for range r.frames {
				levels = append(levels, r.level)
			}
		}
		if got := speech(levels); got != c.want {
			t.Errorf("%s: %s, not %s", c.name, got, c.want)
		}
	}
}

// TestPeaksOfLittle has fewer samples than there are parts.
func TestPeaksOfLittle(t *testing.T) {
	t.Parallel()
	m, err := mustRead(t, film{}.with(0, []byte{0x80, 1, 2, 3})).Measure(t.Context())
	if err != nil || len(m.Peaks) != Parts || m.Speech != 0 {
		t.Errorf("%+v, %v", m, err)
	}
}

package recording

import (
	"context"
	"math"
	"slices"
	"time"
)

// Parts is how many equal parts of a recording Measures.Peaks tells of.
const Parts = 120

// Measures is what can be told of a recording by loudness alone. It is no trait of the person who speaks.
type Measures struct {
	// Speech is how long somebody speaks, pauses of up to 300 ms included; 0 for silence and for steady noise. It is
	// right within about 0.2 s an utterance where speech is 29 dB above the noise, tells at 19 dB that somebody speaks
	// at all, and misses most at 11 dB.
	Speech time.Duration
	// Peaks has the loudest moment of each of Parts equal parts, 0–100: 100 times the square root of the amplitude,
	// which is close to how loud it is heard (Stevens' law has amplitude to the power of 0.6).
	Peaks []int
}

// Measure decodes the recording and measures it, in about 3 ms for each of its seconds. The error is ErrFormat where
// most of it can't be decoded, or the context's.
func (a *Audio) Measure(ctx context.Context) (Measures, error) {
	m := meter{total: a.samples(rate), frames: make([]float32, 0, a.samples(rate)/frame+1)}
	if err := a.decode(ctx, m.take); err != nil {
		return Measures{}, err
	}
	measures := Measures{Speech: speech(m.frames), Peaks: make([]int, Parts)}
	for i, peak := range m.peaks {
		measures.Peaks[i] = int(math.Round(100 * math.Sqrt(float64(peak))))
	}
	return measures, nil
}

// frame is the number of samples of which speech is told at a time: 20 ms.
const frame = rate / 50

// unheard is the level of a frame in which there is nothing to measure.
var unheard = float32(math.Inf(-1))

// meter takes a recording's samples in order, in pieces of any length.
type meter struct {
	total, taken int
	peaks        [Parts]float32
	frames       []float32 // levels of frames in dBFS

	power float64 // of the frame at hand: the sum of squares
	n     int
	heard bool
}

func (m *meter) take(pcm []float32, heard bool) {
	for len(pcm) > 0 {
		part := m.taken * Parts / m.total
		partEnd := ((part+1)*m.total + Parts - 1) / Parts
		n := min(len(pcm), frame-m.n, partEnd-m.taken)
		for _, v := range pcm[:n] {
			m.power += float64(v) * float64(v)
			m.peaks[part] = max(m.peaks[part], v, -v)
		}
		m.heard = m.heard || heard
		m.taken += n
		if m.n += n; m.n == frame {
			m.frames = append(m.frames, m.level())
			m.power, m.n, m.heard = 0, 0, false
		}
		pcm = pcm[n:]
	}
}

func (m *meter) level() float32 {
	if !m.heard {
		return unheard
	}
	return float32(10 * math.Log10(max(m.power/frame, 1e-12)))
}

// speech is how long somebody speaks by the levels of frames, which is how long they are above a gate that the
// recording's own noise and loudness set. The figures were fitted to recordings of known times; a speaker 34 dB more
// quiet than usual is found still.
func speech(levels []float32) time.Duration {
	const (
		quietest = -70 // dBFS: the noise of an ordinary microphone; below it there is no telling
		above    = 9   // dB over the noise
		below    = 35  // dB under loud speech, so that a recording without noise does not count breath
		hang     = 15  // frames of a pause that belongs to speech
		shortest = 5   // frames; less is a click
	)
	sorted := slices.DeleteFunc(slices.Clone(levels), func(level float32) bool { return level == unheard })
	if len(sorted) == 0 {
		return 0
	}
	slices.Sort(sorted)
	noise := max(sorted[len(sorted)/10], quietest)
	loud := sorted[len(sorted)*95/100]
	gate := max(noise+above, loud-below)

	frames, first, last := 0, -1, -1
	end := func() {
		if n := last - first + 1; first >= 0 && n >= shortest {
			frames += n
		}
	}
	for i, level := range levels {
		if level <= gate {
			continue
		}
		if first < 0 || i-last > hang {
			end()
			first = i
		}
		last = i
	}
	end()
	return time.Duration(frames) * time.Second * frame / rate
}

package recording

import (
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"
)

// film writes WebM as somebody might who means no good; the zero film is what a recorder writes.
type film struct {
	document, codec string
	private         []byte
	number          uint64 // of the track that the header has
	kind            uint64 // of the track
	tracks          int
	packed          bool
	flags           byte
	scale           uint64
}

// head is everything before the first cluster.
func (f film) head() encoded {
	or := func(s, standard string) string {
		if s == "" {
			return standard
		}
		return s
	}
	var out, document, tracks encoded
	document.text(idDocType, or(f.document, "webm"))
	out.element(idEBML, document)
	out.id(idSegment)
	out = append(out, 0xFF)
	if f.scale != 0 {
		out.number(idTimestampScale, f.scale)
	}
	for range max(f.tracks, 1) {
		var track encoded
		track.number(idTrackNumber, max(f.number, 1))
		if f.kind == 0 {
			f.kind = 2
		}
		track.number(idTrackType, f.kind)
		track.text(idCodecID, or(f.codec, "A_OPUS"))
		if f.private == nil {
			f.private = opusHead{channels: 1, rate: 48000}.bytes()
		}
		track.element(idCodecPrivate, f.private)
		if f.packed {
			track.element(idContentEncodings, nil)
		}
		tracks.element(idTrackEntry, track)
	}
	out.element(idTracks, tracks)
	return out
}

// cluster begins a cluster of unknown size.
func (e *encoded) cluster(at uint64) {
	e.id(idCluster)
	*e = append(*e, 0xFF)
	e.number(idTimestamp, at)
}

func (e *encoded) block(since int16, flags byte, packet []byte) {
	e.element(idSimpleBlock, append(binary.BigEndian.AppendUint16([]byte{0x81}, uint16(since)), append([]byte{flags}, packet...)...))
}

// with is a film whose packets of 20 ms follow each other from a timestamp on.
func (f film) with(at uint64, packets ...[]byte) []byte {
	out := f.head()
	out.cluster(at)
	for i, p := range packets {
		out.block(int16(20*i), f.flags, p)
	}
	return out
}

// TestTimestamps has packets of 20 ms at given milliseconds.
func TestTimestamps(t *testing.T) {
	t.Parallel()
	steady := func(n int, step float64) (at []uint64) {
		for i := range n {
			at = append(at, 5000+uint64(float64(i)*step))
		}
		return at
	}
	after := func(at []uint64, more ...uint64) []uint64 { return append(at, more...) }
	const s, ms = time.Second, time.Millisecond
	for _, c := range []struct {
		name  string
		scale uint64
		at    []uint64
		want  time.Duration
	}{
		{"steady", 0, steady(100, 20), 2 * s},
		{"jitter", 0, []uint64{0, 90, 40, 10, 150, 100, 120}, 140 * ms},
		{"a clock that is 1 % slow, over 100 s", 0, steady(5000, 20.2), 100 * s},
		{"a clock that is 1 % fast, over 100 s", 0, steady(5000, 19.8), 100 * s},
		{"one packet lost", 0, []uint64{0, 20, 60, 80}, 80 * ms},
		{"every second packet lost, of 20 s", 0, steady(500, 40), 19900 * ms},
		{"15 packets lost", 0, []uint64{0, 20, 340, 360}, 380 * ms},
		{"an hour's pause", 0, []uint64{0, 20, 3600_000, 3600_020}, 2*s + 80*ms},
		{"set back", 0, []uint64{100_000, 100_020, 0, 20, 40}, 100 * ms},
		{"set back and lost", 0, []uint64{100_000, 0, 320}, 360 * ms},
		{"all at once", 0, []uint64{7, 7, 7, 7}, 80 * ms},
		{"as far as there are numbers", 0, []uint64{0, math.MaxUint64, 0, math.MaxUint64}, 4*s + 80*ms},
		{"the largest scale", math.MaxUint64, []uint64{0, math.MaxUint64, 1, 2, 3}, 2*s + 100*ms},
		{"no less than 10 min of silence", 0, after(steady(1000, 10_000)), 10*time.Minute + 20*s},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			out := film{scale: c.scale}.head()
			for _, at := range c.at {
				out.cluster(at)
				out.block(0, 0x80, []byte{0xF8, 1, 2, 3})
			}
			a := mustRead(t, out)
			if off := (a.Duration() - c.want).Abs(); off > 0 {
				t.Errorf("lasts %s, not %s", a.Duration(), c.want)
			}
			sameAudio(t, mustRead(t, a.WebM()), a)
		})
	}
}

func TestReadIsBounded(t *testing.T) {
	t.Parallel()
	out := film{}.head()
	out.cluster(0)
	for range 100_000 { // the smallest blocks that count
		out.block(math.MinInt16, 0, []byte{0x80})
	}
	a := mustRead(t, out)
	if size := cap(a.packets) * 24; size > 6*len(out) {
		t.Errorf("%d bytes take %d", len(out), size)
	}
	if size := len(a.WebM()); size > 2*len(out) {
		t.Errorf("%d bytes become %d", len(out), size)
	}
	for range 120_000 {
		out.block(0, 0, []byte{0xFF, 6})
	}
	if _, err := Read(out); !errors.Is(err, ErrTooLong) {
		t.Errorf("more than %s: %v", Longest, err)
	}
}

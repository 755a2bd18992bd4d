package recording

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
)

// wavHeaderSize is what stands before the samples.
const wavHeaderSize = 44

// WAV decodes the recording to 16 kHz, mono, 16 bits, which every transcription server takes: 32 kB a second. The
// errors are ErrTooLong where that is more than limit bytes, ErrFormat where most of it can't be decoded, or the
// context's.
func (a *Audio) WAV(ctx context.Context, limit int) ([]byte, error) {
	samples := a.samples(rate)
	if size := wavHeaderSize + 2*samples; size > limit {
		return nil, fmt.Errorf("%w: %d bytes of WAV, and %d are taken", ErrTooLong, size, limit)
	}
	wav := appendWAVHeader(make([]byte, 0, wavHeaderSize+2*samples), rate, samples)
	err := a.decode(ctx, func(pcm []float32, _ bool) {
		for _, v := range pcm {
			wav = binary.LittleEndian.AppendUint16(wav, uint16(int16(v*math.MaxInt16)))
		}
	})
	if err != nil {
		return nil, err
	}
	return wav, nil
}

// appendWAVHeader begins a WAV of so many mono samples of 16 bits.
func appendWAVHeader(wav []byte, rate, samples int) []byte {
	word := func(n int) { wav = binary.LittleEndian.AppendUint32(wav, uint32(n)) }
	wav = append(wav, "RIFF"...)
	word(wavHeaderSize - 8 + 2*samples)
	wav = append(wav, "WAVEfmt "...)
	word(16)
	word(1 | 1<<16) // PCM, one channel
	word(rate)
	word(2 * rate)
	word(2 | 16<<16) // bytes of a sample, bits of it
	wav = append(wav, "data"...)
	word(2 * samples)
	return wav
}

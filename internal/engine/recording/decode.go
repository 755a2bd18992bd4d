package recording

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pion/opus"
)

// rate is of decoded samples a second: what speech recognition takes, and half the work of 48,000.
const rate = 16000

// decode hands on the recording's samples, -1 to 1, packet by packet; they are only lent. Those of a packet that can't
// be decoded, and of silence that was filled in, are 0, and heard is false. There are a.samples(rate) of them.
//
// The error is ErrFormat where most packets can't be decoded, or the context's.
func (a *Audio) decode(ctx context.Context, each func(pcm []float32, heard bool)) error {
	var decoder opus.Decoder
	if err := decoder.Init(rate, 1); err != nil {
		return fmt.Errorf("starting the Opus decoder: %w", err)
	}
	pcm := make([]float32, longestPacket*rate/time.Second)
	bad := 0
	for i, packet := range a.packets {
		if i%1000 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		lent := pcm[:packetLength(packet)*rate/time.Second]
		err := decodePacket(&decoder, packet, lent)
		if err != nil {
			clear(lent)
			bad++
		}
		each(lent, err == nil && !silent(packet))
	}
	if 2*bad > len(a.packets) {
		return fmt.Errorf("%w: %d of %d packets can't be decoded", ErrFormat, bad, len(a.packets))
	}
	return nil
}

// decodePacket fills pcm, with -1 to 1. A decoder that panics, which none was seen to do, must not end the program on the word of
// somebody unknown; it starts anew.
func decodePacket(decoder *opus.Decoder, packet []byte, pcm []float32) (err error) {
	defer func() {
		if recover() != nil {
			err = errors.Join(errors.New("the Opus decoder panicked"), decoder.Init(rate, 1))
		}
	}()
	n, err := decoder.DecodeToFloat32(packet, pcm)
	if err == nil && n != len(pcm) {
		err = fmt.Errorf("decoded %d samples, not %d", n, len(pcm))
	}
	for i, v := range pcm { // damage decodes to any number: 3 million was seen
		if !(v >= -1) {
			pcm[i] = -1
		} else if v > 1 {
			pcm[i] = 1
		}
	}
	return err
}

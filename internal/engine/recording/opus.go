package recording

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"time"
)

// opusHead is what the identification header (RFC 7845, section 5.1) tells a player.
type opusHead struct {
	channels byte   // 1 or 2
	preSkip  uint16 // samples at 48 kHz that a player drops at the start
	rate     uint32 // of what was recorded, for information only
}

// readOpusHead reads the identification header. Its output gain is passed over: recorders write none, and nobody
// else's should decide how loud a reviewer hears it.
func readOpusHead(b []byte) (opusHead, error) {
	if len(b) < 19 || !bytes.HasPrefix(b, []byte("OpusHead")) || b[8]>>4 != 0 {
		return opusHead{}, fmt.Errorf("%w: no Opus header", ErrFormat)
	}
	if channels, mapping := b[9], b[18]; channels < 1 || channels > 2 || mapping != 0 {
		return opusHead{}, fmt.Errorf("%w: %d channels in mapping %d", ErrFormat, channels, mapping)
	}
	return opusHead{channels: b[9], preSkip: binary.LittleEndian.Uint16(b[10:]), rate: binary.LittleEndian.Uint32(b[12:])}, nil
}

func (h opusHead) bytes() []byte {
	b := append([]byte("OpusHead"), 1, h.channels)
	b = binary.LittleEndian.AppendUint16(b, h.preSkip)
	b = binary.LittleEndian.AppendUint32(b, h.rate)
	return append(b, 0, 0, 0) // no gain, mapping family 0
}

// frameLengths are RFC 6716's lengths of a frame by configuration (section 3.1, table 2): SILK, hybrid, CELT.
var frameLengths = [3][4]time.Duration{
	{10 * time.Millisecond, 20 * time.Millisecond, 40 * time.Millisecond, 60 * time.Millisecond},
	{10 * time.Millisecond, 20 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond},
	{2500 * time.Microsecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond},
}

// longestPacket is the longest that an Opus packet may last (RFC 6716, requirement R5).
const longestPacket = 120 * time.Millisecond

// packetLength is how long a packet lasts by its first bytes, a multiple of 2.5 ms; 0: it is no Opus packet.
func packetLength(p []byte) time.Duration {
	if len(p) == 0 {
		return 0
	}
	mode := frameLengths[2]
	switch config := p[0] >> 3; {
	case config < 12:
		mode = frameLengths[0]
	case config < 16:
		mode = frameLengths[1]
	}
	frames := time.Duration(1)
	switch p[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(p) < 2 {
			return 0
		}
		frames = time.Duration(p[1] & 63)
	}
	if length := frames * mode[p[0]>>3&3]; length <= longestPacket {
		return length
	}
	return 0
}

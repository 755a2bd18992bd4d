package recording

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// largestBlock is what a block of one Opus packet takes at most, with room to spare: 48 frames of 1275 bytes.
const largestBlock = 1 << 16

// Read reads one recording, which is the parts of one MediaRecorder joined in their order. It may stop anywhere: what
// came whole is read. The errors are ErrFormat and ErrTooLong. The Audio holds on to raw, which must not change.
//
// Packets follow each other by their own lengths. Their timestamps only tell where something is missing: a packet
// that comes 100 ms or more too late follows silence of that length, in steps of 20 ms, at most 2 s at a time and
// 10 min altogether. Smaller differences are taken for a clock that isn't exact, and timestamps that go back for a
// clock that was set. So a recording that was interrupted plays in time, and no timestamp makes it endless.
func Read(raw []byte) (*Audio, error) {
	if err := checkStart(raw); err != nil {
		return nil, err
	}
	r := reader{scale: uint64(time.Millisecond)}
	in := elements{rest: raw}
	for {
		id, content, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			if len(in.rest) > largestBlock { // no recorder stops so far from the end of what it was writing
				return nil, fmt.Errorf("%w: damaged at byte %d", ErrFormat, in.at)
			}
			break
		}
		if err == nil {
			err = r.element(id, content)
		}
		if err != nil {
			return nil, err
		}
	}
	if r.audio == nil {
		if err := r.begin(); err != nil {
			return nil, err
		}
	}
	if len(r.audio.packets) == 0 {
		return nil, fmt.Errorf("%w: no audio in it", ErrFormat)
	}
	return r.audio, nil
}

// checkStart names other formats that browsers record in, since the error is what an operator sees of them.
func checkStart(raw []byte) error {
	found := "unknown bytes"
	switch {
	case bytes.HasPrefix(raw, []byte{0x1A, 0x45, 0xDF, 0xA3}):
		return nil
	case len(raw) == 0:
		found = "no bytes"
	case len(raw) >= 8 && string(raw[4:8]) == "ftyp":
		found = "MP4"
	case bytes.HasPrefix(raw, []byte("OggS")):
		found = "Ogg"
	case bytes.HasPrefix(raw, []byte("RIFF")):
		found = "WAV"
	}
	return fmt.Errorf("%w: %s", ErrFormat, found)
}

// reader is what is known of a recording while it is read.
type reader struct {
	documents, tracks   int
	trackNumber         uint64
	trackType           uint64
	codec, codecPrivate []byte
	packed              bool // compressed or encrypted
	scale, cluster      uint64
	clock               clock
	audio               *Audio // nil until the first block
}

func (r *reader) element(id uint32, content []byte) error {
	switch id {
	case idEBML:
		if r.documents++; r.documents > 1 {
			return fmt.Errorf("%w: a second recording in it", ErrFormat)
		}
	case idDocType:
		if string(content) != "webm" {
			return fmt.Errorf("%w: document of type %.20q", ErrFormat, content)
		}
	case idTrackEntry:
		if r.tracks++; r.tracks > 1 {
			return fmt.Errorf("%w: more than one track", ErrFormat)
		}
	case idTrackNumber:
		r.trackNumber = unsigned(content)
	case idTrackType:
		r.trackType = unsigned(content)
	case idCodecID:
		r.codec = content
	case idCodecPrivate:
		r.codecPrivate = content
	case idContentEncodings:
		r.packed = true
	case idTimestampScale:
		r.scale = unsigned(content)
	case idTimestamp:
		r.cluster = unsigned(content)
	case idSimpleBlock, idBlock:
		return r.block(content)
	}
	return nil
}

// begin checks the track and begins its audio.
func (r *reader) begin() error {
	const audio = 2
	switch {
	case r.tracks == 0:
		return fmt.Errorf("%w: no track", ErrFormat)
	case r.trackType != audio:
		return fmt.Errorf("%w: a track that is not audio", ErrFormat)
	case string(r.codec) != "A_OPUS":
		return fmt.Errorf("%w: codec %.20q", ErrFormat, r.codec)
	case r.packed:
		return fmt.Errorf("%w: compressed or encrypted", ErrFormat)
	}
	head, err := readOpusHead(r.codecPrivate)
	if err != nil {
		return err
	}
	r.audio = &Audio{head: head}
	return nil
}

// block takes the packet of a block: the number of its track, the time since its cluster's, flags, and the packet.
func (r *reader) block(b []byte) error {
	if r.audio == nil {
		if err := r.begin(); err != nil {
			return err
		}
	}
	track, width, err := number(b)
	if err != nil || len(b) < width+3 {
		return nil // nothing in it
	}
	if track-1<<(7*width) != r.trackNumber {
		return nil
	}
	if lacing := b[width+2] & 0x06; lacing != 0 {
		return fmt.Errorf("%w: several packets in a block", ErrFormat)
	}
	packet := b[width+3:]
	length := packetLength(packet)
	if length == 0 {
		return nil // as if lost
	}
	since := int16(binary.BigEndian.Uint16(b[width:]))
	at := (float64(r.cluster) + float64(since)) * float64(r.scale) // exact for any that a recorder writes
	gap := r.clock.gap(time.Duration(max(-farthest, min(at, farthest))), r.audio.length)
	if r.audio.length+gap+length > Longest {
		return fmt.Errorf("%w: more than %s", ErrTooLong, Longest)
	}
	for ; gap > 0; gap -= packetLength(silence) {
		r.audio.add(silence)
	}
	r.audio.add(packet)
	return nil
}

// farthest is a timestamp in nanoseconds beyond all sense, of which differences still don't overflow.
const farthest = 1 << 61

// clock compares the timestamps of packets with the time that the packets before them take.
type clock struct {
	runs   bool
	start  time.Duration // the timestamp at which the recording began, corrected as the clocks drift apart
	filled time.Duration // silence so far
}

// gap is how much silence belongs before the packet with a timestamp, after packets of length end. The timestamp lies
// within ±farthest.
func (c *clock) gap(at, end time.Duration) time.Duration {
	const (
		slack        = 100 * time.Millisecond
		longest      = 2 * time.Second
		most         = 10 * time.Minute
		setBack      = -time.Second
		correctionIn = 256 // packets: soon enough for any sound card, too slow to follow jitter or loss
	)
	if !c.runs {
		c.runs, c.start = true, at
	}
	late := at - c.start - end
	gap := min(late.Round(packetLength(silence)), longest, most-c.filled)
	if gap < slack {
		gap = 0
	}
	c.filled += gap
	if late -= gap; late > slack || late < setBack {
		c.start += late
	} else {
		c.start += late / correctionIn
	}
	return gap
}

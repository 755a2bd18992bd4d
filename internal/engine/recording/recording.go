// Package recording reads what a browser's recorder writes, makes it seekable, and measures it; it knows neither HTTP
// nor SQL. What it reads comes from people nobody knows: no input makes it panic, or takes time or memory out of
// proportion to its size.
package recording

import (
	"bytes"
	"errors"
	"time"
)

// Longest is how long a recording may last to be read.
const Longest = 4 * time.Hour

var (
	// ErrFormat says that bytes are no recording that can be read here: something other than one Opus track in WebM,
	// nothing audible in it, or damage in its middle. The error that wraps it says what was found.
	ErrFormat = errors.New("not a readable recording")
	// ErrTooLong says that a recording lasts longer than Longest, or is longer than the caller takes.
	ErrTooLong = errors.New("recording too long")
)

// Audio is one recording: Opus packets that follow each other without a gap. It does not change, so any number of
// goroutines may use it.
type Audio struct {
	head    opusHead
	packets [][]byte // each of a length that packetLength knows; parts of what was read
	length  time.Duration
}

// Duration is how long the recording plays, by the packets' own lengths and not by what its header says.
func (a *Audio) Duration() time.Duration { return a.length }

// add appends a packet.
func (a *Audio) add(packet []byte) {
	a.packets = append(a.packets, packet)
	a.length += packetLength(packet)
}

// samples is the recording's length at a rate per second that is a multiple of 400: no packet lasts a fraction of a
// sample then.
func (a *Audio) samples(rate int) int { return int(a.length / (time.Second / time.Duration(rate))) }

// silence is a packet of 20 ms without a sound: fullband CELT, mono, with the silence flag set, as RFC 6716 has it in
// sections 3.1 and 4.3.
var silence = []byte{0xF8, 0xFF, 0xFE}

func silent(packet []byte) bool { return bytes.Equal(packet, silence) }

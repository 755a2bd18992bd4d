package recording

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// The elements of WebM that are read or written, by the ids of RFC 9559.
const (
	idEBML             = 0x1A45DFA3
	idEBMLVersion      = 0x4286
	idEBMLReadVersion  = 0x42F7
	idMaxIDLength      = 0x42F2
	idMaxSizeLength    = 0x42F3
	idDocType          = 0x4282
	idDocVersion       = 0x4287
	idDocReadVersion   = 0x4285
	idSegment          = 0x18538067
	idInfo             = 0x1549A966
	idTimestampScale   = 0x2AD7B1
	idDuration         = 0x4489
	idMuxingApp        = 0x4D80
	idWritingApp       = 0x5741
	idTracks           = 0x1654AE6B
	idTrackEntry       = 0xAE
	idTrackNumber      = 0xD7
	idTrackUID         = 0x73C5
	idTrackType        = 0x83
	idFlagLacing       = 0x9C
	idCodecID          = 0x86
	idCodecPrivate     = 0x63A2
	idCodecDelay       = 0x56AA
	idSeekPreRoll      = 0x56BB
	idContentEncodings = 0x6D80
	idAudio            = 0xE1
	idSampling         = 0xB5
	idChannels         = 0x9F
	idCues             = 0x1C53BB6B
	idCuePoint         = 0xBB
	idCueTime          = 0xB3
	idCuePositions     = 0xB7
	idCueTrack         = 0xF7
	idCueCluster       = 0xF1
	idCluster          = 0x1F43B675
	idTimestamp        = 0xE7
	idSimpleBlock      = 0xA3
	idBlockGroup       = 0xA0
	idBlock            = 0xA1
)

// entered reports whether an element's content is read as elements that follow it. The tree is read as a flat list:
// no element's meaning here depends on its parent, and a recorder leaves the size of the outer ones unknown anyway.
func entered(id uint32) bool {
	switch id {
	case idEBML, idSegment, idInfo, idTracks, idTrackEntry, idAudio, idCluster, idBlockGroup:
		return true
	}
	return false
}

// elements reads EBML from memory. We have our own since ebml-go 0.19.4 fails on the first element that it doesn't
// know, and told to pass over those it allocated 10 GB for 50 kB of sizes that lie (measured).
type elements struct {
	rest []byte
	at   int // bytes read
}

// next is the next element and its content, nil for one that is entered. The error is io.EOF at the end,
// io.ErrUnexpectedEOF where the bytes end within an element, and ErrFormat where there can't be one; after an error,
// rest is what was not read.
func (e *elements) next() (id uint32, content []byte, err error) {
	if len(e.rest) == 0 {
		return 0, nil, io.EOF
	}
	wide, idWidth, err := number(e.rest)
	if err == nil && idWidth > 4 {
		err = ErrFormat
	}
	if err != nil {
		return 0, nil, e.failed(err)
	}
	id = uint32(wide)
	size, sizeWidth, err := number(e.rest[idWidth:])
	if err != nil {
		return 0, nil, e.failed(err)
	}
	unknown := size == 1<<(7*sizeWidth+1)-1
	size -= 1 << (7 * sizeWidth) // the marker
	if entered(id) {
		e.skip(idWidth + sizeWidth)
		return id, nil, nil
	}
	if unknown {
		return 0, nil, e.failed(ErrFormat)
	}
	if content = e.rest[idWidth+sizeWidth:]; size > uint64(len(content)) {
		return 0, nil, e.failed(io.ErrUnexpectedEOF)
	}
	e.skip(idWidth + sizeWidth + int(size))
	return id, content[:size], nil
}

func (e *elements) skip(n int) {
	e.rest = e.rest[n:]
	e.at += n
}

func (e *elements) failed(err error) error {
	if err == ErrFormat {
		return fmt.Errorf("%w: damaged at byte %d", ErrFormat, e.at)
	}
	return err
}

// number reads a number of variable width (RFC 8794, section 4) with its marker, as ids are written.
func number(b []byte) (n uint64, width int, err error) {
	if len(b) == 0 {
		return 0, 0, io.ErrUnexpectedEOF
	}
	if b[0] == 0 {
		return 0, 0, ErrFormat
	}
	width = bits.LeadingZeros8(b[0]) + 1
	if len(b) < width {
		return 0, 0, io.ErrUnexpectedEOF
	}
	return unsigned(b[:width]), width, nil
}

// unsigned reads a number of up to 8 bytes; of a wider one it is the last 8.
func unsigned(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// encoded is EBML being written.
type encoded []byte

func (e *encoded) id(id uint32) {
	b := binary.BigEndian.AppendUint32(nil, id)
	*e = append(*e, b[bits.LeadingZeros32(id)/8:]...)
}

// begin starts an element whose content of size bytes follows.
func (e *encoded) begin(id uint32, size int) {
	e.id(id)
	width := 1
	for size >= 1<<(7*width)-1 { // all ones would mean unknown
		width++
	}
	b := binary.BigEndian.AppendUint64(nil, uint64(size)|1<<(7*width))
	*e = append(*e, b[8-width:]...)
}

func (e *encoded) element(id uint32, content []byte) {
	e.begin(id, len(content))
	*e = append(*e, content...)
}

func (e *encoded) text(id uint32, s string) { e.element(id, []byte(s)) }

func (e *encoded) number(id uint32, n uint64) {
	b := binary.BigEndian.AppendUint64(nil, n)
	e.element(id, b[min(bits.LeadingZeros64(n)/8, 7):])
}

// fixed writes a number in eight bytes whatever it is.
func (e *encoded) fixed(id uint32, n uint64) { e.element(id, binary.BigEndian.AppendUint64(nil, n)) }

func (e *encoded) float(id uint32, f float64) { e.fixed(id, math.Float64bits(f)) }

package recording

import (
	"encoding/binary"
	"time"
)

// clusterLength is how much a cluster holds; every cluster has its cue, so it is also how finely a player seeks.
const clusterLength = time.Second

// WebM writes the recording so that players know its duration at once and seek without reading all of it: duration
// and cues in front, clusters of known size. The packets are those that were read, byte by byte.
func (a *Audio) WebM() []byte {
	clusters, cues := a.clusters()
	header := a.header()
	index := encodedCues(cues, 0)
	index = encodedCues(cues, len(header)+len(index)) // as long as before, since positions have a fixed width

	var out, document encoded
	document.number(idEBMLVersion, 1)
	document.number(idEBMLReadVersion, 1)
	document.number(idMaxIDLength, 4)
	document.number(idMaxSizeLength, 8)
	document.text(idDocType, "webm")
	document.number(idDocVersion, 4)
	document.number(idDocReadVersion, 2)
	size := len(header) + len(index) + len(clusters)
	out = make(encoded, 0, size+len(document)+32)
	out.element(idEBML, document)
	out.begin(idSegment, size)
	out = append(out, header...)
	out = append(out, index...)
	return append(out, clusters...)
}

// header is the segment's information and track.
func (a *Audio) header() (header encoded) {
	var info, audio, track, tracks encoded
	info.number(idTimestampScale, uint64(time.Millisecond))
	info.float(idDuration, a.length.Seconds()*1000)
	info.text(idMuxingApp, "Greenroom")
	info.text(idWritingApp, "Greenroom")
	header.element(idInfo, info)

	audio.float(idSampling, 48000)
	audio.number(idChannels, uint64(a.head.channels))
	track.number(idTrackNumber, 1)
	track.number(idTrackUID, 1)
	track.number(idTrackType, 2)
	track.number(idFlagLacing, 0)
	track.text(idCodecID, "A_OPUS")
	track.element(idCodecPrivate, a.head.bytes())
	track.number(idCodecDelay, uint64(a.head.preSkip)*uint64(time.Second)/48000)
	track.number(idSeekPreRoll, uint64(80*time.Millisecond)) // what RFC 7845 asks for
	track.element(idAudio, audio)
	tracks.element(idTrackEntry, track)
	header.element(idTracks, tracks)
	return header
}

// cue says where the cluster of a time begins.
type cue struct {
	at       time.Duration
	position int // in the clusters
}

func (a *Audio) clusters() (out encoded, cues []cue) {
	size := 0
	for _, p := range a.packets {
		size += len(p) + 9
	}
	out = make(encoded, 0, size)
	var cluster encoded
	var at time.Duration // of the packet
	for i := 0; i < len(a.packets); {
		start := at.Truncate(time.Millisecond)
		cluster = cluster[:0]
		cluster.number(idTimestamp, uint64(start.Milliseconds()))
		for ; i < len(a.packets) && at < start+clusterLength; i++ {
			packet := a.packets[i]
			cluster.begin(idSimpleBlock, 4+len(packet))
			cluster = append(cluster, 0x81) // track 1
			cluster = binary.BigEndian.AppendUint16(cluster, uint16((at - start).Milliseconds()))
			cluster = append(cluster, 0x80) // can be played without the ones before
			cluster = append(cluster, packet...)
			at += packetLength(packet)
		}
		cues = append(cues, cue{start, len(out)})
		out.element(idCluster, cluster)
	}
	return out, cues
}

// encodedCues is the index of clusters that begin at an offset in the segment.
func encodedCues(cues []cue, offset int) (out encoded) {
	var points, point, position encoded
	for _, c := range cues {
		position, point = position[:0], point[:0]
		position.number(idCueTrack, 1)
		position.fixed(idCueCluster, uint64(offset+c.position))
		point.number(idCueTime, uint64(c.at.Milliseconds()))
		point.element(idCuePositions, position)
		points.element(idCuePoint, point)
	}
	out.element(idCues, points)
	return out
}

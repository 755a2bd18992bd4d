package partnerapi

// PathRecording is the audio of a spoken answer, relative to BasePath: GET, whole or by one range of bytes as HTTP
// has it, of Recording.Bytes bytes in Recording.Type. It is the one answer of the contract that is not JSON; refusals
// are. There is none while the recording arrives.
const PathRecording = "/extensions/assessment/{assessmentId}/candidates/{candidateId}/recordings/{questionId}"

// Recording describes a spoken answer.
type Recording struct {
	State   RecordingState `json:"state"`
	Type    string         `json:"type"`    // media type, such as "audio/webm; codecs=opus"
	Bytes   int64          `json:"bytes"`   // of the audio; 0 while it arrives
	Seconds float64        `json:"seconds"` // its length; 0 while nobody knows it
	// Speech is how many seconds of it somebody speaks, found by loudness alone; nil: not measured, since the format
	// can't be read here. It warns of silence and says nothing about the person.
	Speech *float64 `json:"speechSeconds"`
	Peaks  []int    `json:"peaks"` // the loudest moment of each of equal parts, 0–100; empty: not measured

	Transcript TranscriptState `json:"transcript"`
	// TranscriptFrom is the byte of the answer's userAnswer at which the transcript begins, after what was typed; nil:
	// there is none in it.
	TranscriptFrom *int   `json:"transcriptFrom"`
	Model          string `json:"model"` // that wrote the transcript; "" without one
}

// RecordingState is how much of a recording there is.
type RecordingState string

// The states of a recording.
const (
	RecordingArriving RecordingState = "arriving" // parts are still on the way
	RecordingWhole    RecordingState = "whole"
	RecordingCut      RecordingState = "cut" // the end never came: what there is, is the beginning
)

// TranscriptState is what became of writing a recording down.
type TranscriptState string

// The states of a transcript.
const (
	TranscriptNone    TranscriptState = "none"    // nothing here writes down speech
	TranscriptPending TranscriptState = "pending" // at work, or waits for the recording
	TranscriptDone    TranscriptState = "done"
	TranscriptSilent  TranscriptState = "silent" // nobody speaks in it, so nothing was asked to write it down
	TranscriptFailed  TranscriptState = "failed" // given up
)

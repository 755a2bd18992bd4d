package hiring

import "time"

// SyncState is how far the desk is in step with the provider.
type SyncState struct {
	ListDueAt   time.Time
	ListBeganAt *time.Time // nil: the list of interviews isn't being read
	ListPage    int        // where an interrupted reading goes on, from 1
	ListTotal   int        // interviews, as the provider counts
	PulledAt    *time.Time // when the account was taken over whole for the first time; nil: not yet
	AnsweredAt  *time.Time // when the provider last answered while we kept in step; nil: never
	Known       int        // interviews here
	Checked     int        // interviews here that were compared at least once
}

// Pulling says whether the account is being taken over for the first time.
func (s SyncState) Pulling() bool { return s.PulledAt == nil }

// DifferenceKind is what a comparison with the provider found changed.
type DifferenceKind string

// The kinds of differences.
const (
	DifferInterview DifferenceKind = "interview" // new, or changed in its settings
	DifferQuestions DifferenceKind = "questions"
	DifferPerson    DifferenceKind = "person" // somebody of whom nobody had told
	DifferStage     DifferenceKind = "stage"
	DifferScore     DifferenceKind = "score"
	DifferResult    DifferenceKind = "result" // answers, summary, ground of the score
)

// Difference is something that only a comparison with the provider told.
type Difference struct {
	ID           int64
	AssessmentID int64
	Assessment   string // its title
	CandidateID  int64  // 0: it is about the interview
	Candidate    string // see Candidate.Label; "" without one
	Kind         DifferenceKind
	Detail       string // what changed, in words; "" where the kind says it all
	At           time.Time
	Drift        bool // a score that was there changed, and no webhook told of it
}

// DriftPatience is how long a webhook may be late before a score that changed without it is drift.
const DriftPatience = 10 * time.Minute

// Gap compares what the provider counts in an interview with what is here.
type Gap struct {
	AssessmentID  int64
	Title         string
	Questions     int // as the provider counts
	QuestionsHere int
	Finished      int // as the provider counts or lists, whichever is more
	FinishedHere  int
	CheckedAt     *time.Time // nil: not compared yet
	DueAt         time.Time
	Problem       string // why the latest comparison was not possible; "": it was
	Open          bool   // something is missing on one side
}

// WriteKind is what a pending write makes.
type WriteKind string

// The kinds of writes that must not be done twice. Everything else may be sent again without harm.
const (
	WriteInterview WriteKind = "interview"
	WriteGenerated WriteKind = "generated" // an interview with its questions
	WriteQuestion  WriteKind = "question"
)

// WriteState is what is known of a pending write.
type WriteState string

// The states of a pending write.
const (
	WriteSending WriteState = "sending"
	WriteUnknown WriteState = "unknown" // the provider didn't say whether it was done
	WriteAbsent  WriteState = "absent"  // we looked, and it was not done
	WriteDone    WriteState = "done"    // we looked, and it was done; whoever asks for it again, not knowing, gets that
)

// WriteStale is how long a write may be under way before its outcome counts as unknown: longer than any call takes.
const WriteStale = 2 * time.Minute

// WriteRemembered is how long a write that was found to be done is remembered.
const WriteRemembered = time.Hour

// PendingWrite is a write that must not be done twice, from before it is sent until it is known what became of it.
type PendingWrite struct {
	ID           int64
	Kind         WriteKind
	AssessmentID int64  // for WriteQuestion
	Assessment   string // its title
	Title        string // what people know it by
	Draft        []byte // JSON: what was asked for
	KnownRefs    []string
	State        WriteState
	Problem      string // a sentence; "" for none
	BeganAt      time.Time
	SentAt       time.Time
}

package hiring

import "time"

// WorkState is where a piece of work that happens later stands.
type WorkState string

// The states of work, in the order in which a piece of it goes through them.
const (
	WorkWaiting WorkState = "waiting" // for its turn, or its time
	WorkRunning WorkState = "running"
	WorkRetry   WorkState = "retry" // failed, and will be tried again
	WorkDone    WorkState = "done"  // within the last day; older work is forgotten
	WorkDead    WorkState = "dead"  // given up, within the last week
)

// WorkStates are all of them.
var WorkStates = []WorkState{WorkWaiting, WorkRunning, WorkRetry, WorkDone, WorkDead}

// WorkCount is how many pieces of work of a kind are in a state.
type WorkCount struct {
	Kind  string // as the queue names it: "send_batch"
	State WorkState
	Count int
}

// FailedWork is a piece of work whose latest try failed.
type FailedWork struct {
	ID                int64
	Kind              string
	State             WorkState // WorkRetry or WorkDead
	Attempt, Attempts int       // tries made, and allowed
	Error             string
	At                time.Time // of the latest try
	Next              time.Time // of the next one; zero when it was given up
}

// ProviderWork is what a provider does by itself, where it tells of it.
type ProviderWork struct {
	Counts []WorkCount // by kind; work that is done is not told of
	Failed []ProviderFailure
}

// ProviderFailure is a piece of a provider's work whose latest try failed. It has a Ref, and no ID.
type ProviderFailure struct {
	Ref   string
	About string // what of its kind it is: the event of a webhook; "" for none
	Again bool   // it can be tried again now
	FailedWork
}

// DatabaseFacts are what an operator asks a database about.
type DatabaseFacts struct {
	Version string // "15.8"
	Bytes   int64
	Tables  []TableFacts // the biggest
	Schemas []SchemaFacts
}

// TableFacts is the size of a table with its indexes.
type TableFacts struct {
	Name  string // with its schema unless that is the desk's
	Bytes int64
	Rows  int64 // as Postgres estimates
}

// SchemaFacts says which migration a part of the database stands at.
type SchemaFacts struct {
	Part    string // "desk", "engine" or "queue"
	Version int64
	At      time.Time // when it was brought there
}

// ProcessFacts is a process of Greenroom that holds connections to the database.
type ProcessFacts struct {
	Name        string // its host and its number there
	Connections int
	Since       time.Time // of its oldest connection
}

// BackupReminder is how long an installation may be without a backup before admins are reminded.
const BackupReminder = 7 * 24 * time.Hour

// BackupFacts are what is known of backups: Greenroom makes none, but whoever makes one notes it in the database.
type BackupFacts struct {
	Last  time.Time // zero: none was noted
	Since time.Time // of the first account: before it there was nothing to lose; zero: there is none yet
}

// Overdue says that the latest backup, or the first account where there is none, is longer ago than BackupReminder.
func (b BackupFacts) Overdue(now time.Time) bool {
	latest := b.Last
	if latest.IsZero() {
		latest = b.Since
	}
	return !latest.IsZero() && now.Sub(latest) > BackupReminder
}

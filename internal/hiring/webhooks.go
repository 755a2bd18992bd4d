package hiring

import "time"

// Verdict is what the receiver thought of a delivery's key.
type Verdict string

// The verdicts. A delivery with a wrong key is refused and not kept.
const (
	VerdictVerified   Verdict = "verified"   // the key matched
	VerdictUnverified Verdict = "unverified" // no key is set here to compare with
)

// DeliveryStatus is how far the effects of a delivery are.
type DeliveryStatus string

// The states of a delivery.
const (
	DeliveryReceived DeliveryStatus = "received" // stored, not applied yet
	DeliveryApplied  DeliveryStatus = "applied"
	DeliveryIgnored  DeliveryStatus = "ignored" // an event that the desk doesn't use, kept all the same
	DeliveryFailed   DeliveryStatus = "failed"  // the latest try failed; see LastError
)

// Delivery is one webhook that was received.
type Delivery struct {
	ID           int64
	ConnectionID int64
	Event        string
	EventAt      time.Time // as the sender wrote it; the time of receipt when it wrote none
	CompanyRef   string
	Digest       []byte // SHA-256 over event, timestamp, company and canonical data
	Verdict      Verdict
	Status       DeliveryStatus
	Duplicates   int // how often the same delivery came again
	Attempts     int
	LastError    string // a sentence for the operator, without personal data
	Effect       string // what changed, in words; "" for nothing
	Payload      []byte // the body's JSON
	Assessment   string // the title of the interview that it speaks of; "" when that is not known
	AssessmentID int64  // 0 when it is not known
	ReceivedAt   time.Time
	AppliedAt    *time.Time
}

// DeliveryFilter narrows a list of deliveries. The zero value is all of them, latest first.
type DeliveryFilter struct {
	Event  string
	Status DeliveryStatus
	Search string // in the payload's text
}

// DeliveryHealth is how the receiving is doing.
type DeliveryHealth struct {
	Total        int
	Verified     int
	Duplicates   int
	Waiting      int // received and not applied yet
	Failed       int
	LastReceived *time.Time // nil: nothing yet
}

package hiring

import (
	"errors"
	"time"
)

// ErrMalformed marks a delivery that can't be kept whatever happens, such as text that Postgres has no place for.
var ErrMalformed = errors.New("malformed")

// DeliveryRetention is how long bodies and headers of deliveries are kept; the digest and what it changed stay.
const DeliveryRetention = 30 * 24 * time.Hour

// Verdict is what the receiver thought of a delivery's key.
type Verdict string

// The verdicts. A delivery with a wrong key is refused.
const (
	VerdictVerified   Verdict = "verified"   // the key matched
	VerdictUnverified Verdict = "unverified" // it came without our key, where that is not required
)

// DeliveryStatus is how far the effects of a delivery are.
type DeliveryStatus string

// The states of a delivery.
const (
	DeliveryReceived DeliveryStatus = "received" // stored, not applied yet
	DeliveryApplied  DeliveryStatus = "applied"
	DeliveryIgnored  DeliveryStatus = "ignored" // an event that the desk doesn't use, kept all the same
	DeliveryFailed   DeliveryStatus = "failed"  // the latest try failed, see LastError; there will be another
	DeliveryDead     DeliveryStatus = "dead"    // given up, see LastError
)

// DeliveryStatuses lists them in the order of their lives.
var DeliveryStatuses = []DeliveryStatus{DeliveryReceived, DeliveryApplied, DeliveryIgnored, DeliveryFailed, DeliveryDead}

// Delivery is one webhook that was received.
type Delivery struct {
	ID            int64
	ConnectionID  int64
	Event         string
	EventAt       time.Time // as the sender wrote it; the time of receipt when it wrote none
	CompanyRef    string
	AssessmentRef string // the provider's id of the interview that it speaks of; "" for none
	Digest        []byte // SHA-256 over event, timestamp, company and canonical data
	Verdict       Verdict
	Status        DeliveryStatus
	Duplicates    int               // how often the same delivery came again
	Attempts      int               // since it came or was last replayed
	LastError     string            // a sentence for the operator, without personal data
	Effect        string            // what changed, in words; "" for nothing
	Headers       map[string]string // without keys; nil in lists and after DeliveryRetention
	Body          []byte            // as it came; nil in lists and after DeliveryRetention
	HasBody       bool
	Assessment    string // the title of the interview; "" when it is not known
	AssessmentID  int64  // 0 when it is not known
	ReceivedAt    time.Time
	AppliedAt     *time.Time
	ApplyTook     time.Duration // of the latest try
	Replays       int
	ReplayedBy    string // who asked for the latest replay
}

// Settled says whether nothing more will happen to the delivery by itself.
func (d Delivery) Settled() bool { return d.Status == DeliveryApplied || d.Status == DeliveryIgnored }

// DeliverySettlement is what became of a try to apply a delivery.
type DeliverySettlement struct {
	Status  DeliveryStatus
	Effect  string // "" leaves what is noted
	Problem string
	Took    time.Duration
}

// EffectSource is where a changed value came from.
type EffectSource string

// The sources of effects.
const (
	EffectTold    EffectSource = "told"    // in the webhook itself
	EffectFetched EffectSource = "fetched" // from the provider's API, which the webhook made us ask
)

// DeliveryEffect is one field that a delivery changed.
type DeliveryEffect struct {
	DeliveryID  int64
	CandidateID int64 // 0 when the candidate is gone
	Field       string
	Before      string // "": nothing was known
	After       string
	Source      EffectSource
	At          time.Time
}

// DeliveryFilter narrows a list of deliveries. The zero value is all of them, latest first.
type DeliveryFilter struct {
	Event   string
	Status  DeliveryStatus
	Verdict Verdict
	Search  string    // in the body's text; words that stand there as they are
	From    time.Time // received at or after; zero: from the beginning
	To      time.Time // received before; zero: until now
	IDs     []int64   // only these; nil: all
}

// Empty says whether it narrows nothing.
func (f DeliveryFilter) Empty() bool {
	return f.Event == "" && f.Status == "" && f.Verdict == "" && f.Search == "" && f.From.IsZero() && f.To.IsZero() && f.IDs == nil
}

// DeliveryHealth is how the receiving is doing, over the last week where nothing else is said.
type DeliveryHealth struct {
	Total      int
	Verified   int
	Duplicates int
	Refused    int
	Waiting    int // received and not applied yet, of all time
	Failed     int // will be tried again, of all time
	Dead       int // given up, of all time
	// Lag is the median from the event to its receipt, of those of the latest thousand that happened since the desk has
	// known the provider; nil: none yet.
	Lag          *time.Duration
	LastReceived *time.Time // of all time; nil: nothing yet
	Open         int        // people who are invited or answering, changed within the last fortnight
	OpenSince    *time.Time // the first change of one of them after LastReceived, or else the latest; nil without any
}

// silence is how long nothing may arrive while people are invited or answering before somebody should look.
const silence = 12 * time.Hour

// Silent says for how long nothing was received though it should have been; 0: all is well.
func (h DeliveryHealth) Silent(now time.Time) time.Duration {
	if h.Open == 0 || h.OpenSince == nil {
		return 0
	}
	last := *h.OpenSince
	if h.LastReceived != nil && h.LastReceived.After(last) {
		last = *h.LastReceived
	}
	if quiet := now.Sub(last); quiet >= silence {
		return quiet
	}
	return 0
}

// Refusal is a request to the receiver that was refused, in place of its body.
type Refusal struct {
	ID           int64
	ConnectionID int64
	Reason       string
	SHA256       []byte // of the body; nil where it was not read
	Bytes        int64
	At           time.Time
}

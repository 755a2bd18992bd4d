package hiring

import (
	"slices"
	"time"
)

// Stage is how far a candidate is in the interview.
type Stage string

// The stages. Before StageFinished and its like only invites that we sent and webhooks tell of a candidate.
const (
	StageInvited  Stage = "invited"
	StageLater    Stage = "complete_later" // chose to complete later
	StageStarted  Stage = "started"
	StageError    Stage = "error"     // the interview broke; the candidate may come back
	StageEnded    Stage = "ended"     // left, or was ended
	StageTimedOut Stage = "timed_out" // time ran out; what was said counts
	StageFinished Stage = "completed"
)

// Stages lists them in the order of a funnel.
var Stages = []Stage{StageInvited, StageLater, StageStarted, StageError, StageEnded, StageTimedOut, StageFinished}

// Name is the stage in words for people.
func (s Stage) Name() string {
	switch s {
	case StageInvited:
		return "Invited"
	case StageLater:
		return "Later"
	case StageStarted:
		return "In progress"
	case StageError:
		return "Error"
	case StageEnded:
		return "Left early"
	case StageTimedOut:
		return "Timed out"
	case StageFinished:
		return "Finished"
	}
	return string(s)
}

// Over says whether the candidate is through: nothing but a later report of the same rank changes that.
func (s Stage) Over() bool { return s.rank() == 2 }

// rank orders stages that can't go back: 0 before, 1 on the way, 2 over.
func (s Stage) rank() int {
	switch s {
	case StageLater, StageStarted, StageError:
		return 1
	case StageEnded, StageTimedOut, StageFinished:
		return 2
	}
	return 0
}

// Follows says whether a report of stage next at nextAt replaces the stage s, known since at. Webhooks arrive doubled
// and out of order: a higher rank always wins, within a rank the later event does, and the same event changes nothing.
func (s Stage) Follows(at time.Time, next Stage, nextAt time.Time) bool {
	if s.rank() != next.rank() {
		return next.rank() > s.rank()
	}
	return next != s && nextAt.After(at)
}

// EvaluationStatus is how far the judging is, in the provider's words.
type EvaluationStatus string

// The states of judging; "" before there is anything to judge.
const (
	EvaluationNone          EvaluationStatus = ""
	EvaluationPending       EvaluationStatus = "pending"        // a scorer is at work
	EvaluationPendingReview EvaluationStatus = "pending_review" // people have to score or confirm
	EvaluationCompleted     EvaluationStatus = "completed"
	EvaluationFailed        EvaluationStatus = "failed"
)

// Name is the state in words for people; "" for none.
func (s EvaluationStatus) Name() string {
	switch s {
	case EvaluationPending:
		return "Being scored"
	case EvaluationPendingReview:
		return "To review"
	case EvaluationCompleted:
		return "Scored"
	case EvaluationFailed:
		return "Scoring failed"
	}
	return string(s)
}

// Basis is who or what made a score.
type Basis string

// The bases of a score.
const (
	BasisNone      Basis = ""
	BasisPeople    Basis = "people"
	BasisChecklist Basis = "checklist"
	BasisModel     Basis = "model"
	BasisProvider  Basis = "provider" // the provider doesn't say more
)

// Band is the reading of a score.
type Band string

// The bands of a score from 0 to 100: strong from 75, fair from 50, weak below.
const (
	BandNone   Band = ""
	BandWeak   Band = "weak"
	BandFair   Band = "fair"
	BandStrong Band = "strong"
)

// BandOf reads a score; nil has none.
func BandOf(score *float64) Band {
	switch {
	case score == nil:
		return BandNone
	case *score >= 75:
		return BandStrong
	case *score >= 50:
		return BandFair
	}
	return BandWeak
}

// Name is the band in words for people.
func (b Band) Name() string {
	switch b {
	case BandStrong:
		return "Strong"
	case BandFair:
		return "Fair"
	case BandWeak:
		return "Weak"
	}
	return "Not scored yet"
}

// Candidate is one person in one interview, invited or come by its public link.
type Candidate struct {
	ID              int64
	AssessmentID    int64
	AssessmentTitle string // for lists
	InviteRef       string // the provider's invite id, which its candidates list calls candidateId; "" if not known
	SubmissionRef   string // the provider's submission id; "" if not known
	Name            string
	Email           string
	Stage           Stage
	StageAt         time.Time // the event's own time
	InvitedAt       *time.Time
	StartedAt       *time.Time
	EndedAt         *time.Time
	Score           *float64 // 0–100; nil: not scored yet
	AIScore         *float64 // a model's suggestion or the provider's own; nil: none
	Bucket          string   // "": not received
	Summary         string   // "": none supplied
	Evaluation      EvaluationStatus
	Basis           Basis
	Model           string // for BasisModel
	Confirmed       bool   // people made or confirmed the score
	ErrorCode       string // of the latest interview.error, "" for none
	ErrorMessage    string
	ScoredAt        *time.Time
	CreatedAt       time.Time
	Heard           bool       // the provider was asked which of the answers are spoken
	SyncedAt        *time.Time // when the page was asked for on which the provider's list last told something new; nil: never
}

// Advance takes over a report of a stage where it follows what is known (see Stage.Follows), with the times that it
// implies, and says whether it did.
func (c *Candidate) Advance(next Stage, at time.Time) bool {
	at = at.Truncate(time.Microsecond) // as fine as a record keeps it
	if c.Stage != "" && !c.Stage.Follows(c.StageAt, next, at) {
		return false
	}
	c.Stage, c.StageAt = next, at
	switch {
	case next == StageInvited && c.InvitedAt == nil:
		c.InvitedAt = &at
	case next == StageStarted && c.StartedAt == nil:
		c.StartedAt = &at
	case next.Over():
		c.EndedAt = &at
	}
	return true
}

// Label is what a list calls the candidate: the name, the address where there is none, or words.
func (c *Candidate) Label() string {
	switch {
	case c.Name != "":
		return c.Name
	case c.Email != "":
		return c.Email
	}
	return "Name not known"
}

// Answer is what a candidate said to one question.
type Answer struct {
	CandidateID int64
	QuestionRef string
	Position    int // from 1
	Question    string
	Text        string // what was typed, and after it the transcript of what was spoken; see Split
	Type        string
	Score       *float64 // 0–100; nil: not scored
	AIScore     *float64
	Reason      string // "": no reason supplied
	Evidence    []Passage
	Recording   *Recording // nil: not spoken
}

// Passage is a part of an answer, in bytes of its text, and the point that it was taken for.
type Passage struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Point string `json:"point"`
}

// HistoryEvent is an entry of a candidate's timeline.
type HistoryEvent struct {
	ID          int64
	CandidateID int64
	Kind        string    // an event of the provider ("interview.started"), or one of ours ("invited", "scorecard", "score")
	At          time.Time // when it happened
	ReceivedAt  time.Time // when we learnt of it
	Source      string    // webhook, api, reconcile or person
	Actor       string    // the person's name for source person
	Detail      map[string]string
	DeliveryID  int64 // the webhook that told of it; 0 for none. One webhook is told once
}

// CandidateFilter narrows and orders a list of candidates. The zero value is everybody, latest first.
type CandidateFilter struct {
	Search       string // in name and address
	AssessmentID int64
	Stages       []Stage
	Evaluation   EvaluationStatus
	Bucket       string
	ScoreMin     *float64
	ScoreMax     *float64
	Stuck        bool   // invited more than StuckAfter ago and not begun
	Sort         string // one of CandidateSorts; "" is the first
}

// StuckAfter is how long an invite waits before it needs somebody.
const StuckAfter = 5 * 24 * time.Hour

// CandidateSorts are the orders of a list of candidates.
var CandidateSorts = []string{"recent", "score", "name", "invited"}

// CheckFilter drops what the filter can't mean, so that a hand-written URL still shows a list.
func (f *CandidateFilter) CheckFilter() {
	if !slices.Contains(CandidateSorts, f.Sort) {
		f.Sort = CandidateSorts[0]
	}
	f.Stages = slices.DeleteFunc(f.Stages, func(s Stage) bool { return !slices.Contains(Stages, s) })
}

// Erasure is the deletion of a candidate: all that is left of it.
type Erasure struct {
	By string // the name of who did it; "" for the program itself, and for somebody who is no longer of the team
	At time.Time
}

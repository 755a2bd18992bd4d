package partnerapi

// PathCandidates is GET with limit and nextToken, relative to BasePath.
const PathCandidates = "/assessment/{assessmentId}/candidates"

// Page sizes of GET …/candidates.
const (
	DefaultCandidateLimit = 50
	CandidateLimitMax     = 100
)

// Values of Candidate.Status: the list has only people who are through.
const (
	CandidateFinished = "finished"
	CandidateTimedOut = "timed_out"
)

// Values of Candidate.EvaluationStatus. The reference publishes only "completed" by example.
const (
	EvaluationCompleted     = "completed"
	EvaluationPending       = "pending"        // a scorer is at work
	EvaluationPendingReview = "pending_review" // people have to score or confirm
	EvaluationFailed        = "failed"
)

// Candidate is a finished or timed-out submission. Null fields are normal: not scored yet, no reason supplied.
type Candidate struct {
	CandidateID      ID       `json:"candidateId"` // the invite's id
	Name             string   `json:"name"`
	Email            string   `json:"email"`
	Score            *float64 `json:"score"` // 0–100
	AIScore          *float64 `json:"aiScore"`
	AISummary        *string  `json:"aiSummary"`
	Status           string   `json:"status"`
	EvaluationStatus string   `json:"evaluationStatus"`
	SubmittedAt      Millis   `json:"submittedAt"`
	ProfileImage     *string  `json:"profileImage"`
	Questions        []Answer `json:"questions"`
}

// Answer is a question with what the candidate said and how it was judged.
type Answer struct {
	ID            ID       `json:"id"`
	Question      string   `json:"question"`
	UserAnswer    string   `json:"userAnswer"`
	Score         *float64 `json:"score"` // 0–100
	AIScore       *float64 `json:"aiScore"`
	ReasonOfScore *string  `json:"reasonOfScore"`
	Type          string   `json:"type"`
}

// CandidatePage is the data of GET …/candidates. A nil NextToken ends the list; there is no total.
type CandidatePage struct {
	Candidates []Candidate     `json:"candidates"`
	Pagination CandidatePaging `json:"pagination"`
}

// CandidatePaging goes on by an opaque token; Count is the length of this page.
type CandidatePaging struct {
	NextToken *string `json:"nextToken"`
	Count     int     `json:"count"`
}

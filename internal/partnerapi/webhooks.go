package partnerapi

import "encoding/json"

// Event names what a webhook reports.
type Event string

// The events of assessments and interviews. One URL receives all events of a company, others among them.
const (
	EventReady         Event = "assessment.ready"
	EventStarted       Event = "interview.started"
	EventScored        Event = "interview.scoring_completed"
	EventEnded         Event = "interview.ended"
	EventError         Event = "interview.error"
	EventCompleteLater Event = "interview.complete_later"
	EventTest          Event = "webhook.test"       // ours; see PathWebhookTest
	EventRecorded      Event = "interview.recorded" // ours: of an interview that is over, a recording or its transcript came (CapRecordings)
)

// Headers of a webhook. HeaderKey is a shared secret in plain text, empty when none is set; there is neither a
// signature nor an event id.
const (
	HeaderEvent     = "X-Webhook-Event"
	HeaderTimestamp = "X-Webhook-Timestamp"
	HeaderKey       = "X-Webhook-Key"
)

// Webhook is the published envelope. Data differs by event and is kept raw, since the reference names its fields
// only by example; EventData reads what it knows of it.
type Webhook struct {
	Event     Event           `json:"event"`
	Timestamp string          `json:"timestamp"` // ISO 8601 UTC
	CompanyID ID              `json:"companyId"`
	Data      json.RawMessage `json:"data"`
}

// EventData is what the engine puts into Webhook.Data, and the names under which the client looks for the same
// at any provider. Every field may be missing.
type EventData struct {
	AssessmentID    ID       `json:"assessmentId,omitempty"`
	SubmissionID    ID       `json:"submissionId,omitempty"`
	InviteID        ID       `json:"inviteId,omitempty"`
	CandidateName   string   `json:"candidateName,omitempty"`
	CandidateEmail  string   `json:"candidateEmail,omitempty"`
	InterviewStatus string   `json:"interviewStatus,omitempty"`
	Score           *float64 `json:"score,omitempty"`
	Bucket          string   `json:"bucket,omitempty"`
	EndedReason     string   `json:"endedReason,omitempty"`
	ErrorCode       string   `json:"errorCode,omitempty"`
	ErrorMessage    string   `json:"errorMessage,omitempty"`
	QuestionCount   *int     `json:"questionCount,omitempty"`
}

// Values of EventData.InterviewStatus.
const (
	InterviewStarted       = "started"
	InterviewCompleteLater = "complete_later"
	InterviewCompleted     = "completed"
	InterviewTimedOut      = "timed_out"
	InterviewEnded         = "ended"
	InterviewError         = "error"
)

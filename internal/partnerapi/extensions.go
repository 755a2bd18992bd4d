package partnerapi

// Extensions are what the local engine can do beyond the published reference. They live under one prefix of their
// own, which other providers answer with 404, so that a client learns there what it may offer and shows no control
// that its provider can't serve. Paths are relative to BasePath.
const (
	PathExtensions  = "/extensions"                                                               // GET: Extensions
	PathScoring     = "/extensions/scoring"                                                       // GET, PUT: Scoring
	PathDetails     = "/extensions/assessment/{assessmentId}/questions"                           // GET: []QuestionDetail
	PathGeneration  = "/extensions/assessment/{assessmentId}/generation"                          // GET: Generation
	PathWebhookTest = "/extensions/webhook-test"                                                  // POST {}: sends EventTest to every receiver
	PathEvaluation  = "/extensions/assessment/{assessmentId}/candidates/{candidateId}/evaluation" // GET: Evaluation; PUT: EvaluationRequest → Evaluation
	PathCandidate   = "/extensions/assessment/{assessmentId}/candidates/{candidateId}"            // DELETE: erases the person, and everything of their interview
	PathWork        = "/extensions/work"                                                          // GET: Work
	PathFailedWork  = "/extensions/work/{workId}"                                                 // POST {}: tries it again; DELETE: forgets it
)

// Capability is something a provider can do beyond the reference.
type Capability string

// Capabilities of the local engine.
const (
	CapScoring          Capability = "scoring"          // the way of scoring can be read and chosen (PathScoring)
	CapQuestionDetails  Capability = "questionDetails"  // ideal answers and key points can be read back (PathDetails)
	CapKeyPoints        Capability = "keyPoints"        // QuestionRequest.KeyPoints is kept
	CapEvaluation       Capability = "evaluation"       // people's scores can be sent, the basis of a score read (PathEvaluation)
	CapGenerationStatus Capability = "generationStatus" // a running generation can be watched (PathGeneration)
	CapWebhookTest      Capability = "webhookTest"      // a webhook can be asked for (PathWebhookTest)
	CapInviteLinks      Capability = "inviteLinks"      // Extensions.InviteURL is set
	CapErase            Capability = "erase"            // a person can be erased (PathCandidate)
	CapWork             Capability = "work"             // what it does by itself can be looked after (PathWork, PathFailedWork)
	CapRecordings       Capability = "recordings"       // people may speak their answers (QuestionEvaluation.Recording, PathRecording, EventRecorded)
)

// Extensions is the data of GET /extensions.
type Extensions struct {
	Provider     string       `json:"provider"` // for people: "Local engine"
	Capabilities []Capability `json:"capabilities"`
	InviteURL    string       `json:"inviteUrl"` // an invite's link, with {inviteId} in place of the id
	Model        string       `json:"model"`     // the language model's name, "" without one
}

// Has says whether the provider stated c.
func (e Extensions) Has(c Capability) bool {
	for _, have := range e.Capabilities {
		if have == c {
			return true
		}
	}
	return false
}

// ScoringMode is how finished submissions get their score.
type ScoringMode string

// The ways of scoring; ScoringPeople is the default.
const (
	ScoringPeople    ScoringMode = "people"
	ScoringChecklist ScoringMode = "checklist"
	ScoringModel     ScoringMode = "model" // refused with INVALID_REQUEST while no model is set
)

// Scoring is the workspace's choice.
type Scoring struct {
	Mode ScoringMode `json:"mode"`
}

// KeyPoint is one thing an answer should mention: any of these words or short phrases, compared without case.
type KeyPoint []string

// Limits of key points.
const (
	KeyPointsMax            = 10
	KeyPointAlternativesMax = 8
	KeyPointLengthMax       = 80 // runes
)

// QuestionDetail is everything the engine knows of a question.
type QuestionDetail struct {
	Question
	IdealAnswer       string     `json:"idealAnswer"`
	SystemInstruction string     `json:"systemInstruction"`
	KeyPoints         []KeyPoint `json:"keyPoints"`
	Source            string     `json:"source"`     // SourceWritten, SourceBank or SourceModel
	Model             string     `json:"model"`      // the model's name for SourceModel
	Difficulty        string     `json:"difficulty"` // "" for written questions
	Skill             string     `json:"skill"`      // the skill it probes, "" for none in particular
}

// Values of QuestionDetail.Source.
const (
	SourceWritten = "written"
	SourceBank    = "bank"
	SourceModel   = "model"
)

// Generation is how far the latest generation of an assessment's questions has come.
type Generation struct {
	State         string `json:"state"`
	QuestionCount int    `json:"questionCount"` // written so far, of Wanted
	Wanted        int    `json:"wanted"`
	Message       string `json:"message"` // for people, why it failed
}

// Values of Generation.State. There is no webhook for GenerationFailed: the reference has none.
const (
	GenerationNone    = "none" // nothing was ever generated
	GenerationRunning = "running"
	GenerationReady   = "ready"
	GenerationFailed  = "failed"
)

// Evaluation says who or what judged a submission, and on what ground.
type Evaluation struct {
	Basis     ScoringMode          `json:"basis"`     // "" while nothing has judged it
	Confirmed bool                 `json:"confirmed"` // people scored it, or confirmed a suggestion
	Model     string               `json:"model"`     // for ScoringModel
	Bucket    string               `json:"bucket"`
	Status    string               `json:"status"`             // evaluationStatus
	Summary   string               `json:"summary"`            // people's, "" while they wrote none
	ScoredAt  *Millis              `json:"scoredAt,omitempty"` // when the latest score was set; nil: none is
	Questions []QuestionEvaluation `json:"questions"`
}

// QuestionEvaluation is the ground of one answer's score: what was said, and what of it was taken for what.
type QuestionEvaluation struct {
	QuestionID ID         `json:"questionId"`
	Evidence   []Passage  `json:"evidence"`            // in order, never overlapping
	Recording  *Recording `json:"recording,omitempty"` // nil: the answer was not spoken
}

// Passage is a part of an answer, in bytes of its UTF-8 text, and the point that it was taken for.
type Passage struct {
	Start int    `json:"start"`
	End   int    `json:"end"`
	Point string `json:"point"`
}

// EvaluationRequest sends people's judgement: final scores for the submission and its answers. It sets the score
// and the bucket and sends interview.scoring_completed. Sent again, it replaces what was there.
type EvaluationRequest struct {
	Score     float64         `json:"score"` // 0–100
	Summary   string          `json:"summary,omitempty"`
	Questions []QuestionScore `json:"questions"`
}

// QuestionScore is people's score of one answer; a nil Score leaves it unscored.
type QuestionScore struct {
	QuestionID ID       `json:"questionId"`
	Score      *float64 `json:"score"` // 0–100
	Reason     string   `json:"reason"`
}

// Work is what a provider does by itself, at once or later, for those who look after it.
type Work struct {
	Counts []WorkCount  `json:"counts"` // each kind that there is any of, in the order of kinds
	Failed []FailedWork `json:"failed"` // the latest first, WorkFailedMax at most
}

// WorkFailedMax is how much failed work is listed.
const WorkFailedMax = 50

// WorkCount is how many pieces of work of a kind there are.
type WorkCount struct {
	Kind    string `json:"kind"`    // one of the Work… constants, or what a newer provider calls it
	Waiting int    `json:"waiting"` // for their turn, or their time
	Running int    `json:"running"`
	Failing int    `json:"failing"` // failed, and will be tried again
	Dead    int    `json:"dead"`    // given up
}

// Kinds of work.
const (
	WorkMail     = "mail"     // write to who is invited
	WorkGenerate = "generate" // write an assessment's questions
	WorkScore    = "score"    // have a model judge an interview
	WorkHear     = "hear"     // measure a recording, and have it written down
	WorkCut      = "cut"      // end a recording whose end never came
	WorkWebhook  = "webhook"  // send an event
)

// FailedWork is a piece of work whose latest try failed.
type FailedWork struct {
	ID    ID      `json:"id"`
	Kind  string  `json:"kind"`
	About string  `json:"about"` // of WorkWebhook the event; "" for others
	Tries int     `json:"tries"`
	Of    int     `json:"of"` // tries that it gets
	Error string  `json:"error"`
	At    Millis  `json:"at"`             // of the latest try
	Next  *Millis `json:"next,omitempty"` // of the next one; nil: given up
	Again bool    `json:"again"`          // it can be tried again now
}

package partnerapi

// Paths of the operations on questions, relative to BasePath.
const (
	PathQuestions         = "/assessment/{assessmentId}/questions"              // POST
	PathQuestion          = "/assessment/{assessmentId}/questions/{questionId}" // PUT, DELETE
	PathGenerateQuestions = "/assessment/{assessmentId}/generate-questions"     // POST
)

// Limits of the reference; lengths count runes.
const (
	QuestionMin          = 10
	QuestionMax          = 1000
	JobDescriptionMin    = 50
	GenerateMax          = 10
	DefaultGenerateCount = 5
)

// QuestionSubjective is the type of every published question.
const QuestionSubjective = "SUBJECTIVE"

// Difficulty of generated questions.
const (
	DifficultyEasy   = "easy"
	DifficultyMedium = "medium" // the default
	DifficultyHard   = "hard"
)

// Question is a question as it can be read: what it asks, never its ideal answer or instruction.
type Question struct {
	ID       ID     `json:"id"`
	Question string `json:"question"`
	Type     string `json:"type"`
}

// QuestionRequest is the body of adding and of changing a question. The last field is an extension of the local
// engine (CapKeyPoints) and stays empty elsewhere. On a change, nil pointers leave what was written before.
type QuestionRequest struct {
	Question          string      `json:"question"`
	SystemInstruction *string     `json:"systemInstruction,omitempty"`
	IdealAnswer       *string     `json:"idealAnswer,omitempty"`
	KeyPoints         *[]KeyPoint `json:"keyPoints,omitempty"`
}

// QuestionAdded is the data of POST …/questions.
type QuestionAdded struct {
	QuestionID ID     `json:"questionId"`
	Message    string `json:"message"`
}

// Message is the data of answers that say only a sentence.
type Message struct {
	Message string `json:"message"`
}

// AutoGenerateRequest is the body of POST /assessment/auto-generate: JobID or Purpose is required.
type AutoGenerateRequest struct {
	JobID   JobNumber `json:"jobId,omitempty"`
	Purpose string    `json:"purpose,omitempty"`
	Role    string    `json:"role,omitempty"`
	Type    string    `json:"type,omitempty"` // "" is TypeAudio
}

// GenerateRequest is the body of POST …/generate-questions. Nil or "" takes the default.
type GenerateRequest struct {
	JobDescription string   `json:"jobDescription"`
	Skills         []string `json:"skills,omitempty"`
	QuestionCount  *int     `json:"questionCount,omitempty"`
	Difficulty     string   `json:"difficulty,omitempty"`
}

// Generated is the data of POST …/generate-questions.
type Generated struct {
	Message       string `json:"message"`
	QuestionCount int    `json:"questionCount"`
}

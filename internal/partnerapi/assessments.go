package partnerapi

import "strings"

// Paths of the operations on assessments, relative to BasePath; {…} are path parameters.
const (
	PathAssessments  = "/assessment"                  // GET: list
	PathCreateVoice  = "/assessment/audio-interviews" // POST
	PathAutoGenerate = "/assessment/auto-generate"    // POST
	PathAssessment   = "/assessment/{assessmentId}"   // GET, PUT
	PathJobs         = "/jobs"                        // GET
)

// Limits of the reference; lengths count runes.
const (
	TitleMax          = 1000
	RoleMax           = 500
	PurposeMin        = 10 // on create; update has no minimum
	PurposeMax        = 5000
	DurationMin       = 1   // minutes
	DurationMaxCreate = 120 // minutes
	DurationMaxUpdate = 180 // minutes
	SkillsMax         = 20
	BucketsMax        = 5

	DefaultDuration = 20
	DefaultLanguage = "english"
	DefaultPerPage  = 10
)

// PerPage lists the page sizes that GET /assessment takes.
var PerPage = []int{10, 20, 40, 80, 100}

// Languages lists the values of aiLanguage, first those that the reference names.
var Languages = []string{
	"english", "spanish", "french", "german", "hindi", "portuguese", "italian", "dutch", "polish", "czech",
	"swedish", "danish", "norwegian", "finnish", "turkish", "greek", "ukrainian", "russian", "romanian",
	"hungarian", "arabic", "hebrew", "persian", "urdu", "bengali", "tamil", "telugu", "marathi", "chinese",
	"japanese", "korean", "vietnamese", "thai", "indonesian", "malay", "filipino",
}

// LanguageTag is the BCP 47 tag of a value of aiLanguage in any case, "" for one that Languages does not have.
func LanguageTag(language string) string { return languageTags[strings.ToLower(language)] }

var languageTags = map[string]string{
	"english": "en", "spanish": "es", "french": "fr", "german": "de", "hindi": "hi", "portuguese": "pt", "italian": "it",
	"dutch": "nl", "polish": "pl", "czech": "cs", "swedish": "sv", "danish": "da", "norwegian": "no", "finnish": "fi",
	"turkish": "tr", "greek": "el", "ukrainian": "uk", "russian": "ru", "romanian": "ro", "hungarian": "hu", "arabic": "ar",
	"hebrew": "he", "persian": "fa", "urdu": "ur", "bengali": "bn", "tamil": "ta", "telugu": "te", "marathi": "mr",
	"chinese": "zh", "japanese": "ja", "korean": "ko", "vietnamese": "vi", "thai": "th", "indonesian": "id", "malay": "ms",
	"filipino": "fil",
}

// Values of Assessment.Status.
const (
	StatusActive   = "ACTIVE"
	StatusInactive = "INACTIVE"
)

// Values of AutoGenerateRequest.Type.
const (
	TypeAudio = "AI_AUDIO_INTERVIEW"
	TypeVideo = "AI_VIDEO_INTERVIEW"
)

// AssessmentTypeQuiz is the assessmentType of every published example.
const AssessmentTypeQuiz = "QUIZ"

// Values of Bucket.Status.
const (
	BucketPass = "pass"
	BucketFail = "fail"
)

// Bucket is a named outcome of the evaluation.
type Bucket struct {
	Name        string `json:"name"`
	Description string `json:"description,omitempty"`
	Status      string `json:"status"` // BucketPass or BucketFail
}

// StandardBuckets are what an assessment gets when none are given, best first (the reference's own example).
var StandardBuckets = []Bucket{
	{Name: "Strong Fit", Description: "Exceeds expectations", Status: BucketPass},
	{Name: "Good Fit", Description: "Meets requirements", Status: BucketPass},
	{Name: "Not a Fit", Description: "Does not meet requirements", Status: BucketFail},
}

// Poster is the person who made an assessment.
type Poster struct {
	FirstName string `json:"firstName"`
	LastName  string `json:"lastName"`
	Email     string `json:"email"`
	ClientID  ID     `json:"clientId"`
}

// Assessment is one interview. The list, get and create answers each publish a part of these fields; a pointer or
// an empty value is a field that the answer left out.
type Assessment struct {
	AssessmentID                ID         `json:"assessmentId"`
	TestName                    string     `json:"testName"`
	CompanyID                   ID         `json:"companyId"`
	JobID                       ID         `json:"jobId"`
	Status                      string     `json:"status"`
	AssessmentType              string     `json:"assessmentType"`
	QuestionCount               int        `json:"questionCount"`
	HiringForRole               string     `json:"hiringForRole"`
	PurposeOfInterview          string     `json:"purposeOfInterview"`
	Duration                    int        `json:"duration"` // minutes
	AILanguage                  string     `json:"aiLanguage"`
	Skills                      []string   `json:"skills"`
	Buckets                     []Bucket   `json:"buckets,omitzero"`
	AssessmentURL               string     `json:"assessmentUrl"`
	CreatedAt                   *Millis    `json:"createdAt,omitempty"`
	LastUpdatedOn               *Millis    `json:"lastUpdatedOn,omitempty"`
	CreatedBy                   ID         `json:"createdBy,omitempty"`
	IsEmailVerificationRequired *bool      `json:"isEmailVerificationRequired,omitempty"`
	ShouldEvaluateCEFR          *bool      `json:"shouldEvaluateCEFR,omitempty"`
	PostedBy                    *Poster    `json:"postedBy,omitempty"`
	SubmissionCount             *int       `json:"submissionCount,omitempty"`
	Questions                   []Question `json:"questions,omitzero"`
}

// AssessmentPage is the data of GET /assessment.
type AssessmentPage struct {
	Assessments []Assessment `json:"assessments"`
	Pagination  PageInfo     `json:"pagination"`
}

// PageInfo is the paging of lists with totals; Page counts from 1.
type PageInfo struct {
	Page       int `json:"page"`
	Limit      int `json:"limit"`
	Total      int `json:"total"`
	TotalPages int `json:"totalPages"`
}

// CreateRequest is the body of POST /assessment/audio-interviews. A nil pointer or nil slice takes the default.
type CreateRequest struct {
	Title                       string   `json:"title"`
	HiringForRole               string   `json:"hiringForRole"`
	PurposeOfInterview          string   `json:"purposeOfInterview"`
	JobID                       ID       `json:"jobId,omitempty"`
	IsEmailVerificationRequired *bool    `json:"isEmailVerificationRequired,omitempty"`
	Status                      string   `json:"status,omitempty"`
	Duration                    *int     `json:"duration,omitempty"`
	AILanguage                  string   `json:"aiLanguage,omitempty"`
	Skills                      []string `json:"skills,omitempty"`
	Buckets                     []Bucket `json:"buckets,omitempty"`
	ShouldEvaluateCEFR          *bool    `json:"shouldEvaluateCEFR,omitempty"`
}

// UpdateRequest is the body of PUT /assessment/:id; nil leaves a field as it is. Skills may be set to none with an
// empty, non-nil slice.
type UpdateRequest struct {
	Title              *string   `json:"title,omitempty"`
	Duration           *int      `json:"duration,omitempty"`
	AILanguage         *string   `json:"aiLanguage,omitempty"`
	Skills             *[]string `json:"skills,omitempty"`
	PurposeOfInterview *string   `json:"purposeOfInterview,omitempty"`
}

// UpdateResult is the data of PUT /assessment/:id.
type UpdateResult struct {
	AssessmentID ID     `json:"assessmentId"`
	Message      string `json:"message"`
}

// Jobs is the body of GET /jobs, which has no envelope.
type Jobs struct {
	Jobs      []Job `json:"jobs"`
	TotalJobs int   `json:"totalJobs"`
}

// Job is an opening that assessments can be linked to.
type Job struct {
	ID     ID     `json:"id"`
	Title  string `json:"title"`
	Status string `json:"status"`
}

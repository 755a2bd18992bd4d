package hiring

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of an assessment; lengths in characters, durations in minutes. They are the provider's (its published
// reference), kept here so that a form is refused before it is sent.
const (
	TitleMax          = 1000
	RoleMax           = 500
	PurposeMin        = 10
	PurposeMax        = 5000
	DurationMin       = 1
	DurationMaxCreate = 120
	DurationMaxUpdate = 180
	DurationDefault   = 20
	SkillsMax         = 20
	SkillLengthMax    = 100
	BucketsMax        = 5
	BucketNameMax     = 100
)

// Languages lists the spoken languages of an interview; "english" is the default.
var Languages = []string{
	"english", "spanish", "french", "german", "hindi", "portuguese", "italian", "dutch", "polish", "czech",
	"swedish", "danish", "norwegian", "finnish", "turkish", "greek", "ukrainian", "russian", "romanian",
	"hungarian", "arabic", "hebrew", "persian", "urdu", "bengali", "tamil", "telugu", "marathi", "chinese",
	"japanese", "korean", "vietnamese", "thai", "indonesian", "malay", "filipino",
}

// AssessmentStatus is whether an interview takes answers.
type AssessmentStatus string

// The states of an interview.
const (
	AssessmentActive   AssessmentStatus = "active"
	AssessmentInactive AssessmentStatus = "inactive"
)

// Bucket is a named outcome, with whether it counts as passing.
type Bucket struct {
	Name        string `json:"name"`
	Description string `json:"description"`
	Pass        bool   `json:"pass"`
}

// StandardBuckets are offered for a new interview, best first.
var StandardBuckets = []Bucket{
	{"Strong Fit", "Exceeds expectations", true},
	{"Good Fit", "Meets requirements", true},
	{"Not a Fit", "Does not meet requirements", false},
}

// GenerationState is how far the writing of questions is.
type GenerationState string

// The states of generation; "" means that none was asked for.
const (
	GenerationNone    GenerationState = ""
	GenerationRunning GenerationState = "running"
	GenerationReady   GenerationState = "ready"
	GenerationFailed  GenerationState = "failed"
)

// GenerationKind is how questions come about.
type GenerationKind string

// The kinds of generation.
const (
	GenerateMore GenerationKind = "more" // into an interview that is there
	GenerateNew  GenerationKind = "new"  // together with the interview
	GenerateCopy GenerationKind = "copy" // not written but copied from another interview
)

// GenerationLimit is how long a run may take before it counts as failed.
const GenerationLimit = 15 * time.Minute

// Generation is the latest run of question writing.
type Generation struct {
	State     GenerationState
	Wanted    int               // how many questions were asked for; 0: not known
	Before    int               // how many questions there were when it began
	Message   string            // why it failed, a sentence; "" otherwise
	Request   GenerationRequest // what was asked for
	StartedAt time.Time
}

// GenerationRequest is kept with the run, so that a failed one can be tried again without typing it anew.
type GenerationRequest struct {
	Kind   GenerationKind `json:"kind"`
	Draft  GenerateDraft  `json:"draft"`   // for GenerateMore
	CopyOf int64          `json:"copy_of"` // for GenerateCopy: the interview
}

// Assessment is an interview as the desk keeps it.
type Assessment struct {
	ID                int64
	ConnectionID      int64
	Ref               string // the provider's id
	Title             string
	Role              string
	Purpose           string
	JobRef            string // the provider's job id; "" for none
	Status            AssessmentStatus
	Duration          int // minutes
	Language          string
	Skills            []string
	Buckets           []Bucket // nil: the provider didn't say
	EmailVerification *bool    // nil: the provider didn't say
	CEFR              *bool    // nil: the provider didn't say
	URL               string   // where candidates begin
	QuestionCount     int
	SubmissionCount   int // as the provider counts
	PostedBy          string
	Generation        Generation
	CreatedAt         time.Time
	UpdatedAt         time.Time
	SyncedAt          time.Time  // when the provider last told us
	MissingSince      *time.Time // the provider no longer has it; nil: it has
}

// AssessmentSummary is a line of the list of interviews.
type AssessmentSummary struct {
	Assessment
	Invited  int // candidates that were invited from here
	Finished int // candidates who finished or ran out of time
}

// AssessmentCounts are the figures beside the parts of an interview.
type AssessmentCounts struct {
	Questions  int
	Candidates int
	Invites    int // sendings that reached the provider
}

// AssessmentFilter narrows and orders the list of interviews. The zero value is all of them, latest first.
type AssessmentFilter struct {
	Search string // in title and role
	Status string // one of AssessmentStatuses; "" is all
	Sort   string // one of AssessmentSorts; "" is the first
}

// AssessmentStatuses are what a list can be narrowed to; "gone" is what the provider no longer has.
var AssessmentStatuses = []string{"active", "inactive", "gone"}

// AssessmentSorts are the orders of the list: the latest, the most and the alphabet's first come first.
var AssessmentSorts = []string{"updated", "title", "questions", "invited", "finished"}

// CheckFilter drops what the filter can't mean, so that a hand-written URL still shows a list.
func (f *AssessmentFilter) CheckFilter() {
	f.Search = strings.TrimSpace(f.Search)
	if !slices.Contains(AssessmentStatuses, f.Status) {
		f.Status = ""
	}
	if !slices.Contains(AssessmentSorts, f.Sort) {
		f.Sort = AssessmentSorts[0]
	}
}

// AssessmentDraft is what a person writes for a new interview.
type AssessmentDraft struct {
	Title             string
	Role              string
	Purpose           string
	JobRef            string
	Status            AssessmentStatus
	Duration          int
	Language          string
	Skills            []string
	Buckets           []Bucket
	EmailVerification bool
	CEFR              bool
}

// CheckDraft normalises and checks a new interview.
func CheckDraft(d *AssessmentDraft) error {
	d.Title, d.Role, d.Purpose = strings.TrimSpace(d.Title), strings.TrimSpace(d.Role), strings.TrimSpace(d.Purpose)
	d.Skills = CleanSkills(d.Skills)
	var c Check
	c.textRule("title", "a title", d.Title, 1, TitleMax)
	c.textRule("role", "the role you hire for", d.Role, 1, RoleMax)
	c.textRule("purpose", "what the interview is for", d.Purpose, PurposeMin, PurposeMax)
	c.That(d.Status == AssessmentActive || d.Status == AssessmentInactive, "status", "Choose active or inactive.")
	c.duration(d.Duration, DurationMaxCreate)
	c.language(d.Language)
	c.skills(d.Skills)
	c.buckets(d.Buckets)
	return c.Err()
}

// AssessmentChange is what the provider lets people change later.
type AssessmentChange struct {
	Title    string
	Purpose  string
	Duration int
	Language string
	Skills   []string
}

// CheckChange normalises and checks a change. The provider allows longer interviews here than on creation.
func CheckChange(d *AssessmentChange) error {
	d.Title, d.Purpose = strings.TrimSpace(d.Title), strings.TrimSpace(d.Purpose)
	d.Skills = CleanSkills(d.Skills)
	var c Check
	c.textRule("title", "a title", d.Title, 1, TitleMax)
	c.textRule("purpose", "what the interview is for", d.Purpose, 0, PurposeMax)
	c.duration(d.Duration, DurationMaxUpdate)
	c.language(d.Language)
	c.skills(d.Skills)
	return c.Err()
}

// CleanSkills trims skills and drops empty ones and repeats (compared without case), keeping their order.
func CleanSkills(skills []string) []string {
	clean := make([]string, 0, len(skills))
	for _, s := range skills {
		s = strings.Join(strings.Fields(s), " ")
		same := func(have string) bool { return strings.EqualFold(have, s) }
		if s != "" && !slices.ContainsFunc(clean, same) {
			clean = append(clean, s)
		}
	}
	return clean
}

func (c *Check) duration(minutes, most int) {
	c.That(minutes >= DurationMin && minutes <= most, "duration", fmt.Sprintf("Choose from %d to %d minutes.", DurationMin, most))
}

func (c *Check) language(l string) {
	c.That(slices.Contains(Languages, l), "language", "Choose a language from the list.")
}

func (c *Check) skills(skills []string) {
	c.That(len(skills) <= SkillsMax, "skills", fmt.Sprintf("Keep to %d skills; there are %d.", SkillsMax, len(skills)))
	tooLong := func(s string) bool { return length(s) > SkillLengthMax }
	c.That(!slices.ContainsFunc(skills, tooLong), "skills", fmt.Sprintf("Keep each skill to %d characters.", SkillLengthMax))
}

func (c *Check) buckets(buckets []Bucket) {
	c.That(len(buckets) <= BucketsMax, "buckets", fmt.Sprintf("Keep to %d buckets.", BucketsMax))
	seen := map[string]bool{}
	for i, b := range buckets {
		name := strings.ToLower(strings.TrimSpace(b.Name))
		c.That(name != "", "buckets", fmt.Sprintf("Name bucket %d, or remove it.", i+1))
		c.That(length(b.Name) <= BucketNameMax, "buckets", fmt.Sprintf("Keep the name of bucket %d to %d characters.", i+1, BucketNameMax))
		c.That(name == "" || !seen[name], "buckets", fmt.Sprintf("Two buckets are called %q. Give each its own name.", b.Name))
		seen[name] = true
	}
}

// AutoGenerateDraft asks the provider to make an interview with its questions.
type AutoGenerateDraft struct {
	JobRef  string
	Role    string
	Purpose string
	Video   bool
}

// CheckAutoGenerate normalises and checks the request: a job, or what the interview is for.
func CheckAutoGenerate(d *AutoGenerateDraft) error {
	d.JobRef, d.Role, d.Purpose = strings.TrimSpace(d.JobRef), strings.TrimSpace(d.Role), strings.TrimSpace(d.Purpose)
	var c Check
	c.That(d.JobRef != "" || d.Purpose != "", "purpose", "Pick a job, or describe what the interview is for.")
	c.textRule("role", "the role", d.Role, 0, RoleMax)
	c.textRule("purpose", "the purpose", d.Purpose, 0, PurposeMax)
	return c.Err()
}

// Job is an opening at the provider that an interview can be linked to.
type Job struct {
	Ref    string
	Title  string
	Status string
}

package hiring

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"
)

// Limits of questions; lengths in characters (the provider's published reference, but for the key points).
const (
	QuestionMin             = 10
	QuestionMax             = 1000
	NoteMax                 = 5000 // ideal answer, instruction
	JobDescriptionMin       = 50
	JobDescriptionMax       = 20000
	GenerateMax             = 10
	GenerateDefault         = 5
	KeyPointsMax            = 10
	KeyPointAlternativesMax = 8
	KeyPointLengthMax       = 80
)

// Difficulty of generated questions.
type Difficulty string

// The difficulties; medium is the default.
const (
	Easy   Difficulty = "easy"
	Medium Difficulty = "medium"
	Hard   Difficulty = "hard"
)

// KeyPoint is one thing that an answer should mention: any of these words or short phrases.
type KeyPoint []string

// Question is a question of an interview. The provider never tells the ideal answer and the instruction back:
// those are our own copy.
type Question struct {
	ID           int64
	AssessmentID int64
	Ref          string // the provider's id
	Position     int    // from 1
	Text         string
	Type         string
	IdealAnswer  string
	Instruction  string
	KeyPoints    []KeyPoint
	Source       string     // written, bank or model; "" where the provider didn't say
	Model        string     // for source model
	Elsewhere    bool       // its text was changed outside this desk, so our notes may no longer fit
	DeletedAt    *time.Time // kept for undo; nil: part of the interview
	CreatedAt    time.Time
}

// Version tells one wording of a question and its notes from another: a form carries it to notice that somebody else
// saved meanwhile. Its form means nothing.
func (q Question) Version() string {
	h := sha256.New()
	for _, part := range []string{q.Text, q.IdealAnswer, q.Instruction, FormatKeyPoints(q.KeyPoints)} {
		fmt.Fprintf(h, "%d %s\n", len(part), part)
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Draft is the question as a form begins with it.
func (q Question) Draft() QuestionDraft {
	return QuestionDraft{Text: q.Text, IdealAnswer: q.IdealAnswer, Instruction: q.Instruction, KeyPoints: q.KeyPoints}
}

// QuestionDraft is what a person writes.
type QuestionDraft struct {
	Text        string
	IdealAnswer string
	Instruction string
	KeyPoints   []KeyPoint
}

// CheckQuestion normalises and checks a question.
func CheckQuestion(q *QuestionDraft) error {
	q.Text, q.IdealAnswer, q.Instruction = strings.TrimSpace(q.Text), strings.TrimSpace(q.IdealAnswer), strings.TrimSpace(q.Instruction)
	var c Check
	c.textRule("question", "a question", q.Text, QuestionMin, QuestionMax)
	c.textRule("ideal_answer", "an ideal answer", q.IdealAnswer, 0, NoteMax)
	c.textRule("instruction", "an instruction", q.Instruction, 0, NoteMax)
	c.That(len(q.KeyPoints) <= KeyPointsMax, "key_points", fmt.Sprintf("Keep to %d key points.", KeyPointsMax))
	for i, p := range q.KeyPoints {
		c.That(len(p) <= KeyPointAlternativesMax, "key_points", fmt.Sprintf("Keep to %d alternatives in line %d.", KeyPointAlternativesMax, i+1))
		for _, word := range p {
			c.That(length(word) <= KeyPointLengthMax, "key_points", fmt.Sprintf("Keep each phrase to %d characters; one in line %d is longer.", KeyPointLengthMax, i+1))
		}
	}
	return c.Err()
}

// ParseKeyPoints reads key points as people type them: one a line, alternatives separated by "/" or "|".
func ParseKeyPoints(text string) []KeyPoint {
	var points []KeyPoint
	for line := range strings.Lines(text) {
		var p KeyPoint
		for word := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == '/' || r == '|' }) {
			if word = strings.Join(strings.Fields(word), " "); word != "" {
				p = append(p, word)
			}
		}
		if len(p) > 0 {
			points = append(points, p)
		}
	}
	return points
}

// FormatKeyPoints writes key points the way ParseKeyPoints reads them.
func FormatKeyPoints(points []KeyPoint) string {
	lines := make([]string, len(points))
	for i, p := range points {
		lines[i] = strings.Join(p, " / ")
	}
	return strings.Join(lines, "\n")
}

// GenerateDraft asks for more questions.
type GenerateDraft struct {
	Description string
	Skills      []string
	Count       int
	Difficulty  Difficulty
}

// CheckGenerate normalises and checks the request.
func CheckGenerate(d *GenerateDraft) error {
	d.Description = strings.TrimSpace(d.Description)
	d.Skills = CleanSkills(d.Skills)
	var c Check
	c.textRule("description", "a description of the job", d.Description, JobDescriptionMin, JobDescriptionMax)
	c.That(d.Count >= 1 && d.Count <= GenerateMax, "count", fmt.Sprintf("Choose from 1 to %d questions.", GenerateMax))
	c.That(d.Difficulty == Easy || d.Difficulty == Medium || d.Difficulty == Hard, "difficulty", "Choose easy, medium or hard.")
	c.skills(d.Skills)
	return c.Err()
}

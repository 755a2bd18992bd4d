package hiring

import (
	"fmt"
	"strings"
	"time"
)

// Rating is one step of the five-step scale that people score answers on. The steps are a quarter of 100 apart, so
// that a mean of ratings is a score.
type Rating struct {
	Score float64 // 0, 25, 50, 75 or 100
	Name  string
}

// Ratings are the steps, lowest first.
var Ratings = []Rating{
	{0, "No evidence"},
	{25, "Weak"},
	{50, "Partly"},
	{75, "Good"},
	{100, "Excellent"},
}

// RatingOf reads a step by its score; ok is false for a score that is no step.
func RatingOf(score float64) (r Rating, ok bool) {
	for _, r := range Ratings {
		if r.Score == score {
			return r, true
		}
	}
	return Rating{}, false
}

// ScorecardNoteMax is the longest note or comment, in characters.
const ScorecardNoteMax = 5000

// Scorecard is one person's judgement of one candidate.
type Scorecard struct {
	ID          int64
	CandidateID int64
	UserID      int64
	UserName    string
	Comment     string
	Answers     []ScorecardAnswer
	Confirms    *float64 // a model's score, confirmed as it is; nil: rated by hand
	CreatedAt   time.Time
	UpdatedAt   time.Time
	SentAt      *time.Time // when the provider got the team's score with this in it; nil: not since UpdatedAt
}

// ScorecardAnswer is the judgement of one answer.
type ScorecardAnswer struct {
	QuestionRef string  `json:"question_ref"`
	Score       float64 `json:"score"` // of a Rating, or the model's where the scorecard confirms it
	Note        string  `json:"note"`
}

// Score is the mean of the answers' ratings, or what was confirmed; ok is false without either.
func (s Scorecard) Score() (mean float64, ok bool) {
	switch {
	case s.Confirms != nil:
		return *s.Confirms, true
	case len(s.Answers) == 0:
		return 0, false
	}
	for _, a := range s.Answers {
		mean += a.Score
	}
	return mean / float64(len(s.Answers)), true
}

// CheckScorecard checks a scorecard against the questions that were asked, given by their provider's ids in order:
// each has to be rated once. Fields are "rating-<n>" and "note-<n>", n from 1.
func CheckScorecard(s *Scorecard, questions []string) error {
	var c Check
	rated := map[string]ScorecardAnswer{}
	for _, a := range s.Answers {
		rated[a.QuestionRef] = a
	}
	s.Answers = s.Answers[:0:0]
	for i, q := range questions {
		a, ok := rated[q]
		if ok {
			_, ok = RatingOf(a.Score)
		}
		c.That(ok, fmt.Sprintf("rating-%d", i+1), fmt.Sprintf("Rate the answer to question %d.", i+1))
		a.QuestionRef, a.Note = q, strings.TrimSpace(a.Note)
		c.That(length(a.Note) <= ScorecardNoteMax, fmt.Sprintf("note-%d", i+1), fmt.Sprintf("Keep the note to %d characters.", ScorecardNoteMax))
		s.Answers = append(s.Answers, a)
	}
	s.Comment = strings.TrimSpace(s.Comment)
	c.That(length(s.Comment) <= ScorecardNoteMax, "comment", fmt.Sprintf("Keep the comment to %d characters.", ScorecardNoteMax))
	c.That(len(questions) > 0, "", "There is no answer to score yet.")
	return c.Err()
}

// Confirmation is the scorecard of somebody who takes a model's suggestion as it is; *InvalidError where there is none
// to take.
func Confirmation(c Candidate, answers []Answer) (Scorecard, error) {
	if c.Evaluation != EvaluationPendingReview || c.AIScore == nil {
		return Scorecard{}, Invalid("", "There is no suggestion to confirm any more. Load the page again to see how it stands.")
	}
	card := Scorecard{CandidateID: c.ID, Confirms: c.AIScore, Answers: []ScorecardAnswer{}}
	for _, a := range answers {
		if a.AIScore != nil {
			card.Answers = append(card.Answers, ScorecardAnswer{QuestionRef: a.QuestionRef, Score: *a.AIScore})
		}
	}
	return card, nil
}

// Wants says whether people have to judge the candidate: the submission is in, and nothing scored it for good.
func (c *Candidate) Wants() bool {
	return (c.Stage == StageFinished || c.Stage == StageTimedOut) && (c.Evaluation == EvaluationPendingReview || c.Evaluation == EvaluationFailed)
}

// WaitingReview is a candidate whom somebody has yet to score.
type WaitingReview struct {
	Candidate
	Scorecards int // that others have saved
}

// DoneReview is a scorecard with the candidate it is about.
type DoneReview struct {
	Scorecard
	Candidate Candidate
}

// TeamScore is the mean of scorecards, for the submission and for each question (by its provider's id).
type TeamScore struct {
	Score     float64
	Questions map[string]float64
}

// Mean is the team's score once required scorecards are in; ok is false before that.
func Mean(cards []Scorecard, required int) (t TeamScore, ok bool) {
	if len(cards) == 0 || len(cards) < required {
		return TeamScore{}, false
	}
	t.Questions = map[string]float64{}
	n := map[string]int{}
	for _, card := range cards {
		score, _ := card.Score()
		t.Score += score / float64(len(cards))
		for _, a := range card.Answers {
			t.Questions[a.QuestionRef] += a.Score
			n[a.QuestionRef]++
		}
	}
	for ref := range t.Questions {
		t.Questions[ref] /= float64(n[ref])
	}
	return t, true
}

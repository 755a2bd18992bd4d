package score

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"greenroom/internal/engine/chat"
	"greenroom/internal/partnerapi"
)

// ErrFailed means that the server could not be asked; the cause is wrapped in the same error. Scoring may be tried
// again later as a whole.
var ErrFailed = errors.New("scoring by the model failed")

// Reasons of an answer without a suggested score, as people read them.
const (
	ReasonNotVerbatim = "The model quoted words that are not in the answer."
	ReasonNoQuote     = "The model quoted nothing from the answer."
	ReasonUnusable    = "The model did not give a usable judgement."
	ReasonNoAnswer    = "No answer was given." // the one that comes with a score, 0
)

// Steps are the only scores that a model may suggest: finer ones would promise what no model can tell apart.
var Steps = []int{0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100}

// ModelConfig says which OpenAI-compatible server and model judge the answers.
type ModelConfig = chat.Config

// Scorer suggests scores by a language model. It is safe for concurrent use.
type Scorer struct {
	client *chat.Client
}

// NewScorer makes a scorer on an OpenAI-compatible server; it connects on the first Score.
func NewScorer(cfg ModelConfig) *Scorer {
	return &Scorer{client: chat.New(cfg)}
}

// Model is the model's name.
func (s *Scorer) Model() string { return s.client.Model() }

// Submission is what is to be judged.
type Submission struct {
	Role     string
	Language string // of reasons and summary, as in the contract ("english"); "" means english
	Answers  []Answer
}

// Answer is one question and what the candidate said to it.
type Answer struct {
	Question    string
	Instruction string // the author's hint for the evaluator
	IdealAnswer string
	Text        string // the candidate's words; hostile until proven otherwise
}

// Suggestion is a model's judgement of a submission, for people to confirm or to change.
type Suggestion struct {
	Score     *float64 // mean of the answers' scores; nil unless every answer has one
	Summary   string   // "" when the model gave none
	Answers   []Judgement
	Exchanges []Exchange // everything that was said, for keeping, in order
}

// Judgement is the suggestion for one answer, in the order of Submission.Answers.
type Judgement struct {
	Score    *float64 // one of Steps; nil for none, and Reason says why
	Reason   string
	Evidence []partnerapi.Passage // the model's quotes, in bytes of Answer.Text, in order, never overlapping
}

// Exchange is one question to the model, word for word.
type Exchange struct {
	Answer int    // index of the answer, -1 for the summary
	Prompt string // system and user part
	Reply  string // raw, "" when nothing came
	Model  string // by the server's own name
}

// Score judges each answer on its own, so that no answer can speak for or against another, and sums up at the end.
// What the model says counts only with quotes that are verbatim words of the answer: else that answer's suggestion
// is without a score. A refusal or a cut-off reply does the same. When the server can't be asked it returns ErrFailed
// and the suggestion so far, whose Exchanges are still worth keeping.
func (s *Scorer) Score(ctx context.Context, sub Submission) (Suggestion, error) {
	result := Suggestion{Answers: make([]Judgement, len(sub.Answers))}
	for i, a := range sub.Answers {
		if strings.TrimSpace(a.Text) == "" {
			result.Answers[i] = Judgement{Score: new(float64), Reason: ReasonNoAnswer}
			continue
		}
		var raw judgement
		err := s.ask(ctx, &result, i, answerPrompt(sub, a), &raw)
		switch {
		case errors.Is(err, chat.ErrUnusable):
			result.Answers[i] = Judgement{Reason: ReasonUnusable}
		case err != nil:
			return result, fmt.Errorf("%w: answer %d: %w", ErrFailed, i+1, err)
		default:
			result.Answers[i] = raw.hold(a.Text)
		}
	}
	result.Score = mean(result.Answers)
	if len(result.Exchanges) == 0 {
		return result, nil
	}
	var raw struct {
		Summary string `json:"summary"`
	}
	err := s.ask(ctx, &result, -1, summaryPrompt(sub, result.Answers), &raw)
	if err != nil && !errors.Is(err, chat.ErrUnusable) {
		return result, fmt.Errorf("%w: summary: %w", ErrFailed, err)
	}
	result.Summary = clip(chat.Clean(raw.Summary), summaryMax)
	return result, nil
}

func (s *Scorer) ask(ctx context.Context, result *Suggestion, answer int, p chat.Prompt, into any) error {
	reply, err := s.client.Ask(ctx, p, into)
	result.Exchanges = append(result.Exchanges, Exchange{
		Answer: answer, Prompt: p.System + "\n\n" + p.User, Reply: reply.Text, Model: reply.Model,
	})
	return err
}

// mean is nil when an answer lacks a score: a mean of the rest would reward whoever gets a bad answer rejected.
func mean(answers []Judgement) *float64 {
	sum := 0.0
	for _, a := range answers {
		if a.Score == nil {
			return nil
		}
		sum += *a.Score
	}
	if len(answers) == 0 {
		return nil
	}
	m := math.Round(sum/float64(len(answers))*10) / 10
	return &m
}

const (
	reasonMax  = 1000 // runes
	summaryMax = 2000
	pointMax   = partnerapi.KeyPointLengthMax
)

// judgement is what the model writes about one answer.
type judgement struct {
	Evidence []struct {
		Quote string `json:"quote"`
		Point string `json:"point"`
	} `json:"evidence"`
	Reason string `json:"reason"`
	Score  *int   `json:"score"`
}

// hold holds the model's words against the answer's.
func (j judgement) hold(answer string) Judgement {
	if j.Score == nil || !slices.Contains(Steps, *j.Score) {
		return Judgement{Reason: ReasonUnusable}
	}
	text := fold(answer, false)
	var evidence []partnerapi.Passage
	for _, e := range j.Evidence {
		place, ok := verbatim(text, e.Quote)
		if !ok {
			return Judgement{Reason: ReasonNotVerbatim}
		}
		place.Point = clip(strings.Join(strings.Fields(chat.Clean(e.Point)), " "), pointMax)
		evidence = append(evidence, place)
	}
	if len(evidence) == 0 && *j.Score > 0 {
		return Judgement{Reason: ReasonNoQuote}
	}
	score := float64(*j.Score)
	return Judgement{Score: &score, Reason: clip(chat.Clean(j.Reason), reasonMax), Evidence: apart(evidence)}
}

// verbatim finds a quote in the answer. Every word must be there, in that case and order and none cut in half; only
// line breaks, kinds of quotation mark and hyphen, and punctuation at the quote's two ends may differ.
func verbatim(text folded, quote string) (partnerapi.Passage, bool) {
	words := strings.Trim(fold(quote, false).text, " \"'.,;:!?…")
	if places := occurrences(text, words); len(places) > 0 {
		return places[0], true
	}
	return partnerapi.Passage{}, false
}

func clip(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

var answerSchema = json.RawMessage(`{
  "type": "object",
  "properties": {
    "evidence": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {"quote": {"type": "string"}, "point": {"type": "string"}},
        "required": ["quote", "point"],
        "additionalProperties": false
      }
    },
    "reason": {"type": "string"},
    "score": {"type": "integer", "enum": [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]}
  },
  "required": ["evidence", "reason", "score"],
  "additionalProperties": false
}`)

var summarySchema = json.RawMessage(`{
  "type": "object",
  "properties": {"summary": {"type": "string"}},
  "required": ["summary"],
  "additionalProperties": false
}`)

package generate

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"greenroom/internal/engine/chat"
	"greenroom/internal/partnerapi"
)

// ModelConfig says which OpenAI-compatible server and model write the questions.
type ModelConfig = chat.Config

// Model generates questions by a language model. It is safe for concurrent use.
type Model struct {
	client *chat.Client
}

// NewModel makes a generator on an OpenAI-compatible server; it connects on the first Generate.
func NewModel(cfg ModelConfig) *Model {
	return &Model{client: chat.New(cfg)}
}

// Generate asks the model for questions and, when fewer than asked for are usable, once more for the missing ones.
// It returns fewer only when that was not enough. ErrFailed wraps the cause when the server or the model fails
// before any question is usable, ErrEmpty when both answered and nothing is.
func (m *Model) Generate(ctx context.Context, r Request) ([]Question, error) {
	var questions []Question
	seen := r.seen()
	for range 2 {
		missing := r.count() - len(questions)
		var drafts struct {
			Questions []draft `json:"questions"`
		}
		reply, err := m.client.Ask(ctx, modelPrompt(r, missing, questions), &drafts)
		if err != nil {
			if len(questions) > 0 {
				return questions, nil
			}
			return nil, fmt.Errorf("%w: %w", ErrFailed, err)
		}
		for _, d := range drafts.Questions {
			q, ok := d.question(r, reply.Model)
			if key := Normal(q.Text); ok && !seen[key] && len(questions) < r.count() {
				seen[key] = true
				questions = append(questions, q)
			}
		}
		if len(questions) == r.count() {
			break
		}
	}
	if len(questions) == 0 {
		return nil, fmt.Errorf("%w: the model wrote nothing usable", ErrEmpty)
	}
	return questions, nil
}

// draft is a question as the model writes it.
type draft struct {
	Question       string     `json:"question"`
	IdealAnswer    string     `json:"idealAnswer"`
	KeyPoints      [][]string `json:"keyPoints"`
	EvaluationHint string     `json:"evaluationHint"`
	Skill          string     `json:"skill"`
}

// modelSchema stays in the subset that servers agree on; lengths are checked here.
var modelSchema = json.RawMessage(`{
  "type": "object",
  "properties": {
    "questions": {
      "type": "array",
      "items": {
        "type": "object",
        "properties": {
          "question": {"type": "string"},
          "idealAnswer": {"type": "string"},
          "keyPoints": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
          "evaluationHint": {"type": "string"},
          "skill": {"type": "string"}
        },
        "required": ["question", "idealAnswer", "keyPoints", "evaluationHint", "skill"],
        "additionalProperties": false
      }
    }
  },
  "required": ["questions"],
  "additionalProperties": false
}`)

var numbered = regexp.MustCompile(`^(?:Q(?:uestion)?\s*)?\d{1,2}\s*[.):]\s+`)

// question holds a draft to our rules; ok is false when the text itself is unusable.
func (d draft) question(r Request, model string) (q Question, ok bool) {
	q = Question{
		Text:        numbered.ReplaceAllString(strings.Join(strings.Fields(chat.Clean(d.Question)), " "), ""),
		IdealAnswer: clip(chat.Clean(d.IdealAnswer), 4000),
		Instruction: clip(chat.Clean(d.EvaluationHint), 2000),
		Difficulty:  r.difficulty(),
		Source:      SourceModel,
		Model:       model,
	}
	for _, point := range d.KeyPoints {
		var alternatives []string
		for _, a := range point {
			if a = strings.Join(strings.Fields(chat.Clean(a)), " "); a != "" && len([]rune(a)) <= partnerapi.KeyPointLengthMax {
				alternatives = append(alternatives, a)
			}
		}
		if len(alternatives) > 0 && len(q.KeyPoints) < partnerapi.KeyPointsMax {
			q.KeyPoints = append(q.KeyPoints, alternatives[:min(len(alternatives), partnerapi.KeyPointAlternativesMax)])
		}
	}
	for _, s := range r.Skills {
		if strings.EqualFold(strings.TrimSpace(s), strings.TrimSpace(d.Skill)) {
			q.Skill = strings.TrimSpace(s)
		}
	}
	return q, fits(q.Text)
}

// clip cuts a text after n runes.
func clip(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

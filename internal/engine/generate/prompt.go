package generate

import (
	"cmp"
	"fmt"
	"strings"

	"greenroom/internal/engine/chat"
)

const (
	promptDescriptionMax = 12000 // runes; a posting is rarely a third of it, and small models have small windows
	promptAvoidMax       = 60    // the latest questions to avoid; all are checked afterwards in any case
	tokensPerQuestion    = 700   // with ideal answer and points, in scripts that cost several tokens a word
)

var levels = map[string]string{
	"easy":   "easy: somebody new to the field can answer well",
	"medium": "medium: for a solid practitioner",
	"hard":   "hard: for senior people; trade-offs, ambiguity, leadership, failures at scale",
}

// modelPrompt asks for count questions that differ from those in r.Avoid and from have.
func modelPrompt(r Request, count int, have []Question) chat.Prompt {
	fence := chat.NewFence()
	system := `You write questions for a job interview by voice: the candidate hears one question at a time and answers aloud in two to four minutes.

Each question is open, stands alone, asks for one thing only, asks for experience or for reasoning on a concrete situation, and needs no code, screen or whiteboard. No trivia, no definitions, no puzzles, nothing about age, family, health, origin, religion or other protected traits. Vary the openings.

For each question give:
- question: 40 to 350 characters
- idealAnswer: two to four sentences, for the reviewer: what a strong answer contains
- keyPoints: three to five points; each a list of one to four alternative words or short phrases that a good spoken answer would literally contain, lower case
- evaluationHint: one sentence: what separates a strong answer from a weak one
- skill: the listed skill that it probes, word for word, or "" for none

` + fence.Rule()

	var user strings.Builder
	fmt.Fprintf(&user, "Write exactly %d different questions.\nDifficulty: %s.\nLanguage of everything you write: %s.\n\n",
		count, levels[r.difficulty()], cmp.Or(r.Language, "english"))
	if r.Role != "" {
		user.WriteString("The role:\n" + fence.Round("role", clip(r.Role, 500)))
	}
	if r.Description != "" {
		user.WriteString("The job's description or the interview's purpose. Ask only about what this role needs:\n" +
			fence.Round("description", clip(r.Description, promptDescriptionMax)))
	}
	if len(r.Skills) > 0 {
		user.WriteString("Skills that must come up first, in turns, one skill a line:\n" + fence.Round("skills", clip(strings.Join(r.Skills, "\n"), 2000)))
	}
	avoid := r.Avoid[max(0, len(r.Avoid)-promptAvoidMax):]
	for _, q := range have {
		avoid = append(avoid[:len(avoid):len(avoid)], q.Text)
	}
	if len(avoid) > 0 {
		user.WriteString("Questions that the interview already has, one a line. Don't repeat them, not in other words either:\n" +
			fence.Round("existing", clip(strings.Join(avoid, "\n"), promptDescriptionMax)))
	}
	return chat.Prompt{
		System: system, User: user.String(), Name: "interview_questions", Schema: modelSchema,
		MaxTokens: 600 + count*tokensPerQuestion,
	}
}

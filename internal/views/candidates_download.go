package views

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// CandidateRecordProps are all that is kept of a candidate, for the file that they may ask for.
type CandidateRecordProps struct {
	Candidate  hiring.Candidate
	Answers    []hiring.Answer
	Cards      []hiring.Scorecard
	History    []hiring.HistoryEvent // oldest first
	Letters    []hiring.Message
	Deliveries []hiring.Delivery
	Also       []hiring.Candidate // other records of the same address
	Sounds     map[int]string     // where a recording lies in the file, by the answer's position
	Provider   string
	Now        time.Time
}

// title is what the page is called.
func (p CandidateRecordProps) title() string { return "What is kept of " + p.Candidate.Label() }

// timeline is that of the candidate's page, from the beginning.
func (p CandidateRecordProps) timeline() []timelineEvent {
	events := CandidateProps{History: p.History, Provider: p.Provider}.timeline()
	slices.Reverse(events)
	return events
}

// facts are what the record itself says.
func (p CandidateRecordProps) facts() []ui.Detail {
	c := p.Candidate
	return known(
		ui.Detail{Term: "Name", Value: c.Name}, ui.Detail{Term: "Email", Value: c.Email}, ui.Detail{Term: "Interview", Value: c.AssessmentTitle},
		ui.Detail{Term: "Stage", Value: c.Stage.Name() + ", " + ui.Exact(c.StageAt)},
		ui.Detail{Term: "Invited", Value: exactly(c.InvitedAt)}, ui.Detail{Term: "Started", Value: exactly(c.StartedAt)}, ui.Detail{Term: "Ended", Value: exactly(c.EndedAt)},
		ui.Detail{Term: "Score", Value: figure(c.Score)}, ui.Detail{Term: "Scored", Value: strings.TrimSpace(scoredLine(c, p.Provider) + " " + exactly(c.ScoredAt))},
		ui.Detail{Term: "Suggested score", Value: figure(c.AIScore)}, ui.Detail{Term: "Bucket", Value: c.Bucket}, ui.Detail{Term: "Summary", Value: c.Summary},
		ui.Detail{Term: "Error", Value: strings.TrimSpace(c.ErrorCode + " " + c.ErrorMessage)},
	)
}

// known leaves out what has no value.
func known(list ...ui.Detail) []ui.Detail {
	return slices.DeleteFunc(list, func(d ui.Detail) bool { return d.Value == "" })
}

func exactly(t *time.Time) string {
	if t == nil {
		return ""
	}
	return ui.Exact(*t)
}

// joined adds a note to a line, if there is one.
func joined(line, note string) string {
	if note == "" {
		return line
	}
	return line + ": " + note
}

// sentWords say what became of a mail.
func sentWords(m hiring.Message) string {
	if m.SentAt == nil {
		return "not sent"
	}
	return "sent on " + ui.Exact(*m.SentAt)
}

// question is the text of what was asked, for a rating of its answer.
func (p CandidateRecordProps) question(ref string) string {
	for _, a := range p.Answers {
		if a.QuestionRef == ref {
			return fmt.Sprintf("%d. %s", a.Position, a.Question)
		}
	}
	return "A question that is not asked any more"
}

// The same for programs. Times are RFC 3339, scores 0–100, lengths seconds; null is what is not known.
type (
	record struct {
		Made       time.Time       `json:"made_at"`
		Provider   string          `json:"provider"`
		Candidate  recordPerson    `json:"candidate"`
		Answers    []recordAnswer  `json:"answers"`
		Scorecards []recordCard    `json:"scorecards"`
		Timeline   []recordEvent   `json:"timeline"`
		Mail       []recordLetter  `json:"mail"`
		Webhooks   []recordWebhook `json:"webhooks"`
		Also       []string        `json:"other_interviews"`
	}
	recordPerson struct {
		Name           string     `json:"name"`
		Email          string     `json:"email"`
		Interview      string     `json:"interview"`
		InviteID       string     `json:"invite_id"`
		SubmissionID   string     `json:"submission_id"`
		Stage          string     `json:"stage"`
		StageAt        time.Time  `json:"stage_at"`
		InvitedAt      *time.Time `json:"invited_at"`
		StartedAt      *time.Time `json:"started_at"`
		EndedAt        *time.Time `json:"ended_at"`
		Score          *float64   `json:"score"`
		SuggestedScore *float64   `json:"suggested_score"`
		ScoredBy       string     `json:"scored_by"`
		Model          string     `json:"model"`
		Confirmed      bool       `json:"confirmed"`
		ScoredAt       *time.Time `json:"scored_at"`
		Bucket         string     `json:"bucket"`
		Summary        string     `json:"summary"`
		ErrorCode      string     `json:"error_code"`
		ErrorMessage   string     `json:"error_message"`
	}
	recordAnswer struct {
		Number         int              `json:"number"`
		Question       string           `json:"question"`
		Typed          string           `json:"typed"`
		Transcript     string           `json:"transcript"`
		Score          *float64         `json:"score"`
		SuggestedScore *float64         `json:"suggested_score"`
		Reason         string           `json:"reason"`
		Evidence       []recordPassage  `json:"evidence"`
		Recording      *recordRecording `json:"recording"`
	}
	recordPassage struct {
		Text  string `json:"text"`
		Point string `json:"point"`
	}
	recordRecording struct {
		File   string   `json:"file"` // "": there is nothing to listen to
		Length float64  `json:"length"`
		Speech *float64 `json:"speech"`
		Model  string   `json:"transcript_model"`
	}
	recordCard struct {
		By        string         `json:"by"`
		Comment   string         `json:"comment"`
		Confirms  *float64       `json:"confirms"`
		Ratings   []recordRating `json:"ratings"`
		CreatedAt time.Time      `json:"created_at"`
		UpdatedAt time.Time      `json:"updated_at"`
	}
	recordRating struct {
		Question string  `json:"question"`
		Score    float64 `json:"score"`
		Note     string  `json:"note"`
	}
	recordEvent struct {
		What   string            `json:"what"`
		At     time.Time         `json:"at"`
		Source string            `json:"source"`
		By     string            `json:"by"`
		Detail map[string]string `json:"detail"`
	}
	recordLetter struct {
		To      string     `json:"to"`
		Subject string     `json:"subject"`
		Text    string     `json:"text"`
		MadeAt  time.Time  `json:"made_at"`
		SentAt  *time.Time `json:"sent_at"`
	}
	recordWebhook struct {
		Event      string          `json:"event"`
		ReceivedAt time.Time       `json:"received_at"`
		Body       json.RawMessage `json:"body"`
	}
)

// JSON is the record for programs.
func (p CandidateRecordProps) JSON() ([]byte, error) {
	c := p.Candidate
	r := record{
		Made: p.Now.UTC(), Provider: p.Provider,
		Candidate: recordPerson{
			Name: c.Name, Email: c.Email, Interview: c.AssessmentTitle, InviteID: c.InviteRef, SubmissionID: c.SubmissionRef,
			Stage: string(c.Stage), StageAt: c.StageAt, InvitedAt: c.InvitedAt, StartedAt: c.StartedAt, EndedAt: c.EndedAt,
			Score: c.Score, SuggestedScore: c.AIScore, ScoredBy: string(c.Basis), Model: c.Model, Confirmed: c.Confirmed, ScoredAt: c.ScoredAt,
			Bucket: c.Bucket, Summary: c.Summary, ErrorCode: c.ErrorCode, ErrorMessage: c.ErrorMessage,
		},
		Answers: []recordAnswer{}, Scorecards: []recordCard{}, Timeline: []recordEvent{}, Mail: []recordLetter{}, Webhooks: []recordWebhook{}, Also: []string{},
	}
	for _, a := range p.Answers {
		typed, transcript := a.Split()
		out := recordAnswer{
			Number: a.Position, Question: a.Question, Typed: typed, Transcript: transcript, Score: a.Score, SuggestedScore: a.AIScore, Reason: a.Reason,
			Evidence: []recordPassage{},
		}
		for _, e := range passages(a.Text, a.Evidence) {
			if e.point != "" {
				out.Evidence = append(out.Evidence, recordPassage{Text: e.text, Point: e.point})
			}
		}
		if s := a.Recording; s != nil {
			out.Recording = &recordRecording{File: p.Sounds[a.Position], Length: s.Seconds, Speech: s.Speech, Model: s.Model}
		}
		r.Answers = append(r.Answers, out)
	}
	for _, card := range p.Cards {
		out := recordCard{By: card.UserName, Comment: card.Comment, Confirms: card.Confirms, Ratings: []recordRating{}, CreatedAt: card.CreatedAt, UpdatedAt: card.UpdatedAt}
		for _, a := range card.Answers {
			out.Ratings = append(out.Ratings, recordRating{Question: p.question(a.QuestionRef), Score: a.Score, Note: a.Note})
		}
		r.Scorecards = append(r.Scorecards, out)
	}
	for _, e := range p.History {
		r.Timeline = append(r.Timeline, recordEvent{What: e.Kind, At: e.At, Source: e.Source, By: e.Actor, Detail: e.Detail})
	}
	for _, m := range p.Letters {
		r.Mail = append(r.Mail, recordLetter{To: m.To, Subject: m.Subject, Text: m.Body, MadeAt: m.CreatedAt, SentAt: m.SentAt})
	}
	for _, d := range p.Deliveries {
		body := json.RawMessage(d.Body)
		if !json.Valid(body) { // kept as it came, whatever it was
			body, _ = json.Marshal(string(d.Body)) // a string
		}
		r.Webhooks = append(r.Webhooks, recordWebhook{Event: d.Event, ReceivedAt: d.ReceivedAt, Body: body})
	}
	for _, a := range p.Also {
		r.Also = append(r.Also, a.AssessmentTitle)
	}
	text, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("writing what is kept of candidate %d: %w", c.ID, err)
	}
	return text, nil
}

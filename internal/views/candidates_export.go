package views

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/hiring"
)

// Sheet is a table for spreadsheet programs: what its columns are called, and what stands in them.
type Sheet[T any] []SheetColumn[T]

// SheetColumn is one of them.
type SheetColumn[T any] struct {
	Head string
	Cell func(T) string
}

// Heads are the columns' names.
func (s Sheet[T]) Heads() []string {
	heads := make([]string, len(s))
	for i, c := range s {
		heads[i] = c.Head
	}
	return heads
}

// Row is one line.
func (s Sheet[T]) Row(v T) []string {
	cells := make([]string, len(s))
	for i, c := range s {
		cells[i] = c.Cell(v)
	}
	return cells
}

// CandidateSheet has a line for each person. provider is what made scores of no other basis, page the address of the
// desk without a slash at its end.
func CandidateSheet(provider, page string) Sheet[hiring.Candidate] {
	return Sheet[hiring.Candidate]{
		{"Name", func(c hiring.Candidate) string { return sheetText(c.Name) }},
		{"Email", func(c hiring.Candidate) string { return sheetText(c.Email) }},
		{"Interview", func(c hiring.Candidate) string { return sheetText(c.AssessmentTitle) }},
		{"Stage", func(c hiring.Candidate) string { return c.Stage.Name() }},
		{"Since (UTC)", func(c hiring.Candidate) string { return sheetTime(&c.StageAt) }},
		{"Invited (UTC)", func(c hiring.Candidate) string { return sheetTime(c.InvitedAt) }},
		{"Started (UTC)", func(c hiring.Candidate) string { return sheetTime(c.StartedAt) }},
		{"Ended (UTC)", func(c hiring.Candidate) string { return sheetTime(c.EndedAt) }},
		{"Score", func(c hiring.Candidate) string { return figure(c.Score) }},
		{"Bucket", func(c hiring.Candidate) string { return sheetText(c.Bucket) }},
		{"Scored", func(c hiring.Candidate) string { return sheetText(scoredLine(c, provider)) }},
		{"Scored at (UTC)", func(c hiring.Candidate) string { return sheetTime(c.ScoredAt) }},
		{"Suggested score", func(c hiring.Candidate) string { return figure(c.AIScore) }},
		{"Summary", func(c hiring.Candidate) string { return sheetText(c.Summary) }},
		{"Error", func(c hiring.Candidate) string {
			return sheetText(strings.TrimSpace(c.ErrorCode + " " + c.ErrorMessage))
		}},
		{"Page", func(c hiring.Candidate) string { return page + CandidateHref(c.ID) }},
	}
}

// Said is an answer with who gave it.
type Said struct {
	Candidate hiring.Candidate
	Answer    hiring.Answer
}

// AnswerSheet has a line for each answer. page is as in CandidateSheet.
func AnswerSheet(page string) Sheet[Said] {
	return Sheet[Said]{
		{"Name", func(s Said) string { return sheetText(s.Candidate.Name) }},
		{"Email", func(s Said) string { return sheetText(s.Candidate.Email) }},
		{"Interview", func(s Said) string { return sheetText(s.Candidate.AssessmentTitle) }},
		{"Stage", func(s Said) string { return s.Candidate.Stage.Name() }},
		{"Number", func(s Said) string { return strconv.Itoa(s.Answer.Position) }},
		{"Question", func(s Said) string { return sheetText(s.Answer.Question) }},
		{"Typed", func(s Said) string { typed, _ := s.Answer.Split(); return sheetText(strings.TrimSpace(typed)) }},
		{"Transcript", func(s Said) string { _, heard := s.Answer.Split(); return sheetText(heard) }},
		{"Spoken (seconds)", func(s Said) string {
			if s.Answer.Recording == nil {
				return ""
			}
			return fmt.Sprintf("%.0f", s.Answer.Recording.Seconds)
		}},
		{"Score", func(s Said) string { return figure(s.Answer.Score) }},
		{"Suggested score", func(s Said) string { return figure(s.Answer.AIScore) }},
		{"Reason", func(s Said) string { return sheetText(s.Answer.Reason) }},
		{"Page", func(s Said) string {
			return fmt.Sprintf("%s%s#answer-%d", page, CandidateHref(s.Candidate.ID), s.Answer.Position)
		}},
	}
}

// scoredLine says who or what made the score, or why there is none.
func scoredLine(c hiring.Candidate, provider string) string {
	if c.Score == nil {
		return absentScore(c)
	}
	return basisLine(c, provider)
}

// sheetText keeps a spreadsheet program from reading what somebody wrote as a formula, which could fetch and send
// things: an apostrophe marks it as text (OWASP, "CSV injection").
func sheetText(text string) string {
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 {
		return "'" + text
	}
	return text
}

// sheetTime is as fine as people read it, and spreadsheet programs take it for a time in every language.
func sheetTime(t *time.Time) string {
	if t == nil {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

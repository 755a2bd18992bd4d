package views

import (
	"fmt"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// OutboxProps of the outbox.
type OutboxProps struct {
	URL                string // of this page, with its query
	Search, State      string
	Total              int
	Mail               bool // a mail server is set
	Rows               []OutboxRow
	PrevHref, NextHref string
	Now                time.Time
}

// OutboxRow is one message.
type OutboxRow struct {
	ID          int64
	To, Subject string
	Kind        string // in words
	State       string
	Tone        ui.Tone
	Failed      bool
	Problem     string
	Link        string // "" where there is none to copy
	Body        string
	At          time.Time // sent, or else made
	Stamp       string
}

// NewOutboxProps writes a page of messages out of total. mail says whether a mail server is set.
func NewOutboxProps(list []hiring.Message, total int, mail bool, now time.Time) OutboxProps {
	p := OutboxProps{Total: total, Mail: mail, Now: now}
	for _, m := range list {
		row := OutboxRow{ID: m.ID, To: m.To, Subject: m.Subject, Problem: m.Problem, Link: m.Link, Body: m.Body, At: m.CreatedAt, Kind: kindWord(m.Kind)}
		switch {
		case m.State == hiring.MessageSent:
			row.State, row.Tone = "Sent", ui.Strong
			if m.SentAt != nil {
				row.At = *m.SentAt
			}
		case m.ExpiresAt != nil && !now.Before(*m.ExpiresAt):
			row.State, row.Link, row.Body, row.Problem = "Expired", "", "", "The link no longer works."
		case m.State == hiring.MessageFailed:
			row.State, row.Tone, row.Failed = "Failed", ui.Weak, true
		case mail && m.Attempts > 0:
			row.State, row.Tone = fmt.Sprintf("Tried %d of %d times", m.Attempts, hiring.MessageAttempts), ui.Fair
		case mail:
			row.State, row.Tone = "On its way", ui.Info
		default:
			row.State, row.Tone = "Waiting for you", ui.Fair
		}
		row.Stamp = fmt.Sprint(m.State, m.Attempts)
		p.Rows = append(p.Rows, row)
	}
	return p
}

func kindWord(k hiring.MessageKind) string {
	switch k {
	case hiring.MessageInvite:
		return "Invite"
	case hiring.MessageJoin:
		return "Link to join"
	case hiring.MessageReset:
		return "New password"
	}
	return string(k)
}

func (p OutboxProps) states() []ui.Option {
	return []ui.Option{
		{Value: "", Label: "All states"},
		{Value: string(hiring.MessageWaiting), Label: "Waiting"},
		{Value: string(hiring.MessageSent), Label: "Sent"},
		{Value: string(hiring.MessageFailed), Label: "Failed"},
	}
}

func (p OutboxProps) filtered() bool { return p.Search != "" || p.State != "" }

func (p OutboxProps) clearHref() string {
	if p.filtered() {
		return "/outbox"
	}
	return ""
}

func retryPath(id int64) string { return fmt.Sprintf("/outbox/%d/retry", id) }

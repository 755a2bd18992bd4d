package hiring

import "time"

// MessageState is how far a message is.
type MessageState string

// The states of a message. Without a mail server messages wait, and people pass their links on by hand.
const (
	MessageWaiting MessageState = "waiting"
	MessageSent    MessageState = "sent"
	MessageFailed  MessageState = "failed"
)

// Message is a mail to one person.
type Message struct {
	ID        int64
	Kind      string // invite, join, reset
	To        string
	Subject   string
	Body      string // plain text
	Link      string // what the mail is about, to copy by hand; "" for none
	State     MessageState
	Problem   string // why it failed, a sentence
	Attempts  int
	CreatedAt time.Time
	SentAt    *time.Time
}

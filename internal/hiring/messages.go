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

// MessageKind is what a message is about.
type MessageKind string

// The kinds of messages.
const (
	MessageInvite MessageKind = "invite" // to a candidate, with the link of an interview
	MessageJoin   MessageKind = "join"   // to a new member of the team
	MessageReset  MessageKind = "reset"  // to a member who forgot the password
)

// Secret says that the message's link signs somebody in, so that admins alone may see it.
func (k MessageKind) Secret() bool { return k != MessageInvite }

// MessageAttempts is how often a mail server is tried before a message counts as failed.
const MessageAttempts = 6

// Message is a mail to one person.
type Message struct {
	ID        int64
	Kind      MessageKind
	To        string
	Subject   string
	Body      string // plain text
	Link      string // what the mail is about, to copy by hand; "" for none
	State     MessageState
	Problem   string // why it failed, a sentence
	Attempts  int
	CreatedAt time.Time
	SentAt    *time.Time
	ExpiresAt *time.Time // when Link stops to work; nil: it doesn't by itself
}

package mail

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"greenroom/internal/hiring"
)

// Letter is a message for the outbox. A second letter of the same Key is not kept.
type Letter struct {
	hiring.Message
	Key string
}

// inviteSpan is how long a second invite of the same person counts as the same letter. The engine asks again after it
// was cut off, and when the person wants the link anew; one letter in ten minutes serves both.
const inviteSpan = 10 * time.Minute

// Invitation asks somebody to an interview.
type Invitation struct {
	ID, To, Name, Company, Interview string
	Link                             string
	Minutes                          int
	Reviewer                         bool // to judge answers, not to give them
	Asked                            bool // the person asked for the link, which proves the address
}

// Invite writes to somebody who is invited to an interview.
func Invite(i Invitation, now time.Time) Letter {
	subject, opening := "Your interview: "+i.Interview, fmt.Sprintf("%s invites you to an interview: %s.", cmp.Or(i.Company, "A hiring team"), i.Interview)
	switch {
	case i.Reviewer:
		subject, opening = "Review the interview: "+i.Interview, fmt.Sprintf("%s asks you to review answers to the interview %q.", cmp.Or(i.Company, "A hiring team"), i.Interview)
	case i.Asked:
		subject, opening = "Your link to the interview: "+i.Interview, fmt.Sprintf("Here is your link to the interview %q.", i.Interview)
	}
	ahead := fmt.Sprintf("Begin when it suits you. From then on you have %d minutes, without a pause; if your connection breaks, the same link brings you back.", i.Minutes)
	if i.Reviewer {
		ahead = "You read and score them in the team's desk, with a sign-in of your own. This link says how to get one."
	}
	body := paragraphs(greeting(i.Name), opening, ahead, i.Link, "The link is yours alone: don't pass it on.")
	return Letter{
		Message: hiring.Message{Kind: hiring.MessageInvite, To: i.To, Subject: subject, Body: body, Link: i.Link, CreatedAt: now},
		Key:     fmt.Sprintf("invite:%s:%d", i.ID, now.Truncate(inviteSpan).Unix()),
	}
}

// Join writes to a new member of the team. by is who added the member; company may be "".
func Join(l hiring.Link, company, by, link string) Letter {
	of := ""
	if company != "" {
		of = " of " + company
	}
	return Letter{Key: l.MessageKey(), Message: hiring.Message{
		Kind: hiring.MessageJoin, To: l.Email, Link: link, CreatedAt: l.CreatedAt, ExpiresAt: l.ExpiresAt,
		Subject: "Join " + cmp.Or(company, "the hiring team") + " on Greenroom",
		Body: paragraphs(greeting(l.Name),
			fmt.Sprintf("%s added you to the hiring team%s as %s. Choose a password to begin:", by, of, strings.ToLower(l.Role.Name())),
			link, "The link works once, until "+until(l.ExpiresAt)+"."),
	}}
}

// Reset writes to a member who forgot the password.
func Reset(l hiring.Link, link string) Letter {
	return Letter{Key: l.MessageKey(), Message: hiring.Message{
		Kind: hiring.MessageReset, To: l.Email, Link: link, CreatedAt: l.CreatedAt, ExpiresAt: l.ExpiresAt,
		Subject: "Choose a new Greenroom password",
		Body: paragraphs(greeting(l.Name), "Somebody, probably you, asked for a new password. Choose it here:", link,
			"The link works once, until "+until(l.ExpiresAt)+". If it wasn't you, do nothing: your password stays as it is."),
	}}
}

func greeting(name string) string {
	if name == "" {
		return "Hello,"
	}
	return "Hello " + name + ","
}

func until(at *time.Time) string {
	if at == nil {
		return "it is used"
	}
	return at.UTC().Format("2 January 2006, 15:04 MST")
}

func paragraphs(list ...string) string { return strings.Join(list, "\n\n") + "\n" }

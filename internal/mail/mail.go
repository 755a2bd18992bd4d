// Package mail writes the messages of the outbox and sends them over SMTP. Without a mail server messages stay in the
// outbox, where people find the link that they are about. Keeping messages, and when to try again, is not its work.
package mail

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"

	"greenroom/internal/hiring"
)

// Sender sends mail through one server. A nil *Sender has no server and sends nothing.
type Sender struct {
	from   string
	client *mail.Client
}

// New is a sender for a server, smtp://user:password@host:port (STARTTLS where offered) or smtps://… (TLS from the
// start), writing as from, an address with or without a name. server "" gives nil.
func New(server, from string) (*Sender, error) {
	if server == "" {
		return nil, nil
	}
	u, err := url.Parse(server)
	if err != nil {
		return nil, fmt.Errorf("reading the mail server's address: %w", err)
	}
	options := []mail.Option{mail.WithTimeout(15 * time.Second), mail.WithTLSPolicy(mail.TLSOpportunistic)}
	if u.Scheme == "smtps" {
		options = append(options, mail.WithSSLPort(false))
	}
	if port, err := strconv.Atoi(u.Port()); err == nil {
		options = append(options, mail.WithPort(port))
	}
	if password, ok := u.User.Password(); ok {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(u.User.Username()), mail.WithPassword(password))
	}
	client, err := mail.NewClient(u.Hostname(), options...)
	if err != nil {
		return nil, fmt.Errorf("preparing mail: %w", err)
	}
	return &Sender{from: from, client: client}, nil
}

// Send sends one message, or says why it didn't.
func (s *Sender) Send(ctx context.Context, m hiring.Message) error {
	msg := mail.NewMsg()
	if err := msg.From(s.from); err != nil {
		return fmt.Errorf("writing the sender: %w", err)
	}
	if err := msg.To(m.To); err != nil {
		return fmt.Errorf("writing the recipient: %w", err)
	}
	msg.Subject(m.Subject)
	msg.SetBodyString(mail.TypeTextPlain, m.Body)
	err := s.client.DialAndSendWithContext(ctx, msg)
	var answer *mail.SendError
	if errors.As(err, &answer) {
		err = refusal{answer}
	}
	if err != nil {
		return fmt.Errorf("sending mail: %w", err)
	}
	return nil
}

// refusal is what a server answered, without the recipients, who don't belong into a log.
type refusal struct{ *mail.SendError }

func (r refusal) Error() string {
	return fmt.Sprintf("%s: %d %s", r.Reason, r.ErrorCode(), r.EnhancedStatusCode())
}

func (r refusal) Unwrap() error { return r.SendError }

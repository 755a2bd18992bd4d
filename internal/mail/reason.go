package mail

import (
	"context"
	"errors"
	"net"

	"github.com/wneessen/go-mail"
)

// Reason says for people why a message was not sent. permanent means that another try would end the same.
func Reason(err error) (sentence string, permanent bool) {
	var refused *mail.SendError
	var network net.Error
	switch {
	case errors.As(err, &refused):
		permanent = !refused.IsTemp() && refused.ErrorCode() >= 500
		switch {
		case refused.Reason == mail.ErrSMTPRcptTo && permanent:
			return "The mail server knows no such address. Check it, and pass the link on by hand.", true
		case refused.Reason == mail.ErrSMTPMailFrom && permanent:
			return "The mail server doesn't take mail from this sender. Ask your admin to check MAIL_FROM.", true
		case permanent:
			return "The mail server refused the message. Pass the link on by hand.", true
		}
		return "The mail server didn't take the message this time.", false
	case errors.Is(err, context.Canceled):
		return "Greenroom was stopped while it sent this.", false
	case errors.As(err, &network) && network.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return "The mail server didn't answer in time.", false
	case errors.As(err, &network):
		return "The mail server can't be reached. Ask your admin to check SMTP_URL.", false
	}
	return "The mail server didn't let Greenroom in. Ask your admin to check SMTP_URL.", false
}

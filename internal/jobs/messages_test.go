package jobs_test

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/jobs"
	"greenroom/internal/mail"
)

// server is a mail server: it takes mail, or answers recipients as told.
type server struct {
	address string

	mu        sync.Mutex
	recipient string // the answer to a recipient; "" takes it
	mails     []string
}

func newServer(t *testing.T) *server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{address: listener.Addr().String()}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func (s *server) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewScanner(conn)
	say := func(line string) { _, _ = conn.Write([]byte(line + "\r\n")) }
	say("220 mail.test ESMTP")
	for in.Scan() {
		switch verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " "); verb {
		case "RCPT":
			s.mu.Lock()
			answer := s.recipient
			s.mu.Unlock()
			if answer == "" {
				answer = "250 fine"
			}
			say(answer)
		case "DATA":
			say("354 go on")
			var text strings.Builder
			for in.Scan() && in.Text() != "." {
				text.WriteString(in.Text() + "\n")
			}
			s.mu.Lock()
			s.mails = append(s.mails, text.String())
			s.mu.Unlock()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (s *server) answerRecipients(answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.recipient = answer
}

func (s *server) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.mails...)
}

const mailFrom = "Greenroom <desk@acme.example>"

// settings make a program send its mail here.
func (s *server) settings() []string {
	return []string{"SMTP_URL=smtp://" + s.address, "MAIL_FROM=" + mailFrom}
}

func (s *server) sender(t *testing.T) *mail.Sender {
	t.Helper()
	sender, err := mail.New("smtp://"+s.address, mailFrom)
	if err != nil {
		t.Fatal(err)
	}
	return sender
}

func invitation(to string) mail.Letter {
	return mail.Invite(mail.Invitation{ID: to, To: to, Name: "Bo", Company: "Acme", Interview: "Nurse", Link: "http://localhost/room/i/1", Minutes: 20}, time.Now())
}

// message is the newest message to an address.
func message(t *testing.T, app *apptest.App, to string) hiring.Message {
	t.Helper()
	list, err := app.Store.Messages(t.Context(), db.MessageFilter{Search: to, Secrets: true, Limit: 1})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d messages to %s, %v", len(list), to, err)
	}
	return list[0]
}

func TestMessagesAreSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	app := apptest.Start(t, apptest.Options{Settings: s.settings()})
	for range 2 { // the second changes nothing
		if err := app.Jobs.Post(t.Context(), app.Store, invitation("bo@example.com")); err != nil {
			t.Fatal(err)
		}
	}
	app.Until("the message is sent", func() bool { return message(t, app, "bo@example.com").State == hiring.MessageSent })
	mails := s.taken()
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	for _, want := range []string{"To: <bo@example.com>", "desk@acme.example", "Your interview: Nurse", "http://localhost/room/i/1"} {
		if !strings.Contains(mails[0], want) {
			t.Errorf("the mail lacks %q:\n%s", want, mails[0])
		}
	}
	if m := message(t, app, "bo@example.com"); m.Link == "" || m.SentAt == nil || m.Attempts != 1 {
		t.Errorf("kept as %+v", m)
	}
}

func TestSentSecretsAreNotKept(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	app := apptest.Start(t, apptest.Options{Settings: s.settings()})
	member := app.Member(hiring.RoleRecruiter)
	app.Nobody().Post("/forgot", "email", member.Email)
	app.Until("the message is sent", func() bool { return message(t, app, member.Email).State == hiring.MessageSent })
	if m := message(t, app, member.Email); m.Link != "" || m.Body != "" {
		t.Errorf("kept as %+v", m)
	}
	if len(s.taken()) != 1 || !strings.Contains(s.taken()[0], "/link/") {
		t.Error("the link was not sent")
	}
}

func TestRefusedMessages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answerRecipients("550 5.1.1 no such user")
	app := apptest.Start(t, apptest.Options{Settings: s.settings()})
	if err := app.Jobs.Post(t.Context(), app.Store, invitation("bo@example.com")); err != nil {
		t.Fatal(err)
	}
	app.Until("the message failed", func() bool { return message(t, app, "bo@example.com").State == hiring.MessageFailed })
	m := message(t, app, "bo@example.com")
	if m.Problem != "The mail server knows no such address. Check it, and pass the link on by hand." || m.Attempts != 1 {
		t.Errorf("kept as %+v", m)
	}
	if strings.Contains(app.Log.String(), "bo@example.com") {
		t.Error("the log names the person")
	}
	s.answerRecipients("")
	if page := app.As(hiring.RoleRecruiter).Post(fmt.Sprintf("/outbox/%d/retry", m.ID)); page.Status != 303 {
		t.Fatalf("status %d", page.Status)
	}
	app.Until("the message is sent", func() bool { return message(t, app, "bo@example.com").State == hiring.MessageSent })
}

func TestMessagesAreTriedAgain(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.answerRecipients("451 4.7.1 come back later")
	app := apptest.Start(t)
	if err := app.Jobs.Post(t.Context(), app.Store, invitation("bo@example.com")); err != nil {
		t.Fatal(err)
	}
	id := message(t, app, "bo@example.com").ID
	for attempt := 1; attempt <= hiring.MessageAttempts; attempt++ {
		if m := message(t, app, "bo@example.com"); m.State != hiring.MessageWaiting || m.Attempts != attempt-1 {
			t.Fatalf("before attempt %d: %+v", attempt, m)
		}
		if err := jobs.Try(t.Context(), app.Store, s.sender(t), id, attempt); err == nil {
			t.Fatalf("attempt %d succeeded", attempt)
		}
	}
	if m := message(t, app, "bo@example.com"); m.State != hiring.MessageFailed || m.Problem != "The mail server didn't take the message this time." {
		t.Errorf("after the last attempt: %+v", m)
	}
	if err := jobs.Try(t.Context(), app.Store, s.sender(t), id, 1); err != nil || len(s.taken()) != 0 {
		t.Errorf("a failed message is sent by itself: %v", err)
	}
}

func TestWithoutAServerMessagesWait(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	if err := app.Jobs.Post(t.Context(), app.Store, invitation("bo@example.com")); err != nil {
		t.Fatal(err)
	}
	if m := message(t, app, "bo@example.com"); m.State != hiring.MessageWaiting || m.Link == "" {
		t.Errorf("kept as %+v", m)
	}
}

func TestUnreachableServers(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := &server{address: listener.Addr().String()}
	listener.Close()
	app := apptest.Start(t)
	if err := app.Jobs.Post(t.Context(), app.Store, invitation("bo@example.com")); err != nil {
		t.Fatal(err)
	}
	id := message(t, app, "bo@example.com").ID
	if err := jobs.Try(t.Context(), app.Store, gone.sender(t), id, 1); err == nil {
		t.Fatal("sent to nobody")
	}
	if m := message(t, app, "bo@example.com"); m.State != hiring.MessageWaiting || m.Problem != "The mail server can't be reached. Ask your admin to check SMTP_URL." {
		t.Errorf("kept as %+v", m)
	}
}

func TestExpiredLinksAreNotSent(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	app := apptest.Start(t)
	expired := time.Now().Add(-time.Minute)
	id, err := app.Store.InsertMessage(t.Context(), hiring.Message{
		Kind: hiring.MessageJoin, To: "ada@example.com", Subject: "Join", Link: "http://localhost/link/t", CreatedAt: expired, ExpiresAt: &expired}, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := jobs.Try(t.Context(), app.Store, s.sender(t), id, 1); err != nil {
		t.Fatal(err)
	}
	if m := message(t, app, "ada@example.com"); m.State != hiring.MessageFailed || len(s.taken()) != 0 {
		t.Errorf("kept as %+v", m)
	}
}

func TestBackoffGrowsToSixHours(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: 5 * time.Second, 2: 20 * time.Second, 5: 1280 * time.Second, 8: 6 * time.Hour, 20: 6 * time.Hour} {
		if got := jobs.Backoff(attempt); got != want {
			t.Errorf("after attempt %d: %s, want %s", attempt, got, want)
		}
	}
}

package hiring

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
)

// InvitesMax is how many people one batch may invite.
const InvitesMax = 500

// InviteeType is what an invite is for.
type InviteeType string

// The types of invites.
const (
	InviteCandidate InviteeType = "candidate"
	InviteReviewer  InviteeType = "reviewer"
)

// InviteState is how far the sending of one invite is.
type InviteState string

// The states of an invite. A row found in InviteSending after a restart may or may not have reached the provider;
// it is sent again, and an answer "already invited" then means that it had.
const (
	InvitePending   InviteState = "pending"
	InviteSending   InviteState = "sending"
	InviteSent      InviteState = "sent"
	InviteDuplicate InviteState = "duplicate" // was invited before; nothing was sent
	InviteFailed    InviteState = "failed"
	InviteUnknown   InviteState = "unknown" // sent, not answered, and no longer tried by itself
	InviteDropped   InviteState = "dropped" // given up by somebody while it waited
)

// Invite is one row of a batch: the record that we invited somebody, which no provider lists.
type Invite struct {
	ID           int64
	BatchID      int64
	AssessmentID int64
	Line         int // of the list that was sent, from 1
	Type         InviteeType
	FirstName    string
	LastName     string
	Email        string
	JobCandidate string // the provider's job-candidate id instead of name and address; "" for none
	State        InviteState
	Problem      string     // what happened, a sentence: for all that aren't simply sent, and while a try is repeated
	Ref          string     // the provider's invite id; "" until sent, and where only "already invited" told that it was
	CandidateID  int64      // 0 until sent, and for reviewers
	Tries        int        // how often the provider was asked to send it
	TriedAt      *time.Time // the first of them; nil: none yet
	UpdatedAt    time.Time
}

// InviteStuck is how long nothing of a sending may move before its next row counts as waiting: longer than the waits
// between its tries.
const InviteStuck = 10 * time.Minute

// WaitingInvite is one that is not settled after a try, or that nobody sends.
type WaitingInvite struct {
	Invite
	Assessment string     // its title
	By         string     // who invites; "" for somebody who left
	Behind     int        // how many of the same sending wait behind it
	Unsent     int        // how many of the same sending failed
	Next       *time.Time // the next try; nil: none comes by itself
}

// InviteBatch is one sending of invites.
type InviteBatch struct {
	ID           int64
	AssessmentID int64
	Type         InviteeType
	CreatedBy    string // the person's name
	CreatedAt    time.Time
	FinishedAt   *time.Time // nil: still sending
	Total        int
	Sent         int
	Duplicate    int
	Failed       int
	Unknown      int
	Dropped      int
}

// InviteList is a list of people as somebody typed and checked it.
type InviteList struct {
	ID           int64
	AssessmentID int64
	UserID       int64
	Type         InviteeType
	People       string // see ParseInvitees
	CreatedAt    time.Time
	BatchID      int64 // its sending; 0: not sent
}

// Invitee is one person to invite, as read from what was typed.
type Invitee struct {
	Line         int // where it was read, from 1; two people on one line share it
	FirstName    string
	LastName     string
	Email        string
	JobCandidate string
	Problem      string // a sentence; "" when the row can be sent
}

// Name is both names together.
func (i Invite) Name() string { return strings.TrimSpace(i.FirstName + " " + i.LastName) }

// Who is what a list calls the invitee: the name, the address, or the job candidate.
func (i Invite) Who() string {
	switch {
	case i.Name() != "":
		return i.Name()
	case i.Email != "":
		return i.Email
	}
	return "Job candidate " + i.JobCandidate
}

// Waiting is how many rows are still to be sent.
func (b InviteBatch) Waiting() int {
	return b.Total - b.Sent - b.Duplicate - b.Failed - b.Unknown - b.Dropped
}

// Name is both names together.
func (i Invitee) Name() string { return strings.TrimSpace(i.FirstName + " " + i.LastName) }

// check sets Problem when the row can't be sent.
func (i *Invitee) check() {
	switch {
	case i.JobCandidate != "" && strings.Trim(i.JobCandidate, "0123456789") != "":
		i.Problem = "The id of a job candidate is a number."
	case i.JobCandidate != "":
	case i.Email == "":
		i.Problem = "There is no email address in this row."
	case !validEmail(i.Email):
		i.Problem = fmt.Sprintf("%q is not an email address.", i.Email)
	case i.FirstName == "" || i.LastName == "":
		i.Problem = "Write a first and a last name, as in: Ada Lovelace <ada@example.com>."
	case length(i.FirstName) > NameMax || length(i.LastName) > NameMax:
		i.Problem = fmt.Sprintf("Keep each name to %d characters.", NameMax)
	}
}

func validEmail(s string) bool {
	_, ok := ParseEmail(s)
	return ok
}

// ParseInvitees reads people from pasted lines of "Name <address>", or from CSV (comma, semicolon or tab) with or
// without a header row naming first name, last name, name, email in any order. Rows that can't be sent carry their
// Problem; a second row with the same address carries one too. More than InvitesMax rows, or a CSV that can't be
// read at all, is an *InvalidError on the field "people".
func ParseInvitees(text string) ([]Invitee, error) {
	text = strings.Map(printable, text)
	var people []Invitee
	var err error
	if sep, ok := separator(text); ok {
		people, err = parseCSV(text, sep)
	} else {
		people = parseLines(text)
	}
	if err != nil {
		return nil, err
	}
	switch {
	case len(people) == 0:
		return nil, Invalid("people", "Write at least one person, as in: Ada Lovelace <ada@example.com>.")
	case len(people) > InvitesMax:
		return nil, Invalid("people", fmt.Sprintf("Invite at most %d people at once; there are %d rows.", InvitesMax, len(people)))
	}
	first := map[string]int{}
	for i := range people {
		p := &people[i]
		p.check()
		if p.Problem != "" {
			continue
		}
		key, what := p.JobCandidate, "job candidate"
		if key == "" {
			p.Email, _ = ParseEmail(p.Email)
			key, what = strings.ToLower(p.Email), "address"
		}
		if line, ok := first[key]; ok {
			p.Problem = fmt.Sprintf("The same %s is in row %d.", what, line)
			continue
		}
		first[key] = p.Line
	}
	return people, nil
}

// printable drops what a name or an address can't hold and nobody sees: control signs, the byte order mark of
// spreadsheets, and signs that turn the direction of what follows.
func printable(r rune) rune {
	switch {
	case r == '\n' || r == '\t':
		return r
	case unicode.IsControl(r) && r != '\r', r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069, r == 0x200b, r == 0xfeff:
		return -1
	}
	return r
}

// separator guesses whether text is CSV: its first line has a separator and no angle brackets, or it names a column.
func separator(text string) (rune, bool) {
	line, _, _ := strings.Cut(strings.TrimLeft(text, "\r\n "), "\n")
	line = strings.TrimSpace(line)
	if hint, ok := strings.CutPrefix(strings.ToLower(line), "sep="); ok && len(hint) == 1 && strings.ContainsAny(hint, ",;\t") {
		return rune(hint[0]), true
	}
	if strings.ContainsRune(line, '<') {
		return 0, false
	}
	for _, sep := range []rune{'\t', ';', ','} {
		if strings.ContainsRune(line, sep) {
			return sep, true
		}
	}
	_, named := readHeader([]string{line})
	return ',', named
}

func parseLines(text string) []Invitee {
	var people []Invitee
	n := 0
	for line := range strings.Lines(text) {
		n++
		for _, one := range splitPeople(line) {
			people = append(people, readPerson(n, one))
		}
	}
	return people
}

// splitPeople cuts a line as a mail program writes it, "Ada <ada@…>, Grace <grace@…>", at the separators that follow
// an address. A comma within a name stays.
func splitPeople(line string) []string {
	var people []string
	for line != "" {
		end := len(line)
		if closed := strings.IndexByte(line, '>'); closed >= 0 {
			rest := strings.TrimLeft(line[closed+1:], " \t")
			if strings.HasPrefix(rest, ",") || strings.HasPrefix(rest, ";") {
				end = len(line) - len(rest)
			}
		}
		if one := strings.Trim(strings.TrimSpace(line[:end]), ",; "); one != "" {
			people = append(people, one)
		}
		line = strings.TrimLeft(line[end:], ",; \t\r\n")
	}
	return people
}

// readPerson reads "Name <address>", "Name address", or what there is of it.
func readPerson(line int, text string) Invitee {
	p := Invitee{Line: line}
	if a, err := mail.ParseAddress(text); err == nil {
		p.Email = a.Address
		p.FirstName, p.LastName = splitName(a.Name)
	} else if open := strings.LastIndex(text, "<"); open >= 0 && strings.Contains(text[open:], "@") {
		p.Email = strings.TrimSpace(strings.TrimSuffix(text[open+1:], ">"))
		p.FirstName, p.LastName = splitName(text[:open])
	} else if words := strings.Fields(text); strings.Contains(words[len(words)-1], "@") {
		p.Email = words[len(words)-1]
		p.FirstName, p.LastName = splitName(strings.Join(words[:len(words)-1], " "))
	} else {
		p.FirstName, p.LastName = splitName(text)
	}
	return p
}

// splitName takes the last word as the last name: "Mary Ann Evans" is Mary Ann, Evans. "Evans, Mary Ann" is read too.
func splitName(name string) (first, last string) {
	const quotes = "\"'‘’“”"
	name = strings.TrimSpace(name)
	if inner := strings.TrimLeft(name, quotes); inner != name && inner != strings.TrimRight(inner, quotes) {
		name = strings.TrimSpace(strings.Trim(inner, quotes)) // in quotes; the apostrophe of 't Hooft stays
	}
	if l, f, ok := strings.Cut(name, ","); ok {
		return strings.TrimSpace(f), strings.TrimSpace(l)
	}
	words := strings.Fields(name)
	switch len(words) {
	case 0:
		return "", ""
	case 1:
		return words[0], ""
	}
	return strings.Join(words[:len(words)-1], " "), words[len(words)-1]
}

// columns are the positions of a CSV's columns, -1 where there is none.
type columns struct{ first, last, name, email, job int }

func parseCSV(text string, sep rune) ([]Invitee, error) {
	r := csv.NewReader(strings.NewReader(text))
	r.Comma, r.FieldsPerRecord, r.LazyQuotes, r.TrimLeadingSpace = sep, -1, true, true
	var people []Invitee
	var cols columns
	for header := true; ; {
		rec, err := r.Read()
		if errors.Is(err, io.EOF) {
			return people, nil
		}
		if err != nil {
			return nil, Invalid("people", "The rows can't be read as CSV. Check the quotation marks near row "+fmt.Sprint(len(people)+1)+".")
		}
		if !slices.ContainsFunc(rec, func(s string) bool { return strings.TrimSpace(s) != "" }) {
			continue
		}
		if header {
			if strings.HasPrefix(strings.ToLower(rec[0]), "sep=") {
				continue // a spreadsheet's note to itself
			}
			header = false
			var named bool
			if cols, named = readHeader(rec); named {
				continue
			}
		}
		line, _ := r.FieldPos(0)
		people = append(people, cols.invitee(line, rec))
	}
}

// readHeader finds columns by their names; named is false when the row is no header, and the columns are then
// guessed from where the address stands: first, last, email; or name, email.
func readHeader(rec []string) (cols columns, named bool) {
	cols = columns{-1, -1, -1, -1, -1}
	for i, name := range rec {
		switch strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(strings.TrimSpace(name))) {
		case "firstname", "first", "givenname", "forename":
			cols.first = i
		case "lastname", "last", "surname", "familyname":
			cols.last = i
		case "name", "fullname", "candidate", "candidatename":
			cols.name = i
		case "email", "emailaddress", "mail", "address":
			cols.email = i
		case "jobcandidateid", "jobcandidate":
			cols.job = i
		}
	}
	if cols.email >= 0 || cols.job >= 0 {
		return cols, true
	}
	at := slices.IndexFunc(rec, func(s string) bool { return strings.Contains(s, "@") })
	switch {
	case at == 0 && len(rec) >= 3:
		return columns{1, 2, -1, 0, -1}, false
	case at == 0:
		return columns{-1, -1, 1, 0, -1}, false
	case at == 1:
		return columns{-1, -1, 0, 1, -1}, false
	}
	return columns{0, 1, -1, max(at, 2), -1}, false
}

func (c columns) invitee(line int, rec []string) Invitee {
	field := func(i int) string {
		if i < 0 || i >= len(rec) {
			return ""
		}
		return strings.Join(strings.Fields(rec[i]), " ")
	}
	if all := strings.Join(rec, " "); field(c.email) == "" && strings.Contains(all, "<") && strings.Contains(all, "@") {
		return readPerson(line, strings.TrimSpace(all)) // a line of the other kind among them
	}
	p := Invitee{Line: line, FirstName: field(c.first), LastName: field(c.last), Email: strings.Trim(field(c.email), "<>"), JobCandidate: field(c.job)}
	if full := field(c.name); full != "" && p.FirstName == "" && p.LastName == "" {
		p.FirstName, p.LastName = splitName(full)
	}
	return p
}

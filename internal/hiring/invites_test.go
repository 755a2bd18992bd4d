package hiring

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseInvitees(t *testing.T) {
	t.Parallel()
	ada := Invitee{Line: 1, FirstName: "Ada", LastName: "Lovelace", Email: "ada@example.com"}
	grace := Invitee{Line: 2, FirstName: "Grace", LastName: "Hopper", Email: "grace@example.com"}
	person := func(line int, first, last, email string) Invitee {
		return Invitee{Line: line, FirstName: first, LastName: last, Email: email}
	}
	for name, test := range map[string]struct {
		text string
		want []Invitee
	}{
		"one line":                  {"Ada Lovelace <ada@example.com>", []Invitee{ada}},
		"lines":                     {"Ada Lovelace <ada@example.com>\nGrace Hopper <grace@example.com>\n", []Invitee{ada, grace}},
		"windows lines":             {"Ada Lovelace <ada@example.com>\r\nGrace Hopper <grace@example.com>\r\n", []Invitee{ada, grace}},
		"without brackets":          {"Ada Lovelace ada@example.com\nGrace Hopper\tgrace@example.com", []Invitee{ada, grace}},
		"copied from a mail":        {"Ada Lovelace <ada@example.com>, Grace Hopper <grace@example.com>", []Invitee{ada, person(1, "Grace", "Hopper", "grace@example.com")}},
		"copied, with semicolons":   {"Ada Lovelace <ada@example.com>; Hopper, Grace <grace@example.com>;", []Invitee{ada, person(1, "Grace", "Hopper", "grace@example.com")}},
		"trailing separators":       {"Ada Lovelace <ada@example.com>,\nGrace Hopper <grace@example.com>;", []Invitee{ada, grace}},
		"quoted name":               {`"Lovelace, Ada" <ada@example.com>`, []Invitee{ada}},
		"quoted first line":         {"\"Lovelace, Ada\" <ada@example.com>\n'Grace Hopper' <grace@example.com>", []Invitee{ada, grace}},
		"last name first":           {"Lovelace, Ada <ada@example.com>", []Invitee{ada}},
		"blank lines keep counting": {"\n\nAda Lovelace <ada@example.com>\n\n", []Invitee{person(3, "Ada", "Lovelace", "ada@example.com")}},
		"several names":             {"Mary Ann Evans <mary@example.com>", []Invitee{person(1, "Mary Ann", "Evans", "mary@example.com")}},
		"upper-case domain":         {"Ada Lovelace <Ada@EXAMPLE.com>", []Invitee{person(1, "Ada", "Lovelace", "Ada@example.com")}},
		"unbalanced bracket":        {"Ada Lovelace <ada@example.com", []Invitee{ada}},
		"tabs between words":        {"Ada\u00a0Lovelace <ada@example.com>", []Invitee{ada}},
		"byte order mark":           {"\ufeffAda Lovelace <ada@example.com>", []Invitee{ada}},

		"csv with a header":       {"first name,last name,email\nAda,Lovelace,ada@example.com", []Invitee{person(2, "Ada", "Lovelace", "ada@example.com")}},
		"csv in any order":        {"E-mail;Surname;Given name\nada@example.com;Lovelace;Ada", []Invitee{person(2, "Ada", "Lovelace", "ada@example.com")}},
		"csv with one name":       {"Name,Email\nAda Lovelace,ada@example.com", []Invitee{person(2, "Ada", "Lovelace", "ada@example.com")}},
		"csv, last name first":    {"Name;Email\n\"Lovelace, Ada\";ada@example.com", []Invitee{person(2, "Ada", "Lovelace", "ada@example.com")}},
		"csv with more columns":   {"Id,Name,Team,Email address,Note\n7,Ada Lovelace,A,ada@example.com,\"likes, commas\"", []Invitee{person(2, "Ada", "Lovelace", "ada@example.com")}},
		"csv with a mark":         {"\ufeffname,email\nAda Lovelace,ada@example.com", []Invitee{person(2, "Ada", "Lovelace", "ada@example.com")}},
		"csv without a header":    {"Ada,Lovelace,ada@example.com\nGrace,Hopper,grace@example.com", []Invitee{ada, grace}},
		"two columns":             {"Ada Lovelace,ada@example.com\nGrace Hopper,grace@example.com", []Invitee{ada, grace}},
		"address first":           {"ada@example.com,Ada,Lovelace", []Invitee{ada}},
		"address first, one name": {"ada@example.com;Ada Lovelace", []Invitee{ada}},
		"from a spreadsheet":      {"Ada\tLovelace\tada@example.com", []Invitee{ada}},
		"quoted csv":              {`"Ada","Lovelace","ada@example.com"`, []Invitee{ada}},
		"csv with brackets":       {"name,email\nAda Lovelace,<ada@example.com>", []Invitee{person(2, "Ada", "Lovelace", "ada@example.com")}},
		"empty csv rows":          {"name,email\n,\nAda Lovelace,ada@example.com\n,\n", []Invitee{person(3, "Ada", "Lovelace", "ada@example.com")}},
		"job candidates":          {"jobCandidateId,name\n9917,Ada", []Invitee{{Line: 2, FirstName: "Ada", JobCandidate: "9917"}}},
		"separators hint":         {"sep=;\nname;email\nAda Lovelace;ada@example.com", []Invitee{person(3, "Ada", "Lovelace", "ada@example.com")}},

		"markup is a name like any": {"<script>alert(1)</script> Robert <bob@example.com>", []Invitee{person(1, "<script>alert(1)</script>", "Robert", "bob@example.com")}},
		"right to left, emoji":      {"محمد 🚀 العلي <m@example.com>", []Invitee{person(1, "محمد 🚀", "العلي", "m@example.com")}},
		"control signs are dropped": {"Ada\x07 Love\u202elace <ada@example.com>", []Invitee{ada}},
		"formula is a name":         {"name,email\n=HYPERLINK(1) X,ada@example.com", []Invitee{person(2, "=HYPERLINK(1)", "X", "ada@example.com")}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseInvitees(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("ParseInvitees(%q) (-want +got):\n%s", test.text, diff)
			}
		})
	}
}

func TestParseInviteesSaysWhatToFix(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		text string
		want []string // a part of each row's problem; "" for none
	}{
		"no address":          {"Ada Lovelace", []string{"no email address"}},
		"no last name":        {"Ada <ada@example.com>", []string{"a first and a last name"}},
		"no name":             {"ada@example.com", []string{"a first and a last name"}},
		"bad address":         {"Ada Lovelace <ada@example>", []string{`"ada@example" is not`}},
		"two ats":             {"Ada Lovelace <ada@@example.com>", []string{"is not an email address"}},
		"same twice":          {"Ada Lovelace <ada@example.com>\nAda L <ADA@example.com>", []string{"", "in row 1"}},
		"same twice in csv":   {"name,email\nAda Lovelace,ada@example.com\nAda Lovelace,ada@example.com", []string{"", "in row 2"}},
		"long name":           {strings.Repeat("a", 201) + " B <a@example.com>", []string{"200 characters"}},
		"header injection":    {"name,email\nAda Lovelace,\"ada@example.com\r\nBcc: x@example.com\"", []string{"is not an email address"}},
		"row of another kind": {"Ada,Lovelace,ada@example.com\nGrace Hopper <grace@example.com>", []string{"", ""}},
		"job candidate twice": {"jobCandidateId\n5\n5\nx", []string{"", "in row 2", "is a number"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := ParseInvitees(test.text)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(test.want) {
				t.Fatalf("got %d rows, want %d: %+v", len(got), len(test.want), got)
			}
			for i, want := range test.want {
				if (want == "") != (got[i].Problem == "") || !strings.Contains(got[i].Problem, want) {
					t.Errorf("row %d: problem %q, want %q", i+1, got[i].Problem, want)
				}
			}
		})
	}
}

func TestParseInviteesRefusesLists(t *testing.T) {
	t.Parallel()
	var many strings.Builder
	for i := range InvitesMax + 1 {
		fmt.Fprintf(&many, "Person Number%d <p%d@example.com>\n", i, i)
	}
	for name, test := range map[string]struct{ text, want string }{
		"nothing":       {" \n\n", "at least one person"},
		"only a header": {"name,email\n", "at least one person"},
		"too many":      {many.String(), "at most 500 people at once; there are 501"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ParseInvitees(test.text)
			var invalid *InvalidError
			if !errors.As(err, &invalid) || invalid.Problems[0].Field != "people" || !strings.Contains(invalid.Problems[0].Message, test.want) {
				t.Errorf("got %v, want a problem of people with %q", err, test.want)
			}
		})
	}
	all := strings.SplitAfterN(many.String(), "\n", InvitesMax+1)
	got, err := ParseInvitees(strings.Join(all[:InvitesMax], ""))
	if err != nil || len(got) != InvitesMax {
		t.Errorf("%d people: %v, want all %d", len(got), err, InvitesMax)
	}
}

func TestTextOfList(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		file string
		want string
		bad  string
	}{
		"utf-8":           {"José <j@example.com>", "José <j@example.com>", ""},
		"with a mark":     {"\xef\xbb\xbfJosé", "José", ""},
		"utf-16":          {"\xff\xfeJ\x00o\x00s\x00\xe9\x00", "José", ""},
		"utf-16, big end": {"\xfe\xff\x00J\x00o\x00s\x00\xe9", "José", ""},
		"windows":         {"Jos\xe9 O\x92Neill", "José O’Neill", ""},
		"xlsx":            {"PK\x03\x04rest", "", "Save it as CSV"},
		"pdf":             {"%PDF-1.7", "", "CSV or text"},
		"binary":          {"\x00\x01\x02", "", "isn't text"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := TextOfList([]byte(test.file))
			var invalid *InvalidError
			if got != test.want || (test.bad != "") != errors.As(err, &invalid) || test.bad != "" && !strings.Contains(invalid.Problems[0].Message, test.bad) {
				t.Errorf("got %q, %v; want %q, %q", got, err, test.want, test.bad)
			}
		})
	}
}

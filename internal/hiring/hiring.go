// Package hiring is the domain: assessments (interviews, in words for people), questions, invites, candidates,
// scorecards, users and who may do what. It holds types, rules and sentinel errors, imports the standard library
// only, and knows neither SQL nor HTTP nor the provider.
package hiring

import (
	"fmt"
	"net/mail"
	"strings"
	"unicode/utf8"
)

// length is what limits count: characters, not bytes.
func length(s string) int { return utf8.RuneCountInString(s) }

// textRule checks a text against a range of characters and writes the sentence that says what to do.
func (c *Check) textRule(field, name, value string, least, most int) {
	n := length(strings.TrimSpace(value))
	switch {
	case n == 0 && least > 0:
		c.That(false, field, "Enter "+name+".")
	case n < least:
		c.That(false, field, fmt.Sprintf("Write at least %d characters; this has %d.", least, n))
	case n > most:
		c.That(false, field, fmt.Sprintf("Keep this to %d characters; it has %d.", most, n))
	}
}

// ParseEmail reads an address as people type it and returns it without a display name, lower-cased in its domain.
// ok is false for anything that is not one plain address.
func ParseEmail(s string) (address string, ok bool) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 {
		return "", false
	}
	local, domain, _ := strings.Cut(a.Address, "@")
	if !strings.Contains(domain, ".") || strings.HasSuffix(domain, ".") {
		return "", false
	}
	return local + "@" + strings.ToLower(domain), true
}

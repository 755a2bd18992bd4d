package mail

import (
	"strings"
	"testing"
	"time"

	"greenroom/internal/hiring"
)

var now = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

func TestLettersCarryTheirLink(t *testing.T) {
	t.Parallel()
	expires := now.Add(time.Hour)
	link := hiring.Link{ID: 7, Email: "ada@example.com", Name: "Ada", Role: hiring.RoleReviewer, CreatedAt: now, ExpiresAt: &expires}
	for name, c := range map[string]struct {
		letter Letter
		kind   hiring.MessageKind
		key    string
		says   []string
	}{
		"join":  {Join(link, "Acme", "Bo", "https://x/link/t"), hiring.MessageJoin, "link:7", []string{"Hello Ada,", "Bo added you to the hiring team of Acme as reviewer", "until 3 March 2026, 13:00 UTC"}},
		"reset": {Reset(link, "https://x/link/t"), hiring.MessageReset, "link:7", []string{"Hello Ada,", "your password stays as it is", "until 3 March 2026, 13:00 UTC"}},
		"invite": {Invite(Invitation{ID: "i1", To: "ada@example.com", Name: "Ada", Company: "Acme", Interview: "Nurse", Link: "https://x/link/t", Minutes: 20}, now),
			hiring.MessageInvite, "invite:i1:1772539200", []string{"Acme invites you to an interview: Nurse.", "you have 20 minutes, without a pause"}},
		"invite asked for": {Invite(Invitation{ID: "i1", To: "ada@example.com", Interview: "Nurse", Link: "https://x/link/t", Asked: true}, now.Add(9*time.Minute)),
			hiring.MessageInvite, "invite:i1:1772539200", []string{"Hello,", "Here is your link"}},
		"invite of a reviewer": {Invite(Invitation{ID: "i2", To: "ada@example.com", Interview: "Nurse", Link: "https://x/link/t", Reviewer: true}, now.Add(10*time.Minute)),
			hiring.MessageInvite, "invite:i2:1772539800", []string{"asks you to review answers", "in the team's desk"}},
	} {
		l := c.letter
		if l.Kind != c.kind || l.Key != c.key || l.To != "ada@example.com" || l.Link != "https://x/link/t" || l.Subject == "" || strings.Count(l.Body, l.Link) != 1 {
			t.Errorf("%s: %+v", name, l)
		}
		for _, said := range c.says {
			if !strings.Contains(l.Body, said) {
				t.Errorf("%s does not say %q:\n%s", name, said, l.Body)
			}
		}
	}
}

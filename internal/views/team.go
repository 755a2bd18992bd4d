package views

import (
	"fmt"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// TeamProps of the team's page.
type TeamProps struct {
	Members []TeamMember
	Links   []TeamLink
	NewLink string // a link that was just made, shown once; "" for none
	Now     time.Time
}

// TeamMember is one row of the team.
type TeamMember struct {
	ID                int64
	Name, Email, Role string
	RoleValue         string
	You, Disabled     bool
	SignedIn          time.Time // zero: never
	Stamp             string    // changes with what the row shows
	Others            []ui.Option
}

// TeamLink is somebody who has not joined yet.
type TeamLink struct {
	ID                int64
	Name, Email, Role string
	Expired           bool
	Expires           time.Time
}

// TeamNewProps of the form that adds a person.
type TeamNewProps struct {
	Name, Email, Role string
	Mail              bool // a mail server sends the link
	Problems          ui.Problems
}

// NewTeamProps writes the team and the links that wait as seen by the member with the id you.
func NewTeamProps(users []hiring.User, links []hiring.Link, you int64, now time.Time) TeamProps {
	p := TeamProps{Now: now}
	for _, u := range users {
		m := TeamMember{ID: u.ID, Name: u.Name, Email: u.Email, Role: u.Role.Name(), RoleValue: string(u.Role), You: u.ID == you, Disabled: u.DisabledAt != nil}
		if u.SignedInAt != nil {
			m.SignedIn = *u.SignedInAt
		}
		m.Stamp = fmt.Sprint(u.Role, m.Disabled)
		for _, role := range hiring.Roles {
			if role != u.Role {
				m.Others = append(m.Others, ui.Option{Value: string(role), Label: "Make " + strings.ToLower(role.Name())})
			}
		}
		p.Members = append(p.Members, m)
	}
	for _, l := range links {
		row := TeamLink{ID: l.ID, Name: l.Name, Email: l.Email, Role: l.Role.Name()}
		if l.ExpiresAt != nil {
			row.Expires, row.Expired = *l.ExpiresAt, !now.Before(*l.ExpiresAt)
		}
		p.Links = append(p.Links, row)
	}
	return p
}

func (p TeamNewProps) roles() []ui.Option {
	return []ui.Option{
		{Value: string(hiring.RoleRecruiter), Label: "Recruiter", Hint: "Builds interviews, invites people, reviews."},
		{Value: string(hiring.RoleReviewer), Label: "Reviewer", Hint: "Reads interviews and candidates, fills scorecards."},
		{Value: string(hiring.RoleAdmin), Label: "Admin", Hint: "Everything, with team, settings and webhooks."},
	}
}

func memberPath(id int64, act string) string { return fmt.Sprintf("/admin/team/%d/%s", id, act) }

func teamLinkPath(id int64, act string) string {
	return fmt.Sprintf("/admin/team/links/%d/%s", id, act)
}

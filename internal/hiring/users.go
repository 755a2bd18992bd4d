package hiring

import (
	"fmt"
	"strings"
	"time"
)

// Role is what a member of the team is trusted with.
type Role string

// The roles, from most to least trusted.
const (
	RoleAdmin     Role = "admin"     // everything, team and settings too
	RoleRecruiter Role = "recruiter" // interviews, questions, invites, candidates, reviews
	RoleReviewer  Role = "reviewer"  // reads interviews and candidates, fills scorecards
)

// Roles lists them from most to least trusted.
var Roles = []Role{RoleAdmin, RoleRecruiter, RoleReviewer}

// Name is the role in words for people.
func (r Role) Name() string {
	switch r {
	case RoleAdmin:
		return "Admin"
	case RoleRecruiter:
		return "Recruiter"
	case RoleReviewer:
		return "Reviewer"
	}
	return string(r)
}

// Permission is something that a route asks for.
type Permission string

// The permissions. Every route of the desk names one.
const (
	PermRead   Permission = "read"   // see interviews, candidates, the home page
	PermReview Permission = "review" // fill scorecards
	PermEdit   Permission = "edit"   // change interviews and questions, invite
	PermAdmin  Permission = "admin"  // team, settings, webhooks
)

// Can says whether the role has the permission; an unknown role has none.
func (r Role) Can(p Permission) bool {
	switch r {
	case RoleAdmin:
		return p == PermRead || p == PermReview || p == PermEdit || p == PermAdmin
	case RoleRecruiter:
		return p == PermRead || p == PermReview || p == PermEdit
	case RoleReviewer:
		return p == PermRead || p == PermReview
	}
	return false
}

// User is a member of the team.
type User struct {
	ID           int64
	Email        string // lower-cased, unique
	Name         string
	Role         Role
	PasswordHash string // argon2id, in its PHC form; "" means that no password is set
	CreatedAt    time.Time
	SignedInAt   *time.Time // nil: never
	DisabledAt   *time.Time // nil: may sign in
	// SessionsSince ends sessions: one that began earlier is nobody's. It moves when the password or the role changes.
	SessionsSince time.Time
}

// Limits of a person's details, in characters.
const (
	NameMax     = 200
	PasswordMin = 10
	PasswordMax = 200
)

// CheckPassword says whether a password may be chosen; the rule is length alone (NIST SP 800-63B, 3.1.1.2).
func CheckPassword(password string) error {
	var c Check
	c.That(length(password) >= PasswordMin, "password", "Choose at least 10 characters. A few words in a row are easy to remember.")
	c.That(length(password) <= PasswordMax, "password", "Keep the password to 200 characters.")
	return c.Err()
}

// CheckUser normalises and checks a person's details.
func CheckUser(u *User) error {
	u.Name = strings.TrimSpace(u.Name)
	var c Check
	c.textRule("name", "a name", u.Name, 1, NameMax)
	address, ok := ParseEmail(u.Email)
	c.That(ok, "email", "Enter an email address like ada@example.com.")
	if ok {
		u.Email = strings.ToLower(address)
	}
	c.That(u.Role.Can(PermRead), "role", "Choose a role.")
	return c.Err()
}

// LinkKind is what a one-time link is for.
type LinkKind string

// The one-time links.
const (
	LinkSetup LinkKind = "setup" // make the first admin; shown at start
	LinkJoin  LinkKind = "join"  // join the team in the role the link names
	LinkReset LinkKind = "reset" // choose a new password
)

// How long one-time links live.
const (
	JoinLinkLife  = 7 * 24 * time.Hour
	ResetLinkLife = 1 * time.Hour
)

// Link is a one-time link. Only a hash of its token is kept.
type Link struct {
	ID        int64
	Kind      LinkKind
	Email     string // the person it is for; "" for LinkSetup
	Name      string
	Role      Role
	UserID    int64 // for LinkReset; 0 otherwise
	CreatedBy int64 // 0: the program
	CreatedAt time.Time
	ExpiresAt *time.Time // nil: until used
	UsedAt    *time.Time
}

// MessageKey is the dedupe key of the message that carries the link.
func (l Link) MessageKey() string { return fmt.Sprintf("link:%d", l.ID) }

// Workspace is what the company set for everybody.
type Workspace struct {
	CompanyName        string
	RequiredScorecards int // people whose scorecards make a score, 1–5
	Sample             SampleState
	CreatedAt          time.Time // when it was set up
}

// Unnamed is the company's name where the installation was set up without one.
const Unnamed = "Your company"

// Company is the company's name for people outside the team; "" while it is Unnamed.
func (w Workspace) Company() string {
	if w.CompanyName == Unnamed {
		return ""
	}
	return w.CompanyName
}

// SampleState is how far the adding of sample data is.
type SampleState string

// The states of sample data.
const (
	SampleNone    SampleState = "" // never asked for
	SampleRunning SampleState = "running"
	SampleReady   SampleState = "ready"
	SampleFailed  SampleState = "failed"
)

// CheckWorkspace normalises and checks the settings.
func CheckWorkspace(w *Workspace) error {
	w.CompanyName = strings.TrimSpace(w.CompanyName)
	var c Check
	c.textRule("company_name", "your company's name", w.CompanyName, 1, NameMax)
	c.That(w.RequiredScorecards >= 1 && w.RequiredScorecards <= 5, "required_scorecards", "Choose a number from 1 to 5.")
	return c.Err()
}

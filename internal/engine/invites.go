package engine

import (
	"context"
	"errors"
	"fmt"
	"net/mail"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// Where an Invite comes from.
const (
	OriginInvite       = "invite"       // sent by the company
	OriginRegistration = "registration" // the person came by assessmentUrl
)

// Invite is one person's place in an interview. Its ID is also the candidateId of the results and the secret part
// of the person's link, so it stays out of logs and errors.
type Invite struct {
	ID, AssessmentID           string
	InviteeType                string // partnerapi.InviteeCandidate or InviteeReviewer
	FirstName, LastName, Email string
	Origin                     string
	EmailVerified              bool // the person came by a link that only this address received
	CreatedAt                  time.Time
}

// Name is first and last name.
func (i Invite) Name() string { return strings.TrimSpace(i.FirstName + " " + i.LastName) }

const inviteColumns = `i.id, i.assessment_id, i.invitee_type, i.first_name, i.last_name, i.email, i.origin, i.email_verified, i.created_at`

func (e *Engine) inviteCreate(c *call, r partnerapi.InviteRequest) (partnerapi.Invited, error) {
	invite := Invite{
		ID: newID(), InviteeType: r.InviteeType, FirstName: strings.TrimSpace(r.FirstName), LastName: strings.TrimSpace(r.LastName),
		Email: strings.TrimSpace(r.EmailAddress), Origin: OriginInvite, CreatedAt: e.now(),
	}
	if invite.InviteeType == "" {
		invite.InviteeType = partnerapi.InviteeCandidate
	}
	var wrong problems
	wrong.oneOf("inviteeType", invite.InviteeType, partnerapi.InviteeCandidate, partnerapi.InviteeReviewer)
	if r.JobCandidateID == "" {
		wrong.person(invite)
	} else if strings.Trim(string(r.JobCandidateID), "0123456789") != "" {
		wrong.add("jobCandidateId", "must be a whole number")
	}
	if err := wrong.refusal(); err != nil {
		return partnerapi.Invited{}, err
	}
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return partnerapi.Invited{}, err
	}
	invite.AssessmentID = a.ID
	if r.JobCandidateID != "" {
		if err := e.fillFromJobCandidate(c, &invite, string(r.JobCandidateID)); err != nil {
			return partnerapi.Invited{}, err
		}
	}
	err = e.inTx(c.ctx, func(tx pgx.Tx) error {
		inserted, err := insertInvite(c.ctx, tx, invite)
		if err != nil {
			return err
		}
		if !inserted {
			message := partnerapi.MsgCandidateAlreadyInvited
			if invite.InviteeType == partnerapi.InviteeReviewer {
				message = partnerapi.MsgReviewerAlreadyInvited
			}
			return refuse(partnerapi.CodeDuplicateInvite, message)
		}
		if e.opts.Mail == nil {
			return nil
		}
		return addTask(c.ctx, tx, taskMail, invite.ID, e.now())
	})
	return partnerapi.Invited{InviteID: partnerapi.ID(invite.ID)}, err
}

// fillFromJobCandidate takes what the request left out from the candidate's record.
func (e *Engine) fillFromJobCandidate(c *call, invite *Invite, id string) error {
	var first, last, email string
	err := e.pool.QueryRow(c.ctx, `
		SELECT jc.first_name, jc.last_name, jc.email
		FROM engine.job_candidates jc JOIN engine.jobs j ON j.id = jc.job_id
		WHERE jc.id = $1 AND j.company_id = $2`, id, c.company.ID).Scan(&first, &last, &email)
	if errors.Is(err, pgx.ErrNoRows) {
		return refuse(partnerapi.CodeNotFound, "Candidate not found")
	}
	if err != nil {
		return fmt.Errorf("reading job candidate %s: %w", id, err)
	}
	for _, f := range []struct {
		have *string
		from string
	}{{&invite.FirstName, first}, {&invite.LastName, last}, {&invite.Email, email}} {
		if *f.have == "" {
			*f.have = f.from
		}
	}
	var wrong problems
	wrong.person(*invite)
	return wrong.refusal()
}

// insertInvite says false when the address is invited to the assessment already, in the same part.
func insertInvite(ctx context.Context, tx pgx.Tx, i Invite) (bool, error) {
	tag, err := tx.Exec(ctx, `
		INSERT INTO engine.invites (id, assessment_id, invitee_type, first_name, last_name, email, origin, created_at)
		VALUES (@id, @assessment, @type, @first, @last, @email, @origin, @created)
		ON CONFLICT (assessment_id, invitee_type, lower(email)) DO NOTHING`,
		pgx.NamedArgs{
			"id": i.ID, "assessment": i.AssessmentID, "type": i.InviteeType, "first": i.FirstName, "last": i.LastName,
			"email": i.Email, "origin": i.Origin, "created": i.CreatedAt,
		})
	if err != nil {
		return false, fmt.Errorf("inserting invite: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

func findInvite(ctx context.Context, db queryer, where string, args ...any) (i Invite, err error) {
	rows, err := db.Query(ctx, `SELECT `+inviteColumns+` FROM engine.invites i WHERE `+where, args...)
	if err != nil {
		return i, fmt.Errorf("reading invite: %w", err)
	}
	i, err = pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Invite])
	if errors.Is(err, pgx.ErrNoRows) {
		return i, ErrNotFound
	}
	if err != nil {
		return i, fmt.Errorf("reading invite: %w", err)
	}
	return i, nil
}

// inviteLink is where the invited person goes.
func (e *Engine) inviteLink(id string) string { return e.opts.BaseURL + "/room/i/" + id }

// sendMail is the task behind an invite.
func (e *Engine) sendMail(ctx context.Context, inviteID string) error {
	if e.opts.Mail == nil {
		return nil
	}
	return e.inTx(ctx, func(tx pgx.Tx) error {
		i, err := findInvite(ctx, tx, `i.id = $1 FOR KEY SHARE`, inviteID) // whoever erases it comes after the mail
		if errors.Is(err, ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		a, err := findAssessment(ctx, tx, i.AssessmentID)
		if err != nil {
			return err
		}
		err = e.opts.Mail(ctx, MailMessage{
			InviteID: i.ID, InviteeType: i.InviteeType, To: i.Email, Name: i.Name(), InterviewName: a.Title,
			Link: e.inviteLink(i.ID), Minutes: a.Minutes, Verification: i.Origin == OriginRegistration,
		})
		if err != nil {
			return fmt.Errorf("mailing an invite: %w", err)
		}
		return nil
	})
}

// person checks names and address.
func (p *problems) person(i Invite) {
	p.name("firstName", i.FirstName)
	p.name("lastName", i.LastName)
	p.address("emailAddress", i.Email)
}

// nameMax bounds a name to what mail headers and pages bear; the reference has no limit.
const nameMax = 200

func (p *problems) name(field, name string) {
	p.length(field, name, 1, nameMax)
	if strings.ContainsFunc(name, unicode.IsControl) {
		p.add(field, "must be one line of text")
	}
}

// address refuses what can't be an email address, and dummy ones.
func (p *problems) address(field, email string) {
	parsed, err := mail.ParseAddress(email)
	at := strings.LastIndexByte(email, '@')
	switch {
	case email == "":
		p.add(field, "is required")
	case err != nil || parsed.Address != email || at < 0 || len(email) > 254:
		p.add(field, "must be an email address such as name@example.com")
	case isDummy(strings.ToLower(email[at+1:])):
		p.add(field, "must be an address that somebody reads, not a dummy or disposable one")
	case !strings.Contains(email[at+1:], "."):
		p.add(field, "must be an email address such as name@example.com")
	}
}

// dummyDomains are reserved names, and services that throw mail away after minutes. Subdomains count too.
var dummyDomains = []string{
	"test", "invalid", "localhost", "test.com",
	"10minutemail.com", "discard.email", "dispostable.com", "emailondeck.com", "fakeinbox.com", "getairmail.com",
	"getnada.com", "grr.la", "guerrillamail.com", "guerrillamail.net", "guerrillamail.org", "inboxkitten.com",
	"mailcatch.com", "maildrop.cc", "mailinator.com", "mailnesia.com", "mintemail.com", "moakt.com", "mohmal.com",
	"mytemp.email", "sharklasers.com", "spamgourmet.com", "temp-mail.org", "tempail.com", "tempmail.com", "tempr.email",
	"throwawaymail.com", "trashmail.com", "yopmail.com", "yopmail.fr",
}

func isDummy(domain string) bool {
	for _, dummy := range dummyDomains {
		if domain == dummy || strings.HasSuffix(domain, "."+dummy) {
			return true
		}
	}
	return false
}

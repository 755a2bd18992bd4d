package mirror

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// ErrBusy means that somebody else is doing the same just now.
var ErrBusy = errors.New("somebody else is at it")

// SendInvites sends what a batch has still to send, row by row, in a way that no crash makes it invite twice: a row is
// marked before the provider is asked and settled after. sent is how many rows this call settled. An error means that
// the rest waits for another call, the row at hand with a sentence; ErrBusy that another call is sending this batch.
// A refusal that every row would meet (key, credits, access) fails the rest with its sentence and is no error.
func (m *Mirror) SendInvites(ctx context.Context, batch int64) (sent int, err error) {
	release, ok, err := m.store.HoldInviteBatch(ctx, batch)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, fmt.Errorf("sending batch %d: %w", batch, ErrBusy)
	}
	defer release()
	b, err := m.store.InviteBatch(ctx, batch)
	if errors.Is(err, hiring.ErrNotFound) { // everybody of it was erased
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	a, err := m.assessment(ctx, b.AssessmentID)
	if err != nil {
		return 0, err
	}
	for ; ; sent++ {
		row, again, err := m.store.ClaimInvite(ctx, batch, m.now())
		if errors.Is(err, hiring.ErrNotFound) {
			return sent, m.store.FinishInviteBatch(ctx, batch, "", "", m.now())
		}
		if err != nil {
			return sent, err
		}
		stop, err := m.sendInvite(ctx, b, a, row, again)
		if err != nil {
			return sent, err
		}
		if stop != "" {
			return sent, m.store.FinishInviteBatch(ctx, batch, stop, doubtful, m.now())
		}
	}
}

// doubtful says of an invite that nobody knows whether it went out, and that nothing is tried any more.
const doubtful = "Nobody said whether this invitation went out. Send it again: Greenroom looks first, and nobody is invited twice."

// AbandonInvites ends a batch that was tried often enough: what was never sent fails with the reason of cause, and what was
// sent and not answered stays unknown, for people to look at.
func (m *Mirror) AbandonInvites(ctx context.Context, batch int64, cause error) error {
	said := partner.Unsent(cause)
	if said == "" {
		said = "The desk could not send this, and the cause is in the log. Try again; if it happens again, tell your admin."
	}
	return m.store.FinishInviteBatch(ctx, batch, said, strings.TrimSpace(partner.Happened(cause)+" "+doubtful), m.now())
}

// sendInvite sends one row and settles it. again says that it may have reached the provider before: then we look first,
// here, and at the provider by sending it, which invites nobody twice. stop is the sentence of a refusal that concerns all
// rows.
func (m *Mirror) sendInvite(ctx context.Context, b hiring.InviteBatch, a hiring.Assessment, row hiring.Invite, again bool) (stop string, err error) {
	if again {
		if known, err := m.arrived(ctx, row); err != nil || known != nil {
			return "", errors.Join(err, m.settleArrived(ctx, b, row, known))
		}
	}
	request := partnerapi.InviteRequest{EmailAddress: row.Email, FirstName: row.FirstName, LastName: row.LastName, InviteeType: partnerapi.InviteeCandidate}
	if row.JobCandidate != "" {
		request = partnerapi.InviteRequest{JobCandidateID: partnerapi.JobNumber(row.JobCandidate), InviteeType: partnerapi.InviteeCandidate}
	}
	if row.Type == hiring.InviteReviewer {
		request.InviteeType = partnerapi.InviteeReviewer
	}
	answer, err := m.client.Invite(ctx, a.Ref, request)
	var refused *partner.Error
	var invalid *hiring.InvalidError
	// A refusal that names no reason may be that of an address which our own earlier try invited.
	unclear := again && errors.As(err, &refused) && refused.Code == "" && refused.Status == http.StatusBadRequest
	switch {
	case err == nil:
		return "", m.settleSent(ctx, b, row, string(answer.InviteID), "")
	case errors.Is(err, hiring.ErrConflict) && again:
		return "", m.settleSent(ctx, b, row, "", "The provider knew of this invitation when Greenroom looked: an earlier try had arrived. Nothing was sent again.")
	case errors.Is(err, hiring.ErrConflict):
		return "", m.settleDuplicate(ctx, row)
	case errors.As(err, &invalid) && !unclear, errors.Is(err, hiring.ErrNotFound) && row.JobCandidate != "":
		row.State, row.Problem = hiring.InviteFailed, refusalOf(err, invalid)
		return "", m.store.SettleInvite(ctx, row, m.now())
	case errors.Is(err, partner.ErrKey), errors.Is(err, partner.ErrCredits), errors.Is(err, hiring.ErrForbidden), errors.Is(err, hiring.ErrNotFound):
		stop = Sentence(err)
		if row.State, row.Problem = hiring.InviteFailed, stop; again {
			row.State, row.Problem = hiring.InviteUnknown, stop+" "+doubtful
		}
		return stop, m.store.SettleInvite(ctx, row, m.now())
	}
	// Nothing is known against sending it later. A request that surely did not arrive leaves no doubt behind.
	if errors.As(err, &refused) && !refused.Unknown && refused.Outcome != partner.Canceled && !again {
		row.State = hiring.InvitePending
	}
	if row.Problem = partner.Waiting(err); again && row.Problem != "" {
		row.Problem = partner.Happened(err) + " Whether an earlier try arrived is found out by itself; nothing is sent twice."
	}
	if refused != nil && refused.Outcome == partner.Held { // it was not even tried
		if row.Tries--; row.Tries == 0 {
			row.TriedAt = nil
		}
	}
	if settling := m.store.SettleInvite(context.WithoutCancel(ctx), row, m.now()); settling != nil {
		err = errors.Join(err, settling)
	}
	return "", fmt.Errorf("sending invite %d: %w", row.ID, err)
}

// refusalOf says what the provider has against a row: its own words where it said which field.
func refusalOf(err error, invalid *hiring.InvalidError) string {
	if invalid == nil {
		return Sentence(err)
	}
	said := make([]string, len(invalid.Problems))
	for i, p := range invalid.Problems {
		said[i] = p.Message
	}
	return strings.Join(said, " ")
}

// settleSent notes that a row went out, and makes a candidate of who was invited as one. ref is "" when not known, note
// what there is to say of it.
func (m *Mirror) settleSent(ctx context.Context, b hiring.InviteBatch, row hiring.Invite, ref, note string) error {
	now := m.now()
	row.State, row.Problem, row.Ref = hiring.InviteSent, note, ref
	err := m.store.InTx(context.WithoutCancel(ctx), func(tx *db.Store) error {
		if err := tx.HoldInvite(ctx, row); err != nil {
			return err
		}
		if row.Type == hiring.InviteCandidate && (ref != "" || row.Email != "") {
			if err := tx.WelcomeBack(ctx, keysOf(row)); err != nil {
				return err
			}
			c, err := tx.ChangeCandidate(ctx, keysOf(row), func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
				if c.Name == "" {
					c.Name = row.Name()
				}
				c.Advance(hiring.StageInvited, now)
				if c.InvitedAt == nil {
					c.InvitedAt = &now
				}
				return []hiring.HistoryEvent{{Kind: "invited", At: now, ReceivedAt: now, Source: "person", Actor: b.CreatedBy}}, nil
			})
			if err != nil {
				return err
			}
			row.CandidateID = c.ID
		}
		return tx.SettleInvite(ctx, row, now)
	})
	if errors.Is(err, hiring.ErrErased) { // while the provider was asked, which may have invited them after they were erased there
		a, err := m.assessment(ctx, row.AssessmentID)
		if err != nil {
			return err
		}
		return m.stillErased(ctx, a.Ref, keysOf(row), false)
	}
	return err
}

// settleDuplicate notes that a row was invited before. Somebody whom the desk doesn't know was invited elsewhere, and
// is a candidate from now on.
func (m *Mirror) settleDuplicate(ctx context.Context, row hiring.Invite) error {
	now := m.now()
	row.State = hiring.InviteDuplicate
	err := m.store.InTx(ctx, func(tx *db.Store) error {
		if err := tx.HoldInvite(ctx, row); err != nil {
			return err
		}
		known, err := tx.InvitedBefore(ctx, row.AssessmentID, row.Type, []string{row.Email})
		if err != nil {
			return err
		}
		row.Problem = row.Who() + " was already invited to this interview. Nothing was sent."
		if at, ok := known[strings.ToLower(row.Email)]; ok && row.Email != "" {
			row.Problem = row.Who() + " was already invited to this interview on " + at.Format("2 January 2006") + ". Nothing was sent."
		}
		if row.Type == hiring.InviteCandidate && row.Email != "" {
			if err := tx.WelcomeBack(ctx, keysOf(row)); err != nil {
				return err
			}
			c, err := tx.ChangeCandidate(ctx, keysOf(row), func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
				if c.ID != 0 {
					return nil, nil
				}
				c.Name = row.Name()
				c.Advance(hiring.StageInvited, now)
				c.InvitedAt = nil // when is not known
				return []hiring.HistoryEvent{{Kind: "invited_elsewhere", At: now, ReceivedAt: now, Source: "api"}}, nil
			})
			if err != nil {
				return err
			}
			row.CandidateID = c.ID
		}
		return tx.SettleInvite(ctx, row, now)
	})
	if errors.Is(err, hiring.ErrErased) { // while the provider was asked, which has nothing new to forget
		return nil
	}
	return err
}

func keysOf(row hiring.Invite) db.CandidateKeys {
	return db.CandidateKeys{AssessmentID: row.AssessmentID, InviteRef: row.Ref, Email: row.Email}
}

// InviteLink is where somebody whom an invite was sent to begins; "" where the provider doesn't tell, or the invite
// isn't known.
func (a Abilities) InviteLink(ref string) string {
	if a.InviteURL == "" || ref == "" {
		return ""
	}
	return strings.ReplaceAll(a.InviteURL, "{inviteId}", url.PathEscape(ref))
}

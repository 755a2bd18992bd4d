package mirror

import (
	"context"
	"errors"
	"fmt"

	"greenroom/internal/hiring"
	"greenroom/internal/partner"
)

// waitingShown is how many waiting invites are listed.
const waitingShown = 100

// WaitingInvites are those of which nobody knows whether they went out, and those that wait for another try.
func (m *Mirror) WaitingInvites(ctx context.Context) ([]hiring.WaitingInvite, error) {
	return m.store.WaitingInvites(ctx, m.connection, m.now(), waitingShown)
}

// RetryInvite sends one waiting invite now, after a look whether it went out, and gives it as it stands then; its Problem
// says what was found. An error without a sentence is the desk's own. hiring.ErrNotFound: it is settled. ErrBusy: its
// sending is at work. A sending that had not ended goes on by itself.
func (m *Mirror) RetryInvite(ctx context.Context, id int64) (hiring.Invite, error) {
	w, release, err := m.holdWaiting(ctx, id)
	if err != nil {
		return hiring.Invite{}, err
	}
	defer release()
	b, err := m.store.InviteBatch(ctx, w.BatchID)
	if err != nil {
		return hiring.Invite{}, err
	}
	a, err := m.assessment(ctx, w.AssessmentID)
	if err != nil {
		return hiring.Invite{}, err
	}
	row, again, err := m.store.ClaimWaitingInvite(ctx, id, m.now())
	if err != nil {
		return hiring.Invite{}, err
	}
	stop, err := m.sendInvite(ctx, b, a, row, again)
	if err != nil && Sentence(err) == "" {
		return hiring.Invite{}, err
	}
	if stop != "" || err != nil && b.FinishedAt != nil { // nobody tries it again by itself
		unsent, happened := stop, stop
		if stop == "" {
			unsent, happened = partner.Unsent(err), partner.Happened(err)
		}
		if err := m.store.FinishInviteBatch(context.WithoutCancel(ctx), b.ID, unsent, happened+" "+doubtful, m.now()); err != nil {
			return hiring.Invite{}, err
		}
	}
	return m.store.Invite(context.WithoutCancel(ctx), id)
}

// DropInvite gives up a waiting invite; by is who does. hiring.ErrNotFound: it is settled. ErrBusy: its sending is at
// work.
func (m *Mirror) DropInvite(ctx context.Context, id int64, by string) error {
	w, release, err := m.holdWaiting(ctx, id)
	if err != nil {
		return err
	}
	defer release()
	row := w.Invite
	row.Problem = "Dropped by " + by + " before it was sent."
	if row.State != hiring.InvitePending {
		row.Problem = "Dropped by " + by + ". Whether it had gone out is not known."
	}
	row.State = hiring.InviteDropped
	if err := m.store.SettleInvite(ctx, row, m.now()); err != nil {
		return err
	}
	b, err := m.store.InviteBatch(ctx, row.BatchID)
	if err != nil || b.FinishedAt != nil || b.Waiting() > 0 {
		return err
	}
	return m.store.FinishInviteBatch(ctx, b.ID, "", "", m.now())
}

// holdWaiting keeps others from sending the batch of an invite that waits.
func (m *Mirror) holdWaiting(ctx context.Context, id int64) (w hiring.WaitingInvite, release func(), err error) {
	if w, err = m.store.WaitingInvite(ctx, m.connection, id); err != nil {
		return w, nil, err
	}
	release, ok, err := m.store.HoldInviteBatch(ctx, w.BatchID)
	if err == nil && !ok {
		err = fmt.Errorf("invite %d: %w", id, ErrBusy)
	}
	if err != nil {
		return w, nil, err
	}
	// What it was before the hold may be over.
	if w, err = m.store.WaitingInvite(ctx, m.connection, id); err != nil {
		release()
	}
	return w, release, err
}

// arrived is the candidate whom an invite made, as the provider told since by an event or in a list; nil: nobody told.
func (m *Mirror) arrived(ctx context.Context, row hiring.Invite) (*hiring.Candidate, error) {
	if row.Type != hiring.InviteCandidate || row.Email == "" {
		return nil, nil
	}
	c, err := m.store.MatchCandidate(ctx, keysOf(row))
	if errors.Is(err, hiring.ErrNotFound) || err == nil && c.InviteRef == "" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// settleArrived notes that the provider told of somebody whom nobody knew to be invited.
func (m *Mirror) settleArrived(ctx context.Context, b hiring.InviteBatch, row hiring.Invite, known *hiring.Candidate) error {
	if known == nil {
		return nil
	}
	return m.settleSent(ctx, b, row, known.InviteRef, "The provider told of this person since, so the invitation had arrived. Nothing was sent again.")
}

// resolveInvites settles those of which the provider told since.
func (m *Mirror) resolveInvites(ctx context.Context) error {
	list, err := m.WaitingInvites(ctx)
	if err != nil {
		return err
	}
	for _, w := range list {
		if w.State != hiring.InviteUnknown {
			continue // its sending looks by itself
		}
		known, err := m.arrived(ctx, w.Invite)
		if err != nil {
			return err
		}
		if known == nil {
			continue
		}
		if err := m.settleUnlessBusy(ctx, w, known); err != nil {
			return err
		}
	}
	return nil
}

func (m *Mirror) settleUnlessBusy(ctx context.Context, w hiring.WaitingInvite, known *hiring.Candidate) error {
	w, release, err := m.holdWaiting(ctx, w.ID)
	if errors.Is(err, ErrBusy) || errors.Is(err, hiring.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	defer release()
	b, err := m.store.InviteBatch(ctx, w.BatchID)
	if err != nil {
		return err
	}
	return m.settleArrived(ctx, b, w.Invite, known)
}

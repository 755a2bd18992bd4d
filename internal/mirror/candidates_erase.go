package mirror

import (
	"context"
	"errors"
	"fmt"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// EraseCandidate deletes a person from an interview, for good: at the provider, where it can do that (Abilities.Erase), and
// then here. by is the user who does it; 0 for the program itself. What failed on the way can be done again. A provider that
// can't keeps its record; what it tells of the person is left out from then on.
func (m *Mirror) EraseCandidate(ctx context.Context, candidate, by int64) error {
	m.learnToErase(ctx)
	return m.erase(ctx, candidate, by)
}

// learnToErase asks a provider that could not erase anybody whether it can now.
func (m *Mirror) learnToErase(ctx context.Context) {
	if !m.Abilities(ctx).Erase {
		m.refreshAbilities(ctx)
	}
}

func (m *Mirror) erase(ctx context.Context, candidate, by int64) error {
	c, err := m.store.Candidate(ctx, candidate)
	if err != nil {
		return err
	}
	a, err := m.assessment(ctx, c.AssessmentID)
	if err != nil {
		return err
	}
	able := m.Abilities(ctx).Erase
	if able && c.InviteRef != "" {
		if err := m.client.Erase(ctx, a.Ref, c.InviteRef); err != nil && !errors.Is(err, hiring.ErrNotFound) {
			return fmt.Errorf("erasing candidate %d at the provider: %w", candidate, err)
		}
	}
	ctx = context.WithoutCancel(ctx)
	if err := m.store.EraseCandidate(ctx, candidate, by, m.now(), !able); err != nil {
		return fmt.Errorf("erasing candidate %d: %w", candidate, err)
	}
	return m.store.DueOne(ctx, a.ID, m.now()) // whom the provider counts
}

// EraseOld erases the people of this account who are no longer to be kept (db.Store.Keep), and says how many that were. The
// rule, and what was heard of somebody, are looked at anew before each. Somebody who can't be erased doesn't keep the others
// from it, unless the provider or the database doesn't answer.
func (m *Mirror) EraseOld(ctx context.Context) (erased int, err error) {
	var failed []error
	asked := false
	for after := int64(0); ; {
		months, err := m.store.Keep(ctx, m.connection)
		if err != nil {
			return erased, errors.Join(append(failed, err)...)
		}
		since, some := hiring.KeptSince(months, m.now())
		if !some {
			return erased, errors.Join(failed...)
		}
		after, err = m.store.NotHeardOf(ctx, m.connection, since, after)
		if errors.Is(err, hiring.ErrNotFound) {
			return erased, errors.Join(failed...)
		}
		if err != nil {
			return erased, errors.Join(append(failed, err)...)
		}
		if !asked {
			m.learnToErase(ctx)
			asked = true
		}
		switch err := m.erase(ctx, after, 0); {
		case err == nil:
			erased++
		case errors.Is(err, hiring.ErrUnavailable) || ctx.Err() != nil:
			return erased, errors.Join(append(failed, err)...)
		case !errors.Is(err, hiring.ErrNotFound):
			failed = append(failed, err)
		}
	}
}

// stillErased deals with somebody who was erased here and of whom the provider tells, in its list or otherwise: it is asked
// to erase them too, if it can, for it may have known them by a name that nobody here knew.
func (m *Mirror) stillErased(ctx context.Context, interview string, k db.CandidateKeys, listed bool) error {
	if m.Abilities(ctx).Erase && k.InviteRef != "" {
		if err := m.client.Erase(ctx, interview, k.InviteRef); err != nil && !errors.Is(err, hiring.ErrNotFound) {
			return fmt.Errorf("erasing a candidate at the provider: %w", err)
		}
		listed = false
		if err := m.store.DueOne(ctx, k.AssessmentID, m.now()); err != nil { // whom it counts
			return err
		}
	}
	var at *time.Time
	if listed {
		at = new(m.now())
	}
	return m.store.ErasedTold(ctx, k, at)
}

// forgetDelivery drops what a delivery said of somebody who was erased; without a failure it is errNotOurs.
func (m *Mirror) forgetDelivery(ctx context.Context, delivery int64, interview string, k db.CandidateKeys) error {
	if err := m.stillErased(ctx, interview, k, false); err != nil {
		return err
	}
	if err := m.store.ForgetBody(ctx, delivery); err != nil {
		return err
	}
	return errNotOurs
}

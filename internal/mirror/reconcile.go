package mirror

import (
	"context"
	"errors"

	"greenroom/internal/hiring"
)

// Reconcile takes over what the provider has and we missed: interviews with their questions, then everybody who is
// through. Last it sends the scores that the provider should have. An interview that can't be read doesn't keep the
// others from it; the error joins what went wrong.
func (m *Mirror) Reconcile(ctx context.Context) error {
	if err := m.SyncAssessments(ctx); err != nil {
		return err
	}
	list, err := m.store.AssessmentNames(ctx, m.connection)
	if err != nil {
		return err
	}
	var failed []error
	for _, a := range list {
		_, err := m.SyncCandidates(ctx, a.ID)
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, hiring.ErrUnavailable):
			return errors.Join(append(failed, err)...) // it would fail for the next one too
		case err != nil && !errors.Is(err, hiring.ErrForbidden) && !errors.Is(err, hiring.ErrNotFound):
			failed = append(failed, err)
		}
	}
	return errors.Join(append(failed, m.PushUnsent(ctx))...)
}

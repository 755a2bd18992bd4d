package jobs

import (
	"context"
	"errors"
	"fmt"

	"github.com/riverqueue/river/rivertype"

	"greenroom/internal/hiring"
)

// Retry makes a piece of failed work be tried again now, once more than it was allowed when those tries are used up.
// hiring.ErrNotFound when it is gone.
func (q *Queue) Retry(ctx context.Context, id int64) error {
	if _, err := q.client.JobRetry(ctx, id); err != nil {
		return fmt.Errorf("trying job %d again: %w", id, workError(err))
	}
	return nil
}

// Drop forgets a piece of work. hiring.ErrNotFound when it is gone, hiring.ErrConflict while it runs.
func (q *Queue) Drop(ctx context.Context, id int64) error {
	if _, err := q.client.JobDelete(ctx, id); err != nil {
		return fmt.Errorf("dropping job %d: %w", id, workError(err))
	}
	return nil
}

func workError(err error) error {
	switch {
	case errors.Is(err, rivertype.ErrNotFound):
		return errors.Join(hiring.ErrNotFound, err)
	case errors.Is(err, rivertype.ErrJobRunning):
		return errors.Join(hiring.ErrConflict, err)
	}
	return err
}

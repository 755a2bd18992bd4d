package mirror

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// How often an interview is compared with the provider, and how often the list of interviews is read; each is spread by a
// fifth to either side.
const (
	checkSoon = 15 * time.Minute // with candidates on the way; the list
	checkCalm = 6 * time.Hour
)

// After an event an interview is compared once events about it were quiet for eventQuiet, and not within eventRest of the
// latest comparison.
const (
	eventQuiet = 2 * time.Second
	eventRest  = time.Minute
)

// listForget is after how long an interrupted reading of the list starts anew.
const listForget = time.Hour

func jittered(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.8 + 0.4*rand.Float64()))
}

// Reconcile compares everything with the provider now, whatever is due: see ReconcileDue.
func (m *Mirror) Reconcile(ctx context.Context) error {
	if err := m.store.DueAll(ctx, m.connection, m.now()); err != nil {
		return err
	}
	return m.ReconcileDue(ctx)
}

// ReconcileDue takes over what the provider has and we missed, where a look is due: the list of interviews, then of each
// interview its questions and everybody who is through. Then it sends the scores that the provider should have, and looks
// what became of writes whose outcome nobody knows. One page is in flight at a time. What an interruption leaves goes on
// with the next call; taking over an account for the first time is the same work. Differences are kept with
// db.Store.InsertDifference. An interview that can't be read doesn't keep the others from it; the error joins what went
// wrong. ErrBusy: somebody else is at it.
func (m *Mirror) ReconcileDue(ctx context.Context) error {
	release, ok, err := m.store.HoldSync(ctx, m.connection)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("keeping in step: %w", ErrBusy)
	}
	defer release()
	if m.Health().Failing() { // nothing may be due, and people want to know when it answers again
		m.refreshAbilities(ctx)
	}
	began := m.now()
	if err := m.store.DueByEvents(ctx, m.connection, began, eventQuiet, eventRest); err != nil {
		return err
	}
	state, err := m.store.SyncState(ctx, m.connection)
	if err != nil {
		return err
	}
	comparing := *m
	comparing.comparing = !state.Pulling()
	if !state.ListDueAt.After(began) || state.ListBeganAt != nil {
		m.refreshAbilities(ctx)
		closer, err := comparing.listAssessments(ctx)
		if err != nil {
			return err
		}
		for _, id := range closer {
			if err := m.store.DueOne(ctx, id, began); err != nil {
				return err
			}
		}
	}
	failed := []error{m.ResolveWrites(ctx)}
	for {
		id, token, read, err := m.store.NextDue(ctx, m.connection, began)
		if errors.Is(err, hiring.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		err = comparing.check(ctx, id, token, read)
		if err != nil && (ctx.Err() != nil || errors.Is(err, hiring.ErrUnavailable)) {
			return errors.Join(append(failed, err)...) // it would fail for the next one too
		}
		if err != nil {
			failed = append(failed, err)
			if err := m.store.FailCheck(ctx, id, problemOf(err), m.now().Add(jittered(checkSoon))); err != nil {
				return err
			}
		}
	}
	var answered *time.Time
	if at := m.Health().LastSuccess; !at.IsZero() {
		answered = &at
	}
	if err := m.store.EndSync(ctx, m.connection, m.now(), answered); err != nil {
		return err
	}
	return errors.Join(append(failed, m.PushUnsent(ctx))...)
}

// check compares one interview, its candidates from the page of a token on. One that the provider no longer has is noted
// as missing, and no error.
func (m *Mirror) check(ctx context.Context, id int64, token string, read int) error {
	began := m.now()
	if token == "" {
		err := m.SyncAssessment(ctx, id)
		if errors.Is(err, hiring.ErrNotFound) || errors.Is(err, hiring.ErrForbidden) {
			return m.store.FailCheck(ctx, id, problemOf(err), began.Add(jittered(checkCalm)))
		}
		if err != nil {
			return err
		}
	}
	changes, err := m.syncCandidates(ctx, id, token, func(next string, seen int) error { return m.store.PeoplePage(ctx, id, next, read+seen) })
	if errors.Is(err, hiring.ErrForbidden) || errors.Is(err, hiring.ErrNotFound) {
		return m.store.FailCheck(ctx, id, problemOf(err), began.Add(jittered(checkCalm)))
	}
	if err != nil {
		return err
	}
	return m.store.EndCheck(ctx, id, began, read+changes.Seen, jittered(checkSoon), jittered(checkCalm))
}

// CheckSoon makes one interview, or with 0 everything, due now.
func (m *Mirror) CheckSoon(ctx context.Context, assessment int64) error {
	if assessment == 0 {
		return m.store.DueAll(ctx, m.connection, m.now())
	}
	return m.store.DueOne(ctx, assessment, m.now())
}

// differs keeps what a comparison found of a candidate.
func (m *Mirror) differs(ctx context.Context, tx *db.Store, before, after hiring.Candidate, changed bool) error {
	if !m.comparing || !changed {
		return nil
	}
	d := hiring.Difference{AssessmentID: after.AssessmentID, CandidateID: after.ID, Kind: hiring.DifferResult, At: m.now()}
	switch {
	case before.ID == 0:
		d.Kind = hiring.DifferPerson
	case before.Stage != after.Stage:
		d.Kind, d.Detail = hiring.DifferStage, before.Stage.Name()+" → "+after.Stage.Name()
	case !sameScore(before.Score, after.Score):
		d.Kind = hiring.DifferScore
		if before.Score != nil {
			d.Detail = strings.TrimSpace(figure(before.Score) + " → " + figure(after.Score))
		}
	}
	return tx.InsertDifference(ctx, m.connection, d)
}

// interviewDiffers keeps what a comparison found of an interview; before is zero for a new one.
func (m *Mirror) interviewDiffers(ctx context.Context, tx *db.Store, before, after hiring.Assessment, questions bool) error {
	if !m.comparing {
		return nil
	}
	// Counts and times follow from what is told elsewhere.
	before.SyncedAt, before.UpdatedAt, before.CreatedAt = after.SyncedAt, after.UpdatedAt, after.CreatedAt
	before.QuestionCount, before.SubmissionCount = after.QuestionCount, after.SubmissionCount
	d := hiring.Difference{AssessmentID: after.ID, Kind: hiring.DifferInterview, At: m.now()}
	switch {
	case before.ID == 0:
		d.Detail = "New"
	case before.MissingSince != nil:
		d.Detail = "Back at the provider"
	case before.Title != after.Title:
		d.Detail = "The title was " + before.Title
	case !reflect.DeepEqual(before, after):
	case questions:
		d.Kind = hiring.DifferQuestions
	default:
		return nil
	}
	return tx.InsertDifference(ctx, m.connection, d)
}

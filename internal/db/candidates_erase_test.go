package db_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// TestErasingSomebodyWhomOthersJudge: neither waits for the other for ever, and what comes too late is told so.
func TestErasingSomebodyWhomOthersJudge(t *testing.T) {
	t.Parallel()
	store, _, a := newStore(t)
	user, err := store.InsertUser(t.Context(), hiring.User{Email: "grace@example.com", Name: "Grace", Role: hiring.RoleReviewer, PasswordHash: "x", CreatedAt: start})
	must(t, err)
	for i := range 40 {
		c := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: fmt.Sprint(i)}, nil)
		card := hiring.Scorecard{CandidateID: c.ID, UserID: user, Comment: "Calm.", Answers: []hiring.ScorecardAnswer{}}
		must(t, store.PutScorecard(t.Context(), card, start))
		var both sync.WaitGroup
		both.Go(func() {
			if err := store.EraseCandidate(t.Context(), c.ID, user, start, false); err != nil {
				t.Errorf("erasing: %v", err)
			}
		})
		both.Go(func() {
			if err := store.PutScorecard(t.Context(), card, start); err != nil && !errors.Is(err, hiring.ErrConflict) && !errors.Is(err, hiring.ErrNotFound) {
				t.Errorf("judging: %v", err)
			}
		})
		both.Wait()
		if _, err := store.Candidate(t.Context(), c.ID); !errors.Is(err, hiring.ErrNotFound) {
			t.Fatalf("they are still there: %v", err)
		}
	}
	if list, total, err := store.Erasures(t.Context(), a.ID, 1); err != nil || total != 40 || len(list) != 1 || list[0].By != "Grace" {
		t.Errorf("%d erasures, %+v, %v", total, list, err)
	}
}

package db_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"greenroom/internal/hiring"
)

// TestSyncingTakesNoNumbers looks at interviews again and again, as every comparison with the provider does.
func TestSyncingTakesNoNumbers(t *testing.T) {
	t.Parallel()
	store, connection, first := newStore(t)
	for n := range 5 {
		first.Title, first.SyncedAt = fmt.Sprint("Title ", n), start.Add(time.Duration(n)*time.Hour)
		again, err := store.UpsertAssessment(t.Context(), first)
		must(t, err)
		if again.ID != first.ID || again.Title != first.Title || !again.SyncedAt.Equal(first.SyncedAt) {
			t.Fatalf("look %d: %+v", n, again)
		}
	}
	if next := newAssessment(t, store, connection, "next"); next.ID != first.ID+1 {
		t.Errorf("the interview after number %d has number %d", first.ID, next.ID)
	}
}

func TestTwoWhoFindAnInterviewMakeOne(t *testing.T) {
	t.Parallel()
	store, connection, _ := newStore(t)
	for n := range 10 {
		var found [8]hiring.Assessment
		var errs [len(found)]error
		var all sync.WaitGroup
		for i := range found {
			all.Go(func() {
				found[i], errs[i] = store.UpsertAssessment(t.Context(), hiring.Assessment{
					ConnectionID: connection, Ref: fmt.Sprint("new", n), Title: "New", Status: hiring.AssessmentActive, Duration: 20, Language: "english", SyncedAt: start,
				})
			})
		}
		all.Wait()
		for i, a := range found {
			if errs[i] != nil || a.ID != found[0].ID || a.ID == 0 {
				t.Fatalf("round %d: number %d and number %d, %v", n, found[0].ID, a.ID, errs[i])
			}
		}
	}
}

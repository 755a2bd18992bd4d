package db_test

import (
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// TestHistoryTellsOneEndOnce: a list that was read while a webhook was on its way gives the end away first.
func TestHistoryTellsOneEndOnce(t *testing.T) {
	t.Parallel()
	store, _, a := newStore(t)
	c := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "i1"}, nil)
	end := func(source string, delivery int64, at time.Time) {
		t.Helper()
		must(t, store.InsertHistory(t.Context(), hiring.HistoryEvent{
			CandidateID: c.ID, Kind: "interview.ended", At: at, ReceivedAt: start, Source: source, DeliveryID: delivery,
		}))
	}
	end("api", 0, start)
	for range 2 { // the webhook is applied again after a crash
		end("webhook", 7, start.Add(time.Second))
	}
	list, err := store.History(t.Context(), c.ID)
	must(t, err)
	if len(list) != 1 || list[0].Source != "webhook" || list[0].DeliveryID != 7 || !list[0].At.Equal(start.Add(time.Second)) {
		t.Errorf("one end is told as %+v", list)
	}
	end("webhook", 8, start.Add(time.Minute)) // another end is another entry
	list, err = store.History(t.Context(), c.ID)
	must(t, err)
	if len(list) != 2 {
		t.Errorf("two ends are told as %+v", list)
	}
}

// TestHistoryGivesAWebhookOneEntry: the list said that it ended, and later how.
func TestHistoryGivesAWebhookOneEntry(t *testing.T) {
	t.Parallel()
	store, _, a := newStore(t)
	c := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "i1"}, nil)
	end := func(source string, delivery int64, at time.Time) {
		t.Helper()
		must(t, store.InsertHistory(t.Context(), hiring.HistoryEvent{
			CandidateID: c.ID, Kind: "interview.ended", At: at, ReceivedAt: start, Source: source, DeliveryID: delivery,
		}))
	}
	end("reconcile", 0, start.Add(time.Minute))
	end("api", 0, start)
	end("webhook", 7, start.Add(time.Second))
	list, err := store.History(t.Context(), c.ID)
	must(t, err)
	if len(list) != 2 || list[0].DeliveryID != 7 || list[1].Source != "reconcile" {
		t.Errorf("the timeline is %+v", list)
	}
}

package mirror_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

// TestAccountsStayApart: work that one account left behind waits while another is in use. That one is not asked about
// records it can't know, and what it would answer changes nothing.
func TestAccountsStayApart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := w.batch(2, hiring.InviteCandidate)
	deliveries, err := w.store.InsertDeliveries(t.Context(), []hiring.Delivery{{ConnectionID: w.connection, Event: "interview.started", EventAt: sendingAt,
		AssessmentRef: w.assessment.Ref, Digest: []byte("one"), Verdict: hiring.VerdictVerified, Body: []byte("{}"), HasBody: true, ReceivedAt: sendingAt}},
		db.DeliveryJob{Kind: "none", Queue: "nobody", MaxAttempts: 1})
	w.ok(err)
	before, err := w.store.Assessment(t.Context(), w.assessment.ID)
	w.ok(err)

	var asked atomic.Int32
	other, err := w.store.Connection(t.Context(), db.KindTapTalent, "another")
	w.ok(err)
	m := mirrorAt(w.store, other, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/extensions" { // what it can do may be asked at any time
			asked.Add(1)
		}
		http.NotFound(rw, r)
	}), func() time.Time { return sendingAt })
	id := w.assessment.ID
	for name, work := range map[string]func(context.Context) error{
		"sync":     func(ctx context.Context) error { return m.SyncAssessment(ctx, id) },
		"people":   func(ctx context.Context) error { _, err := m.SyncCandidates(ctx, id); return err },
		"invites":  func(ctx context.Context) error { _, err := m.SendInvites(ctx, batch); return err },
		"generate": func(ctx context.Context) error { return m.GenerateQuestions(ctx, id) },
		"watch":    func(ctx context.Context) error { return m.WatchGeneration(ctx, id) },
		"copy":     func(ctx context.Context) error { return m.CopyQuestions(ctx, id, true) },
		"event":    func(ctx context.Context) error { return m.ApplyDelivery(ctx, deliveries[0], true) },
		"change": func(ctx context.Context) error {
			_, err := m.UpdateAssessment(ctx, id, hiring.AssessmentChange{Title: "Other", Duration: 20, Language: "english", Purpose: "Something else entirely"})
			return err
		},
	} {
		if err := work(t.Context()); !errors.Is(err, mirror.ErrElsewhere) {
			t.Errorf("%s: %v; want that it belongs elsewhere", name, err)
		}
	}
	if n := asked.Load(); n != 0 {
		t.Errorf("the other provider was asked %d times", n)
	}
	after, err := w.store.Assessment(t.Context(), id)
	w.ok(err)
	if after.MissingSince != before.MissingSince || after.Title != before.Title {
		t.Errorf("the interview became %+v", after)
	}
	d, err := w.store.Delivery(t.Context(), deliveries[0])
	w.ok(err)
	if d.Status != hiring.DeliveryReceived || d.Attempts != 0 {
		t.Errorf("the delivery is %s after %d tries, want that it waits", d.Status, d.Attempts)
	}
	if sent, err := w.mirror.SendInvites(t.Context(), batch); err != nil || sent != 2 {
		t.Errorf("with its own account again: %d sent, %v", sent, err)
	}
}

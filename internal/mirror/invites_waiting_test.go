package mirror_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

// lookedAndFound is what a row says whose invitation turned out to have arrived.
const lookedAndFound = "The provider knew of this invitation when Greenroom looked: an earlier try had arrived. Nothing was sent again."

// givenUp is a batch of three of which the first was sent, carried out or not, and never answered, until the sending gave
// it up.
func givenUp(t *testing.T, w *world, carried bool) (batch int64, rows []hiring.Invite) {
	t.Helper()
	batch = w.batch(3, hiring.InviteCandidate)
	w.provider.answer = func(int, string) (int, string) { return 500, fault }
	var err error
	for range 7 {
		if _, err = w.mirror.SendInvites(t.Context(), batch); err == nil {
			t.Fatal("sent on a bad day")
		}
	}
	w.ok(w.mirror.AbandonInvites(t.Context(), batch, err))
	if carried {
		w.provider.invited["p0@example.com"] = 1
	}
	w.provider.answer = nil
	rows, err = w.store.Invites(t.Context(), batch)
	w.ok(err)
	return batch, rows
}

func TestGivenUpInvitesSayWhatIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch, rows := givenUp(t, w, true)
	want := "unknown TapTalent has not been answering. Nobody said whether this invitation went out. Send it again: Greenroom looks first, and nobody is invited twice.\n" +
		"failed TapTalent has not been answering, so nothing was sent. Try again in 10 seconds.\n" +
		"failed TapTalent has not been answering, so nothing was sent. Try again in 10 seconds.\n"
	if got := w.states(batch); got != want {
		t.Errorf("rows:\n%swant:\n%s", got, want)
	}
	if rows[0].Tries != 5 || rows[0].TriedAt == nil || rows[1].Tries != 0 || rows[1].TriedAt != nil { // the breaker held back the rest
		t.Errorf("tries: %+v", rows)
	}
	list, err := w.mirror.WaitingInvites(t.Context())
	w.ok(err)
	if len(list) != 1 || list[0].ID != rows[0].ID || list[0].Assessment != "Interview" || list[0].Unsent != 2 || list[0].Next != nil {
		t.Errorf("waiting: %+v", list)
	}
	if b, err := w.store.InviteBatch(t.Context(), batch); err != nil || b.Unknown != 1 || b.Failed != 2 || b.Waiting() != 0 || b.FinishedAt == nil {
		t.Errorf("batch: %+v, %v", b, err)
	}
}

// TestARetryByHandLooksFirst: one row from the list of what waits, or all of the sending.
func TestARetryByHandLooksFirst(t *testing.T) {
	t.Parallel()
	for name, carried := range map[string]bool{"it had arrived": true, "it had not": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			batch, rows := givenUp(t, w, carried)
			row, err := better(w).RetryInvite(t.Context(), rows[0].ID)
			w.ok(err)
			if carried != (row.Problem == lookedAndFound) || row.State != hiring.InviteSent || carried != (row.Ref == "") {
				t.Errorf("%+v", row)
			}
			if n := w.provider.invited["p0@example.com"]; n != 1 || len(w.candidates()) != 1 {
				t.Errorf("invited %d times, %d candidates", n, len(w.candidates()))
			}
			if _, err := better(w).RetryInvite(t.Context(), rows[0].ID); !errors.Is(err, hiring.ErrNotFound) {
				t.Errorf("once more: %v", err)
			}
			n, err := w.store.RetryInvites(t.Context(), batch, sendingAt)
			w.ok(err)
			if _, err := better(w).SendInvites(t.Context(), batch); err != nil || n != 2 {
				t.Errorf("the rest: %d, %v", n, err)
			}
			if got := w.states(batch); strings.Count(got, "sent") < 3 || strings.Contains(got, "duplicate") {
				t.Errorf("rows:\n%s", got)
			}
		})
	}
	t.Run("all of the sending", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t)
		batch, _ := givenUp(t, w, true)
		_, err := w.store.RetryInvites(t.Context(), batch, sendingAt)
		w.ok(err)
		_, err = better(w).SendInvites(t.Context(), batch)
		w.ok(err)
		if got := w.states(batch); got != "sent "+lookedAndFound+"\nsent\nsent\n" {
			t.Errorf("rows:\n%s", got)
		}
	})
}

// better is the mirror of a process that knows nothing of the bad day.
func better(w *world) *mirror.Mirror {
	return mirrorAt(w.store, w.connection, w.provider, func() time.Time { return sendingAt })
}

func TestARetryByHandMayFailAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch, rows := givenUp(t, w, false)
	for status, want := range map[int]string{
		500: "unknown TapTalent has a fault of its own just now (500). Nobody said whether this invitation went out.",
		429: "unknown TapTalent takes no more requests for now. Nobody said",
		401: "unknown TapTalent does not accept the API key, so nothing was changed. Ask an admin to check the key. Nobody said",
	} {
		w.provider.answer = func(int, string) (int, string) {
			return status, map[int]string{500: fault, 429: tooMany, 401: noKey}[status]
		}
		row, err := better(w).RetryInvite(t.Context(), rows[0].ID)
		w.ok(err)
		if got := string(row.State) + " " + row.Problem; !strings.HasPrefix(got, want) {
			t.Errorf("%d: %q, want %q", status, got, want)
		}
	}
	w.provider.answer = nil
	row, err := better(w).RetryInvite(t.Context(), rows[0].ID)
	w.ok(err)
	if row.State != hiring.InviteSent || row.Problem != "" || !strings.HasPrefix(w.states(batch), "sent\nfailed") {
		t.Errorf("%+v\n%s", row, w.states(batch))
	}
}

// TestARefusalOfAllIsNoDoubt: a row that was refused with all others was not sent.
func TestARefusalOfAllIsNoDoubt(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch := w.batch(2, hiring.InviteCandidate)
	w.provider.answer = func(int, string) (int, string) { return 401, noKey }
	_, err := w.mirror.SendInvites(t.Context(), batch)
	w.ok(err)
	if got := w.states(batch); strings.Contains(got, "unknown") || strings.Count(got, "failed") != 2 {
		t.Errorf("rows:\n%s", got)
	}
}

func TestWaitingInvitesAreDropped(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch, rows := givenUp(t, w, true)
	w.ok(w.mirror.DropInvite(t.Context(), rows[0].ID, "Rita"))
	if err := w.mirror.DropInvite(t.Context(), rows[0].ID, "Rita"); !errors.Is(err, hiring.ErrNotFound) {
		t.Errorf("twice: %v", err)
	}
	if list, err := w.mirror.WaitingInvites(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	if n, err := w.store.RetryInvites(t.Context(), batch, sendingAt); err != nil || n != 2 {
		t.Errorf("what was dropped is tried again: %d, %v", n, err)
	}
	// A sending whose last row is dropped is over.
	other := w.batch(1, hiring.InviteReviewer)
	w.provider.answer = func(int, string) (int, string) { return 429, tooMany }
	if _, err := better(w).SendInvites(t.Context(), other); err == nil {
		t.Fatal("sent on a bad day")
	}
	list, err := w.mirror.WaitingInvites(t.Context())
	w.ok(err)
	if len(list) != 1 || list[0].State != hiring.InvitePending {
		t.Fatalf("%+v", list)
	}
	release, _, err := w.store.HoldInviteBatch(t.Context(), other)
	w.ok(err)
	if err := w.mirror.DropInvite(t.Context(), list[0].ID, "Rita"); !errors.Is(err, mirror.ErrBusy) {
		t.Errorf("while it is sent: %v", err)
	}
	release()
	w.ok(w.mirror.DropInvite(t.Context(), list[0].ID, "Rita"))
	if b, err := w.store.InviteBatch(t.Context(), other); err != nil || b.FinishedAt == nil || b.Dropped != 1 || w.states(other) != "dropped Dropped by Rita before it was sent.\n" {
		t.Errorf("%+v, %v, %s", b, err, w.states(other))
	}
}

// TestWhoeverBeginsWasInvited: an event about somebody settles the doubt without a call.
func TestWhoeverBeginsWasInvited(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	batch, rows := givenUp(t, w, true)
	_, err := w.store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: w.assessment.ID, InviteRef: "i9", Email: "P0@example.com"},
		func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
			c.Advance(hiring.StageStarted, sendingAt)
			return nil, nil
		})
	w.ok(err)
	w.ok(w.mirror.ResolveWrites(t.Context()))
	row, err := w.store.Invite(t.Context(), rows[0].ID)
	w.ok(err)
	if row.State != hiring.InviteSent || row.Ref != "i9" || row.CandidateID == 0 || !strings.Contains(row.Problem, "had arrived") {
		t.Errorf("%+v\n%s", row, w.states(batch))
	}
}

// TestASendingThatNobodySendsIsSeen: the work that should send it is gone.
func TestASendingThatNobodySendsIsSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.batch(3, hiring.InviteCandidate)
	if list, err := w.mirror.WaitingInvites(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("at first: %+v, %v", list, err)
	}
	later := mirrorAt(w.store, w.connection, w.provider, func() time.Time { return sendingAt.Add(hiring.InviteStuck) })
	list, err := later.WaitingInvites(t.Context())
	w.ok(err)
	if len(list) != 1 || list[0].Line != 1 || list[0].Behind != 2 || list[0].Next != nil {
		t.Errorf("%+v", list)
	}
	row, err := later.RetryInvite(t.Context(), list[0].ID)
	w.ok(err)
	if row.State != hiring.InviteSent {
		t.Errorf("%+v", row)
	}
}

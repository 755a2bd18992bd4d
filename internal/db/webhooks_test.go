package db_test

import (
	"testing"
	"time"
)

// TestInvitingMorePeopleDoesNotHideASilence: a team that invites somebody every few hours learns that webhooks stopped.
func TestInvitingMorePeopleDoesNotHideASilence(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	now := start.Add(72 * time.Hour)
	silent := func() time.Duration {
		t.Helper()
		health, err := store.DeliveryHealth(t.Context(), connection, now)
		must(t, err)
		return health.Silent(now)
	}
	exec := func(sql string, args ...any) {
		t.Helper()
		_, err := store.Pool().Exec(t.Context(), sql, args...)
		must(t, err)
	}
	exec(`INSERT INTO candidates (assessment_id, invite_ref, stage, stage_at)
		SELECT $1, 'i' || h, 'invited', $2::timestamptz + h * interval '1 hour' FROM generate_series(-24, 70, 4) h`, a.ID, start)
	if got := silent(); got != 96*time.Hour {
		t.Errorf("without any event: silent for %v, want since the first invitation", got)
	}
	exec(`INSERT INTO webhook_deliveries (connection_id, event, event_at, digest, verdict, received_at) VALUES ($1, 'interview.started', $2, '\x01', 'verified', $2)`,
		connection, start.Add(time.Hour))
	if got := silent(); got != 68*time.Hour {
		t.Errorf("after an event: silent for %v, want since the first invitation after it", got)
	}
	exec(`UPDATE webhook_deliveries SET received_at = $1`, now.Add(-time.Hour))
	if got := silent(); got != 0 {
		t.Errorf("an hour after an event: silent for %v", got)
	}
}

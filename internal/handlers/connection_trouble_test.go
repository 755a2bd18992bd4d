package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
	"greenroom/internal/partner"
)

// moody is a provider that is well, or answers as it is told, and counts what it is asked.
type moody struct {
	mu     sync.Mutex
	status int // 0: it is well
	after  string
	asked  int
}

func (m *moody) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	w.Header().Set("Content-Type", "application/json")
	if m.status != 0 {
		if m.after != "" {
			w.Header().Set("Retry-After", m.after)
		}
		w.WriteHeader(m.status)
		fmt.Fprint(w, `{"error":{"code":"NO","type":"no","errorMessage":"not now"}}`)
		return
	}
	fmt.Fprint(w, `{"status":"success","data":{"assessments":[],"pagination":{"page":1,"limit":10,"total":0,"totalPages":0}}}`)
}

// turn changes its mood, and says how often it was asked before.
func (m *moody) turn(status int, after string) (asked int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	asked, m.asked, m.status, m.after = m.asked, 0, status, after
	return asked
}

// onMood starts a desk with such a provider, on a clock that only the test moves on. Nothing waits between two tries.
func onMood(t *testing.T) (*apptest.App, *moody, *clock) {
	m, clock := &moody{}, newClock()
	app := apptest.Start(t, apptest.Options{Provider: m, Now: clock.Now, Calls: func(c *partner.Options) {
		c.RatePerSecond = 0
		c.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	}})
	must(t, app.Reconcile())
	return app, m, clock
}

// TestTheBannerLeavesSoonAfterTheTrouble: the breaker would hold calls back for two minutes, so that nothing but the
// light question can find sooner that the provider is back.
func TestTheBannerLeavesSoonAfterTheTrouble(t *testing.T) {
	t.Parallel()
	app, provider, clock := onMood(t)
	client := app.As(hiring.RoleRecruiter)
	provider.turn(500, "")
	for held := time.Duration(0); held < 110*time.Second; { // of two minutes
		clock.Advance(held)
		_ = app.Mirror.SyncAssessmentRef(t.Context(), "a1")
		held = max(0, app.Mirror.Health().OpenUntil.Sub(clock.Now()))
	}
	app.Until("the banner is there", func() bool { return client.Get("/candidates").Has("hasn’t answered as it should since") })
	changes, cancel := app.Hub.Subscribe() // as an open page does
	defer cancel()
	provider.turn(0, "")
	back := time.Now()
	for client.Get("/candidates").Has("hasn’t answered") {
		select {
		case <-changes:
		case <-time.After(time.Minute):
			t.Fatal("the banner stays")
		}
	}
	if took := time.Since(back); took > 15*time.Second {
		t.Errorf("the banner left %v after the provider was back", took)
	} else {
		t.Logf("the banner left after %v", took)
	}
	if n := provider.turn(0, ""); n > 4 {
		t.Errorf("asked %d times to find out", n)
	}
	if h := app.Mirror.Health(); !h.OpenUntil.IsZero() {
		t.Errorf("calls are still held back: %+v", h)
	}
}

// TestAPauseOfAnHour: nobody asks before it is over, people read until when, and at its end the banner leaves by itself.
func TestAPauseOfAnHour(t *testing.T) {
	t.Parallel()
	app, provider, clock := onMood(t)
	client := app.As(hiring.RoleRecruiter)
	provider.turn(429, "3600")
	earliest := clock.Now()
	_ = app.Reconcile()
	latest := clock.Now()
	provider.turn(0, "")
	page := client.Get("/candidates")
	said := func(at time.Time) bool { // tomorrow it has a date
		return page.Has(at.Add(time.Hour).In(time.Local).Format("15:04") + ". Until then nothing can be changed there, and what you see is from")
	}
	if !page.Has("TapTalent takes no requests before ") || !said(earliest) && !said(latest) {
		t.Errorf("the banner: %s", page.Text("main"))
	}
	if err := app.Reconcile(); err == nil {
		t.Error("reconciled during the pause")
	}
	page = client.Post("/interviews", "title", "Night nurse", "role", "Nurse", "purpose", "To see who fits.", "duration", "20", "language", "english", "status", "active")
	if page.Status != http.StatusUnprocessableEntity || !page.Has("takes no more requests for now, so nothing was sent. Try again in 60 minutes.") {
		t.Errorf("a write during the pause: %d %s", page.Status, page.Text("main"))
	}
	clock.Advance(time.Hour - time.Second)
	if !client.Get("/candidates").Has("takes no requests before") {
		t.Error("the banner left early")
	}
	if n := provider.turn(0, ""); n != 0 {
		t.Errorf("asked %d times during the pause", n)
	}
	clock.Advance(time.Second)
	app.Until("the banner leaves", func() bool { return !client.Get("/candidates").Has("takes no requests before") })
	must(t, app.Reconcile())
}

// TestATestEndsAPause: an admin who knows better need not sit it out.
func TestATestEndsAPause(t *testing.T) {
	t.Parallel()
	app, provider, _ := onMood(t)
	provider.turn(429, "3600")
	_ = app.Reconcile()
	provider.turn(0, "")
	client := app.As(hiring.RoleAdmin)
	if page := client.Post("/admin/connection/test"); !page.Has("takes the key") || page.Has("takes no requests before") {
		t.Errorf("%s", page.Text("main"))
	}
	must(t, app.Reconcile())
}

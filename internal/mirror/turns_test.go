package mirror_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
)

// asked is a provider that notes when it was asked, and answers 429 while it is told to.
type asked struct {
	*httptest.Server
	mu    sync.Mutex
	came  *sync.Cond // somebody asked
	times []time.Time
	pause string // the Retry-After of a 429; "broken": a 500; "": it answers
}

func newAsked(t *testing.T) *asked {
	a := &asked{}
	a.came = sync.NewCond(&a.mu)
	a.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		defer a.mu.Unlock()
		a.times = append(a.times, time.Now())
		a.came.Broadcast()
		w.Header().Set("Content-Type", "application/json")
		if a.pause == "broken" {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		if a.pause != "" {
			w.Header().Set("Retry-After", a.pause)
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprint(w, tooMany)
			return
		}
		fmt.Fprint(w, `{"status":"success","data":{"assessments":[],"pagination":{"page":1,"limit":10,"total":0,"totalPages":0}}}`)
	}))
	t.Cleanup(a.Close)
	return a
}

func (a *asked) say(pause string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pause = pause
}

func (a *asked) count() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.times)
}

// wait waits until it was asked so often.
func (a *asked) wait(n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for len(a.times) < n {
		a.came.Wait()
	}
}

// processes are so many clients as separate processes have them: nothing but the database is theirs in common.
func processes(t *testing.T, n int, url string, perSecond float64, change ...func(*partner.Options)) (*db.Store, []*partner.Client) {
	t.Helper()
	store := db.New(desk.New(t))
	connection, err := store.Connection(t.Context(), "taptalent", "test")
	if err != nil {
		t.Fatal(err)
	}
	var clients []*partner.Client
	for range n {
		o := partner.Options{BaseURL: url, Key: "sk_test_x", HTTPClient: &http.Client{}, RatePerSecond: perSecond, Turns: store.Turns(connection)}
		for _, f := range change {
			f(&o)
		}
		clients = append(clients, partner.New(o))
	}
	return store, clients
}

func list(ctx context.Context, c *partner.Client) error {
	_, err := c.Assessments(ctx, 1, 10)
	return err
}

func TestTwoProcessesKeepToOneRate(t *testing.T) {
	t.Parallel()
	const perSecond, callers, each = 50, 3, 7
	a := newAsked(t)
	_, clients := processes(t, 2, a.URL, perSecond)
	for name, ctx := range map[string]context.Context{"in the background": mirror.Background(t.Context()), "for people": t.Context()} {
		before, began := a.count(), time.Now()
		var all sync.WaitGroup
		for _, c := range clients {
			for range callers {
				all.Go(func() {
					for range each {
						if err := list(ctx, c); err != nil {
							t.Error(err)
						}
					}
				})
			}
		}
		all.Wait()
		n := a.count() - before
		if n != len(clients)*callers*each {
			t.Errorf("%s: %d calls", name, n)
		}
		// The first goes at once, and one call of a person one turn early.
		if took, least := time.Since(began), time.Duration(n-2)*time.Second/perSecond; took < least {
			t.Errorf("%s: %d calls of two processes took %v, and the rate allows no less than %v", name, n, took, least)
		} else {
			t.Logf("%s: %d calls in %v, at least %v", name, n, took, least)
		}
	}
}

// TestAClickDoesNotQueueBehindAPull: however much is pulled in the background, a person waits for one turn at most.
func TestAClickDoesNotQueueBehindAPull(t *testing.T) {
	t.Parallel()
	const every = 300 * time.Millisecond
	a := newAsked(t)
	var mu sync.Mutex
	var waits []time.Duration
	_, clients := processes(t, 2, a.URL, float64(time.Second)/float64(every), func(o *partner.Options) {
		o.Sleep = func(ctx context.Context, d time.Duration) error {
			if ctx.Value(clicking{}) != nil {
				mu.Lock()
				waits = append(waits, d)
				mu.Unlock()
			}
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	pulling, stop := context.WithCancel(mirror.Background(t.Context()))
	var all sync.WaitGroup
	for _, c := range clients {
		for range 10 {
			all.Go(func() {
				for pulling.Err() == nil {
					_ = list(pulling, c)
				}
			})
		}
	}
	a.wait(3)
	for range 3 {
		before := a.count()
		if err := list(context.WithValue(t.Context(), clicking{}, true), clients[0]); err != nil {
			t.Error(err)
		}
		a.wait(before + 3) // the pull goes on, and takes back what the click was ahead
	}
	stop()
	all.Wait()
	for _, w := range waits {
		if w > every {
			t.Errorf("a person waited %v behind twenty pulls; a turn is %v", w, every)
		}
	}
}

type clicking struct{}

// TestAPauseHoldsEveryProcess: what one was told, the other heeds without asking; a test of the connection ends it.
func TestAPauseHoldsEveryProcess(t *testing.T) {
	t.Parallel()
	a := newAsked(t)
	a.say("3600")
	_, clients := processes(t, 2, a.URL, 1000)
	var e *partner.Error
	if err := list(t.Context(), clients[0]); !errors.As(err, &e) || e.Status != http.StatusTooManyRequests {
		t.Fatal(err)
	}
	a.say("")
	for name, c := range map[string]*partner.Client{"who was told": clients[0], "the other": clients[1]} {
		for _, ctx := range []context.Context{t.Context(), mirror.Background(t.Context())} {
			err := list(ctx, c)
			if !errors.As(err, &e) || e.Outcome != partner.Held || e.RetryAfter < 59*time.Minute || e.RetryAfter > time.Hour {
				t.Errorf("%s: %v", name, err)
			}
			if said := e.Sentence(); said != "TapTalent takes no more requests for now, so nothing was sent. Try again in 60 minutes." {
				t.Errorf("%s: people read %q", name, said)
			}
		}
		if h := c.Health(); h.HeldUntil.IsZero() || h.Failing() {
			t.Errorf("%s: %+v", name, h)
		}
	}
	if n := a.count(); n != 1 {
		t.Errorf("asked %d times during the pause", n)
	}
	if err := clients[1].Probe(t.Context()); !errors.As(err, &e) || e.Outcome != partner.Held {
		t.Errorf("a probe goes out: %v", err)
	}
	if err := clients[1].Test(t.Context()); err != nil {
		t.Error(err)
	}
	for _, c := range clients {
		if err := list(t.Context(), c); err != nil || !c.Health().HeldUntil.IsZero() {
			t.Errorf("after a person's test: %v, %+v", err, c.Health())
		}
	}
}

// TestAShortPauseIsSatOut: both wait for its end, and then ask.
func TestAShortPauseIsSatOut(t *testing.T) {
	t.Parallel()
	a := newAsked(t)
	a.say("1")
	_, clients := processes(t, 2, a.URL, 1000)
	_ = list(t.Context(), clients[0]) // asks thrice
	a.say("")
	told := time.Now()
	for _, c := range []*partner.Client{clients[1], clients[0]} {
		if err := list(mirror.Background(t.Context()), c); err != nil {
			t.Error(err)
		}
	}
	if n := a.count(); n < 3 {
		t.Errorf("asked %d times, %v after the pause", n, time.Since(told))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if gap := a.times[len(a.times)-2].Sub(a.times[len(a.times)-3]); gap < 900*time.Millisecond {
		t.Errorf("the other process asked %v after the pause of a second began", gap)
	}
}

// TestWithoutTheDatabaseEachKeepsToTheRate: calls go on, at the rate of one process.
func TestWithoutTheDatabaseEachKeepsToTheRate(t *testing.T) {
	t.Parallel()
	a := newAsked(t)
	store, clients := processes(t, 1, a.URL, 50)
	store.Pool().Close()
	began := time.Now()
	for range 60 {
		if err := list(t.Context(), clients[0]); err != nil {
			t.Fatal(err)
		}
	}
	if took := time.Since(began); took < 190*time.Millisecond { // 50 at once, ten by a fiftieth of a second
		t.Errorf("60 calls took %v", took)
	}
}

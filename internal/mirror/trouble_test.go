package mirror_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/mirror"
	"greenroom/internal/partner"
)

// TestWhatOneProcessFindsOutAllTell: a process that met trouble, or was told of a pause, says no more of it once another
// one got an answer, though it asked nobody itself.
func TestWhatOneProcessFindsOutAllTell(t *testing.T) {
	t.Parallel()
	for name, pause := range map[string]string{"trouble": "broken", "a pause": "3600"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx := t.Context()
			a := newAsked(t)
			store, clients := processes(t, 2, a.URL, 1000, func(o *partner.Options) {
				o.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
			})
			connection, err := store.Connection(ctx, "taptalent", "test")
			if err != nil {
				t.Fatal(err)
			}
			one, other := mirrorWith(store, clients[0], connection), mirrorWith(store, clients[1], connection)
			a.say(pause)
			_ = list(ctx, clients[0])
			trouble, failing := one.Trouble(ctx)
			if !failing || trouble.Until.IsZero() != (pause == "broken") {
				t.Fatalf("%+v, %v", trouble, failing)
			}
			if h := one.Health(); !h.LastSuccess.IsZero() {
				t.Errorf("a refusal to answer counts as an answer: %+v", h)
			}
			a.say("")
			if tested := other.Test(ctx); tested.Sentence != "" {
				t.Fatalf("%+v", tested)
			}
			if trouble, failing := one.Trouble(ctx); failing {
				t.Errorf("it still tells of %+v", trouble)
			}
		})
	}
}

func mirrorWith(store *db.Store, client *partner.Client, connection int64) *mirror.Mirror {
	return mirror.New(mirror.Options{Store: store, Client: client, Connection: connection, Log: slog.New(slog.DiscardHandler)})
}

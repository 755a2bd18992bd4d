package inbox_test

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"greenroom/internal/hiring"
	"greenroom/internal/inbox"
)

// TestOneThatCantBeKeptDoesNotTakeTheOthersWithIt, and a database that goes away meanwhile is not tried once for each.
func TestOneThatCantBeKeptDoesNotTakeTheOthersWithIt(t *testing.T) {
	t.Parallel()
	for _, k := range []struct {
		name  string
		gone  bool  // after the first that was tried by itself
		tries int32 // of one by itself
	}{{"the database stays", false, 9}, {"the database goes away", true, 2}} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			var kept, tries atomic.Int32
			first, begin := make(chan struct{}), make(chan struct{})
			in := inbox.New(func(_ context.Context, batch []hiring.Delivery) error {
				switch {
				case batch[0].Event == "first":
					close(first)
					<-begin
					return nil
				case len(batch) > 1:
					return hiring.ErrMalformed
				case tries.Add(1) == 2 && k.gone:
					return hiring.ErrUnavailable
				case batch[0].Event == "bad":
					return hiring.ErrMalformed
				}
				kept.Add(1)
				return nil
			})
			var putting sync.WaitGroup
			put := func(event string, want ...error) {
				putting.Go(func() {
					err := in.Put(t.Context(), hiring.Delivery{Event: event})
					for _, one := range want {
						if errors.Is(err, one) || err == nil && one == nil {
							return
						}
					}
					t.Errorf("%s: %v", event, err)
				})
			}
			put("first", nil)
			<-first
			lost := map[bool]error{true: hiring.ErrUnavailable}[k.gone]
			for range 8 {
				put("good", nil, lost)
			}
			put("bad", hiring.ErrMalformed, lost)
			for in.Waiting() < 9 {
				runtime.Gosched()
			}
			close(begin)
			putting.Wait()
			if tries.Load() != k.tries || !k.gone && kept.Load() != 8 {
				t.Errorf("kept %d in %d tries, want %d tries", kept.Load(), tries.Load(), k.tries)
			}
		})
	}
}

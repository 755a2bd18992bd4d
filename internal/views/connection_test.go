package views

import (
	"testing"
	"time"

	"greenroom/internal/hiring"
)

// TestInStepSaysWhatIsKnown: an interview that was never compared is not said to be in step.
func TestInStepSaysWhatIsKnown(t *testing.T) {
	t.Parallel()
	pulled := time.Now()
	for _, k := range []struct {
		known, checked, open int
		want                 string
	}{{0, 0, 0, "0"}, {3, 0, 0, "0 of 3"}, {3, 2, 1, "1 of 3"}, {3, 3, 0, "All"}, {3, 3, 1, "All but 1"}} {
		p := ConnectionProps{Sync: hiring.SyncState{PulledAt: &pulled, Known: k.known, Checked: k.checked}, Open: k.open}
		if got := p.inStep(); got != k.want {
			t.Errorf("%+v: %q", k, got)
		}
	}
}

package hiring

import (
	"testing"
	"time"
)

func TestKeptSince(t *testing.T) {
	t.Parallel()
	day := func(year int, month time.Month, day int) time.Time {
		return time.Date(year, month, day, 12, 0, 0, 0, time.UTC)
	}
	for _, tt := range []struct {
		months    int
		now, want time.Time
	}{
		{6, day(2026, 11, 24), day(2026, 5, 24)},
		{6, day(2026, 8, 31), day(2026, 2, 28)}, // and nobody goes days early
		{12, day(2028, 2, 29), day(2027, 2, 28)},
		{48, day(2028, 2, 29), day(2024, 2, 29)},
	} {
		if got, ok := KeptSince(tt.months, tt.now); !ok || !got.Equal(tt.want) {
			t.Errorf("%d months before %v: %v, %v; want %v", tt.months, tt.now, got, ok, tt.want)
		}
	}
	if _, ok := KeptSince(0, day(2026, 1, 1)); ok {
		t.Error("0 months are a limit")
	}
}

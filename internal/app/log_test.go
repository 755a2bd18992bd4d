package app

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestLogLeavesOutAddresses(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	log := slog.New(discreet{slog.NewTextHandler(&out, nil)}).With("sender", "ada@example.com").WithGroup("mail")
	refused := fmt.Errorf("message 3: %w", errors.New("550 5.1.1 <ada@example.com>: user unknown"))
	log.Warn("job failed for ada@example.com", "error", refused, "to", []string{"ada@example.com", "bob+x@mail.example.com"},
		slog.Group("deep", "cc", "Ada <ada@example.com>", "n", 3), "job", int64(7))
	text := out.String()
	if strings.Contains(text, "ada@") || strings.Contains(text, "bob") || strings.Contains(text, "example.com") {
		t.Errorf("logged %s", text)
	}
	for _, want := range []string{"550 5.1.1 <…@…>: user unknown", "mail.job=7", "mail.deep.n=3", "level=WARN", "message 3"} {
		if !strings.Contains(text, want) {
			t.Errorf("the log lacks %q: %s", want, text)
		}
	}
}

package config

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretNeverShows(t *testing.T) {
	t.Parallel()
	const word = "swordfish"
	cfg := Config{TapTalent: TapTalent{Key: word}, Admin: Admin{Password: word}}
	var shown strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&shown, verb+"\n", Secret(word))
		fmt.Fprintf(&shown, verb+"\n", cfg)
		fmt.Fprintf(&shown, verb+"\n", &cfg)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&shown, nil), slog.NewJSONHandler(&shown, nil)} {
		slog.New(h).Info("started", "secret", Secret(word), "config", cfg)
	}
	for _, encode := range []func(any) ([]byte, error){json.Marshal, xml.Marshal} {
		b, err := encode(cfg.Admin)
		if err != nil {
			t.Fatal(err)
		}
		shown.Write(b)
	}
	if s := shown.String(); strings.Contains(s, word) || strings.Contains(s, fmt.Sprintf("%x", word)) {
		t.Errorf("it shows in:\n%s", s)
	}
	if !strings.Contains(shown.String(), redacted) {
		t.Error("nothing says that something was redacted")
	}
	if got := Secret("").String(); got != "" {
		t.Errorf("an empty secret shows as %q", got)
	}
	if got := Secret(word).Reveal(); got != word {
		t.Errorf("Reveal: %q", got)
	}
}

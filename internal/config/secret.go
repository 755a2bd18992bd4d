package config

import (
	"fmt"
	"log/slog"
)

const redacted = "[redacted]"

// Secret is a string that shows as "[redacted]", or as nothing when it is empty, wherever it is printed, logged or encoded.
type Secret string

// Reveal returns the secret itself, for the one place that sends or compares it.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format covers the verbs, such as %d, for which fmt would not ask String.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(s.String())) }

func (s Secret) GoString() string             { return s.String() }
func (s Secret) LogValue() slog.Value         { return slog.StringValue(s.String()) }
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

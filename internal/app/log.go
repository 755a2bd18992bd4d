package app

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
)

// discreet is a log handler that leaves out e-mail addresses, wherever they come from: mail servers and providers like
// to repeat them in their refusals. Names and texts of people are kept out by those who log.
type discreet struct{ slog.Handler }

// Handle writes the record without addresses.
func (d discreet) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, hideAddresses(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(hideIn(a))
		return true
	})
	return d.Handler.Handle(ctx, clean)
}

// WithAttrs is a handler that writes the attributes, without addresses, with each record.
func (d discreet) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = hideIn(a)
	}
	return discreet{d.Handler.WithAttrs(clean)}
}

// WithGroup is a handler that sets what follows below a name.
func (d discreet) WithGroup(name string) slog.Handler { return discreet{d.Handler.WithGroup(name)} }

func hideIn(a slog.Attr) slog.Attr {
	switch v := a.Value.Resolve(); v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, hideAddresses(v.String()))
	case slog.KindAny:
		if text := fmt.Sprint(v.Any()); address.MatchString(text) {
			return slog.String(a.Key, hideAddresses(text))
		}
	case slog.KindGroup:
		members := v.Group()
		clean := make([]any, len(members))
		for i, member := range members {
			clean[i] = hideIn(member)
		}
		return slog.Group(a.Key, clean...)
	}
	return a
}

var address = regexp.MustCompile(`[^\s@<>"'(),:;=/]+@[^\s@<>"'(),:;=/]+`)

func hideAddresses(s string) string { return address.ReplaceAllString(s, "…@…") }

// Package partnerapi is the wire contract of the Assessments API: paths, JSON shapes, limits, error codes and
// webhook envelopes, shared by the client (package partner) and the local engine (package engine). It holds
// no behaviour beyond reading and writing those shapes. Source: the provider's published reference.
package partnerapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"
)

// BasePath is where the contract begins on every host that serves it.
const BasePath = "/v1/partner"

// MaxBody is the largest request body, in bytes, that the engine reads.
const MaxBody = 1 << 20

// Envelope wraps every successful answer except GET /jobs.
type Envelope[T any] struct {
	Status  string `json:"status"` // always StatusSuccess
	Message string `json:"message,omitempty"`
	Data    T      `json:"data"`
}

// StatusSuccess is the Status of every Envelope.
const StatusSuccess = "success"

// ID is an identifier of the provider. Published pages show the same id as a JSON string in one place and as a
// number in another, so it is read from both and kept, compared and written as text. "" means none; JSON null
// and "" both read as "".
type ID string

// UnmarshalJSON accepts a string, an integer or null.
func (id *ID) UnmarshalJSON(b []byte) error {
	switch b = bytes.TrimSpace(b); {
	case bytes.Equal(b, []byte("null")):
		*id = ""
		return nil
	case len(b) > 0 && b[0] == '"':
		return json.Unmarshal(b, (*string)(id))
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("an id is text or a number, got %.40s", b)
	}
	*id = ID(n.String())
	return nil
}

// Millis is a moment as the API writes it: a JSON number of milliseconds since 1970-01-01 UTC. The zero time is
// written as null, and null, absence and 0 read as the zero time.
type Millis struct{ time.Time }

// MarshalJSON writes milliseconds or null.
func (m Millis) MarshalJSON() ([]byte, error) {
	if m.IsZero() {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%d", m.UnixMilli()), nil
}

// UnmarshalJSON reads milliseconds as a number or as digits in a string, an RFC 3339 string, or null.
func (m *Millis) UnmarshalJSON(b []byte) error {
	*m = Millis{}
	b = bytes.TrimSpace(b)
	if bytes.Equal(b, []byte("null")) || bytes.Equal(b, []byte(`""`)) {
		return nil
	}
	var n json.Number // a json.Number reads digits in quotes too
	if err := json.Unmarshal(b, &n); err == nil {
		f, err := n.Float64()
		if err != nil {
			return fmt.Errorf("reading a time: %w", err)
		}
		if f != 0 {
			m.Time = time.UnixMilli(int64(f)).UTC()
		}
		return nil
	}
	var s string
	if err := json.Unmarshal(b, &s); err != nil {
		return fmt.Errorf("a time is milliseconds since 1970, got %.40s", b)
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return fmt.Errorf("a time is milliseconds since 1970, got %.40q", s)
	}
	m.Time = t.UTC()
	return nil
}

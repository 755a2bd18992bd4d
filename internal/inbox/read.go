package inbox

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// HeaderKey is the header that brings the key.
const HeaderKey = partnerapi.HeaderKey

// MaxBody is the largest webhook that is kept, in bytes.
const MaxBody = 256 << 10

// maxDepth is how deep data may be nested: far deeper than any event, far less than what makes readers stumble.
const maxDepth = 64

// Read reads the published envelope. Only the event's name is insisted on: the fields of data are published by example,
// and a newer sender may know more than we do. The delivery has no connection, verdict or headers yet. problem is a sentence for
// the sender; "": there is none.
func Read(body []byte, header http.Header, now time.Time) (_ hiring.Delivery, problem string) {
	var envelope struct {
		Event     string `json:"event"`
		Timestamp any    `json:"timestamp"`
		CompanyID any    `json:"companyId"`
		Data      any    `json:"data"`
	}
	if !utf8.Valid(body) {
		return hiring.Delivery{}, "The body is not UTF-8"
	}
	if depth(body) > maxDepth {
		return hiring.Delivery{}, fmt.Sprintf("The body is nested more than %d deep", maxDepth)
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // so that figures are compared as they are written
	err := d.Decode(&envelope)
	if _, after := d.Token(); err != nil || !errors.Is(after, io.EOF) { // nothing may follow
		return hiring.Delivery{}, "The body is not a JSON object of event, timestamp, companyId and data"
	}
	if bytes.Contains(body, []byte(`\u0000`)) && holdsNUL(body) {
		return hiring.Delivery{}, "The body has a character that text can't have: U+0000"
	}
	if envelope.Event == "" || len(envelope.Event) > 200 {
		return hiring.Delivery{}, "The body names no event"
	}
	if envelope.Timestamp == nil {
		envelope.Timestamp = header.Get(partnerapi.HeaderTimestamp)
	}
	company := text(envelope.CompanyID)
	return hiring.Delivery{
		Event: envelope.Event, EventAt: eventTime(text(envelope.Timestamp), header, now), CompanyRef: company,
		AssessmentRef: assessmentRef(envelope.Data), Digest: digest(envelope.Event, canonical(envelope.Timestamp), []byte(company), canonical(envelope.Data)),
		Body: body, HasBody: true, ReceivedAt: now,
	}, ""
}

// digest is the same for every sending of one event, however its JSON is spaced and ordered.
func digest(event string, parts ...[]byte) []byte {
	h := sha256.New()
	for _, part := range append([][]byte{[]byte(event)}, parts...) {
		var length [20]byte
		h.Write(append(strconv.AppendInt(length[:0], int64(len(part)), 10), ':')) // keeps neighbours from running into each other
		h.Write(part)
	}
	return h.Sum(nil)
}

// eventTime is when the event happened, as the body says, else the header, else now.
func eventTime(timestamp string, header http.Header, now time.Time) time.Time {
	for _, said := range []string{timestamp, header.Get(partnerapi.HeaderTimestamp)} {
		if at, err := time.Parse(time.RFC3339Nano, said); err == nil {
			return at.UTC()
		}
	}
	return now
}

// canonical writes a decoded value with sorted keys and without spaces; nothing for nil.
func canonical(v any) []byte {
	if v == nil {
		return nil
	}
	b, err := json.Marshal(v)
	if err != nil {
		return nil // it was decoded from JSON
	}
	return b
}

// text is a string or a number as text; "" for anything else.
func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	}
	return ""
}

func assessmentRef(data any) string {
	fields, _ := data.(map[string]any)
	if ref := text(fields["assessmentId"]); len(ref) <= 200 {
		return ref
	}
	return ""
}

// depth is how deep objects and arrays of JSON are nested.
func depth(body []byte) (deepest int) {
	now, quoted := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			now++
			deepest = max(deepest, now)
		case c == '}' || c == ']':
			now--
		}
	}
	return deepest
}

// holdsNUL looks for U+0000 in the strings of a body. It is written \u0000, as is the end of an escaped backslash.
func holdsNUL(body []byte) bool {
	d := json.NewDecoder(bytes.NewReader(body))
	for {
		token, err := d.Token()
		if err != nil {
			return !errors.Is(err, io.EOF)
		}
		if s, ok := token.(string); ok && strings.ContainsRune(s, 0) {
			return true
		}
	}
}

// secretHeaders never reach the database.
var secretHeaders = map[string]bool{partnerapi.HeaderKey: true, "Authorization": true, "Proxy-Authorization": true, "Cookie": true}

// maxHeaders bounds what is kept of headers, in bytes.
const maxHeaders = 4 << 10

// Headers are the headers of a delivery that may be kept and shown: no key, no cookie, nothing in which one of secrets
// stands.
func Headers(header http.Header, secrets ...string) map[string]string {
	kept := make(map[string]string, len(header))
	size := 0
next:
	for name, values := range header {
		value := strings.ReplaceAll(strings.ToValidUTF8(strings.Join(values, ", "), "�"), "\x00", "")
		size += len(name) + len(value)
		if secretHeaders[http.CanonicalHeaderKey(name)] || size > maxHeaders {
			continue
		}
		for _, secret := range secrets {
			if secret != "" && strings.Contains(value, secret) {
				continue next
			}
		}
		kept[name] = value
	}
	return kept
}

package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"greenroom/internal/partnerapi"
)

// decode reads the body as a JSON object into T, whose fields' JSON names it takes exactly. Unknown names are
// ignored, null counts as absent, and every field of the wrong type is named in the refusal.
func decode[T any](c *call) (into T, err error) {
	body, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, partnerapi.MaxBody))
	if tooLarge := (*http.MaxBytesError)(nil); errors.As(err, &tooLarge) {
		return into, refuse(partnerapi.CodePayloadTooLarge, "The body is larger than 1 MiB")
	} else if err != nil {
		return into, refuse(partnerapi.CodeInvalidRequest, "The body ended too early")
	}
	if !utf8.Valid(body) {
		return into, refuse(partnerapi.CodeInvalidRequest, "The body is not UTF-8")
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(body, &fields); err != nil || fields == nil {
		return into, refuse(partnerapi.CodeInvalidRequest, "The body must be a JSON object")
	}
	var wrong problems
	value := reflect.ValueOf(&into).Elem()
	for i := range value.NumField() {
		name, _, _ := strings.Cut(value.Type().Field(i).Tag.Get("json"), ",")
		raw, ok := fields[name]
		if !ok || bytes.Equal(raw, []byte("null")) {
			continue
		}
		field := value.Field(i)
		if bytes.Contains(raw, []byte(`\u0000`)) && holdsNUL(raw) {
			wrong.add(name, "can't contain a NUL character")
		} else if field.Type() == reflect.TypeFor[partnerapi.ID]() && raw[0] != '"' || json.Unmarshal(raw, field.Addr().Interface()) != nil {
			wrong.add(name, "must be "+describe(field.Type()))
		}
	}
	return into, wrong.refusal()
}

// describe names the JSON type that a field of type t takes.
func describe(t reflect.Type) string {
	if t == reflect.TypeFor[partnerapi.JobNumber]() {
		return "a number"
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.String:
		return "a string"
	case reflect.Int:
		return "a whole number"
	case reflect.Float64:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list, each item " + describe(t.Elem())
	}
	return "an object with values of the right types"
}

// holdsNUL says whether a string anywhere in raw has a NUL, which Postgres can't keep.
func holdsNUL(raw json.RawMessage) bool {
	tokens := json.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := tokens.Token()
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok && strings.ContainsRune(s, 0) {
			return true
		}
	}
}

// storable is s, or "" when Postgres could not keep or compare it.
func storable(s string) string {
	if strings.ContainsRune(s, 0) || !utf8.ValidString(s) {
		return ""
	}
	return s
}

// problems collects what is wrong with a request, field by field.
type problems struct {
	fields []string
	texts  map[string]string
}

// add notes a problem; of several with one field the first stays.
func (p *problems) add(field, text string) {
	if p.texts[field] != "" {
		return
	}
	if p.texts == nil {
		p.texts = map[string]string{}
	}
	p.fields = append(p.fields, field)
	p.texts[field] = text
}

// length checks a text's length in runes; min 1 makes it required, max 0 means no limit.
func (p *problems) length(field, text string, min, max int) {
	n := utf8.RuneCountInString(text)
	switch {
	case n == 0 && min > 0:
		p.add(field, "is required")
	case n < min:
		p.add(field, "must have at least "+strconv.Itoa(min)+" characters")
	case max > 0 && n > max:
		p.add(field, "must have at most "+strconv.Itoa(max)+" characters")
	}
}

// within checks a number.
func (p *problems) within(field string, n, min, max int) {
	if n < min || n > max {
		p.add(field, "must be between "+strconv.Itoa(min)+" and "+strconv.Itoa(max))
	}
}

// oneOf checks a text against a closed list.
func (p *problems) oneOf(field, text string, allowed ...string) {
	if !slices.Contains(allowed, text) {
		p.add(field, "must be one of: "+strings.Join(allowed, ", "))
	}
}

// refusal is nil when there are no problems, else INVALID_REQUEST with all of them.
func (p *problems) refusal() error {
	if len(p.fields) == 0 {
		return nil
	}
	sentences := make([]string, len(p.fields))
	for i, field := range p.fields {
		sentences[i] = field + " " + p.texts[field]
	}
	refusal := refuse(partnerapi.CodeInvalidRequest, strings.Join(sentences, "; "))
	refusal.Details = p.texts
	return refusal
}

// page reads a list's pageNumber and perPage.
func page(c *call) (number, size int, err error) {
	number, size = 1, partnerapi.DefaultPerPage
	query := c.r.URL.Query()
	if text := query.Get("perPage"); text != "" {
		if size, err = strconv.Atoi(text); err != nil || !slices.Contains(partnerapi.PerPage, size) {
			return 0, 0, refuse(partnerapi.CodeInvalidPerPage, partnerapi.MsgPerPage)
		}
	}
	if text := query.Get("pageNumber"); text != "" {
		if number, err = strconv.Atoi(text); err != nil || number < 1 {
			var wrong problems
			wrong.add("pageNumber", "must be a whole number from 1")
			return 0, 0, wrong.refusal()
		}
	}
	return number, size, nil
}

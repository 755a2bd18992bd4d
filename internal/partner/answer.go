package partner

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"strings"

	"greenroom/internal/partnerapi"
)

// data reads the envelope of an answer into out and has check complete it or find it wanting. Unknown fields are
// passed over, null reads as absent, and data has to be there.
func data[T any](out *T, check func(*T) error) func(answer) error {
	return func(a answer) error {
		var body struct {
			Status any             `json:"status"`
			Data   *T              `json:"data"`
			Error  json.RawMessage `json:"error"`
		}
		if err := json.Unmarshal(a.body, &body); err != nil {
			if refused, ok := readError(a); ok && refused.Code != "" {
				return &refused
			}
			return err
		}
		if present(body.Error) {
			if refused, ok := readError(a); ok && refused.Code != "" {
				return &refused
			}
			return errors.New("an error under a status of success")
		}
		if s, ok := body.Status.(string); ok && s != "" && s != partnerapi.StatusSuccess {
			return fmt.Errorf("status %.40q under a status of success", s)
		}
		if body.Data == nil {
			return errNoData
		}
		if err := check(body.Data); err != nil {
			return err
		}
		*out = *body.Data
		return nil
	}
}

// bare is data for the one answer that has no envelope.
func bare[T any](out *T, check func(*T) error) func(answer) error {
	return func(a answer) error {
		if refused, ok := readError(a); ok {
			return &refused
		}
		var body *T
		if err := json.Unmarshal(a.body, &body); err != nil {
			return err
		}
		if body == nil {
			return errNoData
		}
		if err := check(body); err != nil {
			return err
		}
		*out = *body
		return nil
	}
}

// done reads an answer of which only the success counts; it may be empty.
func done(a answer) error {
	if len(bytes.TrimSpace(a.body)) == 0 {
		return nil
	}
	var ignored json.RawMessage
	err := data(&ignored, func(*json.RawMessage) error { return nil })(a)
	if err == errNoData {
		return nil
	}
	return err
}

func present(raw json.RawMessage) bool { return len(raw) > 0 && !bytes.Equal(raw, []byte("null")) }

// readError reads the error of an answer, and says whether it has one of the published shapes. A bare message of a
// gateway is read too, without being one.
func readError(a answer) (partnerapi.Error, bool) {
	var e partnerapi.Error
	if err := json.Unmarshal(a.body, &e); err == nil && (e.Code != "" || e.Message != "") {
		return e, true
	}
	var bare struct {
		Message      any `json:"message"`
		ErrorMessage any `json:"errorMessage"`
	}
	if json.Unmarshal(a.body, &bare) == nil {
		if e.Message, _ = bare.ErrorMessage.(string); e.Message == "" {
			e.Message, _ = bare.Message.(string)
		}
	}
	return partnerapi.Error{Message: e.Message}, false
}

func isHTML(a answer) bool {
	kind, _, _ := mime.ParseMediaType(a.contentType)
	return kind == "text/html" || kind == "application/xhtml+xml" || bytes.HasPrefix(bytes.TrimSpace(a.body), []byte("<"))
}

// isJSON goes by the stated type; an answer that states none is given a try.
func isJSON(a answer) bool {
	if a.contentType == "" || len(a.body) == 0 {
		return true
	}
	kind, _, _ := mime.ParseMediaType(a.contentType)
	return kind == "application/json" || kind == "text/json" || strings.HasSuffix(kind, "+json")
}

// brokenOff says that JSON was fine as far as it went.
func brokenOff(err error, body []byte) bool {
	var syntax *json.SyntaxError
	return errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) && syntax.Offset >= int64(len(body)) &&
		strings.HasPrefix(syntax.Error(), "unexpected end")
}

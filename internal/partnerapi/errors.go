package partnerapi

import (
	"encoding/json"
	"net/http"
)

// Code names a kind of refusal.
type Code string

// The codes of the published reference, then those that the engine adds where the reference is silent.
const (
	CodeInvalidRequest      Code = "INVALID_REQUEST"
	CodeInvalidPerPage      Code = "INVALID_PER_PAGE"
	CodeDuplicateInvite     Code = "DUPLICATE_INVITE"
	CodeInsufficientCredits Code = "INSUFFICIENT_CREDITS"
	CodeAccessDenied        Code = "ACCESS_DENIED"
	CodeAccountInactive     Code = "ACCOUNT_INACTIVE"
	CodeNotFound            Code = "NOT_FOUND"
	CodeGenerationFailed    Code = "AI_GENERATION_FAILED"
	CodeGenerationEmpty     Code = "AI_GENERATION_EMPTY"

	CodeUnauthorized     Code = "UNAUTHORIZED"
	CodeMethodNotAllowed Code = "METHOD_NOT_ALLOWED"
	CodePayloadTooLarge  Code = "PAYLOAD_TOO_LARGE"
	CodeTooManyRequests  Code = "TOO_MANY_REQUESTS"
	CodeInternal         Code = "INTERNAL_ERROR"
)

// Status is the HTTP status that goes with the code; 500 for a code that it doesn't know.
func (c Code) Status() int {
	switch c {
	case CodeInvalidRequest, CodeInvalidPerPage, CodeDuplicateInvite:
		return http.StatusBadRequest
	case CodeUnauthorized:
		return http.StatusUnauthorized
	case CodeInsufficientCredits:
		return http.StatusPaymentRequired
	case CodeAccessDenied, CodeAccountInactive:
		return http.StatusForbidden
	case CodeNotFound:
		return http.StatusNotFound
	case CodeMethodNotAllowed:
		return http.StatusMethodNotAllowed
	case CodePayloadTooLarge:
		return http.StatusRequestEntityTooLarge
	case CodeTooManyRequests:
		return http.StatusTooManyRequests
	}
	return http.StatusInternalServerError
}

// The values of Error.Type. The reference publishes only TypeValidation by example; the others are the engine's.
const (
	TypeValidation = "validation_error"
	TypeRequest    = "request_error"
	TypeServer     = "server_error"
)

// Messages that the reference publishes word for word.
const (
	MsgPerPage                 = "perPage must be one of: 10, 20, 40, 80, 100"
	MsgCreditsCreate           = "Insufficient credits to create assessment"
	MsgCreditsGenerate         = "Insufficient credits to generate questions"
	MsgCandidateAlreadyInvited = "Candidate is already invited!"
	MsgReviewerAlreadyInvited  = "Reviewer is already invited!"
)

// Error is the inside of an error answer. Some published pages show errorMessage, others message with details:
// reading takes either, writing gives errorMessage and, where there are any, details.
type Error struct {
	Code    Code
	Type    string
	Message string
	Details map[string]string // field name → what is wrong with it; nil: nothing is said of single fields
}

// Error makes *Error an error: code and message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

type wireError struct {
	Code         Code            `json:"code"`
	Type         string          `json:"type"`
	ErrorMessage string          `json:"errorMessage,omitempty"`
	Message      string          `json:"message,omitempty"`
	Details      json.RawMessage `json:"details,omitempty"`
}

// MarshalJSON writes {"error":{…}}, the whole body of an error answer.
func (e *Error) MarshalJSON() ([]byte, error) {
	w := wireError{Code: e.Code, Type: e.Type, ErrorMessage: e.Message}
	if len(e.Details) > 0 {
		var err error
		if w.Details, err = json.Marshal(e.Details); err != nil {
			return nil, err
		}
	}
	return json.Marshal(map[string]wireError{"error": w})
}

// UnmarshalJSON reads both published shapes. Details of an unexpected shape are dropped, not refused: the
// message still stands.
func (e *Error) UnmarshalJSON(b []byte) error {
	var body struct {
		Error wireError `json:"error"`
	}
	if err := json.Unmarshal(b, &body); err != nil {
		return err
	}
	w := body.Error
	*e = Error{Code: w.Code, Type: w.Type, Message: w.ErrorMessage}
	if e.Message == "" {
		e.Message = w.Message
	}
	var details map[string]string
	if json.Unmarshal(w.Details, &details) == nil && len(details) > 0 {
		e.Details = details
	}
	return nil
}

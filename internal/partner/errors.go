package partner

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// Op says in an Error what was being done.
type Op string

// The operations.
const (
	OpAssessments       Op = "listing assessments"
	OpCreateAssessment  Op = "creating an assessment"
	OpAssessment        Op = "reading an assessment"
	OpUpdateAssessment  Op = "changing an assessment"
	OpAddQuestion       Op = "adding a question"
	OpUpdateQuestion    Op = "changing a question"
	OpDeleteQuestion    Op = "deleting a question"
	OpAutoGenerate      Op = "creating an assessment by generation"
	OpGenerateQuestions Op = "generating questions"
	OpInvite            Op = "inviting"
	OpCandidates        Op = "listing candidates"
	OpJobs              Op = "listing jobs"
	OpExtensions        Op = "asking for extensions"
	OpScoring           Op = "reading the way of scoring"
	OpSetScoring        Op = "choosing the way of scoring"
	OpQuestionDetails   Op = "reading question details"
	OpGeneration        Op = "reading the state of generation"
	OpEvaluation        Op = "reading an evaluation"
	OpEvaluate          Op = "sending an evaluation"
	OpTestWebhook       Op = "asking for a test webhook"
	OpRecording         Op = "reading a recording"
	OpErase             Op = "erasing a person"
	OpWork              Op = "asking for its work"
	OpRetryWork         Op = "having failed work tried again"
	OpDropWork          Op = "dropping failed work"
)

// Outcome is how a call failed.
type Outcome string

// The outcomes.
const (
	Refused     Outcome = "refused"     // the provider answered no; nothing was changed
	Failed      Outcome = "failed"      // 5xx
	Unreachable Outcome = "unreachable" // no connection; nothing was sent
	Timeout     Outcome = "timeout"     // no answer in time
	Dropped     Outcome = "dropped"     // the connection ended before the answer did
	Foreign     Outcome = "foreign"     // a web page or a redirect, from a proxy or a wrong address
	Truncated   Outcome = "truncated"   // JSON that breaks off
	Garbled     Outcome = "garbled"     // an answer that isn't the contract's
	TooLarge    Outcome = "too large"   // an answer over MaxAnswer
	Held        Outcome = "held"        // not sent: the breaker is open, the provider asked for a pause, or the rate leaves no turn in time
	Locked      Outcome = "locked"      // not sent: there is no key, since it can't be read here
	Canceled    Outcome = "canceled"    // the caller gave up
)

// What a 401 and a 402 are, beside hiring.ErrUnavailable.
var (
	ErrKey     = errors.New("the API key is not accepted")
	ErrCredits = errors.New("not enough credits")
)

var (
	errOpen     = errors.New("the circuit breaker is open")
	errBusy     = errors.New("no turn within the time of the call")
	errID       = errors.New("an id that can't stand in a path")
	errTooLarge = fmt.Errorf("the answer is larger than %d bytes", MaxAnswer)
	errHTML     = errors.New("the answer is a web page")
	errRedirect = errors.New("the answer is a redirect")
	errNotJSON  = errors.New("the answer is not JSON")
	errNoData   = errors.New("the answer has no data")
)

// Error is a failed call. It is (errors.Is, errors.As) one of: hiring.ErrNotFound, hiring.ErrForbidden,
// hiring.ErrConflict (already invited), *hiring.InvalidError (with the desk's field names), or
// hiring.ErrUnavailable, the latter with ErrKey or ErrCredits where it is that.
type Error struct {
	Op         Op
	Provider   string // Options.Name
	Outcome    Outcome
	Status     int               // of the answer; 0 without one
	Code       partnerapi.Code   // "" where the answer names none
	Message    string            // the provider's own words, unchecked; "" for none
	Details    map[string]string // wire field → text, the provider's own words; nil for none
	RetryAfter time.Duration     // how long to wait at least; 0: not known
	Unknown    bool              // a write that may have been carried out: look before repeating it
	Cause      error             // for the log only; nil where the answer says it all
}

// Error is for the log; Sentence is for people.
func (e *Error) Error() string {
	s := fmt.Sprintf("%s: %s", e.Op, e.Outcome)
	if e.Status != 0 {
		s += fmt.Sprintf(" (%d)", e.Status)
	}
	if e.Code != "" {
		s += " " + string(e.Code)
	}
	if e.Message != "" {
		s += fmt.Sprintf(" %.200q", e.Message)
	}
	if e.Unknown {
		s += ", may have been carried out"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap gives what kind of failure it is, and the cause.
func (e *Error) Unwrap() []error {
	errs := e.kinds()
	if e.Cause != nil {
		errs = append(errs, e.Cause)
	}
	return errs
}

func (e *Error) kinds() []error {
	if e.Outcome != Refused {
		return []error{hiring.ErrUnavailable}
	}
	switch e.Code {
	case partnerapi.CodeNotFound:
		return []error{hiring.ErrNotFound}
	case partnerapi.CodeAccessDenied, partnerapi.CodeAccountInactive:
		return []error{hiring.ErrForbidden}
	case partnerapi.CodeDuplicateInvite:
		return []error{hiring.ErrConflict}
	case partnerapi.CodeInvalidRequest, partnerapi.CodeInvalidPerPage, partnerapi.CodePayloadTooLarge:
		return []error{&hiring.InvalidError{Problems: e.problems()}}
	case partnerapi.CodeInsufficientCredits:
		return []error{hiring.ErrUnavailable, ErrCredits}
	case partnerapi.CodeUnauthorized:
		return []error{hiring.ErrUnavailable, ErrKey}
	}
	switch e.Status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusRequestEntityTooLarge:
		return []error{&hiring.InvalidError{Problems: e.problems()}}
	case http.StatusUnauthorized:
		return []error{hiring.ErrUnavailable, ErrKey}
	case http.StatusPaymentRequired:
		return []error{hiring.ErrUnavailable, ErrCredits}
	case http.StatusForbidden:
		return []error{hiring.ErrForbidden}
	case http.StatusNotFound:
		return []error{hiring.ErrNotFound}
	case http.StatusConflict:
		return []error{hiring.ErrConflict}
	}
	return []error{hiring.ErrUnavailable}
}

func (e *Error) throttled() bool { return e.Status == http.StatusTooManyRequests }

// absent says that a provider doesn't have what was asked for, whatever way it puts it: a refusal, or a page where
// nothing of the contract is served.
func (e *Error) absent() bool {
	switch e.Outcome {
	case Refused:
		kinds := e.kinds()
		return has(kinds, hiring.ErrNotFound) || has(kinds, hiring.ErrForbidden) || e.Status == http.StatusMethodNotAllowed
	case Foreign, Garbled, Truncated:
		return e.Status < 500
	}
	return false
}

// refusal reads an answer that is not 2xx. Its status counts, whatever the body is, save where the body shows that
// somebody else answered: a 404 of a proxy must not pass for a record that is gone.
func refusal(a answer, after time.Duration) *Error {
	e := &Error{Outcome: Refused, Status: a.status, RetryAfter: after}
	body, shaped := readError(a)
	if body.Code != "" || body.Message != "" {
		e.Code, e.Message, e.Details = body.Code, body.Message, body.Details
	}
	switch {
	case e.Code == partnerapi.CodeGenerationFailed || e.Code == partnerapi.CodeGenerationEmpty:
		// the one 5xx that says what became of the request
	case a.status >= 500:
		e.Outcome, e.Unknown = Failed, true
		if isHTML(a) {
			e.Outcome, e.Cause = Foreign, errHTML
		}
	case a.status < 400:
		e.Outcome, e.Cause = Foreign, errRedirect
	case a.status == http.StatusUnauthorized || a.status == http.StatusTooManyRequests:
	case isHTML(a):
		e.Outcome, e.Cause = Foreign, errHTML
	case !shaped && (a.status == http.StatusNotFound || a.status == http.StatusForbidden):
		e.Outcome, e.Cause = Garbled, errNotJSON
	}
	return e
}

// stopped tells an expired time from a caller who gave up.
func stopped(parent context.Context) Outcome {
	if errors.Is(parent.Err(), context.Canceled) {
		return Canceled
	}
	return Timeout
}

func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// dialError says that a request never left, by the kind of the error.
func dialError(err error) bool {
	var op *net.OpError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	return errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") || errors.As(err, &dns) || errors.As(err, &cert)
}

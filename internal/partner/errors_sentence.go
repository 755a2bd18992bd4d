package partner

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// Sentence tells people what happened and what to do, in words of our own; only a refusal of what was typed quotes
// the provider. It never holds a cause. "" for an error that isn't this package's.
func Sentence(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	return e.Sentence()
}

// Waiting is Sentence for what is sent again without anybody's doing, and in a way that nothing is done twice.
func Waiting(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	name, mid := e.names()
	what := name + " takes no more requests for now."
	if e.Outcome != Refused {
		what, _ = e.fault(name, mid)
	}
	if e.Unknown {
		return what + " Whether it was carried out is found out by itself; nothing is sent twice."
	}
	return what + " It is sent again by itself."
}

// Happened is what went wrong, without what it means for what was asked; "" for an error that isn't this package's.
func Happened(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	name, mid := e.names()
	switch {
	case e.Outcome == Refused || errors.Is(e.Cause, errPause):
		return name + " takes no more requests for now."
	case e.Outcome == Held && errors.Is(e.Cause, errBusy):
		return "Too much is waiting for " + mid + "."
	case e.Outcome == Held:
		return name + " has not been answering."
	case e.Outcome == Unreachable:
		return name + " can't be reached."
	}
	what, _ := e.fault(name, mid)
	return what
}

// Unsent is Sentence for a write that never went out, because another one before it failed so.
func Unsent(err error) string {
	var e *Error
	if !errors.As(err, &e) {
		return ""
	}
	if !e.Unknown {
		return e.Sentence()
	}
	return Happened(err) + " This was not sent. Try again in a few minutes."
}

// names are the provider's at the beginning of a sentence and inside one.
func (e *Error) names() (name, mid string) {
	name = cmp.Or(e.Provider, "The provider")
	if rest, ok := strings.CutPrefix(name, "The "); ok {
		return name, "the " + rest
	}
	return name, name
}

// Sentence is Sentence for this error.
func (e *Error) Sentence() string {
	name, mid := e.names()
	if e.Outcome == Refused {
		return e.no(name, mid)
	}
	what, advice := e.fault(name, mid)
	switch {
	case e.Unknown && e.Op == OpInvite:
		advice = "The invitation may have gone out all the same: look before you send it again."
	case e.Unknown && (e.Op == OpCreateAssessment || e.Op == OpAutoGenerate || e.Op == OpAddQuestion):
		advice = "What you sent may have been carried out all the same. Try again: Greenroom will look before it sends it once more."
	case e.Unknown && e.Op == OpErase:
		advice = "The person may be deleted there all the same. Try again: twice does no harm."
	case e.Unknown:
		advice = "What you sent may have been carried out all the same: look before you send it again."
	}
	return strings.TrimSpace(what + " " + advice)
}

// ForAdmin is Sentence for who looks after the connection: it says what to check, not whom to ask.
func (e *Error) ForAdmin() string {
	name, mid := e.names()
	refused, kinds := e.Outcome == Refused, e.kinds()
	switch {
	case refused && e.Code == partnerapi.CodeAccountInactive:
		return "The account at " + mid + " is not active. Have it activated there."
	case refused && has(kinds, ErrKey):
		return name + " does not accept the API key. Copy it from there again, and check that it belongs to the base URL."
	case refused && e.ofAccount() && has(kinds, hiring.ErrForbidden):
		return "The API key may not do this at " + mid + ". Check there what it is allowed."
	case refused && e.ofAccount() && has(kinds, hiring.ErrNotFound):
		return name + " has nothing at this address. Check the base URL."
	case e.Outcome == Locked:
		return "The API key was encrypted with another GREENROOM_SECRET_KEY or secret.key than this process has. Give it that one, or enter the key again."
	case e.Outcome == Unreachable:
		return name + " can't be reached. Check the base URL, and whether this server can reach it."
	case e.Outcome == Foreign:
		return "A web page came back in place of an answer from " + mid + ". Check the base URL, and any proxy on the way."
	case e.Outcome == Garbled || e.Outcome == TooLarge:
		return "The answer from " + mid + " makes no sense here. Check the base URL."
	}
	return e.Sentence()
}

// fault says what went wrong on the way, and what to do when nothing was changed by it.
func (e *Error) fault(name, mid string) (what, advice string) {
	switch e.Outcome {
	case Failed:
		return fmt.Sprintf("%s has a fault of its own just now (%d).", name, e.Status), "Try again in a few minutes."
	case Unreachable:
		return name + " can't be reached, so nothing was sent.", "Try again in a few minutes; if it stays so, ask an admin to check the connection."
	case Locked:
		return "This server can't read its API key of " + mid + ", so nothing was sent.", "Ask an admin to look at the connection."
	case Timeout:
		return name + " did not answer in time.", "Try again in a minute."
	case Dropped:
		return "The connection to " + mid + " broke before the answer was in.", "Try again."
	case Foreign:
		return "A web page came back in place of an answer from " + mid + ", from a proxy or a wrong address.",
			"Try again in a few minutes; if it stays so, ask an admin to check the provider's address."
	case Truncated:
		return "The answer from " + mid + " breaks off, so nothing of it was used.", "Try again."
	case TooLarge:
		return "The answer from " + mid + " is too large to read, so nothing of it was used.", "Tell an admin."
	case Canceled:
		return "This was stopped before " + mid + " answered.", ""
	case Held:
		if errors.Is(e.Cause, errPause) {
			return name + " takes no more requests for now, so nothing was sent.", "Try again in " + span(e.RetryAfter) + "."
		}
		if errors.Is(e.Cause, errBusy) {
			return "Too much is waiting for " + mid + ", so nothing was sent.", "Try again in " + span(e.RetryAfter) + "."
		}
		return name + " has not been answering, so nothing was sent.", "Try again in " + span(e.RetryAfter) + "."
	}
	return "The answer from " + mid + " makes no sense here, so nothing of it was used.", "Try again; if it stays so, tell an admin."
}

// no says what was refused, and what to do about it.
func (e *Error) no(name, mid string) string {
	switch e.Code {
	case partnerapi.CodeGenerationFailed:
		return "The questions could not be generated. Try again in a few minutes, or write them yourself."
	case partnerapi.CodeGenerationEmpty:
		return "No questions came back. Describe the job in more detail and generate again, or write them yourself."
	case partnerapi.CodeAccountInactive:
		return "The account at " + mid + " is not active, so nothing was changed. Ask an admin to have it activated."
	}
	kinds := e.kinds()
	switch {
	case has(kinds, ErrKey):
		return name + " does not accept the API key, so nothing was changed. Ask an admin to check the key."
	case has(kinds, ErrCredits):
		return "The account at " + mid + " has no credits left for this, so nothing was made. Ask an admin to add credits, then send it again."
	case has(kinds, hiring.ErrConflict):
		who := "This person was"
		if strings.Contains(e.Message, "Reviewer") {
			who = "This reviewer was"
		}
		return who + " already invited to this interview. Nothing was sent."
	case has(kinds, hiring.ErrForbidden) && e.ofAccount():
		return "The API key may not do this at " + mid + ", so nothing was changed. Ask an admin to check what the key is allowed."
	case has(kinds, hiring.ErrForbidden):
		return "The API key has no access to this interview at " + mid + ", or it is no longer there. Reload the page; if it is still listed, ask an admin to check whose key it is."
	case has(kinds, hiring.ErrNotFound):
		return e.missing(mid)
	case e.Status == http.StatusTooManyRequests:
		wait := "a minute"
		if e.RetryAfter > 0 {
			wait = span(e.RetryAfter)
		}
		return name + " takes no more requests for now, so nothing was done. Try again in " + wait + "."
	case e.Status == http.StatusRequestedRangeNotSatisfiable:
		return "The recording at " + mid + " is no longer what it was. Reload the page and listen again."
	case e.Status == http.StatusRequestEntityTooLarge || e.Code == partnerapi.CodePayloadTooLarge:
		return "This is too long for " + mid + ". Shorten it and send it again."
	case e.Status == http.StatusMethodNotAllowed || !has(kinds, nil):
		return name + " can't do this. Tell an admin."
	}
	for _, p := range e.problems() {
		if p.Field != "" {
			return name + " did not accept what was entered. Change the marked fields and send it again."
		}
	}
	if said := quotable(e.Message); said != "" {
		return name + " did not accept this: " + said + " Change it and send it again."
	}
	return name + " did not accept this and did not say why. Check every field and send it again."
}

func (e *Error) missing(provider string) string {
	switch e.Op {
	case OpCreateAssessment, OpAutoGenerate:
		return "The job or the company was not found at " + provider + ", so nothing was made. Pick another job, or none."
	case OpUpdateQuestion, OpDeleteQuestion:
		return "This question is no longer at " + provider + ". Reload the page to see what is there."
	case OpInvite:
		return "The interview or the candidate was not found at " + provider + ", so nothing was sent. Reload the page to see what is there."
	case OpRecording:
		return "This recording is no longer at " + provider + ". Reload the page to see what is there."
	case OpEvaluation, OpEvaluate:
		return "This submission is no longer at " + provider + ". Reload the page to see what is there."
	}
	if e.ofAccount() {
		return "This is not to be had at " + provider + ". Tell an admin."
	}
	return "This interview is no longer at " + provider + ". Reload the page to see what is there."
}

// ofAccount says that the call was about the account, not about one interview.
func (e *Error) ofAccount() bool {
	switch e.Op {
	case OpAssessments, OpCreateAssessment, OpAutoGenerate, OpJobs, OpExtensions, OpScoring, OpSetScoring:
		return true
	}
	return false
}

// has looks for one kind; with nil, for an *InvalidError.
func has(kinds []error, kind error) bool {
	return slices.ContainsFunc(kinds, func(err error) bool {
		if _, ok := err.(*hiring.InvalidError); ok || kind == nil {
			return ok && kind == nil
		}
		return err == kind
	})
}

// span writes a wait as people say it, rounded up.
func span(d time.Duration) string {
	count := func(n int, unit string) string {
		if n == 1 {
			return "1 " + unit
		}
		return fmt.Sprintf("%d %ss", n, unit)
	}
	switch seconds := int((d + time.Second - 1) / time.Second); {
	case seconds <= 1:
		return "a second"
	case seconds <= 90:
		return count(seconds, "second")
	case seconds <= 90*60:
		return count((seconds+59)/60, "minute")
	default:
		return count((seconds+3599)/3600, "hour")
	}
}

// fields are the request fields of the contract in the order of the desk's forms, with the desk's name of each and
// its label.
var fields = []struct{ wire, desk, label string }{
	{"title", "title", "Title"},
	{"testName", "title", "Title"},
	{"jobId", "job", "Job"},
	{"hiringForRole", "role", "Role"},
	{"role", "role", "Role"},
	{"purposeOfInterview", "purpose", "Purpose"},
	{"purpose", "purpose", "Purpose"},
	{"jobDescription", "description", "Description"},
	{"duration", "duration", "Duration"},
	{"aiLanguage", "language", "Language"},
	{"skills", "skills", "Skills"},
	{"buckets", "buckets", "Buckets"},
	{"status", "status", "Status"},
	{"isEmailVerificationRequired", "email_verification", "Email verification"},
	{"shouldEvaluateCEFR", "cefr", "Language level"},
	{"type", "type", "Kind"},
	{"questionCount", "count", "Number of questions"},
	{"difficulty", "difficulty", "Difficulty"},
	{"question", "question", "Question"},
	{"systemInstruction", "instruction", "Instruction"},
	{"idealAnswer", "ideal_answer", "Ideal answer"},
	{"keyPoints", "key_points", "Key points"},
	{"firstName", "first_name", "First name"},
	{"lastName", "last_name", "Last name"},
	{"emailAddress", "email", "Email"},
	{"email", "email", "Email"},
	{"jobCandidateId", "job_candidate", "Job candidate"},
	{"inviteeType", "invitee_type", "Kind of invitee"},
}

// problems turns a refusal of input into the desk's terms: at least one problem, in the order of the forms. A text
// without details that begins with a field's name is that field's.
func (e *Error) problems() []hiring.Problem {
	var out []hiring.Problem
	rest := maps.Clone(e.Details)
	for _, f := range fields {
		for _, wire := range slices.Sorted(maps.Keys(rest)) {
			if fieldName(wire) == f.wire {
				out = append(out, hiring.Problem{Field: f.desk, Message: problemText(rest[wire], f.wire, f.label)})
				delete(rest, wire)
			}
		}
	}
	for _, wire := range slices.Sorted(maps.Keys(rest)) {
		out = append(out, hiring.Problem{Message: problemText(rest[wire], wire, "")})
	}
	if len(out) > 0 {
		return out
	}
	first, _, _ := strings.Cut(strings.TrimSpace(e.Message), " ")
	for _, f := range fields {
		if fieldName(first) == f.wire {
			return []hiring.Problem{{Field: f.desk, Message: problemText(e.Message, f.wire, f.label)}}
		}
	}
	return []hiring.Problem{{Message: problemText(e.Message, "", "")}}
}

// fieldName is the request field that a provider means by "skills[3]", 'skills' or buckets.0.name.
func fieldName(said string) string {
	said = strings.Trim(said, "\"'`:")
	if i := strings.IndexAny(said, "[."); i > 0 {
		said = said[:i]
	}
	return said
}

// problemText makes a sentence of the provider's words, with the desk's label in place of the field's name on the
// wire.
func problemText(text, wire, label string) string {
	said := quotable(text)
	if said == "" {
		return "The provider did not accept this. Change it and send it again."
	}
	if wire != "" && label != "" {
		first, rest, more := strings.Cut(said, " ")
		switch name := fieldName(first); {
		case name == fieldName(wire) && more:
			said = label + " " + rest
		case name == "must" || name == "is" || name == "has" || name == "should" || name == "can" || name == "cannot" || name == "can't":
			said = label + " " + said
		}
	}
	runes := []rune(said)
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

// quotable is the provider's text as one short plain sentence with its full stop, or "" where it is markup or
// nothing.
func quotable(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsPrint(r) || r == unicode.ReplacementChar {
			return -1
		}
		return r
	}, text)
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || strings.ContainsAny(text, "<>{}") {
		return ""
	}
	if runes := []rune(text); len(runes) > 200 {
		text = strings.TrimRight(string(runes[:200]), " .,;:") + "…"
	}
	if !strings.ContainsAny(text[len(text)-1:], ".!?") && !strings.HasSuffix(text, "…") {
		text += "."
	}
	return text
}

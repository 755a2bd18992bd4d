package partner_test

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"greenroom/internal/partner"
)

var quiet = log.New(io.Discard, "", 0)

// checkSentence holds what people read to the house's words, and keeps causes out of it.
func checkSentence(t testing.TB, err error) {
	t.Helper()
	s := partner.Sentence(err)
	switch {
	case s == "":
		t.Errorf("no sentence for %v", err)
		return
	case !utf8.ValidString(s) || strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.ContainsAny(s, "<>{}"):
		t.Errorf("not plain text: %q", s)
	case !strings.HasSuffix(s, "."):
		t.Errorf("no full stop: %q", s)
	case utf8.RuneCountInString(s) > 420:
		t.Errorf("too long: %q", s)
	}
	for _, word := range []string{"oops", "please", "invalid", "http://", "https://", "dial", "tcp", "EOF", "unmarshal", "panic", "context", "Bearer", key, "%!"} {
		if quoted := quotedFrom(err); strings.Contains(s, word) && !strings.Contains(quoted, word) {
			t.Errorf("%q is in %q", word, s)
		}
	}
	var e *partner.Error
	if errors.As(err, &e) && e.Unknown != (strings.Contains(s, "look before") || strings.Contains(s, "twice does no harm")) {
		t.Errorf("unknown is %v but people read %q", e.Unknown, s)
	}
}

func quotedFrom(err error) string {
	var e *partner.Error
	errors.As(err, &e)
	return e.Message
}

// TestSentences reads every sentence as people will.
func TestSentences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		err  partner.Error
		want string
	}{
		{"400 without a field", partner.Error{Outcome: partner.Refused, Status: 400, Code: "INVALID_REQUEST", Message: "  Dummy email\naddresses are not allowed "},
			"TapTalent did not accept this: Dummy email addresses are not allowed. Change it and send it again."},
		{"400 without a word", partner.Error{Outcome: partner.Refused, Status: 400}, "TapTalent did not accept this and did not say why. Check every field and send it again."},
		{"400 with markup", partner.Error{Outcome: partner.Refused, Status: 400, Message: "<script>alert(1)</script>"}, "TapTalent did not accept this and did not say why. Check every field and send it again."},
		{"400 with a field", partner.Error{Outcome: partner.Refused, Status: 400, Details: map[string]string{"title": "is required"}}, "TapTalent did not accept what was entered. Change the marked fields and send it again."},
		{"401", partner.Error{Outcome: partner.Refused, Status: 401}, "TapTalent does not accept the API key, so nothing was changed. Ask an admin to check the key."},
		{"402", partner.Error{Outcome: partner.Refused, Status: 402, Code: "INSUFFICIENT_CREDITS"}, "The account at TapTalent has no credits left for this, so nothing was made. Ask an admin to add credits, then send it again."},
		{"403 no access", partner.Error{Outcome: partner.Refused, Status: 403, Code: "ACCESS_DENIED"}, "The API key has no access to this interview at TapTalent, or it is no longer there. Reload the page; if it is still listed, ask an admin to check whose key it is."},
		{"403 inactive", partner.Error{Outcome: partner.Refused, Status: 403, Code: "ACCOUNT_INACTIVE"}, "The account at TapTalent is not active, so nothing was changed. Ask an admin to have it activated."},
		{"403 jobs", partner.Error{Op: partner.OpJobs, Outcome: partner.Refused, Status: 403, Code: "ACCESS_DENIED"}, "The API key may not do this at TapTalent, so nothing was changed. Ask an admin to check what the key is allowed."},
		{"404 jobs", partner.Error{Op: partner.OpJobs, Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"}, "This is not to be had at TapTalent. Tell an admin."},
		{"404 interview", partner.Error{Op: partner.OpAssessment, Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"}, "This interview is no longer at TapTalent. Reload the page to see what is there."},
		{"404 question", partner.Error{Op: partner.OpDeleteQuestion, Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"}, "This question is no longer at TapTalent. Reload the page to see what is there."},
		{"404 job", partner.Error{Op: partner.OpAutoGenerate, Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"}, "The job or the company was not found at TapTalent, so nothing was made. Pick another job, or none."},
		{"404 invite", partner.Error{Op: partner.OpInvite, Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"}, "The interview or the candidate was not found at TapTalent, so nothing was sent. Reload the page to see what is there."},
		{"404 recording", partner.Error{Op: partner.OpRecording, Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"}, "This recording is no longer at TapTalent. Reload the page to see what is there."},
		{"416 recording", partner.Error{Op: partner.OpRecording, Outcome: partner.Refused, Status: 416}, "The recording at TapTalent is no longer what it was. Reload the page and listen again."},
		{"404 submission", partner.Error{Op: partner.OpEvaluate, Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"}, "This submission is no longer at TapTalent. Reload the page to see what is there."},
		{"405", partner.Error{Outcome: partner.Refused, Status: 405, Code: "METHOD_NOT_ALLOWED"}, "TapTalent can't do this. Tell an admin."},
		{"413", partner.Error{Outcome: partner.Refused, Status: 413, Code: "PAYLOAD_TOO_LARGE"}, "This is too long for TapTalent. Shorten it and send it again."},
		{"duplicate", partner.Error{Outcome: partner.Refused, Status: 400, Code: "DUPLICATE_INVITE"}, "This person was already invited to this interview. Nothing was sent."},
		{"429", partner.Error{Outcome: partner.Refused, Status: 429}, "TapTalent takes no more requests for now, so nothing was done. Try again in a minute."},
		{"429 seconds", partner.Error{Outcome: partner.Refused, Status: 429, RetryAfter: 30 * time.Second}, "TapTalent takes no more requests for now, so nothing was done. Try again in 30 seconds."},
		{"429 minutes", partner.Error{Outcome: partner.Refused, Status: 429, RetryAfter: 601 * time.Second}, "TapTalent takes no more requests for now, so nothing was done. Try again in 11 minutes."},
		{"429 hours", partner.Error{Outcome: partner.Refused, Status: 429, RetryAfter: 2 * time.Hour}, "TapTalent takes no more requests for now, so nothing was done. Try again in 2 hours."},
		{"generation failed", partner.Error{Outcome: partner.Refused, Status: 500, Code: "AI_GENERATION_FAILED"}, "The questions could not be generated. Try again in a few minutes, or write them yourself."},
		{"generation empty", partner.Error{Outcome: partner.Refused, Status: 500, Code: "AI_GENERATION_EMPTY"}, "No questions came back. Describe the job in more detail and generate again, or write them yourself."},
		{"5xx", partner.Error{Outcome: partner.Failed, Status: 503}, "TapTalent has a fault of its own just now (503). Try again in a few minutes."},
		{"5xx on a write", partner.Error{Outcome: partner.Failed, Status: 500, Unknown: true}, "TapTalent has a fault of its own just now (500). What you sent may have been carried out all the same: look before you send it again."},
		{"HTML", partner.Error{Outcome: partner.Foreign, Status: 502}, "A web page came back in place of an answer from TapTalent, from a proxy or a wrong address. Try again in a few minutes; if it stays so, ask an admin to check the provider's address."},
		{"truncated", partner.Error{Outcome: partner.Truncated, Status: 200}, "The answer from TapTalent breaks off, so nothing of it was used. Try again."},
		{"wrong types", partner.Error{Outcome: partner.Garbled, Status: 200}, "The answer from TapTalent makes no sense here, so nothing of it was used. Try again; if it stays so, tell an admin."},
		{"too large", partner.Error{Outcome: partner.TooLarge, Status: 200}, "The answer from TapTalent is too large to read, so nothing of it was used. Tell an admin."},
		{"timeout", partner.Error{Outcome: partner.Timeout}, "TapTalent did not answer in time. Try again in a minute."},
		{"timeout of a creation", partner.Error{Op: partner.OpCreateAssessment, Outcome: partner.Timeout, Unknown: true}, "TapTalent did not answer in time. What you sent may have been carried out all the same. Try again: Greenroom will look before it sends it once more."},
		{"timeout of an invite", partner.Error{Op: partner.OpInvite, Outcome: partner.Timeout, Unknown: true}, "TapTalent did not answer in time. The invitation may have gone out all the same: look before you send it again."},
		{"reset", partner.Error{Outcome: partner.Dropped}, "The connection to TapTalent broke before the answer was in. Try again."},
		{"connection refused", partner.Error{Outcome: partner.Unreachable}, "TapTalent can't be reached, so nothing was sent. Try again in a few minutes; if it stays so, ask an admin to check the connection."},
		{"circuit open", partner.Error{Outcome: partner.Held, RetryAfter: 8500 * time.Millisecond}, "TapTalent has not been answering, so nothing was sent. Try again in 9 seconds."},
		{"given up", partner.Error{Outcome: partner.Canceled}, "This was stopped before TapTalent answered."},
		{"the engine", partner.Error{Provider: "The local engine", Outcome: partner.Dropped}, "The connection to the local engine broke before the answer was in. Try again."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.err.Provider == "" {
				tt.err.Provider = "TapTalent"
			}
			if tt.err.Cause == nil {
				tt.err.Cause = errors.New("dial tcp 10.0.0.1:443: SECRET panic")
			}
			if got := partner.Sentence(&tt.err); got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
			checkSentence(t, &tt.err)
		})
	}
	if got := partner.Sentence(errors.New("anything")); got != "" {
		t.Errorf("a sentence for somebody else's error: %q", got)
	}
}

// TestNoKeyInErrors: an error goes to the log, where the key must not be.
func TestNoKeyInErrors(t *testing.T) {
	t.Parallel()
	for _, o := range operations {
		c, _ := newClient(t, "http://127.0.0.1:1", func(o *partner.Options) {
			o.HTTPClient = &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF })}
		})
		_, err := o.call(context.Background(), c)
		if err == nil || strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), string(o.op)) {
			t.Errorf("%v", err)
		}
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestWaiting reads what stands beside work that goes on by itself: it asks nobody to do anything.
func TestWaiting(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"TapTalent takes no more requests for now. It is sent again by itself.":                                          &partner.Error{Outcome: partner.Refused, Status: 429},
		"The provider did not answer in time. Whether it was carried out is found out by itself; nothing is sent twice.": &partner.Error{Outcome: partner.Timeout, Unknown: true},
		"TapTalent can't be reached, so nothing was sent. It is sent again by itself.":                                   &partner.Error{Outcome: partner.Unreachable},
		"": errors.New("anything"),
	} {
		var e *partner.Error
		if errors.As(err, &e) && !strings.HasPrefix(want, "The provider") {
			e.Provider = "TapTalent"
		}
		if got := partner.Waiting(err); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

// TestForAdmin: who looks after the connection is not told to ask an admin.
func TestForAdmin(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]partner.Error{
		"TapTalent does not accept the API key. Copy it from there again, and check that it belongs to the base URL.": {Outcome: partner.Refused, Status: 401},
		"The account at TapTalent is not active. Have it activated there.":                                            {Outcome: partner.Refused, Status: 403, Code: "ACCOUNT_INACTIVE"},
		"The API key may not do this at TapTalent. Check there what it is allowed.":                                   {Outcome: partner.Refused, Status: 403, Code: "ACCESS_DENIED"},
		"TapTalent has nothing at this address. Check the base URL.":                                                  {Outcome: partner.Refused, Status: 404, Code: "NOT_FOUND"},
		"TapTalent can't be reached. Check the base URL, and whether this server can reach it.":                       {Outcome: partner.Unreachable},
		"A web page came back in place of an answer from TapTalent. Check the base URL, and any proxy on the way.":    {Outcome: partner.Foreign, Status: 503},
		"The answer from TapTalent makes no sense here. Check the base URL.":                                          {Outcome: partner.Garbled, Status: 200},
		"TapTalent did not answer in time. Try again in a minute.":                                                    {Outcome: partner.Timeout},
	} {
		err.Op, err.Provider = partner.OpAssessments, "TapTalent"
		if got := err.ForAdmin(); got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
	}
}

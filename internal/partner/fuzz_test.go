package partner_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// FuzzAnswer gives any answer to any operation. Either the result keeps to the contract, or there is an error with a
// kind and a sentence.
func FuzzAnswer(f *testing.F) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		f.Fatalf("no recordings: %v", err)
	}
	for i, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		status := 200
		if strings.HasPrefix(filepath.Base(file), "error_") {
			status = 400
		}
		f.Add(uint8(i), status, "application/json", body)
	}
	f.Fuzz(func(t *testing.T, op uint8, status int, contentType string, body []byte) {
		if status < 200 || status > 599 {
			return
		}
		o := everyOperation[int(op)%len(everyOperation)]
		c := partner.New(partner.Options{
			Key: key, BaseURL: "http://x", Sleep: func(context.Context, time.Duration) error { return nil },
			HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
				return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, ContentLength: -1,
					Body: io.NopCloser(strings.NewReader(string(body))), Request: r}, nil
			})},
		})
		got, err := o.call(t.Context(), c)
		if err == nil {
			checkResult(t, got)
			return
		}
		e := asError(t, err)
		if e.Outcome == "" || e.Unknown && o.method == "GET" {
			t.Errorf("%+v", e)
		}
		switch kindOf(err) {
		case kindNotFound, kindForbidden, kindConflict, kindInvalid, kindUnavailable, kindKey, kindCredits:
		default:
			t.Errorf("no clear kind: %q of %v", kindOf(err), err)
		}
		if e.Outcome == partner.Refused {
			if s := partner.Sentence(err); s == "" || strings.ContainsAny(s, "<>{}\n\r\x00") {
				t.Errorf("sentence %q", s)
			}
		} else {
			checkSentence(t, err)
		}
	})
}

// checkResult holds what callers rely on: ids are there, arrays are never nil.
func checkResult(t *testing.T, got any) {
	t.Helper()
	assessment := func(a partnerapi.Assessment) {
		if a.AssessmentID == "" || a.Skills == nil || a.Buckets == nil || a.Questions == nil {
			t.Errorf("incomplete: %+v", a)
		}
	}
	switch v := got.(type) {
	case partnerapi.AssessmentPage:
		if v.Assessments == nil {
			t.Error("nil assessments")
		}
		for _, a := range v.Assessments {
			assessment(a)
		}
	case partnerapi.Assessment:
		assessment(v)
	case partnerapi.QuestionAdded:
		if v.QuestionID == "" {
			t.Error("no question id")
		}
	case partnerapi.Invited:
		if v.InviteID == "" {
			t.Error("no invite id")
		}
	case partnerapi.CandidatePage:
		if v.Candidates == nil || v.Pagination.NextToken != nil && *v.Pagination.NextToken == "" {
			t.Errorf("incomplete: %+v", v)
		}
		for _, c := range v.Candidates {
			if c.CandidateID == "" || c.Questions == nil {
				t.Errorf("incomplete: %+v", c)
			}
		}
	case partnerapi.Jobs:
		if v.Jobs == nil {
			t.Error("nil jobs")
		}
	case []partnerapi.QuestionDetail:
		if v == nil {
			t.Error("nil details")
		}
	case partner.RecordingPart:
		if end := v.From + int64(len(v.Audio)); v.From > 4 || end <= 4 || v.Total < end {
			t.Errorf("a part from %d to %d of %d", v.From, end, v.Total)
		}
	case partnerapi.Evaluation:
		if v.Questions == nil {
			t.Error("nil questions")
		}
	}
}

// FuzzPath sends any pair of ids. They arrive whole and in their places, or nothing is sent.
func FuzzPath(f *testing.F) {
	f.Add("assessmentId_1", "questionId_1")
	f.Add("../..", "%2e%2e/?#")
	f.Add("{questionId}", "\x00{")
	f.Fuzz(func(t *testing.T, assessment, question string) {
		var got []string
		c := partner.New(partner.Options{Key: key, BaseURL: "http://x", HTTPClient: inProcess(func(_ http.ResponseWriter, r *http.Request) {
			for _, part := range strings.Split(strings.TrimPrefix(r.URL.EscapedPath(), "/"), "/") {
				id, err := url.PathUnescape(part)
				if err != nil {
					t.Error(err)
				}
				got = append(got, id)
			}
		})})
		err := c.DeleteQuestion(t.Context(), assessment, question)
		hopeless := func(id string) bool { return id == "" || id == "." || id == ".." }
		if hopeless(assessment) || hopeless(question) {
			if got != nil || kindOf(err) != kindNotFound {
				t.Errorf("sent %q: %v", got, err)
			}
			return
		}
		if diff := cmp.Diff([]string{"assessment", assessment, "questions", question}, got); diff != "" || err != nil {
			t.Errorf("%v %s", err, diff)
		}
	})
}

package conformance

import (
	"bytes"
	"encoding/json"
	"strings"
	"time"
)

// event is the nth webhook of a name, as an answer whose fields can be checked; it also checks envelope and headers.
func (s *session) event(name string, nth int) *answer {
	s.Helper()
	var names []string
	for _, w := range s.Webhooks(s.T) {
		a := &answer{s: s, what: "webhook " + name, Header: w.Header, Raw: w.Body}
		decoder := json.NewDecoder(bytes.NewReader(w.Body))
		decoder.UseNumber()
		if err := decoder.Decode(&a.body); err != nil {
			s.Fatalf("webhook: %v in %s", err, w.Body)
		}
		got := a.text("event")
		if names = append(names, got); got != name {
			continue
		}
		if nth--; nth >= 0 {
			continue
		}
		a.has("text", "timestamp").has("number or text", "companyId").has("object", "data")
		if at, err := time.Parse(time.RFC3339, a.text("timestamp")); err != nil || at.Location() != time.UTC {
			s.Errorf("timestamp %q is not ISO 8601 in UTC", a.text("timestamp"))
		}
		for header, want := range map[string]string{"X-Webhook-Event": name, "X-Webhook-Timestamp": a.text("timestamp")} {
			if got := w.Header.Get(header); got != want {
				s.Errorf("%s is %q, want %q", header, got, want)
			}
		}
		if !strings.HasPrefix(w.Header.Get("Content-Type"), "application/json") {
			s.Errorf("Content-Type %q", w.Header.Get("Content-Type"))
		}
		if _, ok := w.Header["X-Webhook-Key"]; !ok {
			s.Error("no X-Webhook-Key")
		}
		return a
	}
	s.Fatalf("no %s among %q", name, names)
	return nil
}

// interview has somebody do the steps and returns assessment and invite.
func (s *session) interview(steps ...Step) (assessment, invite string) {
	s.Helper()
	s.need("candidates and webhooks", s.Candidate != nil && s.Webhooks != nil && s.Wait != nil)
	path := s.assessment()
	s.question(path, aQuestion)
	invite = s.invited(path, "john.doe@example.com")
	s.Candidate(s.T, invite, steps...)
	s.Wait(s.T)
	return strings.TrimPrefix(path, "/assessment/"), invite
}

// about checks the fields of every interview event.
func (a *answer) about(assessment, invite, status string) *answer {
	a.s.Helper()
	return a.is("data.assessmentId", assessment).is("data.inviteId", invite).has("text", "data.submissionId").
		is("data.candidateName", "John Doe").is("data.candidateEmail", "john.doe@example.com").is("data.interviewStatus", status)
}

var webhooks = []sentence{
	{"interview.started: a candidate has started an assessment interview", func(s *session) {
		assessment, invite := s.interview(StepStart)
		s.event("interview.started", 0).about(assessment, invite, "started")
	}},
	{"interview.scoring_completed: scoring has finished; includes score and bucket", func(s *session) {
		assessment, invite := s.interview(StepStart, StepAnswer, StepSubmit)
		s.need("scoring", s.Score != nil)
		s.Score(s.T, invite, 80)
		s.Wait(s.T)
		s.event("interview.scoring_completed", 0).about(assessment, invite, "completed").is("data.score", 80).has("text", "data.bucket")
	}},
	{"interview.ended: completed", func(s *session) {
		assessment, invite := s.interview(StepStart, StepAnswer, StepSubmit)
		s.event("interview.ended", 0).about(assessment, invite, "completed").is("data.endedReason", "completed")
	}},
	{"interview.ended: timed out", func(s *session) {
		assessment, invite := s.interview(StepStart, StepTimeOut)
		s.event("interview.ended", 0).about(assessment, invite, "timed_out").is("data.endedReason", "timed_out")
	}},
	{"interview.ended: ended", func(s *session) {
		assessment, invite := s.interview(StepStart, StepEnd)
		s.event("interview.ended", 0).about(assessment, invite, "ended").is("data.endedReason", "ended")
	}},
	{"interview.error: an error occurred during the interview", func(s *session) {
		assessment, invite := s.interview(StepFail)
		s.event("interview.error", 0).about(assessment, invite, "error").has("text", "data.errorCode", "data.errorMessage")
	}},
	{"interview.complete_later: the candidate chose “Complete later”", func(s *session) {
		assessment, invite := s.interview(StepCompleteLater)
		s.event("interview.complete_later", 0).about(assessment, invite, "complete_later")
	}},
	{"The events of one submission come in their order and bear one submissionId", func(s *session) {
		s.need("scoring", s.Score != nil)
		_, invite := s.interview(StepCompleteLater, StepStart, StepAnswer, StepSubmit)
		s.Score(s.T, invite, 40)
		s.Wait(s.T)
		want := []string{"interview.complete_later", "interview.started", "interview.ended", "interview.scoring_completed"}
		received := s.Webhooks(s.T)
		if len(received) != len(want) {
			s.Fatalf("%d webhooks", len(received))
		}
		id := s.event(want[0], 0).text("data.submissionId")
		for i, name := range want {
			if got := received[i].Header.Get("X-Webhook-Event"); got != name {
				s.Errorf("webhook %d is %s, want %s", i, got, name)
			}
			s.event(name, 0).is("data.submissionId", id)
		}
	}},
}

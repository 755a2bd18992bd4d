package conformance

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"greenroom/internal/partnerapi"
)

func john(changes object) object {
	body := object{"firstName": "John", "lastName": "Doe", "emailAddress": "john.doe@example.com"}
	for name, value := range changes {
		if body[name] = value; value == nil {
			delete(body, name)
		}
	}
	return body
}

var invite = []sentence{
	{"Send an assessment invitation to a candidate by email", func(s *session) {
		s.call("POST", s.assessment()+"/invite", john(object{"inviteeType": "CANDIDATE"})).ok().has("text", "data.inviteId")
	}},
	{"emailAddress, firstName and lastName are required when jobCandidateId is not provided", func(s *session) {
		path := s.assessment() + "/invite"
		for _, field := range []string{"emailAddress", "firstName", "lastName"} {
			s.call("POST", path, john(object{field: nil})).refused(partnerapi.CodeInvalidRequest, "").is("error.type", "validation_error")
			s.call("POST", path, john(object{field: " "})).refused(partnerapi.CodeInvalidRequest, "")
			s.call("POST", path, john(object{field: 5})).refused(partnerapi.CodeInvalidRequest, "")
		}
		s.call("POST", path, object{"inviteeType": "CANDIDATE"}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"With jobCandidateId, name and email can be taken from that candidate", func(s *session) {
		s.need("a job candidate", s.JobCandidateID != "")
		path := s.assessment()
		s.call("POST", path+"/invite", `{"jobCandidateId":`+s.JobCandidateID+`,"inviteeType":"CANDIDATE"}`).ok().has("text", "data.inviteId")
		s.call("POST", path+"/invite", `{"jobCandidateId":`+s.JobCandidateID+`}`).refused(partnerapi.CodeDuplicateInvite, "")
	}},
	{"The job candidate's name and email stand in the results", func(s *session) {
		s.need("a job candidate who answers", s.JobCandidateID != "" && s.Candidate != nil)
		path := s.assessment()
		s.question(path, aQuestion)
		id := s.call("POST", path+"/invite", `{"jobCandidateId":`+s.JobCandidateID+`}`).ok().text("data.inviteId")
		s.Candidate(s.T, id, StepStart, StepAnswer, StepSubmit)
		s.call("GET", path+"/candidates", nil).ok().is("data.candidates.0.name", s.JobCandidate).has("text", "data.candidates.0.email")
	}},
	{"jobCandidateId is a number", func(s *session) {
		s.call("POST", s.assessment()+"/invite", object{"jobCandidateId": "101"}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"inviteeType is CANDIDATE or REVIEWER, default CANDIDATE", func(s *session) {
		path := s.assessment() + "/invite"
		s.call("POST", path, john(nil)).ok()
		s.call("POST", path, john(object{"inviteeType": "CANDIDATE"})).refused(partnerapi.CodeDuplicateInvite, "Candidate is already invited!")
		s.call("POST", path, john(object{"inviteeType": "REVIEWER"})).ok()
		s.call("POST", path, john(object{"inviteeType": "FRIEND"})).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"An invalid email is 400 INVALID_REQUEST", func(s *session) {
		path := s.assessment() + "/invite"
		for _, bad := range []string{"john", "john@", "@example.com", "john doe@example.com", "John <john@example.com>", "john@example.com, x@example.com", "john@example", "john@exam\nple.com"} {
			s.call("POST", path, john(object{"emailAddress": bad})).refused(partnerapi.CodeInvalidRequest, "")
		}
	}},
	{"A dummy email is 400 INVALID_REQUEST", func(s *session) {
		path := s.assessment() + "/invite"
		for _, bad := range []string{"john@test.com", "john@mailinator.com", "JOHN@TEST.COM"} {
			s.call("POST", path, john(object{"emailAddress": bad})).refused(partnerapi.CodeInvalidRequest, "")
		}
	}},
	{"Candidate already invited is 400 DUPLICATE_INVITE with the published message", func(s *session) {
		path := s.assessment() + "/invite"
		s.call("POST", path, john(nil)).ok()
		s.call("POST", path, john(object{"firstName": "Another"})).refused(partnerapi.CodeDuplicateInvite, "Candidate is already invited!")
		s.call("POST", s.assessment()+"/invite", john(nil)).ok()
	}},
	{"Reviewer already invited is 400 DUPLICATE_INVITE with the published message", func(s *session) {
		path := s.assessment() + "/invite"
		s.call("POST", path, john(object{"inviteeType": "REVIEWER"})).ok()
		s.call("POST", path, john(object{"inviteeType": "REVIEWER"})).refused(partnerapi.CodeDuplicateInvite, "Reviewer is already invited!")
	}},
	{"Assessment not found is 404 NOT_FOUND", missing("POST", "/invite", john(nil))},
	{"Candidate not found when jobCandidateId is used is 404 NOT_FOUND", func(s *session) {
		s.call("POST", s.assessment()+"/invite", object{"jobCandidateId": 999999999}).refused(partnerapi.CodeNotFound, "")
	}},
	{"Not allowed to invite for this assessment is 403 ACCESS_DENIED", denied("POST", "/invite", john(nil))},
}

var candidates = []sentence{
	{"Get candidates who have taken the assessment (submitted or timed out), with scores and response details", func(s *session) {
		s.need("candidates", s.Candidate != nil)
		path := s.assessment()
		question := s.question(path, "Describe your experience with system design.")
		submitted, late := s.invited(path, "submitted@example.com"), s.invited(path, "late@example.com")
		s.Candidate(s.T, submitted, StepStart, StepAnswer, StepSubmit)
		s.Candidate(s.T, late, StepStart, StepTimeOut)
		for i, steps := range [][]Step{nil, {StepCompleteLater}, {StepStart}, {StepStart, StepEnd}} {
			s.Candidate(s.T, s.invited(path, fmt.Sprintf("other%d@example.com", i)), steps...)
		}
		a := s.call("GET", path+"/candidates", nil).ok().is("data.pagination", object{"nextToken": nil, "count": 2})
		if a.len("data.candidates") != 2 {
			s.Fatalf("%s", a.Raw)
		}
		one := "data.candidates.0."
		if a.text(one+"candidateId") != submitted {
			one = "data.candidates.1."
		}
		a.is(one+"candidateId", submitted).is(one+"name", "John Doe").is(one+"email", "submitted@example.com").is(one+"status", "finished").
			has("null or number", one+"score", one+"aiScore").has("null or text", one+"aiSummary", one+"profileImage").
			has("text", one+"evaluationStatus").has("number", one+"submittedAt").
			is(one+"questions.0.id", question).is(one+"questions.0.question", "Describe your experience with system design.").
			has("text", one+"questions.0.userAnswer").has("null or number", one+"questions.0.score", one+"questions.0.aiScore").
			has("null or text", one+"questions.0.reasonOfScore").is(one+"questions.0.type", "SUBJECTIVE")
		var states []string
		for i := range 2 {
			states = append(states, a.text(fmt.Sprintf("data.candidates.%d.status", i)))
		}
		if slices.Sort(states); !slices.Equal(states, []string{"finished", "timed_out"}) {
			s.Errorf("states %q", states)
		}
	}},
	{"A scored candidate has a score and evaluationStatus completed", func(s *session) {
		s.need("a scored candidate", s.Candidate != nil && s.Score != nil)
		path := s.assessment()
		s.question(path, aQuestion)
		s.Score(s.T, s.finished(path, 1)[0], 78.5)
		s.call("GET", path+"/candidates", nil).ok().is("data.candidates.0.score", 78.5).is("data.candidates.0.evaluationStatus", "completed")
	}},
	{"nextToken is the pagination token from the previous response", func(s *session) {
		s.need("candidates", s.Candidate != nil)
		path := s.assessment()
		s.question(path, aQuestion)
		want := s.finished(path, 5)
		var got []string
		token := ""
		for range 3 {
			a := s.call("GET", path+"/candidates?limit=2"+token, nil).ok()
			n := a.len("data.candidates")
			a.is("data.pagination.count", n)
			for i := range n {
				got = append(got, a.text(fmt.Sprintf("data.candidates.%d.candidateId", i)))
			}
			if a.at("data.pagination.nextToken") == nil {
				break
			}
			token = "&nextToken=" + a.text("data.pagination.nextToken")
		}
		slices.Sort(want)
		if slices.Sort(got); !slices.Equal(got, want) {
			s.Errorf("got %q, want %q", got, want)
		}
	}},
	{"limit is the max number of results, default 50", func(s *session) {
		s.need("candidates", s.Candidate != nil)
		path := s.assessment()
		s.question(path, aQuestion)
		s.finished(path, 51)
		s.call("GET", path+"/candidates", nil).ok().is("data.pagination.count", 50).has("text", "data.pagination.nextToken")
		s.call("GET", path+"/candidates?limit=1", nil).ok().is("data.pagination.count", 1)
	}},
	{"Nobody has taken it is an empty list", func(s *session) {
		s.call("GET", s.assessment()+"/candidates", nil).ok().is("data", object{
			"candidates": []any{}, "pagination": object{"nextToken": nil, "count": 0},
		})
	}},
	{"Assessment not found or access denied is 403 ACCESS_DENIED", func(s *session) {
		s.call("GET", "/assessment/"+unknown+"/candidates", nil).refused(partnerapi.CodeAccessDenied, "")
		denied("GET", "/candidates", nil)(s)
	}},
}

var jobs = []sentence{
	{"GET /jobs answers jobs and totalJobs without an envelope, ids as numbers", func(s *session) {
		a := s.call("GET", "/jobs?pageNumber=1&perPage=10", nil)
		if a.Status != 200 {
			s.Fatalf("%d %s", a.Status, a.Raw)
		}
		a.has("number", "totalJobs").has("list", "jobs")
		if a.len("jobs") > 0 {
			a.has("number", "jobs.0.id").has("text", "jobs.0.title", "jobs.0.status")
		}
		if strings.Contains(string(a.Raw), `"data"`) {
			s.Errorf("an envelope in %s", a.Raw)
		}
	}},
}

// together runs n calls at once and returns how often each status came.
func (s *session) together(n int, call func(i int) *answer) map[int]int {
	var group sync.WaitGroup
	statuses := make([]int, n)
	for i := range n {
		group.Go(func() { statuses[i] = call(i).Status })
	}
	group.Wait()
	count := map[int]int{}
	for _, status := range statuses {
		count[status]++
	}
	return count
}

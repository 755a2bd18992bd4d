package conformance

import (
	"fmt"
	"strings"

	"greenroom/internal/partnerapi"
)

var authentication = []sentence{
	{"Requires API key via Authorization Bearer header", func(s *session) {
		for _, authorization := range []string{"", "Bearer", "Bearer ", "Bearer " + s.Key + "x", s.Key, "Basic " + s.Key} {
			if a := s.callWith("GET", "/assessment", nil, authorization); a.Status != 401 {
				s.Errorf("%q: %d", authorization, a.Status)
			}
		}
		s.call("GET", "/assessment", nil).ok()
	}},
	{"An account that is not active is refused with ACCOUNT_INACTIVE", func(s *session) {
		s.need("an inactive account", s.DeactivateCompany != nil)
		s.DeactivateCompany(s.T)
		s.call("GET", "/assessment", nil).refused(partnerapi.CodeAccountInactive, "")
	}},
}

var list = []sentence{
	{"Get a paginated list of assessments for your company", func(s *session) {
		for range 11 {
			s.assessment()
		}
		first := s.call("GET", "/assessment?perPage=10&pageNumber=1", nil).ok()
		first.is("data.pagination", object{"page": 1, "limit": 10, "total": 11, "totalPages": 2})
		second := s.call("GET", "/assessment?perPage=10&pageNumber=2", nil).ok().is("data.pagination.page", 2)
		if first.len("data.assessments") != 10 || second.len("data.assessments") != 1 {
			s.Errorf("pages of %d and %d", first.len("data.assessments"), second.len("data.assessments"))
		}
		seen := map[string]bool{}
		for i := range 10 {
			seen[first.text(fmt.Sprintf("data.assessments.%d.assessmentId", i))] = true
		}
		if seen[second.text("data.assessments.0.assessmentId")] || len(seen) != 10 {
			s.Error("an assessment stands on both pages")
		}
	}},
	{"Assessments of other companies are not listed", func(s *session) {
		s.need("another company", s.Foreign != nil)
		s.Foreign(s.T)
		s.call("GET", "/assessment", nil).ok().is("data.pagination.total", 0)
	}},
	{"pageNumber is the page number, default 1", func(s *session) {
		s.assessment()
		s.call("GET", "/assessment", nil).ok().is("data.pagination.page", 1)
	}},
	{"perPage is the items per page, default 10", func(s *session) {
		s.call("GET", "/assessment", nil).ok().is("data.pagination.limit", 10)
	}},
	{"perPage must be one of 10, 20, 40, 80, 100", func(s *session) {
		for _, n := range []int{10, 20, 40, 80, 100} {
			s.call("GET", fmt.Sprintf("/assessment?perPage=%d", n), nil).ok().is("data.pagination.limit", n)
		}
	}},
	{"Invalid perPage is 400 INVALID_PER_PAGE of type validation_error with the published message", func(s *session) {
		for _, bad := range []string{"0", "1", "11", "50", "101", "-10", "ten", "10.0", "1e1"} {
			s.call("GET", "/assessment?perPage="+bad, nil).
				refused(partnerapi.CodeInvalidPerPage, "perPage must be one of: 10, 20, 40, 80, 100").is("error.type", "validation_error")
		}
	}},
	{"The example response has these fields", func(s *session) {
		path := s.assessment()
		s.question(path, "Walk us through a complex system you designed.")
		a := s.call("GET", "/assessment", nil).ok()
		const one = "data.assessments.0."
		a.has("text", one+"assessmentId", one+"testName", one+"companyId", one+"createdBy", one+"assessmentUrl",
			one+"postedBy.firstName", one+"postedBy.lastName", one+"postedBy.email", one+"postedBy.clientId").
			has("number", one+"createdAt", one+"lastUpdatedOn").has("text or empty", one+"jobId").
			is(one+"status", "ACTIVE").is(one+"assessmentType", "QUIZ").is(one+"questionCount", 1).is(one+"hiringForRole", "Senior Software Engineer").
			has("text", one+"purposeOfInterview").is(one+"duration", 20).is(one+"aiLanguage", "english").is(one+"skills", []string{}).
			has("list", one+"buckets").is(one+"isEmailVerificationRequired", true).is(one+"shouldEvaluateCEFR", false).is(one+"submissionCount", 0)
		if ms := a.number(one + "createdAt"); ms < 1e12 || ms > 1e13 {
			s.Errorf("createdAt %v is not in milliseconds", ms)
		}
	}},
	{"submissionCount counts those who took it", func(s *session) {
		s.need("a candidate", s.Candidate != nil)
		path := s.assessment()
		s.question(path, "Walk us through a complex system you designed.")
		s.finished(path, 2)
		s.invited(path, "not.yet@example.com")
		s.call("GET", "/assessment", nil).ok().is("data.assessments.0.submissionCount", 2)
	}},
}

var create = []sentence{
	{"Create a new voice-based interview assessment", func(s *session) {
		a := s.call("POST", "/assessment/audio-interviews", voice(object{
			"jobId": s.JobID, "isEmailVerificationRequired": true, "status": "ACTIVE", "duration": 25, "aiLanguage": "spanish",
			"skills": []string{"Node.js", "System Design", "APIs"}, "shouldEvaluateCEFR": true,
			"buckets": []object{
				{"name": "Strong Fit", "description": "Exceeds expectations", "status": "pass"},
				{"name": "Not a Fit", "status": "fail"},
			},
		})).ok()
		a.is("message", "Assessment created successfully! Add questions to get started.").
			has("text", "data.assessmentId", "data.companyId", "data.assessmentUrl").
			is("data.testName", "Senior Engineer Voice Interview").is("data.jobId", s.JobID).is("data.status", "ACTIVE").
			is("data.assessmentType", "QUIZ").is("data.questionCount", 0).is("data.hiringForRole", "Senior Software Engineer").
			is("data.purposeOfInterview", "Evaluate technical depth and communication for backend and system design.").
			is("data.duration", 25).is("data.aiLanguage", "spanish").is("data.skills", []string{"Node.js", "System Design", "APIs"}).
			has("number", "data.createdAt", "data.lastUpdatedOn")
		s.call("GET", "/assessment", nil).ok().is("data.assessments.0.shouldEvaluateCEFR", true).
			is("data.assessments.0.buckets.0", object{"name": "Strong Fit", "description": "Exceeds expectations", "status": "pass"}).
			is("data.assessments.0.buckets.1.status", "fail")
	}},
	{"title is required, 1–1000 characters", length("title", 1, 1000)},
	{"hiringForRole is required, 1–500 characters", length("hiringForRole", 1, 500)},
	{"purposeOfInterview is required, 10–5000 characters", length("purposeOfInterview", 10, 5000)},
	{"jobId is optional: omit or send empty string if not linked to a job", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(nil)).ok().is("data.jobId", "")
		s.call("POST", "/assessment/audio-interviews", voice(object{"jobId": ""})).ok().is("data.jobId", "")
		s.call("POST", "/assessment/audio-interviews", voice(object{"jobId": s.JobID})).ok().is("data.jobId", s.JobID)
	}},
	{"isEmailVerificationRequired defaults to true", func(s *session) {
		s.assessment()
		s.call("GET", "/assessment", nil).ok().is("data.assessments.0.isEmailVerificationRequired", true)
	}},
	{"isEmailVerificationRequired can be false", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(object{"isEmailVerificationRequired": false})).ok()
		s.call("GET", "/assessment", nil).ok().is("data.assessments.0.isEmailVerificationRequired", false)
	}},
	{"status is ACTIVE or INACTIVE, default ACTIVE", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(nil)).ok().is("data.status", "ACTIVE")
		s.call("POST", "/assessment/audio-interviews", voice(object{"status": "INACTIVE"})).ok().is("data.status", "INACTIVE")
		s.call("POST", "/assessment/audio-interviews", voice(object{"status": "PAUSED"})).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"duration is in minutes, 1–120, default 20", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(nil)).ok().is("data.duration", 20)
		for n, fits := range map[int]bool{1: true, 120: true, 0: false, -5: false, 121: false} {
			a := s.call("POST", "/assessment/audio-interviews", voice(object{"duration": n}))
			if fits {
				a.ok().is("data.duration", n)
			} else {
				a.refused(partnerapi.CodeInvalidRequest, "")
			}
		}
	}},
	{"aiLanguage supports english, spanish, french, german, hindi and others, default english", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(nil)).ok().is("data.aiLanguage", "english")
		for _, language := range []string{"english", "spanish", "french", "german", "hindi"} {
			s.call("POST", "/assessment/audio-interviews", voice(object{"aiLanguage": language})).ok().is("data.aiLanguage", language)
		}
	}},
	{"skills is a list of at most 20 strings, default empty", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(nil)).ok().is("data.skills", []string{})
		s.call("POST", "/assessment/audio-interviews", voice(object{"skills": many(20)})).ok().is("data.skills", many(20))
		s.call("POST", "/assessment/audio-interviews", voice(object{"skills": many(21)})).refused(partnerapi.CodeInvalidRequest, "")
		s.call("POST", "/assessment/audio-interviews", voice(object{"skills": []int{1}})).refused(partnerapi.CodeInvalidRequest, "")
		s.call("POST", "/assessment/audio-interviews", voice(object{"skills": "Go"})).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"buckets are at most 5, each with name, optional description, status pass or fail", func(s *session) {
		bucket := func(n int) (buckets []object) {
			for i := range n {
				buckets = append(buckets, object{"name": fmt.Sprint("Bucket ", i), "status": "pass"})
			}
			return buckets
		}
		s.call("POST", "/assessment/audio-interviews", voice(object{"buckets": bucket(5)})).ok()
		for name, bad := range map[string]any{
			"six": bucket(6), "no name": []object{{"status": "pass"}}, "no status": []object{{"name": "A"}},
			"another status": []object{{"name": "A", "status": "maybe"}}, "no object": []string{"A"}, "no list": "A",
		} {
			s.Log(name)
			s.call("POST", "/assessment/audio-interviews", voice(object{"buckets": bad})).refused(partnerapi.CodeInvalidRequest, "")
		}
	}},
	{"buckets default to standard buckets", func(s *session) {
		s.assessment()
		a := s.call("GET", "/assessment", nil).ok().has("text", "data.assessments.0.buckets.0.name")
		if n := a.len("data.assessments.0.buckets"); n != 3 {
			s.Errorf("%d buckets", n)
		}
	}},
	{"shouldEvaluateCEFR defaults to false", func(s *session) {
		s.assessment()
		s.call("GET", "/assessment", nil).ok().is("data.assessments.0.shouldEvaluateCEFR", false)
	}},
	{"Company not found is 404 NOT_FOUND", func(s *session) {
		s.need("a missing company", s.DropCompany != nil)
		s.DropCompany(s.T)
		s.call("POST", "/assessment/audio-interviews", voice(nil)).refused(partnerapi.CodeNotFound, "")
	}},
	{"Job not found is 404 NOT_FOUND", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(object{"jobId": "999999999"})).refused(partnerapi.CodeNotFound, "")
	}},
	{"Insufficient credits is 402 INSUFFICIENT_CREDITS with the published message", func(s *session) {
		s.need("an account without credits", s.SpendCredits != nil)
		s.SpendCredits(s.T)
		s.call("POST", "/assessment/audio-interviews", voice(nil)).
			refused(partnerapi.CodeInsufficientCredits, "Insufficient credits to create assessment")
		s.call("GET", "/assessment", nil).ok().is("data.pagination.total", 0)
	}},
}

// length checks a required text of the create operation at its limits, in characters that have several bytes.
func length(field string, min, max int) func(*session) {
	return func(s *session) {
		for _, n := range []int{min, max} {
			s.call("POST", "/assessment/audio-interviews", voice(object{field: strings.Repeat("é", n)})).ok()
		}
		for _, bad := range []any{nil, strings.Repeat("é", min-1), strings.Repeat("é", max+1), 12345678901, true, []string{"text text text"}} {
			s.call("POST", "/assessment/audio-interviews", voice(object{field: bad})).
				refused(partnerapi.CodeInvalidRequest, "").is("error.type", "validation_error")
		}
	}
}

func many(n int) []string {
	texts := make([]string, n)
	for i := range texts {
		texts[i] = fmt.Sprint("Skill ", i)
	}
	return texts
}

var get = []sentence{
	{"Retrieve a single assessment and its questions", func(s *session) {
		path := s.assessment()
		id := s.question(path, "Walk us through a complex system you designed.")
		s.call("GET", path, nil).ok().
			is("data.assessmentId", strings.TrimPrefix(path, "/assessment/")).is("data.testName", "Senior Engineer Voice Interview").
			has("text", "data.companyId", "data.assessmentUrl", "data.purposeOfInterview").has("text or empty", "data.jobId").
			is("data.status", "ACTIVE").is("data.assessmentType", "QUIZ").is("data.questionCount", 1).is("data.hiringForRole", "Senior Software Engineer").
			is("data.duration", 20).is("data.aiLanguage", "english").is("data.skills", []string{}).
			is("data.questions", []object{{"id": id, "question": "Walk us through a complex system you designed.", "type": "SUBJECTIVE"}})
	}},
	{"An assessment without questions has an empty list of them", func(s *session) {
		s.call("GET", s.assessment(), nil).ok().is("data.questions", []any{}).is("data.questionCount", 0)
	}},
	{"Assessment not found is 404 NOT_FOUND", func(s *session) {
		for _, id := range []string{unknown, "nothing", "%00", "%ff", "a%2Fb"} {
			s.call("GET", "/assessment/"+id, nil).refused(partnerapi.CodeNotFound, "")
		}
	}},
	{"Not allowed to access this assessment is 403 ACCESS_DENIED", denied("GET", "", nil)},
}

var update = []sentence{
	{"Update an assessment’s title, duration, language, skills, or purpose", func(s *session) {
		path := s.assessment()
		a := s.call("PUT", path, object{
			"title": "Updated Interview Title", "duration": 25, "aiLanguage": "german", "skills": []string{"Go"}, "purposeOfInterview": "A new purpose.",
		}).ok()
		a.is("data", object{"assessmentId": strings.TrimPrefix(path, "/assessment/"), "message": "Assessment details updated successfully"})
		s.call("GET", path, nil).ok().is("data.testName", "Updated Interview Title").is("data.duration", 25).is("data.aiLanguage", "german").
			is("data.skills", []string{"Go"}).is("data.purposeOfInterview", "A new purpose.").is("data.hiringForRole", "Senior Software Engineer")
	}},
	{"All fields are optional and those left out stay", func(s *session) {
		path := s.assessment()
		for _, one := range []object{{"title": "T"}, {"duration": 30}, {"aiLanguage": "french"}, {"skills": []string{"Go", "SQL"}}, {"purposeOfInterview": "P"}} {
			s.call("PUT", path, one).ok()
		}
		s.call("GET", path, nil).ok().is("data.testName", "T").is("data.duration", 30).is("data.aiLanguage", "french").
			is("data.skills", []string{"Go", "SQL"}).is("data.purposeOfInterview", "P")
	}},
	{"lastUpdatedOn never lies before createdAt", func(s *session) {
		path := s.assessment()
		s.call("PUT", path, object{"title": "T"}).ok()
		a := s.call("GET", "/assessment", nil).ok()
		if a.number("data.assessments.0.lastUpdatedOn") < a.number("data.assessments.0.createdAt") {
			s.Errorf("%s", a.Raw)
		}
	}},
	{"title is 1–1000 characters", putLimits("title", strings.Repeat("é", 1000), "", strings.Repeat("é", 1001), 5)},
	{"duration is in minutes, 1–180", putLimits("duration", 180, 0, 181, -1, "30", 1.5)},
	{"aiLanguage is a language of the interview", putLimits("aiLanguage", "hindi", 5, "")},
	{"skills is a list of skill strings", putLimits("skills", []string{}, "Go", []int{1})},
	{"purposeOfInterview is at most 5000 characters", putLimits("purposeOfInterview", strings.Repeat("é", 5000), strings.Repeat("é", 5001), 5)},
	{"No fields provided is 400 INVALID_REQUEST", func(s *session) {
		path := s.assessment()
		s.call("PUT", path, object{}).refused(partnerapi.CodeInvalidRequest, "")
		s.call("PUT", path, object{"status": "INACTIVE", "jobId": "12345"}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"Assessment not found is 404 NOT_FOUND", missing("PUT", "", object{"title": "T"})},
	{"Not allowed to modify this assessment is 403 ACCESS_DENIED", denied("PUT", "", object{"title": "T"})},
}

// putLimits checks that one value is taken and the others refused, and that a refused one changes nothing.
func putLimits(field string, good any, bad ...any) func(*session) {
	return func(s *session) {
		path := s.assessment()
		s.call("PUT", path, object{field: good}).ok()
		before := s.call("GET", path, nil).ok()
		for _, value := range bad {
			s.call("PUT", path, object{field: value, "unknown": "x"}).
				refused(partnerapi.CodeInvalidRequest, "").is("error.type", "validation_error")
		}
		if after := s.call("GET", path, nil).ok(); string(after.Raw) != string(before.Raw) {
			s.Errorf("changed from %s to %s", before.Raw, after.Raw)
		}
	}
}

// denied and missing check the refusals of an operation on /assessment/{id}+rest.
func denied(method, rest string, body any) func(*session) {
	return func(s *session) {
		s.need("an assessment of another account", s.Foreign != nil)
		s.call(method, "/assessment/"+s.Foreign(s.T)+rest, body).refused(partnerapi.CodeAccessDenied, "")
	}
}

func missing(method, rest string, body any) func(*session) {
	return func(s *session) {
		s.call(method, "/assessment/"+unknown+rest, body).refused(partnerapi.CodeNotFound, "")
	}
}

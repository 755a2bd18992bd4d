package conformance

import (
	"fmt"
	"strings"

	"greenroom/internal/partnerapi"
)

const aQuestion = "Describe a time when you had to debug a critical production issue. What was your approach?"

var addQuestion = []sentence{
	{"Add a single question to an assessment", func(s *session) {
		path := s.assessment()
		a := s.call("POST", path+"/questions", object{
			"question":          aQuestion,
			"systemInstruction": "Look for structured problem-solving and communication.",
			"idealAnswer":       "Candidate should mention steps like reproduction, root cause, fix, and prevention.",
		}).ok().has("text", "data.questionId").is("data.message", "Question added successfully")
		s.call("GET", path, nil).ok().is("data.questionCount", 1).
			is("data.questions", []object{{"id": a.text("data.questionId"), "question": aQuestion, "type": "SUBJECTIVE"}})
	}},
	{"Questions keep the order in which they were added", func(s *session) {
		path := s.assessment()
		var ids []string
		for i := range 4 {
			ids = append(ids, s.question(path, fmt.Sprintf("Question number %d of four?", i)))
		}
		a := s.call("GET", path, nil).ok()
		for i, id := range ids {
			a.is(fmt.Sprintf("data.questions.%d.id", i), id)
		}
	}},
	{"question is required, 10–1000 characters", func(s *session) { questionLengths(s, "POST", s.assessment()+"/questions") }},
	{"systemInstruction and idealAnswer are optional strings", func(s *session) {
		path := s.assessment()
		s.question(path, aQuestion)
		s.call("POST", path+"/questions", object{"question": aQuestion, "idealAnswer": 5}).refused(partnerapi.CodeInvalidRequest, "")
		s.call("POST", path+"/questions", object{"question": aQuestion, "systemInstruction": []string{}}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"Assessment not found is 404 NOT_FOUND", missing("POST", "/questions", object{"question": aQuestion})},
	{"Not allowed to modify this assessment is 403 ACCESS_DENIED", denied("POST", "/questions", object{"question": aQuestion})},
}

// questionLengths checks question's limits; a question too short is 400 INVALID_REQUEST.
func questionLengths(s *session, method, path string) {
	for _, n := range []int{10, 1000} {
		s.call(method, path, object{"question": strings.Repeat("é", n)}).ok()
	}
	for _, bad := range []any{strings.Repeat("é", 9), strings.Repeat("é", 1001), "", 1234567890} {
		s.call(method, path, object{"question": bad}).refused(partnerapi.CodeInvalidRequest, "").is("error.type", "validation_error")
	}
	s.call(method, path, object{}).refused(partnerapi.CodeInvalidRequest, "")
}

var updateQuestion = []sentence{
	{"Update an existing question on an assessment", func(s *session) {
		path := s.assessment()
		first, second := s.question(path, aQuestion), s.question(path, "What do you do first on an incident?")
		s.call("PUT", path+"/questions/"+first, object{"question": "Updated question text here (at least 10 characters)."}).
			ok().is("data", object{"message": "Question updated successfully"})
		s.call("GET", path, nil).ok().is("data.questions", []object{
			{"id": first, "question": "Updated question text here (at least 10 characters).", "type": "SUBJECTIVE"},
			{"id": second, "question": "What do you do first on an incident?", "type": "SUBJECTIVE"},
		})
	}},
	{"question is required, 10–1000 characters", func(s *session) {
		path := s.assessment()
		questionLengths(s, "PUT", path+"/questions/"+s.question(path, aQuestion))
	}},
	{"Assessment not found is 404 NOT_FOUND", missing("PUT", "/questions/"+unknown, object{"question": aQuestion})},
	{"Question not found is 404 NOT_FOUND", func(s *session) {
		path := s.assessment()
		for _, id := range []string{unknown, "nothing", "%00"} {
			s.call("PUT", path+"/questions/"+id, object{"question": aQuestion}).refused(partnerapi.CodeNotFound, "")
		}
	}},
	{"Question not in this assessment is 404 NOT_FOUND", func(s *session) {
		other := s.assessment()
		id := s.question(other, aQuestion)
		s.call("PUT", s.assessment()+"/questions/"+id, object{"question": "Something else entirely?"}).refused(partnerapi.CodeNotFound, "")
		s.call("GET", other, nil).ok().is("data.questions.0.question", aQuestion)
	}},
	{"Not allowed to modify this assessment is 403 ACCESS_DENIED", denied("PUT", "/questions/"+unknown, object{"question": aQuestion})},
}

var deleteQuestion = []sentence{
	{"Remove a question from an assessment", func(s *session) {
		path := s.assessment()
		id := s.question(path, aQuestion)
		s.call("DELETE", path+"/questions/"+id, nil).ok().is("data", object{"message": "Question deleted successfully"})
		s.call("GET", path, nil).ok().is("data.questions", []any{}).is("data.questionCount", 0)
		s.call("DELETE", path+"/questions/"+id, nil).refused(partnerapi.CodeNotFound, "")
	}},
	{"Question not found in this assessment is 404 NOT_FOUND", func(s *session) {
		other := s.assessment()
		id := s.question(other, aQuestion)
		path := s.assessment()
		s.call("DELETE", path+"/questions/"+id, nil).refused(partnerapi.CodeNotFound, "")
		s.call("DELETE", path+"/questions/"+unknown, nil).refused(partnerapi.CodeNotFound, "")
		s.call("GET", other, nil).ok().is("data.questionCount", 1)
	}},
	{"Not allowed to modify this assessment is 403 ACCESS_DENIED", denied("DELETE", "/questions/"+unknown, nil)},
}

const purpose = "We need a backend engineer who can design APIs and work with Node.js and PostgreSQL."

var autoGenerate = []sentence{
	{"You receive an assessment ID immediately", func(s *session) {
		s.call("POST", "/assessment/auto-generate", object{"purpose": purpose, "role": "Backend Engineer", "type": "AI_AUDIO_INTERVIEW"}).ok().
			is("message", "Assessment creation initiated. You will receive a webhook when questions are ready.").
			has("text", "data.assessmentId", "data.companyId", "data.assessmentUrl").is("data.testName", "Backend Engineer - Voice Interview").
			is("data.jobId", "").is("data.status", "ACTIVE").is("data.assessmentType", "QUIZ").is("data.questionCount", 0).
			is("data.hiringForRole", "Backend Engineer").is("data.purposeOfInterview", purpose).is("data.duration", 20).
			is("data.aiLanguage", "english").has("list", "data.skills").has("number", "data.createdAt", "data.lastUpdatedOn")
	}},
	{"Questions are generated asynchronously and a webhook is sent when they are ready", func(s *session) {
		s.need("waiting and webhooks", s.Wait != nil && s.Webhooks != nil)
		id := s.call("POST", "/assessment/auto-generate", object{"purpose": purpose, "role": "Backend Engineer"}).ok().text("data.assessmentId")
		s.Wait(s.T)
		a := s.call("GET", "/assessment/"+id, nil).ok()
		n := a.len("data.questions")
		if n == 0 {
			s.Fatal("no questions")
		}
		distinct := map[string]bool{}
		for i := range n {
			distinct[a.text(fmt.Sprintf("data.questions.%d.question", i))] = true
		}
		if len(distinct) != n {
			s.Errorf("%d of %d questions are distinct", len(distinct), n)
		}
		s.event("assessment.ready", 0).is("data.assessmentId", id).is("data.questionCount", n)
	}},
	{"From a job: role and purpose can be taken from the job if not provided", func(s *session) {
		s.need("a job", s.JobID != "")
		s.call("POST", "/assessment/auto-generate", `{"jobId":`+s.JobID+`,"type":"AI_AUDIO_INTERVIEW"}`).ok().
			is("data.jobId", s.JobID).is("data.hiringForRole", s.JobTitle).is("data.testName", s.JobTitle+" - Voice Interview").has("text", "data.purposeOfInterview")
		s.call("POST", "/assessment/auto-generate", `{"jobId":`+s.JobID+`,"role":"Platform Engineer","purpose":"Our own words."}`).ok().
			is("data.hiringForRole", "Platform Engineer").is("data.purposeOfInterview", "Our own words.")
	}},
	{"type is AI_AUDIO_INTERVIEW or AI_VIDEO_INTERVIEW, default AI_AUDIO_INTERVIEW", func(s *session) {
		for kind, name := range map[string]string{"": "Voice", "AI_AUDIO_INTERVIEW": "Voice", "AI_VIDEO_INTERVIEW": "Video"} {
			body := object{"purpose": purpose, "role": "Backend Engineer"}
			if kind != "" {
				body["type"] = kind
			}
			s.call("POST", "/assessment/auto-generate", body).ok().is("data.testName", "Backend Engineer - "+name+" Interview")
		}
		s.call("POST", "/assessment/auto-generate", object{"purpose": purpose, "type": "QUIZ"}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"role is optional, at most 500 characters", func(s *session) {
		s.call("POST", "/assessment/auto-generate", object{"purpose": purpose}).ok().has("text", "data.hiringForRole")
		s.call("POST", "/assessment/auto-generate", object{"purpose": purpose, "role": strings.Repeat("é", 500)}).ok()
		s.call("POST", "/assessment/auto-generate", object{"purpose": purpose, "role": strings.Repeat("é", 501)}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"purpose is at most 5000 characters", func(s *session) {
		s.call("POST", "/assessment/auto-generate", object{"purpose": strings.Repeat("é", 5000)}).ok()
		s.call("POST", "/assessment/auto-generate", object{"purpose": strings.Repeat("é", 5001)}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"jobId is a number", func(s *session) {
		s.call("POST", "/assessment/auto-generate", object{"jobId": s.JobID}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"Neither jobId nor purpose provided is 400 INVALID_REQUEST", func(s *session) {
		s.call("POST", "/assessment/auto-generate", object{}).refused(partnerapi.CodeInvalidRequest, "")
		s.call("POST", "/assessment/auto-generate", object{"role": "Backend Engineer", "purpose": ""}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"Job not found is 404 NOT_FOUND", func(s *session) {
		s.call("POST", "/assessment/auto-generate", object{"jobId": 999999999, "purpose": purpose}).refused(partnerapi.CodeNotFound, "")
	}},
	{"Insufficient credits is 402 INSUFFICIENT_CREDITS", func(s *session) {
		s.need("an account without credits", s.SpendCredits != nil)
		s.SpendCredits(s.T)
		s.call("POST", "/assessment/auto-generate", object{"purpose": purpose}).refused(partnerapi.CodeInsufficientCredits, "")
		s.call("GET", "/assessment", nil).ok().is("data.pagination.total", 0)
	}},
}

const description = "We are looking for a senior backend engineer with experience in distributed systems, API design, and Node.js. The role involves mentoring and code reviews."

var generateQuestions = []sentence{
	{"Generate questions for an existing assessment based on job description and skills", func(s *session) {
		path := s.assessment()
		s.question(path, aQuestion)
		s.call("POST", path+"/generate-questions", object{
			"jobDescription": description, "skills": []string{"Node.js", "System Design", "PostgreSQL", "APIs"}, "questionCount": 5, "difficulty": "medium",
		}).ok().is("data", object{"message": "Questions generated and added successfully", "questionCount": 5})
		s.call("GET", path, nil).ok().is("data.questionCount", 6).is("data.questions.0.question", aQuestion).is("data.questions.5.type", "SUBJECTIVE")
	}},
	{"A webhook is sent when generation completes", func(s *session) {
		s.need("waiting and webhooks", s.Wait != nil && s.Webhooks != nil)
		path := s.assessment()
		s.call("POST", path+"/generate-questions", object{"jobDescription": description}).ok()
		s.Wait(s.T)
		s.event("assessment.ready", 0).is("data.assessmentId", strings.TrimPrefix(path, "/assessment/"))
	}},
	{"jobDescription is required, min 50 characters", func(s *session) {
		path := s.assessment() + "/generate-questions"
		s.call("POST", path, object{"jobDescription": "Backend engineer: " + strings.Repeat("é", 32)}).ok()
		for _, bad := range []any{nil, "", strings.Repeat("é", 49), 5} {
			s.call("POST", path, object{"jobDescription": bad}).refused(partnerapi.CodeInvalidRequest, "")
		}
	}},
	{"skills is an optional list", func(s *session) {
		path := s.assessment() + "/generate-questions"
		s.call("POST", path, object{"jobDescription": description, "questionCount": 1}).ok()
		s.call("POST", path, object{"jobDescription": description, "skills": "Go"}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"questionCount is 1–10, default 5", func(s *session) {
		s.call("POST", s.assessment()+"/generate-questions", object{"jobDescription": description}).ok().is("data.questionCount", 5)
		for _, n := range []int{1, 10} {
			s.call("POST", s.assessment()+"/generate-questions", object{"jobDescription": description, "questionCount": n}).ok().is("data.questionCount", n)
		}
		for _, bad := range []any{0, 11, -1, "5", 2.5} {
			s.call("POST", s.assessment()+"/generate-questions", object{"jobDescription": description, "questionCount": bad}).refused(partnerapi.CodeInvalidRequest, "")
		}
	}},
	{"difficulty is easy, medium, or hard, default medium", func(s *session) {
		path := s.assessment() + "/generate-questions"
		for _, d := range []string{"easy", "medium", "hard"} {
			s.call("POST", path, object{"jobDescription": description, "questionCount": 1, "difficulty": d}).ok()
		}
		s.call("POST", path, object{"jobDescription": description, "difficulty": "HARD"}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"Insufficient credits is 402 INSUFFICIENT_CREDITS with the published message", func(s *session) {
		s.need("an account without credits", s.SpendCredits != nil)
		path := s.assessment()
		s.SpendCredits(s.T)
		s.call("POST", path+"/generate-questions", object{"jobDescription": description}).
			refused(partnerapi.CodeInsufficientCredits, "Insufficient credits to generate questions")
		s.call("GET", path, nil).ok().is("data.questionCount", 0)
	}},
	{"Assessment not found or access denied is 403 ACCESS_DENIED", func(s *session) {
		s.call("POST", "/assessment/"+unknown+"/generate-questions", object{"jobDescription": description}).refused(partnerapi.CodeAccessDenied, "")
		denied("POST", "/generate-questions", object{"jobDescription": description})(s)
	}},
	{"Question generation failed is 500 AI_GENERATION_FAILED", func(s *session) {
		s.need("a broken generator", s.BreakGenerator != nil)
		path := s.assessment()
		s.BreakGenerator(s.T, false)
		s.call("POST", path+"/generate-questions", object{"jobDescription": description}).refused(partnerapi.CodeGenerationFailed, "")
	}},
	{"Question generation returned no questions is 500 AI_GENERATION_EMPTY", func(s *session) {
		s.need("an empty generator", s.BreakGenerator != nil)
		path := s.assessment()
		s.BreakGenerator(s.T, true)
		s.call("POST", path+"/generate-questions", object{"jobDescription": description}).refused(partnerapi.CodeGenerationEmpty, "")
	}},
}

package conformance

import (
	"fmt"
	"strings"

	"greenroom/internal/partnerapi"
)

// decisions are what this project does where the reference is silent.
var decisions = []sentence{
	{"A missing or wrong key is 401 UNAUTHORIZED in the error shape, on every path", func(s *session) {
		for _, path := range []string{"/assessment", "/assessment/" + unknown, "/nothing", "/jobs", "/extensions"} {
			s.callWith("GET", path, nil, "").refused(partnerapi.CodeUnauthorized, "")
			s.callWith("GET", path, nil, "Bearer wrong").refused(partnerapi.CodeUnauthorized, "")
		}
		s.callWith("GET", "/assessment", nil, "bearer "+s.Key).ok()
	}},
	{"An unknown path is 404 NOT_FOUND", func(s *session) {
		for _, path := range []string{"/nothing", "/assessment/", "/assessment//questions", "/assessments", "/assessment/x/y/z", "/assessment/../x", "/"} {
			s.call("GET", path, nil).refused(partnerapi.CodeNotFound, "")
		}
	}},
	{"A known path with another method is 405 METHOD_NOT_ALLOWED with Allow", func(s *session) {
		for path, allow := range map[string]string{
			"/assessment": "GET, HEAD", "/assessment/audio-interviews": "POST", "/assessment/" + unknown: "GET, HEAD, PUT",
			"/assessment/" + unknown + "/questions/" + unknown: "DELETE, PUT",
		} {
			if a := s.call("PATCH", path, nil).refused(partnerapi.CodeMethodNotAllowed, ""); a.Header.Get("Allow") != allow {
				s.Errorf("%s: Allow %q, want %q", path, a.Header.Get("Allow"), allow)
			}
		}
		if a := s.call("HEAD", "/assessment", nil); a.Status != 200 || len(a.Raw) != 0 {
			s.Errorf("HEAD: %d with %d bytes", a.Status, len(a.Raw))
		}
	}},
	{"A body over 1 MiB is 413 PAYLOAD_TOO_LARGE", func(s *session) {
		body := `{"title":"` + strings.Repeat("x", partnerapi.MaxBody) + `"}`
		s.call("POST", "/assessment/audio-interviews", body).refused(partnerapi.CodePayloadTooLarge, "")
	}},
	{"A body that is not one JSON object in UTF-8 is 400 INVALID_REQUEST of type validation_error", func(s *session) {
		path := s.assessment() + "/questions"
		for _, body := range []string{"", " ", "null", "[]", `"text"`, "5", "{", `{"question":`, `{"question":"long enough text"} {}`,
			`{"question":"long enough text"}x`, "\xff\xfe", "{\"question\":\"long enough \xff text\"}", "question=long+enough"} {
			s.call("POST", path, body).refused(partnerapi.CodeInvalidRequest, "").is("error.type", "validation_error")
		}
		s.call("POST", path, " \n{\"question\":\"long enough text\"}\n ").ok()
	}},
	{"Every wrong field is named in details", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", object{"title": 5, "duration": "20", "skills": "Go", "isEmailVerificationRequired": "yes", "jobId": 12345}).
			refused(partnerapi.CodeInvalidRequest, "").
			has("text", "error.details.title", "error.details.duration", "error.details.skills", "error.details.isEmailVerificationRequired", "error.details.jobId")
		s.call("POST", "/assessment/audio-interviews", voice(object{"title": "", "duration": 500})).
			refused(partnerapi.CodeInvalidRequest, "").has("text", "error.details.title", "error.details.duration")
	}},
	{"null counts as absent", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", `{"title":"T","hiringForRole":"R","purposeOfInterview":"0123456789","jobId":null,"duration":null,"skills":null,"buckets":null,"status":null}`).
			ok().is("data.duration", 20).is("data.skills", []any{})
		s.call("POST", "/assessment/audio-interviews", `{"title":null,"hiringForRole":"R","purposeOfInterview":"0123456789"}`).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"NUL characters are refused, not a server error", func(s *session) {
		s.call("POST", "/assessment/audio-interviews", voice(object{"title": "a\x00b"})).refused(partnerapi.CodeInvalidRequest, "")
		s.call("POST", "/assessment/audio-interviews", voice(object{"skills": []string{"a\x00b"}})).refused(partnerapi.CodeInvalidRequest, "")
		s.call("POST", "/assessment/audio-interviews", voice(object{"title": `a\u0000b`})).ok().is("data.testName", `a\u0000b`)
	}},
	{"pageNumber below 1 or not a number is 400, beyond the last page an empty list", func(s *session) {
		s.assessment()
		for _, bad := range []string{"0", "-1", "x", "1.5", "99999999999999999999"} {
			s.call("GET", "/assessment?pageNumber="+bad, nil).refused(partnerapi.CodeInvalidRequest, "")
		}
		for _, far := range []string{"2", "9223372036854775807"} {
			s.call("GET", "/assessment?pageNumber="+far, nil).ok().is("data.assessments", []any{}).is("data.pagination.total", 1)
		}
	}},
	{"candidates takes limit 1–100", func(s *session) {
		path := s.assessment() + "/candidates"
		s.call("GET", path+"?limit=100", nil).ok()
		for _, bad := range []string{"0", "101", "-1", "x", "1.5"} {
			s.call("GET", path+"?limit="+bad, nil).refused(partnerapi.CodeInvalidRequest, "")
		}
	}},
	{"A nextToken that is not ours, was changed, or is another list's is 400", func(s *session) {
		s.need("candidates", s.Candidate != nil)
		path, other := s.assessment(), s.assessment()
		s.question(path, aQuestion)
		s.finished(path, 2)
		token := s.call("GET", path+"/candidates?limit=1", nil).ok().text("data.pagination.nextToken")
		first := "A"
		if strings.HasPrefix(token, first) {
			first = "B"
		}
		for _, bad := range []string{"x", "AAAA", token + "A", token[1:], first + token[1:], token[:len(token)-4] + "AAAA", strings.ToUpper(token)} {
			s.call("GET", path+"/candidates?nextToken="+bad, nil).refused(partnerapi.CodeInvalidRequest, "")
		}
		s.call("GET", other+"/candidates?nextToken="+token, nil).refused(partnerapi.CodeInvalidRequest, "")
		s.call("GET", path+"/candidates?nextToken="+token, nil).ok().is("data.pagination.count", 1)
	}},
	{"aiLanguage is one of the list, in any case", func(s *session) {
		for _, language := range partnerapi.Languages {
			s.call("POST", "/assessment/audio-interviews", voice(object{"aiLanguage": strings.ToUpper(language)})).ok().is("data.aiLanguage", language)
		}
		s.call("POST", "/assessment/audio-interviews", voice(object{"aiLanguage": "klingon"})).refused(partnerapi.CodeInvalidRequest, "")
		s.call("PUT", s.assessment(), object{"aiLanguage": "klingon"}).refused(partnerapi.CodeInvalidRequest, "")
	}},
	{"Dummy addresses are those at test, invalid, localhost, test.com and disposable-mail domains; example.com is fine", func(s *session) {
		path := s.assessment() + "/invite"
		for _, domain := range []string{"test", "invalid", "localhost", "test.com", "a.test", "yopmail.com", "guerrillamail.com", "sub.mailinator.com"} {
			s.call("POST", path, john(object{"emailAddress": "john@" + domain})).refused(partnerapi.CodeInvalidRequest, "").has("text", "error.details.emailAddress")
		}
		for _, domain := range []string{"example.com", "latest.com", "contest.org"} {
			s.call("POST", path, john(object{"emailAddress": "john@" + domain})).ok()
		}
	}},
	{"Email addresses compare without case", func(s *session) {
		path := s.assessment() + "/invite"
		s.call("POST", path, john(nil)).ok()
		s.call("POST", path, john(object{"emailAddress": "John.DOE@Example.COM"})).refused(partnerapi.CodeDuplicateInvite, "")
	}},
	{"Of fifty invites of one person at once, one wins", func(s *session) {
		path := s.assessment() + "/invite"
		count := s.together(50, func(i int) *answer {
			return s.call("POST", path, john(object{"firstName": fmt.Sprint("John ", i)}))
		})
		if count[200] != 1 || count[400] != 49 {
			s.Errorf("statuses %v", count)
		}
	}},
	{"GET /jobs pages like the list of assessments", func(s *session) {
		s.call("GET", "/jobs?perPage=7", nil).refused(partnerapi.CodeInvalidPerPage, partnerapi.MsgPerPage)
		s.call("GET", "/jobs?pageNumber=0", nil).refused(partnerapi.CodeInvalidRequest, "")
		s.call("GET", "/jobs?pageNumber=999", nil).is("jobs", []any{})
	}},
	{"A change of a question leaves what it doesn't name", func(s *session) {
		path := s.assessment()
		id := s.call("POST", path+"/questions", object{"question": aQuestion, "idealAnswer": "Ideal.", "systemInstruction": "Look.", "keyPoints": [][]string{{"root cause"}}}).ok().text("data.questionId")
		s.call("PUT", path+"/questions/"+id, object{"question": "A question that changed?", "idealAnswer": "Better."}).ok()
		s.call("GET", "/extensions"+path+"/questions", nil).ok().is("data.0.question", "A question that changed?").
			is("data.0.idealAnswer", "Better.").is("data.0.systemInstruction", "Look.").is("data.0.keyPoints", [][]string{{"root cause"}}).is("data.0.source", "written")
	}},
}

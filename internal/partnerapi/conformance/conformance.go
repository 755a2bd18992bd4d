// Package conformance checks that a server keeps the published reference of the Assessments API, sentence by
// sentence and over HTTP only. It is test code that several packages share: it knows no implementation, and what only
// an implementation can arrange (an empty account, a finished interview) it asks for through the hooks of Target.
package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"greenroom/internal/partnerapi"
)

// Target is a server under test. A nil hook skips the sentences that need it.
type Target struct {
	BaseURL string // with partnerapi.BasePath
	Key     string
	Client  *http.Client // nil: http.DefaultClient

	JobID          string // a job that exists
	JobTitle       string
	JobCandidateID string // a job candidate that exists
	JobCandidate   string // that one's name

	SpendCredits      func(t *testing.T)                                 // from now on the account has no credits
	Foreign           func(t *testing.T) (id string)                     // makes an assessment that the key may not touch
	DropCompany       func(t *testing.T)                                 // from now on the key's company is not found
	DeactivateCompany func(t *testing.T)                                 // from now on the account is not active
	BreakGenerator    func(t *testing.T, empty bool)                     // from now on generating fails, or yields nothing
	Wait              func(t *testing.T)                                 // returns when the background work is done
	Webhooks          func(t *testing.T) []Received                      // everything received so far, in order
	Candidate         func(t *testing.T, inviteID string, steps ...Step) // does the steps in the candidate's place
	Score             func(t *testing.T, inviteID string, score float64) // has a finished interview scored

	Decisions bool // also check what the reference leaves open and this project decided
}

// Step is something a candidate does, or that happens to one.
type Step string

// The steps. StepAnswer answers every question; StepTimeOut lets the time run out.
const (
	StepStart         Step = "start"
	StepAnswer        Step = "answer"
	StepSubmit        Step = "submit"
	StepTimeOut       Step = "time out"
	StepEnd           Step = "end"
	StepFail          Step = "fail"
	StepCompleteLater Step = "complete later"
)

// Received is a webhook as it came in.
type Received struct {
	Header http.Header
	Body   []byte
}

// sentence is one statement of the reference and the check that it holds.
type sentence struct {
	text  string
	check func(*session)
}

// Run checks every sentence on a target of its own, all at once.
func Run(t *testing.T, open func(t *testing.T) Target) {
	for _, chapter := range []struct {
		name      string
		sentences []sentence
	}{
		{"Authentication", authentication}, {"List", list}, {"Create", create}, {"Get", get}, {"Update", update},
		{"AddQuestion", addQuestion}, {"UpdateQuestion", updateQuestion}, {"DeleteQuestion", deleteQuestion},
		{"AutoGenerate", autoGenerate}, {"GenerateQuestions", generateQuestions}, {"Invite", invite},
		{"Candidates", candidates}, {"Webhooks", webhooks}, {"Jobs", jobs}, {"Decisions", decisions},
	} {
		t.Run(chapter.name, func(t *testing.T) {
			t.Parallel()
			for _, s := range chapter.sentences {
				t.Run(s.text, func(t *testing.T) {
					t.Parallel()
					target := open(t)
					if chapter.name == "Decisions" && !target.Decisions {
						t.Skip("the reference leaves this open")
					}
					if target.Client == nil {
						target.Client = http.DefaultClient
					}
					s.check(&session{T: t, Target: target})
				})
			}
		})
	}
}

// session is one test talking to one target.
type session struct {
	*testing.T
	Target
}

// answer is a response with its body decoded, if it was JSON.
type answer struct {
	s      *session
	what   string
	Status int
	Header http.Header
	Raw    []byte
	body   any
}

// object is a JSON object to send.
type object = map[string]any

// call sends body (nil: none, string: as it is, else encoded) with the key.
func (s *session) call(method, path string, body any) *answer {
	s.Helper()
	return s.callWith(method, path, body, "Bearer "+s.Key)
}

func (s *session) callWith(method, path string, body any, authorization string) *answer {
	s.Helper()
	var content io.Reader = http.NoBody
	switch b := body.(type) {
	case nil:
	case string:
		content = strings.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			s.Fatal(err)
		}
		content = bytes.NewReader(encoded)
	}
	r, err := http.NewRequestWithContext(s.Context(), method, s.BaseURL+path, content)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if authorization != "" {
		r.Header.Set("Authorization", authorization)
	}
	response, err := s.Client.Do(r)
	if err != nil {
		s.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	a := &answer{s: s, what: method + " " + path, Status: response.StatusCode, Header: response.Header}
	if a.Raw, err = io.ReadAll(response.Body); err != nil {
		s.Fatalf("%s: %v", a.what, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(a.Raw))
	decoder.UseNumber()
	if method != http.MethodHead {
		if err := decoder.Decode(&a.body); err != nil {
			s.Fatalf("%s: %v in %d %s", a.what, err, a.Status, a.Raw)
		}
		if kind := a.Header.Get("Content-Type"); !strings.HasPrefix(kind, "application/json") {
			s.Errorf("%s: Content-Type %q", a.what, kind)
		}
	}
	return a
}

// ok expects success in the envelope.
func (a *answer) ok() *answer {
	a.s.Helper()
	if a.Status < 200 || a.Status > 299 {
		a.s.Fatalf("%s: %d %s", a.what, a.Status, a.Raw)
	}
	a.is("status", "success")
	return a
}

// refused expects an error answer in its published shape; a message of "" may be any.
func (a *answer) refused(code partnerapi.Code, message string) *answer {
	a.s.Helper()
	if a.Status != code.Status() {
		a.s.Fatalf("%s: %d %s, want %d", a.what, a.Status, a.Raw, code.Status())
	}
	a.is("error.code", string(code))
	if kind, _ := a.at("error.type").(string); kind == "" {
		a.s.Errorf("%s: no error.type in %s", a.what, a.Raw)
	}
	text, _ := a.at("error.errorMessage").(string)
	if text == "" || message != "" && text != message {
		a.s.Errorf("%s: errorMessage %q, want %q", a.what, text, message)
	}
	return a
}

// at is the value at a path such as data.questions.0.id, or nil.
func (a *answer) at(path string) any {
	value, _ := dig(a.body, path)
	return value
}

func dig(value any, path string) (any, bool) {
	for _, key := range strings.Split(path, ".") {
		switch v := value.(type) {
		case map[string]any:
			next, ok := v[key]
			if !ok {
				return nil, false
			}
			value = next
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i < 0 || i >= len(v) {
				return nil, false
			}
			value = v[i]
		default:
			return nil, false
		}
	}
	return value, true
}

// is expects a value, compared as JSON.
func (a *answer) is(path string, want any) *answer {
	a.s.Helper()
	got, ok := dig(a.body, path)
	if !ok {
		a.s.Errorf("%s: no %s in %s", a.what, path, a.Raw)
		return a
	}
	if g, w := asJSON(a.s, got), asJSON(a.s, want); g != w {
		a.s.Errorf("%s: %s is %s, want %s", a.what, path, g, w)
	}
	return a
}

func asJSON(s *session, value any) string {
	encoded, err := json.Marshal(value)
	if err != nil {
		s.Fatal(err)
	}
	return string(encoded)
}

// has expects each path to be there with a value of the kind: text (not empty), number, flag, list, object or null;
// "null or number" and the like allow both.
func (a *answer) has(kind string, paths ...string) *answer {
	a.s.Helper()
	for _, path := range paths {
		value, ok := dig(a.body, path)
		if !ok {
			a.s.Errorf("%s: no %s in %s", a.what, path, a.Raw)
		} else if !strings.Contains(kind, kindOf(value)) {
			a.s.Errorf("%s: %s is %v, want %s", a.what, path, value, kind)
		}
	}
	return a
}

func kindOf(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		if v == "" {
			return "empty"
		}
		return "text"
	case json.Number:
		return "number"
	case bool:
		return "flag"
	case []any:
		return "list"
	}
	return "object"
}

// text is the string at a path, which must be there.
func (a *answer) text(path string) string {
	a.s.Helper()
	text, ok := a.at(path).(string)
	if !ok {
		a.s.Fatalf("%s: no text at %s in %s", a.what, path, a.Raw)
	}
	return text
}

func (a *answer) len(path string) int {
	a.s.Helper()
	list, ok := a.at(path).([]any)
	if !ok {
		a.s.Fatalf("%s: no list at %s in %s", a.what, path, a.Raw)
	}
	return len(list)
}

// number is the number at a path.
func (a *answer) number(path string) float64 {
	a.s.Helper()
	n, ok := a.at(path).(json.Number)
	if !ok {
		a.s.Fatalf("%s: no number at %s in %s", a.what, path, a.Raw)
	}
	f, err := n.Float64()
	if err != nil {
		a.s.Fatal(err)
	}
	return f
}

// need skips the sentence when the target can't arrange what it is about.
func (s *session) need(what string, hook bool) {
	s.Helper()
	if !hook {
		s.Skipf("this target can't arrange %s", what)
	}
}

// voice is a create body with the required fields, changed and completed by others; nil deletes a field.
func voice(changes object) object {
	body := object{
		"title": "Senior Engineer Voice Interview", "hiringForRole": "Senior Software Engineer",
		"purposeOfInterview": "Evaluate technical depth and communication for backend and system design.",
	}
	for name, value := range changes {
		if body[name] = value; value == nil {
			delete(body, name)
		}
	}
	return body
}

// assessment creates one and returns its path.
func (s *session) assessment() string {
	s.Helper()
	return "/assessment/" + s.call("POST", "/assessment/audio-interviews", voice(nil)).ok().text("data.assessmentId")
}

// question adds one to the assessment at path and returns its id.
func (s *session) question(path, text string) string {
	s.Helper()
	return s.call("POST", path+"/questions", object{"question": text}).ok().text("data.questionId")
}

// invited invites somebody to the assessment at path and returns the invite's id.
func (s *session) invited(path, email string) string {
	s.Helper()
	return s.call("POST", path+"/invite", object{"firstName": "John", "lastName": "Doe", "emailAddress": email}).ok().text("data.inviteId")
}

// finished has so many people take the assessment at path.
func (s *session) finished(path string, n int) (invites []string) {
	s.Helper()
	for i := range n {
		id := s.invited(path, fmt.Sprintf("person%d@example.com", i))
		s.Candidate(s.T, id, StepStart, StepAnswer, StepSubmit)
		invites = append(invites, id)
	}
	return invites
}

// unknown is an id that no server has.
const unknown = "00000000-0000-4000-8000-000000000000"

package handlers_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

func addQuestion(t *testing.T, c *apptest.Client, at, text string) {
	t.Helper()
	page := c.Post(at+"/questions", "question", text, "ideal_answer", "Names a mistake.", "instruction", "Ask once more.", "key_points", "mistake / error\nlearnt")
	if page.Status != http.StatusSeeOther {
		t.Fatalf("adding a question: %d %s", page.Status, page.Text(".error-summary"))
	}
}

func onlyQuestion(t *testing.T, app *apptest.App, at string) hiring.Question {
	t.Helper()
	list, err := app.Store.Questions(t.Context(), interviewID(t, at))
	if err != nil || len(list) != 1 {
		t.Fatalf("%d questions, %v", len(list), err)
	}
	return list[0]
}

func TestQuestionIsAddedEditedDeletedAndBroughtBack(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Interview")
	if page := c.Post(at+"/questions", "question", "Short?", "ideal_answer", hostile); page.Status != http.StatusUnprocessableEntity ||
		page.Value("question") != "Short?" || page.Value("ideal_answer") != hostile || !page.Has("Write at least 10 characters") {
		t.Errorf("a short question: %d %q", page.Status, page.Value("question"))
	}
	addQuestion(t, c, at, "What broke, and how did you find out?\nTake your time.")
	q := onlyQuestion(t, app, at)
	page := c.Get(at)
	if !page.Has("What broke, and how did you find out?") || !page.Has("Names a mistake.") || !page.Has("mistake / error") || page.Text(".tab .count") != "1" {
		t.Errorf("the page: %s", page.Text("main"))
	}

	edit := c.Get(fmt.Sprintf("%s?edit=%d", at, q.ID))
	if edit.Value("question") != q.Text || edit.Value("key_points") != "mistake / error\nlearnt" {
		t.Errorf("the form begins with %q and %q", edit.Value("question"), edit.Value("key_points"))
	}
	url := fmt.Sprintf("%s/questions/%d", at, q.ID)
	page = c.Post(url, "question", "What broke, and who noticed first?", "ideal_answer", "", "instruction", "Ask.", "key_points", "alert", "version", edit.Value("version"))
	if page.Status != http.StatusSeeOther {
		t.Fatalf("saving: %d %s", page.Status, page.Text(".error-summary"))
	}
	if q = onlyQuestion(t, app, at); q.Text != "What broke, and who noticed first?" || q.IdealAnswer != "" || len(q.KeyPoints) != 1 || q.Elsewhere {
		t.Errorf("saved: %+v", q)
	}

	page = c.Post(url + "/delete").Follow()
	undo := page.Doc.Find(".flash form").AttrOr("action", "")
	if !page.Has("No question yet") || undo != url+"/restore" {
		t.Fatalf("after deleting: undo at %q, %s", undo, page.Text("main"))
	}
	for range 2 { // the second click finds it back already
		if page = c.Post(undo); page.Status != http.StatusSeeOther {
			t.Fatalf("undo: %d", page.Status)
		}
	}
	if back := onlyQuestion(t, app, at); back.ID != q.ID || back.Ref == q.Ref || back.Instruction != "Ask." || len(back.KeyPoints) != 1 {
		t.Errorf("brought back: %+v", back)
	}
}

func TestTwoPeopleEditOneQuestion(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	ada, ben := app.As(hiring.RoleRecruiter), app.As(hiring.RoleRecruiter)
	at := makeInterview(t, ada, "Interview")
	addQuestion(t, ada, at, "What did you build last year?")
	q := onlyQuestion(t, app, at)
	url := fmt.Sprintf("%s/questions/%d", at, q.ID)
	version := ada.Get(fmt.Sprintf("%s?edit=%d", at, q.ID)).Value("version")
	if page := ben.Post(url, "question", "What did Ben build last year?", "version", version); page.Status != http.StatusSeeOther {
		t.Fatalf("the first saved: %d", page.Status)
	}
	page := ada.Post(url, "question", "What did Ada build last year?", "version", version)
	if page.Status != http.StatusUnprocessableEntity || page.Value("question") != "What did Ada build last year?" || !strings.Contains(page.Text(".theirs"), "What did Ben build last year?") {
		t.Fatalf("the second saw: %d %q beside %q", page.Status, page.Value("question"), page.Text(".theirs"))
	}
	if q := onlyQuestion(t, app, at); q.Text != "What did Ben build last year?" {
		t.Errorf("saved without asking: %q", q.Text)
	}
	if page = ada.Post(url, "question", page.Value("question"), "version", page.Value("version")); page.Status != http.StatusSeeOther {
		t.Fatalf("saved after comparing: %d", page.Status)
	}
	ben.Post(url + "/delete")
	page = ada.Post(url, "question", "What else did Ada build?", "version", q.Version())
	if page.Status != http.StatusUnprocessableEntity || page.Value("question") != "What else did Ada build?" || !page.Has("deleted meanwhile") {
		t.Errorf("editing what was deleted: %d %s", page.Status, page.Text(".error-summary"))
	}
}

func TestChangesElsewhereKeepOurNotes(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Interview")
	addQuestion(t, c, at, "What did you build last year?")
	q := onlyQuestion(t, app, at)
	a, err := app.Store.Assessment(t.Context(), interviewID(t, at))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Request(http.MethodPut, "/v1/partner/assessment/"+a.Ref+"/questions/"+q.Ref, strings.NewReader(`{"question":"What have you built lately?"}`))
	r.Header.Set("Authorization", "Bearer "+apptest.EngineKey)
	r.Header.Set("Content-Type", "application/json")
	if page := c.Do(r); page.Status != http.StatusOK {
		t.Fatalf("changing it at the engine: %d %s", page.Status, page.Body)
	}
	if err := app.Mirror.SyncAssessment(t.Context(), a.ID); err != nil {
		t.Fatal(err)
	}
	if got := onlyQuestion(t, app, at); got.ID != q.ID || got.Text != "What have you built lately?" || !got.Elsewhere || got.IdealAnswer != "Names a mistake." {
		t.Errorf("after a look: %+v", got)
	}
	if page := c.Get(at); !page.Has("Changed elsewhere") {
		t.Errorf("the page: %s", page.Text("main"))
	}
}

func TestQuestionsAreGenerated(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Interview")
	if page := c.Post(at+"/generate", "description", "too short", "count", "eleven", "difficulty", "easy", "skills", "Go, SQL"); page.Status != http.StatusUnprocessableEntity ||
		page.Value("description") != "too short" || page.Value("count") != "eleven" || page.Value("difficulty") != "easy" || page.Value("skills") != "Go, SQL" {
		t.Errorf("a refused request: %d %q %q", page.Status, page.Value("description"), page.Value("count"))
	}
	page := c.Post(at+"/generate", "description", strings.Repeat("We run payment services in Go. ", 3), "count", "3", "difficulty", "medium", "skills", "Go")
	if page.Status != http.StatusSeeOther {
		t.Fatalf("asking: %d %s", page.Status, page.Text(".error-summary"))
	}
	app.Until("three questions are in", generationEnds(t, app, at))
	page = c.Get(at)
	if n := page.Doc.Find("li.question").Length(); n != 3 || !page.Has("From the question bank") || page.Doc.Find(".question-ghost").Length() != 0 {
		t.Errorf("%d questions: %s", n, page.Text("main"))
	}

	page = c.Post("/interviews/generate", "role", "Nurse", "purpose", "Care for patients on a surgical ward and hand over shifts.", "kind", "voice")
	if page.Status != http.StatusSeeOther {
		t.Fatalf("asking for an interview: %d %s", page.Status, page.Text(".error-summary"))
	}
	app.Until("the interview has its questions", generationEnds(t, app, page.Location))
	if n := page.Follow().Doc.Find("li.question").Length(); n != 5 {
		t.Errorf("the new interview has %d questions", n)
	}
	if page := c.Post("/interviews/generate", "role", "Nurse", "kind", "video"); page.Status != http.StatusUnprocessableEntity || page.Value("role") != "Nurse" || page.Value("kind") != "video" {
		t.Errorf("without a purpose: %d %q", page.Status, page.Value("role"))
	}
}

func generationEnds(t *testing.T, app *apptest.App, at string) func() bool {
	id := interviewID(t, at)
	return func() bool {
		a, err := app.Store.Assessment(t.Context(), id)
		return err == nil && a.Generation.State != hiring.GenerationRunning && a.Generation.State != hiring.GenerationNone
	}
}

func TestGhostRowsWhileQuestionsAreWritten(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Interview")
	addQuestion(t, c, at, "What did you build last year?")
	addQuestion(t, c, at, "What would you build next year?")
	err := app.Store.StartGeneration(context.Background(), interviewID(t, at), hiring.Generation{Wanted: 4, Before: 1, StartedAt: app.Handlers.Now()})
	if err != nil {
		t.Fatal(err)
	}
	page := c.Get(at)
	if n := page.Doc.Find(".question-ghost").Length(); n != 3 || !page.Has("Writing question 2 of 4…") {
		t.Errorf("%d ghosts: %s", n, page.Text("main"))
	}
	page = c.Post(at+"/generate", "description", strings.Repeat("We run payment services in Go. ", 3), "count", "3", "difficulty", "medium")
	if page.Status != http.StatusUnprocessableEntity || !page.Has("being written already") || page.Value("count") != "3" {
		t.Errorf("asking again meanwhile: %d", page.Status)
	}
}

// badDays is a provider that works as the reference says, without extensions, until it is told to answer otherwise.
type badDays struct {
	now atomic.Pointer[answer]
	n   atomic.Int64
}

type answer struct {
	status int
	body   string
}

func (p *badDays) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	bad := p.now.Load()
	switch id := fmt.Sprintf("ref-%d", p.n.Add(1)); {
	case strings.HasSuffix(r.URL.Path, "/extensions"):
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"NOT_FOUND","type":"not_found","errorMessage":"unknown path"}}`)
	case bad != nil && bad.status == 0:
		panic(http.ErrAbortHandler)
	case bad != nil:
		w.WriteHeader(bad.status)
		fmt.Fprint(w, bad.body)
	case strings.HasSuffix(r.URL.Path, "/audio-interviews"):
		fmt.Fprintf(w, `{"status":"success","data":{"assessmentId":%q,"testName":"Interview","status":"ACTIVE"}}`, id)
	case strings.HasSuffix(r.URL.Path, "/questions"):
		fmt.Fprintf(w, `{"status":"success","data":{"questionId":%q,"message":"added"}}`, id)
	default:
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `{"error":{"code":"ACCESS_DENIED","type":"x","errorMessage":"no"}}`)
	}
}

func TestNothingTypedIsLostOnAProvidersBadDay(t *testing.T) {
	t.Parallel()
	provider := &badDays{}
	app := apptest.Start(t, apptest.Options{Provider: provider})
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Interview") // jobs can't be read: that stops nobody
	if page := c.Get("/interviews/new"); !page.Has("list of jobs can’t be read") {
		t.Errorf("the form without jobs: %s", page.Text("main"))
	}
	days := map[string]answer{
		"no credits":  {402, `{"error":{"code":"INSUFFICIENT_CREDITS","type":"x","errorMessage":"Insufficient credits to create assessment"}}`},
		"no access":   {403, `{"error":{"code":"ACCESS_DENIED","type":"x","errorMessage":"no"}}`},
		"gone":        {404, `{"error":{"code":"NOT_FOUND","type":"x","errorMessage":"no"}}`},
		"their rule":  {400, `{"error":{"code":"INVALID_REQUEST","type":"validation_error","errorMessage":"no","details":{"title":"is taken","question":"is odd"}}}`},
		"broken":      {500, `{"error":{"code":"X","type":"x","errorMessage":"secret stack"}}`},
		"a web page":  {502, `<html><body>Bad gateway</body></html>`},
		"garbage":     {200, `{"status":"succ`},
		"breaks away": {},
	}
	for name, day := range days {
		provider.now.Store(&day)
		page := c.Post("/interviews", draftForm(hostile)...)
		if page.Status != http.StatusUnprocessableEntity || page.Value("title") != hostile || page.Text(".error-summary li") == "" || strings.Contains(page.Body, "secret stack") {
			t.Errorf("%s: making an interview: %d %q %s", name, page.Status, page.Value("title"), page.Text(".error-summary"))
		}
		page = c.Post(at+"/questions", "question", "Why is "+hostile+"?", "ideal_answer", "Kept.")
		if page.Status != http.StatusUnprocessableEntity || page.Value("ideal_answer") != "Kept." || page.Text(".error-summary li") == "" {
			t.Errorf("%s: adding a question: %d %s", name, page.Status, page.Text(".error-summary"))
		}
		page = c.Post(at+"/settings", "title", hostile, "purpose", "Kept.", "duration", "20", "language", "english")
		if page.Status != http.StatusUnprocessableEntity || page.Value("purpose") != "Kept." || page.Text(".error-summary li") == "" {
			t.Errorf("%s: changing settings: %d %s", name, page.Status, page.Text(".error-summary"))
		}
		page = c.Post("/interviews/generate", "role", "Nurse", "purpose", "Kept.", "kind", "voice")
		if page.Status != http.StatusUnprocessableEntity || page.Value("purpose") != "Kept." || page.Text(".error-summary li") == "" {
			t.Errorf("%s: generating: %d %s", name, page.Status, page.Text(".error-summary"))
		}
	}
	provider.now.Store(nil)
	page := c.Get(at + "?add=1")
	if page.Status != http.StatusOK || page.Doc.Find("[name=question]").Length() != 1 || page.Doc.Find("[name=key_points]").Length() != 0 {
		t.Errorf("the page afterwards, at a provider without key points: %d", page.Status)
	}
}

func TestFailedGenerationKeepsWhatWasAsked(t *testing.T) {
	t.Parallel()
	provider := &badDays{}
	app := apptest.Start(t, apptest.Options{Provider: provider})
	c := app.As(hiring.RoleRecruiter)
	at := makeInterview(t, c, "Interview")
	provider.now.Store(&answer{402, `{"error":{"code":"INSUFFICIENT_CREDITS","type":"x","errorMessage":"no"}}`})
	description := strings.Repeat("We care for people at night. ", 3)
	if page := c.Post(at+"/generate", "description", description, "count", "7", "difficulty", "hard", "skills", "Care"); page.Status != http.StatusSeeOther {
		t.Fatalf("asking: %d", page.Status)
	}
	app.Until("the run failed", generationEnds(t, app, at))
	page := c.Get(at)
	if !page.Has("The questions were not written") || !page.Has("no credits left") {
		t.Errorf("the page: %s", page.Text("main"))
	}
	page = c.Get(at + "?generate=1")
	if page.Value("description") != strings.TrimSpace(description) || page.Value("count") != "7" || page.Value("difficulty") != "hard" || page.Value("skills") != "Care" {
		t.Errorf("the form: %q %q %q %q", page.Value("description"), page.Value("count"), page.Value("difficulty"), page.Value("skills"))
	}
}

func TestGeneratingBeginsWithWhatIsLongEnough(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a, err := app.Mirror.CreateAssessment(t.Context(), hiring.AssessmentDraft{Title: "Night", Role: "Registered nurse, surgical ward", Purpose: "Wound care at night, handover.", Status: hiring.AssessmentActive, Duration: 20, Language: "english"})
	if err != nil {
		t.Fatal(err)
	}
	page := app.As(hiring.RoleRecruiter).Get(fmt.Sprintf("/interviews/%d?generate=1", a.ID))
	if got := page.Value("description"); got != a.Role+". "+a.Purpose {
		t.Errorf("the form begins with %q, which it would refuse", got)
	}
}

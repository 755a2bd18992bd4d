package engine

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"greenroom/internal/partnerapi"
)

// visitor is a browser without scripts on the pages of one engine.
type visitor struct {
	t      *testing.T
	e      *Engine
	site   http.Handler
	path   string // of the page last shown
	status int
	page   *goquery.Document
	cookie []*http.Cookie
}

func visit(t *testing.T, e *Engine) *visitor {
	t.Helper()
	return &visitor{t: t, e: e, site: e.Handler()}
}

// get opens a page and follows redirects.
func (v *visitor) get(path string) *visitor {
	v.t.Helper()
	return v.send("GET", path, nil)
}

// post sends a form and follows redirects.
func (v *visitor) post(path string, fields url.Values) *visitor {
	v.t.Helper()
	return v.send("POST", path, fields)
}

// submit fills the page's form and presses the button of that value.
func (v *visitor) submit(button string, fields url.Values) *visitor {
	v.t.Helper()
	form := v.page.Find("form").First()
	all := url.Values{}
	form.Find("input[type=hidden]").Each(func(_ int, s *goquery.Selection) { all.Set(s.AttrOr("name", ""), s.AttrOr("value", "")) })
	for name, values := range fields {
		if form.Find("[name="+name+"]").Length() == 0 {
			v.t.Fatalf("%s has no field %s", v.path, name)
		}
		all[name] = values
	}
	if button != "" {
		if form.Find("button[value="+button+"]").Length() == 0 {
			v.t.Fatalf("%s has no button %s", v.path, button)
		}
		all.Set("go", button)
	}
	return v.post(form.AttrOr("action", ""), all)
}

func (v *visitor) send(method, path string, fields url.Values) *visitor {
	v.t.Helper()
	for range 5 {
		w := v.request(method, path, fields)
		v.path, v.status = path, w.Code
		if w.Code != http.StatusSeeOther {
			var err error
			if v.page, err = goquery.NewDocumentFromReader(w.Body); err != nil {
				v.t.Fatal(err)
			}
			return v
		}
		v.cookie = append(v.cookie, w.Result().Cookies()...)
		method, path, fields = "GET", w.Header().Get("Location"), nil
	}
	v.t.Fatalf("%s redirects without end", path)
	return v
}

func (v *visitor) request(method, path string, fields url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(v.t.Context(), method, path, strings.NewReader(fields.Encode()))
	if fields != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, c := range v.cookie {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, r)
	return w
}

// script does what room.js does.
func (v *visitor) script(path string, fields url.Values) (int, saveAnswer) {
	v.t.Helper()
	w := v.request("POST", path, fields)
	var a saveAnswer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		v.t.Fatalf("%s: %v in %s", path, err, w.Body)
	}
	return w.Code, a
}

func (v *visitor) text(selector string) string {
	return strings.Join(strings.Fields(v.page.Find(selector).Text()), " ")
}

// is checks the status and the heading.
func (v *visitor) is(status int, heading string) *visitor {
	v.t.Helper()
	if h := v.text("h1"); v.status != status || h != heading {
		v.t.Fatalf("%s: %d %q, want %d %q; %s", v.path, v.status, h, status, heading, v.text(".error-summary"))
	}
	return v
}

func (v *visitor) has(selector, part string) *visitor {
	v.t.Helper()
	if got := v.text(selector); !strings.Contains(got, part) {
		v.t.Fatalf("%s: %s is %q, without %q", v.path, selector, got, part)
	}
	return v
}

func questions(texts ...string) (list []partnerapi.QuestionRequest) {
	for _, text := range texts {
		list = append(list, partnerapi.QuestionRequest{Question: text})
	}
	return list
}

var agreed = url.Values{"consent": {"yes"}}

func answering(text string) url.Values { return url.Values{"answer": {text}} }

// begun is an interview of two questions in which somebody stands at the first.
func begun(t *testing.T, change ...func(*Options)) (*visitor, *Engine, *clock, string) {
	t.Helper()
	e, c := start(t, change...)
	a := newAssessment(t, e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	v := visit(t, e)
	v.get("/room/i/"+sendInvite(t, e, a, "ada@example.com")).submit("begin", agreed).is(200, "How do you debug a failing service?")
	return v, e, c, strings.TrimSuffix(v.path, "/q/1")
}

// set changes what the contract can't.
func set(t *testing.T, e *Engine, sql string) {
	t.Helper()
	if _, err := e.pool.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

// events are what was noted of submissions so far, in their order.
func events(t *testing.T, e *Engine) []string {
	t.Helper()
	rows, err := e.pool.Query(t.Context(), `SELECT event FROM engine.events ORDER BY id`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var list []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	return list
}

func TestRoomWholeWay(t *testing.T) {
	t.Parallel()
	v, e, c, place := begun(t, func(o *Options) { o.Company = func(context.Context) string { return "Acme" } })
	v.has("title", "Question 1 of 2").has(".room-bar", "Question 1 of 2").has("[data-clock]", "20:00")
	c.add(100 * time.Second)
	v.submit("next", answering("First I look\r\nat the logs.")).is(200, "How do you test a migration?").has("[data-clock]", "18:20")
	v.submit("back", answering("On a copy.")).is(200, "How do you debug a failing service?").has("textarea", "First I look at the logs.")
	c.add(90 * time.Second)
	v.get(v.path).has("textarea", "at the logs.").has("[data-save-state]", "Saved · 2 min ago") // a reload
	v.submit("later", answering("First I look at the logs, then at the graphs.")).is(200, "Your answers are saved").has("[data-clock]", "16:50")
	v.get(place) // all answered: the link leads to the review
	v.is(200, "Look over your answers").has(".room-review", "then at the graphs.").has(".room-review", "On a copy.")
	v.get(place+"/q/2?from=review").submit("review", answering(" ")).is(200, "Look over your answers").has("main", "1 question has no answer yet").has(".badge", "No answer yet")
	v.submit("", nil).is(200, "Thank you, ada").has("main", "1 answer to 2 questions").has("main", "Reviewers of Acme").has("details", "then at the graphs.")
	if v.path != place {
		t.Errorf("the end is at %s", v.path)
	}
	for range 2 {
		v.post(place+"/submit", nil).is(200, "Thank you, ada")
	}
	v.get(place+"/q/1").is(200, "Thank you, ada")
	v.post(place, agreed).is(200, "Thank you, ada")
	if got := strings.Join(events(t, e), " "); got != "started completed" {
		t.Errorf("events %s", got)
	}
	var consent, answer string
	err := e.pool.QueryRow(t.Context(), `SELECT s.consent, a.answer FROM engine.submissions s JOIN engine.answers a ON a.submission_id = s.id AND a.position = 1`).Scan(&consent, &answer)
	if err != nil || !strings.HasPrefix(consent, "I agree that Acme keeps") || answer != "First I look at the logs, then at the graphs." {
		t.Errorf("%v, consent %q, answer %q", err, consent, answer)
	}
}

func TestRoomWelcome(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	a := newAssessment(t, e, questions("How do you debug a failing service?")...)
	v := visit(t, e)
	place := "/room/i/" + sendInvite(t, e, a, "ada@example.com")
	v.get(place).is(200, "Backend interview").has(".room-facts", "1 question").has(".room-facts", "20 minutes in all").
		has(".room-facts", "Answer in English").has("main", "No program judges you").has("main", "ada Doe")
	v.submit("begin", nil).is(422, "Backend interview").has("title", "Error: ").has(".error-summary", "Tick the box to begin").has(".problem", "Tick the box")
	v.submit("later", nil).is(200, "Come back when it suits you")
	if link := v.page.Find("#link").AttrOr("value", ""); link != "http://localhost:8080"+place {
		t.Errorf("link %s", link)
	}
	v.get(place+"/later").is(200, "Come back when it suits you")
	v.get(place).is(200, "Backend interview").has("main", "Welcome back, ada. Nothing has begun yet.")
	v.get(place+"/q/1").is(200, "Backend interview") // not begun
	v.submit("begin", agreed).is(200, "How do you debug a failing service?")
	if got := strings.Join(events(t, e), " "); got != "complete_later started" {
		t.Errorf("events %s", got)
	}

	do(t, e, "PUT", "/extensions/scoring", `{"mode":"checklist"}`)
	v.get("/room/i/"+sendInvite(t, e, a, "bo@example.com")).has("main", "A checklist, without judgement").has("label", "a checklist scores them")
}

func TestRoomPublicLink(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	a := newAssessment(t, e, questions("How do you debug a failing service?")...)
	v := visit(t, e)
	link := "/room/a/" + string(a.AssessmentID)
	v.get(link).is(200, "Backend interview").submit("begin", url.Values{"firstName": {"  "}, "emailAddress": {"ada"}}).
		is(422, "Backend interview").has(".error-summary", "Enter your first name.").has(".error-summary", "Your email address must be an email address such as name@example.com.").has(".error-summary", "Tick the box")
	ada := url.Values{"firstName": {"Ada"}, "lastName": {"Okafor"}, "emailAddress": {"ada@example.com"}, "consent": {"yes"}}
	v.submit("begin", ada).is(200, "How do you debug a failing service?")
	v.get(link).submit("begin", ada).is(422, "Backend interview").has(".error-summary", "has its own link")
	if got := v.page.Find("#emailAddress").AttrOr("value", ""); got != "ada@example.com" {
		t.Errorf("what was typed became %q", got)
	}
	v.get(link).submit("later", url.Values{"firstName": {"Bo"}, "lastName": {"Li"}, "emailAddress": {"bo@example.com"}}).
		is(200, "Come back when it suits you").has("main", "Keep it: it is yours alone")
}

func TestRoomVerifiesAddresses(t *testing.T) {
	t.Parallel()
	sent := make(chan MailMessage, 10)
	e, _ := start(t, func(o *Options) {
		o.Mail = func(_ context.Context, m MailMessage) error { sent <- m; return nil }
		o.MailWaits = true
	})
	a := newAssessment(t, e, questions("How do you debug a failing service?")...)
	set(t, e, `UPDATE engine.assessments SET verify_email = true`)
	v := visit(t, e)
	link := "/room/a/" + string(a.AssessmentID)
	ada := url.Values{"firstName": {"Ada"}, "lastName": {"Okafor"}, "emailAddress": {"ada@example.com"}}
	v.get(link).submit("link", ada).is(200, "Your link is ready").has("main", "ada@example.com").has("main", "sends no mail by itself")
	if _, err := e.taskNext(t.Context()); err != nil {
		t.Fatal(err)
	}
	m := <-sent
	if !m.Verification || m.To != "ada@example.com" {
		t.Errorf("mail %+v", m)
	}
	v.get(strings.TrimPrefix(m.Link, "http://localhost:8080")).is(200, "Backend interview").submit("begin", agreed).is(200, "How do you debug a failing service?")
	for range roomRegisters - 1 {
		v.get(link).submit("link", ada).is(200, "Your link is ready")
	}
	v.get(link).submit("link", ada).is(429, "A moment, then go on")
}

func TestRoomSavesInOrder(t *testing.T) {
	t.Parallel()
	v, _, c, place := begun(t)
	page := v.page.Find("[name=page]").AttrOr("value", "")
	save := func(page, revision, text string, more ...string) (int, saveAnswer) {
		fields := url.Values{"page": {page}, "revision": {revision}, "answer": {text}}
		for _, m := range more {
			fields.Set(m, "yes")
		}
		return v.script(place+"/q/1/save", fields)
	}
	kept := func() string { return visit(t, v.e).get(place + "/q/1").text("textarea") }

	if status, a := save(page, "3", "the newer"); status != 200 || a.State != "saved" || a.Remaining != 20*60*1000 {
		t.Errorf("%d %+v", status, a)
	}
	if _, a := save(page, "2", "the older"); a.State != "saved" {
		t.Errorf("an overtaken save: %+v", a)
	}
	if got := kept(); got != "the newer" { // which opens the question anew
		t.Errorf("kept %q", got)
	}
	if status, a := save(page, "4", "from the old tab"); status != 409 || a.State != "elsewhere" {
		t.Errorf("%d %+v", status, a)
	}
	if status, _ := save(page, "5", "the newer"); status != 200 {
		t.Errorf("an old page that changes nothing: %d", status)
	}
	v.submit("next", answering("from the old tab")).is(409, "How do you debug a failing service?").has("textarea", "from the old tab").has(".flash[role=alert]", "the newer")
	v.submit("next", answering("from the old tab, on purpose")).is(200, "How do you test a migration?")
	if got := kept(); got != "from the old tab, on purpose" {
		t.Errorf("kept %q", got)
	}
	status, a := save(page, "6", "taken over", "take")
	if status != 200 || fmt.Sprint(a.Page) == page {
		t.Errorf("%d %+v", status, a)
	}
	if status, _ := save(fmt.Sprint(a.Page), "7", "taken over, and more"); status != 200 || kept() != "taken over, and more" {
		t.Errorf("after taking over: %d", status)
	}

	long := strings.Repeat("é", AnswerMax)
	page = v.get(place+"/q/1").page.Find("[name=page]").AttrOr("value", "")
	if status, a := save(page, "1", long+"é"); status != 422 || a.State != "long" {
		t.Errorf("%d %+v", status, a)
	}
	v.submit("next", answering(long+"é")).is(422, "How do you debug a failing service?").has(".problem", "Your answer has 20,001 of 20,000 characters").has("textarea", long)
	v.submit("next", answering(strings.Repeat("😀", AnswerMax))).is(200, "How do you test a migration?")
	v.post(place+"/q/1", answering(strings.Repeat("x", roomAnswerBody))).is(413, "That was too much text")
	if status, a := v.script(place+"/q/9/save", url.Values{"answer": {"x"}}); status != 404 || a.State != "gone" {
		t.Errorf("%d %+v", status, a)
	}
	c.add(20*time.Minute + grace)
	if status, a := save(page, "99", "too late"); status != 410 || a.Href != place {
		t.Errorf("%d %+v", status, a)
	}
}

func TestRoomTimeRunsOut(t *testing.T) {
	t.Parallel()
	v, e, c, place := begun(t)
	v.submit("next", answering("As far as I came."))
	if status, a := v.script(place+"/time", nil); status != 200 || a.State != "running" || a.Remaining != 20*60*1000 {
		t.Errorf("%d %+v", status, a)
	}
	c.add(20 * time.Minute)
	if status, a := v.script(place+"/time", nil); status != 410 || a.Href != place {
		t.Errorf("%d %+v", status, a)
	}
	v.get(place).is(200, "Your time ran out").has("main", "What you had answered was handed in").has("details", "As far as I came.").has("time", "09:20 UTC")

	a := newAssessment(t, e, questions("How do you debug a failing service?")...)
	v.get("/room/i/"+sendInvite(t, e, a, "bo@example.com")).submit("begin", agreed)
	c.add(20*time.Minute + grace)
	if n, err := e.Sweep(t.Context()); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	v.submit("next", answering("too late")).is(200, "Your time ran out")
	if got := strings.Join(events(t, e), " "); got != "started timed_out started timed_out" {
		t.Errorf("events %s", got)
	}
}

func TestRoomKindPages(t *testing.T) {
	t.Parallel()
	var logged bytes.Buffer
	e, _ := start(t, func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	a := newAssessment(t, e, questions("How do you debug a failing service?")...)
	empty := newAssessment(t, e)
	ada, bo := sendInvite(t, e, a, "ada@example.com"), sendInvite(t, e, empty, "bo@example.com")
	reviewer := string(data[partnerapi.Invited](t, e, "POST", pathOf(a, "/invite"), partnerapi.InviteRequest{
		FirstName: "Rae", LastName: "Doe", EmailAddress: "rae@example.com", InviteeType: partnerapi.InviteeReviewer,
	}).InviteID)
	v := visit(t, e)
	for _, path := range []string{"/room/i/no-such-invite", "/room/a/no-such-interview", "/room/", "/room/x", "/room/i/%00", "/room/i/" + ada + "/q/x", "/room/a/%ff"} {
		v.get(path).is(404, "There is no interview at this address")
	}
	v.get("/room/i/"+reviewer).is(403, "You are invited to review, not to answer")
	v.get("/room/i/"+bo).is(409, "This interview is not ready yet")
	v.post("/room/i/"+bo, agreed).is(409, "This interview is not ready yet")
	v.get("/room/a/"+string(empty.AssessmentID)).is(409, "This interview is not ready yet")

	v.get("/room/i/" + ada)
	set(t, e, `UPDATE engine.assessments SET status = 'INACTIVE'`)
	v.submit("begin", agreed).is(409, "This interview is closed at the moment")
	v.get("/room/i/"+ada).is(409, "This interview is closed at the moment")
	v.get("/room/a/"+string(a.AssessmentID)).is(409, "This interview is closed at the moment")
	set(t, e, `UPDATE engine.assessments SET status = 'ACTIVE'`)

	// A start that fails on our side is told to the company, and can be tried again.
	set(t, e, `ALTER TABLE engine.answers RENAME TO answers_away`)
	v.post("/room/i/"+ada, agreed)
	if v.status != http.StatusServiceUnavailable {
		t.Errorf("%d %s", v.status, v.text("h1"))
	}
	set(t, e, `ALTER TABLE engine.answers_away RENAME TO answers; ALTER TABLE engine.questions RENAME COLUMN ideal_answer TO ideal_away`)
	v.post("/room/i/"+ada, agreed).is(503, "The interview could not begin")
	set(t, e, `ALTER TABLE engine.questions RENAME COLUMN ideal_away TO ideal_answer`)
	if got := strings.Join(events(t, e), " "); got != "error" {
		t.Errorf("events %s", got)
	}
	v.get("/room/i/"+ada).submit("begin", agreed).is(200, "How do you debug a failing service?")
	v.get("/room/i/"+ada+"/q/7").is(404, "There is no interview at this address")
	if text := logged.String(); !strings.Contains(text, "room: request failed") || strings.Contains(text, ada) || strings.Contains(text, "ada@") {
		t.Errorf("log: %s", text)
	}
}

func TestRoomIsGuarded(t *testing.T) {
	t.Parallel()
	const hostile = `<script>alert(1)</script>"><img src=x onerror=alert(2)>`
	e, _ := start(t, func(o *Options) { o.Company = func(context.Context) string { return hostile } })
	a := newAssessment(t, e, questions(hostile)...)
	data[partnerapi.Assessment](t, e, "PUT", pathOf(a, ""), map[string]string{"title": hostile})
	id := string(data[partnerapi.Invited](t, e, "POST", pathOf(a, "/invite"), partnerapi.InviteRequest{FirstName: hostile, LastName: hostile, EmailAddress: "ada@example.com"}).InviteID)
	v := visit(t, e)
	check := func() {
		t.Helper()
		w := v.request("GET", v.path, nil)
		for name, want := range map[string]string{"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow", "X-Content-Type-Options": "nosniff"} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", v.path, name, got)
			}
		}
		if csp := w.Header().Get("Content-Security-Policy"); strings.Contains(csp, "unsafe") || !strings.HasPrefix(csp, "default-src 'none'") {
			t.Errorf("%s: policy %s", v.path, csp)
		}
		body, _ := io.ReadAll(w.Body)
		for _, bad := range []string{"<script>", "<img src=x", "onerror=alert(2)>\"", " style=", "<style"} {
			if bytes.Contains(body, []byte(bad)) {
				t.Errorf("%s has %s", v.path, bad)
			}
		}
		if v.page.Find("script").Length() != 1 || v.page.Find("[name=robots]").Length() != 1 {
			t.Errorf("%s: scripts %d", v.path, v.page.Find("script").Length())
		}
	}
	v.get("/room/i/"+id).is(200, hostile)
	check()
	v.submit("begin", agreed).is(200, hostile)
	check()
	v.get(v.path).submit("next", answering("</textarea>"+hostile)).is(200, "Look over your answers")
	check()
	v.submit("", nil).is(200, "Thank you, "+hostile)
	check()

	crossing := httptest.NewRequestWithContext(t.Context(), "POST", "/room/i/"+id+"/submit", nil)
	crossing.Header.Set("Sec-Fetch-Site", "cross-site")
	w := httptest.NewRecorder()
	v.site.ServeHTTP(w, crossing)
	if w.Code != http.StatusForbidden || !strings.Contains(w.Body.String(), "That did not come from this page") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	v.post("/room/i/"+id+"/submit", url.Values{"x": {strings.Repeat("x", roomBody)}}).is(413, "That was too much text")
}

func TestRoomLimits(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	v := visit(t, e)
	for range roomByInvite {
		if w := v.request("POST", "/room/i/somebody/time", nil); w.Code != 404 {
			t.Fatal(w.Code)
		}
	}
	if status, a := v.script("/room/i/somebody/time", nil); status != 429 || a.State != "busy" {
		t.Errorf("%d %+v", status, a)
	}
	v.get("/room/i/somebody").is(429, "A moment, then go on")
	v.get("/room/i/else").is(404, "There is no interview at this address")
	for range roomByAddress - roomByInvite - 3 {
		v.request("GET", "/room/x", nil)
	}
	v.get("/room/x").is(429, "A moment, then go on")
}

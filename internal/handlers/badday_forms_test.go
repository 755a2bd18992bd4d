package handlers_test

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
	"greenroom/internal/views/ui"
)

// formActions are what the provider is asked for while the person waits.
func formActions() []action {
	return []action{
		createInterview(), generateInterview(), changeInterview(), addQuestionAction(), editQuestion(), editQuestionLooking(),
		deleteQuestion(), restoreQuestion(), chooseScoring(), readJobs(), lookAfter("retry", "POST"), lookAfter("drop", "DELETE"), readWork(), eraseSomebody(),
	}
}

const summary = ".error-summary li"

func interviews(n int) string { return ui.Count(n, "interview", "interviews") }

func questions(n int) string { return ui.Count(n, "question", "questions") }

// heldInterviews counts the interviews whose column is the cell's own name.
func heldInterviews(column string) func(c *cell) held {
	return func(c *cell) held {
		sql := "SELECT count(*) FROM %sassessments WHERE %s = $1"
		return held{interviews(c.count(fmt.Sprintf(sql, "", column), c.name)), interviews(c.count(fmt.Sprintf(sql, "engine.", column), c.name))}
	}
}

// heldQuestions counts the questions of the cell's interview.
func heldQuestions(c *cell) held {
	return held{
		questions(c.count(`SELECT count(*) FROM questions WHERE assessment_id = $1 AND deleted_at IS NULL`, c.interview)),
		questions(c.count(`SELECT count(*) FROM engine.questions q JOIN assessments a ON a.ref = q.assessment_id WHERE a.id = $1`, c.interview)),
	}
}

// posts sends a form to where the cell says.
func posts(to func(c *cell) string) func(*cell, url.Values) *apptest.Page {
	return func(c *cell, form url.Values) *apptest.Page { return c.post(to(c), form) }
}

// presses is posts for a button whose page shows what became of it.
func presses(to func(c *cell) string) func(*cell, url.Values) *apptest.Page {
	return func(c *cell, _ url.Values) *apptest.Page { return c.post(to(c), nil).Follow() }
}

func (c *cell) makeInterview() {
	c.Helper()
	c.at = makeInterview(c.T, c.client, c.name)
	c.interview = interviewID(c.T, c.at)
}

func (c *cell) makeQuestion() {
	c.Helper()
	c.makeInterview()
	addQuestion(c.T, c.client, c.at, "What did you build last year?")
	c.question = onlyQuestion(c.T, c.app, c.at)
}

func (c *cell) questionAt(verb string) string {
	return fmt.Sprintf("%s/questions/%d%s", c.at, c.question.ID, verb)
}

func createInterview() action {
	return action{
		name: "create interview", call: "POST /assessment/audio-interviews", role: hiring.RoleRecruiter, status: 422, said: summary,
		typed: func(c *cell) url.Values {
			return url.Values{
				"title": {c.name}, "role": {hostile}, "purpose": {"Learn how people run services,\nand what they do when one fails."},
				"duration": {"25"}, "language": {"german"}, "skills": {"Go, PostgreSQL"}, "status": {"inactive"}, "email_verification": {"true"}, "cefr": {"true"},
				"bucket_name": {"Strong", "Weak"}, "bucket_description": {"Exceeds", ""}, "bucket_outcome": {"pass", "fail"},
			}
		},
		press:   posts(func(*cell) string { return "/interviews" }),
		holds:   heldInterviews("title"),
		after:   either(held{"0 interviews", "0 interviews"}, held{"0 interviews", "1 interview"}),
		settled: held{"1 interview", "1 interview"},
		looks:   true,
	}
}

func generateInterview() action {
	return action{
		name: "generate interview", call: "POST /assessment/auto-generate", role: hiring.RoleRecruiter, status: 422, said: summary,
		typed: func(c *cell) url.Values {
			return url.Values{"job": {""}, "role": {hostile}, "purpose": {c.name}, "kind": {"video"}}
		},
		press: posts(func(*cell) string { return "/interviews/generate" }),
		holds: heldInterviews("purpose"), later: true,
		after:   either(held{"0 interviews", "0 interviews"}, held{"0 interviews", "1 interview"}),
		settled: held{"1 interview", "1 interview"},
		looks:   true,
	}
}

func changeInterview() action {
	return action{
		name: "change interview", call: "PUT /assessment/*", role: hiring.RoleRecruiter, status: 422, said: summary,
		ready: (*cell).makeInterview,
		typed: func(c *cell) url.Values {
			return url.Values{"title": {"New " + c.name}, "purpose": {"Another purpose,\nin two lines."}, "duration": {"150"}, "language": {"english"}, "skills": {"Care, Nights"}}
		},
		press: posts(func(c *cell) string { return c.at + "/settings" }),
		holds: func(c *cell) held {
			const kind = `SELECT CASE WHEN a.title = $2 THEN 'old' WHEN a.title = 'New ' || $2 THEN 'new' ELSE a.title END FROM `
			return held{
				c.text(kind+`assessments a WHERE a.id = $1`, c.interview, c.name),
				c.text(kind+`engine.assessments a JOIN assessments d ON d.ref = a.id WHERE d.id = $1`, c.interview, c.name),
			}
		},
		after:   either(held{"old", "old"}, held{"old", "new"}),
		settled: held{"new", "new"}, looks: true,
	}
}

func typedQuestion(c *cell) url.Values {
	return url.Values{"question": {"What did you learn by it?\nTake your time."}, "ideal_answer": {hostile}, "instruction": {"Look for\na mistake."}, "key_points": {"mistake / error\nlearnt"}}
}

func addQuestionAction() action {
	return action{
		name: "add question", call: "POST /assessment/*/questions", role: hiring.RoleRecruiter, status: 422, said: summary,
		ready: (*cell).makeInterview,
		typed: typedQuestion,
		press: posts(func(c *cell) string { return c.at + "/questions" }),
		holds: heldQuestions,
		after: either(held{"0 questions", "0 questions"}, held{"0 questions", "1 question"}), settled: held{"1 question", "1 question"},
		looks: true,
	}
}

func editQuestion() action {
	return action{
		name: "edit question", call: "PUT /assessment/*/questions/*", role: hiring.RoleRecruiter, status: 422, said: summary,
		ready: (*cell).makeQuestion,
		typed: func(c *cell) url.Values {
			form := typedQuestion(c)
			form.Set("version", c.question.Version())
			return form
		},
		press: posts(func(c *cell) string { return c.questionAt("") }),
		holds: func(c *cell) held {
			const kind = `SELECT CASE WHEN q.question LIKE '%build last year%' THEN 'old' ELSE 'new' END FROM `
			return held{
				c.text(`SELECT CASE WHEN q.text LIKE '%build last year%' THEN 'old' ELSE 'new' END FROM questions q WHERE q.id = $1`, c.question.ID),
				c.text(kind+`engine.questions q WHERE q.id = $1`, c.question.Ref),
			}
		},
		after:   either(held{"old", "old"}, held{"old", "new"}),
		settled: held{"new", "new"}, looks: true,
	}
}

// editQuestionLooking has the look fail that a change begins with, whether somebody else was faster.
func editQuestionLooking() action {
	a := editQuestion()
	a.name, a.call, a.read = "edit question: looking first", "GET /assessment/*", true
	a.after, a.looks, a.shared = either(held{"old", "old"}, held{"old", "old"}), false, true
	return a
}

func deleteQuestion() action {
	return action{
		name: "delete question", call: "DELETE /assessment/*/questions/*", role: hiring.RoleRecruiter, status: 303, said: "#flashes",
		ready: func(c *cell) {
			c.makeQuestion()
			for held := false; !held; { // a comparison would bring back what a 404 only said is gone
				release, ok, err := c.app.Store.HoldSync(context.Background(), c.app.Mirror.Connection())
				must(c.T, err)
				if held = ok; held {
					c.Cleanup(release)
				}
			}
		},
		press:   presses(func(c *cell) string { return c.questionAt("/delete") }),
		holds:   heldQuestions,
		after:   either(held{"1 question", "1 question"}, held{"1 question", "0 questions"}),
		settled: held{"0 questions", "0 questions"}, looks: true,
		calm: map[string]outcome{ // what is not there need not be deleted; it comes back with the next look if that was a lie
			"404": {held: held{"0 questions", "1 question"}, settled: held{"0 questions", "1 question"}, done: true, says: "is deleted."},
		},
	}
}

func restoreQuestion() action {
	return action{
		name: "restore question", call: "POST /assessment/*/questions", role: hiring.RoleRecruiter, status: 303, said: "#flashes",
		ready: func(c *cell) {
			c.makeQuestion()
			c.post(c.questionAt("/delete"), nil).Follow()
		},
		press:   presses(func(c *cell) string { return c.questionAt("/restore") }),
		holds:   heldQuestions,
		after:   either(held{"0 questions", "0 questions"}, held{"0 questions", "1 question"}),
		settled: held{"1 question", "1 question"},
		looks:   true,
	}
}

func chooseScoring() action {
	return action{
		name: "choose scoring", call: "PUT " + partnerapi.PathScoring, role: hiring.RoleAdmin, status: 422, said: summary,
		ready: func(c *cell) { must(c.T, c.app.Mirror.SetScoring(c.Context(), hiring.BasisPeople)) },
		typed: func(*cell) url.Values { return url.Values{"scoring": {"checklist"}} },
		press: posts(func(*cell) string { return "/admin/settings/scoring" }),
		holds: func(c *cell) held {
			return held{"nothing", "by " + c.text(`SELECT scoring_mode FROM engine.companies`)}
		},
		after:   either(held{"nothing", "by people"}, held{"nothing", "by checklist"}),
		settled: held{"nothing", "by checklist"},
	}
}

// lookAfter does something about work that the engine gave up.
func lookAfter(verb, method string) action {
	return action{
		name: verb + " the engine's work", call: method + " /extensions/work/*", role: hiring.RoleAdmin, status: 303, said: "#flashes",
		ready: func(c *cell) {
			c.text(`INSERT INTO engine.tasks (kind, ref, state, attempts, run_at, last_error) VALUES ('cut', $1, 'failed', 8, now(), 'no end')
				RETURNING 'made'`, c.day.name)
		},
		press: func(c *cell, _ url.Values) *apptest.Page {
			id := c.text(`SELECT coalesce((SELECT 'task-' || id FROM engine.tasks WHERE ref = $1), 'task-0')`, c.day.name)
			return c.post("/admin/system/provider/"+id+"/"+verb, nil).Follow()
		},
		holds: func(c *cell) held {
			return held{"nothing", c.text(`SELECT coalesce((SELECT 'given up' FROM engine.tasks WHERE ref = $1 AND state = 'failed'), 'looked after')`, c.day.name)}
		},
		after:   either(held{"nothing", "given up"}, held{"nothing", "looked after"}),
		says:    func(d day) (string, bool) { return "This work is no longer failed", d.name == "404" },
		settled: held{"nothing", "looked after"},
	}
}

// readWork opens the page that tells what the provider does by itself.
func readWork() action {
	return action{
		name: "open System", call: "GET " + partnerapi.PathWork, read: true, role: hiring.RoleAdmin, status: 200, said: "#provider p",
		press: func(c *cell, _ url.Values) *apptest.Page {
			page := c.client.Get("/admin/system")
			c.status = page.Status
			return page
		},
		holds:   func(*cell) held { return held{"nothing", "nothing"} },
		after:   either(held{"nothing", "nothing"}, held{"nothing", "nothing"}),
		settled: held{"nothing", "nothing"},
	}
}

// eraseSomebody deletes a candidate for good: here nothing goes before the provider has said that it is gone there.
func eraseSomebody() action {
	n := 0
	return action{
		name: "delete a candidate", call: "DELETE " + strings.NewReplacer("{assessmentId}", "*", "{candidateId}", "*").Replace(partnerapi.PathCandidate),
		role: hiring.RoleAdmin, status: 422, said: summary + ", #flashes",
		ready: func(c *cell) {
			n++
			c.candidate = invited(c.T, c.app, "person"+strconv.Itoa(n))
		},
		press: func(c *cell, _ url.Values) *apptest.Page {
			page := c.post(eraseOf(c.candidate), nil)
			if page.Location != "" {
				return page.Follow()
			}
			return page
		},
		holds: func(c *cell) held {
			return held{
				ui.Count(c.count(`SELECT count(*) FROM candidates WHERE id = $1`, c.candidate.ID), "candidate", "candidates"),
				ui.Count(c.count(`SELECT count(*) FROM engine.invites WHERE id = $1`, c.candidate.InviteRef), "invite", "invites"),
			}
		},
		after:   either(held{"1 candidate", "1 invite"}, held{"1 candidate", "0 invites"}),
		says:    func(d day) (string, bool) { return "Try again: twice does no harm.", d.unknown },
		settled: held{"0 candidates", "0 invites"},
		calm: map[string]outcome{
			"404": {held: held{"0 candidates", "1 invite"}, settled: held{"0 candidates", "1 invite"}, done: true, says: "The candidate was deleted."},
		},
	}
}

// readJobs opens a form that would offer the provider's jobs to choose from.
func readJobs() action {
	return action{
		name: "open the form of an interview", call: "GET /jobs", read: true, role: hiring.RoleRecruiter, status: 200, said: "#job-hint",
		press: func(c *cell, _ url.Values) *apptest.Page {
			page := c.client.Get("/interviews/new")
			c.status = page.Status
			return page
		},
		holds:   func(*cell) held { return held{"nothing", "nothing"} },
		after:   either(held{"nothing", "nothing"}, held{"nothing", "nothing"}),
		settled: held{"nothing", "nothing"},
	}
}

package handlers_test

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
	"greenroom/internal/partnerapi"
	"greenroom/internal/views"
	"greenroom/internal/views/ui"
)

// jobActions are what the provider is asked for in the background after the person was answered.
func jobActions() []action {
	return []action{generateQuestions(), generateMore(), copyQuestions(), invite(), pushScore()}
}

const generation = "#generation .stack-tight > div:first-child"

// ended waits until no questions are being written for the cell's interview, and gives its page.
func (c *cell) ended() *apptest.Page {
	c.Helper()
	c.app.Until("the run ends", generationEnds(c.T, c.app, c.at))
	return c.client.Get(c.at)
}

// generateQuestions: where the questions come all the same, nobody hears of the bad day.
func generateQuestions() action {
	order := url.Values{"description": {"We care for people at night, " + strings.Repeat("and by day, ", 3) + "for years."}, "count": {"3"}, "difficulty": {"hard"}, "skills": {"Care"}}
	return action{
		name: "generate questions", call: "POST /assessment/*/generate-questions", role: hiring.RoleRecruiter, status: 303, said: generation,
		ready: (*cell).makeInterview,
		typed: func(*cell) url.Values { return order },
		press: func(c *cell, form url.Values) *apptest.Page {
			c.post(c.at+"/generate", form)
			return c.ended()
		},
		again: func(c *cell, seen *apptest.Page) *apptest.Page {
			if c.day.carried {
				return seen
			}
			form := c.client.Get(c.at + "?generate=1")
			c.post(c.at+"/generate", checkTyped(c, form, order))
			return c.ended()
		},
		holds: heldQuestions,
		after: either(held{"0 questions", "0 questions"}, held{"3 questions", "3 questions"}),
		says: func(d day) (string, bool) {
			if d.unknown && !d.carried {
				return "The request did not arrive at the provider. Generate again", true
			}
			return "", d.carried
		},
		settled: held{"3 questions", "3 questions"},
	}
}

// generateMore comes after a run that went well, which must not be taken for the one that is asked for now.
func generateMore() action {
	a := generateQuestions()
	a.name = "generate more questions"
	a.ready = func(c *cell) {
		c.makeInterview()
		c.post(c.at+"/generate", url.Values{"description": {"We run a bakery in the old town and sell to cafés as well."}, "count": {"2"}, "difficulty": {"easy"}})
		c.ended()
	}
	a.after = either(held{"2 questions", "2 questions"}, held{"5 questions", "5 questions"})
	a.settled = held{"5 questions", "5 questions"}
	return a
}

// copyQuestions duplicates an interview of two questions; going on with it, by itself or when somebody presses, copies only
// what is missing.
func copyQuestions() action {
	passes := func(d day) bool { return d.unknown || d.name == "429" }
	return action{
		name: "duplicate interview with its questions", call: "POST /assessment/*/questions", role: hiring.RoleRecruiter, status: 303, said: generation + ", #generation > .row",
		ready: func(c *cell) {
			c.makeQuestion()
			addQuestion(c.T, c.client, c.at, "What would you build next year?")
		},
		typed: func(c *cell) url.Values {
			form := createInterview().typed(c)
			form.Set("from", strconv.FormatInt(c.interview, 10))
			return form
		},
		press: func(c *cell, form url.Values) *apptest.Page {
			c.at = c.post("/interviews", form).Location
			c.interview = interviewID(c.T, c.at)
			if !passes(c.day) || c.day.carried && !c.long {
				return c.ended()
			}
			for range c.day.writes {
				<-c.road.met
			}
			c.app.Until("the first try is over", func() bool {
				return c.count(`SELECT count(*) FROM pending_writes WHERE assessment_id = $1 AND state = 'sending'`, c.interview) == 0
			})
			return c.client.Get(c.at)
		},
		again: func(c *cell, _ *apptest.Page) *apptest.Page {
			if passes(c.day) { // what the queue does by itself in five seconds
				must(c.T, c.app.Mirror.CopyQuestions(c.Context(), c.interview, false))
			} else {
				c.post(c.at+"/copy", nil)
			}
			return c.ended()
		},
		holds:   heldQuestions,
		after:   either(held{"0 questions", "0 questions"}, held{"0 questions", "1 question"}),
		says:    func(d day) (string, bool) { return "Copying questions", passes(d) },
		settled: held{"2 questions", "2 questions"}, looks: true, calls: 2,
	}
}

// invite: what nobody knows the outcome of, and what the provider has no time for, is tried again by itself; what it
// refused, when somebody presses.
func invite() action {
	batch := func(c *cell) string { return views.BatchHref(c.interview, c.batch) }
	return action{
		name: "invite", call: "POST /assessment/*/invite", role: hiring.RoleRecruiter, status: 303, said: `[id^="row-"] .stack-tight .small`,
		ready: (*cell).makeInterview,
		typed: func(*cell) url.Values {
			return url.Values{"type": {"candidate"}, "people": {"Ada Lovelace <ada@example.com>"}}
		},
		press: func(c *cell, form url.Values) *apptest.Page {
			page := c.post(c.at+"/invites", form)
			batches, err := c.app.Store.InviteBatches(c.Context(), c.interview, 1)
			must(c.T, err)
			if len(batches) != 1 || page.Location != views.BatchHref(c.interview, batches[0].ID) {
				c.Fatalf("%d batches; sent to %q: %s", len(batches), page.Location, page.Text("main"))
			}
			c.batch = batches[0].ID
			c.app.Until("the row is tried", func() bool { return c.row().Problem != "" })
			return c.client.Get(batch(c))
		},
		again: func(c *cell, seen *apptest.Page) *apptest.Page {
			if c.row().State == hiring.InviteFailed {
				c.post(batch(c)+"/retry", nil)
			} else {
				c.nextTry()
			}
			c.app.Until("the row is settled", func() bool { return c.row().State == hiring.InviteSent })
			if page := c.client.Post(c.at+"/invites", "type", "candidate", "people", "Ada Lovelace <ada@example.com>"); page.Status != 422 {
				c.Errorf("who was invited can be invited again: %d", page.Status)
			}
			return c.client.Get(batch(c))
		},
		holds: func(c *cell) held {
			people := c.count(`SELECT count(*) FROM candidates WHERE assessment_id = $1`, c.interview)
			return held{
				string(c.row().State) + ", " + ui.Count(people, "candidate", "candidates"),
				ui.Count(c.count(`SELECT count(*) FROM engine.invites i JOIN assessments a ON a.ref = i.assessment_id WHERE a.id = $1`, c.interview), "invite", "invites"),
			}
		},
		after: func(d day) held {
			switch {
			case d.carried:
				return held{"sending, 0 candidates", "1 invite"}
			case d.unknown:
				return held{"sending, 0 candidates", "0 invites"}
			case d.name == "429":
				return held{"pending, 0 candidates", "0 invites"}
			}
			return held{"failed, 0 candidates", "0 invites"}
		},
		says: func(d day) (string, bool) {
			if d.unknown {
				return "nothing is sent twice.", true
			}
			return "It is sent again by itself.", d.name == "429"
		},
		settled: held{"sent, 1 candidate", "1 invite"},
	}
}

// row is the only one of the cell's batch.
func (c *cell) row() hiring.Invite {
	c.Helper()
	rows, err := c.app.Store.Invites(context.Background(), c.batch)
	must(c.T, err)
	if len(rows) != 1 {
		c.Fatalf("%d rows", len(rows))
	}
	return rows[0]
}

// nextTry is what the queue does by itself in two seconds.
func (c *cell) nextTry() {
	c.Helper()
	for {
		if _, err := c.app.Mirror.SendInvites(c.Context(), c.batch); !errors.Is(err, mirror.ErrBusy) {
			must(c.T, err)
			return
		}
	}
}

// pushScore: a scorecard is the desk's own, so it is saved on every day, and the score of the team goes out by itself.
func pushScore() action {
	n := 0
	return action{
		name: "send the team's score", call: "PUT " + strings.NewReplacer("{assessmentId}", "*", "{candidateId}", "*").Replace(partnerapi.PathEvaluation),
		role: hiring.RoleReviewer, status: 303, said: "#review .card-body > .muted", later: true, shared: true,
		ready: func(c *cell) {
			n++
			c.candidate = submitted(c.T, c.app, "person"+strconv.Itoa(n))
		},
		typed: func(*cell) url.Values {
			return url.Values{"rating-1": {"75"}, "rating-2": {"75"}, "comment": {hostile}}
		},
		press: func(c *cell, form url.Values) *apptest.Page {
			page := c.post(scorecardOf(c.candidate), form).Follow()
			for range c.day.writes {
				<-c.road.met
			}
			return page
		},
		again: func(c *cell, seen *apptest.Page) *apptest.Page {
			must(c.T, c.app.Mirror.PushUnsent(c.Context()))
			return c.client.Get(pageOf(c.candidate))
		},
		holds: func(c *cell) held {
			cards, err := c.app.Store.Scorecards(context.Background(), c.candidate.ID)
			must(c.T, err)
			return held{
				ui.Count(len(cards), "scorecard", "scorecards") + ", score " + c.text(`SELECT coalesce(score::text, 'none') FROM candidates WHERE id = $1`, c.candidate.ID),
				"score " + c.text(`SELECT coalesce(s.score::text, 'none') FROM engine.submissions s WHERE s.invite_id = $1`, c.candidate.InviteRef),
			}
		},
		after:   either(held{"1 scorecard, score none", "score none"}, held{"1 scorecard, score 75", "score 75"}),
		says:    func(day) (string, bool) { return "on its way", true },
		settled: held{"1 scorecard, score 75", "score 75"},
	}
}

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestJourney is the main job, from the printed setup link to the score that appears by itself.
//
// It is alone on the machine while it runs, for it measures.
func TestJourney(t *testing.T) {
	g := start(t)
	grace := g.visitor(t, "Grace")
	grace.setUp(g)

	grace.open("/admin/settings")
	grace.choose("By checklist")
	grace.send("Save scoring")
	grace.sees("literal matches")

	grace.writeInterview()
	interview := grace.path()
	grace.addQuestion("Tell us of an outage that you took care of.", "outage", "postmortem / review afterwards")
	grace.addQuestion("How do you change a table with a billion rows?", "backfill", "lock timeout")
	grace.generate(3)
	for _, q := range grace.questions() {
		if len(q.Points) == 0 {
			t.Errorf("question %q has no key points", q.Text)
		}
	}

	link := grace.invite(interview, "Ada Lovelace <ada@example.com>", "Ada Lovelace")
	watching := grace.tab("Grace's other tab")
	watching.open(interview + "/candidates")
	watching.row("Ada Lovelace", "Invited", "No answers yet")
	watching.stays()

	ada := g.visitor(t, "Ada")
	ada.open(link)
	ada.sees("Acme invites you to an interview", "Senior backend engineer", "5 questions", "25 minutes", "Ada Lovelace", "A checklist, without judgement")
	ada.consent()
	ada.send("Begin")
	watching.row("Ada Lovelace", "In progress")

	// The questions that were written come first; everything hoped for is said, but for one of two points.
	questions := grace.questions()
	for i, q := range questions {
		points := q.Points
		if i == 1 {
			points = points[:1]
		}
		ada.sees(q.Text)
		said := "I would say: " + strings.Join(points, "; ") + "."
		ada.fill("Your answer|Or type your answer", said)
		ada.holds("the answer is saved", `/^Saved/.test(document.querySelector('[data-save-state]').innerText)`)
		if i == 0 {
			ada.reload()
			if got := ada.holding("Your answer|Or type your answer"); got != said {
				t.Errorf("after reloading the answer is %q, want %q", got, said)
			}
		}
		if i < len(questions)-1 {
			ada.send("Next")
		}
	}
	ada.send("Review answers")
	ada.sees("Every question has an answer")
	watching.timesText("90")
	ada.send("Submit")
	ada.sees("Thank you, Ada", "with 5 answers to 5 questions")

	watching.row("Ada Lovelace", "Finished", "90", "Strong", "Excellent", "by checklist: literal matches, not a judgement")
	watching.stayed()
	g.logLatency(t, watching.textSeenAt())

	watching.follow("Ada Lovelace")
	watching.sees("90", "Strong", "Excellent", "Tell us of an outage", "What we hoped to hear", "I own what broke",
		"Invited by Grace Hopper", "Started", "Finished", "Scoring completed")
	if marks := value[[]string](watching, `[...document.querySelectorAll('#answer-1 mark')].map(m => m.innerText)`); strings.Join(marks, " ") != "outage postmortem" {
		t.Errorf("the passages found in the first answer are %q", marks)
	}
}

// setUp goes through the setup page of the printed link, without sample data.
func (p *person) setUp(g *program) {
	p.t.Helper()
	p.open(g.SetupURL)
	p.fill("Company", "Acme")
	p.fill("Your name", "Grace Hopper")
	p.fill("Your email", adminEmail)
	p.fill("New password", adminPassword)
	p.choose("Add sample data") // takes the tick away
	p.send("Set up Greenroom")
	p.sees("Greenroom is set up for Acme", "Three steps to the first result")
}

// writeInterview fills in every field of a new interview.
func (p *person) writeInterview() {
	p.t.Helper()
	p.open("/interviews/new")
	p.fill("Title", "Senior backend engineer")
	p.fill("Role you hire for", "Backend engineer")
	p.fill("What the interview is for", "Find people who run Go services on Postgres and stay calm when they fail.")
	p.fill("Time for all questions", "25")
	p.pick("Language", "English")
	p.fill("Skills", "Go, PostgreSQL,")
	p.choose("Active: takes answers")
	p.press("Add a bucket")
	p.choose("Judge the level of language too (CEFR)")
	names := value[[]string](p, `[...document.querySelectorAll('[data-repeat-list] [name=bucket_name]')].map(f => f.id)`)
	for i, bucket := range []struct{ name, about, outcome string }{{"Excellent", "Hire at once", "Pass"}, {"Perhaps", "Talk again", "Pass"}, {"No", "Not now", "Fail"}} {
		if i == len(names) {
			p.press("Add a bucket")
			p.holds("a further row", fmt.Sprintf(`document.querySelectorAll('[data-repeat-list] [name=bucket_name]').length === %d`, i+1))
		}
		for field, text := range map[string]string{"bucket_name": bucket.name, "bucket_description": bucket.about, "bucket_outcome": strings.ToLower(bucket.outcome)} {
			p.holds("filling in "+field, fmt.Sprintf(`(f => { f.value = %q; f.dispatchEvent(new Event('input', {bubbles: true})); return true; })(document.querySelectorAll('[data-repeat-list] [name=%s]')[%d])`, text, field, i))
		}
	}
	p.send("Make the interview")
	p.sees("Senior backend engineer", "No question yet")
}

// addQuestion adds a question with what it looks for: a point a line.
func (p *person) addQuestion(text string, points ...string) {
	p.t.Helper()
	p.follow("Add a question|Write a question")
	p.fill("Question", text)
	p.fill("Ideal answer", "I own what broke, tell people early, and change what let it happen.")
	p.fill("Looks for", strings.Join(points, "\n"))
	p.fill("How to judge it", "Look for their own part in it.")
	p.send("Add question")
	p.sees(text, strings.Split(points[0], " /")[0])
}

// generate has more questions written and waits for them to arrive by themselves.
func (p *person) generate(count int) {
	p.t.Helper()
	had := len(p.questions())
	p.follow("Generate more")
	p.fill("The job, and what to ask about", "A backend engineer who builds and runs payment services in Go on PostgreSQL, with an eye for failure.")
	p.fill("How many", fmt.Sprint(count))
	p.choose("Hard")
	p.send("Generate questions")
	p.stays()
	p.holds(fmt.Sprintf("%d more questions arrive", count), fmt.Sprintf(`document.querySelectorAll('li.question:not(.question-ghost)').length === %d && !document.querySelector('.question-ghost')`, had+count))
	p.stayed()
	p.sees("From the question bank")
}

// asked is a question as its page shows it.
type asked struct {
	Text   string
	Points []string // the first words of each
}

// questions are those of the interview that the person looks at.
func (p *person) questions() (list []asked) {
	p.t.Helper()
	text := value[string](p, `JSON.stringify([...document.querySelectorAll('li.question:not(.question-ghost)')].map(q => ({
		Text: q.querySelector('.question-text').textContent.trim(),
		Points: [...q.querySelectorAll('.looks-for .tag')].map(t => t.textContent.split(' / ')[0].trim())})))`)
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		p.t.Fatal(err)
	}
	return list
}

// invite invites somebody to an interview and returns their link.
func (p *person) invite(interview, line, name string) (link string) {
	p.t.Helper()
	here := p.path()
	p.open(interview + "/invites")
	p.fill("People", line)
	p.send("Check the list")
	p.sees("Check before sending", "1 ready", name)
	p.send("Invite 1 candidate")
	p.row(name, "Invited", "The letter waits in the outbox", "Copy link")
	link = value[string](p, `document.querySelector('main tr [data-copy]').dataset.copy`)
	if !regexp.MustCompile(`^` + regexp.QuoteMeta(p.base) + `/room/`).MatchString(link) {
		p.t.Errorf("the link of the invite is %q", link)
	}
	p.open(here)
	return link
}

// consent ticks the box of the room's welcome.
func (p *person) consent() {
	p.t.Helper()
	p.choose(value[string](p, `document.querySelector('label[for=consent]').innerText.trim()`))
}

// stays marks the page, for stayed.
func (p *person) stays() {
	p.t.Helper()
	p.holds("marking the page", `window.staying = true`)
}

// stayed checks that the page is the one that stays marked: whatever appeared did so without a reload.
func (p *person) stayed() {
	p.t.Helper()
	if !value[bool](p, `!!window.staying`) {
		p.t.Errorf("%s: the page was loaded anew", p.name)
	}
}

// timesText notes, in the page, when a text appears in its main part.
func (p *person) timesText(text string) {
	p.t.Helper()
	p.holds("watching for "+text, fmt.Sprintf(`(() => {
		const look = () => { if (!window.seenAt && document.querySelector('main table').innerText.includes(%q)) window.seenAt = Date.now(); };
		new MutationObserver(look).observe(document.querySelector('main'), {subtree: true, childList: true, characterData: true});
		return true;
	})()`, text))
}

// textSeenAt is when the text of timesText appeared.
func (p *person) textSeenAt() time.Time {
	p.t.Helper()
	p.holds("the text was seen", `window.seenAt`)
	return time.UnixMilli(int64(value[float64](p, `window.seenAt`)))
}

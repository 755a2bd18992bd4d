package e2e

import (
	"testing"
)

// TestReviews scores by people: two of the team fill in scorecards, and the second one's makes the score appear in the
// first one's open page.
func TestReviews(t *testing.T) {
	t.Parallel()
	g := start(t, withAdmin...)
	grace := g.visitor(t, "Grace")
	grace.signIn(adminEmail, adminPassword)
	grace.open("/admin/settings")
	grace.pick("Scorecards that make a score", "2 people")
	grace.send("Save settings")

	linus := g.visitor(t, "Linus")
	linus.open(grace.addsToTeam("Linus", "linus@example.com", "Recruiter"))
	linus.fill("New password", adminPassword)
	linus.send("Join the team")

	interview := linus.smallInterview("Accountant", "Tell us how you close a month.", "What do you do when numbers do not add up?")
	link := linus.invite(interview, "Ada Lovelace <ada@example.com>", "Ada Lovelace")
	linus.open(interview + "/candidates")
	linus.stays()
	g.answers(t, "Ada", link, "I begin with the bank.", "I look for the half.")
	linus.row("Ada Lovelace", "Finished", "To review")
	linus.stayed()

	linus.follow("Ada Lovelace")
	linus.rates("Too short for my taste.", "#rating-1-5", "#rating-2-3") // 100, 50
	linus.sees("1 of 2")
	linus.stays()

	grace.open("/reviews")
	grace.follow("Ada Lovelace")
	grace.sees("What others think is hidden until you have saved your scorecard")
	grace.lacks("Too short for my taste.")
	grace.rates("Calm and exact.", "#rating-1-4", "#rating-2-4") // 75, 75
	grace.sees("Too short for my taste.", "Calm and exact.")
	linus.sees("75", "Strong", "by people", "Calm and exact.")
	linus.stayed()
	linus.open("/candidates")
	linus.row("Ada Lovelace", "75", "Strong", "by people")

	linus.follow("Ada Lovelace")
	linus.sees("Calm and exact.")
	linus.lacks("Delete this candidate…")
	grace.follow("Delete this candidate…")
	grace.sees("2 answers", "2 scorecards of the team")
	grace.send("Delete for good")
	grace.sees("The candidate was deleted.", "1 person was deleted from this interview")
	linus.sees("Not found")
	linus.open(interview + "/invites")
	linus.lacks("Ada Lovelace")
	linus.complaints() // of the page that is no longer there
}

// addsToTeam adds somebody and returns the link to join by.
func (p *person) addsToTeam(name, email, role string) (link string) {
	p.t.Helper()
	p.open("/admin/team/new")
	p.fill("Name", name)
	p.fill("Email", email)
	p.choose(role)
	p.send("Make the link")
	p.sees("The new link")
	return value[string](p, `document.querySelector('#new-link [data-copy], #new-link code').dataset.copy ?? document.querySelector('#new-link code').textContent`)
}

// smallInterview writes an interview with questions and returns its path.
func (p *person) smallInterview(title string, questions ...string) string {
	p.t.Helper()
	p.open("/interviews/new")
	p.fill("Title", title)
	p.fill("Role you hire for", title)
	p.fill("What the interview is for", "Find somebody who is careful and says so when something is wrong.")
	p.send("Make the interview")
	at := p.path()
	for _, q := range questions {
		p.addQuestion(q, "careful")
	}
	return at
}

// answers is somebody who takes an interview by their link.
func (g *program) answers(t *testing.T, name, link string, answers ...string) {
	t.Helper()
	p := g.visitor(t, name)
	p.open(link)
	p.consent()
	p.send("Begin")
	for i, answer := range answers {
		p.fill("Your answer|Or type your answer", answer)
		if i < len(answers)-1 {
			p.send("Next")
		}
	}
	p.send("Review answers")
	p.send("Submit")
	p.sees("Thank you")
}

// rates fills in a scorecard and saves it.
func (p *person) rates(comment string, ratings ...string) {
	p.t.Helper()
	if value[bool](p, `!document.querySelector('#scorecard')`) {
		p.follow("Add my scorecard")
	}
	for _, rating := range ratings {
		p.clickAt(rating)
	}
	p.fill("Overall comment", comment)
	p.send("Save scorecard")
}

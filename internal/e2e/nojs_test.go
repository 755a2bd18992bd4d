package e2e

import (
	"strconv"
	"testing"
)

// TestWithoutJavaScript is the recruiter's work, and the candidate's, in browsers without scripts.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	g := start(t, withAdmin...)
	grace := g.visitor(t, "Grace", withoutScript)
	grace.open("/interviews")
	grace.at("/login")
	grace.fill("Email", adminEmail)
	grace.fill("Password", adminPassword)
	grace.send("Sign in")
	grace.at("/interviews") // where the sign-in came between

	grace.open("/interviews/new")
	grace.fill("Title", "Support specialist")
	grace.fill("Role you hire for", "Customer support specialist")
	grace.fill("What the interview is for", "Find people who listen first and write clearly.")
	grace.fill("Skills", "Writing, Ticketing")
	grace.send("Add a bucket")
	grace.send("Make the interview")
	interview := grace.path()
	grace.sees("No question yet")

	grace.addQuestion("How do you calm somebody who shouts?", "listen")
	grace.follow("Edit question 1")
	grace.fill("Question", "How do you calm a caller who shouts?")
	grace.send("Save question")
	grace.sees("How do you calm a caller who shouts?")
	grace.lacks("How do you calm somebody who shouts?")
	grace.addQuestion("What do you write into a ticket?", "steps")
	grace.send("Delete question 2")
	if list := grace.questions(); len(list) != 1 || list[0].Text != "How do you calm a caller who shouts?" {
		t.Errorf("after deleting the second question there is %q", list)
	}
	grace.send("Undo")
	if n := len(grace.questions()); n != 2 {
		t.Errorf("after Undo there are %d questions, want 2", n)
	}

	grace.follow("Generate more")
	grace.fill("The job, and what to ask about", "A support specialist who answers customers by phone and chat, and keeps tickets in order.")
	grace.fill("How many", "2")
	grace.send("Generate questions")
	for range 100 { // reloading is what people do without a script
		if value[bool](grace, `document.querySelectorAll('li.question:not(.question-ghost)').length === 4`) {
			break
		}
		grace.reload()
	}
	if n := len(grace.questions()); n != 4 {
		t.Fatalf("there are %d questions, want 4", n)
	}

	grace.open(interview + "/invites")
	grace.fill("People", "Ada Lovelace <ada@example.com>\nnobody")
	grace.send("Check the list")
	grace.sees("1 ready", "1 to fix", "nobody")
	grace.send("Invite 1 candidate")
	for range 100 {
		if value[bool](grace, `!!document.querySelector('main tr noscript a')`) {
			break
		}
		grace.reload()
	}
	link := grace.attribute("link", "Link of Ada Lovelace", "href")

	ada := g.visitor(t, "Ada", withoutScript)
	ada.open(link)
	ada.send("Begin")
	ada.sees("There is a problem", "Tick the box to begin")
	ada.consent()
	ada.send("Begin")
	for i := range 4 {
		ada.fill("Your answer", "I listen, and then I write down the steps.")
		if i < 3 {
			ada.send("Next")
		}
	}
	ada.send("Back")
	if got := ada.holding("Your answer"); got != "I listen, and then I write down the steps." {
		t.Errorf("the third answer is %q", got)
	}
	ada.send("Next")
	ada.fill("Your answer", "I listen, and then I write down the steps.")
	ada.send("Review answers")
	ada.sees("Every question has an answer")
	ada.send("Submit")
	ada.sees("Thank you, Ada")

	grace.finds(interview+"/candidates", "tbody", "To review")
	grace.follow("Ada Lovelace")
	grace.finds(grace.path(), "main", "I listen, and then I write down the steps.")
	grace.sees("How do you calm a caller who shouts?")
	if value[bool](grace, `!document.querySelector('#scorecard')`) {
		grace.follow("Add my scorecard")
	}
	for _, rating := range []string{"rating-1", "rating-2-5", "rating-3-4", "rating-4-4"} { // 0, 100, 75, 75
		grace.clickAt("#" + rating)
	}
	grace.fill("Overall comment", "Writes well.")
	grace.send("Save scorecard")
	grace.finds(grace.path(), "#verdict", "62.5")
	grace.sees("Fair", "by people", "Writes well.")

	grace.unfold("Account of " + grace.account())
	grace.send("Sign out")
	grace.open(interview)
	grace.at("/login")
}

// finds loads a page again and again until a part of it shows a text, as people do without a script.
func (p *person) finds(address, part, text string) {
	p.t.Helper()
	for range 100 {
		p.open(address)
		if value[bool](p, `!!document.querySelector(`+strconv.Quote(part)+`)?.innerText.includes(`+strconv.Quote(text)+`)`) {
			return
		}
	}
	p.t.Errorf("%s: %s never shows %q", p.name, address, text)
	p.picture()
}

// account is the name in the account's menu.
func (p *person) account() string {
	p.t.Helper()
	return value[string](p, `document.querySelector('summary.avatar .sr-only').textContent.trim().replace(/^Account of /, '')`)
}

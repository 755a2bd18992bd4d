package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// TestConfirmationsAreWherePeopleAre works on the last questions of a list that is longer than the window.
func TestConfirmationsAreWherePeopleAre(t *testing.T) {
	t.Parallel()
	g := start(t, withAdmin...)
	for _, one := range []struct {
		name    string
		options []personOption
	}{{"with scripts", nil}, {"without scripts", []personOption{withoutScript}}} {
		t.Run(one.name, func(t *testing.T) {
			grace := g.visitor(t, "Grace", one.options...)
			grace.signIn(adminEmail, adminPassword)
			interview := grace.smallInterview("Archivist " + one.name)
			for n := range 9 {
				grace.addQuestion(fmt.Sprintf("What would you keep of year %d, and why?", n+1), "careful")
			}
			grace.inView("The question is added.")
			grace.holds("the new question has the focus", `document.activeElement.innerText.includes('year 9,')`)

			grace.follow("Edit question 8")
			grace.fill("Question", "What would you throw away of year 8, and why?")
			grace.send("Save question")
			grace.inView("The question is saved.")
			grace.inView("What would you throw away of year 8")
			grace.holds("the question has the focus", `document.activeElement.innerText.includes('throw away of year 8')`)

			grace.follow("Edit question 9")
			grace.fill("Question", "Short?")
			grace.send("Save question")
			grace.inView("There is a problem")
			if one.options == nil {
				grace.holds("the problem has the focus", `document.activeElement.matches('.error-summary')`)
			}
			grace.follow("Cancel")
			grace.inView("of year 9,")

			grace.send("Delete question 8")
			grace.inView("is deleted.")
			grace.holds("the next question has the focus", `document.activeElement.innerText.includes('year 9,')`)
			grace.send("Undo")
			grace.inView("The question is back, at the end.")
			grace.inView("throw away of year 8")

			grace.open(interview + "?add=1#add")
			grace.inView("Add a question")
		})
	}
}

// inView waits until the smallest element with a text is in the window, and not behind the bars at its top.
func (p *person) inView(text string) {
	p.t.Helper()
	p.holds("“"+text+"” is in view", `(text => {
		const found = [...document.querySelectorAll('main *')].filter(e => e.innerText?.includes(text) && ![...e.children].some(c => c.innerText?.includes(text)))[0];
		if (!found) return false;
		const box = found.getBoundingClientRect();
		const above = document.elementFromPoint(box.left + 2, box.top + 2);
		return box.top >= 0 && box.bottom <= innerHeight && above && (found.contains(above) || above.contains(found));
	})(`+fmt.Sprintf("%q", strings.TrimSpace(text))+`)`)
}

// TestBackFromASending goes back from a sending to the list, and on to the form with the list in it.
func TestBackFromASending(t *testing.T) {
	t.Parallel()
	g := start(t, withAdmin...)
	grace := g.visitor(t, "Grace")
	grace.signIn(adminEmail, adminPassword)
	interview := grace.smallInterview("Librarian", "Which book would you never throw away?")
	grace.open(interview + "/invites")
	grace.fill("People", "Ada Lovelace <ada@example.com>\nnobody\nGrace Hopper <grace@example.com>")
	grace.send("Check the list")
	grace.sees("2 ready, 1 to fix")
	grace.goesBack()
	grace.sees("is not sent yet.")
	grace.follow("Go on with it")
	grace.send("Invite 2 candidates")
	grace.row("Grace Hopper", "3", "Invited")
	grace.goesBack()
	grace.sees("This list is sent", "1 to fix, 2 invited before")
	grace.follow("Change the list")
	if got := grace.holding("People"); !strings.Contains(got, "nobody") {
		t.Errorf("the list became %q", got)
	}
}

// goesBack presses the browser's button.
func (p *person) goesBack() {
	p.t.Helper()
	p.leaves("going back", func(ctx context.Context) error {
		_, err := chromedp.Run(ctx, chromedp.Evaluate[bool](`history.back() ?? true`))
		return err
	})
}

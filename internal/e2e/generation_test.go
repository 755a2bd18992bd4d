package e2e

import (
	"strings"
	"testing"
)

// TestGeneration has whole interviews written: from an opening and from a description.
func TestGeneration(t *testing.T) {
	t.Parallel()
	g := start(t, withAdmin...)
	grace := g.visitor(t, "Grace")
	grace.signIn(adminEmail, adminPassword)

	grace.open("/interviews/generate")
	grace.pick("Job", "Registered Nurse, Surgical Ward")
	grace.choose("Video")
	grace.send("Generate the interview")
	grace.arrives()
	if all := grace.text(); !strings.Contains(all, "Nurse") || !strings.Contains(strings.ToLower(all), "patient") {
		t.Errorf("the interview of a nurse's job is: %s", all)
	}

	grace.open("/interviews/generate")
	grace.fill("Role you hire for", "Data engineer")
	grace.fill("What the interview is for", "Find somebody who builds pipelines into our warehouse with dbt and SQL, and checks the quality of data.")
	grace.choose("Voice")
	grace.send("Generate the interview")
	grace.arrives()
	grace.sees("Data engineer")
	grace.open("/interviews")
	grace.row("Data engineer", "Active")
	grace.row("Nurse", "Active")
}

// arrives waits until every question of an interview that is being written is there, without a reload.
func (p *person) arrives() {
	p.t.Helper()
	p.stays()
	p.holds("questions arrive, and no ghost is left", `document.querySelectorAll('li.question:not(.question-ghost)').length >= 3 && !document.querySelector('.question-ghost, #generation')`)
	p.stayed()
	if list := p.questions(); len(list) > 10 {
		p.t.Errorf("%d questions came", len(list))
	}
}

// text is what can be read in the page's main part.
func (p *person) text() string {
	p.t.Helper()
	return value[string](p, mainText)
}

// TestGenerationWithoutCredits says what to do, and keeps what was typed.
func TestGenerationWithoutCredits(t *testing.T) {
	t.Parallel()
	g := start(t, append(withAdmin, "GREENROOM_ENGINE_CREDITS=0")...)
	grace := g.visitor(t, "Grace")
	grace.signIn(adminEmail, adminPassword)
	const purpose = "Find somebody who builds pipelines into our warehouse with dbt and SQL."
	grace.open("/interviews/generate")
	grace.fill("Role you hire for", "Data engineer")
	grace.fill("What the interview is for", purpose)
	grace.choose("Video")
	grace.send("Generate the interview")
	grace.sees("There is a problem", "no credits left")
	grace.holds("the problem has the focus", `document.activeElement.matches('.error-summary')`)
	if title := value[string](grace, `document.title`); !strings.HasPrefix(title, "Error: ") {
		t.Errorf("the page is called %q", title)
	}
	if role, kept := grace.holding("Role you hire for"), grace.holding("What the interview is for"); role != "Data engineer" || kept != purpose {
		t.Errorf("of what was typed there is %q and %q", role, kept)
	}
	grace.holds("Video is still chosen", `document.querySelector('[name=kind][value=video]').checked`)
}

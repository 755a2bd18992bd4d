package generate

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/partnerapi"
)

// each calls check for every question of the bank, with the name of the shelf it stands on.
func (s *shelf) each(check func(place string, e entry)) {
	for slug, f := range s.families {
		for _, e := range f.Questions {
			check("family "+slug, e)
		}
	}
	for _, k := range s.skills {
		for _, e := range k.Questions {
			check("skill "+k.Name, e)
		}
	}
}

func TestBankIsWhole(t *testing.T) {
	t.Parallel()
	s, err := readShelf()
	if err != nil {
		t.Fatal(err)
	}
	questions := 0
	s.each(func(string, entry) { questions++ })
	t.Logf("%d role families, %d skills, %d questions", len(s.families)-1, len(s.skills), questions)
	if len(s.families)-1 < 14 || len(s.skills) < 60 {
		t.Errorf("%d families and %d skills, want at least 14 and 60", len(s.families)-1, len(s.skills))
	}
	for slug, f := range s.families {
		if f.Name == "" || slug != general && (len(f.Titles) < 8 || len(f.Terms) < 15) {
			t.Errorf("family %s: name %q, %d titles, %d terms", slug, f.Name, len(f.Titles), len(f.Terms))
		}
		if slug == general && len(f.Titles)+len(f.Terms) > 0 {
			t.Error("the general family has titles or terms, and so could win over a role")
		}
		perDifficulty(t, "family "+slug, f.Questions, 4)
	}
	names := map[string]string{}
	for _, k := range s.skills {
		perDifficulty(t, "skill "+k.Name, k.Questions, 2)
		if len(k.Families) == 0 {
			t.Errorf("skill %s: no families", k.Name)
		}
		for _, slug := range k.Families {
			if s.families[slug] == nil {
				t.Errorf("skill %s: there is no family %q", k.Name, slug)
			}
		}
		own := map[string]bool{}
		for _, alias := range append([]string{k.Name}, k.Aliases...) {
			own[strings.Join(lows(alias), " ")] = true
		}
		for alias := range own {
			if other := names[alias]; other != "" || alias == "" {
				t.Errorf("the alias %q is of %s and of %s", alias, k.Name, other)
			}
			names[alias] = k.Name
		}
	}
}

func perDifficulty(t *testing.T, place string, entries []entry, least int) {
	t.Helper()
	n := map[string]int{}
	for _, e := range entries {
		n[e.Difficulty]++
	}
	for _, d := range Difficulties {
		if n[d] < least {
			t.Errorf("%s: %d %s questions, want %d", place, n[d], d, least)
		}
		delete(n, d)
	}
	if len(n) > 0 {
		t.Errorf("%s: unknown difficulties %v", place, n)
	}
}

func TestBankQuestions(t *testing.T) {
	t.Parallel()
	s, err := readShelf()
	if err != nil {
		t.Fatal(err)
	}
	texts, ideals := map[string]string{}, map[string]string{}
	s.each(func(place string, e entry) {
		if n := utf8.RuneCountInString(e.Question); n < LengthMin || n > LengthMax || strings.TrimSpace(e.Question) != e.Question {
			t.Errorf("%s: %d runes: %q", place, n, e.Question)
		}
		if utf8.RuneCountInString(e.IdealAnswer) < 80 || utf8.RuneCountInString(e.EvaluationHint) < 20 {
			t.Errorf("%s: a thin ideal answer or hint: %q", place, e.Question)
		}
		if len(e.KeyPoints) < 3 || len(e.KeyPoints) > 5 {
			t.Errorf("%s: %d key points: %q", place, len(e.KeyPoints), e.Question)
		}
		first := map[string]bool{}
		for _, point := range e.KeyPoints {
			if len(point) < 1 || len(point) > partnerapi.KeyPointAlternativesMax || first[point[0]] {
				t.Errorf("%s: key point %q: %q", place, point, e.Question)
				continue
			}
			first[point[0]] = true
			for _, a := range point {
				if n := utf8.RuneCountInString(a); n < 2 || n > 40 || a != strings.ToLower(strings.TrimSpace(a)) {
					t.Errorf("%s: alternative %q: %q", place, a, e.Question)
				}
			}
		}
		for seen, text := range map[*map[string]string]string{&texts: e.Question, &ideals: e.IdealAnswer} {
			if other := (*seen)[Normal(text)]; other != "" {
				t.Errorf("%s and %s have the same: %q", place, other, text)
			}
			(*seen)[Normal(text)] = place
		}
	})
}

// seeded is a bank whose choices follow from a number.
func seeded(seed uint64) *Bank {
	b := NewBank()
	b.Seed = func() uint64 { return seed }
	return b
}

func mustGenerate(t *testing.T, b *Bank, r Request) []Question {
	t.Helper()
	questions, err := b.Generate(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	seen := r.seen()
	for _, q := range questions {
		if seen[Normal(q.Text)] {
			t.Errorf("comes again: %q", q.Text)
		}
		seen[Normal(q.Text)] = true
		if q.Source != SourceBank || q.Model != "" || q.IdealAnswer == "" || q.Instruction == "" || len(q.KeyPoints) < 3 {
			t.Errorf("incomplete: %+v", q)
		}
	}
	return questions
}

// origins says for each question where it comes from: a skill's name, a family's slug, and whether the difficulty is
// the one wanted.
func (b *Bank) origins(questions []Question, difficulty string) []string {
	var out []string
	for _, q := range questions {
		from := q.Skill
		for slug, f := range b.shelf.families {
			if from == "" && slices.ContainsFunc(f.Questions, func(e entry) bool { return e.Question == q.Text }) {
				from = slug
			}
		}
		if q.Difficulty != difficulty {
			from += " (" + q.Difficulty + ")"
		}
		out = append(out, from)
	}
	return out
}

func TestGenerateOrder(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		r    Request
		want []string
	}{
		{"asked skills take turns, then the family, then general", Request{Role: "Backend engineer", Skills: []string{"Kafka", "postgres"}, Count: 10, Difficulty: "hard"},
			[]string{"Kafka", "PostgreSQL", "Kafka", "PostgreSQL", "backend", "backend", "backend", "backend", "general", "general"}},
		{"asked go before named", Request{Role: "Backend engineer", Description: "You know Kafka.", Skills: []string{"PostgreSQL"}, Count: 4, Difficulty: "easy"},
			[]string{"PostgreSQL", "PostgreSQL", "Kafka", "backend"}},
		{"an asked skill of another role", Request{Role: "Staff nurse", Skills: []string{"Kafka"}, Count: 3}, []string{"Kafka", "Kafka", "nursing"}},
		{"an unknown skill", Request{Role: "Staff nurse", Skills: []string{"Juggling"}, Count: 2}, []string{"nursing", "nursing"}},
		{"an asked skill twice", Request{Role: "Staff nurse", Skills: []string{"Kafka", "Apache Kafka", "kafka"}, Count: 3}, []string{"Kafka", "Kafka", "nursing"}},
		{"nothing known", Request{Role: "Lion tamer", Count: 3, Difficulty: "easy"}, []string{"general", "general", "general"}},
		{"nothing at all", Request{}, []string{"general", "general", "general", "general", "general"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := seeded(1)
			got := b.origins(mustGenerate(t, b, c.r), c.r.difficulty())
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGenerateLeavesRoomForTheRole(t *testing.T) {
	t.Parallel()
	b := seeded(1)
	r := Request{Role: "Backend engineer", Description: "We use Kafka, PostgreSQL, Docker, Kubernetes and Python.", Count: 6}
	named := b.Skills(r.Description)
	if diff := cmp.Diff([]string{"Kafka", "PostgreSQL", "Docker", "Kubernetes", "Python"}, named); diff != "" {
		t.Fatal(diff)
	}
	got := b.origins(mustGenerate(t, b, r), "medium")
	skills := 0
	for _, from := range got {
		if slices.Contains(named, from) {
			skills++
		}
	}
	if skills != 4 || !slices.Contains(got, "backend") {
		t.Errorf("%d of 6 about skills: %v", skills, got)
	}
}

func TestGenerateVaries(t *testing.T) {
	t.Parallel()
	r := Request{Role: "Accountant", Count: 5}
	if diff := cmp.Diff(mustGenerate(t, seeded(7), r), mustGenerate(t, seeded(7), r)); diff != "" {
		t.Errorf("the same seed differs:\n%s", diff)
	}
	sets := map[string]bool{}
	for range 20 {
		var texts []string
		for _, q := range mustGenerate(t, NewBank(), r) {
			texts = append(texts, q.Text)
		}
		slices.Sort(texts)
		sets[strings.Join(texts, "\n")] = true
	}
	if len(sets) < 2 {
		t.Error("twenty interviews for one role all have the same questions")
	}
}

func TestGenerateUntilNothingIsLeft(t *testing.T) {
	t.Parallel()
	b := seeded(3)
	r := Request{Role: "Registered nurse", Count: 10, Difficulty: "medium"}
	var all []Question
	for len(all) < 1000 {
		questions, err := b.Generate(t.Context(), r)
		if errors.Is(err, ErrEmpty) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, questions...)
		for _, q := range questions {
			r.Avoid = append(r.Avoid, strings.ToUpper(q.Text)+" ")
		}
	}
	// Neighbours come only after the difficulty asked for, and everything that fits the role comes in the end.
	origins := b.origins(all, "medium")
	last := slices.IndexFunc(origins, func(o string) bool { return strings.Contains(o, "(") })
	asked := origins[:last]
	if count(asked, "nursing") != 4 || count(asked, general) < 4 || len(asked) != count(asked, "nursing")+count(asked, general) {
		t.Errorf("before the neighbours came %v", asked)
	}
	want := len(b.shelf.families["nursing"].Questions) + len(b.shelf.families[general].Questions)
	for _, k := range b.shelf.skills {
		if slices.Contains(k.Families, "nursing") {
			want += len(k.Questions)
		}
	}
	if len(all) != want {
		t.Errorf("%d questions in all, want %d", len(all), want)
	}
	named := b.Skills("")
	for _, q := range all {
		if err := b.onRole(q, "nursing", named); err != nil {
			t.Error(err)
		}
	}
}

func count(list []string, what string) (n int) {
	for _, s := range list {
		if s == what {
			n++
		}
	}
	return n
}

func TestGenerateAnyRequest(t *testing.T) {
	t.Parallel()
	b := NewBank()
	var names []string
	for _, k := range b.shelf.skills {
		names = append(names, k.Name)
	}
	jobs := readJobs(t)
	random := rand.New(rand.NewPCG(1, 2))
	for i := range 500 {
		j := jobs[random.IntN(len(jobs))]
		r := Request{Role: j.title, Description: j.text, Count: 1 + random.IntN(10), Difficulty: Difficulties[random.IntN(3)]}
		for range random.IntN(4) {
			r.Skills = append(r.Skills, names[random.IntN(len(names))])
		}
		for range random.IntN(3) {
			for _, q := range mustGenerate(t, b, r) {
				r.Avoid = append(r.Avoid, q.Text)
			}
		}
		questions := mustGenerate(t, b, r)
		if len(questions) != r.Count {
			t.Fatalf("request %d: %d questions, want %d", i, len(questions), r.Count)
		}
	}
}

func TestGenerateGivesCopies(t *testing.T) {
	t.Parallel()
	r := Request{Role: "Accountant", Count: 1}
	mustGenerate(t, seeded(5), r)[0].KeyPoints[0][0] = "scribble"
	if mustGenerate(t, seeded(5), r)[0].KeyPoints[0][0] == "scribble" {
		t.Error("a caller can write into the bank")
	}
}

func TestGenerateAfterCancel(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := NewBank().Generate(ctx, Request{}); !errors.Is(err, ErrFailed) || !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestRole(t *testing.T) {
	t.Parallel()
	b := NewBank()
	for _, c := range []struct{ title, description, family string }{
		{"Registered Nurse", "", "nursing"},
		{"Senior Front-End Developer (React)", "", "frontend"},
		{"Sales engineer", "You know Python, Kubernetes and PostgreSQL.", "sales"},
		{"QA Engineer", "You test our mobile app.", "quality-assurance"},
		{"Accountants", "", "finance"},
		{"", "We look for a paralegal who knows litigation and contracts.", "legal"},
		{"", "", general},
		{"Wizard", "You are nice and punctual.", general},
		{"!?", "...", general},
	} {
		if got, ok := b.Role(c.title, c.description); got != c.family || ok != (c.family != general) {
			t.Errorf("%q %q: %s, %v, want %s", c.title, c.description, got, ok, c.family)
		}
	}
}

func TestSkills(t *testing.T) {
	t.Parallel()
	b := NewBank()
	for _, c := range []struct{ text, want string }{
		{"You will go far. Go the extra mile! You excel at cooking and rest well, swift as the wind.", "[]"},
		{"Services in Go, a bit of Swift, and reports in Excel.", "[Go Swift Excel]"},
		{"Must have:\n- Go\n- PostgreSQL\n- Excel", "[Go PostgreSQL Excel]"},
		{"POSTGRESQL and kafka; again PostgreSQL", "[PostgreSQL Kafka]"},
		{"Apps in React Native.", "[]"},
		{"Apps in React.", "[React]"},
		{"The Go-live is in May, the SWIFT code is ours, 20 ml twice a day.", "[]"},
		{"Kafkaesque prepython", "[]"},
		{"", "[]"},
	} {
		if got := fmt.Sprint(b.Skills(c.text)); got != c.want {
			t.Errorf("%q: %s, want %s", c.text, got, c.want)
		}
	}
}

package generate

import (
	"embed"
	"fmt"
	"slices"
	"strings"
	"testing"
)

//go:embed testdata/jobs/*.txt
var jobFiles embed.FS

// job is one of the twenty postings of testdata/jobs with what a reader expects of it.
type job struct {
	name, title, family, text string
	skills                    []string
}

func readJobs(t testing.TB) []job {
	t.Helper()
	files, err := jobFiles.ReadDir("testdata/jobs")
	if err != nil {
		t.Fatal(err)
	}
	var jobs []job
	for _, f := range files {
		raw, err := jobFiles.ReadFile("testdata/jobs/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		head, text, _ := strings.Cut(string(raw), "\n\n")
		j := job{name: strings.TrimSuffix(f.Name(), ".txt"), text: strings.TrimSpace(text)}
		for line := range strings.Lines(head) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ":")
			switch value = strings.TrimSpace(value); key {
			case "title":
				j.title = value
			case "family":
				j.family = value
			case "skills":
				for name := range strings.SplitSeq(value, ",") {
					if name = strings.TrimSpace(name); name != "" {
						j.skills = append(j.skills, name)
					}
				}
			}
		}
		if j.title == "" || j.family == "" || len(j.text) < 500 {
			t.Fatalf("%s is incomplete: %+v", f.Name(), j)
		}
		jobs = append(jobs, j)
	}
	return jobs
}

func TestTwentyJobs(t *testing.T) {
	t.Parallel()
	b := NewBank()
	jobs := readJobs(t)
	if len(jobs) != 20 {
		t.Fatalf("%d jobs, want 20", len(jobs))
	}
	right := 0
	for _, j := range jobs {
		if family, _ := b.Role(j.title, j.text); family == j.family {
			right++
		} else {
			t.Logf("%s: recognised as %s, is %s", j.name, family, j.family)
		}
	}
	t.Logf("role family right in %d of %d", right, len(jobs))
	if right < 17 {
		t.Errorf("role family right in %d of %d, want at least 17", right, len(jobs))
	}
	known, unknown := 0, []string{}
	for i, j := range jobs {
		jobs[i].skills = nil
		for _, name := range j.skills {
			if in := b.shelf.asked([]string{name}); len(in) > 0 {
				jobs[i].skills = append(jobs[i].skills, in[0].Name)
				known++
			} else {
				unknown = append(unknown, name)
			}
		}
	}
	t.Logf("%d named skills are in the bank; not in it: %s", known, strings.Join(unknown, ", "))
	if known < 25 {
		t.Errorf("only %d of the named skills are in the bank", known)
	}
	var extra []string
	for _, j := range jobs {
		for _, name := range b.Skills(j.title + "\n\n" + j.text) {
			if !slices.Contains(j.skills, name) {
				extra = append(extra, name+" in "+j.name)
			}
		}
	}
	t.Logf("%d skills found that a reader would not list: %s", len(extra), strings.Join(extra, ", "))
	if len(extra) > 3 {
		t.Errorf("%d skills found that a reader would not list, want at most 3", len(extra))
	}
	for _, j := range jobs {
		t.Run(j.name, func(t *testing.T) {
			t.Parallel()
			named := b.Skills(j.title + "\n\n" + j.text)
			for _, name := range j.skills {
				if !slices.Contains(named, name) {
					t.Errorf("the text names %s, found %v", name, named)
				}
			}
			recognised, _ := b.Role(j.title, j.text)
			for _, difficulty := range Difficulties {
				for _, count := range []int{1, 5, 10} {
					questions, err := b.Generate(t.Context(), Request{Role: j.title, Description: j.text, Count: count, Difficulty: difficulty})
					if err != nil {
						t.Fatal(err)
					}
					if len(questions) != count {
						t.Errorf("%d questions, want %d", len(questions), count)
					}
					probed := map[string]bool{}
					for _, q := range questions {
						probed[q.Skill] = true
						if err := b.onRole(q, recognised, named); err != nil {
							t.Error(err)
						}
					}
					if count == 10 {
						for _, name := range j.skills {
							if !probed[name] {
								t.Errorf("no %s question about %s", difficulty, name)
							}
						}
					}
				}
			}
		})
	}
}

// onRole says where a question comes from, if that is neither the family, general, nor a skill of the posting or the
// family.
func (b *Bank) onRole(q Question, slug string, skills []string) error {
	holds := func(entries []entry) bool {
		return slices.ContainsFunc(entries, func(e entry) bool { return strings.TrimSpace(e.Question) == q.Text })
	}
	if q.Skill == "" {
		if !holds(b.shelf.families[slug].Questions) && !holds(b.shelf.families[general].Questions) {
			return fmt.Errorf("%q is neither of %s nor general", q.Text, slug)
		}
		return nil
	}
	for _, k := range b.shelf.skills {
		if k.Name == q.Skill && holds(k.Questions) && (slices.Contains(k.Families, slug) || slices.Contains(skills, k.Name)) {
			return nil
		}
	}
	return fmt.Errorf("%q is about %s, which is off the role %s", q.Text, q.Skill, slug)
}

func BenchmarkGenerate(b *testing.B) {
	bank := NewBank()
	jobs := readJobs(b)
	for i := 0; b.Loop(); i++ {
		j := jobs[i%len(jobs)]
		if _, err := bank.Generate(b.Context(), Request{Role: j.title, Description: j.text, Count: 10}); err != nil {
			b.Fatal(err)
		}
	}
}

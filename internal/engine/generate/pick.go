package generate

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
)

// Generate picks questions for a request: exactly as many as asked for, distinct, none of them in Avoid, and every
// one from a skill that was asked for or named in the text, from the recognised role family, or fit for every role.
//
// Skills asked for come first and take turns, then skills named in the text, then the family, then general
// questions. Where the difficulty asked for runs out, neighbouring difficulties follow, and at last other skills
// that are usual in the family. It returns fewer only when all of these are used up, ErrEmpty when nothing is left
// at all, and ErrFailed when ctx is done.
func (b *Bank) Generate(ctx context.Context, r Request) ([]Question, error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFailed, err)
	}
	asked := b.shelf.asked(r.Skills)
	slug, _ := b.shelf.role(r.Role, r.Description, asked)
	p := picker{
		shelf: b.shelf, slug: slug, asked: asked, count: r.count(), seen: r.seen(),
		rand: rand.New(rand.NewPCG(b.Seed(), 0)),
	}
	for _, k := range b.shelf.named(r.Role + "\n\n" + r.Description) {
		if !slices.Contains(asked, k) {
			p.named = append(p.named, k)
		}
	}
	// What belongs to the role goes before what the text merely mentions.
	slices.SortStableFunc(p.named, func(x, y *skill) int { return rank(x, slug) - rank(y, slug) })
	difficulties := nearest(r.difficulty())
	for _, difficulty := range difficulties {
		p.atDifficulty(difficulty)
	}
	for _, difficulty := range difficulties {
		p.inTurns(p.usual(), difficulty, p.count)
	}
	if len(p.picked) == 0 {
		return nil, fmt.Errorf("%w: the question bank has nothing left for this role", ErrEmpty)
	}
	return p.picked, nil
}

// nearest are all difficulties, the one asked for first, then its neighbours, the easier one first.
func nearest(difficulty string) []string {
	switch difficulty {
	case "easy":
		return []string{"easy", "medium", "hard"}
	case "hard":
		return []string{"hard", "medium", "easy"}
	}
	return []string{"medium", "easy", "hard"}
}

func rank(k *skill, slug string) int {
	if slug == general || slices.Contains(k.Families, slug) || slices.Contains(k.Families, general) {
		return 0
	}
	return 1
}

// picker collects the questions of one request.
type picker struct {
	shelf        *shelf
	slug         string
	asked, named []*skill
	count        int
	seen         map[string]bool
	rand         *rand.Rand
	picked       []Question
}

func (p *picker) atDifficulty(difficulty string) {
	p.inTurns(p.asked, difficulty, p.count)
	// A posting that names ten tools is still a posting for one role: unless the author asked for skills, those of
	// the text get one question each and leave a third of the interview to the role itself.
	p.oneEach(p.named, difficulty, len(p.picked)+max(1, (p.count-len(p.picked))*2/3))
	p.take(p.shelf.families[p.slug].Questions, difficulty, "", p.count)
	p.inTurns(p.named, difficulty, p.count)
	p.take(p.shelf.families[general].Questions, difficulty, "", p.count)
}

// usual are the skills of the recognised family that nobody mentioned.
func (p *picker) usual() []*skill {
	var usual []*skill
	for _, k := range p.shelf.skills {
		if slices.Contains(k.Families, p.slug) && !slices.Contains(p.asked, k) && !slices.Contains(p.named, k) {
			usual = append(usual, k)
		}
	}
	p.rand.Shuffle(len(usual), func(i, j int) { usual[i], usual[j] = usual[j], usual[i] })
	return usual
}

// inTurns takes one question of each skill and begins again, until the bank or the room up to limit is used up.
func (p *picker) inTurns(skills []*skill, difficulty string, limit int) {
	for before := -1; before != len(p.picked); {
		before = len(p.picked)
		p.oneEach(skills, difficulty, limit)
	}
}

func (p *picker) oneEach(skills []*skill, difficulty string, limit int) {
	for _, k := range skills {
		p.take(k.Questions, difficulty, k.Name, min(limit, len(p.picked)+1))
	}
}

// take picks from entries by chance until limit, or p.count, questions are picked.
func (p *picker) take(entries []entry, difficulty, skill string, limit int) {
	for _, i := range p.rand.Perm(len(entries)) {
		if len(p.picked) >= min(limit, p.count) {
			return
		}
		e := entries[i]
		if key := Normal(e.Question); e.Difficulty == difficulty && !p.seen[key] {
			p.seen[key] = true
			p.picked = append(p.picked, e.question(skill))
		}
	}
}

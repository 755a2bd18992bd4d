package mirror_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

var (
	oneSeed = flag.Uint64("seed", 0, "run the model test with this seed only")
	seeds   = flag.Int("seeds", 24, "how many seeds the model test runs")
	length  = flag.Int("steps", 40, "how many steps a seed of the model test takes")
)

// step is something that happens. Its numbers are taken modulo what there is to choose from, so that the rest of a list
// still means something when steps are left out.
type step struct {
	op string
	n  [3]uint16
}

func (s step) String() string {
	return fmt.Sprintf("{%q, [3]uint16{%d, %d, %d}}", s.op, s.n[0], s.n[1], s.n[2])
}

// weights say how often a step happens.
var weights = []struct {
	op     string
	weight int
}{
	{"interview elsewhere", 3}, {"interview here", 3}, {"title elsewhere", 2}, {"settings here", 1},
	{"question elsewhere", 5}, {"question here", 5}, {"reword elsewhere", 4}, {"reword here", 3},
	{"remove question elsewhere", 2}, {"remove question here", 2}, {"restore question here", 1},
	{"invite elsewhere", 3}, {"invite here", 5}, {"register", 3},
	{"open", 5}, {"later", 2}, {"start", 9}, {"answer", 5}, {"speak", 3}, {"take part", 9}, {"finish speaking", 9}, {"trouble", 1}, {"submit", 9}, {"leave", 1}, {"clock", 3},
	{"score elsewhere", 5}, {"mode", 2},
	{"deliver", 16}, {"deliver again", 4}, {"lose", 3}, {"apply again", 4},
	{"outage", 4}, {"clear", 3}, {"ask again", 4}, {"restart", 2}, {"reconcile", 3}, {"overtaken", 3}, {"erase", 3}, {"look", 2},
}

func randomSteps(seed uint64, n int) []step {
	r := rand.New(rand.NewPCG(seed, 0))
	total := 0
	for _, w := range weights {
		total += w.weight
	}
	// Most of what can happen takes an interview, questions and people: there are some from the beginning.
	steps := make([]step, 0, n+6)
	for _, op := range []string{"interview elsewhere", "question elsewhere", "question elsewhere", "invite elsewhere", "invite elsewhere", "invite here"} {
		steps = append(steps, step{op: op, n: [3]uint16{0, uint16(r.IntN(1 << 16)), 0}})
	}
	begun := len(steps)
	steps = steps[:begun+n]
	for i := begun; i < len(steps); i++ {
		at := r.IntN(total)
		for _, w := range weights {
			if at -= w.weight; at < 0 {
				steps[i].op = w.op
				break
			}
		}
		for k := range steps[i].n {
			steps[i].n[k] = uint16(r.IntN(1 << 16))
		}
	}
	return steps
}

// TestTheMirrorComesToTheTruth lets anything happen at the provider, on the way and here, and then has the mirror
// reconcile: it must show what is true at the provider, and what was done here must have been done once. Half of the seeds
// know the published contract only. A failure prints the fewest steps that still fail.
//
//	go test ./internal/mirror -run Truth -seeds=1000
//	go test ./internal/mirror -run Truth -seed=17 -steps=80
func TestTheMirrorComesToTheTruth(t *testing.T) {
	t.Parallel()
	first, last := uint64(1), uint64(*seeds)
	if *oneSeed != 0 {
		first, last = *oneSeed, *oneSeed
	}
	for seed := first; seed <= last; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			steps := randomSteps(seed, *length)
			bare := seed%2 == 0
			err := play(t, bare, steps)
			if err == nil {
				return
			}
			steps = shrink(steps, func(fewer []step) bool { return play(t, bare, fewer) != nil })
			lines := make([]string, len(steps))
			for i, s := range steps {
				lines[i] = s.String()
			}
			t.Errorf("seed %d, contract only %v: %v\nthe fewest steps that fail:\n%s\nwith %v", seed, bare, err, strings.Join(lines, ",\n"), play(t, bare, steps))
		})
	}
}

// play runs the steps, brings everything to rest and compares.
func play(t *testing.T, bare bool, steps []step) error {
	var err error
	t.Run("run", func(t *testing.T) { // gives its database back when it ends
		m := newModel(t, bare)
		for i, s := range steps {
			if err = m.do(s); err != nil {
				err = fmt.Errorf("step %d %v: %w", i, s, err)
				return
			}
		}
		if err = m.rest(); err != nil {
			err = fmt.Errorf("coming to rest: %w", err)
			return
		}
		err = m.compare()
	})
	return err
}

// shrink leaves out as many steps as it can while the rest still fails.
func shrink(steps []step, fails func([]step) bool) []step {
	for size := max(1, len(steps)/2); ; size /= 2 {
		for from := 0; from < len(steps); {
			fewer := append(append([]step{}, steps[:from]...), steps[min(len(steps), from+size):]...)
			if fails(fewer) {
				steps = fewer
			} else {
				from += size
			}
		}
		if size <= 1 {
			return steps
		}
	}
}

// TestRememberedSteps plays what once came to something else than the truth.
func TestRememberedSteps(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]step{
		"two scores of one moment told in the wrong order": {
			{"interview elsewhere", [3]uint16{0, 233, 0}},
			{"invite elsewhere", [3]uint16{0, 8018, 0}},
			{"question elsewhere", [3]uint16{65047, 23293, 12606}},
			{"start", [3]uint16{52552, 9612, 12686}},
			{"interview elsewhere", [3]uint16{862, 31990, 21084}},
			{"submit", [3]uint16{24901, 11260, 43319}},
			{"invite elsewhere", [3]uint16{24398, 53649, 40590}},
			{"start", [3]uint16{60003, 51766, 40021}},
			{"submit", [3]uint16{61545, 29597, 39918}},
			{"score elsewhere", [3]uint16{48687, 59381, 28429}},
			{"score elsewhere", [3]uint16{11575, 52520, 32685}},
			{"deliver", [3]uint16{45783, 6085, 64539}},
			{"deliver", [3]uint16{46253, 48611, 42168}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := play(t, false, steps); err != nil {
				t.Error(err)
			}
		})
	}
}

package hiring

// Needs is what needs somebody now.
type Needs struct {
	ToReview  int // candidates who wait for this person's scorecard
	Answering int
	Errors    int
	Stuck     int   // invited more than StuckAfter ago and not begun
	Failed    int   // interviews whose questions could not be generated
	FailedID  int64 // one of them; 0 for none

	Interviews bool // there is one
	Candidates bool
	Latest     int64 // the interview that was changed last; 0 for none
}

// Funnel is how far people came. Each figure is a part of the one before.
type Funnel struct{ Invited, Started, Finished, Scored int }

// Activity is an event of a candidate's timeline, with whom and what it is about.
type Activity struct {
	HistoryEvent
	Candidate    string // see Candidate.Label
	AssessmentID int64
	Assessment   string // its title
	Others       int    // how many more the same happened to in one go
}

// GroupActivity joins invitations to one interview by one person that stand next to each other, and keeps the first
// most lines. Events come latest first.
func GroupActivity(events []Activity, most int) []Activity {
	var out []Activity
	for _, e := range events {
		if n := len(out); n > 0 && e.Kind == "invited" {
			last := &out[n-1]
			if last.Kind == e.Kind && last.AssessmentID == e.AssessmentID && last.Actor == e.Actor {
				last.Others++
				continue
			}
		}
		if len(out) == most {
			break
		}
		out = append(out, e)
	}
	return out
}

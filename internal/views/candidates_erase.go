package views

import (
	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// CandidateEraseProps of the question whether to delete somebody.
type CandidateEraseProps struct {
	Candidate  hiring.Candidate
	Answers    int
	Recordings int
	Scorecards int
	Also       []hiring.Candidate // records of the same address in other interviews
	Provider   string
	Everywhere bool // the provider deletes its copy too
	Problems   ui.Problems
}

func (p CandidateEraseProps) href() string { return CandidateHref(p.Candidate.ID) + "/delete" }

func (p CandidateEraseProps) goes() []string {
	list := []string{"their name, address, scores and timeline"}
	if p.Answers > 0 {
		said := ui.Count(p.Answers, "answer", "answers")
		if p.Recordings > 0 {
			said += ", " + ui.Count(p.Recordings, "recording", "recordings")
		}
		list = append(list, said)
	}
	if p.Scorecards > 0 {
		list = append(list, ui.Count(p.Scorecards, "scorecard", "scorecards")+" of the team")
	}
	return append(list, "their invitation, and the mail that waits or went to them", "their traces in the webhooks that were received")
}

// provided says what becomes of the provider's copy.
func (p CandidateEraseProps) provided() string {
	switch {
	case !p.Everywhere:
		return p.Provider + " keeps its own copy: its API can’t delete anybody, so ask for it there. Greenroom leaves out whatever " + p.Provider +
			" says of this person, until somebody invites them again; for that it keeps a fingerprint of their address."
	case p.Candidate.InviteRef == "":
		return p.Provider + " deletes its copy as soon as it tells which invitation is theirs. Until then their link works."
	case p.Candidate.Stage.Over():
		return p.Provider + " deletes its copy too."
	}
	return p.Provider + " deletes its copy too, and their link stops working at once."
}

// ErasedLine says how many people were deleted from an interview, and who did it last; "" for nobody.
func ErasedLine(last []hiring.Erasure, total int) string {
	if len(last) == 0 {
		return ""
	}
	by := "on " + last[0].At.Format("2 January 2006")
	if last[0].By != "" {
		by = "by " + last[0].By + " " + by
	}
	if total > 1 {
		by = "the latest " + by
	}
	return ui.Count(total, "person was", "people were") + " deleted from this interview, " + by + "."
}

package views

import (
	"fmt"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

func writeWords(w hiring.PendingWrite) string {
	switch w.Kind {
	case hiring.WriteQuestion:
		return "Add a question to " + w.Assessment
	case hiring.WriteGenerated:
		return "Create an interview with its questions"
	}
	return "Create an interview"
}

func writeBadge(w hiring.PendingWrite) ui.BadgeProps {
	if w.State == hiring.WriteAbsent {
		return ui.BadgeProps{Label: "Not carried out", Tone: ui.Weak}
	}
	return ui.BadgeProps{Label: "Not known", Tone: ui.Fair}
}

func writeNote(w hiring.PendingWrite) string {
	if w.State == hiring.WriteAbsent {
		return "Greenroom looked, and it isn’t there. Send it again, or drop it."
	}
	return "Nobody said whether it was carried out. Greenroom keeps looking and takes it over when it finds it."
}

// unsettledNote is writeNote for a place that has no badge beside it.
func unsettledNote(w hiring.PendingWrite) string {
	if w.State == hiring.WriteAbsent {
		return "sent, but not carried out. " + writeNote(w)
	}
	return "sent, but not answered. " + writeNote(w)
}

func unsettledHref(w hiring.PendingWrite, do string) string {
	return fmt.Sprintf("/interviews/writes/%d/%s", w.ID, do)
}

func writeHref(w hiring.PendingWrite, do string) string {
	return fmt.Sprintf("/admin/connection/writes/%d/%s", w.ID, do)
}

func waitingWords(w hiring.WaitingInvite) string {
	what := "Invite to " + w.Assessment
	if w.Email != "" && w.Email != w.Who() {
		what += " · " + w.Email
	}
	if w.By != "" {
		what += " · by " + w.By
	}
	return what
}

func waitingBadge(w hiring.WaitingInvite) ui.BadgeProps {
	switch {
	case w.State == hiring.InviteUnknown:
		return ui.BadgeProps{Label: "Not known", Tone: ui.Fair}
	case w.Next != nil:
		return ui.BadgeProps{Label: "Trying again", Tone: ui.Fair}
	}
	return ui.BadgeProps{Label: "Stuck", Tone: ui.Weak}
}

// waitingProblem is what became of the latest try; "" where that promises another one, and none comes.
func waitingProblem(w hiring.WaitingInvite) string {
	if w.Next == nil && w.State != hiring.InviteUnknown {
		return ""
	}
	return w.Problem
}

// waitingTries says what was tried, and what comes next without anybody's doing.
func waitingTries(w hiring.WaitingInvite, now time.Time) string {
	tried := "It was not tried yet."
	if w.TriedAt != nil {
		tried = "Tried " + ui.Count(w.Tries, "time", "times") + " since " + clock(*w.TriedAt, now) + "."
	}
	switch {
	case w.Next == nil:
		return tried + " Nothing happens by itself any more."
	case w.Next.After(now):
		return tried + " Next by itself at " + w.Next.In(time.Local).Format("15:04:05") + "."
	}
	return tried + " The next try is due now."
}

// waitingOthers says what the rest of the same sending waits for; "" for nothing.
func waitingOthers(w hiring.WaitingInvite) string {
	switch {
	case w.Behind > 0:
		return ui.Count(w.Behind, "other of this sending waits", "others of this sending wait") + " behind it."
	case w.Unsent > 0:
		return ui.Count(w.Unsent, "other of this sending was", "others of this sending were") + " not sent: see there."
	}
	return ""
}

func waitingSince(w hiring.WaitingInvite) time.Time {
	if w.TriedAt != nil {
		return *w.TriedAt
	}
	return w.UpdatedAt
}

// waitingDropped asks before a waiting invite is given up.
func waitingDropped(i hiring.Invite) string {
	if i.State == hiring.InvitePending {
		return "Drop this invite? It is not sent."
	}
	return "Drop this invite? If it had arrived after all, " + i.Who() + " can still answer, and shows up here then."
}

func waitingHref(w hiring.WaitingInvite, do string) string {
	return fmt.Sprintf("/admin/connection/invites/%d/%s", w.ID, do)
}

// rowHref is where a row of a sending is sent again or dropped.
func rowHref(i hiring.Invite, do string) string {
	return fmt.Sprintf("%s/%d/%s", BatchHref(i.AssessmentID, i.BatchID), i.ID, do)
}

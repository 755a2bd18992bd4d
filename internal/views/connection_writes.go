package views

import (
	"fmt"

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

func writeHref(w hiring.PendingWrite, do string) string {
	return fmt.Sprintf("/admin/connection/writes/%d/%s", w.ID, do)
}

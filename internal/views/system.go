package views

import (
	"fmt"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// SystemProps of the page that tells an operator how the installation is.
type SystemProps struct {
	Program   []ui.Detail // this process
	Database  []ui.Detail
	Backups   hiring.BackupFacts
	Tables    []hiring.TableFacts
	Processes []SystemProcess
	Work      []SystemWork
	Failed    []hiring.FailedWork
	MoreFails int // not shown
	Now       time.Time
}

// SystemProcess is a process at the database; This is the one that answers.
type SystemProcess struct {
	hiring.ProcessFacts
	This bool
}

// SystemWork is one kind of work with its count for each of hiring.WorkStates.
type SystemWork struct {
	Kind   string
	Counts map[hiring.WorkState]int
}

// NewSystemWork makes a row of the counts of each kind, which come sorted by kind.
func NewSystemWork(counts []hiring.WorkCount) (rows []SystemWork) {
	for _, c := range counts {
		if len(rows) == 0 || rows[len(rows)-1].Kind != c.Kind {
			rows = append(rows, SystemWork{Kind: c.Kind, Counts: map[hiring.WorkState]int{}})
		}
		rows[len(rows)-1].Counts[c.State] += c.Count
	}
	return rows
}

// WorkWord says for people what a kind of work is; a kind that has no words yet is named as in the queue.
func WorkWord(kind string) string {
	if word, ok := workWords[kind]; ok {
		return word
	}
	word := strings.ReplaceAll(kind, "_", " ")
	return strings.ToUpper(word[:min(1, len(word))]) + word[min(1, len(word)):]
}

var workWords = map[string]string{
	"add_sample":         "Add sample data",
	"apply_delivery":     "Apply a webhook",
	"copy_questions":     "Copy questions",
	"generate_questions": "Ask for questions",
	"push_evaluation":    "Send a score",
	"push_evaluations":   "Send scores",
	"reconcile":          "Compare with the provider",
	"send_batch":         "Send invites",
	"send_message":       "Send mail",
	"sweep_generations":  "Look after question writing",
	"sync_assessment":    "Fetch an interview",
	"trim_deliveries":    "Clean up old webhooks",
	"watch_generation":   "Watch questions being written",
}

func stateWord(s hiring.WorkState) string {
	switch s {
	case hiring.WorkWaiting:
		return "Waiting"
	case hiring.WorkRunning:
		return "Running"
	case hiring.WorkRetry:
		return "To try again"
	case hiring.WorkDone:
		return "Done in 24 h"
	case hiring.WorkDead:
		return "Given up"
	}
	return string(s)
}

func workColumns() []ui.Column {
	columns := []ui.Column{{Label: "Work"}}
	for _, s := range hiring.WorkStates {
		columns = append(columns, ui.Column{Label: stateWord(s), Num: true})
	}
	return columns
}

// Bytes writes a size with three figures at most: "8.3 MB".
func Bytes(n int64) string {
	size, unit := float64(n), 0
	units := []string{"bytes", "kB", "MB", "GB", "TB"}
	for size >= 999.5 && unit < len(units)-1 {
		size, unit = size/1000, unit+1
	}
	if unit == 0 || size >= 99.5 {
		return fmt.Sprintf("%.0f %s", size, units[unit])
	}
	return fmt.Sprintf("%.1f %s", size, units[unit])
}

// Uptime writes a duration in its two greatest units: "3 days 4 h".
func Uptime(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%s %d h", ui.Count(int(d/(24*time.Hour)), "day", "days"), int(d%(24*time.Hour)/time.Hour))
	case d >= time.Hour:
		return fmt.Sprintf("%d h %d min", int(d/time.Hour), int(d%time.Hour/time.Minute))
	case d >= time.Minute:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	}
	return fmt.Sprintf("%d s", int(d/time.Second))
}

func triesWord(f hiring.FailedWork) string {
	if f.State == hiring.WorkDead {
		return ui.Count(f.Attempt, "try", "tries")
	}
	return fmt.Sprintf("%d of %d tries", f.Attempt, f.Attempts)
}

func workPath(id int64, verb string) string { return fmt.Sprintf("/admin/system/work/%d/%s", id, verb) }

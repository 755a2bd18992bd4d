package views

import (
	"fmt"
	"net/url"
	"strconv"
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
	Work      SystemWork
	Provider  *SystemWork // of the provider, where it tells; nil where it doesn't
	Now       time.Time
}

// SystemProcess is a process at the database; This is the one that answers.
type SystemProcess struct {
	hiring.ProcessFacts
	This bool
}

// SystemWork is what one part of the installation does in the background.
type SystemWork struct {
	Slug   string             // in ids
	Of     string             // whose it is; "" for the desk's own
	States []hiring.WorkState // the columns
	Kinds  []SystemKind
	Failed []SystemFailure // the latest first
	More   int             // failures that are not listed
	Silent bool            // nobody knows: who does it doesn't answer
}

// SystemKind is one kind of work with its count for each state.
type SystemKind struct {
	Name   string
	Counts map[hiring.WorkState]int
}

// SystemFailure is failed work, and what can be done about it.
type SystemFailure struct {
	hiring.FailedWork
	Name   string
	ID     string
	Number string // by which people name it
	Path   string // of its actions
	Again  bool
	Drop   bool
}

// NewSystemWork is the desk's own work. Counts come sorted by kind.
func NewSystemWork(counts []hiring.WorkCount, failed []hiring.FailedWork) SystemWork {
	w := SystemWork{Slug: "work", States: hiring.WorkStates, Kinds: kindsOf(counts)}
	for _, f := range failed {
		id := strconv.FormatInt(f.ID, 10)
		w.Failed = append(w.Failed, SystemFailure{FailedWork: f, Name: WorkWord(f.Kind), ID: id, Number: "Number " + id, Path: "/admin/system/work/" + id, Again: true, Drop: true})
	}
	w.More = failures(counts) - len(failed)
	return w
}

// NewProviderWork is the work of a provider of that name; silent where it doesn't answer.
func NewProviderWork(provider string, work hiring.ProviderWork, silent bool) *SystemWork {
	w := SystemWork{Slug: "provider", Of: provider, Silent: silent, Kinds: kindsOf(work.Counts)}
	for _, s := range hiring.WorkStates {
		if s != hiring.WorkDone {
			w.States = append(w.States, s)
		}
	}
	for _, f := range work.Failed {
		name := WorkWord(f.Kind)
		if f.About != "" {
			name += ": " + f.About
		}
		w.Failed = append(w.Failed, SystemFailure{FailedWork: f.FailedWork, Name: name, ID: f.Ref, Number: f.Ref,
			Path: "/admin/system/provider/" + url.PathEscape(f.Ref), Again: f.Again, Drop: f.State == hiring.WorkDead})
	}
	w.More = max(0, failures(work.Counts)-len(work.Failed))
	return &w
}

func kindsOf(counts []hiring.WorkCount) (rows []SystemKind) {
	last := ""
	for _, c := range counts {
		if len(rows) == 0 || c.Kind != last {
			rows = append(rows, SystemKind{Name: WorkWord(c.Kind), Counts: map[hiring.WorkState]int{}})
			last = c.Kind
		}
		rows[len(rows)-1].Counts[c.State] += c.Count
	}
	return rows
}

func failures(counts []hiring.WorkCount) (n int) {
	for _, c := range counts {
		if c.State == hiring.WorkRetry || c.State == hiring.WorkDead {
			n += c.Count
		}
	}
	return n
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
	"erase_old":          "Delete people who are no longer kept",
	"trim_deliveries":    "Clean up old webhooks",
	"watch_generation":   "Watch questions being written",

	// The local engine's, see partnerapi.WorkMail and the others.
	"cut":      "End a recording that broke off",
	"generate": "Write questions",
	"hear":     "Write down a spoken answer",
	"mail":     "Write to who is invited",
	"score":    "Judge an interview",
	"webhook":  "Send a webhook",
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

func (w SystemWork) columns() []ui.Column {
	columns := []ui.Column{{Label: "Work"}}
	for _, s := range w.States {
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

// title says what of the work is shown, and whose where it isn't the desk's.
func (w SystemWork) title(what string) string {
	if w.Of == "" {
		return what
	}
	return what + ": " + w.Of
}

func triesWord(f hiring.FailedWork) string {
	if f.State == hiring.WorkDead {
		return ui.Count(f.Attempt, "try", "tries")
	}
	return fmt.Sprintf("%d of %d tries", f.Attempt, f.Attempts)
}

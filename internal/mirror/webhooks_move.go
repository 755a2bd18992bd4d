package mirror

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// stages says which stage an event reports.
var stages = map[partnerapi.Event]hiring.Stage{
	partnerapi.EventStarted:       hiring.StageStarted,
	partnerapi.EventCompleteLater: hiring.StageLater,
	partnerapi.EventError:         hiring.StageError,
	partnerapi.EventEnded:         hiring.StageEnded,
}

// endedStages refines interview.ended by its interviewStatus.
var endedStages = map[string]hiring.Stage{
	partnerapi.InterviewCompleted: hiring.StageFinished,
	partnerapi.InterviewTimedOut:  hiring.StageTimedOut,
}

// told is an event of a delivery.
type told struct {
	delivery int64
	event    partnerapi.Event
	at       time.Time
}

// move takes from an event what only it tells. Events come doubled, late and in any order, so each field follows the
// latest event that speaks of it, which the timeline knows, and the stage never falls to a lower rank: whatever the order
// of arrival, the candidate ends up the same.
func move(c *hiring.Candidate, t told, data partnerapi.EventData, known []hiring.HistoryEvent) {
	at := t.at.Truncate(time.Microsecond) // as fine as a record keeps it
	switch t.event {
	case partnerapi.EventRecorded:
		if !c.Stage.Over() { // as with a score
			c.Advance(hiring.StageFinished, at)
		}
		return
	case partnerapi.EventScored:
		// Only who is through is scored. How it ended is not said, so any word of that counts for more.
		if !c.Stage.Over() {
			c.Advance(hiring.StageFinished, at)
		}
		if data.Bucket != "" && latest(t, known, func(e hiring.HistoryEvent) bool { return e.Detail["bucket"] != "" }) {
			c.Bucket = data.Bucket
		}
		return
	case partnerapi.EventStarted:
		if c.StartedAt == nil || at.Before(*c.StartedAt) { // also when the end was reported first
			c.StartedAt = &at
		}
	case partnerapi.EventError:
		if latest(t, known, func(hiring.HistoryEvent) bool { return true }) {
			c.ErrorCode, c.ErrorMessage = data.ErrorCode, data.ErrorMessage
		}
	}
	next := stages[t.event]
	if refined, ok := endedStages[data.InterviewStatus]; ok && t.event == partnerapi.EventEnded {
		next = refined
	}
	advance(c, next, at, known, t)
}

// advance is hiring.Candidate.Advance with what the timeline knows beyond the stage: an event that repeats the stage
// moves its time on, and the end that only a score gave away gives way to the word of the end itself.
func advance(c *hiring.Candidate, next hiring.Stage, at time.Time, known []hiring.HistoryEvent, t told) {
	if next.Over() && c.Stage.Over() && !slices.ContainsFunc(known, func(e hiring.HistoryEvent) bool {
		return e.Kind == string(partnerapi.EventEnded) && e.DeliveryID != t.delivery
	}) {
		c.Stage, c.StageAt, c.EndedAt = next, at, &at
		return
	}
	switch {
	case c.Stage == next && at.After(c.StageAt):
		c.StageAt = at
		if next.Over() {
			c.EndedAt = &at
		}
	case c.Stage != "" && at.Equal(c.StageAt) && next.Over() == c.Stage.Over() && c.Stage != hiring.StageInvited:
		// Two events of one moment: the one further down the funnel counts.
		if slices.Index(hiring.Stages, next) > slices.Index(hiring.Stages, c.Stage) {
			c.Stage = next
		}
	default:
		c.Advance(next, at)
	}
}

// latest says whether no other event of the same kind that the timeline knows, and that fits, is later than this one.
func latest(t told, known []hiring.HistoryEvent, fits func(hiring.HistoryEvent) bool) bool {
	return !slices.ContainsFunc(known, func(e hiring.HistoryEvent) bool {
		if e.Kind != string(t.event) || e.DeliveryID == t.delivery || !fits(e) {
			return false
		}
		return e.At.After(t.at) || e.At.Equal(t.at) && e.DeliveryID > t.delivery
	})
}

// historyDetail keeps what a timeline shows of an event.
func historyDetail(event partnerapi.Event, data partnerapi.EventData) map[string]string {
	detail := map[string]string{}
	put := func(name, value string) {
		if value != "" {
			detail[name] = value
		}
	}
	switch event {
	case partnerapi.EventEnded:
		put("status", data.InterviewStatus)
		put("reason", data.EndedReason)
	case partnerapi.EventError:
		put("code", data.ErrorCode)
		put("message", data.ErrorMessage)
	case partnerapi.EventScored:
		put("bucket", data.Bucket)
	}
	return detail
}

// field is a value that a delivery can change, as an operator reads it.
type field struct{ name, value string }

// candidateFields are those of a candidate; of who isn't known yet all are empty. Names and addresses are left out, so
// that the record of effects needs no erasing.
func candidateFields(c hiring.Candidate) []field {
	code := c.ErrorCode
	return []field{
		{"Stage", c.Stage.Name()}, {"Start", moment(c.StartedAt)}, {"End", moment(c.EndedAt)}, {"Error", code},
		{"Bucket", c.Bucket}, {"Score", figure(c.Score)}, {"Suggested score", figure(c.AIScore)}, {"Scoring", c.Evaluation.Name()},
	}
}

func assessmentFields(a hiring.Assessment) []field {
	questions := ""
	if a.ID != 0 {
		questions = fmt.Sprint(a.QuestionCount)
	}
	return []field{{"Questions", questions}, {"Writing of questions", string(a.Generation.State)}}
}

// changesOf pairs two states of the same fields.
func changesOf(delivery, candidate int64, source hiring.EffectSource, before, after []field) (list []hiring.DeliveryEffect) {
	for i := range before {
		if before[i].value != after[i].value {
			list = append(list, hiring.DeliveryEffect{DeliveryID: delivery, CandidateID: candidate, Field: before[i].name,
				Before: before[i].value, After: after[i].value, Source: source})
		}
	}
	return list
}

// effectNote puts changes into a line: "Stage: Invited → In progress · Bucket: – → Strong".
func effectNote(effects []hiring.DeliveryEffect) string {
	var parts []string
	for _, e := range effects {
		if e.Field == "Start" || e.Field == "End" {
			continue // they follow from the stage
		}
		parts = append(parts, fmt.Sprintf("%s: %s → %s", e.Field, orDash(e.Before), orDash(e.After)))
	}
	if len(parts) == 0 && len(effects) > 0 {
		return effects[0].Field + " corrected"
	}
	return strings.Join(parts, " · ")
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// moment writes a time to the millisecond, as events have it.
func moment(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05.000 UTC")
}

package mirror

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"greenroom/internal/db"
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

// ApplyDelivery gives a received webhook its effects, once or many times with the same outcome. A webhook is unsigned and
// unordered, so it is a hint: answers and scores are fetched from the provider. Two things only the webhook has are
// taken from it: where a candidate stands before the end, and the bucket. An event that the desk doesn't use is left.
func (m *Mirror) ApplyDelivery(ctx context.Context, id int64) error {
	d, err := m.store.Delivery(ctx, id)
	if err != nil {
		return err
	}
	if d.Status == hiring.DeliveryApplied || d.Status == hiring.DeliveryIgnored {
		return nil
	}
	effect, err := m.apply(ctx, d)
	switch {
	case errors.Is(err, errNotOurs):
		return m.store.SettleDelivery(ctx, id, hiring.DeliveryIgnored, effect, "")
	case err != nil:
		reason := Sentence(err)
		if reason == "" {
			reason = "The desk could not apply it; the cause is in the log."
		}
		if settling := m.store.SettleDelivery(context.WithoutCancel(ctx), id, hiring.DeliveryFailed, "", reason); settling != nil {
			err = errors.Join(err, settling)
		}
		return fmt.Errorf("applying delivery %d (%s): %w", id, d.Event, err)
	}
	return m.store.SettleDelivery(ctx, id, hiring.DeliveryApplied, effect, "")
}

// errNotOurs marks a delivery that concerns nothing of the desk.
var errNotOurs = errors.New("not ours")

func (m *Mirror) apply(ctx context.Context, d hiring.Delivery) (effect string, err error) {
	event := partnerapi.Event(d.Event)
	_, staged := stages[event]
	if !staged && event != partnerapi.EventReady && event != partnerapi.EventScored {
		return "Kept; the desk doesn't use this event", errNotOurs
	}
	var body struct{ Data partnerapi.EventData }
	if err := json.Unmarshal(d.Payload, &body); err != nil {
		return "Kept; its data can't be read", errNotOurs
	}
	if body.Data.AssessmentID == "" {
		return "Kept; it names no interview", errNotOurs
	}
	if event == partnerapi.EventReady {
		if err := m.GenerationReady(ctx, string(body.Data.AssessmentID)); err != nil {
			return "", err
		}
		return "Questions fetched", nil
	}
	assessment, err := m.assessmentByRef(ctx, string(body.Data.AssessmentID))
	if errors.Is(err, hiring.ErrNotFound) {
		return "Kept; the provider has no such interview", errNotOurs
	}
	if err != nil {
		return "", err
	}
	return m.applyToCandidate(ctx, d, event, assessment, body.Data)
}

// assessmentByRef finds the interview here, or fetches it: one made elsewhere may be first heard of in a webhook.
func (m *Mirror) assessmentByRef(ctx context.Context, ref string) (hiring.Assessment, error) {
	a, err := m.store.AssessmentByRef(ctx, m.connection, ref)
	if !errors.Is(err, hiring.ErrNotFound) {
		return a, err
	}
	if err := m.SyncAssessmentRef(ctx, ref); err != nil {
		return hiring.Assessment{}, err
	}
	return m.store.AssessmentByRef(ctx, m.connection, ref)
}

// applyToCandidate notes what an interview event says of one candidate, then fetches what the provider knows of a
// candidate who is through.
func (m *Mirror) applyToCandidate(ctx context.Context, d hiring.Delivery, event partnerapi.Event, a hiring.Assessment, data partnerapi.EventData) (effect string, err error) {
	keys := db.CandidateKeys{AssessmentID: a.ID, InviteRef: string(data.InviteID), SubmissionRef: string(data.SubmissionID), Email: data.CandidateEmail}
	if keys.InviteRef == "" && keys.SubmissionRef == "" && keys.Email == "" {
		return "Kept; it names no candidate", errNotOurs
	}
	c, err := m.store.ChangeCandidate(ctx, keys, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
		if c.Name == "" {
			c.Name = data.CandidateName
		}
		effect = move(c, event, data, d.EventAt)
		return []hiring.HistoryEvent{{
			Kind: d.Event, At: d.EventAt, ReceivedAt: d.ReceivedAt, Source: "webhook", Detail: historyDetail(event, data), DeliveryID: d.ID,
		}}, nil
	})
	if err != nil {
		return "", err
	}
	if !c.Stage.Over() {
		return effect, nil
	}
	return effect, m.SyncCandidate(ctx, c.ID)
}

// move takes from an event what only it tells, and says in words what that changed.
func move(c *hiring.Candidate, event partnerapi.Event, data partnerapi.EventData, at time.Time) (effect string) {
	if event == partnerapi.EventScored {
		if !c.Stage.Over() { // only what is through is scored; the provider's list says how it ended
			c.Advance(hiring.StageFinished, at)
		}
		if data.Bucket == "" {
			return "Score fetched"
		}
		c.Bucket = data.Bucket
		return "Score fetched; bucket: " + data.Bucket
	}
	next := stages[event]
	if refined, ok := endedStages[data.InterviewStatus]; ok && event == partnerapi.EventEnded {
		next = refined
	}
	if event == partnerapi.EventStarted && c.StartedAt == nil {
		c.StartedAt = &at // also when the end was reported first
	}
	if event == partnerapi.EventError {
		c.ErrorCode, c.ErrorMessage = data.ErrorCode, data.ErrorMessage
	}
	before := c.Stage
	if !c.Advance(next, at) {
		return "Nothing new: already " + before.Name()
	}
	if before == "" {
		return "New here: " + next.Name()
	}
	return before.Name() + " → " + next.Name()
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

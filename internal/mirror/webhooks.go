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

// ApplyDelivery gives a received webhook its effects, once or many times with the same outcome. A webhook is unsigned and
// unordered, so it is a hint: answers and scores are fetched from the provider. Two things only the webhook has are
// taken from it: where a candidate stands before the end, and the bucket. An event that the desk doesn't use is left.
// After a failure the delivery waits for the next try; after the last one it is given up, with the reason.
func (m *Mirror) ApplyDelivery(ctx context.Context, id int64, last bool) error {
	d, err := m.store.Delivery(ctx, id)
	if err != nil {
		return err
	}
	if d.Settled() {
		return nil
	}
	if d.ConnectionID != m.connection {
		return fmt.Errorf("applying delivery %d: %w", id, ErrElsewhere)
	}
	began := time.Now()
	effects, note, err := m.apply(ctx, d)
	settled := hiring.DeliverySettlement{Status: hiring.DeliveryApplied, Effect: note, Took: time.Since(began)}
	switch {
	case errors.Is(err, errNotOurs):
		settled.Status = hiring.DeliveryIgnored
	case err != nil:
		settled.Status, settled.Effect, settled.Problem = hiring.DeliveryFailed, effectNote(effects), problemOf(err)
		if last {
			settled.Status = hiring.DeliveryDead
		}
		// The note has to be made even when the failure is that the program is ending.
		if settling := m.store.SettleDelivery(context.WithoutCancel(ctx), id, settled); settling != nil {
			err = errors.Join(err, settling)
		}
		return fmt.Errorf("applying delivery %d (%s): %w", id, d.Event, err)
	case len(effects) > 0:
		settled.Effect = effectNote(effects)
	case d.Effect != "": // what an earlier try did is what it did
		settled.Effect = ""
	}
	return m.store.SettleDelivery(ctx, id, settled)
}

// problemOf says for an operator why a delivery could not be applied.
func problemOf(err error) string {
	switch said := Sentence(err); {
	case said != "":
		return said
	case errors.Is(err, hiring.ErrUnavailable):
		return "The database didn't answer."
	case errors.Is(err, context.Canceled):
		return "The program was ending."
	case errors.Is(err, context.DeadlineExceeded):
		return "It took too long."
	}
	return "The desk could not apply it; the cause is in the log."
}

// errNotOurs marks a delivery that concerns nothing of the desk.
var errNotOurs = errors.New("not ours")

// apply gives what changed, and in words what to say when that is nothing.
func (m *Mirror) apply(ctx context.Context, d hiring.Delivery) (effects []hiring.DeliveryEffect, note string, err error) {
	if !d.HasBody {
		return nil, "Its body is no longer kept", errNotOurs
	}
	var body struct{ Data partnerapi.EventData }
	var otherType *json.UnmarshalTypeError // of one field; the others are read
	unread := json.Unmarshal(d.Body, &body)
	if unread != nil && errors.As(unread, &otherType) {
		unread = nil
	}
	event := partnerapi.Event(d.Event)
	if _, staged := stages[event]; !staged && event != partnerapi.EventReady && event != partnerapi.EventScored && event != partnerapi.EventRecorded {
		return m.unused(ctx, d, body.Data)
	}
	if unread != nil {
		return nil, "Kept; its data can't be read", errNotOurs
	}
	if body.Data.AssessmentID == "" {
		return nil, "Kept; it names no interview", errNotOurs
	}
	if event == partnerapi.EventReady {
		return m.applyReady(ctx, d, string(body.Data.AssessmentID))
	}
	assessment, err := m.assessmentByRef(ctx, string(body.Data.AssessmentID))
	if errors.Is(err, hiring.ErrNotFound) {
		return nil, "Kept; the provider has no such interview", errNotOurs
	}
	if err != nil {
		return nil, "", err
	}
	return m.applyToCandidate(ctx, d, assessment, body.Data)
}

// unused leaves an event that the desk has no use for, but for what it says of somebody who was erased.
func (m *Mirror) unused(ctx context.Context, d hiring.Delivery, data partnerapi.EventData) ([]hiring.DeliveryEffect, string, error) {
	const kept = "Kept; the desk doesn't use this event"
	a, err := m.store.AssessmentByRef(ctx, m.connection, string(data.AssessmentID))
	if errors.Is(err, hiring.ErrNotFound) {
		return nil, kept, errNotOurs
	}
	if err != nil {
		return nil, "", err
	}
	keys := keysIn(a, data)
	switch erased, err := m.store.Erased(ctx, keys); {
	case err != nil:
		return nil, "", err
	case erased:
		return nil, ofErased, m.forgetDelivery(ctx, d.ID, a.Ref, keys)
	}
	return nil, kept, errNotOurs
}

// ofErased is all that is said of a delivery that spoke of somebody who was erased.
const ofErased = "Not kept: its candidate was deleted"

func keysIn(a hiring.Assessment, data partnerapi.EventData) db.CandidateKeys {
	return db.CandidateKeys{AssessmentID: a.ID, InviteRef: string(data.InviteID), SubmissionRef: string(data.SubmissionID), Email: data.CandidateEmail}
}

// applyReady fetches what was written for an interview.
func (m *Mirror) applyReady(ctx context.Context, d hiring.Delivery, ref string) (effects []hiring.DeliveryEffect, note string, err error) {
	before, err := m.store.AssessmentByRef(ctx, m.connection, ref)
	if err != nil && !errors.Is(err, hiring.ErrNotFound) {
		return nil, "", err
	}
	if err := m.GenerationReady(ctx, ref); err != nil {
		return nil, "", err
	}
	after, err := m.store.AssessmentByRef(ctx, m.connection, ref)
	if err != nil {
		return nil, "", err
	}
	effects = changesOf(d.ID, 0, hiring.EffectFetched, assessmentFields(before), assessmentFields(after))
	return effects, "Questions fetched; nothing new", m.store.InsertDeliveryEffects(ctx, effects)
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
func (m *Mirror) applyToCandidate(ctx context.Context, d hiring.Delivery, a hiring.Assessment, data partnerapi.EventData) (effects []hiring.DeliveryEffect, note string, err error) {
	keys := keysIn(a, data)
	if keys.InviteRef == "" && keys.SubmissionRef == "" && keys.Email == "" {
		return nil, "Kept; it names no candidate", errNotOurs
	}
	event := partnerapi.Event(d.Event)
	var c hiring.Candidate
	err = m.store.InTx(ctx, func(tx *db.Store) error {
		var before hiring.Candidate
		c, err = tx.ChangeCandidate(ctx, keys, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
			before = *c
			var known []hiring.HistoryEvent
			if c.ID != 0 {
				if known, err = tx.History(ctx, c.ID); err != nil {
					return nil, err
				}
			}
			if c.Name == "" {
				c.Name = data.CandidateName
			}
			move(c, told{d.ID, event, d.EventAt}, data, known)
			return []hiring.HistoryEvent{{
				Kind: d.Event, At: d.EventAt, ReceivedAt: d.ReceivedAt, Source: "webhook", Detail: historyDetail(event, data), DeliveryID: d.ID,
			}}, nil
		})
		if err != nil {
			return err
		}
		effects = changesOf(d.ID, c.ID, hiring.EffectTold, candidateFields(before), candidateFields(c))
		return tx.InsertDeliveryEffects(ctx, effects)
	})
	if errors.Is(err, hiring.ErrErased) {
		return nil, ofErased, m.forgetDelivery(ctx, d.ID, a.Ref, keys)
	}
	if err != nil {
		return nil, "", err
	}
	note = "Nothing new: already " + c.Stage.Name()
	if !c.Stage.Over() {
		return effects, note, nil
	}
	spoken, err := m.store.Answers(ctx, c.ID)
	if err != nil {
		return effects, note, err
	}
	asking := *m
	switch event {
	case partnerapi.EventScored: // of two of one moment nothing here tells which is the later
		asking.anew = true
	case partnerapi.EventRecorded:
		if asking.anew = true; !m.Abilities(ctx).Recordings { // it could not when it was last asked
			m.refreshAbilities(ctx)
		}
	}
	if err := asking.SyncCandidate(ctx, c.ID); err != nil {
		return effects, note, err
	}
	after, err := m.store.Candidate(ctx, c.ID)
	if err != nil {
		return effects, note, err
	}
	answers, err := m.store.Answers(ctx, c.ID)
	if err != nil {
		return effects, note, err
	}
	fetched := append(changesOf(d.ID, c.ID, hiring.EffectFetched, candidateFields(c), candidateFields(after)),
		recordingChanges(d.ID, c.ID, spoken, answers)...)
	return append(effects, fetched...), note, m.store.InsertDeliveryEffects(ctx, fetched)
}

package storm

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"greenroom/internal/partnerapi"
)

// event is one thing that happened to one person.
type event struct {
	person int
	number int // of the person's events, in their order
	name   partnerapi.Event
	at     time.Time
	data   partnerapi.EventData
}

// key tells events apart.
func (e event) key() string {
	return fmt.Sprintf("%s %s %d", e.data.SubmissionID, e.name, e.at.UnixMilli())
}

// body is the event as a provider sends it.
func (e event) body(assessment string) []byte {
	e.data.AssessmentID = partnerapi.ID(assessment)
	data, _ := json.Marshal(e.data)
	body, _ := json.Marshal(partnerapi.Webhook{Event: e.name, Timestamp: e.at.Format("2006-01-02T15:04:05.000Z"), CompanyID: "7", Data: data})
	return body
}

// lives makes the events of as many people as it takes for n, each person's in their order. People begin, put it off,
// break, come back, end in some way and are scored, some of them twice.
func lives(r *rand.Rand, n int) []event {
	begin := time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)
	var all []event
	for person := 0; len(all) < n; person++ {
		at, number := begin.Add(time.Duration(person)*time.Second), 0
		add := func(name partnerapi.Event, data partnerapi.EventData) {
			at = at.Add(time.Duration(1+r.IntN(90_000)) * time.Millisecond)
			data.SubmissionID = partnerapi.ID(fmt.Sprintf("sub-%05d", person))
			data.InviteID = partnerapi.ID(fmt.Sprintf("inv-%05d", person))
			data.CandidateName = fmt.Sprintf("Person %d", person)
			data.CandidateEmail = fmt.Sprintf("person%d@example.com", person)
			all = append(all, event{person, number, name, at, data})
			number++
		}
		add(partnerapi.EventStarted, partnerapi.EventData{InterviewStatus: partnerapi.InterviewStarted})
		for range r.IntN(3) {
			if r.IntN(2) == 0 {
				add(partnerapi.EventCompleteLater, partnerapi.EventData{InterviewStatus: partnerapi.InterviewCompleteLater})
			} else {
				add(partnerapi.EventError, partnerapi.EventData{InterviewStatus: partnerapi.InterviewError, ErrorCode: fmt.Sprintf("E%d", r.IntN(5)), ErrorMessage: "The line broke."})
			}
			if r.IntN(4) > 0 {
				add(partnerapi.EventStarted, partnerapi.EventData{InterviewStatus: partnerapi.InterviewStarted})
			}
		}
		if r.IntN(5) == 0 {
			continue // still at it
		}
		ends := []string{partnerapi.InterviewCompleted, partnerapi.InterviewTimedOut, partnerapi.InterviewEnded}
		add(partnerapi.EventEnded, partnerapi.EventData{InterviewStatus: ends[r.IntN(len(ends))]})
		for range r.IntN(3) {
			score := float64(r.IntN(101))
			add(partnerapi.EventScored, partnerapi.EventData{Score: &score, Bucket: []string{"Strong fit", "Possible fit", "No fit"}[r.IntN(3)]})
		}
	}
	return all
}

// weather is the order in which a bad network delivers events: people's lives mixed, a fifth of the deliveries out of
// order, and a ninth sent again, which makes a tenth of all.
func weather(r *rand.Rand, all []event) []event {
	sent := make([]event, 0, len(all)*10/9)
	var open [][]event // lives under way
	byPerson := map[int][]event{}
	for _, e := range all {
		byPerson[e.person] = append(byPerson[e.person], e)
	}
	next := 0
	for len(sent) < len(all) {
		for len(open) < 200 && len(byPerson[next]) > 0 {
			open, next = append(open, byPerson[next]), next+1
		}
		i := r.IntN(len(open))
		sent = append(sent, open[i][0])
		if open[i] = open[i][1:]; len(open[i]) == 0 {
			open[i] = open[len(open)-1]
			open = open[:len(open)-1]
		}
	}
	for range len(sent) / 10 { // a swap moves two
		i := r.IntN(len(sent))
		j := min(len(sent)-1, i+1+r.IntN(1000))
		sent[i], sent[j] = sent[j], sent[i]
	}
	for again := len(sent) / 9; again > 0; again-- {
		i := r.IntN(len(sent))
		j := min(len(sent), i+r.IntN(300)) // some at once, some much later
		sent = append(sent[:j], append([]event{sent[i]}, sent[j:]...)...)
	}
	return sent
}

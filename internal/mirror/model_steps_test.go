package mirror_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// pick chooses by a step's number; ok is false where there is nothing to choose from.
func pick[T any](list []T, n uint16) (v T, ok bool) {
	if len(list) == 0 {
		return v, false
	}
	return list[int(n)%len(list)], true
}

// do does one step. The error is a failure of the mirror, not of the weather.
func (m *model) do(s step) error {
	m.pass(time.Duration(1+s.n[2]%5000) * time.Millisecond)
	if done, err := m.provider(s); done || err != nil {
		return errors.Join(err, m.listen())
	}
	if done, err := m.way(s); done || err != nil {
		return errors.Join(err, m.listen())
	}
	return errors.Join(m.here(s), m.listen())
}

// elsewhereRefs are the interviews of the provider.
func (m *model) elsewhereRefs() (refs []string, err error) {
	page, err := m.direct.Assessments(m.ctx, 1, 100)
	for _, a := range slices.Backward(page.Assessments) {
		refs = append(refs, string(a.AssessmentID))
	}
	return refs, err
}

// provider does what happens at the provider.
func (m *model) provider(s step) (done bool, err error) {
	switch s.op {
	case "interview elsewhere":
		m.number++
		minutes := 10 + int(s.n[0]%50)
		_, err := m.direct.CreateAssessment(m.ctx, partnerapi.CreateRequest{Title: fmt.Sprintf("Elsewhere %d", m.number), HiringForRole: "Clerk",
			PurposeOfInterview: "To see who fits the role.", Status: partnerapi.StatusActive, Duration: &minutes, Skills: []string{"Go"}})
		return true, err
	case "clock":
		m.pass(time.Duration(s.n[0]%40) * time.Minute)
		_, err := m.engine.Sweep(m.ctx)
		return true, err
	case "mode":
		mode, _ := pick([]partnerapi.ScoringMode{partnerapi.ScoringPeople, partnerapi.ScoringChecklist}, s.n[0])
		_, err := m.direct.SetScoring(m.ctx, partnerapi.Scoring{Mode: mode})
		return true, err
	}
	if done, err := m.room(s); done || err != nil {
		return done, err
	}
	refs, err := m.elsewhereRefs()
	if err != nil {
		return false, err
	}
	ref, ok := pick(refs, s.n[0])
	if !ok {
		return false, nil
	}
	m.number++
	switch s.op {
	case "title elsewhere":
		title, minutes := fmt.Sprintf("Retitled %d", m.number), 20
		return true, m.direct.UpdateAssessment(m.ctx, ref, partnerapi.UpdateRequest{Title: &title, Duration: &minutes})
	case "question elsewhere":
		_, err := m.direct.AddQuestion(m.ctx, ref, partnerapi.QuestionRequest{Question: fmt.Sprintf("Elsewhere: what is %d?", m.number)})
		return true, err
	case "reword elsewhere", "remove question elsewhere":
		a, err := m.direct.Assessment(m.ctx, ref)
		q, ok := pick(a.Questions, s.n[1])
		if err != nil || !ok {
			return true, err
		}
		if s.op == "remove question elsewhere" {
			return true, m.direct.DeleteQuestion(m.ctx, ref, string(q.ID))
		}
		return true, m.direct.UpdateQuestion(m.ctx, ref, string(q.ID), partnerapi.QuestionRequest{Question: fmt.Sprintf("Elsewhere: reworded to %d?", m.number)})
	case "invite elsewhere":
		email := address(s.n[1])
		_, err := m.direct.Invite(m.ctx, ref, partnerapi.InviteRequest{EmailAddress: email, FirstName: "Some", LastName: "Body", InviteeType: partnerapi.InviteeCandidate})
		if err == nil {
			m.elsewhere[ref+" "+email] = true
		}
		return true, m.pardon(err)
	case "register":
		email := address(s.n[1])
		_, err := m.engine.Register(m.ctx, ref, engine.Person{FirstName: "Some", LastName: "Body", Email: email})
		if err == nil {
			m.elsewhere[ref+" "+email] = true
		}
		if errors.Is(err, engine.ErrRegistered) || errors.Is(err, engine.ErrInactive) {
			err = nil
		}
		return true, err
	}
	return false, nil
}

func address(n uint16) string { return fmt.Sprintf("p%d@example.com", n%12) }

// room does what candidates do, and those who score them elsewhere.
func (m *model) room(s step) (done bool, err error) {
	do, ok := map[string]func(invite string) error{
		"open":   func(invite string) error { _, err := m.engine.Open(m.ctx, invite); return err },
		"later":  func(invite string) error { return m.engine.CompleteLater(m.ctx, invite) },
		"start":  func(invite string) error { _, _ = m.engine.Open(m.ctx, invite); return m.engine.Start(m.ctx, invite) },
		"submit": func(invite string) error { return m.engine.Submit(m.ctx, invite) },
		"leave":  func(invite string) error { return m.engine.End(m.ctx, invite) },
		"trouble": func(invite string) error {
			return m.engine.Fail(m.ctx, invite, "NO_MICROPHONE", "It was not permitted")
		},
		"answer": func(invite string) error {
			sub, err := m.engine.Open(m.ctx, invite)
			q, ok := pick(sub.Answers, s.n[1])
			if err != nil || !ok {
				return err
			}
			return m.engine.SaveAnswer(m.ctx, invite, q.QuestionID, fmt.Sprintf("It is %d, I think.", s.n[1]))
		},
		"speak": func(invite string) error { return m.speak(invite, s.n[1]) },
		"take part": func(invite string) error { // from the beginning to the end, so that it happens often enough
			_, _ = m.engine.Open(m.ctx, invite)
			return errors.Join(m.engine.Start(m.ctx, invite), m.speak(invite, s.n[1]), m.engine.Submit(m.ctx, invite))
		},
		"finish speaking": func(invite string) error { // in time, late, or what came of it
			id, ok := pick(m.spoken[invite], s.n[1])
			if !ok {
				return nil
			}
			parts, seconds := int(s.n[1]%2), time.Duration(s.n[1])*time.Second
			return m.engine.FinishRecording(m.ctx, invite, id, parts, seconds)
		},
		"score elsewhere": func(invite string) error {
			var ref string
			if err := m.pool.QueryRow(m.ctx, `SELECT assessment_id FROM engine.invites WHERE id = $1`, invite).Scan(&ref); err != nil {
				return err
			}
			_, err := m.direct.Evaluate(m.ctx, ref, invite, partnerapi.EvaluationRequest{Score: float64(s.n[1] % 101), Summary: fmt.Sprintf("Judged %d.", s.n[1])})
			return m.pardon(err)
		},
	}[s.op]
	if !ok {
		return false, nil
	}
	// Those who can do it first, so that a step seldom does nothing.
	rows, err := m.pool.Query(m.ctx, `
		SELECT i.id FROM engine.invites i LEFT JOIN engine.submissions s ON s.invite_id = i.id
		WHERE i.invitee_type = 'CANDIDATE' AND coalesce(s.status, '') = ANY ($1) ORDER BY i.created_at, lower(i.email)`, map[string][]string{
		"open": {""}, "later": {"ready"}, "start": {"", "ready", "complete_later"}, "submit": {"started"}, "answer": {"started"}, "speak": {"started"}, "take part": {"", "ready", "complete_later", "started"},
		"finish speaking": {"started", "completed", "timed_out"},
		"leave":           {"started"}, "trouble": {"started"}, "score elsewhere": {"completed", "timed_out"}}[s.op])
	if err != nil {
		return true, err
	}
	var invites []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return true, err
		}
		invites = append(invites, id)
	}
	invite, ok := pick(invites, s.n[0])
	if rows.Err() != nil || !ok {
		return true, rows.Err()
	}
	err = do(invite)
	for _, refusal := range []error{engine.ErrNotFound, engine.ErrInactive, engine.ErrNoQuestions, engine.ErrNotStarted, engine.ErrTimedOut, engine.ErrOver} {
		if errors.Is(err, refusal) {
			return true, nil
		}
	}
	return true, err
}

// speak has somebody begin to answer one question, and perhaps end.
func (m *model) speak(invite string, n uint16) error {
	m.number++
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", m.number)
	if err := m.engine.BeginRecording(m.ctx, invite, 1+int(n%2), id, "audio/webm; codecs=opus", 0); err != nil {
		return err
	}
	m.spoken[invite] = append(m.spoken[invite], id)
	err := m.engine.SavePart(m.ctx, invite, id, 0, fmt.Appendf(nil, "part %d", n))
	if err == nil && n/2%3 == 0 {
		err = m.engine.FinishRecording(m.ctx, invite, id, 1, time.Minute)
	}
	return err
}

// way does what happens between the two.
func (m *model) way(s step) (done bool, err error) {
	at := 0
	if len(m.waiting) > 0 {
		at = int(s.n[0]) % len(m.waiting)
	}
	switch s.op {
	case "deliver", "deliver again", "lose":
		if len(m.waiting) == 0 {
			return true, nil
		}
		body := m.waiting[at]
		if s.op != "deliver again" {
			m.waiting = slices.Delete(m.waiting, at, at+1)
		}
		if s.op == "lose" {
			return true, nil
		}
		return true, m.receive(body)
	case "apply again":
		if id, ok := pick(m.received, s.n[0]); ok {
			return true, m.apply(id)
		}
		return true, nil
	case "outage":
		kind, _ := pick(outages, s.n[0])
		m.under(kind)
		return true, nil
	case "clear":
		m.under("")
		return true, nil
	case "restart":
		m.restart()
		return true, nil
	}
	return false, nil
}

// here does what people do at the desk.
func (m *model) here(s step) error {
	m.number++
	switch s.op {
	case "reconcile":
		return m.pardon(m.mirror.Reconcile(m.ctx))
	case "overtaken": // by a score and its event, while a page of an older state is on its way
		var failed error
		m.weather.meanwhile = func() {
			m.pass(time.Second)
			_, err := m.room(step{op: "score elsewhere", n: s.n})
			failed = errors.Join(err, m.listen())
			for ; failed == nil && len(m.waiting) > 0; m.waiting = m.waiting[1:] {
				failed = m.receive(m.waiting[0])
			}
			m.pass(time.Second)
		}
		err := m.pardon(m.mirror.Reconcile(m.ctx))
		m.weather.meanwhile = nil
		return errors.Join(err, failed)
	case "ask again":
		if title, ok := pick(slices.Sorted(maps.Keys(m.interviews)), s.n[0]); ok {
			return m.create(m.interviews[title])
		}
		if text, ok := pick(slices.Sorted(maps.Keys(m.questions)), s.n[0]); ok {
			return m.add(m.questions[text])
		}
		return nil
	case "interview here":
		return m.create(hiring.AssessmentDraft{Title: fmt.Sprintf("Here %d", m.number), Role: "Clerk", Purpose: "To see who fits the role.",
			Status: hiring.AssessmentActive, Duration: 10 + int(s.n[0]%50), Language: "english", Skills: []string{"SQL"}, Buckets: hiring.StandardBuckets})
	}
	list, err := m.store.AssessmentNames(m.ctx, m.connection)
	if err != nil {
		return err
	}
	slices.SortFunc(list, func(a, b hiring.Assessment) int { return int(a.ID - b.ID) })
	a, ok := pick(list, s.n[0])
	if !ok {
		return nil
	}
	switch s.op {
	case "look":
		return m.pardon(m.mirror.SyncAssessment(m.ctx, a.ID))
	case "settings here":
		_, err := m.mirror.UpdateAssessment(m.ctx, a.ID, hiring.AssessmentChange{Title: fmt.Sprintf("Changed here %d", m.number),
			Purpose: "To see who fits.", Duration: 30, Language: "german", Skills: []string{"Go", "SQL"}})
		return m.pardon(err)
	case "question here":
		return m.add(wanted{a.ID, hiring.QuestionDraft{Text: fmt.Sprintf("Here: what is %d?", m.number), IdealAnswer: fmt.Sprintf("It is %d.", m.number)}})
	case "invite here":
		var people []hiring.Invitee
		for k := range 1 + s.n[1]%3 {
			people = append(people, hiring.Invitee{FirstName: "Some", LastName: "Body", Email: address(s.n[1]/4 + k)})
		}
		batch, err := m.store.InsertInviteBatch(m.ctx, a.ID, hiring.InviteCandidate, 0, m.now(), people)
		if err != nil {
			return err
		}
		m.batches = append(m.batches, batch)
		_, err = m.mirror.SendInvites(m.ctx, batch)
		return m.pardon(err)
	}
	if s.op == "erase" {
		page, err := m.store.Candidates(m.ctx, db.CandidateQuery{Connection: m.connection, Filter: hiring.CandidateFilter{AssessmentID: a.ID}, Now: m.now()}, "", 1000)
		if c, ok := pick(page.Candidates, s.n[1]); ok {
			return m.erase(c.ID)
		}
		return err
	}
	all, err := m.store.AllQuestions(m.ctx, a.ID)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(q hiring.Question) bool { return (q.DeletedAt != nil) != (s.op == "restore question here") })
	slices.SortFunc(all, func(a, b hiring.Question) int { return int(a.ID - b.ID) })
	q, ok := pick(all, s.n[1])
	if !ok {
		return nil
	}
	switch s.op {
	case "reword here":
		d := hiring.QuestionDraft{Text: fmt.Sprintf("Here: reworded to %d?", m.number), IdealAnswer: fmt.Sprintf("It became %d.", m.number)}
		changed, err := m.mirror.UpdateQuestion(m.ctx, a.ID, q.ID, d, "")
		if err == nil {
			m.notes[changed.Ref] = d.IdealAnswer
		} else {
			delete(m.notes, q.Ref) // one or the other
		}
		return m.pardon(err)
	case "remove question here":
		_, err := m.mirror.DeleteQuestion(m.ctx, a.ID, q.ID)
		return m.pardon(err)
	case "restore question here":
		_, err := m.mirror.RestoreQuestion(m.ctx, a.ID, q.ID)
		return m.pardon(err)
	}
	return nil
}

package mirror

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// CandidateChanges is what a sync of candidates changed, by the desk's ids.
type CandidateChanges struct {
	Seen    int     // how many the provider listed
	Changed []int64 // new ones among them
	Scored  []int64 // those whose score is another than before
}

// SyncCandidates takes over what the provider says of everybody who finished or timed out in an interview. What it
// took over before an error stays.
func (m *Mirror) SyncCandidates(ctx context.Context, assessment int64) (CandidateChanges, error) {
	return m.syncCandidates(ctx, assessment, "", nil)
}

// syncCandidates is SyncCandidates from the page of a token on; after, if there is one, is told of every further page.
func (m *Mirror) syncCandidates(ctx context.Context, assessment int64, token string, after func(next string, seen int) error) (CandidateChanges, error) {
	var changes CandidateChanges
	a, err := m.assessment(ctx, assessment)
	if err != nil {
		return changes, err
	}
	err = m.listCandidates(ctx, a.Ref, token, func(told partnerapi.Candidate, asked time.Time) (bool, error) {
		changes.Seen++
		return true, m.takeCandidate(ctx, assessment, a.Ref, told, asked, &changes)
	}, func(next string) error {
		if after == nil {
			return nil
		}
		return after(next, changes.Seen)
	})
	return changes, err
}

// SyncCandidate is SyncCandidates for one candidate. Somebody whom the provider doesn't list (yet) stays as they are.
func (m *Mirror) SyncCandidate(ctx context.Context, candidate int64) error {
	c, err := m.store.Candidate(ctx, candidate)
	if err != nil {
		return err
	}
	a, err := m.assessment(ctx, c.AssessmentID)
	if err != nil {
		return err
	}
	found := false
	look := func(token string) error {
		return m.listCandidates(ctx, a.Ref, token, func(told partnerapi.Candidate, asked time.Time) (more bool, err error) {
			found = c.InviteRef != "" && c.InviteRef == string(told.CandidateID) ||
				c.InviteRef == "" && c.Email != "" && strings.EqualFold(c.Email, told.Email)
			if !found {
				return true, nil
			}
			return false, m.takeCandidate(ctx, c.AssessmentID, a.Ref, told, asked, new(CandidateChanges))
		}, func(string) error { return nil })
	}
	for _, at := range []place{{a.Ref, c.InviteRef}, {a.Ref, ""}} {
		token, known := m.pages.Load(at)
		if known && token != "" {
			if err := look(token.(string)); found {
				return err
			} else if m.pages.Delete(at); errors.Is(err, hiring.ErrUnavailable) {
				return err
			} // else the token is too old, or the list is in another order
		}
		if known {
			break
		}
	}
	return look("")
}

// place is where in the list of an interview somebody stands, or with no person where the list ends and those who are new
// come. The token of its page is remembered, so that an event doesn't read a long list from the start: in this process
// only, for it may be refused one day.
type place struct{ interview, person string }

// listCandidates goes through the provider's list, from the page of a token, until its end or until take, which is told
// when the page was asked for, says enough; turn is told before each further page.
func (m *Mirror) listCandidates(ctx context.Context, ref, token string, take func(c partnerapi.Candidate, asked time.Time) (more bool, err error), turn func(next string) error) error {
	seen := map[string]bool{}
	for {
		asked := m.now()
		page, err := m.client.Candidates(ctx, ref, partnerapi.CandidateLimitMax, token)
		if err != nil {
			return fmt.Errorf("reading the candidates of interview %s: %w", ref, err)
		}
		if page.Pagination.NextToken == nil {
			m.pages.Store(place{ref, ""}, token)
		}
		for _, c := range page.Candidates {
			m.pages.Store(place{ref, string(c.CandidateID)}, token)
			if more, err := take(c, asked); err != nil || !more {
				return err
			}
		}
		if page.Pagination.NextToken == nil {
			return nil
		}
		token = *page.Pagination.NextToken
		if seen[token] {
			return fmt.Errorf("reading the candidates of interview %s: the same page came twice", ref)
		}
		seen[token] = true
		if err := turn(token); err != nil {
			return err
		}
	}
}

// takeCandidate stores what a page of the provider's list, asked for at a time, says of one person. What a page asked for
// later told meanwhile stays: then the interview is looked at again.
func (m *Mirror) takeCandidate(ctx context.Context, assessment int64, ref string, told partnerapi.Candidate, asked time.Time, changes *CandidateChanges) error {
	keys := db.CandidateKeys{AssessmentID: assessment, InviteRef: string(told.CandidateID), Email: clean(told.Email)}
	eval, err := m.groundOf(ctx, keys, ref, told)
	if err != nil {
		if erased, _ := m.store.Erased(ctx, keys); erased { // the ground may be gone with them, since the page was read
			return m.stillErased(ctx, ref, keys, true)
		}
		return err
	}
	able, now, source := m.Abilities(ctx), m.now(), "api"
	if m.comparing {
		source = "reconcile"
	}
	var old, scored, changed bool
	var before, c hiring.Candidate
	err = m.store.InTx(ctx, func(tx *db.Store) error {
		c, err = tx.ChangeCandidate(ctx, keys, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
			if old = c.SyncedAt != nil && c.SyncedAt.After(asked); old {
				return nil, nil
			}
			before = *c
			var events []hiring.HistoryEvent
			takeResult(c, told, eval, now)
			c.Heard = c.Heard || eval != nil && able.Recordings
			at, end := submittedAt(told, now).Truncate(time.Microsecond), stageOf(told.Status)
			ended := c.Advance(end, at)
			if c.Stage != end { // a score alone tells that it is over, and the list how it ended
				c.Stage, c.StageAt, c.EndedAt, ended = end, at, &at, true
			}
			if ended {
				events = append(events, hiring.HistoryEvent{Kind: string(partnerapi.EventEnded), At: at, ReceivedAt: now,
					Source: source, Detail: map[string]string{"status": told.Status}})
			}
			if scored = !sameScore(before.Score, c.Score); scored {
				at := scoredAt(eval, before, at, now)
				if c.Score != nil {
					c.ScoredAt = &at
				}
				events = append(events, hiring.HistoryEvent{Kind: "score", At: at, ReceivedAt: now, Source: source,
					Detail: map[string]string{"from": figure(before.Score), "to": figure(c.Score), "basis": string(c.Basis), "model": c.Model}})
			}
			changed = c.ID == 0 || scored || len(events) > 0 || !sameResult(before, *c)
			return events, nil
		})
		if err != nil || old {
			return err
		}
		answers := answersOf(told, eval)
		if eval == nil {
			if err := keepGround(ctx, tx, c.ID, answers); err != nil {
				return err
			}
		}
		answered, err := tx.PutAnswers(ctx, c, answers)
		if err != nil {
			return err
		}
		if changed = changed || answered; changed || c.SyncedAt == nil {
			if err := tx.CandidateTold(ctx, c.ID, asked); err != nil {
				return err
			}
		}
		return m.differs(ctx, tx, before, c, changed)
	})
	if errors.Is(err, hiring.ErrErased) {
		return m.stillErased(ctx, ref, keys, true)
	}
	if err != nil {
		return fmt.Errorf("keeping a candidate of interview %d: %w", assessment, err) // their id at the provider opens their room
	}
	if old {
		return m.store.DueOne(ctx, assessment, now)
	}
	if changed {
		changes.Changed = append(changes.Changed, c.ID)
	}
	if scored {
		changes.Scored = append(changes.Scored, c.ID)
	}
	return nil
}

// groundOf asks on what ground a score stands and what is spoken of the answers, where the provider can say, and where
// the answer isn't known already; nil otherwise.
func (m *Mirror) groundOf(ctx context.Context, keys db.CandidateKeys, ref string, told partnerapi.Candidate) (*partnerapi.Evaluation, error) {
	able, judged := m.Abilities(ctx), told.Score != nil || told.AIScore != nil
	if !able.Evaluation || !judged && !able.Recordings {
		return nil, nil
	}
	known, err := m.store.MatchCandidate(ctx, keys)
	if err == nil && !m.anew && (!judged || known.Basis != hiring.BasisNone && known.Basis != hiring.BasisProvider && sameScore(known.Score, told.Score) && sameScore(known.AIScore, told.AIScore) &&
		known.Evaluation == hiring.EvaluationStatus(told.EvaluationStatus) && known.Bucket != "") {
		heard := true
		if able.Recordings {
			heard, err = m.heard(ctx, known, told.Questions)
		}
		if err != nil || heard {
			return nil, err
		}
	}
	eval, err := m.client.Evaluation(ctx, ref, string(told.CandidateID))
	if err != nil {
		return nil, fmt.Errorf("reading the ground of a score: %w", err)
	}
	return &eval, nil
}

// takeResult copies what the provider says; a null leaves nothing behind, since it is what the provider now says.
func takeResult(c *hiring.Candidate, told partnerapi.Candidate, eval *partnerapi.Evaluation, now time.Time) {
	if name := clean(told.Name); name != "" {
		c.Name = name
	}
	if email := clean(told.Email); email != "" {
		c.Email = email
	}
	c.Score, c.AIScore = bounded(told.Score), bounded(told.AIScore)
	c.Summary = ""
	if told.AISummary != nil {
		c.Summary = clean(*told.AISummary)
	}
	c.Evaluation = hiring.EvaluationStatus(clean(told.EvaluationStatus))
	switch {
	case c.Score == nil && c.AIScore == nil:
		c.Basis, c.Model, c.Confirmed = hiring.BasisNone, "", false
	case eval != nil:
		c.Basis, c.Model, c.Confirmed = hiring.Basis(eval.Basis), clean(eval.Model), eval.Confirmed
		if eval.Bucket != "" {
			c.Bucket = clean(eval.Bucket)
		}
	case c.Basis == hiring.BasisNone:
		c.Basis = hiring.BasisProvider
	}
}

// keepGround gives answers the recordings that are known of them, and the evidence as long as their texts are the same.
func keepGround(ctx context.Context, tx *db.Store, candidate int64, answers []hiring.Answer) error {
	have, err := tx.Answers(ctx, candidate)
	for i := range answers {
		for _, known := range have {
			if known.QuestionRef != answers[i].QuestionRef {
				continue
			}
			answers[i].Recording = known.Recording
			if known.Text == answers[i].Text {
				answers[i].Evidence = known.Evidence
			}
		}
	}
	return err
}

// answersOf are the answers of the list, with the evidence and the recordings that eval, if there is one, tells of.
func answersOf(told partnerapi.Candidate, eval *partnerapi.Evaluation) []hiring.Answer {
	evidence, spoken := map[partnerapi.ID][]hiring.Passage{}, map[partnerapi.ID]*partnerapi.Recording{}
	if eval != nil {
		for _, q := range eval.Questions {
			spoken[q.QuestionID] = q.Recording
			for _, p := range q.Evidence {
				evidence[q.QuestionID] = append(evidence[q.QuestionID], hiring.Passage(p))
			}
		}
	}
	var answers []hiring.Answer
	for i, q := range told.Questions {
		a := hiring.Answer{QuestionRef: string(q.ID), Position: i + 1, Question: clean(q.Question), Text: clean(q.UserAnswer),
			Type: clean(q.Type), Score: bounded(q.Score), AIScore: bounded(q.AIScore), Evidence: evidence[q.ID]}
		a.Recording = recordingOf(spoken[q.ID], a.Text)
		if q.ReasonOfScore != nil {
			a.Reason = clean(*q.ReasonOfScore)
		}
		answers = append(answers, a)
	}
	return answers
}

func stageOf(status string) hiring.Stage {
	if status == partnerapi.CandidateTimedOut {
		return hiring.StageTimedOut
	}
	return hiring.StageFinished
}

func submittedAt(told partnerapi.Candidate, now time.Time) time.Time {
	if told.SubmittedAt.IsZero() {
		return now
	}
	return told.SubmittedAt.Time
}

// scoredAt is when the provider set the score. Where it doesn't say, it is now; but of somebody the desk had never heard of
// nothing is known than that it was after they handed in, and years of an account that is taken over are not today's news.
func scoredAt(eval *partnerapi.Evaluation, before hiring.Candidate, handedIn, now time.Time) time.Time {
	switch {
	case eval != nil && eval.ScoredAt != nil && !eval.ScoredAt.After(now):
		return eval.ScoredAt.Time
	case before.ID == 0 && handedIn.Before(now):
		return handedIn
	}
	return now
}

// sameResult compares what a list can change besides score and stage.
func sameResult(a, b hiring.Candidate) bool {
	return a.Name == b.Name && a.Email == b.Email && a.InviteRef == b.InviteRef && sameScore(a.AIScore, b.AIScore) &&
		a.Summary == b.Summary && a.Evaluation == b.Evaluation && a.Basis == b.Basis && a.Model == b.Model &&
		a.Confirmed == b.Confirmed && a.Bucket == b.Bucket
}

func sameScore(a, b *float64) bool {
	return a == nil && b == nil || a != nil && b != nil && *a == *b
}

func bounded(score *float64) *float64 {
	if score == nil {
		return nil
	}
	v := min(100, max(0, *score))
	return &v
}

// figure writes a score for the timeline; "" for none.
func figure(score *float64) string {
	if score == nil {
		return ""
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", *score), ".0")
}

// clean drops the one character that Postgres can't keep in a text.
func clean(s string) string { return strings.ReplaceAll(s, "\x00", "") }

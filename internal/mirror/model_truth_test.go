package mirror_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	gocmp "github.com/google/go-cmp/cmp"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/partnerapi"
)

// shownInterview is what both sides say of an interview.
type shownInterview struct {
	Ref, Title, Role, Purpose, Status, Language string
	Duration, Submissions                       int
	Skills                                      []string
	Questions                                   []shownQuestion
	People                                      []shownPerson
}

type shownQuestion struct{ Ref, Text, Ideal string }

type shownPerson struct {
	Ref, Name, Email, Stage, Score, AIScore, Summary, Evaluation string
	Basis, Bucket                                                string
	Answers                                                      []string
}

// compare says how what the desk shows differs from what is true.
func (m *model) compare() error {
	truth, err := m.truth()
	if err != nil {
		return err
	}
	shown, others, err := m.shown()
	if err != nil {
		return err
	}
	if diff := gocmp.Diff(truth, shown); diff != "" {
		return fmt.Errorf("the mirror is not the truth (-truth +mirror):\n%s", diff)
	}
	for _, c := range others {
		if c.Stage == hiring.StageFinished || c.Stage == hiring.StageTimedOut {
			return fmt.Errorf("%s is %s here, and nothing at the provider", c.Email, c.Stage)
		}
	}
	return errors.Join(m.onceEach(truth), m.invited(), m.withdrawn())
}

// withdrawn says whose score a timeline tells to be gone: nobody here takes one back.
func (m *model) withdrawn() error {
	var n int
	err := m.pool.QueryRow(m.ctx, `SELECT count(*) FROM history WHERE kind = 'score' AND detail ->> 'from' <> '' AND detail ->> 'to' = ''`).Scan(&n)
	if err == nil && n > 0 {
		err = fmt.Errorf("%d scores were withdrawn", n)
	}
	return err
}

func (m *model) truth() (list []shownInterview, err error) {
	for number := 1; ; number++ {
		page, err := m.direct.Assessments(m.ctx, number, 10)
		if err != nil {
			return nil, err
		}
		for _, w := range page.Assessments {
			v := shownInterview{Ref: string(w.AssessmentID), Title: w.TestName, Role: w.HiringForRole, Purpose: w.PurposeOfInterview, Status: strings.ToLower(w.Status),
				Language: w.AILanguage, Duration: w.Duration, Submissions: *w.SubmissionCount, Skills: w.Skills}
			details, err := m.direct.QuestionDetails(m.ctx, v.Ref)
			if err != nil {
				return nil, err
			}
			for _, d := range details {
				q := shownQuestion{v.Ref + "/" + string(d.ID), d.Question.Question, d.IdealAnswer}
				if _, known := m.notes[string(d.ID)]; m.weather.bare && !known {
					q.Ideal = ""
				}
				v.Questions = append(v.Questions, q)
			}
			if v.People, err = m.peopleOf(v.Ref); err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		if number >= page.Pagination.TotalPages {
			break
		}
	}
	slices.SortFunc(list, func(a, b shownInterview) int { return cmp.Compare(a.Ref, b.Ref) })
	return list, nil
}

func (m *model) peopleOf(ref string) (people []shownPerson, err error) {
	for token := ""; ; {
		page, err := m.direct.Candidates(m.ctx, ref, 3, token)
		if err != nil {
			return nil, err
		}
		for _, c := range page.Candidates {
			if m.erased[string(c.CandidateID)] {
				var anew bool // by people here: with the person went every row that invited them before
				if err := m.pool.QueryRow(m.ctx, `SELECT EXISTS (SELECT FROM invites i JOIN assessments a ON a.id = i.assessment_id
					WHERE a.ref = $1 AND lower(i.email) = lower($2) AND i.state IN ('sent', 'duplicate'))`, ref, c.Email).Scan(&anew); err != nil {
					return nil, err
				}
				if !anew {
					continue
				}
			}
			p := shownPerson{Ref: string(c.CandidateID), Name: c.Name, Email: c.Email, Stage: string(hiring.StageFinished), Score: points(c.Score),
				AIScore: points(c.AIScore), Evaluation: c.EvaluationStatus}
			if c.Status == partnerapi.CandidateTimedOut {
				p.Stage = string(hiring.StageTimedOut)
			}
			if c.AISummary != nil {
				p.Summary = *c.AISummary
			}
			spoken := map[partnerapi.ID]*partnerapi.Recording{} // of which the published contract tells nothing
			if !m.weather.bare {
				e, err := m.direct.Evaluation(m.ctx, ref, p.Ref)
				if err != nil {
					return nil, err
				}
				if p.Bucket = e.Bucket; c.Score != nil || c.AIScore != nil {
					p.Basis = string(e.Basis)
				}
				for _, q := range e.Questions {
					spoken[q.QuestionID] = q.Recording
				}
			} else if c.Score != nil {
				p.Basis = string(hiring.BasisProvider)
			}
			for _, a := range c.Questions {
				said := fmt.Sprintf("%s %q %q %s", a.ID, a.Question, a.UserAnswer, points(a.Score))
				if r := spoken[a.ID]; r != nil {
					said += fmt.Sprintf(", %s %d bytes of %v s, transcript %s", r.State, r.Bytes, r.Seconds, r.Transcript)
				}
				p.Answers = append(p.Answers, said)
			}
			people = append(people, p)
		}
		if page.Pagination.NextToken == nil {
			break
		}
		token = *page.Pagination.NextToken
	}
	slices.SortFunc(people, func(a, b shownPerson) int { return cmp.Compare(a.Ref, b.Ref) })
	return people, nil
}

func points(score *float64) string {
	if score == nil {
		return "none"
	}
	return fmt.Sprint(*score)
}

// shown is what the desk has; others are the people whom the provider doesn't list.
func (m *model) shown() (list []shownInterview, others []hiring.Candidate, err error) {
	rows, _, err := m.store.Assessments(m.ctx, m.connection, hiring.AssessmentFilter{}, 1000, 0)
	if err != nil {
		return nil, nil, err
	}
	for _, a := range rows {
		v := shownInterview{Ref: a.Ref, Title: a.Title, Role: a.Role, Purpose: a.Purpose, Status: string(a.Status), Language: a.Language,
			Duration: a.Duration, Submissions: a.SubmissionCount, Skills: a.Skills}
		if a.MissingSince != nil {
			v.Status = "missing"
		}
		questions, err := m.store.Questions(m.ctx, a.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, q := range questions {
			shown := shownQuestion{a.Ref + "/" + q.Ref, q.Text, q.IdealAnswer}
			if ours, known := m.notes[q.Ref]; m.weather.bare && !known {
				shown.Ideal = "" // whose notes were they?
			} else if m.weather.bare && ours != q.IdealAnswer {
				return nil, nil, fmt.Errorf("the ideal answer %q of %q became %q", ours, q.Text, q.IdealAnswer)
			} else if m.weather.bare {
				shown.Ideal = m.idealThere(q.Ref)
			}
			v.Questions = append(v.Questions, shown)
		}
		page, err := m.store.Candidates(m.ctx, db.CandidateQuery{Connection: m.connection, Filter: hiring.CandidateFilter{AssessmentID: a.ID}, Now: m.now()}, "", 1000)
		if err != nil {
			return nil, nil, err
		}
		seen := map[string]bool{}
		for _, row := range page.Candidates {
			c, err := m.store.Candidate(m.ctx, row.ID)
			if err != nil {
				return nil, nil, err
			}
			if c.Email != "" && seen[c.Email] {
				return nil, nil, fmt.Errorf("%s is twice in %s", c.Email, a.Title)
			}
			seen[c.Email] = true
			p, listed, err := m.showPerson(a.Ref, c)
			if err != nil {
				return nil, nil, err
			}
			if listed {
				v.People = append(v.People, p)
			} else {
				others = append(others, c)
			}
		}
		slices.SortFunc(v.People, func(a, b shownPerson) int { return cmp.Compare(a.Ref, b.Ref) })
		list = append(list, v)
	}
	slices.SortFunc(list, func(a, b shownInterview) int { return cmp.Compare(a.Ref, b.Ref) })
	return list, others, nil
}

// idealThere is the ideal answer at the provider, which in the published contract nobody can read; the desk's own copy is
// held to what was written here instead.
func (m *model) idealThere(ref string) (ideal string) {
	_ = m.pool.QueryRow(m.ctx, `SELECT ideal_answer FROM engine.questions WHERE id = $1`, ref).Scan(&ideal)
	return ideal
}

func (m *model) showPerson(ref string, c hiring.Candidate) (p shownPerson, listed bool, err error) {
	err = m.pool.QueryRow(m.ctx, `SELECT EXISTS (SELECT FROM engine.submissions WHERE invite_id = $1 AND assessment_id = $2 AND status IN ('completed', 'timed_out'))`,
		c.InviteRef, ref).Scan(&listed)
	if err != nil {
		return p, false, err
	}
	p = shownPerson{Ref: c.InviteRef, Name: c.Name, Email: c.Email, Stage: string(c.Stage), Score: points(c.Score), AIScore: points(c.AIScore),
		Summary: c.Summary, Evaluation: string(c.Evaluation), Basis: string(c.Basis), Bucket: c.Bucket}
	if m.weather.bare {
		p.Bucket = "" // only a webhook tells it
	}
	answers, err := m.store.Answers(m.ctx, c.ID)
	for _, a := range answers {
		said := fmt.Sprintf("%s %q %q %s", a.QuestionRef, a.Question, a.Text, points(a.Score))
		if r := a.Recording; r != nil {
			said += fmt.Sprintf(", %s %d bytes of %v s, transcript %s", r.State, r.Bytes, r.Seconds, r.Transcript)
		}
		p.Answers = append(p.Answers, said)
	}
	return p, listed, err
}

// onceEach says what people here asked for once and got twice.
func (m *model) onceEach(truth []shownInterview) error {
	seen := map[string]bool{}
	for _, v := range truth {
		names := []string{v.Title}
		for _, q := range v.Questions {
			names = append(names, q.Text)
		}
		for _, name := range names {
			if seen[name] {
				return fmt.Errorf("%q is there twice", name)
			}
			seen[name] = true
		}
	}
	return nil
}

// invited says which invite of this desk's is not what the provider has.
func (m *model) invited() error {
	rows, err := m.pool.Query(m.ctx, `
		SELECT a.ref, lower(i.email), i.state, e.id IS NOT NULL, count(*) FILTER (WHERE i.state = 'sent') OVER (PARTITION BY a.ref, lower(i.email))
		FROM invites i JOIN assessments a ON a.id = i.assessment_id
		LEFT JOIN engine.invites e ON e.assessment_id = a.ref AND lower(e.email) = lower(i.email)`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var ref, email, state string
		var there bool
		var sent int
		if err := rows.Scan(&ref, &email, &state, &there, &sent); err != nil {
			return err
		}
		switch {
		case state == "pending" || state == "sending":
			return fmt.Errorf("the invite of %s still waits", email)
		case state == "sent" && !there:
			return fmt.Errorf("%s was never invited, and the desk says so", email)
		case sent == 0 && there && !m.elsewhere[ref+" "+email]:
			return fmt.Errorf("%s was invited from here, and the desk says %s", email, state)
		}
	}
	return rows.Err()
}

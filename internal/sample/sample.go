// Package sample fills an empty installation with made-up interviews and people, so that somebody who tries Greenroom
// sees it at work. Everything goes through the ways that people use: the mirror writes interviews and invites, the
// engine's room takes answers, scorecards make scores; only the clock is put back.
package sample

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

//go:embed sample.json
var file []byte

// Options are what the sample is made with; all are required.
type Options struct {
	Store *db.Store
	// At gives a mirror and its engine whose clocks stand at t. That engine sends no mail: nobody of the sample exists.
	At  func(t time.Time) (*mirror.Mirror, *engine.Engine)
	Log *slog.Logger
	Now time.Time
}

type interview struct {
	Title, Role, Purpose, Job string
	Minutes                   int
	Skills                    []string
	DaysAgo                   float64
	Questions                 []question
	People                    []person
}

type question struct {
	Question, IdealAnswer, Instruction string
	KeyPoints                          []hiring.KeyPoint
}

type person struct {
	First, Last, Email string
	InvitedDaysAgo     float64
	BegunDaysAgo       float64 // unset: not begun
	Minutes            float64 // how long it took
	Ends               string  // "", finished, timed_out, ended; "" of somebody who has begun is still answering
	Later              bool    // put it off first
	Error              string  // trouble that was reported, for the company; "" for none
	Answers            []string
	Ratings            []float64 // of the scorecard; none: waits for review
	Notes              []string  // of the scorecard, a question each
	Comment            string
}

// Add makes the sample. The first admin of the team is who wrote and reviewed it.
func Add(ctx context.Context, o Options) error {
	var interviews []interview
	if err := json.Unmarshal(file, &interviews); err != nil {
		return fmt.Errorf("reading the sample: %w", err)
	}
	team, err := o.Store.Users(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(team, func(u hiring.User) bool { return u.Role == hiring.RoleAdmin })
	if at < 0 {
		return fmt.Errorf("adding the sample: %w: there is no admin", hiring.ErrConflict)
	}
	for _, i := range interviews {
		if err := (adder{o, team[at].ID}).add(ctx, i); err != nil {
			return fmt.Errorf("adding the sample interview %q: %w", i.Title, err)
		}
	}
	return nil
}

type adder struct {
	Options
	admin int64
}

func (a adder) daysAgo(days float64) time.Time {
	return a.Now.Add(-time.Duration(days * float64(24*time.Hour)))
}

func (a adder) add(ctx context.Context, i interview) error {
	made, err := a.write(ctx, i)
	if err != nil {
		return err
	}
	if err := a.invite(ctx, made.ID, i.People); err != nil {
		return err
	}
	questions, err := a.Store.Questions(ctx, made.ID)
	if err != nil {
		return err
	}
	for _, p := range i.People {
		if err := a.live(ctx, made.ID, questions, p); err != nil {
			return fmt.Errorf("%s: %w", p.Email, err)
		}
	}
	return nil
}

// write makes the interview and its questions.
func (a adder) write(ctx context.Context, i interview) (hiring.Assessment, error) {
	m, _ := a.At(a.daysAgo(i.DaysAgo))
	draft := hiring.AssessmentDraft{
		Title: i.Title, Role: i.Role, Purpose: i.Purpose, Status: hiring.AssessmentActive, Duration: i.Minutes,
		Language: "english", Skills: i.Skills, Buckets: hiring.StandardBuckets,
	}
	jobs, err := m.Jobs(ctx)
	if err != nil {
		return hiring.Assessment{}, err
	}
	for _, j := range jobs {
		if j.Title == i.Job {
			draft.JobRef = j.Ref
		}
	}
	made, err := m.CreateAssessment(ctx, draft)
	if err != nil {
		return made, err
	}
	for _, q := range i.Questions {
		_, err := m.AddQuestion(ctx, made.ID, hiring.QuestionDraft{Text: q.Question, IdealAnswer: q.IdealAnswer, Instruction: q.Instruction, KeyPoints: q.KeyPoints})
		if err != nil {
			return made, err
		}
	}
	return made, nil
}

// invite sends a batch for each day on which somebody was invited.
func (a adder) invite(ctx context.Context, assessment int64, people []person) error {
	batches := map[float64][]hiring.Invitee{}
	for _, p := range people {
		batch := batches[p.InvitedDaysAgo]
		batches[p.InvitedDaysAgo] = append(batch, hiring.Invitee{Line: len(batch) + 1, FirstName: p.First, LastName: p.Last, Email: p.Email})
	}
	days := make([]float64, 0, len(batches))
	for day := range batches {
		days = append(days, day)
	}
	slices.Sort(days)
	for _, day := range slices.Backward(days) {
		when := a.daysAgo(day)
		m, _ := a.At(when)
		batch, err := a.Store.InsertInviteBatch(ctx, assessment, hiring.InviteCandidate, a.admin, when, batches[day])
		if err != nil {
			return err
		}
		if _, err := m.SendInvites(ctx, batch); err != nil {
			return err
		}
	}
	return nil
}

// live is what one person does in the interview room, and what the team thinks of it.
func (a adder) live(ctx context.Context, assessment int64, questions []hiring.Question, p person) error {
	c, err := a.Store.MatchCandidate(ctx, db.CandidateKeys{AssessmentID: assessment, Email: p.Email})
	if err != nil {
		return err
	}
	if err := a.enter(ctx, c.InviteRef, p); err != nil || p.BegunDaysAgo == 0 {
		return err
	}
	begun := a.daysAgo(p.BegunDaysAgo)
	if err := a.answer(ctx, c.InviteRef, begun, questions, p); err != nil {
		return err
	}
	over := begun.Add(time.Duration(p.Minutes * float64(time.Minute)))
	_, room := a.At(over)
	switch p.Ends {
	case "finished":
		err = room.Submit(ctx, c.InviteRef)
	case "ended":
		err = room.End(ctx, c.InviteRef)
	case "timed_out":
		_, err = room.Sweep(ctx)
	}
	if err != nil || len(p.Ratings) == 0 {
		return err
	}
	return a.review(ctx, c.ID, over.Add(5*time.Hour), questions, p)
}

// enter is what happens at the door.
func (a adder) enter(ctx context.Context, invite string, p person) error {
	_, room := a.At(a.daysAgo(max(p.BegunDaysAgo, p.InvitedDaysAgo-1.1)))
	if p.Later || p.Error != "" || p.BegunDaysAgo > 0 {
		if _, err := room.Open(ctx, invite); err != nil {
			return err
		}
	}
	if p.Later {
		if err := room.CompleteLater(ctx, invite); err != nil {
			return err
		}
	}
	if p.Error != "" {
		return room.Fail(ctx, invite, "START_FAILED", p.Error)
	}
	return nil
}

// answer writes the answers, spread over the time that it took.
func (a adder) answer(ctx context.Context, invite string, begun time.Time, questions []hiring.Question, p person) error {
	_, room := a.At(begun)
	if err := room.Start(ctx, invite); err != nil {
		return err
	}
	step := time.Duration(p.Minutes * float64(time.Minute) / float64(len(questions)+1))
	for i, text := range p.Answers {
		_, room := a.At(begun.Add(time.Duration(i+1) * step))
		if err := room.SaveAnswer(ctx, invite, questions[i].Ref, text); err != nil {
			return err
		}
	}
	return nil
}

// review is the admin's scorecard, which the required number of scorecards turns into the score.
func (a adder) review(ctx context.Context, candidate int64, when time.Time, questions []hiring.Question, p person) error {
	if when.After(a.Now) {
		when = a.Now
	}
	card := hiring.Scorecard{CandidateID: candidate, UserID: a.admin, Comment: p.Comment}
	for i, rating := range p.Ratings {
		answer := hiring.ScorecardAnswer{QuestionRef: questions[i].Ref, Score: rating}
		if i < len(p.Notes) {
			answer.Note = p.Notes[i]
		}
		card.Answers = append(card.Answers, answer)
	}
	if err := a.Store.PutScorecard(ctx, card, when); err != nil {
		return err
	}
	m, _ := a.At(when)
	return m.PushEvaluation(ctx, candidate)
}

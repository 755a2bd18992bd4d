// Package sample fills an empty installation with made-up interviews and people, so that somebody who tries Greenroom
// sees it at work. Everything goes through the ways that people use: the mirror writes interviews and invites, the
// engine's room takes answers, scorecards make scores; only the clock is put back. The texts are in interviews, a file an
// interview, and what a speech synthesizer made of some in voices; what people can do belongs to the packages that this one calls.
package sample

import (
	"bytes"
	"cmp"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/engine"
	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

//go:embed interviews/*.json voices/*.webm
var files embed.FS

// Options are what the sample is made with; all are required.
type Options struct {
	Store *db.Store
	// At gives a mirror and its engine whose clocks stand at t. That engine sends no mail: nobody of the sample exists.
	At  func(t time.Time) (*mirror.Mirror, *engine.Engine)
	Now time.Time // everything lies before it, by up to 28 days
}

type interview struct {
	Title, Role, Purpose string
	Job                  string // title of the engine's job that it is linked to
	Minutes              int
	Skills               []string
	DaysAgo              float64 // when it was written
	Questions            []question
	People               []person
}

type question struct {
	Question, IdealAnswer, Instruction string
	KeyPoints                          []hiring.KeyPoint
}

type person struct {
	First, Last, Email string
	InvitedDaysAgo     float64 // people of one figure were invited together
	OpenedDaysAgo      float64 // came to the door; unset: when they began, if they did
	Later              bool    // put it off then
	Error              string  // trouble that the room reported then; "" for none
	BegunDaysAgo       float64 // unset: not begun
	Minutes            float64 // from the beginning to the end, or until now
	Ends               string  // finished, timed_out, ended; "" of somebody who has begun is still answering
	Answers            []string
	Spoken             []int     // numbers from 1 of the answers that are spoken and not typed
	ReviewedDaysAgo    float64   // unset: waits for review, if there is something
	Ratings            []float64 // of the scorecard, a question each
	Notes              []string  // of the scorecard, a question each
	Comment            string
}

// Add makes the sample: three interviews with forty people in all stages, nobody of whom is written to. The first admin
// of the team is who invited and reviewed; hiring.ErrConflict when there is none. What was made before an error stays,
// and nothing keeps a second call from making everything again: see db.Store.BeginSample. Webhooks may still be on
// their way when it returns.
func Add(ctx context.Context, o Options) error {
	interviews, err := read()
	if err != nil {
		return err
	}
	team, err := o.Store.Users(ctx)
	if err != nil {
		return fmt.Errorf("adding the sample: %w", err)
	}
	at := slices.IndexFunc(team, func(u hiring.User) bool { return u.Role == hiring.RoleAdmin })
	if at < 0 {
		return fmt.Errorf("adding the sample: there is no admin: %w", hiring.ErrConflict)
	}
	for _, i := range interviews {
		if err := (adder{o, team[at].ID}).add(ctx, i); err != nil {
			return fmt.Errorf("adding the sample interview %q: %w", i.Title, err)
		}
	}
	return nil
}

// read gives the interviews of the files, the oldest first.
func read() ([]interview, error) {
	names, err := fs.Glob(files, "interviews/*.json")
	if err != nil {
		return nil, fmt.Errorf("reading the sample: %w", err)
	}
	var list []interview
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("reading the sample: %w", err)
		}
		var i interview
		d := json.NewDecoder(bytes.NewReader(text))
		d.DisallowUnknownFields()
		if err := d.Decode(&i); err != nil {
			return nil, fmt.Errorf("reading the sample %s: %w", name, err)
		}
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b interview) int { return cmp.Compare(b.DaysAgo, a.DaysAgo) })
	return list, nil
}

type adder struct {
	Options
	admin int64
}

// daysAgo is a whole second: a webhook tells milliseconds only, and what happens at one moment must not change places.
func (a adder) daysAgo(days float64) time.Time {
	return a.Now.Add(-time.Duration(days * float64(24*time.Hour))).Truncate(time.Second)
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
	if p.OpenedDaysAgo > 0 {
		if err := a.arrive(ctx, c.InviteRef, p); err != nil {
			return err
		}
	}
	if p.BegunDaysAgo == 0 {
		return nil
	}
	if err := a.answer(ctx, c.InviteRef, questions, p); err != nil || p.ReviewedDaysAgo == 0 {
		return err
	}
	return a.review(ctx, c.ID, questions, p)
}

// arrive is coming to the door without going in.
func (a adder) arrive(ctx context.Context, invite string, p person) error {
	_, room := a.At(a.daysAgo(p.OpenedDaysAgo))
	if _, err := room.Open(ctx, invite); err != nil {
		return fmt.Errorf("opening the interview: %w", err)
	}
	if p.Later {
		if err := room.CompleteLater(ctx, invite); err != nil {
			return fmt.Errorf("putting the interview off: %w", err)
		}
	}
	if p.Error != "" {
		if err := room.Fail(ctx, invite, "START_FAILED", p.Error); err != nil {
			return fmt.Errorf("reporting trouble: %w", err)
		}
	}
	return nil
}

// answer is the interview itself, with the answers spread over the time that it took.
func (a adder) answer(ctx context.Context, invite string, questions []hiring.Question, p person) error {
	begun, took := a.daysAgo(p.BegunDaysAgo), time.Duration(p.Minutes*float64(time.Minute))
	_, room := a.At(begun)
	if _, err := room.Open(ctx, invite); err != nil {
		return fmt.Errorf("opening the interview: %w", err)
	}
	if err := room.Start(ctx, invite); err != nil {
		return fmt.Errorf("starting the interview: %w", err)
	}
	var err error
	step := took / time.Duration(len(questions)+1)
	for i, text := range p.Answers {
		_, room := a.At(begun.Add(time.Duration(i+1) * step))
		if slices.Contains(p.Spoken, i+1) {
			err = speak(ctx, room, invite, i+1, p)
		} else {
			err = room.SaveAnswer(ctx, invite, questions[i].Ref, text)
		}
		if err != nil {
			return fmt.Errorf("answer %d: %w", i+1, err)
		}
	}
	_, room = a.At(begun.Add(took))
	switch p.Ends {
	case "finished":
		err = room.Submit(ctx, invite)
	case "ended":
		err = room.End(ctx, invite)
	case "timed_out":
		// Handing in too late is refused, and the refusal is what ends it.
		if err = room.Submit(ctx, invite); errors.Is(err, engine.ErrTimedOut) {
			err = nil
		}
	}
	if err != nil {
		return fmt.Errorf("ending the interview: %w", err)
	}
	return nil
}

// speak gives an answer by voice.
func speak(ctx context.Context, room *engine.Engine, invite string, position int, p person) error {
	name, _, _ := strings.Cut(p.Email, "@")
	sound, err := files.ReadFile(fmt.Sprintf("voices/%s-%d.webm", name, position))
	if err != nil {
		return err
	}
	id := engine.NewRecordingID()
	if err := room.BeginRecording(ctx, invite, position, id, "audio/webm; codecs=opus", 0); err != nil {
		return err
	}
	if err := room.SavePart(ctx, invite, id, 0, sound); err != nil {
		return err
	}
	return room.FinishRecording(ctx, invite, id, 1, 0)
}

// review is the admin's scorecard, which becomes the score where one scorecard is enough.
func (a adder) review(ctx context.Context, candidate int64, questions []hiring.Question, p person) error {
	card := hiring.Scorecard{CandidateID: candidate, UserID: a.admin, Comment: p.Comment}
	refs := make([]string, len(questions))
	for i, q := range questions {
		refs[i] = q.Ref
		card.Answers = append(card.Answers, hiring.ScorecardAnswer{QuestionRef: q.Ref, Score: p.Ratings[i], Note: p.Notes[i]})
	}
	if err := hiring.CheckScorecard(&card, refs); err != nil {
		return err
	}
	when := a.daysAgo(p.ReviewedDaysAgo)
	if err := a.Store.PutScorecard(ctx, card, when); err != nil {
		return err
	}
	m, _ := a.At(when)
	return m.PushEvaluation(ctx, candidate)
}

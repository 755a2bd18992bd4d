package mirror

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

// How often a running generation is looked at: a provider that tells how far it is shows every question as it is
// written; elsewhere the webhook is quicker, and looking is for when it doesn't come.
const (
	watchLive = 300 * time.Millisecond
	watchSlow = 15 * time.Second
)

// What people read of a run that was given up, of one that failed without a reason, and of a copying that stopped.
const (
	sentenceNever  = "No word came within 15 minutes that the questions are written. Generate again, or write them yourself."
	sentenceFailed = "The questions could not be generated. Try again in a few minutes, or write them yourself."
	sentenceLost   = "The request did not arrive at the provider. Generate again, or write them yourself."
	sentenceCopy   = "Not every question could be copied. Copy the rest again."
)

// GenerateQuestions has the questions written that the running generation of an interview asks for, and shows them as
// they come. It ends the run: as ready, or as failed with a sentence. An answer that never came leaves it running, for
// WatchGeneration and the webhook, unless the provider says that it never began. The error is nil for a failure that the
// run tells.
func (m *Mirror) GenerateQuestions(ctx context.Context, id int64) error {
	a, err := m.assessment(ctx, id)
	if err != nil || a.Generation.State != hiring.GenerationRunning {
		return err
	}
	d := a.Generation.Request.Draft
	answer := make(chan error, 1)
	go func() {
		_, err := m.client.GenerateQuestions(ctx, a.Ref, partnerapi.GenerateRequest{
			JobDescription: d.Description, Skills: d.Skills, QuestionCount: &d.Count, Difficulty: string(d.Difficulty),
		})
		answer <- err
	}()
	tick := time.NewTicker(watchLive)
	defer tick.Stop()
	for {
		select {
		case err := <-answer:
			return m.generated(ctx, a, err)
		case <-tick.C:
			if !m.Abilities(ctx).Progress {
				continue
			}
			if err := m.SyncAssessment(ctx, id); err != nil { // the answer decides, not a look in between
				m.log.Info("looking at questions while they are written", "assessment", id, "error", err)
			}
		}
	}
}

// generated ends a run by the provider's answer.
func (m *Mirror) generated(ctx context.Context, a hiring.Assessment, failure error) error {
	if failure == nil {
		if err := m.SyncAssessment(ctx, a.ID); err != nil {
			return err
		}
		return m.store.EndGeneration(ctx, a.ID, a.Generation.StartedAt, "")
	}
	var e *partner.Error
	if errors.As(failure, &e) && e.Unknown {
		if begun, err := m.begun(ctx, a); err == nil && !begun {
			return m.store.EndGeneration(context.WithoutCancel(ctx), a.ID, a.Generation.StartedAt, sentenceLost)
		}
		m.log.Warn("generation may have begun", "assessment", a.ID, "error", failure)
		return m.WatchGeneration(ctx, a.ID)
	}
	m.log.Info("generation failed", "assessment", a.ID, "error", failure)
	return m.store.EndGeneration(context.WithoutCancel(ctx), a.ID, a.Generation.StartedAt, sentenceOr(failure, sentenceFailed))
}

// begun looks whether a run of which no answer came has begun; it is taken to have where the provider doesn't tell. The
// state that it tells may be that of an earlier run, which brings no new question.
func (m *Mirror) begun(ctx context.Context, a hiring.Assessment) (bool, error) {
	if !m.Abilities(ctx).Progress {
		return true, nil
	}
	progress, err := m.client.Generation(ctx, a.Ref)
	if err != nil || progress.State != partnerapi.GenerationReady {
		return progress.State != partnerapi.GenerationNone, err
	}
	if err := m.SyncAssessment(ctx, a.ID); err != nil {
		return false, err
	}
	counts, err := m.store.AssessmentCounts(ctx, a.ID)
	return counts.Questions > a.Generation.Before, err
}

func sentenceOr(err error, fallback string) string {
	if said := Sentence(err); said != "" {
		return said
	}
	return fallback
}

// WatchGeneration follows a running generation until it ends, taking over questions as they are written. After
// hiring.GenerationLimit it ends the run as failed.
func (m *Mirror) WatchGeneration(ctx context.Context, id int64) error {
	every := watchSlow
	if m.Abilities(ctx).Progress {
		every = watchLive
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for seen, over := -1, false; ; {
		a, err := m.assessment(ctx, id)
		if err != nil || a.Generation.State != hiring.GenerationRunning {
			return err
		}
		if m.now().Sub(a.Generation.StartedAt) > hiring.GenerationLimit {
			return m.store.EndGeneration(ctx, id, a.Generation.StartedAt, sentenceNever)
		}
		if seen, over, err = m.lookAtGeneration(ctx, a, seen); over {
			return err
		}
		if err != nil {
			if errors.Is(err, hiring.ErrNotFound) {
				return m.store.EndGeneration(ctx, id, a.Generation.StartedAt, sentenceOr(err, sentenceNever))
			}
			m.log.Info("looking at a generation", "assessment", id, "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("watching the generation of assessment %d: %w", id, ctx.Err())
		}
	}
}

// lookAtGeneration takes one look. seen is how many questions the look before found; over says that the run has ended.
func (m *Mirror) lookAtGeneration(ctx context.Context, a hiring.Assessment, seen int) (now int, over bool, err error) {
	if !m.Abilities(ctx).Progress {
		return m.lookAtCount(ctx, a, seen)
	}
	progress, err := m.client.Generation(ctx, a.Ref)
	if err != nil {
		return seen, false, fmt.Errorf("reading the generation of assessment %d: %w", a.ID, err)
	}
	if progress.Wanted > 0 {
		if err := m.store.GenerationWanted(ctx, a.ID, progress.Wanted); err != nil {
			return seen, false, err
		}
	}
	if progress.State != partnerapi.GenerationRunning || progress.QuestionCount != seen {
		if err := m.SyncAssessment(ctx, a.ID); err != nil {
			return seen, false, err
		}
	}
	switch progress.State {
	case partnerapi.GenerationReady:
		return progress.QuestionCount, true, m.store.EndGeneration(ctx, a.ID, a.Generation.StartedAt, "")
	case partnerapi.GenerationFailed:
		return progress.QuestionCount, true, m.store.EndGeneration(ctx, a.ID, a.Generation.StartedAt, cmp.Or(progress.Message, sentenceFailed))
	}
	return progress.QuestionCount, false, nil
}

// lookAtCount goes by the number of questions, where the provider tells no more: the run is over when all that were
// asked for are in or, where that is not known, when the same new ones are found twice in a row.
func (m *Mirror) lookAtCount(ctx context.Context, a hiring.Assessment, seen int) (now int, over bool, err error) {
	if err := m.SyncAssessment(ctx, a.ID); err != nil {
		return seen, false, err
	}
	counts, err := m.store.AssessmentCounts(ctx, a.ID)
	if err != nil {
		return seen, false, err
	}
	n, wanted := counts.Questions, a.Generation.Wanted
	if wanted > 0 && n >= a.Generation.Before+wanted || wanted == 0 && n > a.Generation.Before && n == seen {
		return n, true, m.store.EndGeneration(ctx, a.ID, a.Generation.StartedAt, "")
	}
	return n, false, nil
}

// GenerationReady takes over what an assessment.ready webhook speaks of: the interview, by the provider's id, its
// questions, and the end of a running generation. An interview that isn't known yet is taken over as well.
func (m *Mirror) GenerationReady(ctx context.Context, ref string) error {
	if err := m.SyncAssessmentRef(ctx, ref); err != nil {
		return err
	}
	a, err := m.store.AssessmentByRef(ctx, m.connection, ref)
	if err != nil {
		return err
	}
	if a.Generation.State != hiring.GenerationRunning || a.Generation.Request.Kind == hiring.GenerateCopy {
		return nil // a copying goes on, and knows itself when it is done
	}
	if a.Generation.Request.Kind == hiring.GenerateMore { // the webhook may be of an earlier run, which brought nothing new
		if counts, err := m.store.AssessmentCounts(ctx, a.ID); err != nil || counts.Questions <= a.Generation.Before {
			return err
		}
	}
	if m.Abilities(ctx).Progress { // the same, and this one may be half through
		p, err := m.client.Generation(ctx, a.Ref)
		if err == nil && p.State == partnerapi.GenerationRunning {
			return nil
		}
		if err := m.SyncAssessment(ctx, a.ID); err != nil { // what was written since the look above
			return err
		}
	}
	return m.store.EndGeneration(ctx, a.ID, a.Generation.StartedAt, "")
}

// CopyQuestions adds the questions of the interview that the running generation names, one by one with our notes, and
// ends the run. Begun again after an interruption it adds only what is missing. Unless it is the last try, the run goes on
// after an error that another try may not meet; any other failure ends it with a sentence.
func (m *Mirror) CopyQuestions(ctx context.Context, id int64, last bool) error {
	a, err := m.assessment(ctx, id)
	if err != nil || a.Generation.State != hiring.GenerationRunning {
		return err
	}
	message := ""
	if err := m.copyQuestions(ctx, a); err != nil {
		passing := errors.Is(err, hiring.ErrUnavailable) && !errors.Is(err, partner.ErrKey) && !errors.Is(err, partner.ErrCredits)
		if !last && (passing || ctx.Err() != nil) {
			return err
		}
		m.log.Info("copying questions", "assessment", id, "error", err)
		message = sentenceOr(err, sentenceCopy)
	}
	return m.store.EndGeneration(context.WithoutCancel(ctx), id, a.Generation.StartedAt, message)
}

// copyQuestions adds what the interview doesn't have of the questions that its generation names.
func (m *Mirror) copyQuestions(ctx context.Context, a hiring.Assessment) error {
	from, err := m.store.Questions(ctx, a.Generation.Request.CopyOf)
	if err != nil {
		return err
	}
	if err := m.SyncAssessment(ctx, a.ID); err != nil {
		return err
	}
	there, err := m.store.Questions(ctx, a.ID)
	if err != nil {
		return err
	}
	have := map[string]int{}
	for _, q := range there {
		have[q.Text]++
	}
	for _, q := range from {
		if have[q.Text] > 0 {
			have[q.Text]--
			continue
		}
		if _, err := m.addQuestion(ctx, hiring.Question{
			AssessmentID: a.ID, Text: q.Text, IdealAnswer: q.IdealAnswer, Instruction: q.Instruction, KeyPoints: q.KeyPoints,
			Type: q.Type, Source: q.Source, Model: q.Model, CreatedAt: m.now(),
		}); err != nil {
			return err
		}
	}
	return nil
}

// SweepGenerations ends runs that began more than hiring.GenerationLimit ago and that nobody watches any more.
func (m *Mirror) SweepGenerations(ctx context.Context) error {
	stale, err := m.store.StaleGenerations(ctx, m.connection, m.now().Add(-hiring.GenerationLimit))
	if err != nil {
		return err
	}
	for id, began := range stale {
		if err := m.store.EndGeneration(ctx, id, began, sentenceNever); err != nil {
			return err
		}
	}
	return nil
}

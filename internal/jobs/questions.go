package jobs

import (
	"context"
	"time"

	"github.com/riverqueue/river"

	"greenroom/internal/hiring"
	"greenroom/internal/mirror"
)

// generationTimeout is longer than a run may take, which ends it with a sentence for people.
const generationTimeout = hiring.GenerationLimit + time.Minute

// GenerateQuestions has the questions written that the running generation of an interview asks for. The provider is
// asked once: it takes a credit each time. After an interruption the run is only watched.
type GenerateQuestions struct {
	AssessmentID int64 `json:"assessment_id"`
}

// Kind names the work in the queue.
func (GenerateQuestions) Kind() string { return "generate_questions" }

// InsertOpts: see GenerateQuestions.
func (GenerateQuestions) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 5} }

type generateQuestions struct {
	river.WorkerDefaults[GenerateQuestions]
	mirror *mirror.Mirror
}

func (w *generateQuestions) Work(ctx context.Context, job *river.Job[GenerateQuestions]) error {
	if job.Attempt > 1 {
		return w.mirror.WatchGeneration(ctx, job.Args.AssessmentID)
	}
	return w.mirror.GenerateQuestions(ctx, job.Args.AssessmentID)
}

func (w *generateQuestions) Timeout(*river.Job[GenerateQuestions]) time.Duration {
	return generationTimeout
}

func (w *generateQuestions) NextRetry(job *river.Job[GenerateQuestions]) time.Time {
	return time.Now().Add(backoff(job.Attempt))
}

// WatchGeneration follows the writing of an interview's questions until it ends.
type WatchGeneration struct {
	AssessmentID int64 `json:"assessment_id"`
}

// Kind names the work in the queue.
func (WatchGeneration) Kind() string { return "watch_generation" }

// InsertOpts: looking again is harmless.
func (WatchGeneration) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 5} }

type watchGeneration struct {
	river.WorkerDefaults[WatchGeneration]
	mirror *mirror.Mirror
}

func (w *watchGeneration) Work(ctx context.Context, job *river.Job[WatchGeneration]) error {
	return w.mirror.WatchGeneration(ctx, job.Args.AssessmentID)
}

func (w *watchGeneration) Timeout(*river.Job[WatchGeneration]) time.Duration {
	return generationTimeout
}

func (w *watchGeneration) NextRetry(job *river.Job[WatchGeneration]) time.Time {
	return time.Now().Add(backoff(job.Attempt))
}

// CopyQuestions copies the questions of one interview into a new one.
type CopyQuestions struct {
	AssessmentID int64 `json:"assessment_id"`
}

// Kind names the work in the queue.
func (CopyQuestions) Kind() string { return "copy_questions" }

// InsertOpts: what is there already is not copied twice. The last try comes seven minutes after the first, before a run is
// given up.
func (CopyQuestions) InsertOpts() river.InsertOpts { return river.InsertOpts{MaxAttempts: 5} }

type copyQuestions struct {
	river.WorkerDefaults[CopyQuestions]
	mirror *mirror.Mirror
}

func (w *copyQuestions) Work(ctx context.Context, job *river.Job[CopyQuestions]) error {
	return w.mirror.CopyQuestions(ctx, job.Args.AssessmentID, job.Attempt >= job.MaxAttempts)
}

func (w *copyQuestions) NextRetry(job *river.Job[CopyQuestions]) time.Time {
	return time.Now().Add(backoff(job.Attempt))
}

// SweepGenerations ends runs of question writing that nobody watches any more.
type SweepGenerations struct{}

// Kind names the work in the queue.
func (SweepGenerations) Kind() string { return "sweep_generations" }

// InsertOpts: the next turn comes by itself.
func (SweepGenerations) InsertOpts() river.InsertOpts {
	return river.InsertOpts{MaxAttempts: 1, UniqueOpts: river.UniqueOpts{ByState: waiting}}
}

type sweepGenerations struct {
	river.WorkerDefaults[SweepGenerations]
	mirror *mirror.Mirror
}

func (w *sweepGenerations) Work(ctx context.Context, _ *river.Job[SweepGenerations]) error {
	return w.mirror.SweepGenerations(ctx)
}

// sweeping runs every minute, in one process of all that share the database.
func sweeping() *river.PeriodicJob {
	return river.NewPeriodicJob(river.PeriodicInterval(time.Minute),
		func() (river.JobArgs, *river.InsertOpts) { return SweepGenerations{}, nil }, nil)
}

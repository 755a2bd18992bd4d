package db

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const assessmentColumns = `id, connection_id, ref, title, role, purpose, job_ref, status, duration, language, skills, buckets,
	email_verification, cefr, url, question_count, submission_count, posted_by, generation_state, generation_wanted,
	generation_before, generation_message, generation_request, coalesce(generation_at, 'epoch'), created_at, updated_at, synced_at, missing_since`

func assessmentTargets(a *hiring.Assessment) []any {
	return []any{&a.ID, &a.ConnectionID, &a.Ref, &a.Title, &a.Role, &a.Purpose, &a.JobRef, &a.Status, &a.Duration, &a.Language,
		&a.Skills, &a.Buckets, &a.EmailVerification, &a.CEFR, &a.URL, &a.QuestionCount, &a.SubmissionCount, &a.PostedBy,
		&a.Generation.State, &a.Generation.Wanted, &a.Generation.Before, &a.Generation.Message, &a.Generation.Request,
		&a.Generation.StartedAt, &a.CreatedAt, &a.UpdatedAt, &a.SyncedAt, &a.MissingSince}
}

func scanAssessment(row pgx.CollectableRow) (a hiring.Assessment, err error) {
	err = row.Scan(assessmentTargets(&a)...)
	return a, err
}

func scanAssessmentSummary(row pgx.CollectableRow) (a hiring.AssessmentSummary, err error) {
	err = row.Scan(append(assessmentTargets(&a.Assessment), &a.Invited, &a.Finished)...)
	return a, err
}

// Assessment is one interview, of whatever connection; hiring.ErrNotFound when there is none.
func (s *Store) Assessment(ctx context.Context, id int64) (hiring.Assessment, error) {
	return one(ctx, s, "reading an assessment", scanAssessment, `SELECT `+assessmentColumns+` FROM assessments WHERE id = $1`, id)
}

// AssessmentByRef finds an interview by the provider's id; hiring.ErrNotFound when there is none.
func (s *Store) AssessmentByRef(ctx context.Context, connection int64, ref string) (hiring.Assessment, error) {
	return one(ctx, s, "reading an assessment", scanAssessment,
		`SELECT `+assessmentColumns+` FROM assessments WHERE connection_id = $1 AND ref = $2`, connection, ref)
}

// LockAssessment reads an interview and holds its row until the end of the transaction.
func (s *Store) LockAssessment(ctx context.Context, id int64) (hiring.Assessment, error) {
	return one(ctx, s, "locking an assessment", scanAssessment, `SELECT `+assessmentColumns+` FROM assessments WHERE id = $1 FOR UPDATE`, id)
}

// UpsertAssessment keeps an interview as the provider tells it, found by connection and ref, and takes back that it was
// missing. It leaves the generation alone, and never moves UpdatedAt back. Zero CreatedAt and UpdatedAt mean SyncedAt.
func (s *Store) UpsertAssessment(ctx context.Context, a hiring.Assessment) (hiring.Assessment, error) {
	if a.CreatedAt.IsZero() {
		a.CreatedAt = a.SyncedAt
	}
	if a.UpdatedAt.IsZero() {
		a.UpdatedAt = a.SyncedAt
	}
	if a.Skills == nil {
		a.Skills = []string{}
	}
	// A row that is there is updated before an insert is tried, because an insert that meets one takes a number of the
	// sequence all the same. Two processes that both find none meet at the insert.
	const told = `
			title = @title, role = @role, purpose = @purpose, job_ref = @job, status = @status, duration = @duration,
			language = @language, skills = @skills, buckets = @buckets, email_verification = @verification, cefr = @cefr,
			url = @url, question_count = @questions, submission_count = @submissions, posted_by = @poster,
			created_at = least(assessments.created_at, @created), updated_at = greatest(assessments.updated_at, @updated),
			synced_at = @synced, missing_since = NULL`
	return one(ctx, s, "upserting an assessment", scanAssessment, `
		WITH known AS (
			UPDATE assessments SET `+told+` WHERE connection_id = @connection AND ref = @ref RETURNING `+assessmentColumns+`
		), added AS (
			INSERT INTO assessments (connection_id, ref, title, role, purpose, job_ref, status, duration, language, skills, buckets,
				email_verification, cefr, url, question_count, submission_count, posted_by, created_at, updated_at, synced_at)
			SELECT @connection, @ref, @title, @role, @purpose, @job, @status, @duration, @language, @skills, @buckets,
				@verification, @cefr, @url, @questions, @submissions, @poster, @created, @updated, @synced
			WHERE NOT EXISTS (SELECT FROM known)
			ON CONFLICT (connection_id, ref) DO UPDATE SET `+told+`
			RETURNING `+assessmentColumns+`
		)
		SELECT * FROM known UNION ALL SELECT * FROM added`,
		pgx.NamedArgs{
			"connection": a.ConnectionID, "ref": a.Ref, "title": a.Title, "role": a.Role, "purpose": a.Purpose, "job": a.JobRef,
			"status": a.Status, "duration": a.Duration, "language": a.Language, "skills": a.Skills, "buckets": a.Buckets,
			"verification": a.EmailVerification, "cefr": a.CEFR, "url": a.URL, "questions": a.QuestionCount,
			"submissions": a.SubmissionCount, "poster": a.PostedBy, "created": a.CreatedAt, "updated": a.UpdatedAt, "synced": a.SyncedAt,
		})
}

// Touch notes a change that was made here: the count of questions is taken anew, UpdatedAt moves on, and open pages are
// told. Whoever read the interview before sees by UpdatedAt that it is another one now.
func (s *Store) Touch(ctx context.Context, id int64, at time.Time) error {
	_, err := s.exec(ctx, "noting a change of an assessment", `
		UPDATE assessments SET updated_at = greatest($2, updated_at + interval '1 microsecond'),
			question_count = (SELECT count(*) FROM questions q WHERE q.assessment_id = $1 AND q.deleted_at IS NULL)
		WHERE id = $1`, id, at)
	if err != nil {
		return err
	}
	return s.Notify(ctx, Topic{TopicAssessment, id})
}

// MarkAssessmentMissing notes that the provider no longer has an interview; a second time changes nothing.
func (s *Store) MarkAssessmentMissing(ctx context.Context, id int64, at time.Time) error {
	n, err := s.exec(ctx, "marking an assessment missing",
		`UPDATE assessments SET missing_since = $2, synced_at = $2 WHERE id = $1 AND missing_since IS NULL`, id, at)
	if err != nil || n == 0 {
		return err
	}
	return s.Notify(ctx, Topic{TopicAssessment, id})
}

// AssessmentsToSync gives the ids of interviews of a connection that were last heard of before seen, and of those whose
// questions are not as many as the provider counts. Missing ones are left out.
func (s *Store) AssessmentsToSync(ctx context.Context, connection int64, seen time.Time) ([]int64, error) {
	return many(ctx, s, "listing assessments to look at", pgx.RowTo[int64], `
		SELECT id FROM assessments a
		WHERE connection_id = $1 AND missing_since IS NULL AND (synced_at < $2
			OR question_count <> (SELECT count(*) FROM questions q WHERE q.assessment_id = a.id AND q.deleted_at IS NULL))
		ORDER BY id`, connection, seen)
}

// assessmentOrder is what may stand behind ORDER BY.
var assessmentOrder = map[string]string{
	"updated":   "a.updated_at DESC, a.id DESC",
	"title":     "lower(a.title), a.id",
	"questions": "a.question_count DESC, a.id DESC",
	"invited":   "invited DESC, a.id DESC",
	"finished":  "finished DESC, a.id DESC",
}

// Assessments is one page of the interviews of a connection and how many there are on all pages.
func (s *Store) Assessments(ctx context.Context, connection int64, f hiring.AssessmentFilter, limit, offset int) (list []hiring.AssessmentSummary, total int, err error) {
	f.CheckFilter()
	args := pgx.NamedArgs{"connection": connection, "limit": limit, "offset": offset, "search": likePattern(f.Search)}
	where := []string{"a.connection_id = @connection"}
	if f.Search != "" {
		where = append(where, "(a.title ILIKE @search OR a.role ILIKE @search)")
	}
	switch f.Status {
	case "active", "inactive":
		where = append(where, "a.missing_since IS NULL AND a.status = @status")
		args["status"] = f.Status
	case "gone":
		where = append(where, "a.missing_since IS NOT NULL")
	}
	condition := strings.Join(where, " AND ")
	total, err = one(ctx, s, "counting assessments", pgx.RowTo[int], `SELECT count(*) FROM assessments a WHERE `+condition, args)
	if err != nil {
		return nil, 0, err
	}
	list, err = many(ctx, s, "listing assessments", scanAssessmentSummary, `
		SELECT `+assessmentColumns+`, invited, finished FROM assessments a, LATERAL (
			SELECT count(*) FILTER (WHERE c.invited_at IS NOT NULL) AS invited,
				count(*) FILTER (WHERE c.stage IN ('completed', 'timed_out')) AS finished
			FROM candidates c WHERE c.assessment_id = a.id) counts
		WHERE `+condition+` ORDER BY `+assessmentOrder[f.Sort]+` LIMIT @limit OFFSET @offset`, args)
	return list, total, err
}

// AssessmentNames gives id, title and role of every interview of a connection that is not missing, by title: for
// choosing one of them.
func (s *Store) AssessmentNames(ctx context.Context, connection int64) ([]hiring.Assessment, error) {
	return many(ctx, s, "listing assessments", func(row pgx.CollectableRow) (a hiring.Assessment, err error) {
		err = row.Scan(&a.ID, &a.Title, &a.Role)
		return a, err
	}, `SELECT id, title, role FROM assessments WHERE connection_id = $1 AND missing_since IS NULL ORDER BY lower(title), id`, connection)
}

// AssessmentCounts are the figures beside the parts of an interview.
func (s *Store) AssessmentCounts(ctx context.Context, id int64) (hiring.AssessmentCounts, error) {
	return one(ctx, s, "counting what an assessment has", func(row pgx.CollectableRow) (c hiring.AssessmentCounts, err error) {
		err = row.Scan(&c.Questions, &c.Candidates, &c.Invites)
		return c, err
	}, `
		SELECT (SELECT count(*) FROM questions WHERE assessment_id = $1 AND deleted_at IS NULL),
			(SELECT count(*) FROM candidates WHERE assessment_id = $1),
			(SELECT count(*) FROM invites WHERE assessment_id = $1 AND state = 'sent')`, id)
}

// StartGeneration notes that questions begin to be written; hiring.ErrConflict while another run is under way.
func (s *Store) StartGeneration(ctx context.Context, id int64, g hiring.Generation) error {
	n, err := s.exec(ctx, "starting generation", `
		UPDATE assessments SET generation_state = 'running', generation_wanted = @wanted, generation_before = @before,
			generation_message = '', generation_request = @request, generation_at = @at
		WHERE id = @id AND generation_state <> 'running'`,
		pgx.NamedArgs{"id": id, "wanted": g.Wanted, "before": g.Before, "request": g.Request, "at": g.StartedAt})
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("starting generation: %w", hiring.ErrConflict)
	}
	return s.Notify(ctx, Topic{TopicAssessment, id})
}

// GenerationWanted notes how many questions a run will write, once that is known.
func (s *Store) GenerationWanted(ctx context.Context, id int64, wanted int) error {
	n, err := s.exec(ctx, "noting how many questions are wanted",
		`UPDATE assessments SET generation_wanted = $2 WHERE id = $1 AND generation_state = 'running' AND generation_wanted <> $2`, id, wanted)
	if err != nil || n == 0 {
		return err
	}
	return s.Notify(ctx, Topic{TopicAssessment, id})
}

// EndGeneration ends the run that began at the time given, as failed when there is a message for people. It does nothing
// to one that has ended already, or began later: what is heard of a run may come when the next one is under way.
func (s *Store) EndGeneration(ctx context.Context, id int64, began time.Time, message string) error {
	state := hiring.GenerationReady
	if message != "" {
		state = hiring.GenerationFailed
	}
	n, err := s.exec(ctx, "ending generation", `
		UPDATE assessments SET generation_state = $2, generation_message = $3
		WHERE id = $1 AND generation_state = 'running' AND generation_at = $4`, id, state, message, began)
	if err != nil || n == 0 {
		return err
	}
	return s.Notify(ctx, Topic{TopicAssessment, id})
}

// StaleGenerations gives the interviews, by id, whose run began before the given time and never ended, with that begin.
func (s *Store) StaleGenerations(ctx context.Context, connection int64, before time.Time) (map[int64]time.Time, error) {
	began := map[int64]time.Time{}
	_, err := many(ctx, s, "listing generations that never ended", func(row pgx.CollectableRow) (id int64, err error) {
		var at time.Time
		err = row.Scan(&id, &at)
		began[id] = at
		return id, err
	}, `
		SELECT id, generation_at FROM assessments WHERE connection_id = $1 AND generation_state = 'running' AND generation_at < $2`, connection, before)
	return began, err
}

package db

import (
	"context"
	"errors"
	"reflect"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const candidateColumns = `c.id, c.assessment_id, a.title, coalesce(c.invite_ref, ''), coalesce(c.submission_ref, ''), c.name, c.email,
	c.stage, c.stage_at, c.invited_at, c.started_at, c.ended_at, c.score, c.ai_score, c.bucket, c.summary, c.evaluation,
	c.basis, c.model, c.confirmed, c.error_code, c.error_message, c.scored_at, c.created_at, c.synced_at, c.heard`

const candidateTables = `candidates c JOIN assessments a ON a.id = c.assessment_id`

func scanCandidate(row pgx.CollectableRow) (c hiring.Candidate, err error) {
	err = row.Scan(candidateFields(&c)...)
	return c, err
}

func candidateFields(c *hiring.Candidate) []any {
	return []any{&c.ID, &c.AssessmentID, &c.AssessmentTitle, &c.InviteRef, &c.SubmissionRef, &c.Name, &c.Email,
		&c.Stage, &c.StageAt, &c.InvitedAt, &c.StartedAt, &c.EndedAt, &c.Score, &c.AIScore, &c.Bucket, &c.Summary, &c.Evaluation,
		&c.Basis, &c.Model, &c.Confirmed, &c.ErrorCode, &c.ErrorMessage, &c.ScoredAt, &c.CreatedAt, &c.SyncedAt, &c.Heard}
}

// Candidate is one candidate; hiring.ErrNotFound when there is none of the id.
func (s *Store) Candidate(ctx context.Context, id int64) (hiring.Candidate, error) {
	return one(ctx, s, "reading a candidate", scanCandidate, `SELECT `+candidateColumns+` FROM `+candidateTables+` WHERE c.id = $1`, id)
}

// CandidateKeys say which candidate of an interview is meant, as far as somebody knows; "" says nothing.
type CandidateKeys struct {
	AssessmentID  int64
	InviteRef     string
	SubmissionRef string
	Email         string // compared without case
}

const candidateMatch = `
	SELECT ` + candidateColumns + ` FROM ` + candidateTables + `
	WHERE c.assessment_id = @assessment AND (
		c.invite_ref = nullif(@invite, '') OR c.submission_ref = nullif(@submission, '')
		OR @email <> '' AND lower(c.email) = lower(@email) AND (@invite = '' OR c.invite_ref IS NULL))
	ORDER BY coalesce(c.invite_ref = nullif(@invite, ''), false) DESC,
		coalesce(c.submission_ref = nullif(@submission, ''), false) DESC, c.id`

func (k CandidateKeys) args() pgx.NamedArgs {
	return pgx.NamedArgs{"assessment": k.AssessmentID, "invite": k.InviteRef, "submission": k.SubmissionRef, "email": k.Email}
}

// MatchCandidate finds the candidate whom the keys mean: by invite first, then by submission, then by address. An
// address doesn't match somebody who came by another invite. hiring.ErrNotFound: nobody.
func (s *Store) MatchCandidate(ctx context.Context, k CandidateKeys) (hiring.Candidate, error) {
	return one(ctx, s, "matching a candidate", scanCandidate, candidateMatch+` LIMIT 1`, k.args())
}

// ChangeCandidate finds the candidate whom the keys mean (as MatchCandidate), or begins one, whose ID is 0, and lets
// change alter it while nobody else does; what changed is stored and announced, with the events that change returns
// for the timeline. Keys that are new are kept on the candidate. Two records that turn out to be one person, known by
// an invite here and by a submission there, become one. A new candidate needs a Stage. hiring.ErrErased: the person was
// deleted.
func (s *Store) ChangeCandidate(ctx context.Context, k CandidateKeys, change func(c *hiring.Candidate) ([]hiring.HistoryEvent, error)) (c hiring.Candidate, err error) {
	err = s.InTx(ctx, func(tx *Store) error {
		// Two reports of a person whom nobody knows yet must not make two candidates.
		if err := tx.lockCandidates(ctx, k.AssessmentID); err != nil {
			return err
		}
		switch erased, err := tx.Erased(ctx, k); {
		case err != nil:
			return err
		case erased:
			return hiring.ErrErased
		}
		found, err := many(ctx, tx, "matching a candidate", scanCandidate, candidateMatch+` FOR UPDATE OF c`, k.args())
		if err != nil {
			return err
		}
		var before hiring.Candidate
		if len(found) > 0 {
			before, c = found[0], found[0]
			for _, other := range found[1:] {
				if c.InviteRef == "" || other.InviteRef == "" {
					if err := tx.mergeCandidate(ctx, &c, other); err != nil {
						return err
					}
				}
			}
		} else {
			c = hiring.Candidate{AssessmentID: k.AssessmentID}
		}
		takeNew(&c.InviteRef, k.InviteRef)
		takeNew(&c.SubmissionRef, k.SubmissionRef)
		if c.Email == "" {
			c.Email = k.Email
		}
		return tx.applyChange(ctx, before, &c, change)
	})
	return c, err
}

// CandidateTold notes as SyncedAt when the provider was asked for what it told of a candidate. It announces nothing: it
// belongs to a change that does.
func (s *Store) CandidateTold(ctx context.Context, id int64, asked time.Time) error {
	_, err := s.exec(ctx, "noting what is known of a candidate", `UPDATE candidates SET synced_at = $2 WHERE id = $1`, id, asked)
	return err
}

func takeNew(have *string, told string) {
	if told != "" {
		*have = told
	}
}

func (s *Store) applyChange(ctx context.Context, before hiring.Candidate, c *hiring.Candidate, change func(c *hiring.Candidate) ([]hiring.HistoryEvent, error)) error {
	events, err := change(c)
	if err != nil {
		return err
	}
	if c.ID == 0 || !reflect.DeepEqual(before, *c) {
		if err := s.saveCandidate(ctx, c); err != nil {
			return err
		}
	} else if len(events) == 0 {
		return nil
	}
	for _, e := range events {
		e.CandidateID = c.ID
		if err := s.InsertHistory(ctx, e); err != nil {
			return err
		}
	}
	return s.notifyCandidate(ctx, *c)
}

func (s *Store) notifyCandidate(ctx context.Context, c hiring.Candidate) error {
	return s.Notify(ctx, Topic{TopicCandidate, c.ID}, Topic{TopicCandidates, c.AssessmentID})
}

// saveCandidate inserts a candidate of ID 0, which it sets, or updates every column but created_at.
func (s *Store) saveCandidate(ctx context.Context, c *hiring.Candidate) error {
	if c.Stage == "" {
		return errors.New("a candidate without a stage")
	}
	args := pgx.NamedArgs{
		"id": c.ID, "assessment": c.AssessmentID, "invite": c.InviteRef, "submission": c.SubmissionRef, "name": c.Name,
		"email": c.Email, "stage": c.Stage, "stage_at": c.StageAt, "invited_at": c.InvitedAt, "started_at": c.StartedAt,
		"ended_at": c.EndedAt, "score": c.Score, "ai_score": c.AIScore, "bucket": c.Bucket, "summary": c.Summary,
		"evaluation": c.Evaluation, "basis": c.Basis, "model": c.Model, "confirmed": c.Confirmed, "error_code": c.ErrorCode,
		"error_message": c.ErrorMessage, "scored_at": c.ScoredAt, "synced_at": c.SyncedAt, "heard": c.Heard,
	}
	if c.ID == 0 {
		id, err := one(ctx, s, "adding a candidate", pgx.RowTo[int64], `
			INSERT INTO candidates (assessment_id, invite_ref, submission_ref, name, email, stage, stage_at, invited_at,
				started_at, ended_at, score, ai_score, bucket, summary, evaluation, basis, model, confirmed, error_code,
				error_message, scored_at, synced_at, heard)
			VALUES (@assessment, nullif(@invite, ''), nullif(@submission, ''), @name, @email, @stage, @stage_at, @invited_at,
				@started_at, @ended_at, @score, @ai_score, @bucket, @summary, @evaluation, @basis, @model, @confirmed, @error_code,
				@error_message, @scored_at, @synced_at, @heard)
			RETURNING id`, args)
		c.ID = id
		return err
	}
	_, err := s.exec(ctx, "changing a candidate", `
		UPDATE candidates SET invite_ref = nullif(@invite, ''), submission_ref = nullif(@submission, ''), name = @name,
			email = @email, stage = @stage, stage_at = @stage_at, invited_at = @invited_at, started_at = @started_at,
			ended_at = @ended_at, score = @score, ai_score = @ai_score, bucket = @bucket, summary = @summary,
			evaluation = @evaluation, basis = @basis, model = @model, confirmed = @confirmed, error_code = @error_code,
			error_message = @error_message, scored_at = @scored_at, synced_at = @synced_at, heard = @heard
		WHERE id = @id`, args)
	return err
}

// mergeCandidate moves what belongs to other over to c and removes other: an event that is told of both is told once, of
// two scorecards of one person the one saved later counts, and of two lists of answers that of c.
func (s *Store) mergeCandidate(ctx context.Context, c *hiring.Candidate, other hiring.Candidate) error {
	for _, move := range []string{
		`UPDATE history SET candidate_id = $1 WHERE candidate_id = $2
			AND NOT EXISTS (SELECT FROM history told WHERE told.candidate_id = $1 AND told.delivery_id = history.delivery_id)`,
		`UPDATE invites SET candidate_id = $1 WHERE candidate_id = $2`,
		`UPDATE differences SET candidate_id = $1 WHERE candidate_id = $2`,
		`UPDATE webhook_effects SET candidate_id = $1 WHERE candidate_id = $2`,
		`DELETE FROM scorecards s USING scorecards later WHERE s.candidate_id IN ($1, $2) AND later.candidate_id IN ($1, $2)
			AND later.user_id = s.user_id AND (later.updated_at, later.id) > (s.updated_at, s.id)`,
		`UPDATE scorecards SET candidate_id = $1 WHERE candidate_id = $2`,
		`UPDATE answers SET candidate_id = $1 WHERE candidate_id = $2
			AND NOT EXISTS (SELECT FROM answers WHERE candidate_id = $1)`,
	} {
		if _, err := s.exec(ctx, "joining two candidates", move, c.ID, other.ID); err != nil {
			return err
		}
	}
	if _, err := s.exec(ctx, "joining two candidates", `DELETE FROM candidates WHERE id = $1`, other.ID); err != nil {
		return err
	}
	for _, f := range []struct{ to, from *string }{
		{&c.InviteRef, &other.InviteRef}, {&c.SubmissionRef, &other.SubmissionRef}, {&c.Name, &other.Name},
		{&c.Email, &other.Email}, {&c.Bucket, &other.Bucket}, {&c.Summary, &other.Summary},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	if c.InvitedAt == nil {
		c.InvitedAt = other.InvitedAt
	}
	if c.StartedAt == nil {
		c.StartedAt = other.StartedAt
	}
	if c.SyncedAt == nil { // all of this is the list's
		c.Score, c.AIScore, c.Evaluation, c.Basis, c.Model = other.Score, other.AIScore, other.Evaluation, other.Basis, other.Model
		c.Confirmed, c.ScoredAt, c.SyncedAt = other.Confirmed, other.ScoredAt, other.SyncedAt
	}
	c.Heard = false // whose answers they are now
	c.Advance(other.Stage, other.StageAt)
	return s.Notify(ctx, Topic{TopicCandidate, other.ID})
}

const answerColumns = `candidate_id, question_ref, position, question, text, type, score, ai_score, reason, evidence, recording`

func scanAnswer(row pgx.CollectableRow) (a hiring.Answer, err error) {
	err = row.Scan(answerFields(&a)...)
	return a, err
}

func answerFields(a *hiring.Answer) []any {
	return []any{&a.CandidateID, &a.QuestionRef, &a.Position, &a.Question, &a.Text, &a.Type, &a.Score, &a.AIScore, &a.Reason, &a.Evidence, &a.Recording}
}

// Answers are what a candidate said, in the order of the questions.
func (s *Store) Answers(ctx context.Context, candidate int64) ([]hiring.Answer, error) {
	return many(ctx, s, "reading answers", scanAnswer,
		`SELECT `+answerColumns+` FROM answers WHERE candidate_id = $1 ORDER BY position, question_ref`, candidate)
}

// PutAnswers makes answers what the candidate said and says whether that changes anything. It belongs into the
// transaction of ChangeCandidate; only a change is announced.
func (s *Store) PutAnswers(ctx context.Context, c hiring.Candidate, answers []hiring.Answer) (changed bool, err error) {
	for i := range answers {
		answers[i].CandidateID = c.ID
		if answers[i].Evidence == nil {
			answers[i].Evidence = []hiring.Passage{}
		}
	}
	have, err := s.Answers(ctx, c.ID)
	if err != nil || len(have) == len(answers) && (len(have) == 0 || reflect.DeepEqual(have, answers)) {
		return false, err
	}
	if _, err := s.exec(ctx, "replacing answers", `DELETE FROM answers WHERE candidate_id = $1`, c.ID); err != nil {
		return false, err
	}
	for _, a := range answers {
		if _, err := s.exec(ctx, "keeping an answer", `
			INSERT INTO answers (`+answerColumns+`)
			VALUES (@candidate, @ref, @position, @question, @text, @type, @score, @ai_score, @reason, @evidence, @recording)
			ON CONFLICT (candidate_id, question_ref) DO NOTHING`, pgx.NamedArgs{
			"candidate": a.CandidateID, "ref": a.QuestionRef, "position": a.Position, "question": a.Question, "text": a.Text,
			"type": a.Type, "score": a.Score, "ai_score": a.AIScore, "reason": a.Reason, "evidence": a.Evidence,
			"recording": a.Recording,
		}); err != nil {
			return false, err
		}
	}
	return true, s.notifyCandidate(ctx, c)
}

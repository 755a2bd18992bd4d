package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

const interviewNotFound = "Assessment not found"

// assessment is a row with its counts.
type assessment struct {
	ID, CompanyID, Title, Role, Purpose, JobID, Status, Kind string

	Minutes                int
	Language               string
	Skills                 []string
	Buckets                []partnerapi.Bucket
	VerifyEmail, CEFR      bool
	CreatedAt, UpdatedAt   time.Time
	Questions, Submissions int // Submissions counts those that GET …/candidates lists
}

const assessmentColumns = `
	a.id, a.company_id, a.title, a.role, a.purpose, coalesce(a.job_id, '') AS job_id, a.status, a.kind,
	a.duration_minutes, a.language, a.skills, a.buckets, a.verify_email, a.cefr, a.created_at, a.updated_at,
	(SELECT count(*) FROM engine.questions q WHERE q.assessment_id = a.id),
	(SELECT count(*) FROM engine.submissions s WHERE s.assessment_id = a.id AND s.status IN ('completed', 'timed_out'))`

func scanAssessment(row pgx.CollectableRow) (a assessment, err error) {
	err = row.Scan(&a.ID, &a.CompanyID, &a.Title, &a.Role, &a.Purpose, &a.JobID, &a.Status, &a.Kind,
		&a.Minutes, &a.Language, &a.Skills, &a.Buckets, &a.VerifyEmail, &a.CEFR, &a.CreatedAt, &a.UpdatedAt,
		&a.Questions, &a.Submissions)
	return a, err
}

// queryer is a pool or a transaction.
type queryer interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// findAssessment returns pgx.ErrNoRows, wrapped, for an unknown id.
func findAssessment(ctx context.Context, db queryer, id string) (assessment, error) {
	rows, err := db.Query(ctx, `SELECT `+assessmentColumns+` FROM engine.assessments a WHERE a.id = $1`, id)
	if err != nil {
		return assessment{}, fmt.Errorf("reading assessment %s: %w", id, err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, scanAssessment)
	if err != nil {
		return a, fmt.Errorf("reading assessment %s: %w", id, err)
	}
	return a, nil
}

// assessment is the one that the path names, if the caller may touch it. The reference answers a missing one with
// NOT_FOUND on most operations and with ACCESS_DENIED on some: missing says which.
func (e *Engine) assessment(c *call, missing partnerapi.Code) (assessment, error) {
	a, err := findAssessment(c.ctx, e.pool, c.param("assessmentId"))
	switch {
	case errors.Is(err, pgx.ErrNoRows) && missing == partnerapi.CodeAccessDenied:
		return a, refuse(missing, "Assessment not found or access denied")
	case errors.Is(err, pgx.ErrNoRows):
		return a, refuse(missing, interviewNotFound)
	case err != nil:
		return a, err
	case a.CompanyID != c.company.ID:
		return a, refuse(partnerapi.CodeAccessDenied, "This assessment belongs to another account")
	}
	return a, nil
}

// wire has the fields that all operations publish.
func (e *Engine) wire(a assessment) partnerapi.Assessment {
	return partnerapi.Assessment{
		AssessmentID: partnerapi.ID(a.ID), TestName: a.Title, CompanyID: partnerapi.ID(a.CompanyID), JobID: partnerapi.ID(a.JobID),
		Status: a.Status, AssessmentType: partnerapi.AssessmentTypeQuiz, QuestionCount: a.Questions, HiringForRole: a.Role,
		PurposeOfInterview: a.Purpose, Duration: a.Minutes, AILanguage: a.Language, Skills: a.Skills,
		AssessmentURL: e.opts.BaseURL + "/room/a/" + a.ID,
	}
}

// wireCreated adds what the operations that create publish besides.
func (e *Engine) wireCreated(a assessment) partnerapi.Assessment {
	w := e.wire(a)
	w.CreatedAt, w.LastUpdatedOn = &partnerapi.Millis{Time: a.CreatedAt}, &partnerapi.Millis{Time: a.UpdatedAt}
	return w
}

func (e *Engine) assessmentList(c *call) (partnerapi.AssessmentPage, error) {
	number, size, err := page(c)
	if err != nil {
		return partnerapi.AssessmentPage{}, err
	}
	answer := partnerapi.AssessmentPage{Assessments: []partnerapi.Assessment{}, Pagination: partnerapi.PageInfo{Page: number, Limit: size}}
	paging := &answer.Pagination
	if err := e.pool.QueryRow(c.ctx, `SELECT count(*) FROM engine.assessments WHERE company_id = $1`, c.company.ID).Scan(&paging.Total); err != nil {
		return answer, fmt.Errorf("counting assessments: %w", err)
	}
	paging.TotalPages = (paging.Total + size - 1) / size
	if number > paging.TotalPages { // also keeps the offset from overflowing
		return answer, nil
	}
	rows, err := e.pool.Query(c.ctx, `
		SELECT `+assessmentColumns+` FROM engine.assessments a
		WHERE a.company_id = $1
		ORDER BY a.created_at DESC, a.id DESC
		LIMIT $2 OFFSET $3`, c.company.ID, size, (number-1)*size)
	if err != nil {
		return answer, fmt.Errorf("listing assessments: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanAssessment)
	if err != nil {
		return answer, fmt.Errorf("listing assessments: %w", err)
	}
	for _, a := range list {
		w := e.wireCreated(a)
		w.Buckets, w.CreatedBy, w.PostedBy = a.Buckets, c.company.Poster.ClientID, &c.company.Poster
		w.IsEmailVerificationRequired, w.ShouldEvaluateCEFR, w.SubmissionCount = &a.VerifyEmail, &a.CEFR, &a.Submissions
		answer.Assessments = append(answer.Assessments, w)
	}
	return answer, nil
}

func (e *Engine) assessmentCreate(c *call, r partnerapi.CreateRequest) (answer partnerapi.Assessment, err error) {
	now := e.now()
	a := assessment{
		ID: newID(), CompanyID: c.company.ID, Title: strings.TrimSpace(r.Title), Role: strings.TrimSpace(r.HiringForRole),
		Purpose: strings.TrimSpace(r.PurposeOfInterview), JobID: strings.TrimSpace(string(r.JobID)),
		Status: r.Status, Kind: partnerapi.TypeAudio, Minutes: partnerapi.DefaultDuration, Language: strings.ToLower(r.AILanguage),
		Skills: tidy(r.Skills), Buckets: r.Buckets, VerifyEmail: true, CreatedAt: now, UpdatedAt: now,
	}
	if a.Status == "" {
		a.Status = partnerapi.StatusActive
	}
	if a.Language == "" {
		a.Language = partnerapi.DefaultLanguage
	}
	if r.Duration != nil {
		a.Minutes = *r.Duration
	}
	if r.IsEmailVerificationRequired != nil {
		a.VerifyEmail = *r.IsEmailVerificationRequired
	}
	a.CEFR = r.ShouldEvaluateCEFR != nil && *r.ShouldEvaluateCEFR
	if len(a.Buckets) == 0 { // a score without a bucket would leave interview.scoring_completed incomplete
		a.Buckets = partnerapi.StandardBuckets
	}

	var wrong problems
	wrong.length("title", a.Title, 1, partnerapi.TitleMax)
	wrong.length("hiringForRole", a.Role, 1, partnerapi.RoleMax)
	wrong.length("purposeOfInterview", a.Purpose, partnerapi.PurposeMin, partnerapi.PurposeMax)
	wrong.oneOf("status", a.Status, partnerapi.StatusActive, partnerapi.StatusInactive)
	wrong.within("duration", a.Minutes, partnerapi.DurationMin, partnerapi.DurationMaxCreate)
	wrong.oneOf("aiLanguage", a.Language, partnerapi.Languages...)
	wrong.skills("skills", a.Skills)
	wrong.buckets("buckets", a.Buckets)
	if err := wrong.refusal(); err != nil {
		return answer, err
	}
	if a.JobID != "" {
		if _, err := e.job(c, a.JobID); err != nil {
			return answer, err
		}
	}
	err = e.inTx(c.ctx, func(tx pgx.Tx) error {
		if err := spendCredit(c.ctx, tx, c.company.ID, partnerapi.MsgCreditsCreate); err != nil {
			return err
		}
		return insertAssessment(c.ctx, tx, a)
	})
	c.message = "Assessment created successfully! Add questions to get started."
	return e.wireCreated(a), err
}

func insertAssessment(ctx context.Context, tx pgx.Tx, a assessment) error {
	buckets, err := json.Marshal(a.Buckets)
	if err != nil {
		return fmt.Errorf("encoding buckets: %w", err)
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO engine.assessments (id, company_id, title, role, purpose, job_id, status, kind, duration_minutes,
			language, skills, buckets, verify_email, cefr, created_at, updated_at)
		VALUES (@id, @company, @title, @role, @purpose, nullif(@job, ''), @status, @kind, @minutes,
			@language, @skills, @buckets, @verify, @cefr, @created, @updated)`,
		pgx.NamedArgs{
			"id": a.ID, "company": a.CompanyID, "title": a.Title, "role": a.Role, "purpose": a.Purpose, "job": a.JobID,
			"status": a.Status, "kind": a.Kind, "minutes": a.Minutes, "language": a.Language, "skills": a.Skills,
			"buckets": string(buckets), "verify": a.VerifyEmail, "cefr": a.CEFR, "created": a.CreatedAt, "updated": a.UpdatedAt,
		})
	if err != nil {
		return fmt.Errorf("inserting assessment: %w", err)
	}
	return nil
}

// spendCredit takes one credit, or refuses with message when none is left. Rolling tx back gives it back.
func spendCredit(ctx context.Context, tx pgx.Tx, companyID, message string) error {
	tag, err := tx.Exec(ctx, `
		UPDATE engine.companies SET credits = credits - 1
		WHERE id = $1 AND (credits IS NULL OR credits > 0)`, companyID)
	if err != nil {
		return fmt.Errorf("spending a credit: %w", err)
	}
	if tag.RowsAffected() == 0 {
		return refuse(partnerapi.CodeInsufficientCredits, message)
	}
	return nil
}

func (e *Engine) assessmentShow(c *call) (partnerapi.Assessment, error) {
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return partnerapi.Assessment{}, err
	}
	questions, err := e.questions(c.ctx, e.pool, a.ID)
	if err != nil {
		return partnerapi.Assessment{}, err
	}
	w := e.wire(a)
	w.Questions = []partnerapi.Question{}
	for _, q := range questions {
		w.Questions = append(w.Questions, q.wire())
	}
	w.QuestionCount = len(questions)
	return w, nil
}

func (e *Engine) assessmentUpdate(c *call, r partnerapi.UpdateRequest) (partnerapi.UpdateResult, error) {
	var wrong problems
	set, args := []string{"updated_at = @now"}, pgx.NamedArgs{"now": e.now()}
	change := func(column string, value any) {
		set = append(set, column+" = @"+column)
		args[column] = value
	}
	if r.Title != nil {
		title := strings.TrimSpace(*r.Title)
		wrong.length("title", title, 1, partnerapi.TitleMax)
		change("title", title)
	}
	if r.Duration != nil {
		wrong.within("duration", *r.Duration, partnerapi.DurationMin, partnerapi.DurationMaxUpdate)
		change("duration_minutes", *r.Duration)
	}
	if r.AILanguage != nil {
		language := strings.ToLower(*r.AILanguage)
		wrong.oneOf("aiLanguage", language, partnerapi.Languages...)
		change("language", language)
	}
	if r.Skills != nil {
		skills := tidy(*r.Skills)
		wrong.skills("skills", skills)
		change("skills", skills)
	}
	if r.PurposeOfInterview != nil {
		purpose := strings.TrimSpace(*r.PurposeOfInterview)
		wrong.length("purposeOfInterview", purpose, 0, partnerapi.PurposeMax)
		change("purpose", purpose)
	}
	if err := wrong.refusal(); err != nil {
		return partnerapi.UpdateResult{}, err
	}
	if len(set) == 1 {
		return partnerapi.UpdateResult{}, refuse(partnerapi.CodeInvalidRequest,
			"No fields provided: send at least one of title, duration, aiLanguage, skills, purposeOfInterview")
	}
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return partnerapi.UpdateResult{}, err
	}
	args["id"] = a.ID
	if _, err := e.pool.Exec(c.ctx, `UPDATE engine.assessments SET `+strings.Join(set, ", ")+` WHERE id = @id`, args); err != nil {
		return partnerapi.UpdateResult{}, fmt.Errorf("updating assessment %s: %w", a.ID, err)
	}
	return partnerapi.UpdateResult{AssessmentID: partnerapi.ID(a.ID), Message: "Assessment details updated successfully"}, nil
}

// tidy trims each text; never nil.
func tidy(texts []string) []string {
	tidied := make([]string, len(texts))
	for i, text := range texts {
		tidied[i] = strings.TrimSpace(text)
	}
	return tidied
}

// skills checks a list of skills.
func (p *problems) skills(field string, skills []string) {
	if len(skills) > partnerapi.SkillsMax {
		p.add(field, fmt.Sprintf("can have at most %d entries", partnerapi.SkillsMax))
	}
	if slices.Contains(skills, "") {
		p.add(field, "can't have a blank entry")
	}
}

// buckets checks evaluation buckets. Names must differ: a score's bucket is told by its name alone.
func (p *problems) buckets(field string, buckets []partnerapi.Bucket) {
	if len(buckets) > partnerapi.BucketsMax {
		p.add(field, fmt.Sprintf("can have at most %d entries", partnerapi.BucketsMax))
	}
	seen := map[string]bool{}
	for i, b := range buckets {
		name := strings.ToLower(strings.TrimSpace(b.Name))
		switch {
		case name == "":
			p.add(field, fmt.Sprintf("entry %d needs a name", i+1))
		case seen[name]:
			p.add(field, fmt.Sprintf("entry %d has the name of another one", i+1))
		case b.Status != partnerapi.BucketPass && b.Status != partnerapi.BucketFail:
			p.add(field, fmt.Sprintf("entry %d needs the status pass or fail", i+1))
		}
		seen[name] = true
	}
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/engine/generate"
	"greenroom/internal/partnerapi"
)

// Generator writes questions. Its errors are generate.ErrEmpty when it has nothing to say and generate.ErrFailed,
// or any other, when it broke. It may return fewer questions than asked for.
type Generator interface {
	Generate(context.Context, generate.Request) ([]generate.Question, error)
}

// generateTimeout bounds generation while a caller waits.
const generateTimeout = 60 * time.Second

// generation is one run.
type generation struct {
	ID, AssessmentID, Role, Description, Language string

	Skills       []string
	Difficulty   string
	Wanted, Have int
	State        string
}

// assessmentGenerate is auto-generate: it answers at once, and a task writes the questions. It costs one credit,
// which buys the assessment and is kept even if the questions fail later.
func (e *Engine) assessmentGenerate(c *call, r partnerapi.AutoGenerateRequest) (answer partnerapi.Assessment, err error) {
	var wrong problems
	purpose, role := strings.TrimSpace(r.Purpose), strings.TrimSpace(r.Role)
	if r.JobID == "" && purpose == "" {
		wrong.add("purpose", "is required when jobId is not given: provide jobId or purpose")
	}
	if strings.Trim(string(r.JobID), "0123456789") != "" {
		wrong.add("jobId", "must be a whole number")
	}
	wrong.length("purpose", purpose, 0, partnerapi.PurposeMax)
	wrong.length("role", role, 0, partnerapi.RoleMax)
	if r.Type == "" {
		r.Type = partnerapi.TypeAudio
	}
	wrong.oneOf("type", r.Type, partnerapi.TypeAudio, partnerapi.TypeVideo)
	if err := wrong.refusal(); err != nil {
		return answer, err
	}
	if r.JobID != "" {
		j, err := e.job(c, string(r.JobID))
		if err != nil {
			return answer, err
		}
		if purpose == "" {
			purpose = firstRunes(j.Description, partnerapi.PurposeMax)
		}
		if role == "" {
			role = j.Title
		}
	}
	if role == "" {
		role = roleIn(purpose)
	}
	format := " - Voice Interview"
	if r.Type == partnerapi.TypeVideo {
		format = " - Video Interview"
	}
	now := e.now()
	skills := e.bank.Skills(role + "\n" + purpose)
	a := assessment{
		ID: newID(), CompanyID: c.company.ID, Title: role + format, Role: role, Purpose: purpose, JobID: string(r.JobID),
		Status: partnerapi.StatusActive, Kind: r.Type, Minutes: partnerapi.DefaultDuration, Language: partnerapi.DefaultLanguage,
		Skills: tidy(skills[:min(len(skills), partnerapi.SkillsMax)]), Buckets: partnerapi.StandardBuckets, VerifyEmail: true,
		CreatedAt: now, UpdatedAt: now,
	}
	// No skill is asked for: the generator finds those that the text names, and keeps room for the role itself.
	g := generation{
		ID: newID(), AssessmentID: a.ID, Role: role, Description: purpose, Language: a.Language, Skills: []string{},
		Difficulty: partnerapi.DifficultyMedium, Wanted: partnerapi.DefaultGenerateCount,
	}
	err = e.inTx(c.ctx, func(tx pgx.Tx) error {
		if err := spendCredit(c.ctx, tx, c.company.ID, partnerapi.MsgCreditsCreate); err != nil {
			return err
		}
		if err := insertAssessment(c.ctx, tx, a); err != nil {
			return err
		}
		if err := insertGeneration(c.ctx, tx, g, nil); err != nil {
			return err
		}
		return addTask(c.ctx, tx, taskGenerate, g.ID, now)
	})
	c.message = "Assessment creation initiated. You will receive a webhook when questions are ready."
	return e.wireCreated(a), err
}

// questionsGenerate writes questions while the caller waits. It costs one credit, which comes back when not a single
// question came of it.
func (e *Engine) questionsGenerate(c *call, r partnerapi.GenerateRequest) (answer partnerapi.Generated, err error) {
	var wrong problems
	description, skills := strings.TrimSpace(r.JobDescription), tidy(r.Skills)
	wrong.length("jobDescription", description, partnerapi.JobDescriptionMin, 0)
	wrong.skills("skills", skills)
	count := partnerapi.DefaultGenerateCount
	if r.QuestionCount != nil {
		count = *r.QuestionCount
	}
	wrong.within("questionCount", count, 1, partnerapi.GenerateMax)
	if r.Difficulty == "" {
		r.Difficulty = partnerapi.DifficultyMedium
	}
	wrong.oneOf("difficulty", r.Difficulty, partnerapi.DifficultyEasy, partnerapi.DifficultyMedium, partnerapi.DifficultyHard)
	if err := wrong.refusal(); err != nil {
		return answer, err
	}
	a, err := e.assessment(c, partnerapi.CodeAccessDenied)
	if err != nil {
		return answer, err
	}
	g := generation{
		ID: newID(), AssessmentID: a.ID, Role: a.Role, Description: description, Language: a.Language, Skills: skills,
		Difficulty: r.Difficulty, Wanted: count,
	}
	// A caller who goes away doesn't stop it: what was paid for gets done.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), generateTimeout)
	defer cancel()
	err = e.inTx(ctx, func(tx pgx.Tx) error {
		if err := spendCredit(ctx, tx, c.company.ID, partnerapi.MsgCreditsGenerate); err != nil {
			return err
		}
		deadline := e.now().Add(generateTimeout)
		return insertGeneration(ctx, tx, g, &deadline)
	})
	if err != nil {
		return answer, err
	}
	cause := guarded(func() error { return e.generateAll(ctx, g.ID) })
	if cause == nil {
		err := e.pool.QueryRow(ctx, `SELECT have FROM engine.generations WHERE id = $1`, g.ID).Scan(&answer.QuestionCount)
		if err != nil {
			return answer, fmt.Errorf("counting generated questions: %w", err)
		}
		answer.Message = "Questions generated and added successfully"
		return answer, nil
	}
	ctx = context.WithoutCancel(ctx)
	e.log.WarnContext(ctx, "engine: generating questions", "assessment", a.ID, "error", cause)
	err = e.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			UPDATE engine.companies SET credits = credits + 1
			WHERE id = $1 AND (SELECT have FROM engine.generations WHERE id = $2) = 0`, c.company.ID, g.ID)
		if err != nil {
			return fmt.Errorf("giving the credit back: %w", err)
		}
		return e.generationFailed(ctx, tx, g.ID, cause)
	})
	if err != nil {
		return answer, err
	}
	if errors.Is(cause, generate.ErrEmpty) {
		return answer, refuse(partnerapi.CodeGenerationEmpty, generationMessage(cause))
	}
	return answer, refuse(partnerapi.CodeGenerationFailed, generationMessage(cause))
}

func insertGeneration(ctx context.Context, tx pgx.Tx, g generation, deadline *time.Time) error {
	_, err := tx.Exec(ctx, `
		INSERT INTO engine.generations (id, assessment_id, role, description, language, skills, difficulty, wanted, deadline)
		VALUES (@id, @assessment, @role, @description, @language, @skills, @difficulty, @wanted, @deadline)`,
		pgx.NamedArgs{
			"id": g.ID, "assessment": g.AssessmentID, "role": g.Role, "description": g.Description, "language": g.Language,
			"skills": g.Skills, "difficulty": g.Difficulty, "wanted": g.Wanted, "deadline": deadline,
		})
	if err != nil {
		return fmt.Errorf("inserting a generation of %s: %w", g.AssessmentID, err)
	}
	return nil
}

// generateAll carries a run to its end from wherever it stands. Each question is committed on its own, so that
// watchers see them come; the end and assessment.ready are one transaction.
func (e *Engine) generateAll(ctx context.Context, id string) error {
	rows, err := e.pool.Query(ctx, `
		SELECT id, assessment_id, role, description, language, skills, difficulty, wanted, have, state
		FROM engine.generations WHERE id = $1`, id)
	if err != nil {
		return fmt.Errorf("reading generation %s: %w", id, err)
	}
	g, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[generation])
	if err != nil {
		return fmt.Errorf("reading generation %s: %w", id, err)
	}
	if g.State != string(partnerapi.GenerationRunning) {
		return nil
	}
	if g.Have < g.Wanted {
		written, err := e.generate(ctx, g)
		if err != nil && g.Have == 0 {
			return err
		}
		for _, q := range written {
			added, err := e.addGenerated(ctx, g, q)
			if err != nil {
				return err
			}
			if added {
				g.Have++
			}
		}
		if g.Have == 0 {
			return generate.ErrEmpty
		}
	}
	return e.inTx(ctx, func(tx pgx.Tx) error { return e.generationReady(ctx, tx, g) })
}

// generate asks the generator for what is missing of a run.
func (e *Engine) generate(ctx context.Context, g generation) ([]generate.Question, error) {
	if e.opts.Generator == nil {
		return nil, fmt.Errorf("%w: no generator is set", generate.ErrFailed)
	}
	have, err := e.questions(ctx, e.pool, g.AssessmentID)
	if err != nil {
		return nil, err
	}
	request := generate.Request{
		Role: g.Role, Description: g.Description, Language: g.Language, Skills: g.Skills, Count: g.Wanted - g.Have, Difficulty: g.Difficulty,
	}
	for _, q := range have {
		request.Avoid = append(request.Avoid, q.Text)
	}
	written, err := e.opts.Generator.Generate(ctx, request)
	return written[:min(len(written), request.Count)], err
}

// addGenerated says false for a question that the assessment got meanwhile, or that breaks the contract's limits.
func (e *Engine) addGenerated(ctx context.Context, g generation, written generate.Question) (added bool, err error) {
	q := question{
		ID: newID(), Text: noNUL(strings.TrimSpace(written.Text)), Instruction: noNUL(written.Instruction), IdealAnswer: noNUL(written.IdealAnswer),
		Source: written.Source, Model: written.Model, Difficulty: written.Difficulty, Skill: noNUL(written.Skill),
	}
	for _, point := range written.KeyPoints {
		q.KeyPoints = append(q.KeyPoints, tidy(point))
	}
	request := partnerapi.QuestionRequest{Question: q.Text, KeyPoints: &q.KeyPoints}
	if checkQuestion(&request) != nil {
		return false, nil
	}
	err = e.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockAssessment(ctx, tx, g.AssessmentID); err != nil {
			return err
		}
		have, err := e.questions(ctx, tx, g.AssessmentID)
		if err != nil {
			return err
		}
		for _, other := range have {
			if generate.Normal(other.Text) == generate.Normal(q.Text) {
				return nil
			}
		}
		if err := insertQuestion(ctx, tx, g.AssessmentID, q, e.now()); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE engine.generations SET have = have + 1 WHERE id = $1`, g.ID); err != nil {
			return fmt.Errorf("counting a generated question: %w", err)
		}
		added = true
		return nil
	})
	return added, err
}

// generationReady ends a run once and sends assessment.ready with the assessment's number of questions.
func (e *Engine) generationReady(ctx context.Context, tx pgx.Tx, g generation) error {
	if err := lockAssessment(ctx, tx, g.AssessmentID); err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE engine.generations SET state = 'ready', message = '' WHERE id = $1 AND state = 'running'`, g.ID)
	if err != nil {
		return fmt.Errorf("ending generation %s: %w", g.ID, err)
	}
	if tag.RowsAffected() == 0 {
		return nil
	}
	var count int
	if err := tx.QueryRow(ctx, `SELECT count(*) FROM engine.questions WHERE assessment_id = $1`, g.AssessmentID).Scan(&count); err != nil {
		return fmt.Errorf("counting questions of %s: %w", g.AssessmentID, err)
	}
	return e.announce(ctx, tx, g.AssessmentID, partnerapi.EventReady, partnerapi.EventData{
		AssessmentID: partnerapi.ID(g.AssessmentID), QuestionCount: &count,
	})
}

// generationFailed ends a run that is given up. The reference has no webhook for it; PathGeneration tells.
func (e *Engine) generationFailed(ctx context.Context, tx pgx.Tx, id string, cause error) error {
	_, err := tx.Exec(ctx, `UPDATE engine.generations SET state = 'failed', message = $2 WHERE id = $1 AND state = 'running'`,
		id, generationMessage(cause))
	if err != nil {
		return fmt.Errorf("ending generation %s: %w", id, err)
	}
	return nil
}

// generationMessage is for people; the cause itself goes to the log.
func generationMessage(cause error) string {
	if errors.Is(cause, generate.ErrEmpty) {
		return "No new questions came of this description. Say more about the role, or name other skills."
	}
	return "Generating questions failed. Try again in a minute."
}

// generationShow is the extension that tells how far the latest run is.
func (e *Engine) generationShow(c *call) (answer partnerapi.Generation, err error) {
	a, err := e.assessment(c, partnerapi.CodeNotFound)
	if err != nil {
		return answer, err
	}
	var deadline *time.Time
	err = e.pool.QueryRow(c.ctx, `
		SELECT state, have, wanted, message, deadline FROM engine.generations
		WHERE assessment_id = $1 ORDER BY number DESC LIMIT 1`, a.ID).
		Scan(&answer.State, &answer.QuestionCount, &answer.Wanted, &answer.Message, &deadline)
	if errors.Is(err, pgx.ErrNoRows) {
		answer.State = partnerapi.GenerationNone
		return answer, nil
	}
	if err != nil {
		return answer, fmt.Errorf("reading the generation of %s: %w", a.ID, err)
	}
	if answer.State == partnerapi.GenerationRunning && deadline != nil && e.now().After(deadline.Add(time.Minute)) {
		answer.State, answer.Message = partnerapi.GenerationFailed, "Generating questions was interrupted. Try again."
	}
	return answer, nil
}

// lockAssessment lets one transaction at a time change an assessment's questions or announce something of it.
func lockAssessment(ctx context.Context, tx pgx.Tx, id string) error {
	if _, err := tx.Exec(ctx, `SELECT 1 FROM engine.assessments WHERE id = $1 FOR UPDATE`, id); err != nil {
		return fmt.Errorf("locking assessment %s: %w", id, err)
	}
	return nil
}

// roleIn finds a role's name in a purpose such as "We need a backend engineer who can …".
func roleIn(purpose string) string {
	words := strings.Fields(purpose)
	for i, word := range words {
		if word = strings.ToLower(word); word != "a" && word != "an" {
			continue
		}
		var role []string
		for _, next := range words[i+1:] {
			bare := strings.TrimRight(next, ".,;:!?)")
			if roleStops[strings.ToLower(bare)] {
				break
			}
			if role = append(role, bare); bare != next || len(role) > 5 {
				break
			}
		}
		if n := len(role); n > 0 && n <= 5 {
			name := []rune(strings.Join(role, " "))
			name[0] = unicode.ToUpper(name[0])
			return firstRunes(string(name), partnerapi.RoleMax)
		}
	}
	return "Open role"
}

// roleStops are the words after which a role's name is over.
var roleStops = map[string]bool{
	"who": true, "with": true, "to": true, "for": true, "that": true, "in": true, "at": true, "on": true, "and": true,
	"or": true, "of": true, "which": true, "whose": true, "having": true, "able": true, "is": true, "will": true, "can": true,
}

func firstRunes(text string, n int) string {
	if runes := []rune(text); len(runes) > n {
		return string(runes[:n])
	}
	return text
}

func noNUL(text string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(text, "\x00", ""), "\uFFFD")
}

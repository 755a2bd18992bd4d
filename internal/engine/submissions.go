package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// States of a Submission. Ready and CompleteLater lead to Started; the last three are for good.
const (
	StateReady         = "ready" // opened, not begun
	StateCompleteLater = "complete_later"
	StateStarted       = "started"
	StateCompleted     = "completed"
	StateTimedOut      = "timed_out"
	StateEnded         = "ended" // left without submitting
)

// What the room's methods refuse with. Open tells the state that a refused person is in.
var (
	ErrNotFound    = errors.New("no such interview or invite")
	ErrReviewer    = errors.New("this invite is for a reviewer, who has nothing to answer")
	ErrInactive    = errors.New("the interview takes no candidates now")
	ErrNoQuestions = errors.New("the interview has no questions yet")
	ErrRegistered  = errors.New("this address has its own link already")
	ErrNotStarted  = errors.New("the interview has not begun")
	ErrTimedOut    = errors.New("the time is over")
	ErrOver        = errors.New("the interview is over")
	ErrTooLong     = fmt.Errorf("an answer has at most %d characters", AnswerMax)
)

// AnswerMax is the longest answer that is kept, in runes.
const AnswerMax = 20_000

// grace is how long after the deadline the last save or submit may still arrive.
const grace = 3 * time.Second

// mailAgain is how long somebody who registers again has to wait for another mail.
const mailAgain = time.Minute

// Interview is what a candidate may know of an assessment before answering.
type Interview struct {
	AssessmentID, Title, Role, Purpose, Language string

	Minutes, Questions int
	Active             bool
	VerifyEmail        bool // people who register must open the link that is mailed to them
}

// Submission is one person's way through an interview.
type Submission struct {
	ID        string
	Invite    Invite
	Interview Interview
	State     string

	StartedAt, Deadline, SubmittedAt time.Time     // zero: not yet
	Remaining                        time.Duration // until Deadline; the whole length before the start, 0 after the end
	Answers                          []Draft       // one for each question, in order; none before the start
}

// Draft is a question and what was answered so far.
type Draft struct {
	QuestionID, Question, Answer string
	SavedAt                      time.Time // zero: never

	Recording *Recording // the spoken answer that counts; nil: none
	Arriving  *Recording // one that is on its way, or whose end never came; nil: none
}

// Empty says that there is nothing in it, neither typed nor spoken.
func (d Draft) Empty() bool {
	return strings.TrimSpace(d.Answer) == "" && d.Recording == nil && d.Arriving == nil
}

// Interview returns ErrNotFound for an unknown assessment.
func (e *Engine) Interview(ctx context.Context, assessmentID string) (Interview, error) {
	a, err := findAssessment(ctx, e.pool, storable(assessmentID))
	if errors.Is(err, pgx.ErrNoRows) {
		return Interview{}, ErrNotFound
	}
	return Interview{
		AssessmentID: a.ID, Title: a.Title, Role: a.Role, Purpose: a.Purpose, Language: a.Language, Minutes: a.Minutes,
		Questions: a.Questions, Active: a.Status == partnerapi.StatusActive, VerifyEmail: a.VerifyEmail,
	}, err
}

// Person is who registers in the room.
type Person struct{ FirstName, LastName, Email string }

// Registered is the outcome of Register.
type Registered struct {
	Invite Invite
	Mailed bool // the link went to the address and must not be shown: opening it proves the address
}

// Register gives somebody who came by assessmentUrl a place of their own. A person's mistakes are a
// *partnerapi.Error with Details by the fields firstName, lastName and emailAddress. Where addresses are verified,
// one that has a place already gets its link again by mail, once a minute at most; where they are not, it is
// ErrRegistered. Also ErrNotFound, ErrInactive.
func (e *Engine) Register(ctx context.Context, assessmentID string, p Person) (Registered, error) {
	interview, err := e.Interview(ctx, assessmentID)
	if err != nil {
		return Registered{}, err
	}
	if !interview.Active {
		return Registered{}, ErrInactive
	}
	invite := Invite{
		ID: newID(), AssessmentID: interview.AssessmentID, InviteeType: partnerapi.InviteeCandidate,
		FirstName: storable(strings.TrimSpace(p.FirstName)), LastName: storable(strings.TrimSpace(p.LastName)),
		Email: storable(strings.TrimSpace(p.Email)), Origin: OriginRegistration, CreatedAt: e.now(),
	}
	var wrong problems
	wrong.person(invite)
	if err := wrong.refusal(); err != nil {
		return Registered{}, err
	}
	err = e.inTx(ctx, func(tx pgx.Tx) error {
		inserted, err := insertInvite(ctx, tx, invite)
		if err != nil {
			return err
		}
		if !inserted && !interview.VerifyEmail {
			return ErrRegistered
		}
		if !inserted {
			invite, err = findInvite(ctx, tx, `i.assessment_id = $1 AND i.invitee_type = $2 AND lower(i.email) = lower($3)`,
				invite.AssessmentID, invite.InviteeType, invite.Email)
			if err != nil {
				return err
			}
		}
		if !interview.VerifyEmail {
			return nil
		}
		tag, err := tx.Exec(ctx, `
			UPDATE engine.invites SET mailed_at = $2 WHERE id = $1 AND (mailed_at IS NULL OR mailed_at <= $3)`,
			invite.ID, e.now(), e.now().Add(-mailAgain))
		if err != nil {
			return fmt.Errorf("noting the mail to a person who registered: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return nil
		}
		return addTask(ctx, tx, taskMail, invite.ID, e.now())
	})
	return Registered{Invite: invite, Mailed: interview.VerifyEmail}, err
}

// Open is the person's arrival by their link, and reading where they stand, as often as wanted. Arriving by a mailed
// link verifies the address. ErrNotFound, ErrReviewer.
func (e *Engine) Open(ctx context.Context, inviteID string) (s Submission, err error) {
	i, err := findInvite(ctx, e.pool, `i.id = $1`, storable(inviteID))
	if err != nil {
		return s, err
	}
	s.Invite = i
	if s.Interview, err = e.Interview(ctx, i.AssessmentID); err != nil {
		return s, err
	}
	if i.InviteeType == partnerapi.InviteeReviewer {
		return s, ErrReviewer
	}
	err = e.inTx(ctx, func(tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `
			INSERT INTO engine.submissions (id, invite_id, assessment_id, status, opened_at)
			VALUES ($1, $2, $3, 'ready', $4) ON CONFLICT (invite_id) DO NOTHING`, newID(), i.ID, i.AssessmentID, e.now())
		if err != nil {
			return fmt.Errorf("opening a submission: %w", err)
		}
		mailed := i.Origin == OriginInvite || s.Interview.VerifyEmail
		if _, err := tx.Exec(ctx, `UPDATE engine.invites SET email_verified = true WHERE id = $1 AND $2 AND NOT email_verified`, i.ID, mailed); err != nil {
			return fmt.Errorf("verifying an address: %w", err)
		}
		s.Invite.EmailVerified = i.EmailVerified || mailed
		r, err := e.lock(ctx, tx, i.ID)
		if err != nil {
			return err
		}
		s.ID, s.State, s.Deadline, s.StartedAt, s.SubmittedAt = r.ID, r.State, instant(r.Deadline), instant(r.StartedAt), instant(r.SubmittedAt)
		s.Answers, err = drafts(ctx, tx, r.ID)
		return err
	})
	switch s.State {
	case StateReady, StateCompleteLater:
		s.Remaining = time.Duration(s.Interview.Minutes) * time.Minute
	case StateStarted:
		s.Remaining = max(0, s.Deadline.Sub(e.now()))
	}
	return s, err
}

func drafts(ctx context.Context, tx pgx.Tx, submissionID string) ([]Draft, error) {
	rows, err := tx.Query(ctx, `
		SELECT a.question_id, a.question, a.answer, a.saved_at, r.id::text, coalesce(r.state, ''), coalesce(r.seconds, 0), coalesce(r.bytes, 0)
		FROM engine.answers a LEFT JOIN engine.recordings r USING (submission_id, question_id)
		WHERE a.submission_id = $1 ORDER BY a.position`, submissionID)
	if err != nil {
		return nil, fmt.Errorf("reading answers of %s: %w", submissionID, err)
	}
	var list []Draft
	var d Draft
	var saved *time.Time
	var id *string
	var r Recording
	_, err = pgx.ForEachRow(rows, []any{&d.QuestionID, &d.Question, &d.Answer, &saved, &id, (*string)(&r.State), &r.Seconds, &r.Bytes}, func() error {
		d.SavedAt = instant(saved)
		if len(list) == 0 || list[len(list)-1].QuestionID != d.QuestionID {
			list = append(list, d)
		}
		if id == nil {
			return nil
		}
		one := r
		one.ID = *id
		if one.State == partnerapi.RecordingArriving {
			list[len(list)-1].Arriving = &one
		} else {
			list[len(list)-1].Recording = &one
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading answers of %s: %w", submissionID, err)
	}
	return list, nil
}

func instant(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// record is a locked submission with what its webhooks say.
type record struct {
	ID, InviteID, AssessmentID, State string

	StartedAt, Deadline, SubmittedAt *time.Time
	Name, Email, InviteeType         string
	Minutes                          int
	Active                           bool
	Buckets                          []partnerapi.Bucket
	Evaluation                       string
}

// mayEnd says of a submission that its time may be over by e's clock: what a clock that stands (see At) is making in the
// past would be long over by one that runs. $2 is e.still.
const mayEnd = `($2 OR hold_until IS NULL OR hold_until < now())`

// lock reads a submission for update, ending it first if its time is over. ErrNotFound before Open.
func (e *Engine) lock(ctx context.Context, tx pgx.Tx, inviteID string) (*record, error) {
	r := &record{}
	var ends bool
	err := tx.QueryRow(ctx, `
		SELECT `+mayEnd+`, s.id, s.invite_id, s.assessment_id, s.status, s.started_at, s.deadline, s.submitted_at,
			trim(i.first_name || ' ' || i.last_name), i.email, i.invitee_type, a.duration_minutes, a.status = 'ACTIVE', a.buckets, s.evaluation_status
		FROM engine.submissions s
		JOIN engine.invites i ON i.id = s.invite_id
		JOIN engine.assessments a ON a.id = s.assessment_id
		WHERE s.invite_id = $1
		FOR UPDATE OF s`, storable(inviteID), e.still).
		Scan(&ends, &r.ID, &r.InviteID, &r.AssessmentID, &r.State, &r.StartedAt, &r.Deadline, &r.SubmittedAt,
			&r.Name, &r.Email, &r.InviteeType, &r.Minutes, &r.Active, &r.Buckets, &r.Evaluation)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("locking a submission: %w", err)
	}
	if ends && r.State == StateStarted && !e.now().Before(r.Deadline.Add(grace)) {
		return r, e.settle(ctx, tx, r, StateTimedOut, *r.Deadline)
	}
	return r, nil
}

// data is what every webhook of an interview says.
func (r *record) data(status string) partnerapi.EventData {
	return partnerapi.EventData{
		AssessmentID: partnerapi.ID(r.AssessmentID), SubmissionID: partnerapi.ID(r.ID), InviteID: partnerapi.ID(r.InviteID),
		CandidateName: r.Name, CandidateEmail: r.Email, InterviewStatus: status,
	}
}

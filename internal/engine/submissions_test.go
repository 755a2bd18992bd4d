package engine

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/partnerapi"
	"greenroom/internal/partnerapi/conformance"
)

func opened(t *testing.T, e *Engine, invite string) Submission {
	t.Helper()
	s, err := e.Open(t.Context(), invite)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustDo(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantsErr(t *testing.T, want error, errs ...error) {
	t.Helper()
	for i, err := range errs {
		if !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", i, err, want)
		}
	}
}

func TestWayThroughAnInterview(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	e, c := start(t, func(o *Options) { o.Receivers = []Receiver{{URL: in.URL}} })
	ctx := t.Context()
	a := newAssessment(t, e, partnerapi.QuestionRequest{Question: "How do you debug a failing service?"}, partnerapi.QuestionRequest{Question: "What do you do after an incident?"})
	id := sendInvite(t, e, a, "john@example.com")
	wantsErr(t, ErrNotFound, e.Start(ctx, id), e.SaveAnswer(ctx, id, "x", "y"), e.Submit(ctx, id)) // nobody opened it

	s := opened(t, e, id)
	if s.State != StateReady || s.Remaining != 20*time.Minute || len(s.Answers) != 0 || !s.Invite.EmailVerified || s.Interview.Questions != 2 {
		t.Fatalf("opened %+v", s)
	}
	wantsErr(t, ErrNotStarted, e.Submit(ctx, id), e.SaveAnswer(ctx, id, "x", "y"))
	mustDo(t, e.CompleteLater(ctx, id))
	mustDo(t, e.CompleteLater(ctx, id))
	mustDo(t, e.Start(ctx, id))
	mustDo(t, e.Start(ctx, id))
	mustDo(t, e.CompleteLater(ctx, id)) // too late to matter

	// What changes in the interview now changes nothing for the person who is in it.
	for _, q := range data[partnerapi.Assessment](t, e, "GET", pathOf(a, ""), nil).Questions {
		data[partnerapi.Message](t, e, "DELETE", pathOf(a, "/questions/"+string(q.ID)), nil)
	}
	c.add(5 * time.Minute)
	s = opened(t, e, id)
	if s.State != StateStarted || s.Remaining != 15*time.Minute || len(s.Answers) != 2 {
		t.Fatalf("started %+v", s)
	}
	first := s.Answers[0]
	mustDo(t, e.SaveAnswer(ctx, id, first.QuestionID, "Draft"))
	mustDo(t, e.SaveAnswer(ctx, id, first.QuestionID, "I look at what changed.\x00"))
	wantsErr(t, ErrNotFound, e.SaveAnswer(ctx, id, "x", "y"))
	wantsErr(t, ErrTooLong, e.SaveAnswer(ctx, id, first.QuestionID, strings.Repeat("é", AnswerMax+1)))
	if got := opened(t, e, id).Answers[0]; got.Answer != "I look at what changed." || !got.SavedAt.Equal(c.now()) {
		t.Errorf("found again: %+v", got)
	}
	mustDo(t, e.Submit(ctx, id))
	mustDo(t, e.Submit(ctx, id))
	wantsErr(t, ErrOver, e.SaveAnswer(ctx, id, first.QuestionID, "More"), e.Start(ctx, id), e.End(ctx, id), e.CompleteLater(ctx, id))
	if s = opened(t, e, id); s.State != StateCompleted || s.Remaining != 0 || !s.SubmittedAt.Equal(c.now()) {
		t.Errorf("submitted %+v", s)
	}
	settleAll(t, e)
	if diff := cmp.Diff([]string{"interview.complete_later", "interview.started", "interview.ended"}, in.names()); diff != "" {
		t.Error(diff)
	}
	page := data[partnerapi.CandidatePage](t, e, "GET", pathOf(a, "/candidates"), nil)
	got := page.Candidates[0]
	if got.Score != nil || got.EvaluationStatus != "pending_review" || got.Questions[0].UserAnswer != "I look at what changed." || got.Questions[1].UserAnswer != "" {
		t.Errorf("result %+v", got)
	}
}

func TestTimeIsOver(t *testing.T) {
	t.Parallel()
	e, c := start(t)
	ctx := t.Context()
	_, byStep := takesInterview(t, e, c, "a@example.com", conformance.StepStart)
	_, bySweep := takesInterview(t, e, c, "b@example.com", conformance.StepStart)
	_, inTime := takesInterview(t, e, c, "c@example.com", conformance.StepStart)
	deadline := opened(t, e, byStep).Deadline

	c.add(deadline.Sub(c.now()) + grace - time.Millisecond)
	mustDo(t, e.SaveAnswer(ctx, byStep, opened(t, e, byStep).Answers[0].QuestionID, "At the last second"))
	if n, err := e.Sweep(ctx); n != 0 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	mustDo(t, e.Submit(ctx, inTime))
	c.add(time.Millisecond)
	wantsErr(t, ErrTimedOut, e.SaveAnswer(ctx, byStep, "x", "y"), e.Submit(ctx, byStep), e.Start(ctx, byStep), e.End(ctx, byStep))
	if s := opened(t, e, byStep); s.State != StateTimedOut || !s.SubmittedAt.Equal(deadline) || s.Answers[0].Answer != "At the last second" {
		t.Errorf("timed out %+v", s)
	}
	c.add(time.Hour)
	if n, err := e.Sweep(ctx); n != 1 || err != nil {
		t.Errorf("swept %d, %v", n, err)
	}
	if s := opened(t, e, bySweep); s.State != StateTimedOut || s.SubmittedAt.After(deadline.Add(time.Minute)) {
		t.Errorf("swept %+v", s)
	}
	if s := opened(t, e, inTime); s.State != StateCompleted {
		t.Errorf("submitted in time: %+v", s)
	}
}

func TestOneInterviewThatCannotEndKeepsNoOther(t *testing.T) {
	t.Parallel()
	e, c := start(t)
	_, other := takesInterview(t, e, c, "b@example.com", conformance.StepStart)
	const stuck = 150 // more than are looked for at once
	set(t, e, `INSERT INTO engine.invites (id, assessment_id, invitee_type, first_name, last_name, email, origin, created_at)
		SELECT '-' || n, assessment_id, invitee_type, 'Some', 'Body', n || '@example.com', origin, created_at
		FROM engine.invites, generate_series(1, 150) n WHERE id = '`+other+`'`)
	set(t, e, `INSERT INTO engine.submissions (id, invite_id, assessment_id, status, opened_at, started_at, deadline)
		SELECT '-' || n, '-' || n, assessment_id, status, opened_at, started_at, deadline - interval '1 minute'
		FROM engine.submissions, generate_series(1, 150) n WHERE invite_id = '`+other+`'`)
	set(t, e, `ALTER TABLE engine.submissions ADD CHECK (invite_id NOT LIKE '-%' OR status = 'started')`)
	c.add(time.Hour)
	if n, err := e.Sweep(t.Context()); n != 1 || err == nil || strings.Count(err.Error(), "\n") != stuck-1 {
		t.Errorf("swept %d, %v", n, err)
	}
	if s := opened(t, e, other); s.State != StateTimedOut {
		t.Errorf("behind the one that can't end: %+v", s)
	}
}

func TestStepsAtOnceHappenOnce(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	e, _ := start(t, func(o *Options) { o.Receivers = []Receiver{{URL: in.URL}} })
	a := newAssessment(t, e, partnerapi.QuestionRequest{Question: "How do you debug a failing service?"})
	id := sendInvite(t, e, a, "john@example.com")
	var group sync.WaitGroup
	for range 10 {
		group.Go(func() {
			_, err := e.Open(t.Context(), id)
			if err := errors.Join(err, e.Start(t.Context(), id), e.Submit(t.Context(), id)); err != nil && !errors.Is(err, ErrOver) {
				t.Error(err)
			}
		})
	}
	group.Wait()
	settleAll(t, e)
	if diff := cmp.Diff([]string{"interview.started", "interview.ended"}, in.names()); diff != "" {
		t.Error(diff)
	}
}

func TestWhoMayNotStart(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	ctx := t.Context()
	empty := newAssessment(t, e)
	id := sendInvite(t, e, empty, "john@example.com")
	opened(t, e, id)
	wantsErr(t, ErrNoQuestions, e.Start(ctx, id))

	data[partnerapi.QuestionAdded](t, e, "POST", pathOf(empty, "/questions"), partnerapi.QuestionRequest{Question: "How do you debug a service?"})
	if _, err := e.pool.Exec(ctx, `UPDATE engine.assessments SET status = 'INACTIVE'`); err != nil {
		t.Fatal(err)
	}
	wantsErr(t, ErrInactive, e.Start(ctx, id))
	_, err := e.Register(ctx, string(empty.AssessmentID), Person{"Ann", "Lee", "ann@example.com"})
	wantsErr(t, ErrInactive, err)

	reviewer := data[partnerapi.Invited](t, e, "POST", pathOf(empty, "/invite"), partnerapi.InviteRequest{
		FirstName: "R", LastName: "V", EmailAddress: "r@example.com", InviteeType: partnerapi.InviteeReviewer,
	})
	_, err = e.Open(ctx, string(reviewer.InviteID))
	wantsErr(t, ErrReviewer, err)
	_, err = e.Open(ctx, "nothing\x00")
	wantsErr(t, ErrNotFound, err)
	_, err = e.Interview(ctx, "nothing")
	wantsErr(t, ErrNotFound, err)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	var links []string
	e, c := start(t, func(o *Options) { o.Mail = mailTo(&links) })
	ctx := t.Context()
	plain := newAssessment(t, e)
	got, err := e.Register(ctx, string(plain.AssessmentID), Person{" Ann ", "Lee", "ann@example.com"})
	if err != nil || got.Mailed || got.Invite.Name() != "Ann Lee" || got.Invite.Origin != OriginRegistration {
		t.Fatalf("%+v, %v", got, err)
	}
	if s := opened(t, e, got.Invite.ID); s.Invite.EmailVerified {
		t.Error("an address is verified that nobody checked")
	}
	_, err = e.Register(ctx, string(plain.AssessmentID), Person{"Ann", "Lee", "ANN@example.com"})
	wantsErr(t, ErrRegistered, err)
	refused(t, do(t, e, "POST", pathOf(plain, "/invite"), `{"firstName":"Ann","lastName":"Lee","emailAddress":"ann@example.com"}`), partnerapi.CodeDuplicateInvite)

	var refusal *partnerapi.Error
	if _, err = e.Register(ctx, string(plain.AssessmentID), Person{"", "Lee", "ann@test.com"}); !errors.As(err, &refusal) ||
		refusal.Details["firstName"] == "" || refusal.Details["emailAddress"] == "" || refusal.Details["lastName"] != "" {
		t.Errorf("refused with %v", err)
	}

	verified := data[partnerapi.Assessment](t, e, "POST", "/assessment/audio-interviews", partnerapi.CreateRequest{
		Title: "T", HiringForRole: "R", PurposeOfInterview: "A purpose that is long enough.",
	})
	first, err := e.Register(ctx, string(verified.AssessmentID), Person{"Ann", "Lee", "ann@example.com"})
	mustDo(t, err)
	_, err = e.Register(ctx, string(verified.AssessmentID), Person{"Ann", "Lee", "ann@example.com"})
	mustDo(t, err) // too soon for another mail
	c.add(mailAgain)
	again, err := e.Register(ctx, string(verified.AssessmentID), Person{"Ann", "Lee", "ann@example.com"})
	mustDo(t, err)
	if !first.Mailed || !again.Mailed || first.Invite.ID != again.Invite.ID {
		t.Errorf("%+v then %+v", first, again)
	}
	settleAll(t, e)
	if want := "http://localhost:8080/room/i/" + first.Invite.ID; len(links) != 2 || links[0] != want || links[1] != want {
		t.Errorf("links %q", links)
	}
	if s := opened(t, e, first.Invite.ID); !s.Invite.EmailVerified {
		t.Error("the mailed link did not verify the address")
	}
}

func TestThePastIsLeftAloneWhileItIsMade(t *testing.T) {
	t.Parallel()
	e, _ := start(t, func(o *Options) { o.Now = time.Now })
	ctx := t.Context()
	a := newAssessment(t, e, partnerapi.QuestionRequest{Question: "How do you debug a failing service?"})
	id := sendInvite(t, e, a, "john@example.com")
	then := time.Now().Add(-72 * time.Hour).Truncate(time.Microsecond)
	_, err := e.At(then).Open(ctx, id)
	mustDo(t, err)
	mustDo(t, e.At(then).Start(ctx, id))
	if n, err := e.Sweep(ctx); n != 0 || err != nil {
		t.Fatalf("swept %d, %v", n, err)
	}
	speaks(t, e.At(then.Add(5*time.Minute)), id, speechID, "spoken")
	mustDo(t, e.hear(ctx, speechID)) // by the real clock, while the person is still speaking
	mustDo(t, e.At(then.Add(12*time.Minute)).Submit(ctx, id))
	s := opened(t, e, id)
	if s.State != StateCompleted || !s.StartedAt.Equal(then) || !s.SubmittedAt.Equal(then.Add(12*time.Minute)) {
		t.Errorf("made %+v", s)
	}
}

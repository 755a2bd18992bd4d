package partner_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/hiring"
	"greenroom/internal/partner"
	"greenroom/internal/partnerapi"
)

var feb2009 = partnerapi.Millis{Time: time.UnixMilli(1234567890000).UTC()}

// TestRecordedAnswers plays provider answers: the reference's examples, then the same with ids of the other type,
// nulls, and missing or unknown fields.
func TestRecordedAnswers(t *testing.T) {
	t.Parallel()
	created := partnerapi.Assessment{
		AssessmentID: "assessmentId_1", TestName: "Senior Engineer Voice Interview", CompanyID: "companyId_1", JobID: "12345",
		Status: "ACTIVE", AssessmentType: "QUIZ", HiringForRole: "Senior Software Engineer",
		PurposeOfInterview: "Evaluate technical depth and communication for backend and system design.",
		Duration:           20, AILanguage: "english", Skills: []string{"Node.js", "System Design", "APIs"},
		Buckets: []partnerapi.Bucket{}, Questions: []partnerapi.Question{},
		AssessmentURL: "https://talent.taptalent.io/apps/start-quiz?testId=testId_1", CreatedAt: &feb2009, LastUpdatedOn: &feb2009,
	}
	generated := created
	generated.TestName, generated.HiringForRole = "Backend Engineer - Voice Interview", "Backend Engineer"
	generated.PurposeOfInterview = "We need a backend engineer who can design APIs..."
	generated.Skills = []string{"Node.js", "PostgreSQL", "APIs"}
	evaluation := partnerapi.Evaluation{Basis: partnerapi.ScoringChecklist, Bucket: "Good Fit", Status: "completed",
		Questions: []partnerapi.QuestionEvaluation{
			{QuestionID: "7", Evidence: []partnerapi.Passage{{Start: 3, End: 9, Point: "team"}}},
			{QuestionID: "8", Evidence: []partnerapi.Passage{}},
		}}

	want := map[string]any{ // by recording
		"assessments": partnerapi.AssessmentPage{
			Assessments: []partnerapi.Assessment{{
				AssessmentID: "assessmentId_1", TestName: "Senior Engineer Interview", CompanyID: "companyId_1", JobID: "12345",
				Status: "ACTIVE", AssessmentType: "QUIZ", QuestionCount: 5, HiringForRole: "Senior Software Engineer",
				PurposeOfInterview: "Evaluate technical and communication skills.", Duration: 20, AILanguage: "english",
				Skills: []string{"JavaScript", "React"}, Buckets: []partnerapi.Bucket{}, Questions: []partnerapi.Question{},
				CreatedAt: &feb2009, LastUpdatedOn: &feb2009, CreatedBy: "clientId_1",
				IsEmailVerificationRequired: ptr(true), ShouldEvaluateCEFR: ptr(false),
				AssessmentURL:   "https://talent.taptalent.io/apps/start-quiz?testId=testId_1",
				PostedBy:        &partnerapi.Poster{FirstName: "Jane", LastName: "Doe", Email: "jane@example.com", ClientID: "clientId_1"},
				SubmissionCount: ptr(12),
			}},
			Pagination: partnerapi.PageInfo{Page: 1, Limit: 20, Total: 5, TotalPages: 1},
		},
		"assessments_numbers_nulls": partnerapi.AssessmentPage{
			Assessments: []partnerapi.Assessment{{
				AssessmentID: "9007199254740993", TestName: "Zażółć 面接", CompanyID: "77", Status: "INACTIVE", AssessmentType: "QUIZ",
				HiringForRole: "Nurse", Duration: 45, AILanguage: "polish", CreatedBy: "5",
				Skills: []string{}, Buckets: []partnerapi.Bucket{}, Questions: []partnerapi.Question{},
				CreatedAt: &partnerapi.Millis{Time: time.Date(2009, 2, 13, 23, 31, 30, 0, time.UTC)},
			}},
			Pagination: partnerapi.PageInfo{Page: 3, Limit: 10, Total: 21, TotalPages: 3},
		},
		"assessments_missing": partnerapi.AssessmentPage{Assessments: []partnerapi.Assessment{}},
		"create":              created,
		"assessment": partnerapi.Assessment{
			AssessmentID: "assessmentId_1", TestName: "Senior Engineer Voice Interview", CompanyID: "companyId_1", JobID: "12345",
			Status: "ACTIVE", AssessmentType: "QUIZ", QuestionCount: 3, HiringForRole: "Senior Software Engineer",
			PurposeOfInterview: "Evaluate technical and communication skills.", Duration: 20, AILanguage: "english",
			Skills: []string{"Node.js", "APIs"}, Buckets: []partnerapi.Bucket{},
			AssessmentURL: "https://talent.taptalent.io/apps/start-quiz?testId=testId_1",
			Questions:     []partnerapi.Question{{ID: "questionId_1", Question: "Walk us through a complex system you designed.", Type: "SUBJECTIVE"}},
		},
		"assessment_numbers": partnerapi.Assessment{AssessmentID: "42", CompanyID: "7", JobID: "12345", Skills: []string{},
			Buckets: []partnerapi.Bucket{}, Questions: []partnerapi.Question{{ID: "1001", Question: "Why?"}}},
		"update":                nil,
		"question_added":        partnerapi.QuestionAdded{QuestionID: "questionId_1", Message: "Question added successfully"},
		"question_added_number": partnerapi.QuestionAdded{QuestionID: "1001"},
		"question_updated":      nil,
		"question_deleted":      nil,
		"work": partnerapi.Work{
			Counts: []partnerapi.WorkCount{{Kind: partnerapi.WorkHear, Waiting: 1, Failing: 2, Dead: 1}},
			Failed: []partnerapi.FailedWork{{ID: "task-12", Kind: partnerapi.WorkHear, Tries: 6, Of: 6, Error: "the speech server answered 500",
				At: partnerapi.Millis{Time: time.Date(2026, 3, 8, 9, 0, 0, 0, time.UTC)}, Again: true}},
		},
		"auto_generate": generated,
		"generated":     partnerapi.Generated{Message: "Questions generated and added successfully", QuestionCount: 5},
		"invite":        partnerapi.Invited{InviteID: "invite-token-uuid"},
		"invite_number": partnerapi.Invited{InviteID: "500123"},
		"candidates": partnerapi.CandidatePage{
			Candidates: []partnerapi.Candidate{{
				CandidateID: "inviteId_1", Name: "John Doe", Email: "john.doe@example.com", Score: ptr(78.5), Status: "finished",
				EvaluationStatus: "completed", SubmittedAt: feb2009,
				Questions: []partnerapi.Answer{{ID: "questionId_1", Question: "Describe your experience with system design.",
					UserAnswer: "I have led several projects...", Score: ptr(85.0), Type: "SUBJECTIVE"}},
			}},
			Pagination: partnerapi.CandidatePaging{NextToken: ptr("base64EncodedTokenOrNull"), Count: 20},
		},
		"candidates_nulls": partnerapi.CandidatePage{
			Candidates: []partnerapi.Candidate{
				{CandidateID: "31", AIScore: ptr(61.25), AISummary: ptr("Fair."), Status: "timed_out",
					ProfileImage: ptr("https://img.example.com/31.png"), Questions: []partnerapi.Answer{}},
				{CandidateID: "32", SubmittedAt: feb2009,
					Questions: []partnerapi.Answer{{ID: "9", Score: ptr(0.0), AIScore: ptr(12.0), ReasonOfScore: ptr("Short.")}}},
			},
		},
		"candidates_empty": partnerapi.CandidatePage{Candidates: []partnerapi.Candidate{}},
		"jobs":             partnerapi.Jobs{Jobs: []partnerapi.Job{{ID: "12345", Title: "Senior Software Engineer", Status: "OPEN"}}, TotalJobs: 45},
		"jobs_strings":     partnerapi.Jobs{Jobs: []partnerapi.Job{{ID: "job_9", Status: "CLOSED"}}},
		"jobs_missing":     partnerapi.Jobs{Jobs: []partnerapi.Job{}},
		"extensions": partnerapi.Extensions{Provider: "Local engine", Capabilities: []partnerapi.Capability{"scoring", "evaluation", "somethingNew"},
			InviteURL: "http://localhost:8080/room/i/{inviteId}"},
		"scoring": partnerapi.Scoring{Mode: partnerapi.ScoringPeople},
		"question_details": []partnerapi.QuestionDetail{
			{Question: partnerapi.Question{ID: "q1", Question: "Why this role?", Type: "SUBJECTIVE"}, IdealAnswer: "Names a reason.",
				KeyPoints: []partnerapi.KeyPoint{{"team", "people"}, {"craft"}}, Source: "bank", Difficulty: "easy", Skill: "Motivation"},
			{Question: partnerapi.Question{ID: "2", Question: "What next?", Type: "SUBJECTIVE"}, KeyPoints: []partnerapi.KeyPoint{}, Source: "written"},
		},
		"generation": partnerapi.Generation{State: "running", QuestionCount: 2, Wanted: 6, Message: "Writing question 3 of 6"},
		"evaluation": evaluation,
	}
	plays := map[partner.Op][]string{ // beside the good one of each operation
		partner.OpAssessments: {"assessments_numbers_nulls", "assessments_missing"},
		partner.OpAssessment:  {"assessment_numbers"},
		partner.OpAddQuestion: {"question_added_number"},
		partner.OpInvite:      {"invite_number"},
		partner.OpCandidates:  {"candidates_nulls", "candidates_empty"},
		partner.OpJobs:        {"jobs_strings", "jobs_missing"},
	}
	for _, o := range operations {
		for _, name := range append([]string{o.good}, plays[o.op]...) {
			t.Run(string(o.op)+"/"+name, func(t *testing.T) {
				t.Parallel()
				c, _ := newClient(t, newProvider(t, playback(t, 200, name)).URL)
				got, err := o.call(t.Context(), c)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want[name], got); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestNothingToRead covers the writes whose answer matters only by its status.
func TestNothingToRead(t *testing.T) {
	t.Parallel()
	c, _ := newClient(t, newProvider(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) }).URL)
	if err := c.DeleteQuestion(t.Context(), "a", "q"); err != nil {
		t.Errorf("204 after a delete: %v", err)
	}
	if err := c.UpdateQuestion(t.Context(), "a", "q", question); err != nil {
		t.Errorf("204 after a change: %v", err)
	}
	_, err := c.Invite(t.Context(), "a", john)
	if e := asError(t, err); !e.Unknown {
		t.Errorf("an invite without an id is known: %v", err)
	}
}

// TestRecordedErrors plays both published error shapes.
func TestRecordedErrors(t *testing.T) {
	t.Parallel()
	invite := func(ctx context.Context, c *partner.Client) error { _, err := c.Invite(ctx, "a", john); return err }
	creating := func(ctx context.Context, c *partner.Client) error {
		_, err := c.CreateAssessment(ctx, create)
		return err
	}
	tests := []struct {
		recording string
		status    int
		call      func(context.Context, *partner.Client) error
		kind      kind
		problems  []hiring.Problem
		sentence  string
	}{
		{"error_per_page", 400, func(ctx context.Context, c *partner.Client) error { _, err := c.Assessments(ctx, 1, 7); return err }, kindInvalid,
			[]hiring.Problem{{Message: "PerPage must be one of: 10, 20, 40, 80, 100."}},
			"TapTalent did not accept this: perPage must be one of: 10, 20, 40, 80, 100. Change it and send it again."},
		{"error_credits", 402, creating, kindCredits, nil,
			"The account at TapTalent has no credits left for this, so nothing was made. Ask an admin to add credits, then send it again."},
		{"error_duplicate", 400, invite, kindConflict, nil, "This person was already invited to this interview. Nothing was sent."},
		{"error_duplicate_reviewer", 400, invite, kindConflict, nil, "This reviewer was already invited to this interview. Nothing was sent."},
		{"error_details", 400, invite, kindInvalid, []hiring.Problem{
			{Field: "skills", Message: "Skills is too long."},
			{Field: "first_name", Message: "First name is required."},
			{Field: "email", Message: "Email must be an email address."},
			{Message: "No good."},
		}, "TapTalent did not accept what was entered. Change the marked fields and send it again."},
		{"error_named", 400, creating, kindInvalid, []hiring.Problem{{Field: "role", Message: "Role is required."}},
			"TapTalent did not accept what was entered. Change the marked fields and send it again."},
		{"error_plain", 400, invite, kindInvalid, []hiring.Problem{{Message: "Dummy email addresses are not allowed."}},
			"TapTalent did not accept this: Dummy email addresses are not allowed. Change it and send it again."},
	}
	for _, tt := range tests {
		t.Run(tt.recording, func(t *testing.T) {
			t.Parallel()
			c, _ := newClient(t, newProvider(t, playback(t, tt.status, tt.recording)).URL)
			err := tt.call(t.Context(), c)
			wantKind(t, err, tt.kind)
			if asError(t, err).Unknown {
				t.Error("a refusal leaves nothing unknown")
			}
			var invalid *hiring.InvalidError
			if errors.As(err, &invalid) {
				if diff := cmp.Diff(tt.problems, invalid.Problems); diff != "" {
					t.Errorf("problems (-want +got):\n%s", diff)
				}
			}
			if got := partner.Sentence(err); got != tt.sentence {
				t.Errorf("sentence:\n got %s\nwant %s", got, tt.sentence)
			}
		})
	}
}

// TestFieldNames walks every wire name that the desk has a field for.
func TestFieldNames(t *testing.T) {
	t.Parallel()
	for wire, desk := range map[string]string{
		"title": "title", "hiringForRole": "role", "role": "role", "purposeOfInterview": "purpose", "purpose": "purpose",
		"duration": "duration", "aiLanguage": "language", "skills": "skills", "buckets[0].name": "buckets", "jobId": "job",
		"question": "question", "systemInstruction": "instruction", "idealAnswer": "ideal_answer", "keyPoints": "key_points",
		"emailAddress": "email", "firstName": "first_name", "lastName": "last_name", "jobCandidateId": "job_candidate",
		"jobDescription": "description", "questionCount": "count", "difficulty": "difficulty", "nextToken": "",
	} {
		err := &partner.Error{Outcome: partner.Refused, Status: 400, Code: partnerapi.CodeInvalidRequest, Details: map[string]string{wire: "is required"}}
		var invalid *hiring.InvalidError
		if !errors.As(err, &invalid) || len(invalid.Problems) != 1 || invalid.Problems[0].Field != desk {
			t.Errorf("%s: %+v, want field %q", wire, invalid, desk)
		}
	}
}

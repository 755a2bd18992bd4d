package mirror_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// account is a provider with interviews and nothing beyond the contract.
type account struct {
	mu        sync.Mutex
	pages     [][]string             // of ids, as listed
	questions map[string][][2]string // id and text by interview; an interview that isn't here is gone
	onRead    func(ref string)       // is told of a read after its answer was taken down
	onAdd     func() (status int)    // is told that a question comes, and with what status it is refused; 0: it is added
}

func (a *account) adding(how func() (status int)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.onAdd = how
}

func (a *account) count(ref string) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return len(a.questions[ref])
}

func (a *account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	ref := strings.TrimPrefix(r.URL.Path, "/assessment/")
	a.mu.Lock()
	questions, there := a.questions[ref]
	asked := []map[string]string{}
	for _, q := range questions {
		asked = append(asked, map[string]string{"id": q[0], "question": q[1], "type": "SUBJECTIVE"})
	}
	onRead := a.onRead
	a.mu.Unlock()
	switch {
	case r.URL.Path == "/assessment":
		page := 1
		fmt.Sscan(r.URL.Query().Get("pageNumber"), &page)
		list := []map[string]any{}
		a.mu.Lock()
		for _, id := range a.pages[page-1] {
			list = append(list, map[string]any{
				"assessmentId": id, "testName": "Interview " + id, "status": "INACTIVE", "duration": 30, "aiLanguage": "German", "skills": []string{"Go"},
				"questionCount": len(a.questions[id]), "submissionCount": 4, "createdAt": 1700000000000, "lastUpdatedOn": 1700000500000,
				"buckets": []map[string]string{{"name": "Yes", "status": "pass"}}, "isEmailVerificationRequired": true,
			})
		}
		a.mu.Unlock()
		if onRead != nil {
			onRead("")
		}
		answer(w, map[string]any{"assessments": list, "pagination": map[string]int{"page": page, "limit": 100, "total": 3, "totalPages": len(a.pages)}})
	case r.Method == http.MethodPost:
		a.mu.Lock()
		defer a.mu.Unlock()
		if status := a.onAdd(); status != 0 {
			w.WriteHeader(status)
			fmt.Fprint(w, fault)
			return
		}
		ref = strings.TrimSuffix(ref, "/questions")
		var added struct{ Question string }
		_ = json.NewDecoder(r.Body).Decode(&added)
		id := fmt.Sprintf("%s-%d", ref, len(a.questions[ref])+1)
		a.questions[ref] = append(a.questions[ref], [2]string{id, added.Question})
		answer(w, map[string]string{"questionId": id, "question": added.Question})
	case there && r.Method == http.MethodGet:
		if onRead != nil {
			onRead(ref)
		}
		answer(w, map[string]any{"assessmentId": ref, "testName": "Interview " + ref, "status": "ACTIVE", "duration": 30, "skills": []string{"Go"}, "questionCount": len(asked), "questions": asked})
	default:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"error":{"code":"NOT_FOUND","type":"not_found","errorMessage":"Assessment not found"}}`)
	}
}

func answer(w http.ResponseWriter, data any) {
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "success", "data": data})
}

func newAccount(t *testing.T, a *account, now time.Time) *world {
	t.Helper()
	w := newWorld(t)
	w.mirror, w.connection = mirrorOf(t, w.store, a, func() time.Time { return now })
	return w
}

func TestSyncAssessmentsTakesEveryPageAndMissesWhatIsGone(t *testing.T) {
	t.Parallel()
	w := newAccount(t, &account{
		pages:     [][]string{{"b1", "b2"}, {"b3"}},
		questions: map[string][][2]string{"b1": {{"q1", "Why do you write tests at all?"}}, "b2": nil, "b3": nil},
	}, sendingAt.Add(time.Hour))
	for range 2 { // the second time changes nothing
		w.ok(w.mirror.SyncAssessments(t.Context()))
	}
	list, total, err := w.store.Assessments(t.Context(), w.connection, hiring.AssessmentFilter{Sort: "title"}, 10, 0)
	w.ok(err)
	if total != 4 {
		t.Fatalf("%d interviews", total)
	}
	if gone := list[0]; gone.Ref != "a1" || gone.MissingSince == nil {
		t.Errorf("what the provider doesn't have: %+v", gone.Assessment)
	}
	b2 := list[2]
	if b2.Title != "Interview b2" || b2.Status != hiring.AssessmentInactive || b2.Duration != 30 || b2.Language != "german" || b2.SubmissionCount != 4 ||
		len(b2.Buckets) != 1 || !b2.Buckets[0].Pass || !*b2.EmailVerification || b2.CEFR != nil || b2.UpdatedAt.UnixMilli() != 1700000500000 {
		t.Errorf("taken over: %+v", b2.Assessment)
	}
	questions, err := w.store.Questions(t.Context(), list[1].ID)
	w.ok(err)
	if len(questions) != 1 || questions[0].Ref != "q1" || questions[0].Position != 1 {
		t.Errorf("questions of b1: %+v", questions)
	}
	if gone, total, err := w.store.Assessments(t.Context(), w.connection, hiring.AssessmentFilter{Status: "gone"}, 10, 0); err != nil || total != 1 || gone[0].Ref != "a1" {
		t.Errorf("%d gone, %v", total, err)
	}
}

func TestAnOldAnswerUndoesNothing(t *testing.T) {
	t.Parallel()
	a := &account{questions: map[string][][2]string{"a1": {{"q1", "What is it that you do?"}}}}
	w := newAccount(t, a, sendingAt)
	w.ok(w.mirror.SyncAssessment(t.Context(), w.assessment.ID))
	reads := 0
	a.onRead = func(string) { // while the answer is on its way, somebody saves
		if reads++; reads > 1 {
			return
		}
		a.mu.Lock()
		a.questions["a1"] = [][2]string{{"q1", "What do you do all day?"}}
		a.mu.Unlock()
		list, err := w.store.Questions(context.Background(), w.assessment.ID)
		w.ok(err)
		list[0].Text, list[0].IdealAnswer = "What do you do all day?", "Ours."
		_, err = w.store.SaveQuestion(context.Background(), list[0])
		w.ok(err)
		w.ok(w.store.Touch(context.Background(), w.assessment.ID, sendingAt))
	}
	w.ok(w.mirror.SyncAssessment(t.Context(), w.assessment.ID))
	list, err := w.store.Questions(t.Context(), w.assessment.ID)
	w.ok(err)
	if reads != 2 || len(list) != 1 || list[0].Text != "What do you do all day?" || list[0].IdealAnswer != "Ours." || list[0].Elsewhere {
		t.Errorf("after %d reads: %+v", reads, list)
	}
	a.onRead = nil
	a.questions["a1"] = [][2]string{{"q2", "A new one from elsewhere?"}, {"q1", "And what did others make of it?"}}
	w.ok(w.mirror.SyncAssessment(t.Context(), w.assessment.ID))
	list, err = w.store.Questions(t.Context(), w.assessment.ID)
	w.ok(err)
	if len(list) != 2 || list[0].Ref != "q2" || !list[1].Elsewhere || list[1].IdealAnswer != "Ours." {
		t.Errorf("changed elsewhere: %+v", list)
	}
	a.questions["a1"] = nil
	w.ok(w.mirror.SyncAssessment(t.Context(), w.assessment.ID))
	if list, err = w.store.Questions(t.Context(), w.assessment.ID); err != nil || len(list) != 0 {
		t.Errorf("removed elsewhere: %+v, %v", list, err)
	}
}

func TestAnOldListUndoesNothing(t *testing.T) {
	t.Parallel()
	a := &account{pages: [][]string{{"a1"}}, questions: map[string][][2]string{"a1": nil}}
	w := newAccount(t, a, sendingAt)
	w.ok(w.mirror.SyncAssessments(t.Context()))
	a.onRead = func(string) { // while the list is on its way, somebody saves
		w.ok(w.store.InTx(context.Background(), func(tx *db.Store) error {
			row, err := tx.LockAssessment(context.Background(), w.assessment.ID)
			if err != nil {
				return err
			}
			row.Title = "Retitled here"
			if _, err := tx.UpsertAssessment(context.Background(), row); err != nil {
				return err
			}
			return tx.Touch(context.Background(), row.ID, sendingAt.Add(time.Second))
		}))
	}
	for _, want := range []string{"Retitled here", "Interview a1"} {
		w.ok(w.mirror.SyncAssessments(t.Context()))
		if got, err := w.store.Assessment(t.Context(), w.assessment.ID); err != nil || got.Title != want {
			t.Errorf("%q, want %q, %v", got.Title, want, err)
		}
		a.onRead = nil
		w.mirror, _ = mirrorOf(t, w.store, a, func() time.Time { return sendingAt.Add(time.Minute) })
	}
}

func TestGenerationEndsWithoutWordFromTheProvider(t *testing.T) {
	t.Parallel()
	a := &account{questions: map[string][][2]string{"a1": {{"q1", "The one that was there before"}}}}
	w := newAccount(t, a, sendingAt)
	ctx, id := t.Context(), w.assessment.ID
	state := func() hiring.Generation {
		got, err := w.store.Assessment(ctx, id)
		w.ok(err)
		return got.Generation
	}
	run := hiring.Generation{Wanted: 1, Before: 1, StartedAt: sendingAt, Request: hiring.GenerationRequest{Kind: hiring.GenerateMore}}
	w.ok(w.store.StartGeneration(ctx, id, run))
	if err := w.store.StartGeneration(ctx, id, run); err == nil {
		t.Error("two runs at once")
	}
	a.questions["a1"] = append(a.questions["a1"], [2]string{"q2", "The one that was asked for"})
	w.ok(w.mirror.WatchGeneration(ctx, id))
	if g := state(); g.State != hiring.GenerationReady {
		t.Errorf("all that were wanted are in: %+v", g)
	}

	w.ok(w.store.StartGeneration(ctx, id, hiring.Generation{Wanted: 3, Before: 2, StartedAt: sendingAt}))
	w.ok(w.mirror.GenerationReady(ctx, "a1")) // fewer came than were wanted, and the webhook says that it is done
	if g := state(); g.State != hiring.GenerationReady {
		t.Errorf("after the webhook: %+v", g)
	}

	for name, giveUp := range map[string]func(context.Context) error{
		"the watcher": func(ctx context.Context) error { return w.mirror.WatchGeneration(ctx, id) },
		"the sweep":   w.mirror.SweepGenerations,
	} {
		w.ok(w.store.StartGeneration(ctx, id, hiring.Generation{Wanted: 3, Before: 2, StartedAt: sendingAt.Add(-16 * time.Minute)}))
		w.ok(giveUp(ctx))
		if g := state(); g.State != hiring.GenerationFailed || !strings.Contains(g.Message, "15 minutes") {
			t.Errorf("%s gave up: %+v", name, g)
		}
	}
}

func TestCopyingGoesOnAfterAnInterruption(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		refuse    int
		interrupt bool
		last      bool
		want      hiring.GenerationState // after the first try
	}{
		"the program ends":                {interrupt: true, want: hiring.GenerationRunning},
		"the provider is down":            {refuse: 500, want: hiring.GenerationRunning},
		"the provider is busy":            {refuse: 429, want: hiring.GenerationRunning},
		"the provider is down to the end": {refuse: 500, last: true, want: hiring.GenerationFailed},
		"the program ends the last try":   {interrupt: true, last: true, want: hiring.GenerationFailed},
		"the key is refused":              {refuse: 401, want: hiring.GenerationFailed},
		"the interview is not ours":       {refuse: 403, want: hiring.GenerationFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := &account{questions: map[string][][2]string{"a1": {{"q1", "What is it that you do?"}, {"q2", "What would you do?"}}, "b1": nil}}
			w := newAccount(t, a, sendingAt)
			w.ok(w.mirror.SyncAssessment(t.Context(), w.assessment.ID))
			w.ok(w.mirror.SyncAssessmentRef(t.Context(), "b1"))
			b, err := w.store.AssessmentByRef(t.Context(), w.connection, "b1")
			w.ok(err)
			w.ok(w.store.StartGeneration(t.Context(), b.ID, hiring.Generation{Wanted: 2, StartedAt: sendingAt,
				Request: hiring.GenerationRequest{Kind: hiring.GenerateCopy, CopyOf: w.assessment.ID}}))
			ctx, cancel := context.WithCancel(t.Context())
			a.adding(func() int {
				if tt.interrupt {
					cancel()
				}
				return tt.refuse
			})
			err = w.mirror.CopyQuestions(ctx, b.ID, tt.last)
			cancel()
			got, reading := w.store.Assessment(t.Context(), b.ID)
			w.ok(reading)
			if again := tt.want == hiring.GenerationRunning; got.Generation.State != tt.want || (err != nil) != again || (got.Generation.Message == "") != again {
				t.Errorf("after the first try: %+v, %v", got.Generation, err)
			}
			a.adding(func() int { return 0 })
			later, _ := mirrorOf(t, w.store, a, func() time.Time { return sendingAt.Add(time.Minute) })
			w.ok(later.CopyQuestions(t.Context(), b.ID, false))
			questions, err := w.store.Questions(t.Context(), b.ID)
			w.ok(err)
			if again := tt.want == hiring.GenerationRunning; again != (len(questions) == 2) || again != (a.count("b1") == 2) {
				t.Errorf("after the second: %d questions here, %d there", len(questions), a.count("b1"))
			}
		})
	}
}

func TestGenerationReadyTakesOverAnUnknownInterview(t *testing.T) {
	t.Parallel()
	w := newAccount(t, &account{questions: map[string][][2]string{"new": {{"q1", "First question here"}, {"q2", "Second question here"}}}}, sendingAt)
	w.ok(w.mirror.GenerationReady(t.Context(), "new"))
	a, err := w.store.AssessmentByRef(t.Context(), w.connection, "new")
	w.ok(err)
	if a.Title != "Interview new" || a.QuestionCount != 2 {
		t.Errorf("taken over: %+v", a)
	}
	if err := w.mirror.GenerationReady(t.Context(), "nowhere"); err == nil {
		t.Error("an interview that the provider doesn't have was taken over")
	}
}

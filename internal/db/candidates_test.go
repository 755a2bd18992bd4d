package db_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/db"
	"greenroom/internal/hiring"
)

// add makes a candidate of the interview with the keys; edit says the rest.
func add(t *testing.T, store *db.Store, k db.CandidateKeys, edit func(c *hiring.Candidate)) hiring.Candidate {
	t.Helper()
	c, err := store.ChangeCandidate(t.Context(), k, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
		c.Advance(hiring.StageInvited, start)
		if edit != nil {
			edit(c)
		}
		return nil, nil
	})
	must(t, err)
	return c
}

func TestCandidatesPageInEveryOrder(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	other := newAssessment(t, store, connection, "a2")
	var all int
	for i := range 47 { // names, scores and times repeat, so that ids have to break ties
		in := a.ID
		if i%3 == 0 {
			in = other.ID
		}
		add(t, store, db.CandidateKeys{AssessmentID: in, InviteRef: fmt.Sprint("i", i)}, func(c *hiring.Candidate) {
			c.Name = []string{"Ada", "ada", "Zoë", "", "Émile"}[i%5]
			c.Email = fmt.Sprintf("p%d@example.com", i%7)
			at := start.Add(time.Duration(i%4) * time.Hour)
			c.InvitedAt, c.StageAt = &at, at
			if i%2 == 0 {
				score := float64(i%5) * 12.5
				c.Score = &score
			}
			if i%6 == 0 {
				c.InvitedAt = nil
			}
		})
		all++
	}
	stranger, err := store.Connection(t.Context(), "taptalent", "test")
	must(t, err)
	add(t, store, db.CandidateKeys{AssessmentID: newAssessment(t, store, stranger, "a1").ID, InviteRef: "x"}, nil)

	for _, sort := range hiring.CandidateSorts {
		for _, size := range []int{1, 4, 10, 46, 47, 100} {
			t.Run(fmt.Sprint(sort, size), func(t *testing.T) {
				q := db.CandidateQuery{Connection: connection, Filter: hiring.CandidateFilter{Sort: sort}, Now: start}
				whole, err := store.Candidates(t.Context(), q, "", 1000)
				must(t, err)
				if len(whole.Candidates) != all || whole.Total != all {
					t.Fatalf("%d of %d, want %d", len(whole.Candidates), whole.Total, all)
				}
				var got, back []int64
				var lastPage db.CandidatePage
				for cursor, first := "", true; first || cursor != ""; first = false {
					page, err := store.Candidates(t.Context(), q, cursor, size)
					must(t, err)
					if page.Before != len(got) {
						t.Errorf("page begins at %d, want %d", page.Before, len(got))
					}
					got = append(got, ids(page)...)
					lastPage, cursor = page, page.NextCursor
					if len(got) > all {
						break
					}
				}
				if diff := cmp.Diff(ids(whole), got); diff != "" {
					t.Errorf("forward (-whole +pages):\n%s", diff)
				}
				back = ids(lastPage)
				for cursor := lastPage.PreviousCursor; cursor != "" && len(back) <= all; {
					page, err := store.Candidates(t.Context(), q, cursor, size)
					must(t, err)
					back = append(ids(page), back...)
					cursor = page.PreviousCursor
				}
				if diff := cmp.Diff(ids(whole), back); diff != "" {
					t.Errorf("backward (-whole +pages):\n%s", diff)
				}
			})
		}
	}
}

func ids(p db.CandidatePage) []int64 {
	var out []int64
	for _, c := range p.Candidates {
		out = append(out, c.ID)
	}
	return out
}

func TestCandidatesKeepTheirPlaceWhenOthersCome(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	for i := range 6 {
		add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: fmt.Sprint(i)}, nil)
	}
	q := db.CandidateQuery{Connection: connection, Now: start}
	first, err := store.Candidates(t.Context(), q, "", 3)
	must(t, err)
	add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "late"}, func(c *hiring.Candidate) { c.StageAt = start.Add(time.Hour) })
	second, err := store.Candidates(t.Context(), q, first.NextCursor, 3)
	must(t, err)
	got := append(ids(first), ids(second)...)
	slices.Sort(got)
	if len(slices.Compact(got)) != 6 {
		t.Errorf("got %v, want all six of before, once each", got)
	}
}

func TestCandidatesFilter(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	score := func(v float64) *float64 { return &v }
	add(t, store, db.CandidateKeys{AssessmentID: a.ID, Email: "ada@example.com"}, func(c *hiring.Candidate) {
		c.Name, c.Stage, c.Score, c.Bucket, c.Evaluation = "Ada Okafor", hiring.StageFinished, score(82), "Strong Fit", hiring.EvaluationCompleted
	})
	add(t, store, db.CandidateKeys{AssessmentID: a.ID, Email: "bob_1@example.com"}, func(c *hiring.Candidate) {
		c.Name, c.Stage, c.Score, c.Evaluation = "Bob 100%", hiring.StageTimedOut, score(50), hiring.EvaluationPendingReview
	})
	add(t, store, db.CandidateKeys{AssessmentID: a.ID, Email: "cleo@example.com"}, func(c *hiring.Candidate) { c.Name = "Cleo" })
	for name, test := range map[string]struct {
		filter hiring.CandidateFilter
		want   string
	}{
		"everybody":       {hiring.CandidateFilter{}, "Ada Okafor,Bob 100%,Cleo,"},
		"a part":          {hiring.CandidateFilter{Search: "OKA"}, "Ada Okafor,"},
		"words":           {hiring.CandidateFilter{Search: "okafor ada"}, "Ada Okafor,"},
		"address":         {hiring.CandidateFilter{Search: "cleo@"}, "Cleo,"},
		"percent":         {hiring.CandidateFilter{Search: "100%"}, "Bob 100%,"},
		"underscore":      {hiring.CandidateFilter{Search: "b_1"}, "Bob 100%,"},
		"wildcard":        {hiring.CandidateFilter{Search: "a_a"}, ""},
		"quote":           {hiring.CandidateFilter{Search: `'; DROP TABLE candidates --\`}, ""},
		"stages":          {hiring.CandidateFilter{Stages: []hiring.Stage{hiring.StageFinished, hiring.StageTimedOut}}, "Ada Okafor,Bob 100%,"},
		"unknown stage":   {hiring.CandidateFilter{Stages: []hiring.Stage{"gone"}}, "Ada Okafor,Bob 100%,Cleo,"},
		"to review":       {hiring.CandidateFilter{Evaluation: hiring.EvaluationPendingReview}, "Bob 100%,"},
		"bucket":          {hiring.CandidateFilter{Bucket: "Strong Fit"}, "Ada Okafor,"},
		"score from":      {hiring.CandidateFilter{ScoreMin: score(50)}, "Ada Okafor,Bob 100%,"},
		"score to":        {hiring.CandidateFilter{ScoreMax: score(81.9)}, "Bob 100%,"},
		"stuck":           {hiring.CandidateFilter{Stuck: true}, "Cleo,"},
		"other interview": {hiring.CandidateFilter{AssessmentID: a.ID + 1}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			test.filter.Sort = "name"
			q := db.CandidateQuery{Connection: connection, Filter: test.filter, Now: start.Add(hiring.StuckAfter + time.Second)}
			page, err := store.Candidates(t.Context(), q, "", 10)
			must(t, err)
			var got string
			for _, c := range page.Candidates {
				got += c.Name + ","
			}
			if got != test.want || page.Total != len(page.Candidates) {
				t.Errorf("got %q of %d, want %q", got, page.Total, test.want)
			}
		})
	}
}

func TestCandidatesTakeAnyCursor(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "1"}, nil)
	for _, cursor := range []string{"x", "%%%", "bnVsbA", "eyJzIjoicmVjZW50IiwiayI6Iid4IiwiaSI6MX0", "eyJzIjoic2NvcmUiLCJrIjoiMSIsImkiOjF9"} {
		page, err := store.Candidates(t.Context(), db.CandidateQuery{Connection: connection, Now: start}, cursor, 10)
		if err != nil || len(page.Candidates) != 1 {
			t.Errorf("cursor %q: %d candidates, %v; want the list from its start", cursor, len(page.Candidates), err)
		}
	}
}

func TestCandidateNeighbours(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	var made []int64
	for _, name := range []string{"Ada", "Bob", "Cleo"} {
		made = append(made, add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: name}, func(c *hiring.Candidate) { c.Name = name }).ID)
	}
	q := db.CandidateQuery{Connection: connection, Filter: hiring.CandidateFilter{Sort: "name"}, Now: start}
	for i, want := range []db.Neighbours{{0, made[1], 1, 3}, {made[0], made[2], 2, 3}, {made[1], 0, 3, 3}} {
		got, err := store.CandidateNeighbours(t.Context(), q, made[i])
		must(t, err)
		if got != want {
			t.Errorf("neighbours of %d: %+v, want %+v", i, got, want)
		}
	}
	q.Filter.Search = "cleo"
	if got, err := store.CandidateNeighbours(t.Context(), q, made[0]); err != nil || got != (db.Neighbours{}) {
		t.Errorf("outside of the filter: %+v, %v", got, err)
	}
}

func TestCandidateMatching(t *testing.T) {
	t.Parallel()
	store, _, a := newStore(t)
	byInvite := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "i1", Email: "Ada@example.com"}, nil)
	bySubmission := add(t, store, db.CandidateKeys{AssessmentID: a.ID, SubmissionRef: "s2", Email: "bob@example.com"}, nil)
	for name, test := range map[string]struct {
		keys db.CandidateKeys
		want int64 // 0: nobody
	}{
		"invite":                       {db.CandidateKeys{InviteRef: "i1"}, byInvite.ID},
		"invite before address":        {db.CandidateKeys{InviteRef: "i1", Email: "bob@example.com"}, byInvite.ID},
		"submission":                   {db.CandidateKeys{SubmissionRef: "s2"}, bySubmission.ID},
		"address without case":         {db.CandidateKeys{Email: "ADA@example.com"}, byInvite.ID},
		"address of one without ref":   {db.CandidateKeys{InviteRef: "i9", Email: "bob@example.com"}, bySubmission.ID},
		"address, but another invite":  {db.CandidateKeys{InviteRef: "i9", Email: "ada@example.com"}, 0},
		"nothing known":                {db.CandidateKeys{}, 0},
		"same refs, another interview": {db.CandidateKeys{AssessmentID: a.ID + 1, InviteRef: "i1", Email: "ada@example.com"}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if test.keys.AssessmentID == 0 {
				test.keys.AssessmentID = a.ID
			}
			c, err := store.MatchCandidate(t.Context(), test.keys)
			if errors.Is(err, hiring.ErrNotFound) {
				err = nil
			}
			must(t, err)
			if c.ID != test.want {
				t.Errorf("got candidate %d, want %d", c.ID, test.want)
			}
		})
	}
}

func TestTwoRecordsOfOnePersonBecomeOne(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	invited := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "i1", Email: "ada@example.com"}, func(c *hiring.Candidate) { c.Name = "Ada" })
	_, err := store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: a.ID, SubmissionRef: "s1"}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
		c.Advance(hiring.StageStarted, start.Add(time.Hour))
		return []hiring.HistoryEvent{{Kind: "interview.started", At: start, Source: "webhook", DeliveryID: 7}}, nil
	})
	must(t, err)
	c := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "i1", SubmissionRef: "s1"}, nil)
	if c.ID != invited.ID || c.Stage != hiring.StageStarted || c.SubmissionRef != "s1" || c.Name != "Ada" {
		t.Errorf("got %+v", c)
	}
	history, err := store.History(t.Context(), c.ID)
	must(t, err)
	if len(history) != 1 || history[0].DeliveryID != 7 {
		t.Errorf("history %+v, want the started event", history)
	}
	if page, err := store.Candidates(t.Context(), db.CandidateQuery{Connection: connection}, "", 10); err != nil || page.Total != 1 {
		t.Errorf("%d candidates, %v; want one", page.Total, err)
	}
}

// TestWhatBelongsToTwoRecordsBelongsToOne: nothing of the record that goes is lost with it.
func TestWhatBelongsToTwoRecordsBelongsToOne(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	deliveries, err := store.InsertDeliveries(t.Context(), []hiring.Delivery{{ConnectionID: connection, Event: "interview.started", EventAt: start,
		Digest: []byte("d"), Verdict: hiring.VerdictVerified, Body: []byte("{}"), ReceivedAt: start}}, db.DeliveryJob{Kind: "none", Queue: "nobody", MaxAttempts: 1})
	must(t, err)
	both := map[string]hiring.Candidate{
		"invited": add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "i1"}, func(c *hiring.Candidate) {
			c.AIScore, c.Basis, c.SyncedAt = new(60.0), hiring.BasisModel, &start
		}),
		"submitted": add(t, store, db.CandidateKeys{AssessmentID: a.ID, SubmissionRef: "s1"}, nil),
	}
	users := map[string]int64{}
	for i, name := range []string{"invited", "submitted"} {
		c := both[name]
		must(t, store.InsertHistory(t.Context(), hiring.HistoryEvent{CandidateID: c.ID, Kind: "interview.started", At: start, ReceivedAt: start, Source: "webhook", DeliveryID: deliveries[0]}))
		must(t, store.InsertDeliveryEffects(t.Context(), []hiring.DeliveryEffect{{DeliveryID: deliveries[0], CandidateID: c.ID, Field: name, Source: hiring.EffectTold}}))
		must(t, store.InsertDifference(t.Context(), connection, hiring.Difference{AssessmentID: a.ID, CandidateID: c.ID, Kind: hiring.DifferPerson, At: start}))
		for _, user := range []string{"everywhere", name} {
			if users[user] == 0 {
				users[user], err = store.InsertUser(t.Context(), hiring.User{Email: user + "@example.com", Name: user, Role: hiring.RoleReviewer, CreatedAt: start})
				must(t, err)
			}
			must(t, store.PutScorecard(t.Context(), hiring.Scorecard{CandidateID: c.ID, UserID: users[user], Comment: name, Answers: []hiring.ScorecardAnswer{}}, start.Add(time.Duration(i)*time.Hour)))
		}
	}
	c := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "i1", SubmissionRef: "s1"}, nil)
	if c.AIScore == nil || c.Basis != hiring.BasisModel {
		t.Errorf("the suggestion is gone: %+v", c)
	}
	cards, err := store.Scorecards(t.Context(), c.ID)
	must(t, err)
	said := map[string]string{}
	for _, card := range cards {
		said[card.UserName] = card.Comment
	}
	if diff := cmp.Diff(map[string]string{"everywhere": "submitted", "invited": "invited", "submitted": "submitted"}, said); diff != "" {
		t.Errorf("scorecards, of one person's two the later (-want +got):\n%s", diff)
	}
	effects, err := store.DeliveryEffects(t.Context(), deliveries[0])
	must(t, err)
	differences, err := store.Differences(t.Context(), connection, start, 10)
	must(t, err)
	if len(effects) != 2 || effects[0].CandidateID != c.ID || effects[1].CandidateID != c.ID || len(differences) != 2 || differences[0].CandidateID != c.ID || differences[1].CandidateID != c.ID {
		t.Errorf("effects %+v, differences %+v", effects, differences)
	}
	history, err := store.History(t.Context(), c.ID)
	must(t, err)
	told := 0
	for _, e := range history {
		if e.DeliveryID == deliveries[0] {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the webhook is told %d times", told)
	}
}

func TestStagesOutOfOrderEndAlike(t *testing.T) {
	t.Parallel()
	store, _, a := newStore(t)
	reports := []struct {
		stage hiring.Stage
		at    time.Time
	}{
		{hiring.StageInvited, start}, {hiring.StageStarted, start.Add(time.Minute)}, {hiring.StageLater, start.Add(2 * time.Minute)},
		{hiring.StageStarted, start.Add(3 * time.Minute)}, {hiring.StageFinished, start.Add(4 * time.Minute)},
	}
	n := 0
	var permute func(done, left []int)
	permute = func(done, left []int) {
		if len(left) > 0 {
			for i := range left {
				permute(append(slices.Clone(done), left[i]), slices.Delete(slices.Clone(left), i, i+1))
			}
			return
		}
		n++
		if n%7 != 0 { // a part of all orders is enough
			return
		}
		var c hiring.Candidate
		for _, i := range append(done, done[0]) { // one comes twice
			var err error
			c, err = store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: a.ID, SubmissionRef: fmt.Sprint(n)}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
				c.Advance(reports[i].stage, reports[i].at)
				return nil, nil
			})
			must(t, err)
		}
		if c.Stage != hiring.StageFinished || !c.StageAt.Equal(reports[4].at) {
			t.Errorf("order %v: %s at %s", done, c.Stage, c.StageAt)
		}
	}
	permute(nil, []int{0, 1, 2, 3, 4})
}

func TestOneUnknownPersonReportedAtOnceIsOneCandidate(t *testing.T) {
	t.Parallel()
	store, connection, a := newStore(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			_, err := store.ChangeCandidate(t.Context(), db.CandidateKeys{AssessmentID: a.ID, SubmissionRef: "s", Email: "ada@example.com"}, func(c *hiring.Candidate) ([]hiring.HistoryEvent, error) {
				c.Advance(hiring.StageStarted, start)
				return []hiring.HistoryEvent{{Kind: "interview.started", At: start, Source: "webhook", DeliveryID: 3}}, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	page, err := store.Candidates(t.Context(), db.CandidateQuery{Connection: connection}, "", 10)
	must(t, err)
	if page.Total != 1 {
		t.Fatalf("%d candidates, want one", page.Total)
	}
	if history, err := store.History(t.Context(), page.Candidates[0].ID); err != nil || len(history) != 1 {
		t.Errorf("%d events, %v; want one delivery told once", len(history), err)
	}
}

func TestAnswersAreReplacedWhole(t *testing.T) {
	t.Parallel()
	store, _, a := newStore(t)
	c := add(t, store, db.CandidateKeys{AssessmentID: a.ID, InviteRef: "1"}, nil)
	half, from := 50.0, 2
	answers := []hiring.Answer{
		{QuestionRef: "q2", Position: 1, Question: "First?", Text: "Yes", Score: &half, Evidence: []hiring.Passage{{Start: 0, End: 3, Point: "yes"}}},
		{QuestionRef: "q1", Position: 2, Question: "Second?", Text: "<b>No</b>"},
		{QuestionRef: "q3", Position: 3, Question: "Third?", Text: "A word", Recording: &hiring.Recording{State: hiring.RecordingWhole,
			Type: "audio/webm; codecs=opus", Bytes: 1 << 40, Seconds: 83.52, Speech: &half, Peaks: []int{0, 7, 100},
			Transcript: hiring.TranscriptDone, TranscriptFrom: &from, Model: "whisper"}},
	}
	for i, want := range []bool{true, false} {
		changed, err := store.PutAnswers(t.Context(), c, slices.Clone(answers))
		if err != nil || changed != want {
			t.Errorf("time %d: changed %v, %v; want %v", i+1, changed, err, want)
		}
	}
	got, err := store.Answers(t.Context(), c.ID)
	must(t, err)
	for i := range answers {
		answers[i].CandidateID = c.ID
		if i > 0 {
			answers[i].Evidence = []hiring.Passage{}
		}
	}
	if diff := cmp.Diff(answers, got); diff != "" {
		t.Errorf("(-put +got):\n%s", diff)
	}
	whole := *answers[2].Recording
	cut := whole
	cut.State, cut.Peaks, cut.Speech, cut.TranscriptFrom = hiring.RecordingCut, nil, nil, nil
	answers[2].Recording = &cut
	for i, want := range []bool{true, false} {
		if changed, err := store.PutAnswers(t.Context(), c, slices.Clone(answers)); err != nil || changed != want {
			t.Errorf("another recording, time %d: changed %v, %v; want %v", i+1, changed, err, want)
		}
	}
	if changed, err := store.PutAnswers(t.Context(), c, answers[:1]); err != nil || !changed {
		t.Errorf("fewer answers: changed %v, %v", changed, err)
	}
}

package engine

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/partnerapi"
)

// TestErase: however far somebody is, nothing of them is left in any table, their link leads nowhere, and nobody else
// notices.
func TestErase(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	var links []string
	e, _ := start(t, heardAs("First I look at the logs."), func(o *Options) {
		o.Receivers = []Receiver{{URL: in.URL}}
		o.Mail = mailTo(&links)
	})
	a := newAssessment(t, e, questions("How do you debug a failing service?", "How do you test a migration?")...)
	elsewhere := newAssessment(t, e, questions("How do you test a migration?")...)
	v := visit(t, e)
	stages := []func(invite string){
		func(string) {}, // invited
		func(invite string) { v.get("/room/i/" + invite) },
		func(invite string) { v.get("/room/i/"+invite).submit("begin", agreed) },
		func(invite string) {
			v.get("/room/i/"+invite).submit("begin", agreed).submit("next", answering("First I look at the logs."))
			mustDo(t, e.BeginRecording(t.Context(), invite, 2, speechID, "audio/webm", 0))
			_, parts := speech(t, "spoken", 3)
			mustDo(t, e.SavePart(t.Context(), invite, speechID, 0, parts[0]))
		},
		func(invite string) {
			v.get("/room/i/"+invite).submit("begin", agreed).submit("next", answering("First I look at the logs."))
			speaks(t, e, invite, "1f8fad5b-d9cb-469f-a165-70867728950e", "spoken")
			v.post("/room/i/"+invite+"/submit", nil).is(200, "Thank you, ada")
		},
	}
	bo := sendInvite(t, e, a, "bo@example.com")
	stages[len(stages)-2](bo)
	settleAll(t, e)
	kept := everyRow(t, e)
	for _, settled := range []bool{false, true} { // with work and webhooks that still wait, and after them
		for i, reach := range stages {
			if i == len(stages)-2 {
				continue // the recording is bo's
			}
			invite := sendInvite(t, e, a, "ada@example.com")
			reach(invite)
			if settled {
				settleAll(t, e)
			}
			path := erasePath(a, invite)
			refused(t, do(t, e, "DELETE", erasePath(elsewhere, invite), nil), partnerapi.CodeNotFound)
			data[struct{}](t, e, "DELETE", path, nil)
			refused(t, do(t, e, "DELETE", path, nil), partnerapi.CodeNotFound)
			v.get("/room/i/"+invite).is(404, "There is no interview at this address")
			settleAll(t, e)
			for table, n := range everyRow(t, e) {
				if n != kept[table] {
					t.Errorf("stage %d, settled %v: %s has %d rows, %d before", i, settled, table, n, kept[table])
				}
			}
		}
	}
	if s := opened(t, e, bo); s.State != StateStarted || len(s.Answers) != 2 || s.Answers[1].Arriving == nil {
		t.Errorf("somebody else: %+v", s)
	}
}

// TestEraseMeetsWhoOpensTheInterview at that moment for the first time.
func TestEraseMeetsWhoOpensTheInterview(t *testing.T) {
	t.Parallel()
	e, _ := start(t)
	a := newAssessment(t, e, questions("How do you test a migration?")...)
	invite := sendInvite(t, e, a, "ada@example.com")
	tx, err := e.pool.Begin(t.Context())
	mustDo(t, err)
	_, err = tx.Exec(t.Context(), `INSERT INTO engine.submissions (id, invite_id, assessment_id, status, opened_at) VALUES ('1', $1, $2, 'ready', now())`,
		invite, string(a.AssessmentID))
	mustDo(t, err)
	answer := make(chan *httptest.ResponseRecorder)
	go func() { answer <- do(t, e, "DELETE", erasePath(a, invite), nil) }()
	for waiting := 0; waiting == 0; {
		mustDo(t, e.pool.QueryRow(t.Context(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting))
	}
	mustDo(t, tx.Commit(t.Context()))
	if w := <-answer; w.Code != http.StatusOK {
		t.Errorf("erasing: %d %s", w.Code, w.Body)
	}
	if rows := everyRow(t, e); rows["submissions"]+rows["invites"] > 0 {
		t.Errorf("left are %v", rows)
	}
}

func erasePath(a partnerapi.Assessment, invite string) string {
	return strings.NewReplacer("{assessmentId}", string(a.AssessmentID), "{candidateId}", invite).Replace(partnerapi.PathCandidate)
}

// everyRow counts the rows of the engine's tables.
func everyRow(t *testing.T, e *Engine) map[string]int {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	rows, err := e.pool.Query(ctx, `SELECT table_name FROM information_schema.tables WHERE table_schema = 'engine'`)
	mustDo(t, err)
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	mustDo(t, err)
	count := map[string]int{}
	for _, table := range tables {
		var n int
		mustDo(t, e.pool.QueryRow(ctx, `SELECT count(*) FROM engine.`+pgx.Identifier{table}.Sanitize()).Scan(&n))
		count[table] = n
	}
	return count
}

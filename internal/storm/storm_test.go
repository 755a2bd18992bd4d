package storm

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"greenroom/internal/apptest"
	"greenroom/internal/db"
	"greenroom/internal/hiring"
	"greenroom/internal/inbox"
)

var (
	deliveries = flag.Int("storm", 4000, "deliveries of the storm; from 20000 on the server is killed five times instead of two, Postgres two times instead of one")
	seed       = flag.Uint64("seed", 1, "of the storm")
)

const senders = 32

// interviews are the provider's ids of those that people take part in.
type interviews [8]string

func (i interviews) of(e event) string { return i[e.person%len(i)] }

// TestStorm sends deliveries doubled and out of order while the server and its database are killed. Every delivery that
// was answered 2xx has to be stored exactly once, what they did has to be what they would have done in order, and there
// must be nothing else.
func TestStorm(t *testing.T) {
	if testing.Short() {
		t.Skip("-short leaves out starting the program as a process")
	}
	r := rand.New(rand.NewPCG(*seed, 0))
	all := lives(r, *deliveries*9/10)
	sent := weather(r, all)
	p := launch(t)
	var refs interviews
	for i := range refs {
		refs[i] = p.createAssessment()
	}

	began := time.Now()
	acked, refused := p.send(sent, refs)
	t.Logf("%d deliveries of %d events, %d of them sent again after a refusal, in %v", len(sent), len(all), refused, time.Since(began).Round(time.Millisecond))

	conn := p.connect(t.Context())
	p.settle(conn)
	t.Logf("all applied %v after the first", time.Since(began).Round(time.Millisecond))
	stored(t, conn, all, acked)
	if diff := cmp.Diff(inOrder(t, all), states(t, conn)); diff != "" {
		t.Errorf("the states differ from those of a run in order (-in order +storm):\n%.4000s", diff)
	}
}

// createAssessment makes the interview that the events speak of.
func (p *program) createAssessment() string {
	p.t.Helper()
	body := `{"title":"Storm","hiringForRole":"Sailor","purposeOfInterview":"To see who stands the weather","status":"ACTIVE"}`
	r, err := http.NewRequest(http.MethodPost, p.URL+"/v1/partner/assessment/audio-interviews", bytes.NewReader([]byte(body)))
	must(p.t, err)
	r.Header.Set("Authorization", "Bearer "+engineKey)
	r.Header.Set("Content-Type", "application/json")
	resp, err := http.DefaultClient.Do(r)
	must(p.t, err)
	defer resp.Body.Close()
	said, err := io.ReadAll(resp.Body)
	must(p.t, err)
	var answer struct {
		Data struct{ AssessmentID string }
	}
	if err := json.Unmarshal(said, &answer); err != nil || answer.Data.AssessmentID == "" {
		p.t.Fatalf("creating an interview: %d %s", resp.StatusCode, said)
	}
	return answer.Data.AssessmentID
}

// send sends everything from many senders, each delivery until it is answered 2xx, while server and database are
// killed. It counts the 2xx answers by event, and the others. Garbage comes in between, and must be refused.
func (p *program) send(sent []event, refs interviews) (acked map[string]int, refused int64) {
	kills, cuts := 2, 1
	if len(sent) >= 18000 {
		kills, cuts = 5, 2
	}
	client := &http.Client{Timeout: 6 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: senders}}
	var at, done, failures atomic.Int64
	var mu sync.Mutex
	acked = map[string]int{}
	var running sync.WaitGroup
	for range senders {
		running.Go(func() {
			for i := at.Add(1) - 1; i < int64(len(sent)); i = at.Add(1) - 1 {
				e := sent[i]
				assessment := refs.of(e)
				if i%97 == 0 {
					p.garbage(client, e, assessment)
				}
				for began := time.Now(); !p.post(client, e.body(assessment), webhookKey, http.StatusNoContent); {
					failures.Add(1)
					if time.Since(began) > time.Minute {
						p.t.Error("a delivery is not taken after a minute")
						return
					}
					time.Sleep(20 * time.Millisecond) // a sender comes again
				}
				done.Add(1)
				mu.Lock()
				acked[e.key()]++
				mu.Unlock()
			}
		})
	}
	p.trouble(&done, int64(len(sent)), kills, cuts)
	running.Wait()
	return acked, failures.Load()
}

// trouble kills the server and its database in turn, spread over the storm.
func (p *program) trouble(done *atomic.Int64, total int64, kills, cuts int) {
	steps := int64(kills + cuts)
	for n := range steps {
		for mark := total * (n + 1) / (steps + 1); done.Load() < mark && !p.t.Failed(); {
			time.Sleep(time.Millisecond)
		}
		if p.t.Failed() {
			return // there may be nothing left to kill
		}
		if n%3 == 1 && cuts > 0 {
			p.killPostgres()
			cuts--
		} else {
			p.kill()
			p.start()
		}
	}
}

// post sends one delivery and says whether it was answered with the status.
func (p *program) post(client *http.Client, body []byte, key string, want int) bool {
	r, err := http.NewRequest(http.MethodPost, p.URL+"/webhooks/taptalent", bytes.NewReader(body))
	if err != nil {
		return false
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(inbox.HeaderKey, key)
	resp, err := client.Do(r)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode == want
}

// garbage sends what must never be stored. It may not be answered at all just now, but never with 2xx.
func (p *program) garbage(client *http.Client, e event, assessment string) {
	e.data.SubmissionID = "nobody"
	for _, bad := range []struct {
		body []byte
		key  string
	}{{e.body(assessment), "another key"}, {e.body(assessment)[:40], webhookKey}, {bytes.Replace(e.body(assessment), []byte("nobody"), []byte(`\ud800`), 1), webhookKey}} {
		if p.post(client, bad.body, bad.key, http.StatusNoContent) {
			p.t.Errorf("taken: %s", bad.body)
		}
	}
}

// settle waits until every delivery is applied.
func (p *program) settle(conn *pgx.Conn) {
	p.t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); ; {
		var waiting, failed int
		must(p.t, conn.QueryRow(p.t.Context(), `
			SELECT count(*) FILTER (WHERE status = 'received'), count(*) FILTER (WHERE status IN ('failed', 'dead')) FROM webhook_deliveries`).Scan(&waiting, &failed))
		if waiting+failed == 0 {
			return
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("%d deliveries wait and %d failed two minutes after the storm", waiting, failed)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// stored checks that what was answered 2xx is there once, counted as often as it came, and nothing else.
func stored(t *testing.T, conn *pgx.Conn, all []event, acked map[string]int) {
	t.Helper()
	rows, err := conn.Query(t.Context(), `
		SELECT format('%s %s %s', payload #>> '{data,submissionId}', event, (extract(epoch FROM event_at) * 1000)::bigint), count(*), sum(duplicates + 1)
		FROM webhook_deliveries WHERE event LIKE 'interview.%' GROUP BY 1`)
	must(t, err)
	have := map[string]int{}
	var key string
	var times, came int
	_, err = pgx.ForEachRow(rows, []any{&key, &times, &came}, func() error {
		have[key] = times
		if came < acked[key] {
			t.Errorf("%s was answered 2xx %d times and counted %d times", key, acked[key], came)
		}
		return nil
	})
	must(t, err)
	want := map[string]int{}
	for _, e := range all {
		want[e.key()] = 1
		if acked[e.key()] == 0 {
			t.Errorf("%s was never taken", e.key())
		}
	}
	if diff := cmp.Diff(want, have); diff != "" {
		t.Errorf("what is stored (-want +have):\n%.2000s", diff)
	}
	var verdicts, jobs int
	must(t, conn.QueryRow(t.Context(), `SELECT count(*) FROM webhook_deliveries WHERE verdict <> 'verified'`).Scan(&verdicts))
	must(t, conn.QueryRow(t.Context(), `
		SELECT count(*) FROM (SELECT args FROM river_job WHERE kind = 'apply_delivery' GROUP BY args HAVING count(*) > 1) AS twice`).Scan(&jobs))
	if verdicts != 0 || jobs != 0 {
		t.Errorf("%d deliveries are unverified, %d have more than one job", verdicts, jobs)
	}
}

// state is what events can change of a candidate.
type state struct {
	Invite, Name, Email, Stage  string
	StageAt, StartedAt, EndedAt time.Time
	Bucket, ErrorCode, Error    string
	Scored                      bool
	Timeline                    string
}

func states(t *testing.T, q interface {
	Query(context.Context, string, ...any) (pgx.Rows, error)
}) map[string]state {
	t.Helper()
	rows, err := q.Query(t.Context(), `
		SELECT submission_ref, invite_ref, name, email, stage, stage_at, coalesce(started_at, 'epoch'), coalesce(ended_at, 'epoch'), bucket,
			error_code, error_message, score IS NOT NULL,
			(SELECT string_agg(h.kind || ' ' || extract(epoch FROM h.at) || ' ' || h.detail, ', ' ORDER BY h.at, h.kind) FROM history h WHERE h.candidate_id = c.id)
		FROM candidates c`)
	must(t, err)
	have := map[string]state{}
	var ref string
	var s state
	_, err = pgx.ForEachRow(rows, []any{&ref, &s.Invite, &s.Name, &s.Email, &s.Stage, &s.StageAt, &s.StartedAt, &s.EndedAt, &s.Bucket,
		&s.ErrorCode, &s.Error, &s.Scored, &s.Timeline}, func() error {
		s.StageAt, s.StartedAt, s.EndedAt = s.StageAt.UTC(), s.StartedAt.UTC(), s.EndedAt.UTC()
		have[ref] = s
		return nil
	})
	must(t, err)
	return have
}

// inOrder applies every event once and in the order of each person's life, to a desk of its own.
func inOrder(t *testing.T, all []event) map[string]state {
	app := apptest.Start(t)
	var refs interviews
	for i := range refs {
		a, err := app.Mirror.CreateAssessment(t.Context(), hiring.AssessmentDraft{Title: "In order", Role: "Sailor", Purpose: "To see how it would have been",
			Status: hiring.AssessmentActive, Duration: 20, Language: "english"})
		must(t, err)
		refs[i] = a.Ref
	}
	lives := make(chan []event)
	var running sync.WaitGroup
	for range 6 {
		running.Go(func() {
			for life := range lives {
				for _, e := range life {
					d, problem := inbox.Read(e.body(refs.of(e)), nil, time.Now())
					if problem != "" {
						t.Errorf("reading: %s", problem)
						continue
					}
					d.ConnectionID, d.Verdict = app.Mirror.Connection(), hiring.VerdictVerified
					ids, err := app.Store.InsertDeliveries(t.Context(), []hiring.Delivery{d}, db.DeliveryJob{Kind: "none", Queue: "nobody", MaxAttempts: 1})
					if err == nil {
						err = app.Mirror.ApplyDelivery(t.Context(), ids[0], false)
					}
					if err != nil {
						t.Errorf("applying in order: %v", err)
					}
				}
			}
		})
	}
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].person == all[i].person {
			j++
		}
		lives <- all[i:j]
		i = j
	}
	close(lives)
	running.Wait()
	return states(t, app.Store.Pool())
}

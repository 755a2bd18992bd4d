package handlers_test

import (
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

// table reads a file as a spreadsheet program does: by the names of its columns.
func table(t *testing.T, p *apptest.Page) []map[string]string {
	t.Helper()
	text, marked := strings.CutPrefix(p.Body, "\ufeff")
	if p.Status != http.StatusOK || !marked || p.Header.Get("Content-Type") != "text/csv; charset=utf-8" || p.Header.Get("Cache-Control") != "no-store" {
		t.Fatalf("answered with %d %v, marked as UTF-8: %v", p.Status, p.Header, marked)
	}
	lines, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]string
	for _, line := range lines[1:] {
		row := map[string]string{}
		for i, cell := range line {
			row[lines[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return rows
}

func column(rows []map[string]string, name string) string {
	var cells []string
	for _, r := range rows {
		cells = append(cells, r[name])
	}
	return strings.Join(cells, ", ")
}

func TestExportIsTheListAsItIsFiltered(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	a, b := newInterview(t, app), newInterview(t, app)
	invited := time.Date(2026, 3, 1, 23, 30, 0, 0, time.FixedZone("", -3600))
	newCandidate(t, app, a, "ada", func(c *hiring.Candidate) {
		scoredBy(82.5, hiring.BasisChecklist)(c)
		c.Name, c.Bucket, c.Summary, c.InvitedAt = "Åse \"Ada\" Ng, PhD", "Strong Fit", "Two\nlines", &invited
	})
	newCandidate(t, app, a, "bob", scoredBy(40, hiring.BasisPeople))
	newCandidate(t, app, b, "cleo", func(c *hiring.Candidate) { c.Name = `=HYPERLINK("https://evil.test")` })
	elsewhere, err := app.Store.Connection(t.Context(), "engine", "another")
	must(t, err)
	other := a
	other.ConnectionID = elsewhere
	other, err = app.Store.UpsertAssessment(t.Context(), other)
	must(t, err)
	newCandidate(t, app, other, "dan", scoredBy(60, hiring.BasisPeople))

	recruiter := app.As(hiring.RoleRecruiter)
	for query, want := range map[string]string{
		"?sort=score":                      "82.5, 40, ",
		"?min=50":                          "82.5",
		"?stage=invited":                   "",
		fmt.Sprintf("?interview=%d", a.ID): "40, 82.5",
		"?q=nobody":                        "",
	} {
		page := recruiter.Get("/candidates" + query)
		listed := page.Doc.Find(`a[href^="/candidates/export?"], a[href="/candidates/export"]`).AttrOr("href", "/candidates/export"+query)
		if got := column(table(t, recruiter.Get(listed)), "Score"); got != want {
			t.Errorf("%s: scores %q, want %q", query, got, want)
		}
	}
	rows := table(t, recruiter.Get("/candidates/export?sort=score"))
	ada := rows[0]
	for name, want := range map[string]string{
		"Name": "Åse \"Ada\" Ng, PhD", "Email": "ada@example.com", "Interview": a.Title, "Stage": "Finished", "Invited (UTC)": "2026-03-02 00:30:00",
		"Bucket": "Strong Fit", "Scored": "by checklist: literal matches, not a judgement", "Summary": "Two\nlines", "Started (UTC)": "",
	} {
		if ada[name] != want {
			t.Errorf("%s is %q, want %q", name, ada[name], want)
		}
	}
	at, found := strings.CutPrefix(ada["Page"], strings.TrimRight(app.URL, "/"))
	if page := recruiter.Get(at); !found || !page.Has("Åse") {
		t.Errorf("the line leads to %q", ada["Page"])
	}
	if got := rows[2]["Name"]; got != `'=HYPERLINK("https://evil.test")` {
		t.Errorf("a spreadsheet program would calculate %q", got)
	}
	if app.As(hiring.RoleReviewer).Get("/candidates").Doc.Find(`a[href^="/candidates/export"]`).Length() != 0 {
		t.Error("a reviewer is offered what they may not have")
	}
}

func TestExportOfAnswers(t *testing.T) {
	t.Parallel()
	s := &studio{audio: noise(1000)}
	s.spoken = []string{fmt.Sprintf(wholeRecording, 1000)}
	app := apptest.Start(t, apptest.Options{Calls: s.lay})
	c := submitted(t, app, "ada")
	newCandidate(t, app, hiring.Assessment{ID: c.AssessmentID}, "bob", nil) // has said nothing
	answers, err := app.Store.Answers(t.Context(), c.ID)
	must(t, err)
	var want []map[string]string
	for _, a := range answers {
		row := map[string]string{"Name": c.Name, "Number": fmt.Sprint(a.Position), "Question": a.Question, "Typed": a.Text, "Spoken (seconds)": ""}
		if a.Recording != nil {
			row["Spoken (seconds)"] = "84"
		}
		want = append(want, row)
	}
	got := table(t, app.As(hiring.RoleAdmin).Get("/candidates/export/answers"))
	for _, row := range got {
		for name := range row {
			if !slices.Contains([]string{"Name", "Number", "Question", "Typed", "Spoken (seconds)"}, name) {
				delete(row, name)
			}
		}
	}
	if diff := cmp.Diff(want, got); len(want) == 0 || diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

// TestExportThatBreaksOff: the database goes away while a long list is read; what has come must not look whole.
func TestExportThatBreaksOff(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	ctx, a := t.Context(), newInterview(t, app)
	const people = 4000
	_, err := app.Store.Pool().Exec(ctx, `
		INSERT INTO candidates (assessment_id, name, stage, stage_at, summary)
		SELECT $1, 'Candidate ' || n, 'invited', now() - n * interval '1 second', repeat('A long summary. ', 300) FROM generate_series(1, $2::int) n`, a.ID, people)
	must(t, err)
	recruiter := app.As(hiring.RoleRecruiter)
	if n := len(table(t, recruiter.Get("/candidates/export"))); n != people {
		t.Fatalf("%d lines, want %d", n, people)
	}

	r := recruiter.Request(http.MethodGet, "/candidates/export", nil)
	r.Header.Set("Accept-Encoding", "identity") // packed, all of it would be under way at once
	resp, err := recruiter.HTTP().Do(r)
	must(t, err)
	defer resp.Body.Close()
	if _, err := io.CopyN(io.Discard, resp.Body, 100_000); err != nil {
		t.Fatal(err)
	}
	var ended int
	must(t, app.Store.Pool().QueryRow(ctx, `
		SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
		WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid() AND query LIKE '%FROM candidates c JOIN assessments a%'`).Scan(&ended))
	if _, err := io.Copy(io.Discard, resp.Body); ended != 1 || err == nil {
		t.Errorf("ended %d connections of the database; the rest of the file ended with %v", ended, err)
	}
	app.Until("it is in the log", func() bool { return strings.Contains(app.Log.String(), "a download broke off") })
}

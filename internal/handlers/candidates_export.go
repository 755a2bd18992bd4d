package handlers

import (
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views"
)

// candidateExport is a list of candidates for spreadsheet programs: all that the filter leaves, in its order.
func (h *Handlers) candidateExport(w http.ResponseWriter, r *http.Request) error {
	q := h.candidateQuery(candidateFilter(r.URL.Query()))
	sheet := views.CandidateSheet(h.Mirror.Abilities(r.Context()).Provider, h.deskURL())
	return h.sheet(w, r, "candidates", sheet.Heads(), func(ctx context.Context, row func([]string) error) error {
		return h.Store.EachCandidate(ctx, q, func(c hiring.Candidate) error { return row(sheet.Row(c)) })
	})
}

// candidateExportAnswers is what all of them said, a line an answer.
func (h *Handlers) candidateExportAnswers(w http.ResponseWriter, r *http.Request) error {
	q := h.candidateQuery(candidateFilter(r.URL.Query()))
	sheet := views.AnswerSheet(h.deskURL())
	return h.sheet(w, r, "answers", sheet.Heads(), func(ctx context.Context, row func([]string) error) error {
		return h.Store.EachAnswer(ctx, q, func(c hiring.Candidate, a hiring.Answer) error {
			return row(sheet.Row(views.Said{Candidate: c, Answer: a}))
		})
	})
}

// deskURL is the desk's public address without a slash at its end.
func (h *Handlers) deskURL() string { return strings.TrimRight(h.BaseURL.String(), "/") }

// sheet answers with a CSV file (RFC 4180). Its mark at the beginning tells Excel that it is UTF-8.
func (h *Handlers) sheet(w http.ResponseWriter, r *http.Request, name string, heads []string, fill func(ctx context.Context, row func([]string) error) error) error {
	file := fmt.Sprintf("%s-%s.csv", name, h.Now().UTC().Format(time.DateOnly))
	return h.download(w, r, file, "text/csv; charset=utf-8", func(ctx context.Context, into io.Writer) error {
		table := csv.NewWriter(into)
		table.UseCRLF = true
		heads[0] = "\ufeff" + heads[0]
		if err := table.Write(heads); err != nil {
			return fmt.Errorf("writing %s: %w", file, err)
		}
		if err := fill(ctx, table.Write); err != nil {
			return err
		}
		table.Flush()
		return table.Error()
	})
}

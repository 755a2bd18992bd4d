package engine

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/engine/generate"
	"greenroom/internal/engine/transcribe"
	"greenroom/internal/partnerapi"
	"greenroom/internal/partnerapi/conformance"
)

// TestFailedWorkIsTriedAgainOrDropped: an operator sees what the engine does by itself and why it failed, and once the
// cause is gone has it done after all.
func TestFailedWorkIsTriedAgainOrDropped(t *testing.T) {
	t.Parallel()
	in := newInbox(t)
	in.answering(func(conformance.Received) int { return http.StatusTeapot })
	var deafness error = errors.New("the speech server is asleep")
	_, e, c, place := begun(t, func(o *Options) {
		o.Receivers = []Receiver{{URL: in.URL}}
		o.Transcriber = mouth(func(transcribe.Clip) (string, error) { return "First I look at the logs.", deafness })
		o.Generator = generator(func(context.Context, generate.Request) ([]generate.Question, error) { return nil, errHopeless })
	})
	invite := strings.TrimPrefix(place, "/room/i/")
	speaks(t, e, invite, speechID, "spoken")
	data[partnerapi.Assessment](t, e, "POST", "/assessment/auto-generate", `{"jobId":12345}`)
	show := func() partnerapi.Work { return data[partnerapi.Work](t, e, "GET", partnerapi.PathWork, nil) }
	counts := func() map[string][4]int {
		seen := map[string][4]int{}
		for _, k := range show().Counts {
			seen[k.Kind] = [4]int{k.Waiting, k.Running, k.Failing, k.Dead}
		}
		return seen
	}
	if diff := cmp.Diff(map[string][4]int{"generate": {1}, "hear": {1}, "webhook": {1}}, counts()); diff != "" {
		t.Error("before anything is done:", diff)
	}
	settleAll(t, e)
	if diff := cmp.Diff(map[string][4]int{"generate": {0, 0, 0, 1}, "hear": {0, 0, 1, 0}, "webhook": {0, 0, 1, 0}}, counts()); diff != "" {
		t.Error("after the first try:", diff)
	}
	for range 12 {
		c.add(12 * time.Hour)
		settleAll(t, e)
	}
	failed := map[string]partnerapi.FailedWork{}
	for _, f := range show().Failed {
		failed[f.Kind] = f
	}
	for kind, want := range map[string]partnerapi.FailedWork{
		"generate": {Tries: 1, Of: 4, Error: "another attempt won't help"},
		"hear":     {Tries: 6, Of: 6, Error: "asleep", Again: true},
		"webhook":  {Tries: 8, Of: 8, Error: "418", Again: true, About: "interview.started"},
	} {
		f := failed[kind]
		if f.Tries != want.Tries || f.Of != want.Of || !strings.Contains(f.Error, want.Error) || f.Again != want.Again || f.About != want.About || f.Next != nil || f.At.IsZero() {
			t.Errorf("%s: %+v", kind, f)
		}
	}
	path := func(kind string) string {
		return strings.Replace(partnerapi.PathFailedWork, "{workId}", string(failed[kind].ID), 1)
	}

	refused(t, do(t, e, "POST", path("generate"), struct{}{}), partnerapi.CodeNotFound) // people ask anew
	data[struct{}](t, e, "DELETE", path("generate"), nil)
	deafness = nil
	in.answering(nil)
	data[struct{}](t, e, "POST", path("hear"), struct{}{})
	data[struct{}](t, e, "POST", path("webhook"), struct{}{})
	before := len(in.names())
	refused(t, do(t, e, "DELETE", path("hear"), nil), partnerapi.CodeNotFound) // it is at work again
	settleAll(t, e)
	if names := in.names()[before:]; len(names) == 0 || names[0] != "interview.started" {
		t.Errorf("delivered %v", names)
	}
	c.add(24 * time.Hour) // of the events after it one waits for its next try
	settleAll(t, e)
	if w := show(); len(w.Counts) != 0 || len(w.Failed) != 0 {
		t.Errorf("after all is done: %+v", w)
	}
	var heard string
	mustDo(t, e.pool.QueryRow(t.Context(), `SELECT hearing || ': ' || transcript FROM engine.recordings`).Scan(&heard))
	if want := "done: First I look at the logs."; heard != want {
		t.Errorf("heard %q, want %q", heard, want)
	}
	for _, id := range []string{string(failed["hear"].ID), "task-0", "webhook-99999", "task", "x-1", "task-1;", "%00"} {
		for _, method := range []string{"POST", "DELETE"} {
			refused(t, do(t, e, method, "/extensions/work/"+id, struct{}{}), partnerapi.CodeNotFound)
		}
	}
}

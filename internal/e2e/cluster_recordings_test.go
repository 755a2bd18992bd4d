package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"testing"

	"greenroom/internal/engine/recording"
	"greenroom/internal/partnerapi"
)

const clusterKey = "sk_test_cluster_of_several_processes"

// upload has somebody speak an answer while the process that takes it is killed, and everything that had arrived goes
// on at the others, up to the page on which the team listens.
func (c *cluster) upload(t *testing.T, who *member) {
	dying, other := c.begin(), c.node(1)
	dying.awaitReady()
	var made partnerapi.Assessment
	c.api(t, dying, partnerapi.PathCreateVoice, partnerapi.CreateRequest{Title: "Spoken", HiringForRole: "Nurse", PurposeOfInterview: "Care for patients on a ward."}, &made)
	path := "/assessment/" + string(made.AssessmentID)
	c.api(t, dying, path+"/questions", partnerapi.QuestionRequest{Question: "How do you hand over a shift?"}, nil)
	c.api(t, dying, path+"/invite", partnerapi.InviteRequest{InviteeType: partnerapi.InviteeCandidate, FirstName: "Ada", LastName: "Okafor", EmailAddress: "ada@example.com"}, nil)
	var invite string
	if err := c.db.QueryRow(t.Context(), `SELECT id FROM engine.invites WHERE assessment_id = $1`, string(made.AssessmentID)).Scan(&invite); err != nil {
		t.Fatal(err)
	}
	room := "/room/i/" + invite
	who.get(dying.url + room)
	if status, body := who.form(dying.url+room, "go", "begin", "consent", "yes"); status != http.StatusSeeOther {
		t.Fatalf("beginning: %d %.500s", status, body)
	}

	whole, err := os.ReadFile("../engine/recording/testdata/spoken.webm")
	if err != nil {
		t.Fatal(err)
	}
	const id = "0f8fad5b-d9cb-469f-a165-70867728950e"
	parts := slices.Collect(slices.Chunk(whole, len(whole)/6+1))
	send := func(p *node, method, path string, body []byte, contentType string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), method, p.url+room+path, bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", contentType)
		answer, err := who.http.Do(r)
		if err != nil {
			return 0, err.Error()
		}
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}
	put := func(p *node, path string, body []byte) {
		t.Helper()
		if status, text := send(p, "PUT", path, body, "application/octet-stream"); status != http.StatusOK {
			t.Fatalf("PUT %s: %d %s", path, status, text)
		}
	}
	put(dying, "/q/1/recordings/"+id+"?type="+url.QueryEscape("audio/webm;codecs=opus"), nil)
	for n := range 3 {
		put(dying, fmt.Sprintf("/recordings/%s/%d", id, n), parts[n])
	}
	dying.kill()
	for n := 2; n < len(parts); n++ { // the browser doesn't know whether the last one arrived
		put(other, fmt.Sprintf("/recordings/%s/%d", id, n), parts[n])
	}
	finish := []byte(url.Values{"parts": {fmt.Sprint(len(parts))}}.Encode())
	if status, text := send(other, "POST", "/recordings/"+id+"/finish", finish, "application/x-www-form-urlencoded"); status != http.StatusOK {
		t.Fatalf("finishing: %d %s", status, text)
	}
	if status, _ := who.form(c.node(2).url + room + "/submit"); status != http.StatusSeeOther {
		t.Fatalf("submitting: %d", status)
	}

	c.await("the recording at the desk", `SELECT count(*) FROM answers WHERE recording->>'state' = 'whole'`, 1)
	var candidate int64
	if err := c.db.QueryRow(t.Context(), `SELECT candidate_id FROM answers WHERE recording IS NOT NULL`).Scan(&candidate); err != nil {
		t.Fatal(err)
	}
	status, sound := who.get(fmt.Sprintf("%s/candidates/%d/answers/1/recording", c.node(0).url, candidate))
	was, err := recording.Read(whole)
	if err != nil {
		t.Fatal(err)
	}
	if is, err := recording.Read([]byte(sound)); status != http.StatusOK || err != nil || is.Duration() != was.Duration() {
		t.Errorf("what the team hears: %d, %v", status, err)
	}
}

// api makes a call of the contract.
func (c *cluster) api(t *testing.T, p *node, path string, body, into any) {
	t.Helper()
	encoded, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), "POST", p.url+partnerapi.BasePath+path, bytes.NewReader(encoded))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+clusterKey)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s", path, answer.StatusCode, text)
	}
	if into == nil {
		return
	}
	var envelope struct{ Data any }
	envelope.Data = into
	if err := json.Unmarshal(text, &envelope); err != nil {
		t.Fatalf("%s: %v in %s", path, err, text)
	}
}

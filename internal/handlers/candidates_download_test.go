package handlers_test

import (
	"archive/zip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

func downloadOf(c hiring.Candidate) string { return pageOf(c) + "/download" }

// unpacked are the files of an archive by their paths.
func unpacked(t *testing.T, p *apptest.Page) map[string]string {
	t.Helper()
	if p.Status != http.StatusOK || p.Header.Get("Content-Type") != "application/zip" {
		t.Fatalf("answered with %d %v: %s", p.Status, p.Header, p.Text("main"))
	}
	archive, err := zip.NewReader(strings.NewReader(p.Body), int64(len(p.Body)))
	must(t, err)
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		must(t, err)
		text, err := io.ReadAll(r)
		must(t, err)
		files[f.Name] = string(text)
	}
	return files
}

// TestDownloadHasAllThatIsKept downloads somebody who was invited, typed and spoke, and was judged.
func TestDownloadHasAllThatIsKept(t *testing.T) {
	t.Parallel()
	s := &studio{audio: noise(5<<19 + 77)}
	s.spoken = []string{fmt.Sprintf(wholeRecording, len(s.audio))}
	app := apptest.Start(t, apptest.Options{Calls: s.lay})
	c, other := submitted(t, app, "ada"), submitted(t, app, "grace")
	reviewer, admin := app.As(hiring.RoleReviewer), app.As(hiring.RoleAdmin)
	reviewer.Post(scorecardOf(c), "rating-1", "100", "rating-2", "50", "note-1", "Clear <b>words</b>.", "comment", "Would hire.")
	c = scored(t, app, c, 75)

	page := admin.Get(downloadOf(c))
	if got, want := page.Header.Get("Content-Disposition"), fmt.Sprintf("attachment; filename=candidate-%d.zip", c.ID); got != want {
		t.Errorf("the file is called %q, want %q", got, want)
	}
	files, folder := unpacked(t, page), fmt.Sprintf("candidate-%d/", c.ID)
	if len(files) != 3 || files[folder+"recordings/answer-1.webm"] != string(s.audio) {
		t.Errorf("%d files, and a recording of %d bytes", len(files), len(files[folder+"recordings/answer-1.webm"]))
	}
	readable := files[folder+"candidate.html"]
	for _, want := range []string{
		c.Email, "A queue in front of a database.", `src="recordings/answer-1.webm"`, "Clear &lt;b&gt;words&lt;/b&gt;.", "Would hire.", reviewer.User.Name, "Invited by", "To " + c.Email,
	} {
		if !strings.Contains(readable, want) {
			t.Errorf("the page lacks %q:\n%s", want, readable)
		}
	}
	var kept struct {
		Candidate struct {
			Email, Stage string
			Score        float64
		}
		Answers []struct {
			Number    int
			Typed     string
			Recording *struct{ File string }
		}
		Scorecards []struct {
			By      string
			Ratings []struct {
				Score float64
				Note  string
			}
		}
		Timeline []struct{ What, By string }
		Mail     []struct{ To, Text string }
		Webhooks []struct {
			Event string
			Body  struct {
				Data struct{ CandidateEmail string }
			}
		}
	}
	must(t, json.Unmarshal([]byte(files[folder+"candidate.json"]), &kept))
	if kept.Candidate.Email != c.Email || kept.Candidate.Stage != "completed" || kept.Candidate.Score != 75 {
		t.Errorf("the candidate: %+v", kept.Candidate)
	}
	if len(kept.Answers) != 2 || kept.Answers[0].Recording == nil || kept.Answers[0].Recording.File != "recordings/answer-1.webm" || kept.Answers[1].Recording != nil || kept.Answers[1].Typed == "" {
		t.Errorf("answers: %+v", kept.Answers)
	}
	if len(kept.Scorecards) != 1 || kept.Scorecards[0].By != reviewer.User.Name || len(kept.Scorecards[0].Ratings) != 2 || kept.Scorecards[0].Ratings[0].Note != "Clear <b>words</b>." {
		t.Errorf("scorecards: %+v", kept.Scorecards)
	}
	if len(kept.Timeline) < 4 || kept.Timeline[0].What != "invited" || len(kept.Mail) != 1 || kept.Mail[0].To != c.Email {
		t.Errorf("timeline %+v and mail %+v", kept.Timeline, kept.Mail)
	}
	if len(kept.Webhooks) < 3 {
		t.Errorf("webhooks: %+v", kept.Webhooks)
	}
	for _, w := range kept.Webhooks {
		if w.Body.Data.CandidateEmail != c.Email {
			t.Errorf("a webhook of somebody else: %+v", w)
		}
	}
	if text := fmt.Sprint(files); strings.Contains(text, other.Email) || strings.Contains(text, other.InviteRef) {
		t.Error("it tells of somebody else")
	}
}

// TestDownloadWithoutItsRecordings: what can't be had is said before anything is sent, and later the file breaks off.
func TestDownloadWithoutItsRecordings(t *testing.T) {
	t.Parallel()
	s := &studio{audio: noise(5<<19 + 77)}
	s.spoken = []string{fmt.Sprintf(wholeRecording, len(s.audio))}
	app := apptest.Start(t, apptest.Options{Calls: s.lay})
	c := submitted(t, app, "ada")
	admin := app.As(hiring.RoleAdmin)

	s.broken = func(int32) bool { return true }
	if page := admin.Get(downloadOf(c)); page.Status != http.StatusBadGateway || page.Header.Get("Content-Disposition") != "" || !advice.MatchString(page.Text("main")) {
		t.Errorf("no recording can be had: %d %v %s", page.Status, page.Header, page.Text("main"))
	}
	first := s.asked.Load() + 1
	s.broken = func(part int32) bool { return part > first }
	resp, err := admin.HTTP().Do(admin.Request(http.MethodGet, downloadOf(c), nil))
	must(t, err)
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); resp.StatusCode != http.StatusOK || err == nil {
		t.Errorf("a recording that broke off: %d, and the file ended with %v", resp.StatusCode, err)
	}
}

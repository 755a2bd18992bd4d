package inbox

import (
	"bytes"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"greenroom/internal/partnerapi"
)

var now = time.Date(2026, time.March, 2, 9, 0, 0, 0, time.UTC)

const started = `{"event":"interview.started","timestamp":"2026-03-02T08:59:58.500Z","companyId":7,"data":{"assessmentId":"a1","submissionId":42,"score":1.50}}`

func TestReadTakesTheEnvelope(t *testing.T) {
	t.Parallel()
	d, problem := Read([]byte(started), nil, now)
	if problem != "" {
		t.Fatal(problem)
	}
	got := []any{d.Event, d.EventAt, d.CompanyRef, d.AssessmentRef, string(d.Body), d.ReceivedAt, len(d.Digest)}
	want := []any{"interview.started", time.Date(2026, 3, 2, 8, 59, 58, 5e8, time.UTC), "7", "a1", started, now, 32}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestDigestsTellEventsApart(t *testing.T) {
	t.Parallel()
	digestOf := func(body string, header http.Header) string {
		d, problem := Read([]byte(body), header, now)
		if problem != "" {
			t.Fatalf("%s: %s", body, problem)
		}
		return string(d.Digest)
	}
	same := []string{
		started,
		`{"data":{"score":1.50,"submissionId":42,"assessmentId":"a1"},"companyId":7,"timestamp":"2026-03-02T08:59:58.500Z","event":"interview.started"}`,
		"\n" + strings.ReplaceAll(started, `":`, `" : `),
		strings.Replace(started, `"companyId":7`, `"companyId":"7"`, 1),
		strings.Replace(started, `started`, `start\u0065d`, 1),
		strings.Replace(started, `{"event"`, `{"sentAgain":true,"event"`, 1),
	}
	for _, body := range same {
		if digestOf(body, nil) != digestOf(started, nil) {
			t.Errorf("another digest: %s", body)
		}
	}
	others := map[string]bool{digestOf(started, nil): true}
	for _, body := range []string{
		strings.Replace(started, "started", "ended", 1),
		strings.Replace(started, ".500Z", ".501Z", 1),
		strings.Replace(started, ":7", ":8", 1),
		strings.Replace(started, "a1", "a2", 1),
		strings.Replace(started, "42", "43", 1),
		strings.Replace(started, "42", `"42"`, 1),
		`{"event":"interview.started"}`,
		`{"event":"interview.started","data":[]}`,
	} {
		if d := digestOf(body, nil); others[d] {
			t.Errorf("the digest of another event: %s", body)
		} else {
			others[d] = true
		}
	}
	at := func(s string) http.Header { return http.Header{partnerapi.HeaderTimestamp: {s}} }
	const bare = `{"event":"interview.started"}`
	if digestOf(bare, at("2026-03-02T08:00:00Z")) == digestOf(bare, at("2026-03-02T08:00:01Z")) {
		t.Error("without a time in the body the header's doesn't tell events apart")
	}
}

func TestReadRefuses(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		"":                "not a JSON object",
		"[]":              "not a JSON object",
		`"event"`:         "not a JSON object",
		`{"event":1}`:     "not a JSON object",
		started + started: "not a JSON object",
		started[:50]:      "not a JSON object",
		"null":            "names no event",
		`{"event":""}`:    "names no event",
		`{"event":"` + strings.Repeat("e", 201) + `"}`: "names no event",
		"{\"event\":\"\xff\"}":                         "not UTF-8",
		`{"event":"a\u0000"}`:                          "U+0000",
		`{"event":"a","more":"\u0000"}`:                "U+0000",
		`{"event":"a","data":` + strings.Repeat("[", 100) + strings.Repeat("]", 100) + `}`: "nested",
	} {
		if _, problem := Read([]byte(body), nil, now); !strings.Contains(problem, want) {
			t.Errorf("%.80s: %q, want %q", body, problem, want)
		}
	}
	if _, problem := Read([]byte(`{"event":"a","data":"C:\\u0000"}`), nil, now); problem != "" {
		t.Errorf("an escaped backslash is no U+0000: %s", problem)
	}
}

func TestHeadersKeepNoSecret(t *testing.T) {
	t.Parallel()
	got := Headers(http.Header{
		"Content-Type": {"application/json"}, "X-Webhook-Key": {"k3y"}, "Authorization": {"Bearer x"}, "Cookie": {"a=b"},
		"X-Original-Uri": {"/webhooks/taptalent/s3cret"}, "X-Odd": {"a\x00\xffb"}, "X-Long": {strings.Repeat("x", maxHeaders)},
	}, "k3y", "s3cret")
	if diff := cmp.Diff(map[string]string{"Content-Type": "application/json", "X-Odd": "a�b"}, got); diff != "" && len(got) > 2 {
		t.Error(diff)
	}
	for name, value := range got {
		if strings.Contains(name+value, "k3y") || strings.Contains(value, "s3cret") || name == "X-Long" {
			t.Errorf("kept: %s: %s", name, value)
		}
	}
}

// FuzzRead holds the parser to what the database and the digest rely on, whatever is sent.
func FuzzRead(f *testing.F) {
	f.Add([]byte(started))
	f.Add([]byte(`{"event":"interview.scoring_completed","timestamp":1,"companyId":"7","data":{"score":1e400,"bucket":null}}`))
	f.Add([]byte(`{"EVENT":"a","data":{"a":{"b":[1,2,{"c":"\ud800"}]},"a":2}}`))
	f.Add([]byte(`{"event":"\u0000"}`))
	f.Add([]byte(`{"event":"a\\u0000"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, problem := Read(body, nil, now)
		if problem != "" {
			return
		}
		if len(d.Digest) != 32 || d.Event == "" || len(d.Event) > 200 || len(d.AssessmentRef) > 200 || !bytes.Equal(d.Body, body) {
			t.Fatalf("read as %+v", d)
		}
		for _, s := range []string{d.Event, d.CompanyRef, d.AssessmentRef} {
			if strings.ContainsRune(s, 0) {
				t.Fatalf("%q can't be kept", s)
			}
		}
		if again, problem := Read(body, http.Header{}, now.Add(time.Hour)); problem != "" || !bytes.Equal(again.Digest, d.Digest) {
			t.Fatalf("another digest the second time, %s", problem)
		}
	})
}

// FuzzDigest writes an event in two ways, and another event, and compares digests.
func FuzzDigest(f *testing.F) {
	f.Add("interview.started", "2026-03-02T09:00:00Z", "7", "assessmentId", "a1", "b", uint64(1))
	f.Add("a", "", "", "", "", "", uint64(2))
	f.Add("a", "1:", "2:x", "\u2028", "<&>", "é", uint64(3))
	f.Fuzz(func(t *testing.T, event, at, company, field, value, other string, seed uint64) {
		r := rand.New(rand.NewPCG(seed, 0))
		data := map[string]any{field: value, "x" + field: []any{other, 1, nil}, "n": map[string]any{other: true, "z" + other: 1.5}}
		envelope := map[string]any{"event": event, "timestamp": at, "companyId": company, "data": data}
		one, problem := Read(scrambled(t, r, envelope), nil, now)
		two, problem2 := Read(scrambled(t, r, envelope), nil, now)
		if problem != problem2 {
			t.Fatalf("%q and %q", problem, problem2)
		}
		if problem != "" {
			return
		}
		if !bytes.Equal(one.Digest, two.Digest) {
			t.Fatal("one event has two digests")
		}
		data["x"+field] = []any{other + "!", 1, nil}
		if three, problem := Read(scrambled(t, r, envelope), nil, now); problem != "" || bytes.Equal(one.Digest, three.Digest) {
			t.Fatalf("two events have one digest, %s", problem)
		}
	})
}

// scrambled writes JSON with keys in any order and spaces anywhere.
func scrambled(t *testing.T, r *rand.Rand, v any) []byte {
	t.Helper()
	space := func() string { return strings.Repeat(" \n"[r.IntN(2):][:1], r.IntN(3)) }
	var b bytes.Buffer
	switch v := v.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		r.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
		b.WriteString("{" + space())
		for i, k := range keys {
			if i > 0 {
				b.WriteString("," + space())
			}
			b.Write(scrambled(t, r, k))
			b.WriteString(space() + ":" + space())
			b.Write(scrambled(t, r, v[k]))
		}
		b.WriteString(space() + "}")
	default:
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(raw)
	}
	return b.Bytes()
}

package handlers_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"greenroom/internal/apptest"
	"greenroom/internal/hiring"
)

// shape is what a label may look like: routes, methods, kinds, states, quantiles, versions. No address, id or name.
var shape = regexp.MustCompile(`^([a-z0-9_ .+-]*|/[a-z/{}*_-]*|GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|\+Inf|go\d.*|greenroom.*|\(devel\).*|unknown|h1:.*)$`)

var label = regexp.MustCompile(`(\w+)="((?:[^"\\]|\\.)*)"`)

func TestMetrics(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	admin := app.As(hiring.RoleAdmin)
	failedJob(t, app, "discarded", "broke")
	stream, err := http.NewRequestWithContext(t.Context(), http.MethodGet, app.URL+"/events", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream.Header.Set("Cookie", "greenroom="+admin.Cookie("greenroom"))
	answer, err := http.DefaultClient.Do(stream)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatalf("opening a stream: %v %v", answer, err)
	}
	defer answer.Body.Close()
	_, _ = answer.Body.Read(make([]byte, 1))

	admin.Get("/candidates?q=Ada+Lovelace")
	admin.Get("/candidates/424242")
	admin.Get("/made/up/ada@example.com")
	admin.Do(admin.Request("MADEUP", "/candidates", nil))
	admin.Get("/room/i/424242")
	page := app.Nobody().Get("/metrics")
	if page.Status != http.StatusOK {
		t.Fatalf("%d %s", page.Status, page.Body)
	}
	for _, want := range []string{
		`greenroom_request_seconds_count{method="GET",route="/candidates",status="200"} 1`,
		`greenroom_request_seconds_count{method="GET",route="/candidates/{id}",status="404"} 1`,
		`greenroom_jobs{kind="count_sheep",state="dead"} 1`,
		`greenroom_jobs{kind="count_sheep",state="running"} 0`,
		"greenroom_webhook_oldest_seconds 0", `greenroom_webhook_lag_seconds{quantile="0.99"} 0`, "greenroom_webhooks_dead 0",
		"greenroom_database_up 1", "greenroom_live_pages 1", "greenroom_db_connections_max 24", "greenroom_db_wait_seconds_total",
		"greenroom_provider_call_seconds_count", "greenroom_provider_failing 0", "go_goroutines", `method="other"`,
	} {
		if !strings.Contains(page.Body, want) {
			t.Errorf("/metrics lacks %s", want)
		}
	}
	for _, forbidden := range []string{"424242", "MADEUP", "Ada", "example.com", "made/up"} {
		if strings.Contains(page.Body, forbidden) {
			t.Errorf("/metrics contains %q, which came from outside", forbidden)
		}
	}
	for _, found := range label.FindAllStringSubmatch(page.Body, -1) {
		if !shape.MatchString(found[2]) {
			t.Errorf("the label %s has the value %q", found[1], found[2])
		}
	}
	t.Logf("%d series", strings.Count(page.Body, "\n")-strings.Count(page.Body, "\n#"))

	far := app.Nobody()
	r := far.Request(http.MethodGet, "/metrics", nil)
	r.Header.Set("X-Forwarded-For", "203.0.113.9")
	if page := far.Do(r); page.Status != http.StatusForbidden {
		t.Errorf("somebody from elsewhere gets %d, want 403", page.Status)
	}
}

// TestMetricsTellTheLagOfWebhooks: from its receipt to its effects.
func TestMetricsTellTheLagOfWebhooks(t *testing.T) {
	t.Parallel()
	app := apptest.Start(t)
	now := time.Now()
	_, err := app.Store.Pool().Exec(t.Context(), `
		INSERT INTO webhook_deliveries (connection_id, event, event_at, digest, verdict, status, received_at, applied_at)
		SELECT $1, 'assessment.ready', $2, int4send(n), 'verified', status, $2::timestamptz - age, $2::timestamptz - age + lag
		FROM (VALUES (1, 'applied', interval '1 minute', interval '2 seconds'), (2, 'applied', '2 minutes', '4 seconds'), (3, 'applied', '3 hours', '2 hours'),
			(4, 'received', '90 seconds', NULL), (5, 'dead', '1 day', NULL)) v (n, status, age, lag)`, app.Mirror.Connection(), now)
	if err != nil {
		t.Fatal(err)
	}
	lag, err := app.Store.DeliveryLag(t.Context(), now)
	if err != nil {
		t.Fatal(err)
	}
	if lag.Oldest.Round(time.Millisecond) != 90*time.Second || lag.Dead != 1 || lag.Median.Round(time.Millisecond) != 3*time.Second || lag.P99.Round(time.Millisecond) != 3980*time.Millisecond {
		t.Errorf("measured %+v", lag)
	}
}

package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// WebhooksProps of the page that lists received events.
type WebhooksProps struct {
	Now        time.Time
	URL        string // of this page with its filter
	Receiver   WebhookReceiver
	Health     hiring.DeliveryHealth
	Deliveries []hiring.Delivery
	Refusals   []hiring.Refusal
	Events     []string // names to filter by
	Filter     hiring.DeliveryFilter
	Found      int   // by the filter; ReplayMost+1 for more than that; 0 without a filter
	ReplayMost int   // how many are replayed at once
	Before     int64 // the page begins below this id; 0: at the latest
	More       bool  // there are older ones
}

// WebhookReceiver is where senders have to send, and with what.
type WebhookReceiver struct {
	URL             string
	SecretURL       string // for senders that can't set a header; "" without any key
	Key             string // "" where the environment sets it, or where there is none
	FromEnvironment bool
	Required        bool      // what comes without the key is refused
	PreviousUntil   time.Time // the key before this one works until then; zero: there is none
}

// rotateAsk says what another key does to those that work now.
func (p WebhooksProps) rotateAsk() string {
	if p.Now.Before(p.Receiver.PreviousUntil) {
		return "Make a new key? The present one works for another 24 hours, but the one before it stops at once."
	}
	return "Make a new key? The present one works for another 24 hours."
}

// receivedWithin says what a bound of the filter means, with the zone that its times are in.
func receivedWithin(bound string) string {
	return "Received " + strings.ToLower(bound) + ", in the time zone " + time.Now().Format("MST")
}

// eventParts are the parts of an event's name between which it may wrap.
func eventParts(name string) (parts []string) {
	for word := range strings.SplitAfterSeq(name, ".") {
		parts = append(parts, strings.SplitAfter(word, "_")...)
	}
	return parts
}

// MinuteLayout is how forms write times to the minute.
const MinuteLayout = "2006-01-02T15:04"

// deliveryQuery writes a filter as values of a query or of a form.
func deliveryQuery(f hiring.DeliveryFilter) url.Values {
	q := url.Values{}
	for name, value := range map[string]string{
		"event": f.Event, "status": string(f.Status), "verdict": string(f.Verdict), "q": f.Search, "from": minute(f.From), "to": minute(f.To),
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func minute(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.In(time.Local).Format(MinuteLayout)
}

// WebhooksHref is the list of what a filter finds.
func WebhooksHref(f hiring.DeliveryFilter) string { return webhooksHref(deliveryQuery(f)) }

func webhooksHref(q url.Values) string {
	if len(q) == 0 {
		return "/admin/webhooks"
	}
	return "/admin/webhooks?" + q.Encode()
}

func (p WebhooksProps) older() string {
	if !p.More {
		return ""
	}
	q := deliveryQuery(p.Filter)
	q.Set("before", strconv.FormatInt(p.Deliveries[len(p.Deliveries)-1].ID, 10))
	return webhooksHref(q)
}

func (p WebhooksProps) latest() string {
	if p.Before == 0 {
		return ""
	}
	return WebhooksHref(p.Filter)
}

func (p WebhooksProps) clear() string {
	if p.Filter.Empty() {
		return ""
	}
	return "/admin/webhooks"
}

// found says how many the filter finds; "" without one.
func (p WebhooksProps) found() string {
	switch {
	case p.Filter.Empty():
		return ""
	case p.Found > p.ReplayMost:
		return fmt.Sprintf("More than %d events", p.ReplayMost)
	}
	return ui.Count(p.Found, "event", "events")
}

func (p WebhooksProps) replayLabel() string {
	if p.Found > p.ReplayMost {
		return fmt.Sprintf("Replay the oldest %d", p.ReplayMost)
	}
	return fmt.Sprintf("Replay %s", ui.Count(p.Found, "event", "events"))
}

// verified is the share of deliveries that came with our key.
func (p WebhooksProps) verified() string {
	if p.Health.Total == 0 {
		return "–"
	}
	return fmt.Sprintf("%.0f %%", ui.Percent(float64(p.Health.Verified), float64(p.Health.Total)))
}

func (p WebhooksProps) lag() string {
	if p.Health.Lag == nil {
		return "–"
	}
	return span(*p.Health.Lag)
}

func (p WebhooksProps) deadTone() ui.Tone {
	if p.Health.Dead > 0 {
		return ui.Weak
	}
	return ui.Neutral
}

func (p WebhooksProps) silentText() string {
	return fmt.Sprintf("Nothing has arrived for %.0f hours, while %s invited or answering. Check the webhook address and key in the provider's settings.",
		p.Health.Silent(p.Now).Hours(), ui.Count(p.Health.Open, "person is", "people are"))
}

// span writes a time in its largest unit: 340 µs, 12 ms, 1.4 s, 3 min, 5 h, 25 days.
func span(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return fmt.Sprintf("%d µs", d.Microseconds())
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Hour:
		return fmt.Sprintf("%.0f min", d.Minutes())
	case d < 72*time.Hour:
		return fmt.Sprintf("%.0f h", d.Hours())
	}
	return fmt.Sprintf("%.0f days", d.Hours()/24)
}

// WebhookProps of the page of one delivery.
type WebhookProps struct {
	Now      time.Time
	URL      string
	Delivery hiring.Delivery
	Effects  []hiring.DeliveryEffect
	Receiver string // where it came to
}

// curl is a command that sends it again. The key is left for the person to fill in.
func (p WebhookProps) curl() string {
	quote := func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
	parts := []string{"curl -i " + quote(p.Receiver), "-H 'Content-Type: application/json'", `-H "X-Webhook-Key: $WEBHOOK_KEY"`}
	for _, name := range slices.Sorted(maps.Keys(p.Delivery.Headers)) {
		if strings.HasPrefix(name, "X-Webhook-") {
			parts = append(parts, "-H "+quote(name+": "+p.Delivery.Headers[name]))
		}
	}
	return strings.Join(append(parts, "--data-binary "+quote(string(p.Delivery.Body))), " \\\n  ")
}

func (p WebhookProps) headers() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(p.Delivery.Headers)) {
		fmt.Fprintf(&b, "%s: %s\n", name, p.Delivery.Headers[name])
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// skew warns when the sender's two times, or its clock and ours, don't agree; "" when all is well.
func (p WebhookProps) skew() string {
	d := p.Delivery
	if said := d.Headers["X-Webhook-Timestamp"]; said != "" {
		if at, err := time.Parse(time.RFC3339Nano, said); err != nil || !at.Equal(d.EventAt) {
			return "The time in its header is another than in its body: " + said + "."
		}
	}
	if ahead := d.EventAt.Sub(d.ReceivedAt); ahead > 5*time.Minute {
		return "Its time is " + span(ahead) + " ahead of ours: one of the two clocks is wrong."
	}
	return ""
}

func (p WebhookProps) canReplay() bool {
	return p.Delivery.HasBody && p.Delivery.Status != hiring.DeliveryReceived
}

// happened is when, by the sender's clock.
func (p WebhookProps) happened() string {
	at, came := p.Delivery.EventAt, p.Delivery.ReceivedAt
	if at.After(came) {
		return fmt.Sprintf("%s, %s after it came, by the sender’s clock", ui.Exact(at), span(at.Sub(came)))
	}
	return fmt.Sprintf("%s, %s before it came", ui.Exact(at), span(came.Sub(at)))
}

func (p WebhookProps) facts() []ui.Detail {
	d := p.Delivery
	list := []ui.Detail{
		{Term: "Received", Value: ui.Exact(d.ReceivedAt)},
		{Term: "Happened", Value: p.happened()},
		{Term: "Key", Value: verdictWords(d.Verdict)},
		{Term: "Came again", Value: ui.Count(d.Duplicates, "time", "times")},
		{Term: "Tried", Value: ui.Count(d.Attempts, "time", "times")},
	}
	if d.Attempts > 0 {
		list = append(list, ui.Detail{Term: "Latest try took", Value: span(d.ApplyTook)})
	}
	if d.Replays > 0 {
		list = append(list, ui.Detail{Term: "Replayed", Value: fmt.Sprintf("%s, last by %s", ui.Count(d.Replays, "time", "times"), d.ReplayedBy)})
	}
	if d.CompanyRef != "" {
		list = append(list, ui.Detail{Term: "Company", Value: d.CompanyRef})
	}
	return append(list, ui.Detail{Term: "Digest", Value: fmt.Sprintf("%x", d.Digest)})
}

func verdictWords(v hiring.Verdict) string {
	if v == hiring.VerdictVerified {
		return "Came with our key"
	}
	return "Not verified: it came without our key"
}

func effectValue(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func effectSource(s hiring.EffectSource) string {
	if s == hiring.EffectFetched {
		return "Fetched from the provider"
	}
	return "Told by the event"
}

func deliveryHref(id int64) string { return fmt.Sprintf("/admin/webhooks/%d", id) }

func (p WebhooksProps) eventOptions() []ui.Option {
	options := []ui.Option{{Value: "", Label: "Every event"}}
	for _, e := range p.Events {
		options = append(options, ui.Option{Value: e, Label: e})
	}
	return options
}

var deliveryStatusOptions = []ui.Option{
	{Value: "", Label: "Every state"},
	{Value: string(hiring.DeliveryReceived), Label: "Waiting"},
	{Value: string(hiring.DeliveryApplied), Label: "Applied"},
	{Value: string(hiring.DeliveryIgnored), Label: "Kept, not used"},
	{Value: string(hiring.DeliveryFailed), Label: "Will be tried again"},
	{Value: string(hiring.DeliveryDead), Label: "Given up"},
}

var verdictOptions = []ui.Option{
	{Value: "", Label: "With and without key"},
	{Value: string(hiring.VerdictVerified), Label: "Verified"},
	{Value: string(hiring.VerdictUnverified), Label: "Unverified"},
}

func deliveryBadge(s hiring.DeliveryStatus) ui.BadgeProps {
	switch s {
	case hiring.DeliveryApplied:
		return ui.BadgeProps{Label: "Applied", Tone: ui.Strong}
	case hiring.DeliveryIgnored:
		return ui.BadgeProps{Label: "Kept, not used"}
	case hiring.DeliveryFailed:
		return ui.BadgeProps{Label: "Will be tried again", Tone: ui.Fair}
	case hiring.DeliveryDead:
		return ui.BadgeProps{Label: "Given up", Tone: ui.Weak}
	}
	return ui.BadgeProps{Label: "Waiting", Tone: ui.Info}
}

func deliveryStamp(d hiring.Delivery) string {
	return fmt.Sprint(d.Status, d.Duplicates, d.Attempts, d.Replays)
}

// deliveryNote says what a delivery changed, or why it didn't.
func deliveryNote(d hiring.Delivery) string {
	if d.Status == hiring.DeliveryFailed || d.Status == hiring.DeliveryDead {
		return strings.TrimSpace(fmt.Sprintf("%s Tried %s. %s", d.LastError, ui.Count(d.Attempts, "time", "times"), d.Effect))
	}
	return d.Effect
}

func prettyJSON(b []byte) string {
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return string(b)
	}
	return out.String()
}

func lastReceived(h hiring.DeliveryHealth, now time.Time) string {
	if h.LastReceived == nil {
		return "Nothing yet"
	}
	return ui.Relative(*h.LastReceived, now)
}

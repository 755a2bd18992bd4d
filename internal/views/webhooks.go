package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"greenroom/internal/hiring"
	"greenroom/internal/views/ui"
)

// WebhooksProps of the page that lists received events.
type WebhooksProps struct {
	Now        time.Time
	URL        string // of this page with its filter
	Receiver   string // where the provider has to send events
	KeySet     bool
	Health     hiring.DeliveryHealth
	Deliveries []hiring.Delivery
	Events     []string // names to filter by
	Filter     hiring.DeliveryFilter
	Before     int64 // the page begins below this id; 0: at the latest
	More       bool  // there are older ones
}

func (p WebhooksProps) filtered() bool { return p.Filter != (hiring.DeliveryFilter{}) }

func (p WebhooksProps) query(before int64) string {
	q := url.Values{}
	for name, value := range map[string]string{"event": p.Filter.Event, "status": string(p.Filter.Status), "q": p.Filter.Search} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if before > 0 {
		q.Set("before", strconv.FormatInt(before, 10))
	}
	if len(q) == 0 {
		return "/admin/webhooks"
	}
	return "/admin/webhooks?" + q.Encode()
}

func (p WebhooksProps) older() string {
	if !p.More {
		return ""
	}
	return p.query(p.Deliveries[len(p.Deliveries)-1].ID)
}

func (p WebhooksProps) latest() string {
	if p.Before == 0 {
		return ""
	}
	return p.query(0)
}

func (p WebhooksProps) clear() string {
	if !p.filtered() {
		return ""
	}
	return "/admin/webhooks"
}

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
	{Value: string(hiring.DeliveryFailed), Label: "Failed"},
}

func deliveryBadge(s hiring.DeliveryStatus) ui.BadgeProps {
	switch s {
	case hiring.DeliveryApplied:
		return ui.BadgeProps{Label: "Applied", Tone: ui.Strong}
	case hiring.DeliveryIgnored:
		return ui.BadgeProps{Label: "Kept, not used"}
	case hiring.DeliveryFailed:
		return ui.BadgeProps{Label: "Failed", Tone: ui.Weak}
	}
	return ui.BadgeProps{Label: "Waiting", Tone: ui.Info}
}

func deliveryStamp(d hiring.Delivery) string {
	return fmt.Sprint(d.Status, d.Duplicates, d.Attempts)
}

// deliveryNote says what a delivery changed, or why it didn't.
func deliveryNote(d hiring.Delivery) string {
	if d.Status == hiring.DeliveryFailed {
		return fmt.Sprintf("%s Tried %s.", d.LastError, ui.Count(d.Attempts, "time", "times"))
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

package db

import (
	"context"
	"fmt"
)

// Channel is the NOTIFY channel of live changes. A payload is a Topic's text: a name and, after a space, an id.
const Channel = "greenroom"

// Topic names what changed, for open pages that show it. ID 0 speaks of the whole.
type Topic struct {
	Name string
	ID   int64
}

// The names of topics.
const (
	TopicAssessment = "assessment" // one interview, its questions, its generation
	TopicCandidates = "candidates" // a candidate of the interview with this id: lists and counts
	TopicCandidate  = "candidate"  // one candidate
	TopicBatch      = "batch"      // one sending of invites
	TopicWebhooks   = "webhooks"   // the received events
	TopicMessages   = "messages"   // the outbox
	TopicTeam       = "team"
	TopicProvider   = "provider"   // it answers again, or not any more
	TopicConnection = "connection" // how far we are in step with the provider
	TopicAccount    = "account"    // an admin chose another provider account
	TopicWorkspace  = "workspace"  // the company's settings, the state of sample data
)

// String is the payload: "candidate 41", or "webhooks".
func (t Topic) String() string {
	if t.ID == 0 {
		return t.Name
	}
	return fmt.Sprintf("%s %d", t.Name, t.ID)
}

// Notify announces changes to every process; inside InTx they go out at commit, and never when it fails.
func (s *Store) Notify(ctx context.Context, topics ...Topic) error {
	for _, t := range topics {
		if _, err := s.exec(ctx, "announcing a change", `SELECT pg_notify($1, $2)`, Channel, t.String()); err != nil {
			return err
		}
	}
	return nil
}

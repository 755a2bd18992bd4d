package db

import (
	"context"

	"greenroom/internal/hiring"
)

// CandidateLetters are the mail that went to a candidate, or waits to, the first first.
func (s *Store) CandidateLetters(ctx context.Context, c hiring.Candidate) ([]hiring.Message, error) {
	return many(ctx, s, "reading a candidate's mail", scanMessage,
		`SELECT `+messageColumns+` FROM messages WHERE `+lettersOf+` ORDER BY id`, personArgs(c))
}

// CandidateDeliveries are the webhooks that spoke of a candidate and are still kept as they came, the first first.
func (s *Store) CandidateDeliveries(ctx context.Context, c hiring.Candidate) ([]hiring.Delivery, error) {
	return many(ctx, s, "reading the webhooks of a candidate", scanWholeDelivery, `
		SELECT `+deliveryColumns+`, d.headers, d.body FROM webhook_deliveries d JOIN assessments a ON `+deliveriesOf+` ORDER BY d.id`, personArgs(c))
}

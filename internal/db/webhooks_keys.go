package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// secretWebhookKeyBefore is the webhook key that the latest rotation replaced.
const secretWebhookKeyBefore = "webhook_key_before"

// WebhookKeys are the stored webhook key and the one before it, which deliveries may still carry for a while.
type WebhookKeys struct {
	Current   string // "" when none was made yet
	Since     time.Time
	Previous  string    // "" for none
	RotatedAt time.Time // when Previous was replaced; zero for none
}

// WebhookKeys reads the stored webhook keys.
func (s *Store) WebhookKeys(ctx context.Context) (k WebhookKeys, err error) {
	type secret struct {
		Value string
		At    time.Time
	}
	read := func(name string) (secret, error) {
		v, err := one(ctx, s, "reading the webhook key", pgx.RowToStructByPos[secret], `SELECT value, created_at FROM secrets WHERE name = $1`, name)
		if errors.Is(err, hiring.ErrNotFound) {
			return secret{}, nil
		}
		return v, err
	}
	current, err := read(SecretWebhookKey)
	if err != nil {
		return k, err
	}
	previous, err := read(secretWebhookKeyBefore)
	return WebhookKeys{current.Value, current.At, previous.Value, previous.At}, err
}

// RotateWebhookKey makes next the stored webhook key and remembers the one before it, as of at.
func (s *Store) RotateWebhookKey(ctx context.Context, next string, at time.Time) error {
	return s.InTx(ctx, func(tx *Store) error {
		if _, err := tx.exec(ctx, "keeping the old webhook key", `
			INSERT INTO secrets (name, value, created_at) SELECT $1, value, $3 FROM secrets WHERE name = $2
			ON CONFLICT (name) DO UPDATE SET value = excluded.value, created_at = excluded.created_at`,
			secretWebhookKeyBefore, SecretWebhookKey, at); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, "rotating the webhook key", `
			INSERT INTO secrets (name, value, created_at) VALUES ($1, $2, $3)
			ON CONFLICT (name) DO UPDATE SET value = excluded.value, created_at = excluded.created_at`,
			SecretWebhookKey, next, at); err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{Name: TopicWebhooks})
	})
}

package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// The names of secrets.
const (
	SecretEngineKey  = "engine_key"  // of the local engine's API
	SecretWebhookKey = "webhook_key" // between the local engine and the desk
)

// Secret gives the secret of a name, which is made the candidate when there is none yet.
func (s *Store) Secret(ctx context.Context, name, candidate string) (string, error) {
	return one(ctx, s, "reading the secret "+name, pgx.RowTo[string], `
		INSERT INTO secrets (name, value) VALUES ($1, $2)
		ON CONFLICT (name) DO UPDATE SET value = secrets.value
		RETURNING value`, name, candidate)
}

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
		WITH known AS (SELECT value FROM secrets WHERE name = $1),
		made AS (INSERT INTO secrets (name, value) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM known)
			ON CONFLICT (name) DO UPDATE SET value = secrets.value -- by another process just now
			RETURNING value)
		SELECT value FROM known UNION ALL SELECT value FROM made`, name, candidate)
}

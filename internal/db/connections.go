package db

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Connection finds the row of a provider account, making it when it is new. account is a fingerprint, never the key.
func (s *Store) Connection(ctx context.Context, kind, account string) (id int64, err error) {
	return one(ctx, s, "opening the connection "+kind, pgx.RowTo[int64], `
		WITH known AS (SELECT id FROM connections WHERE kind = $1 AND account = $2),
		made AS (INSERT INTO connections (kind, account) SELECT $1, $2 WHERE NOT EXISTS (SELECT FROM known)
			ON CONFLICT (kind, account) DO UPDATE SET account = excluded.account -- by another process just now
			RETURNING id)
		SELECT id FROM known UNION ALL SELECT id FROM made`, kind, account)
}

// Abilities reads what the provider said that it can do into to; known is false while it said nothing.
func (s *Store) Abilities(ctx context.Context, connection int64, to any) (known bool, err error) {
	text, err := one(ctx, s, "reading what the provider can do", pgx.RowTo[[]byte], `SELECT abilities FROM connections WHERE id = $1`, connection)
	if err != nil || text == nil {
		return false, err
	}
	if err := json.Unmarshal(text, to); err != nil {
		return false, fmt.Errorf("reading what the provider can do: %w", err)
	}
	return true, nil
}

// SaveAbilities keeps what the provider said that it can do.
func (s *Store) SaveAbilities(ctx context.Context, connection int64, abilities any) error {
	_, err := s.exec(ctx, "keeping what the provider can do", `UPDATE connections SET abilities = $2 WHERE id = $1`, connection, abilities)
	return err
}

// Keep is for how many months an account's people are kept after the last that was heard of them; 0: without end.
func (s *Store) Keep(ctx context.Context, connection int64) (months int, err error) {
	return one(ctx, s, "reading how long people are kept", pgx.RowTo[int], `SELECT keep_months FROM connections WHERE id = $1`, connection)
}

// SaveKeep keeps checked months (hiring.CheckKeep).
func (s *Store) SaveKeep(ctx context.Context, connection int64, months int) error {
	_, err := s.exec(ctx, "saving how long people are kept", `UPDATE connections SET keep_months = $2 WHERE id = $1`, connection, months)
	return err
}

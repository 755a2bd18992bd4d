package db

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// Connection finds the row of a provider account, making it when it is new. account is a fingerprint, never the key.
func (s *Store) Connection(ctx context.Context, kind, account string) (id int64, err error) {
	return one(ctx, s, "opening the connection "+kind, pgx.RowTo[int64], `
		INSERT INTO connections (kind, account) VALUES ($1, $2)
		ON CONFLICT (kind, account) DO UPDATE SET account = excluded.account
		RETURNING id`, kind, account)
}

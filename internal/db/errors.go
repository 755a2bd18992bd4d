package db

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"greenroom/internal/hiring"
)

// dbError gives a Postgres error the meaning that the rest of the desk knows: no row is hiring.ErrNotFound, a unique or
// foreign key violation hiring.ErrConflict, a database that can't be reached or is going down hiring.ErrUnavailable.
// Others, nil among them, pass through.
func dbError(err error) error {
	var pg *pgconn.PgError
	var connect *pgconn.ConnectError
	switch {
	case err == nil, errors.Is(err, hiring.ErrNotFound), errors.Is(err, hiring.ErrConflict), errors.Is(err, hiring.ErrUnavailable):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return hiring.ErrNotFound
	case errors.As(err, &pg):
		switch {
		case pg.Code == "23505" || pg.Code == "23503" || pg.Code == "40001" || pg.Code == "40P01":
			return fmt.Errorf("%w (%s %s)", hiring.ErrConflict, pg.Code, pg.ConstraintName)
		case pg.Code[:2] == "08" || pg.Code[:2] == "57" || pg.Code[:2] == "53":
			return fmt.Errorf("%w: %w", hiring.ErrUnavailable, err)
		}
		return err
	case errors.As(err, &connect), pgconn.Timeout(err) && !errors.Is(err, context.Canceled), pgconn.SafeToRetry(err):
		return fmt.Errorf("%w: %w", hiring.ErrUnavailable, err)
	}
	return err
}

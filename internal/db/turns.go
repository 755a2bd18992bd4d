package db

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// Turns are the turns of one provider account's rate, for all processes that share the database. Whoever takes one and
// dies has wasted one, no more.
type Turns struct {
	store      *Store
	connection int64
}

// Turns are those of a connection.
func (s *Store) Turns(connection int64) *Turns { return &Turns{s, connection} }

// Take takes the next turn if it comes within a time, and says how long to wait for it; else taken is false, and wait is
// when a turn comes. every is the time from one turn to the next, ahead how much sooner than its turn this call may go.
// held is how long the provider still wants no calls.
func (t *Turns) Take(ctx context.Context, every, ahead, within time.Duration) (wait, held time.Duration, taken bool, err error) {
	args := pgx.NamedArgs{"connection": t.connection, "every": every, "ahead": ahead, "within": within}
	take := func() error {
		seconds, err := one(ctx, t.store, "taking a turn", func(row pgx.CollectableRow) (v [2]float64, err error) {
			err = row.Scan(&v[0], &v[1], &taken)
			return v, err
		}, `
			WITH here AS (
				SELECT greatest(next_at, held_until, now()) AS turn, greatest(next_at - @ahead::interval, held_until, now()) AS at,
					greatest(held_until, now()) AS held
				FROM provider_turns WHERE connection_id = @connection FOR UPDATE),
			taken AS (
				UPDATE provider_turns t SET next_at = here.turn + @every::interval FROM here
				WHERE t.connection_id = @connection AND here.at <= now() + @within::interval RETURNING 1)
			SELECT extract(epoch FROM at - now())::float8, extract(epoch FROM held - now())::float8, EXISTS (SELECT FROM taken) FROM here`, args)
		wait, held = time.Duration(seconds[0]*float64(time.Second)), time.Duration(seconds[1]*float64(time.Second))
		return err
	}
	if err = take(); errors.Is(err, hiring.ErrNotFound) { // the first call of this account
		if _, err = t.store.exec(ctx, "beginning turns", `
			INSERT INTO provider_turns (connection_id, next_at, held_until) VALUES (@connection, now(), now()) ON CONFLICT DO NOTHING`, args); err == nil {
			err = take()
		}
	}
	return wait, held, taken, err
}

// Hold keeps everybody from taking turns for a time, unless a longer one is under way; 0 ends that.
func (t *Turns) Hold(ctx context.Context, d time.Duration) error {
	_, err := t.store.exec(ctx, "holding turns", `
		INSERT INTO provider_turns (connection_id, next_at, held_until) VALUES ($1, now(), now() + $2::interval)
		ON CONFLICT (connection_id) DO UPDATE SET
			held_until = CASE WHEN $2::interval = interval '0' THEN now() ELSE greatest(provider_turns.held_until, excluded.held_until) END`, t.connection, d)
	return err
}

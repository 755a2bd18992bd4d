package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const waitingInvites = `
	SELECT ` + inviteColumns + `, a.title, coalesce(u.name, ''),
		(SELECT count(*) FROM invites o WHERE o.batch_id = i.batch_id AND o.id <> i.id AND o.state = 'pending'),
		(SELECT count(*) FROM invites o WHERE o.batch_id = i.batch_id AND o.state = 'failed'),
		(SELECT min(scheduled_at) FROM river_job j WHERE j.kind = 'send_batch' AND (j.args->>'id')::bigint = i.batch_id
			AND j.state IN ('available', 'pending', 'retryable', 'running', 'scheduled') AND i.state <> 'unknown')
	FROM invites i JOIN invite_batches b ON b.id = i.batch_id JOIN assessments a ON a.id = i.assessment_id LEFT JOIN users u ON u.id = b.created_by
	WHERE a.connection_id = @connection AND i.state IN ('pending', 'sending', 'unknown')`

func scanWaitingInvite(row pgx.CollectableRow) (w hiring.WaitingInvite, err error) {
	err = row.Scan(append(inviteFields(&w.Invite), &w.Assessment, &w.By, &w.Behind, &w.Unsent, &w.Next)...)
	return w, err
}

// WaitingInvites are those of a connection of which nobody knows whether they went out, those that wait for another try,
// and of a sending in which nothing moves the next one; the oldest sendings first, at most limit.
func (s *Store) WaitingInvites(ctx context.Context, connection int64, now time.Time, limit int) ([]hiring.WaitingInvite, error) {
	return many(ctx, s, "listing waiting invites", scanWaitingInvite, waitingInvites+` AND (
			i.state = 'unknown' OR i.problem <> ''
			OR i.state = 'sending' AND i.updated_at <= @now::timestamptz - @stale::interval
			OR i.state = 'pending' AND NOT EXISTS (
				SELECT FROM invites o WHERE o.batch_id = i.batch_id
					AND (o.state = 'sending' OR o.state = 'pending' AND o.line < i.line OR o.updated_at > @now::timestamptz - @stuck::interval)))
		ORDER BY i.batch_id, i.line LIMIT @limit`,
		pgx.NamedArgs{"connection": connection, "now": now, "stale": hiring.WriteStale, "stuck": hiring.InviteStuck, "limit": limit})
}

// WaitingInvite is one row of a connection that is not settled; hiring.ErrNotFound when it is.
func (s *Store) WaitingInvite(ctx context.Context, connection, id int64) (hiring.WaitingInvite, error) {
	return one(ctx, s, "reading a waiting invite", scanWaitingInvite, waitingInvites+` AND i.id = @id`, pgx.NamedArgs{"connection": connection, "id": id})
}

// Invite is one row of a batch; hiring.ErrNotFound when there is none of the id.
func (s *Store) Invite(ctx context.Context, id int64) (hiring.Invite, error) {
	return one(ctx, s, "reading an invite", scanInvite, `SELECT `+inviteColumns+` FROM invites i WHERE i.id = $1`, id)
}

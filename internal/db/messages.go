package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

const messageColumns = `id, kind, recipient, subject, body, link, state, problem, attempts, created_at, sent_at, expires_at`

func scanMessage(row pgx.CollectableRow) (m hiring.Message, err error) {
	err = row.Scan(&m.ID, &m.Kind, &m.To, &m.Subject, &m.Body, &m.Link, &m.State, &m.Problem, &m.Attempts, &m.CreatedAt, &m.SentAt, &m.ExpiresAt)
	return m, err
}

// InsertMessage puts a message into the outbox; a second one with the same dedupe key changes nothing and gives
// 0. An empty key dedupes nothing.
func (s *Store) InsertMessage(ctx context.Context, m hiring.Message, dedupeKey string) (id int64, err error) {
	err = s.InTx(ctx, func(tx *Store) error {
		ids, err := many(ctx, tx, "adding a message", pgx.RowTo[int64], `
			INSERT INTO messages (kind, recipient, subject, body, link, dedupe_key, created_at, expires_at)
			VALUES (@kind, @to, @subject, @body, @link, nullif(@key, ''), @at, @expires)
			ON CONFLICT (dedupe_key) DO NOTHING RETURNING id`,
			pgx.NamedArgs{
				"kind": m.Kind, "to": m.To, "subject": m.Subject, "body": m.Body, "link": m.Link, "key": dedupeKey,
				"at": m.CreatedAt, "expires": m.ExpiresAt,
			})
		if err != nil || len(ids) == 0 {
			return err
		}
		id = ids[0]
		return tx.Notify(ctx, Topic{Name: TopicMessages})
	})
	return id, err
}

// Message is one message of the outbox; hiring.ErrNotFound when there is none of the id.
func (s *Store) Message(ctx context.Context, id int64) (hiring.Message, error) {
	return one(ctx, s, "reading a message", scanMessage, `SELECT `+messageColumns+` FROM messages WHERE id = $1`, id)
}

// MessageFilter narrows the outbox. The zero value lists the newest messages that carry no secret.
type MessageFilter struct {
	Search  string              // part of the recipient or the subject
	State   hiring.MessageState // "": all
	Secrets bool                // also those whose link signs somebody in
	Before  int64               // messages older than this id; 0: the newest
	After   int64               // messages newer than this id, the nearest first taken; 0: no such bound
	Limit   int
}

const messagesMatching = `
	($1 = '' OR position(lower($1) IN lower(recipient)) > 0 OR position(lower($1) IN lower(subject)) > 0)
	AND ($2 = '' OR state = $2) AND ($3 OR kind = 'invite')`

// Messages lists the outbox, newest first.
func (s *Store) Messages(ctx context.Context, f MessageFilter) ([]hiring.Message, error) {
	order := `DESC`
	if f.After > 0 {
		order = `ASC`
	}
	return many(ctx, s, "listing messages", scanMessage, `
		SELECT * FROM (
			SELECT `+messageColumns+` FROM messages
			WHERE `+messagesMatching+` AND ($4 = 0 OR id < $4) AND ($5 = 0 OR id > $5)
			ORDER BY id `+order+` LIMIT $6) page
		ORDER BY id DESC`, f.Search, f.State, f.Secrets, f.Before, f.After, f.Limit)
}

// CountMessages counts what a filter without its bounds matches.
func (s *Store) CountMessages(ctx context.Context, f MessageFilter) (int, error) {
	return one(ctx, s, "counting messages", pgx.RowTo[int],
		`SELECT count(*) FROM messages WHERE `+messagesMatching, f.Search, f.State, f.Secrets)
}

// MessageSent notes that the mail server took a message. A link that signs somebody in is no longer kept with it.
func (s *Store) MessageSent(ctx context.Context, id int64, at time.Time) error {
	return s.changeMessage(ctx, "noting a message as sent", `
		UPDATE messages SET state = 'sent', sent_at = $2, problem = '', attempts = attempts + 1,
			link = CASE kind WHEN 'invite' THEN link ELSE '' END, body = CASE kind WHEN 'invite' THEN body ELSE '' END
		WHERE id = $1`, id, at)
}

// MessageProblem notes a try that the mail server didn't take, with the reason as a sentence; last gives the
// message up as failed.
func (s *Store) MessageProblem(ctx context.Context, id int64, reason string, last bool) error {
	return s.changeMessage(ctx, "noting a message's failure", `
		UPDATE messages SET state = CASE WHEN $3 THEN 'failed' ELSE state END, problem = $2, attempts = attempts + 1
		WHERE id = $1`, id, reason, last)
}

// RetryMessage makes a failed message wait again; hiring.ErrConflict when it isn't failed any more.
func (s *Store) RetryMessage(ctx context.Context, id int64) error {
	return s.InTx(ctx, func(tx *Store) error {
		n, err := tx.exec(ctx, "trying a message again", `
			UPDATE messages SET state = 'waiting', problem = '', attempts = 0 WHERE id = $1 AND state = 'failed'`, id)
		if err != nil {
			return err
		}
		if n == 0 {
			return hiring.ErrConflict
		}
		return tx.Notify(ctx, Topic{Name: TopicMessages})
	})
}

// RetireMessage takes back what is no longer of use: a message that was not sent yet goes, of a sent one the link.
// It is no error when there is none of the key.
func (s *Store) RetireMessage(ctx context.Context, dedupeKey string) error {
	if _, err := s.exec(ctx, "removing a message", `DELETE FROM messages WHERE dedupe_key = $1 AND state <> 'sent'`, dedupeKey); err != nil {
		return err
	}
	if _, err := s.exec(ctx, "clearing a message", `UPDATE messages SET link = '', body = '' WHERE dedupe_key = $1`, dedupeKey); err != nil {
		return err
	}
	return s.Notify(ctx, Topic{Name: TopicMessages})
}

func (s *Store) changeMessage(ctx context.Context, doing, sql string, args ...any) error {
	return s.InTx(ctx, func(tx *Store) error {
		if _, err := one(ctx, tx, doing, pgx.RowTo[int64], sql+` RETURNING id`, args...); err != nil {
			return err
		}
		return tx.Notify(ctx, Topic{Name: TopicMessages})
	})
}

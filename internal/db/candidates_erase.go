package db

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// hashes are what is kept of keys when somebody is erased, so that they can be told from others, and nobody who doesn't know
// the keys can tell who they were.
func (k CandidateKeys) hashes() [][]byte {
	list := [][]byte{}
	for _, key := range []struct{ kind, value string }{{"invite", k.InviteRef}, {"submission", k.SubmissionRef}, {"email", strings.ToLower(k.Email)}} {
		if key.value != "" {
			sum := sha256.Sum256([]byte(key.kind + " " + key.value))
			list = append(list, sum[:])
		}
	}
	return list
}

func (s *Store) lockCandidates(ctx context.Context, assessment int64) error {
	_, err := s.exec(ctx, "locking the candidates of an interview", `SELECT pg_advisory_xact_lock($1, $2)`, classCandidates, int32(assessment))
	return err
}

// EraseCandidate leaves nothing of a candidate but that somebody was deleted: no answer, scorecard or timeline, no invite or
// message that went to them, no body of a webhook that spoke of them. by is the user who does it; 0 for the program
// itself. From then on ChangeCandidate refuses what the provider tells of them. kept says that the provider goes on listing
// who is through. hiring.ErrNotFound when there is nobody of the id.
func (s *Store) EraseCandidate(ctx context.Context, id, by int64, at time.Time, kept bool) error {
	return s.InTx(ctx, func(tx *Store) error {
		c, err := tx.Candidate(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.lockCandidates(ctx, c.AssessmentID); err != nil {
			return err
		}
		if c, err = tx.Candidate(ctx, id); err != nil { // as it is once nobody else changes it
			return err
		}
		keys := CandidateKeys{InviteRef: c.InviteRef, SubmissionRef: c.SubmissionRef}
		if kept || c.InviteRef == "" { // the provider may tell of them by another key; an address can be guessed, so it is not kept elsewhere
			keys.Email = c.Email
		}
		args := personArgs(c)
		args["by"], args["at"], args["keys"] = by, at, keys.hashes()
		args["listed"] = kept && (c.Stage == hiring.StageFinished || c.Stage == hiring.StageTimedOut)
		batches, err := many(ctx, tx, "looking for the invites of a candidate", pgx.RowTo[int64], `SELECT DISTINCT batch_id FROM invites WHERE `+invitesOf, args)
		if err != nil {
			return err
		}
		args["batches"] = batches
		for _, statement := range []string{
			`INSERT INTO erasures (assessment_id, keys, by_user, at, listed_at)
				VALUES (@assessment, @keys, nullif(@by::bigint, 0), @at, CASE WHEN @listed THEN @at::timestamptz END)`,
			`UPDATE webhook_deliveries d SET body = NULL, payload = NULL, headers = NULL
				FROM assessments a WHERE ` + deliveriesOf,
			`DELETE FROM messages WHERE ` + lettersOf,
			`WITH addresses AS (SELECT lower(@email) AS address UNION SELECT lower(email) FROM invites WHERE ` + invitesOf + `)
				UPDATE invite_lists SET people = coalesce((
					SELECT string_agg(line, E'\n' ORDER BY n) FROM regexp_split_to_table(people, '\r?\n') WITH ORDINALITY AS typed (line, n)
					WHERE NOT EXISTS (SELECT FROM addresses WHERE address <> '' AND address = ANY (regexp_split_to_array(lower(line), '[[:space:]<>,;"()]+')))), '')
				WHERE assessment_id = @assessment AND type = 'candidate'
					AND EXISTS (SELECT FROM addresses WHERE address <> '' AND position(address IN lower(people)) > 0)`,
			`DELETE FROM invites WHERE ` + invitesOf,
			`DELETE FROM invite_lists WHERE assessment_id = @assessment AND people = '' OR batch_id = ANY(@batches) AND NOT EXISTS (SELECT FROM invites i WHERE i.batch_id = invite_lists.batch_id)`,
			`DELETE FROM invite_batches b WHERE id = ANY(@batches) AND NOT EXISTS (SELECT FROM invites i WHERE i.batch_id = b.id)`,
			`DELETE FROM candidates WHERE id = @id`,
		} {
			if _, err := tx.exec(ctx, "erasing a candidate", statement, args); err != nil {
				return err
			}
		}
		if err := tx.notifyCandidate(ctx, c); err != nil {
			return err
		}
		topics := []Topic{{Name: TopicMessages}, {Name: TopicWebhooks}}
		for _, id := range batches {
			topics = append(topics, Topic{TopicBatch, id})
		}
		return tx.Notify(ctx, topics...)
	})
}

// personArgs name a candidate for the conditions below.
func personArgs(c hiring.Candidate) pgx.NamedArgs {
	return pgx.NamedArgs{"id": c.ID, "assessment": c.AssessmentID, "invite": c.InviteRef, "submission": c.SubmissionRef, "email": c.Email}
}

// deliveriesOf are the webhooks d, of an interview a, that spoke of a candidate and say what they said.
const deliveriesOf = `a.id = @assessment AND d.connection_id = a.connection_id AND d.body IS NOT NULL AND (
	d.id IN (SELECT delivery_id FROM history WHERE candidate_id = @id UNION SELECT delivery_id FROM webhook_effects WHERE candidate_id = @id)
	OR d.assessment_ref = a.ref AND (
		@invite <> '' AND d.payload #>> '{data,inviteId}' = @invite OR @submission <> '' AND d.payload #>> '{data,submissionId}' = @submission
		OR @email <> '' AND lower(d.payload #>> '{data,candidateEmail}') = lower(@email)))`

// lettersOf are the mail of an invite, whose key is that of mail.Letter.
const lettersOf = `@invite <> '' AND starts_with(dedupe_key, 'invite:' || @invite || ':')`

// invitesOf are the rows of lists that a candidate stands in.
const invitesOf = `(candidate_id = @id OR assessment_id = @assessment AND type = 'candidate' AND @email <> '' AND lower(email) = lower(@email))`

// Erased says whether the keys are those of somebody who was erased.
func (s *Store) Erased(ctx context.Context, k CandidateKeys) (bool, error) {
	return one(ctx, s, "looking for an erased candidate", pgx.RowTo[bool],
		`SELECT EXISTS (SELECT FROM erasures WHERE assessment_id = $1 AND keys && $2)`, k.AssessmentID, k.hashes())
}

// ErasedTold notes by which keys the provider still tells of somebody who was erased here, and of a listed one when that was.
func (s *Store) ErasedTold(ctx context.Context, k CandidateKeys, listed *time.Time) error {
	known := k
	known.Email = ""
	return s.InTx(ctx, func(tx *Store) error {
		if _, err := tx.exec(ctx, "noting that the provider knows an erased candidate", `
			UPDATE erasures SET listed_at = coalesce($3, listed_at),
				keys = keys || ARRAY(SELECT key FROM unnest($4::bytea[]) key WHERE key <> ALL (keys))
			WHERE assessment_id = $1 AND keys && $2`, k.AssessmentID, k.hashes(), listed, known.hashes()); err != nil {
			return err
		}
		_, err := tx.exec(ctx, "deleting the letters of an erased candidate", `DELETE FROM messages WHERE `+lettersOf, pgx.NamedArgs{"invite": k.InviteRef})
		return err
	})
}

// WelcomeBack forgets by which keys somebody was erased, whom people have now invited anew; that it happened stays known.
func (s *Store) WelcomeBack(ctx context.Context, k CandidateKeys) error {
	_, err := s.exec(ctx, "inviting an erased candidate anew", `UPDATE erasures SET keys = '{}', listed_at = NULL WHERE assessment_id = $1 AND keys && $2`,
		k.AssessmentID, k.hashes())
	return err
}

// ForgetBody drops what a delivery said, and keeps that it came.
func (s *Store) ForgetBody(ctx context.Context, delivery int64) error {
	_, err := s.exec(ctx, "dropping the body of a delivery", `UPDATE webhook_deliveries SET body = NULL, payload = NULL, headers = NULL WHERE id = $1`, delivery)
	return err
}

// Erasures are the deletions of people from an interview, the latest first, at most limit, and how many there were.
func (s *Store) Erasures(ctx context.Context, assessment int64, limit int) (list []hiring.Erasure, total int, err error) {
	list, err = many(ctx, s, "listing erasures", func(row pgx.CollectableRow) (e hiring.Erasure, err error) {
		err = row.Scan(&e.By, &e.At, &total)
		return e, err
	}, `
		SELECT coalesce(u.name, ''), e.at, (count(*) OVER ())::int FROM erasures e LEFT JOIN users u ON u.id = e.by_user
		WHERE assessment_id = $1 ORDER BY e.at DESC, e.id DESC LIMIT $2`, assessment, limit)
	return list, total, err
}

// notHeardOf are candidates of an account of whom nothing was heard since a time, neither by the provider nor by the team.
const notHeardOf = `FROM candidates c JOIN assessments a ON a.id = c.assessment_id
	WHERE a.connection_id = @connection AND c.stage_at < @since AND coalesce(c.scored_at < @since, true) AND coalesce(c.invited_at < @since, true)
		AND NOT EXISTS (SELECT FROM history h WHERE h.candidate_id = c.id AND h.at >= @since)
		AND NOT EXISTS (SELECT FROM scorecards s WHERE s.candidate_id = c.id AND s.updated_at >= @since)`

// NotHeardOf is the next candidate, by id, after another one's id, of whom nothing was heard since a time; hiring.ErrNotFound:
// there is none.
func (s *Store) NotHeardOf(ctx context.Context, connection int64, since time.Time, after int64) (int64, error) {
	return one(ctx, s, "looking for whom nothing was heard of", pgx.RowTo[int64], `SELECT c.id `+notHeardOf+` AND c.id > @after ORDER BY c.id LIMIT 1`,
		pgx.NamedArgs{"connection": connection, "since": since, "after": after})
}

// CountNotHeardOf counts them all.
func (s *Store) CountNotHeardOf(ctx context.Context, connection int64, since time.Time) (int, error) {
	return one(ctx, s, "counting whom nothing was heard of", pgx.RowTo[int], `SELECT count(*) `+notHeardOf, pgx.NamedArgs{"connection": connection, "since": since})
}

// CandidatesAlso are the other records of a candidate's address in this account, by interview.
func (s *Store) CandidatesAlso(ctx context.Context, c hiring.Candidate) ([]hiring.Candidate, error) {
	return many(ctx, s, "looking for a person's other interviews", scanCandidate, `
		SELECT `+candidateColumns+` FROM `+candidateTables+`
		WHERE c.id <> $1 AND $2 <> '' AND lower(c.email) = lower($2)
			AND a.connection_id = (SELECT connection_id FROM assessments WHERE id = $3)
		ORDER BY a.title, c.id LIMIT 100`, c.ID, c.Email, c.AssessmentID)
}

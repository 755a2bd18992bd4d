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
		if c.InviteRef == "" && c.SubmissionRef == "" {
			keys.Email = c.Email // which can be guessed: only where there is nothing else
		}
		args := pgx.NamedArgs{
			"id": id, "assessment": c.AssessmentID, "invite": c.InviteRef, "submission": c.SubmissionRef, "email": c.Email, "by": by, "at": at,
			"keys": keys.hashes(), "listed": kept && c.Stage.Over(),
		}
		batches, err := many(ctx, tx, "looking for the invites of a candidate", pgx.RowTo[int64], `SELECT DISTINCT batch_id FROM invites WHERE `+invitesOf, args)
		if err != nil {
			return err
		}
		args["batches"] = batches
		for _, statement := range []string{
			`INSERT INTO erasures (assessment_id, keys, by_user, at, listed_at)
				VALUES (@assessment, @keys, nullif(@by::bigint, 0), @at, CASE WHEN @listed THEN @at::timestamptz END)`,
			`UPDATE webhook_deliveries d SET body = NULL, payload = NULL, headers = NULL
				FROM assessments a
				WHERE a.id = @assessment AND d.connection_id = a.connection_id AND d.body IS NOT NULL AND (
					d.id IN (SELECT delivery_id FROM history WHERE candidate_id = @id UNION SELECT delivery_id FROM webhook_effects WHERE candidate_id = @id)
					OR d.assessment_ref = a.ref AND (
						@invite <> '' AND d.payload #>> '{data,inviteId}' = @invite OR @submission <> '' AND d.payload #>> '{data,submissionId}' = @submission
						OR @email <> '' AND lower(d.payload #>> '{data,candidateEmail}') = lower(@email)))`,
			`DELETE FROM messages WHERE kind = 'invite' AND @invite <> '' AND lower(recipient) = lower(@email) AND position(@invite IN link) > 0`,
			`DELETE FROM invite_lists WHERE assessment_id = @assessment AND @email <> '' AND lower(@email) = ANY (regexp_split_to_array(lower(people), '[[:space:]<>,;"()]+'))`,
			`DELETE FROM invites WHERE ` + invitesOf,
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
		topics := []Topic{{Name: TopicMessages}}
		for _, id := range batches {
			topics = append(topics, Topic{TopicBatch, id})
		}
		return tx.Notify(ctx, topics...)
	})
}

// invitesOf are the rows of lists that a candidate stands in.
const invitesOf = `(candidate_id = @id OR assessment_id = @assessment AND type = 'candidate' AND @email <> '' AND lower(email) = lower(@email))`

// erased returns hiring.ErrErased when the keys are those of somebody who was erased. Whom people have invited anew since, and
// who is here by the address alone because the provider knew of them already, is no longer.
func (s *Store) erased(ctx context.Context, k CandidateKeys) error {
	type answer struct{ Erased, Anew bool }
	found, err := one(ctx, s, "looking for an erased candidate", pgx.RowToStructByPos[answer], `
		SELECT EXISTS (SELECT FROM erasures WHERE assessment_id = $1 AND keys && $2),
			EXISTS (SELECT FROM candidates WHERE assessment_id = $1 AND $3 <> '' AND lower(email) = lower($3) AND invite_ref IS NULL AND submission_ref IS NULL)`,
		k.AssessmentID, k.hashes(), k.Email)
	switch {
	case err != nil || !found.Erased:
		return err
	case found.Anew:
		return s.WelcomeBack(ctx, k)
	}
	return hiring.ErrErased
}

// ErasedTold notes that the provider still tells of somebody who was erased here, and of a listed one when that was.
func (s *Store) ErasedTold(ctx context.Context, k CandidateKeys, listed *time.Time) error {
	known := k
	known.Email = ""
	_, err := s.exec(ctx, "noting that the provider knows an erased candidate", `
		UPDATE erasures SET listed_at = coalesce($3, listed_at),
			keys = keys || ARRAY(SELECT key FROM unnest($4::bytea[]) key WHERE key <> ALL (keys))
		WHERE assessment_id = $1 AND keys && $2`, k.AssessmentID, k.hashes(), listed, known.hashes())
	return err
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

// NotHeardOf are candidates of whom nothing was heard since a time, by id, from the one after another id on, at most limit.
func (s *Store) NotHeardOf(ctx context.Context, connection int64, since time.Time, after int64, limit int) ([]int64, error) {
	return many(ctx, s, "looking for whom nothing was heard of", pgx.RowTo[int64], `SELECT c.id `+notHeardOf+` AND c.id > @after ORDER BY c.id LIMIT @limit`,
		pgx.NamedArgs{"connection": connection, "since": since, "after": after, "limit": limit})
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

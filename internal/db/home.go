package db

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"greenroom/internal/hiring"
)

// HomeQuery says whose home page is meant, as seen at Now; figures over time begin at Since.
type HomeQuery struct {
	ReviewQuery
	Now   time.Time
	Since time.Time
}

func (q HomeQuery) args() pgx.NamedArgs {
	args := q.ReviewQuery.args()
	args["stuck"], args["since"] = q.Now.Add(-hiring.StuckAfter), q.Since
	return args
}

// HomeNeeds counts what needs somebody now.
func (s *Store) HomeNeeds(ctx context.Context, q HomeQuery) (hiring.Needs, error) {
	return one(ctx, s, "counting what needs somebody", func(row pgx.CollectableRow) (n hiring.Needs, err error) {
		err = row.Scan(&n.ToReview, &n.Answering, &n.Errors, &n.Stuck, &n.Failed, &n.FailedID, &n.Interviews, &n.Candidates, &n.Latest)
		return n, err
	}, `
		WITH open AS (
			SELECT count(*) FILTER (WHERE c.stage = 'started') AS answering, count(*) FILTER (WHERE c.stage = 'error') AS errors,
				count(*) FILTER (WHERE c.stage = 'invited' AND coalesce(c.invited_at, c.created_at) < @stuck) AS stuck
			FROM `+candidateTables+`
			WHERE c.stage IN ('started', 'error', 'invited') AND a.connection_id = @connection
		), failed AS (
			SELECT count(*) AS n, coalesce(max(id), 0) AS id FROM assessments
			WHERE connection_id = @connection AND generation_state = 'failed' AND missing_since IS NULL
		)
		SELECT (SELECT count(*) FROM `+candidateTables+` WHERE `+waiting+`),
			open.answering, open.errors, open.stuck, failed.n, failed.id,
			EXISTS (SELECT FROM assessments WHERE connection_id = @connection),
			EXISTS (SELECT FROM `+candidateTables+` WHERE a.connection_id = @connection),
			coalesce((SELECT id FROM assessments WHERE connection_id = @connection AND missing_since IS NULL ORDER BY updated_at DESC, id DESC LIMIT 1), 0)
		FROM open, failed`, q.args())
}

// HomeFunnel counts how far those came who were invited, or came by an interview's link, since a time. Of people who were
// only found at the provider, what is known of that is the first that they did.
func (s *Store) HomeFunnel(ctx context.Context, q HomeQuery) (hiring.Funnel, error) {
	return one(ctx, s, "counting the funnel", func(row pgx.CollectableRow) (f hiring.Funnel, err error) {
		err = row.Scan(&f.Invited, &f.Started, &f.Finished, &f.Scored)
		return f, err
	}, `
		SELECT count(*), count(*) FILTER (WHERE c.started_at IS NOT NULL OR c.stage NOT IN ('invited', 'complete_later')),
			count(*) FILTER (WHERE c.stage IN ('completed', 'timed_out')),
			count(*) FILTER (WHERE c.stage IN ('completed', 'timed_out') AND c.score IS NOT NULL)
		FROM `+candidateTables+`
		WHERE a.connection_id = @connection AND coalesce(c.invited_at, c.created_at) >= @since -- follows from the next, and has an index
			AND coalesce(c.invited_at, least(c.started_at, c.ended_at, c.created_at)) >= @since`, q.args())
}

// HomeScores counts the scores that were made since a time, in ten bins of ten from 0; 100 belongs to the last.
func (s *Store) HomeScores(ctx context.Context, q HomeQuery) (bins [10]int, err error) {
	type bin struct{ at, n int }
	list, err := many(ctx, s, "counting scores", func(row pgx.CollectableRow) (b bin, err error) {
		err = row.Scan(&b.at, &b.n)
		return b, err
	}, `
		SELECT least(9, floor(c.score / 10))::int AS bin, count(*)
		FROM `+candidateTables+`
		WHERE a.connection_id = @connection AND c.score IS NOT NULL AND c.scored_at >= @since GROUP BY bin`, q.args())
	for _, b := range list {
		bins[b.at] = b.n
	}
	return bins, err
}

// RecentActivity is what happened last across candidates, latest first. That a scoring is complete is left out, since
// the score itself is told, and so is what comes of spoken answers, bit by bit.
func (s *Store) RecentActivity(ctx context.Context, connection int64, limit int) ([]hiring.Activity, error) {
	return many(ctx, s, "reading recent activity", func(row pgx.CollectableRow) (v hiring.Activity, err error) {
		var c hiring.Candidate
		e := &v.HistoryEvent
		err = row.Scan(&e.ID, &e.CandidateID, &e.Kind, &e.At, &e.ReceivedAt, &e.Source, &e.Actor, &e.Detail, &c.Name, &c.Email, &v.AssessmentID, &v.Assessment)
		v.Candidate = c.Label()
		return v, err
	}, `
		SELECT h.id, h.candidate_id, h.kind, h.at, h.received_at, h.source, h.actor, h.detail, c.name, c.email, a.id, a.title
		FROM history h JOIN candidates c ON c.id = h.candidate_id JOIN assessments a ON a.id = c.assessment_id
		WHERE a.connection_id = $1 AND h.kind NOT IN ('interview.scoring_completed', 'interview.recorded')
		ORDER BY h.at DESC, h.id DESC LIMIT $2`, connection, limit)
}

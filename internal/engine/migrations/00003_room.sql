-- What the interview room keeps beside the answers themselves.
-- +goose Up

-- A save counts when it comes from the page opened last (page) and was sent after the last one kept (revision).
ALTER TABLE engine.answers
	ADD COLUMN page     bigint NOT NULL DEFAULT 0,
	ADD COLUMN revision bigint NOT NULL DEFAULT 0;

-- The words that the person agreed to, and when.
ALTER TABLE engine.submissions
	ADD COLUMN consent      text NOT NULL DEFAULT '',
	ADD COLUMN consented_at timestamptz;

-- +goose Down
ALTER TABLE engine.submissions DROP COLUMN consent, DROP COLUMN consented_at;
ALTER TABLE engine.answers DROP COLUMN page, DROP COLUMN revision;

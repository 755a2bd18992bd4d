-- People who were deleted: who did it and when, and what keeps the provider from bringing them back.
-- +goose Up
CREATE TABLE erasures (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	assessment_id bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
	keys          bytea[] NOT NULL,
	by_user       bigint REFERENCES users ON DELETE SET NULL,
	at            timestamptz NOT NULL,
	listed_at     timestamptz
);
CREATE INDEX erasures_assessment_idx ON erasures (assessment_id, at DESC);
CREATE INDEX erasures_keys_idx ON erasures USING gin (keys);
COMMENT ON TABLE erasures IS 'People who were deleted, without a word of who they were.';
COMMENT ON COLUMN erasures.keys IS 'SHA-256 of what the provider knows the person by: invite, submission, and the address where it keeps them or knows nothing else.';
COMMENT ON COLUMN erasures.listed_at IS 'When the provider was last seen to list the person still; null: never.';
COMMENT ON COLUMN webhook_deliveries.headers IS 'Without keys and cookies; null after 30 days, and once its candidate is deleted.';
COMMENT ON COLUMN webhook_deliveries.body IS 'As it came, to the byte; null after 30 days, and once its candidate is deleted.';
COMMENT ON COLUMN webhook_deliveries.payload IS 'The body, to ask questions of: payload #>> ''{data,submissionId}''; null when the body is.';

-- +goose Down
DROP TABLE erasures;

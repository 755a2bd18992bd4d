-- +goose Up
-- What is known of a spoken answer. The audio stays at the provider and is read from there by whoever listens.
ALTER TABLE answers ADD COLUMN recording jsonb;

COMMENT ON COLUMN answers.recording IS 'Null: the answer was not spoken.';

-- Whoever was listed while the provider could not be asked is asked about later.
ALTER TABLE candidates ADD COLUMN heard boolean NOT NULL DEFAULT false;

COMMENT ON COLUMN candidates.heard IS 'The provider was asked which of the answers are spoken.';

-- Those of which more is on the way: their interviews are compared with the provider sooner.
CREATE INDEX answers_awaited_idx ON answers (candidate_id)
    WHERE recording ->> 'state' = 'arriving' OR recording ->> 'transcript' = 'pending';

-- +goose Down
DROP INDEX answers_awaited_idx;
ALTER TABLE candidates DROP COLUMN heard;
ALTER TABLE answers DROP COLUMN recording;

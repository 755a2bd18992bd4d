-- How long people are kept, by account: who agreed for one said nothing of another.
-- +goose Up
ALTER TABLE connections ADD COLUMN keep_months integer NOT NULL DEFAULT 0 CHECK (keep_months BETWEEN 0 AND 120);
COMMENT ON COLUMN connections.keep_months IS 'Candidates of whom nothing was heard for so long are deleted; 0: never.';

-- +goose Down
ALTER TABLE connections DROP COLUMN keep_months;

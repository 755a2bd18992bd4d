-- How long people are kept.
-- +goose Up
ALTER TABLE workspace ADD COLUMN keep_months integer NOT NULL DEFAULT 0 CHECK (keep_months BETWEEN 0 AND 120);
COMMENT ON COLUMN workspace.keep_months IS 'Candidates of whom nothing was heard for so long are deleted; 0: never.';

-- +goose Down
ALTER TABLE workspace DROP COLUMN keep_months;

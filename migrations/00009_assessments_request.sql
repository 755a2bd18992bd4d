-- +goose Up
-- What the latest run of question writing was asked for, so that a failed one can be tried again.
ALTER TABLE assessments ADD COLUMN generation_request jsonb NOT NULL DEFAULT '{}';

-- +goose Down
ALTER TABLE assessments DROP COLUMN generation_request;

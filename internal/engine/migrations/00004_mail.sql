-- +goose Up
-- When the link was last on its way to somebody who registered, so that asking again and again floods nobody.
ALTER TABLE engine.invites ADD COLUMN mailed_at timestamptz;

-- +goose Down
ALTER TABLE engine.invites DROP COLUMN mailed_at;

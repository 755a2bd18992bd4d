-- When work was last tried, for the operator who asks what failed. Work that failed is forgotten after a while.
-- +goose Up
ALTER TABLE engine.tasks ADD COLUMN tried_at timestamptz;
ALTER TABLE engine.deliveries ADD COLUMN tried_at timestamptz;

-- +goose Down
ALTER TABLE engine.deliveries DROP COLUMN tried_at;
ALTER TABLE engine.tasks DROP COLUMN tried_at;

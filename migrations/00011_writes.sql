-- +goose Up
-- Whose turn it is to call a provider: the rate of an account is one for all processes that share this database.
CREATE TABLE provider_turns (
    connection_id bigint PRIMARY KEY REFERENCES connections ON DELETE CASCADE,
    next_at       timestamptz NOT NULL,
    held_until    timestamptz NOT NULL
);

COMMENT ON COLUMN provider_turns.next_at IS 'The next turn that nobody has, by the clock of the database.';
COMMENT ON COLUMN provider_turns.held_until IS 'Until then the provider wants no calls, by its own word.';

ALTER TABLE invites
    DROP CONSTRAINT invites_state_check,
    ADD CONSTRAINT invites_state_check CHECK (state IN ('pending', 'sending', 'unknown', 'sent', 'duplicate', 'failed', 'dropped')),
    ADD COLUMN tries    int NOT NULL DEFAULT 0,
    ADD COLUMN tried_at timestamptz;

COMMENT ON COLUMN invites.state IS 'unknown: sent, not answered, and no longer tried by itself. dropped: somebody gave it up while it waited.';
COMMENT ON COLUMN invites.tries IS 'How often the provider was asked to send it.';
COMMENT ON COLUMN invites.tried_at IS 'When it was first asked; null: never.';

CREATE INDEX invites_waiting_idx ON invites (batch_id) WHERE state IN ('pending', 'sending', 'unknown');

-- +goose Down
DROP INDEX invites_waiting_idx;
UPDATE invites SET state = 'failed' WHERE state IN ('unknown', 'dropped');
ALTER TABLE invites
    DROP CONSTRAINT invites_state_check,
    ADD CONSTRAINT invites_state_check CHECK (state IN ('pending', 'sending', 'sent', 'duplicate', 'failed')),
    DROP COLUMN tries, DROP COLUMN tried_at;
DROP TABLE provider_turns;

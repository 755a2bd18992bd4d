-- +goose Up
-- Which provider account an admin chose; without a row it is the local engine. The environment goes before it.
CREATE TABLE account (
    one           boolean PRIMARY KEY DEFAULT true CHECK (one),
    connection_id bigint NOT NULL REFERENCES connections,
    base_url      text NOT NULL DEFAULT '', -- empty for the local engine
    sealed_key    bytea, -- null for the local engine
    changed_at    timestamptz NOT NULL,
    changed_by    bigint NOT NULL REFERENCES users,
    CHECK ((base_url = '') = (sealed_key IS NULL))
);

COMMENT ON COLUMN account.sealed_key IS 'The API key, encrypted with a key that is not in the database.';

-- +goose Down
DROP TABLE account;

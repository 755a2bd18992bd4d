-- +goose Up
CREATE TABLE messages (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL,
    recipient  text NOT NULL,
    subject    text NOT NULL,
    body       text NOT NULL,
    link       text NOT NULL DEFAULT '',
    dedupe_key text, -- a message of the engine's comes at least once; the same key is kept once
    state      text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'failed')),
    problem    text NOT NULL DEFAULT '',
    attempts   int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    sent_at    timestamptz,
    expires_at timestamptz -- the link works until then; null: for as long as there is no better reason
);
CREATE UNIQUE INDEX messages_dedupe_key ON messages (dedupe_key);
CREATE INDEX messages_recent_idx ON messages (id DESC);

-- +goose Down
DROP TABLE messages;

-- +goose Up
CREATE TABLE webhook_deliveries (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connections,
    event         text NOT NULL,
    event_at      timestamptz NOT NULL,
    company_ref   text NOT NULL DEFAULT '',
    digest        bytea NOT NULL,
    verdict       text NOT NULL CHECK (verdict IN ('verified', 'unverified')),
    status        text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'applied', 'ignored', 'failed')),
    duplicates    int NOT NULL DEFAULT 0,
    attempts      int NOT NULL DEFAULT 0,
    last_error    text NOT NULL DEFAULT '',
    effect        text NOT NULL DEFAULT '',
    payload       jsonb NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    applied_at    timestamptz,
    UNIQUE (digest)
);
CREATE INDEX webhook_deliveries_received_idx ON webhook_deliveries (received_at DESC, id DESC);

-- +goose Down
DROP TABLE webhook_deliveries;

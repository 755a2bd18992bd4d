-- +goose Up
CREATE TABLE webhook_deliveries (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id  bigint NOT NULL, -- of connections, which are never deleted: checking that would cost a third of an insert
    event          text NOT NULL,
    event_at       timestamptz NOT NULL,
    company_ref    text NOT NULL DEFAULT '',
    assessment_ref text NOT NULL DEFAULT '',
    digest         bytea NOT NULL,
    verdict        text NOT NULL CHECK (verdict IN ('verified', 'unverified')),
    status         text NOT NULL DEFAULT 'received' CHECK (status IN ('received', 'applied', 'ignored', 'failed', 'dead')),
    duplicates     int NOT NULL DEFAULT 0,
    attempts       int NOT NULL DEFAULT 0,
    last_error     text NOT NULL DEFAULT '',
    effect         text NOT NULL DEFAULT '',
    headers        jsonb,
    body           text,
    payload        jsonb,
    received_at    timestamptz NOT NULL DEFAULT now(),
    applied_at     timestamptz,
    apply_ms       double precision,
    replays        int NOT NULL DEFAULT 0,
    replayed_by    text NOT NULL DEFAULT '',
    UNIQUE (digest)
);
-- Rows come in the order of received_at, for which BRIN is enough and costs an insert nothing.
CREATE INDEX webhook_deliveries_received_idx ON webhook_deliveries USING brin (received_at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX webhook_deliveries_open_idx ON webhook_deliveries (status, id) WHERE status IN ('received', 'failed', 'dead');

COMMENT ON TABLE webhook_deliveries IS 'Every webhook that was answered 2xx, once each.';
COMMENT ON COLUMN webhook_deliveries.event IS 'As the sender names it; one address receives every event of a company, others than ours among them.';
COMMENT ON COLUMN webhook_deliveries.event_at IS 'As the sender wrote it; received_at where it wrote none.';
COMMENT ON COLUMN webhook_deliveries.assessment_ref IS 'The provider''s id of the interview that it speaks of; empty for none.';
COMMENT ON COLUMN webhook_deliveries.digest IS 'SHA-256 over event, timestamp, company and canonical data; stays when the body goes.';
COMMENT ON COLUMN webhook_deliveries.verdict IS 'verified: our key came with it. unverified: there is no key to compare with. A wrong key is in webhook_refusals.';
COMMENT ON COLUMN webhook_deliveries.status IS 'received: waits. applied. ignored: the desk has no use for it. failed: will be tried again. dead: given up, see last_error.';
COMMENT ON COLUMN webhook_deliveries.duplicates IS 'How often the same delivery came again.';
COMMENT ON COLUMN webhook_deliveries.attempts IS 'How often applying it was tried, since it came or was last replayed.';
COMMENT ON COLUMN webhook_deliveries.effect IS 'What it changed, in words; webhook_effects has it field by field.';
COMMENT ON COLUMN webhook_deliveries.headers IS 'Without keys and cookies; null after 30 days.';
COMMENT ON COLUMN webhook_deliveries.body IS 'As it came, to the byte; null after 30 days.';
COMMENT ON COLUMN webhook_deliveries.payload IS 'The body, to ask questions of: payload #>> ''{data,submissionId}''; null after 30 days.';
COMMENT ON COLUMN webhook_deliveries.apply_ms IS 'How long the latest try took, in milliseconds.';
COMMENT ON COLUMN webhook_deliveries.replayed_by IS 'Who asked for the latest replay.';

CREATE TABLE webhook_effects (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    delivery_id  bigint NOT NULL REFERENCES webhook_deliveries ON DELETE CASCADE,
    candidate_id bigint REFERENCES candidates ON DELETE SET NULL,
    field        text NOT NULL,
    before       text NOT NULL,
    after        text NOT NULL,
    source       text NOT NULL CHECK (source IN ('told', 'fetched')),
    at           timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_effects_delivery_idx ON webhook_effects (delivery_id, id);
CREATE INDEX webhook_effects_candidate_idx ON webhook_effects (candidate_id);

COMMENT ON TABLE webhook_effects IS 'What a delivery changed, field by field, written with the change.';
COMMENT ON COLUMN webhook_effects.source IS 'told: taken from the webhook. fetched: what the provider''s API said when the webhook made us ask.';

CREATE TABLE webhook_refusals (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connections,
    reason        text NOT NULL,
    sha256        bytea,
    bytes         bigint NOT NULL DEFAULT 0,
    at            timestamptz NOT NULL DEFAULT now()
);

COMMENT ON TABLE webhook_refusals IS 'The latest requests that were refused: at most a thousand, and not more than one a second for long.';
COMMENT ON COLUMN webhook_refusals.sha256 IS 'Of the body, which is not kept; null where it was not read.';

-- +goose Down
DROP TABLE webhook_refusals, webhook_effects, webhook_deliveries;

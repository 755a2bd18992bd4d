-- +goose Up
ALTER TABLE connections
    ADD COLUMN abilities     jsonb,
    ADD COLUMN list_due_at   timestamptz NOT NULL DEFAULT '1970-01-01 00:00:00+00',
    ADD COLUMN list_began_at timestamptz,
    ADD COLUMN list_page     int NOT NULL DEFAULT 1,
    ADD COLUMN list_total    int NOT NULL DEFAULT 0,
    ADD COLUMN pulled_at     timestamptz,
    ADD COLUMN answered_at   timestamptz;

COMMENT ON COLUMN connections.abilities IS 'What the provider last said that it can do.';
COMMENT ON COLUMN connections.list_due_at IS 'When the list of interviews is to be read again.';
COMMENT ON COLUMN connections.list_began_at IS 'When the reading under way began; null: none is under way.';
COMMENT ON COLUMN connections.list_page IS 'The page where an interrupted reading goes on.';
COMMENT ON COLUMN connections.list_total IS 'How many interviews the provider counts.';
COMMENT ON COLUMN connections.pulled_at IS 'When the account was taken over whole for the first time; null: not yet.';
COMMENT ON COLUMN connections.answered_at IS 'When the provider last answered while we kept in step.';

ALTER TABLE assessments
    ADD COLUMN due_at        timestamptz NOT NULL DEFAULT '1970-01-01 00:00:00+00',
    ADD COLUMN checked_at    timestamptz,
    ADD COLUMN check_problem text NOT NULL DEFAULT '',
    ADD COLUMN people_token  text NOT NULL DEFAULT '',
    ADD COLUMN people_read   int NOT NULL DEFAULT 0,
    ADD COLUMN people_listed int;

COMMENT ON COLUMN assessments.due_at IS 'When it is to be compared with the provider again.';
COMMENT ON COLUMN assessments.checked_at IS 'When it was last compared from the first question to the last candidate; null: never.';
COMMENT ON COLUMN assessments.check_problem IS 'Why the latest comparison was not possible; empty: it was.';
COMMENT ON COLUMN assessments.people_token IS 'Where an interrupted reading of its candidates goes on.';
COMMENT ON COLUMN assessments.people_read IS 'How many candidates that reading has seen so far.';
COMMENT ON COLUMN assessments.people_listed IS 'How many candidates the provider listed at checked_at.';

CREATE INDEX assessments_due_idx ON assessments (connection_id, due_at) WHERE missing_since IS NULL;

-- What a comparison with the provider found that nobody had told us.
CREATE TABLE differences (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connections,
    assessment_id bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
    candidate_id  bigint REFERENCES candidates ON DELETE CASCADE,
    kind          text NOT NULL CHECK (kind IN ('interview', 'questions', 'person', 'stage', 'score', 'result')),
    detail        text NOT NULL DEFAULT '',
    at            timestamptz NOT NULL
);
CREATE INDEX differences_recent_idx ON differences (connection_id, at DESC, id DESC);
CREATE INDEX differences_candidate_idx ON differences (candidate_id) WHERE candidate_id IS NOT NULL;
CREATE INDEX differences_assessment_idx ON differences (assessment_id);

-- Writes that must not be done twice, from before they are sent until it is known what became of them.
CREATE TABLE pending_writes (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connections,
    kind          text NOT NULL CHECK (kind IN ('interview', 'generated', 'question')),
    assessment_id bigint REFERENCES assessments ON DELETE CASCADE,
    title         text NOT NULL,
    draft         jsonb NOT NULL,
    known_refs    text[] NOT NULL DEFAULT '{}',
    state         text NOT NULL DEFAULT 'sending' CHECK (state IN ('sending', 'unknown', 'absent', 'done')),
    problem       text NOT NULL DEFAULT '',
    began_at      timestamptz NOT NULL,
    sent_at       timestamptz NOT NULL,
    noted_at      timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX pending_writes_same_key ON pending_writes (connection_id, kind, coalesce(assessment_id, 0), md5(title));

COMMENT ON COLUMN pending_writes.title IS 'What people know it by: the title, the role, the question.';
COMMENT ON COLUMN pending_writes.known_refs IS 'What looked the same before it was sent, and so is not it.';
COMMENT ON COLUMN pending_writes.state IS 'sending. unknown: the provider did not say whether it was done. absent: we looked, and it was not. done: we looked, and it was; kept for a while for whoever sends it again, not knowing.';
COMMENT ON COLUMN pending_writes.sent_at IS 'When it was last sent, by the clock of whoever sent it: that of sample data stands in the past.';
COMMENT ON COLUMN pending_writes.noted_at IS 'The same by the clock of the database.';

-- +goose Down
DROP TABLE pending_writes, differences;
ALTER TABLE assessments DROP COLUMN due_at, DROP COLUMN checked_at, DROP COLUMN check_problem, DROP COLUMN people_token,
    DROP COLUMN people_read, DROP COLUMN people_listed;
ALTER TABLE connections DROP COLUMN abilities, DROP COLUMN list_due_at, DROP COLUMN list_began_at, DROP COLUMN list_page,
    DROP COLUMN list_total, DROP COLUMN pulled_at, DROP COLUMN answered_at;

-- +goose Up
-- One row a provider account, so that the records of the local engine and of a live account stay apart.
CREATE TABLE connections (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('engine', 'taptalent')),
    account    text NOT NULL, -- a fingerprint of the key and the base URL, never the key
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (kind, account)
);

CREATE TABLE assessments (
    id                 bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id      bigint NOT NULL REFERENCES connections,
    ref                text NOT NULL,
    title              text NOT NULL,
    role               text NOT NULL DEFAULT '',
    purpose            text NOT NULL DEFAULT '',
    job_ref            text NOT NULL DEFAULT '',
    status             text NOT NULL CHECK (status IN ('active', 'inactive')),
    duration           int NOT NULL, -- minutes
    language           text NOT NULL,
    skills             text[] NOT NULL DEFAULT '{}',
    buckets            jsonb, -- null: the provider didn't say
    email_verification boolean,
    cefr               boolean,
    url                text NOT NULL DEFAULT '',
    question_count     int NOT NULL DEFAULT 0,
    submission_count   int NOT NULL DEFAULT 0,
    posted_by          text NOT NULL DEFAULT '',
    generation_state   text NOT NULL DEFAULT '' CHECK (generation_state IN ('', 'running', 'ready', 'failed')),
    generation_wanted  int NOT NULL DEFAULT 0,
    generation_before  int NOT NULL DEFAULT 0,
    generation_message text NOT NULL DEFAULT '',
    generation_at      timestamptz,
    created_at         timestamptz NOT NULL DEFAULT now(),
    updated_at         timestamptz NOT NULL DEFAULT now(),
    synced_at          timestamptz NOT NULL DEFAULT now(),
    missing_since      timestamptz,
    UNIQUE (connection_id, ref)
);
CREATE INDEX assessments_updated_idx ON assessments (connection_id, updated_at DESC, id DESC);

CREATE TABLE questions (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assessment_id bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
    ref           text NOT NULL,
    position      int NOT NULL,
    text          text NOT NULL,
    type          text NOT NULL DEFAULT '',
    ideal_answer  text NOT NULL DEFAULT '', -- ours: the provider never tells it back
    instruction   text NOT NULL DEFAULT '', -- ours as well
    key_points    jsonb NOT NULL DEFAULT '[]',
    source        text NOT NULL DEFAULT '',
    model         text NOT NULL DEFAULT '',
    elsewhere     boolean NOT NULL DEFAULT false, -- the text was changed outside this desk
    created_at    timestamptz NOT NULL DEFAULT now(),
    deleted_at    timestamptz,
    UNIQUE (assessment_id, ref)
);
CREATE INDEX questions_assessment_idx ON questions (assessment_id, position);

-- +goose Down
DROP TABLE questions, assessments, connections;

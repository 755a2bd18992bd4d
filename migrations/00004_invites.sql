-- +goose Up
CREATE TABLE invite_batches (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assessment_id bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
    type          text NOT NULL CHECK (type IN ('candidate', 'reviewer')),
    created_by    bigint REFERENCES users ON DELETE SET NULL,
    created_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz
);
CREATE INDEX invite_batches_assessment_idx ON invite_batches (assessment_id, id DESC);

CREATE TABLE invites (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    batch_id      bigint NOT NULL REFERENCES invite_batches ON DELETE CASCADE,
    assessment_id bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
    line          int NOT NULL,
    type          text NOT NULL,
    first_name    text NOT NULL DEFAULT '',
    last_name     text NOT NULL DEFAULT '',
    email         text NOT NULL DEFAULT '',
    job_candidate text NOT NULL DEFAULT '',
    state         text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'duplicate', 'failed')),
    problem       text NOT NULL DEFAULT '',
    ref           text NOT NULL DEFAULT '', -- the provider's invite id
    candidate_id  bigint REFERENCES candidates ON DELETE SET NULL,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    UNIQUE (batch_id, line)
);
CREATE INDEX invites_assessment_idx ON invites (assessment_id, id DESC);

-- +goose Down
DROP TABLE invites, invite_batches;

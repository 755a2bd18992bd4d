-- +goose Up
CREATE TABLE candidates (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assessment_id  bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
    invite_ref     text,
    submission_ref text,
    name           text NOT NULL DEFAULT '',
    email          text NOT NULL DEFAULT '',
    stage          text NOT NULL CHECK (stage IN ('invited', 'complete_later', 'started', 'error', 'ended', 'timed_out', 'completed')),
    stage_at       timestamptz NOT NULL,
    invited_at     timestamptz,
    started_at     timestamptz,
    ended_at       timestamptz,
    score          double precision CHECK (score BETWEEN 0 AND 100),
    ai_score       double precision,
    bucket         text NOT NULL DEFAULT '',
    summary        text NOT NULL DEFAULT '',
    evaluation     text NOT NULL DEFAULT '',
    basis          text NOT NULL DEFAULT '',
    model          text NOT NULL DEFAULT '',
    confirmed      boolean NOT NULL DEFAULT false,
    error_code     text NOT NULL DEFAULT '',
    error_message  text NOT NULL DEFAULT '',
    scored_at      timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    synced_at      timestamptz
);
CREATE UNIQUE INDEX candidates_invite_key ON candidates (assessment_id, invite_ref);
CREATE UNIQUE INDEX candidates_submission_key ON candidates (assessment_id, submission_ref);
CREATE INDEX candidates_email_idx ON candidates (assessment_id, lower(email));
CREATE INDEX candidates_recent_idx ON candidates (stage_at DESC, id DESC);
CREATE INDEX candidates_evaluation_idx ON candidates (evaluation, stage_at) WHERE evaluation <> 'completed';
-- What the home page counts: who waits for scorecards, longest first, and who is on the way.
CREATE INDEX candidates_waiting_idx ON candidates (coalesce(ended_at, stage_at), id) INCLUDE (assessment_id)
    WHERE evaluation IN ('pending_review', 'failed') AND stage IN ('completed', 'timed_out');
CREATE INDEX candidates_open_idx ON candidates (stage, assessment_id, invited_at, created_at) WHERE stage IN ('started', 'error', 'invited');
CREATE INDEX candidates_invited_idx ON candidates (coalesce(invited_at, created_at));
CREATE INDEX candidates_scored_idx ON candidates (scored_at) INCLUDE (assessment_id, score) WHERE score IS NOT NULL;

CREATE TABLE answers (
    candidate_id bigint NOT NULL REFERENCES candidates ON DELETE CASCADE,
    question_ref text NOT NULL,
    position     int NOT NULL,
    question     text NOT NULL,
    text         text NOT NULL DEFAULT '',
    type         text NOT NULL DEFAULT '',
    score        double precision,
    ai_score     double precision,
    reason       text NOT NULL DEFAULT '',
    evidence     jsonb NOT NULL DEFAULT '[]',
    PRIMARY KEY (candidate_id, question_ref)
);

CREATE TABLE history (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate_id bigint NOT NULL REFERENCES candidates ON DELETE CASCADE,
    kind         text NOT NULL,
    at           timestamptz NOT NULL,
    received_at  timestamptz NOT NULL DEFAULT now(),
    source       text NOT NULL CHECK (source IN ('webhook', 'api', 'reconcile', 'person')),
    actor        text NOT NULL DEFAULT '',
    detail       jsonb NOT NULL DEFAULT '{}',
    delivery_id  bigint
);
CREATE INDEX history_candidate_idx ON history (candidate_id, at, id);
CREATE INDEX history_recent_idx ON history (at DESC, id DESC);
CREATE UNIQUE INDEX history_delivery_key ON history (delivery_id, candidate_id) WHERE delivery_id IS NOT NULL;

-- +goose Down
DROP TABLE history, answers, candidates;

-- +goose Up
CREATE TABLE scorecards (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate_id bigint NOT NULL REFERENCES candidates ON DELETE CASCADE,
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    comment      text NOT NULL DEFAULT '',
    answers      jsonb NOT NULL, -- [{question_ref, score, note}]
    confirms     double precision, -- a model's score, confirmed as it is
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    sent_at      timestamptz, -- when the provider got the team's score with this in it; null: not since the latest change
    UNIQUE (candidate_id, user_id)
);
CREATE INDEX scorecards_user_idx ON scorecards (user_id, id DESC);
CREATE INDEX scorecards_unsent_idx ON scorecards (candidate_id) WHERE sent_at IS NULL;

-- +goose Down
DROP TABLE scorecards;

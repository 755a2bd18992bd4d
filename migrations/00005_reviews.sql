-- +goose Up
CREATE TABLE scorecards (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidate_id bigint NOT NULL REFERENCES candidates ON DELETE CASCADE,
    user_id      bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    comment      text NOT NULL DEFAULT '',
    answers      jsonb NOT NULL, -- [{question_ref, score, note}]
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz NOT NULL DEFAULT now(),
    UNIQUE (candidate_id, user_id)
);

-- +goose Down
DROP TABLE scorecards;

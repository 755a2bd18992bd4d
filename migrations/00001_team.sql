-- +goose Up
CREATE TABLE workspace (
    only_row            boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    company_name        text NOT NULL,
    required_scorecards int NOT NULL DEFAULT 1 CHECK (required_scorecards BETWEEN 1 AND 5),
    sample_state        text NOT NULL DEFAULT '' CHECK (sample_state IN ('', 'running', 'ready', 'failed')),
    created_at          timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email          text NOT NULL CHECK (email = lower(email)),
    name           text NOT NULL,
    role           text NOT NULL CHECK (role IN ('admin', 'recruiter', 'reviewer')),
    password_hash  text NOT NULL DEFAULT '',
    created_at     timestamptz NOT NULL DEFAULT now(),
    signed_in_at   timestamptz,
    disabled_at    timestamptz,
    sessions_since timestamptz NOT NULL DEFAULT now() -- a session that began earlier is nobody's
);
CREATE UNIQUE INDEX users_email_key ON users (email);

-- One-time links. The token itself is never stored.
CREATE TABLE links (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind       text NOT NULL CHECK (kind IN ('setup', 'join', 'reset')),
    token_hash bytea NOT NULL,
    email      text NOT NULL DEFAULT '',
    name       text NOT NULL DEFAULT '',
    role       text NOT NULL DEFAULT '',
    user_id    bigint REFERENCES users ON DELETE CASCADE,
    created_by bigint REFERENCES users ON DELETE SET NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    used_at    timestamptz
);
CREATE UNIQUE INDEX links_token_key ON links (token_hash);

-- The table of scs's pgxstore.
CREATE TABLE sessions (
    token  text PRIMARY KEY,
    data   bytea NOT NULL,
    expiry timestamptz NOT NULL
);
CREATE INDEX sessions_expiry_idx ON sessions (expiry);

-- +goose Down
DROP TABLE sessions, links, users, workspace;

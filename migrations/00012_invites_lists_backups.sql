-- +goose Up
-- Lists of people as somebody typed and checked them, so that a checked list has an address. Kept for a week.
CREATE TABLE invite_lists (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    assessment_id bigint NOT NULL REFERENCES assessments ON DELETE CASCADE,
    user_id       bigint NOT NULL REFERENCES users ON DELETE CASCADE,
    type          text NOT NULL CHECK (type IN ('candidate', 'reviewer')),
    people        text NOT NULL,
    created_at    timestamptz NOT NULL,
    batch_id      bigint REFERENCES invite_batches ON DELETE SET NULL
);
CREATE INDEX invite_lists_user_idx ON invite_lists (user_id, assessment_id, id DESC);

COMMENT ON COLUMN invite_lists.batch_id IS 'The sending of the list; null: it was not sent.';

-- Rows of a sending carry the number they have in their list: those that weren't sent leave gaps, and two people on one
-- line share theirs.
ALTER TABLE invites DROP CONSTRAINT invites_batch_id_line_key;
CREATE INDEX invites_batch_idx ON invites (batch_id, line);

COMMENT ON COLUMN invites.line IS 'The row of the list that was sent.';

-- Backups that somebody made and noted. The command that makes one ends with the note: Greenroom makes none itself.
CREATE TABLE backups (
    id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at   timestamptz NOT NULL DEFAULT now(),
    note text NOT NULL DEFAULT ''
);

-- +goose Down
DROP TABLE backups;
DROP INDEX invites_batch_idx;
UPDATE invites i SET line = n.line FROM (SELECT id, row_number() OVER (PARTITION BY batch_id ORDER BY line, id) AS line FROM invites) n WHERE n.id = i.id;
ALTER TABLE invites ADD CONSTRAINT invites_batch_id_line_key UNIQUE (batch_id, line);
DROP TABLE invite_lists;

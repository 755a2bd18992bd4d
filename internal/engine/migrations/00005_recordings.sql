-- Answers that people speak.
-- +goose Up

-- A spoken answer. While it arrives, its parts lie where whichever process got them put them; kept, it is one file.
CREATE TABLE engine.recordings (
	id            uuid PRIMARY KEY, -- the browser's choice, so that it may record before it reaches us
	number        bigint GENERATED ALWAYS AS IDENTITY, -- the order in which they were begun
	submission_id text NOT NULL,
	question_id   text NOT NULL,
	state         text NOT NULL DEFAULT 'arriving' CHECK (state IN ('arriving', 'whole', 'cut')), -- cut: the end never came
	type          text NOT NULL, -- media type
	bytes         bigint NOT NULL DEFAULT 0, -- of the parts, or of the audio
	audio         bytea, -- null while it arrives
	seconds       double precision NOT NULL DEFAULT 0, -- 0: nobody knows
	speech        double precision, -- seconds in which somebody speaks; null: not measured
	peaks         smallint[] NOT NULL DEFAULT '{}',
	hearing       text NOT NULL DEFAULT 'none' CHECK (hearing IN ('none', 'pending', 'done', 'silent', 'failed')), -- writing it down
	transcript    text NOT NULL DEFAULT '',
	model         text NOT NULL DEFAULT '', -- that wrote the transcript
	begun_at      timestamptz NOT NULL,
	CHECK ((audio IS NULL) = (state = 'arriving')),
	FOREIGN KEY (submission_id, question_id) REFERENCES engine.answers
);
ALTER TABLE engine.recordings ALTER audio SET STORAGE EXTERNAL; -- it is compressed already, and is read by ranges
CREATE INDEX ON engine.recordings (submission_id, question_id);
CREATE UNIQUE INDEX recordings_kept ON engine.recordings (submission_id, question_id) WHERE state <> 'arriving';

CREATE TABLE engine.recording_parts (
	recording_id uuid NOT NULL REFERENCES engine.recordings ON DELETE CASCADE,
	part         integer NOT NULL, -- from 0
	data         bytea NOT NULL,
	PRIMARY KEY (recording_id, part)
);
ALTER TABLE engine.recording_parts ALTER data SET STORAGE EXTERNAL;

-- Judged by a program as soon as its recordings are written down.
ALTER TABLE engine.submissions ADD COLUMN judge_heard boolean NOT NULL DEFAULT false;

ALTER TABLE engine.tasks DROP CONSTRAINT tasks_kind_check,
	ADD CONSTRAINT tasks_kind_check CHECK (kind IN ('mail', 'generate', 'score', 'hear', 'cut'));

-- +goose Down
DELETE FROM engine.tasks WHERE kind IN ('hear', 'cut');
ALTER TABLE engine.tasks DROP CONSTRAINT tasks_kind_check, ADD CONSTRAINT tasks_kind_check CHECK (kind IN ('mail', 'generate', 'score'));
ALTER TABLE engine.submissions DROP COLUMN judge_heard;
DROP TABLE engine.recording_parts, engine.recordings;

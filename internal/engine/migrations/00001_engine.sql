-- +goose Up

-- The one company of this installation is the row whose id the program serves; a second row can exist only by hand
-- and makes assessments that the key may not touch.
CREATE TABLE engine.companies (
	id              text PRIMARY KEY,
	active          boolean NOT NULL DEFAULT true,
	poster_id       text NOT NULL,
	poster_first    text NOT NULL,
	poster_last     text NOT NULL,
	poster_email    text NOT NULL,
	scoring_mode    text NOT NULL DEFAULT 'people' CHECK (scoring_mode IN ('people', 'checklist', 'model')),
	credits         integer CHECK (credits >= 0), -- NULL: unlimited
	credits_granted integer                       -- the setting that credits began with
);

-- The key of the page tokens; one row.
CREATE TABLE engine.secrets (
	only_row   boolean PRIMARY KEY DEFAULT true CHECK (only_row),
	page_token bytea NOT NULL
);

CREATE TABLE engine.jobs (
	id          text PRIMARY KEY,
	company_id  text NOT NULL REFERENCES engine.companies,
	title       text NOT NULL,
	description text NOT NULL,
	status      text NOT NULL DEFAULT 'ACTIVE'
);

CREATE TABLE engine.job_candidates (
	id         text PRIMARY KEY,
	job_id     text NOT NULL REFERENCES engine.jobs,
	first_name text NOT NULL,
	last_name  text NOT NULL,
	email      text NOT NULL
);

CREATE TABLE engine.assessments (
	id               text PRIMARY KEY,
	company_id       text NOT NULL REFERENCES engine.companies,
	title            text NOT NULL,
	role             text NOT NULL,
	purpose          text NOT NULL,
	job_id           text REFERENCES engine.jobs,
	status           text NOT NULL CHECK (status IN ('ACTIVE', 'INACTIVE')),
	kind             text NOT NULL CHECK (kind IN ('AI_AUDIO_INTERVIEW', 'AI_VIDEO_INTERVIEW')),
	duration_minutes integer NOT NULL CHECK (duration_minutes BETWEEN 1 AND 180),
	language         text NOT NULL,
	skills           text[] NOT NULL,
	buckets          jsonb NOT NULL, -- best first
	verify_email     boolean NOT NULL,
	cefr             boolean NOT NULL,
	created_at       timestamptz NOT NULL,
	updated_at       timestamptz NOT NULL
);
CREATE INDEX ON engine.assessments (company_id, created_at DESC, id DESC);

CREATE TABLE engine.questions (
	id            text PRIMARY KEY,
	assessment_id text NOT NULL REFERENCES engine.assessments,
	position      bigint GENERATED ALWAYS AS IDENTITY,
	question      text NOT NULL,
	instruction   text NOT NULL,
	ideal_answer  text NOT NULL,
	key_points    jsonb NOT NULL,
	source        text NOT NULL CHECK (source IN ('written', 'bank', 'model')),
	model         text NOT NULL DEFAULT '',
	difficulty    text NOT NULL DEFAULT '',
	skill         text NOT NULL DEFAULT '',
	created_at    timestamptz NOT NULL
);
CREATE INDEX ON engine.questions (assessment_id, position);

CREATE TABLE engine.invites (
	id             text PRIMARY KEY,
	assessment_id  text NOT NULL REFERENCES engine.assessments,
	invitee_type   text NOT NULL CHECK (invitee_type IN ('CANDIDATE', 'REVIEWER')),
	first_name     text NOT NULL,
	last_name      text NOT NULL,
	email          text NOT NULL,
	origin         text NOT NULL CHECK (origin IN ('invite', 'registration')), -- registration: came by assessmentUrl
	email_verified boolean NOT NULL DEFAULT false,
	created_at     timestamptz NOT NULL
);
CREATE UNIQUE INDEX invites_once ON engine.invites (assessment_id, invitee_type, lower(email));

CREATE TABLE engine.submissions (
	id                text PRIMARY KEY,
	invite_id         text NOT NULL UNIQUE REFERENCES engine.invites,
	assessment_id     text NOT NULL REFERENCES engine.assessments,
	status            text NOT NULL CHECK (status IN ('ready', 'complete_later', 'started', 'completed', 'timed_out', 'ended')),
	opened_at         timestamptz NOT NULL,
	started_at        timestamptz,
	deadline          timestamptz,
	submitted_at      timestamptz, -- the moment of finishing, of timing out or of leaving
	basis             text NOT NULL DEFAULT '', -- people, checklist, model; '' while nothing has judged it
	evaluation_status text NOT NULL DEFAULT 'pending',
	confirmed         boolean NOT NULL DEFAULT false,
	score             double precision CHECK (score BETWEEN 0 AND 100),
	ai_score          double precision CHECK (ai_score BETWEEN 0 AND 100),
	ai_summary        text,
	summary           text NOT NULL DEFAULT '', -- people's
	bucket            text NOT NULL DEFAULT '',
	model             text NOT NULL DEFAULT '',
	model_trace       text NOT NULL DEFAULT '', -- prompt and raw reply behind a suggestion
	hold_until        timestamptz -- made in the past (see Engine.At): no running clock ends it until then
);
CREATE INDEX submissions_through ON engine.submissions (assessment_id, submitted_at, id) WHERE status IN ('completed', 'timed_out');
CREATE INDEX submissions_running ON engine.submissions (deadline) WHERE status = 'started';

-- The questions as they stood when the interview began, each with its answer.
CREATE TABLE engine.answers (
	submission_id text NOT NULL REFERENCES engine.submissions,
	question_id   text NOT NULL,
	position      integer NOT NULL, -- from 1
	question      text NOT NULL,
	instruction   text NOT NULL,
	ideal_answer  text NOT NULL,
	key_points    jsonb NOT NULL,
	answer        text NOT NULL DEFAULT '',
	saved_at      timestamptz,
	score         double precision CHECK (score BETWEEN 0 AND 100),
	ai_score      double precision CHECK (ai_score BETWEEN 0 AND 100),
	reason        text,
	evidence      jsonb NOT NULL DEFAULT '[]',
	PRIMARY KEY (submission_id, question_id)
);

-- One run of generating questions, with all that it needs to be taken up again.
CREATE TABLE engine.generations (
	id            text PRIMARY KEY,
	number        bigint GENERATED ALWAYS AS IDENTITY,
	assessment_id text NOT NULL REFERENCES engine.assessments,
	role          text NOT NULL,
	description   text NOT NULL,
	language      text NOT NULL,
	skills        text[] NOT NULL,
	difficulty    text NOT NULL,
	wanted        integer NOT NULL,
	have          integer NOT NULL DEFAULT 0,
	state         text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'ready', 'failed')),
	message       text NOT NULL DEFAULT '', -- for people, why it failed
	deadline      timestamptz -- a run that no task carries on is over by then
);
CREATE INDEX ON engine.generations (assessment_id, number DESC);

-- What happened in a submission, for its own record.
CREATE TABLE engine.events (
	id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	submission_id text NOT NULL REFERENCES engine.submissions,
	event         text NOT NULL,
	detail        text NOT NULL DEFAULT '',
	at            timestamptz NOT NULL
);
CREATE INDEX ON engine.events (submission_id, id);

-- Work that outlives the process; a finished task is deleted, one given up stays with its error.
CREATE TABLE engine.tasks (
	id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	kind       text NOT NULL CHECK (kind IN ('mail', 'generate', 'score')),
	ref        text NOT NULL, -- the invite, the generation or the submission
	state      text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'failed')),
	attempts   integer NOT NULL DEFAULT 0,
	run_at     timestamptz NOT NULL,
	claimed_by integer, -- the process at work on it
	last_error text NOT NULL DEFAULT ''
);
CREATE INDEX ON engine.tasks (run_at, id) WHERE state = 'pending';
CREATE INDEX ON engine.tasks (kind, ref);

-- One row for each webhook and receiver. Rows of the same line and receiver go out in the order of their ids.
CREATE TABLE engine.deliveries (
	id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	receiver     text NOT NULL, -- its name, or its URL
	line         text NOT NULL, -- the submission, or the assessment
	event        text NOT NULL,
	timestamp    text NOT NULL, -- as in the body and the header
	body         text NOT NULL,
	state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'delivered', 'failed')),
	attempts     integer NOT NULL DEFAULT 0,
	next_at      timestamptz NOT NULL,
	claimed_by   integer,
	last_error   text NOT NULL DEFAULT '',
	created_at   timestamptz NOT NULL,
	delivered_at timestamptz
);
CREATE INDEX deliveries_due ON engine.deliveries (next_at, id) WHERE state = 'pending';
CREATE INDEX deliveries_line ON engine.deliveries (receiver, line, id) WHERE state = 'pending';

-- +goose Down
DROP TABLE engine.deliveries, engine.tasks, engine.generations, engine.events, engine.answers, engine.submissions, engine.invites,
	engine.questions, engine.assessments, engine.job_candidates, engine.jobs, engine.secrets, engine.companies;

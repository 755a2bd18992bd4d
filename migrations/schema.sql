-- What the migrations build, for readers; written by: go test ./internal/db -run Schema -update
CREATE TABLE public.account (
    one boolean DEFAULT true NOT NULL,
    connection_id bigint NOT NULL,
    base_url text DEFAULT ''::text NOT NULL,
    sealed_key bytea,
    changed_at timestamp with time zone NOT NULL,
    changed_by bigint NOT NULL,
    CONSTRAINT account_check CHECK (((base_url = ''::text) = (sealed_key IS NULL))),
    CONSTRAINT account_one_check CHECK (one)
);

COMMENT ON COLUMN public.account.sealed_key IS 'The API key, encrypted with a key that is not in the database.';

CREATE TABLE public.answers (
    candidate_id bigint NOT NULL,
    question_ref text NOT NULL,
    "position" integer NOT NULL,
    question text NOT NULL,
    text text DEFAULT ''::text NOT NULL,
    type text DEFAULT ''::text NOT NULL,
    score double precision,
    ai_score double precision,
    reason text DEFAULT ''::text NOT NULL,
    evidence jsonb DEFAULT '[]'::jsonb NOT NULL,
    recording jsonb
);

COMMENT ON COLUMN public.answers.recording IS 'Null: the answer was not spoken.';

CREATE TABLE public.assessments (
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    ref text NOT NULL,
    title text NOT NULL,
    role text DEFAULT ''::text NOT NULL,
    purpose text DEFAULT ''::text NOT NULL,
    job_ref text DEFAULT ''::text NOT NULL,
    status text NOT NULL,
    duration integer NOT NULL,
    language text NOT NULL,
    skills text[] DEFAULT '{}'::text[] NOT NULL,
    buckets jsonb,
    email_verification boolean,
    cefr boolean,
    url text DEFAULT ''::text NOT NULL,
    question_count integer DEFAULT 0 NOT NULL,
    submission_count integer DEFAULT 0 NOT NULL,
    posted_by text DEFAULT ''::text NOT NULL,
    generation_state text DEFAULT ''::text NOT NULL,
    generation_wanted integer DEFAULT 0 NOT NULL,
    generation_before integer DEFAULT 0 NOT NULL,
    generation_message text DEFAULT ''::text NOT NULL,
    generation_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    synced_at timestamp with time zone DEFAULT now() NOT NULL,
    missing_since timestamp with time zone,
    generation_request jsonb DEFAULT '{}'::jsonb NOT NULL,
    due_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    checked_at timestamp with time zone,
    check_problem text DEFAULT ''::text NOT NULL,
    people_token text DEFAULT ''::text NOT NULL,
    people_read integer DEFAULT 0 NOT NULL,
    people_listed integer,
    CONSTRAINT assessments_generation_state_check CHECK ((generation_state = ANY (ARRAY[''::text, 'running'::text, 'ready'::text, 'failed'::text]))),
    CONSTRAINT assessments_status_check CHECK ((status = ANY (ARRAY['active'::text, 'inactive'::text])))
);

COMMENT ON COLUMN public.assessments.due_at IS 'When it is to be compared with the provider again.';

COMMENT ON COLUMN public.assessments.checked_at IS 'When it was last compared from the first question to the last candidate; null: never.';

COMMENT ON COLUMN public.assessments.check_problem IS 'Why the latest comparison was not possible; empty: it was.';

COMMENT ON COLUMN public.assessments.people_token IS 'Where an interrupted reading of its candidates goes on.';

COMMENT ON COLUMN public.assessments.people_read IS 'How many candidates that reading has seen so far.';

COMMENT ON COLUMN public.assessments.people_listed IS 'How many candidates the provider listed at checked_at.';

ALTER TABLE public.assessments ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.assessments_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.backups (
    id bigint NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    note text DEFAULT ''::text NOT NULL
);

ALTER TABLE public.backups ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.backups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.candidates (
    id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    invite_ref text,
    submission_ref text,
    name text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    stage text NOT NULL,
    stage_at timestamp with time zone NOT NULL,
    invited_at timestamp with time zone,
    started_at timestamp with time zone,
    ended_at timestamp with time zone,
    score double precision,
    ai_score double precision,
    bucket text DEFAULT ''::text NOT NULL,
    summary text DEFAULT ''::text NOT NULL,
    evaluation text DEFAULT ''::text NOT NULL,
    basis text DEFAULT ''::text NOT NULL,
    model text DEFAULT ''::text NOT NULL,
    confirmed boolean DEFAULT false NOT NULL,
    error_code text DEFAULT ''::text NOT NULL,
    error_message text DEFAULT ''::text NOT NULL,
    scored_at timestamp with time zone,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    synced_at timestamp with time zone,
    heard boolean DEFAULT false NOT NULL,
    CONSTRAINT candidates_score_check CHECK (((score >= (0)::double precision) AND (score <= (100)::double precision))),
    CONSTRAINT candidates_stage_check CHECK ((stage = ANY (ARRAY['invited'::text, 'complete_later'::text, 'started'::text, 'error'::text, 'ended'::text, 'timed_out'::text, 'completed'::text])))
);

COMMENT ON COLUMN public.candidates.heard IS 'The provider was asked which of the answers are spoken.';

ALTER TABLE public.candidates ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.candidates_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.connections (
    id bigint NOT NULL,
    kind text NOT NULL,
    account text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    abilities jsonb,
    list_due_at timestamp with time zone DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone NOT NULL,
    list_began_at timestamp with time zone,
    list_page integer DEFAULT 1 NOT NULL,
    list_total integer DEFAULT 0 NOT NULL,
    pulled_at timestamp with time zone,
    answered_at timestamp with time zone,
    keep_months integer DEFAULT 0 NOT NULL,
    CONSTRAINT connections_keep_months_check CHECK (((keep_months >= 0) AND (keep_months <= 120))),
    CONSTRAINT connections_kind_check CHECK ((kind = ANY (ARRAY['engine'::text, 'taptalent'::text])))
);

COMMENT ON COLUMN public.connections.abilities IS 'What the provider last said that it can do.';

COMMENT ON COLUMN public.connections.list_due_at IS 'When the list of interviews is to be read again.';

COMMENT ON COLUMN public.connections.list_began_at IS 'When the reading under way began; null: none is under way.';

COMMENT ON COLUMN public.connections.list_page IS 'The page where an interrupted reading goes on.';

COMMENT ON COLUMN public.connections.list_total IS 'How many interviews the provider counts.';

COMMENT ON COLUMN public.connections.pulled_at IS 'When the account was taken over whole for the first time; null: not yet.';

COMMENT ON COLUMN public.connections.answered_at IS 'When the provider last answered while we kept in step.';

COMMENT ON COLUMN public.connections.keep_months IS 'Candidates of whom nothing was heard for so long are deleted; 0: never.';

ALTER TABLE public.connections ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.connections_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.differences (
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    candidate_id bigint,
    kind text NOT NULL,
    detail text DEFAULT ''::text NOT NULL,
    at timestamp with time zone NOT NULL,
    CONSTRAINT differences_kind_check CHECK ((kind = ANY (ARRAY['interview'::text, 'questions'::text, 'person'::text, 'stage'::text, 'score'::text, 'result'::text])))
);

ALTER TABLE public.differences ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.differences_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.erasures (
    id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    keys bytea[] NOT NULL,
    by_user bigint,
    at timestamp with time zone NOT NULL,
    listed_at timestamp with time zone
);

COMMENT ON TABLE public.erasures IS 'People who were deleted, without a word of who they were.';

COMMENT ON COLUMN public.erasures.keys IS 'SHA-256 of what the provider knows the person by: invite, submission, and the address where it keeps them or knows nothing else.';

COMMENT ON COLUMN public.erasures.listed_at IS 'When the provider was last seen to list the person still; null: never.';

ALTER TABLE public.erasures ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.erasures_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.history (
    id bigint NOT NULL,
    candidate_id bigint NOT NULL,
    kind text NOT NULL,
    at timestamp with time zone NOT NULL,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    source text NOT NULL,
    actor text DEFAULT ''::text NOT NULL,
    detail jsonb DEFAULT '{}'::jsonb NOT NULL,
    delivery_id bigint,
    CONSTRAINT history_source_check CHECK ((source = ANY (ARRAY['webhook'::text, 'api'::text, 'reconcile'::text, 'person'::text])))
);

ALTER TABLE public.history ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.history_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invite_batches (
    id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    type text NOT NULL,
    created_by bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    finished_at timestamp with time zone,
    CONSTRAINT invite_batches_type_check CHECK ((type = ANY (ARRAY['candidate'::text, 'reviewer'::text])))
);

ALTER TABLE public.invite_batches ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invite_batches_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invite_lists (
    id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    user_id bigint NOT NULL,
    type text NOT NULL,
    people text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    batch_id bigint,
    CONSTRAINT invite_lists_type_check CHECK ((type = ANY (ARRAY['candidate'::text, 'reviewer'::text])))
);

COMMENT ON COLUMN public.invite_lists.batch_id IS 'The sending of the list; null: it was not sent.';

ALTER TABLE public.invite_lists ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invite_lists_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.invites (
    id bigint NOT NULL,
    batch_id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    line integer NOT NULL,
    type text NOT NULL,
    first_name text DEFAULT ''::text NOT NULL,
    last_name text DEFAULT ''::text NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    job_candidate text DEFAULT ''::text NOT NULL,
    state text DEFAULT 'pending'::text NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    ref text DEFAULT ''::text NOT NULL,
    candidate_id bigint,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    tries integer DEFAULT 0 NOT NULL,
    tried_at timestamp with time zone,
    CONSTRAINT invites_state_check CHECK ((state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text, 'sent'::text, 'duplicate'::text, 'failed'::text, 'dropped'::text])))
);

COMMENT ON COLUMN public.invites.line IS 'The row of the list that was sent.';

COMMENT ON COLUMN public.invites.state IS 'unknown: sent, not answered, and no longer tried by itself. dropped: somebody gave it up while it waited.';

COMMENT ON COLUMN public.invites.tries IS 'How often the provider was asked to send it.';

COMMENT ON COLUMN public.invites.tried_at IS 'When it was first asked; null: never.';

ALTER TABLE public.invites ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.invites_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.links (
    id bigint NOT NULL,
    kind text NOT NULL,
    token_hash bytea NOT NULL,
    email text DEFAULT ''::text NOT NULL,
    name text DEFAULT ''::text NOT NULL,
    role text DEFAULT ''::text NOT NULL,
    user_id bigint,
    created_by bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    used_at timestamp with time zone,
    CONSTRAINT links_kind_check CHECK ((kind = ANY (ARRAY['setup'::text, 'join'::text, 'reset'::text])))
);

ALTER TABLE public.links ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.links_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.messages (
    id bigint NOT NULL,
    kind text NOT NULL,
    recipient text NOT NULL,
    subject text NOT NULL,
    body text NOT NULL,
    link text DEFAULT ''::text NOT NULL,
    dedupe_key text,
    state text DEFAULT 'waiting'::text NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone,
    expires_at timestamp with time zone,
    CONSTRAINT messages_state_check CHECK ((state = ANY (ARRAY['waiting'::text, 'sent'::text, 'failed'::text])))
);

ALTER TABLE public.messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.pending_writes (
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    kind text NOT NULL,
    assessment_id bigint,
    title text NOT NULL,
    draft jsonb NOT NULL,
    known_refs text[] DEFAULT '{}'::text[] NOT NULL,
    state text DEFAULT 'sending'::text NOT NULL,
    problem text DEFAULT ''::text NOT NULL,
    began_at timestamp with time zone NOT NULL,
    sent_at timestamp with time zone NOT NULL,
    noted_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT pending_writes_kind_check CHECK ((kind = ANY (ARRAY['interview'::text, 'generated'::text, 'question'::text]))),
    CONSTRAINT pending_writes_state_check CHECK ((state = ANY (ARRAY['sending'::text, 'unknown'::text, 'absent'::text, 'done'::text])))
);

COMMENT ON COLUMN public.pending_writes.title IS 'What people know it by: the title, the role, the question.';

COMMENT ON COLUMN public.pending_writes.known_refs IS 'What looked the same before it was sent, and so is not it.';

COMMENT ON COLUMN public.pending_writes.state IS 'sending. unknown: the provider did not say whether it was done. absent: we looked, and it was not. done: we looked, and it was; kept for a while for whoever sends it again, not knowing.';

COMMENT ON COLUMN public.pending_writes.sent_at IS 'When it was last sent, by the clock of whoever sent it: that of sample data stands in the past.';

COMMENT ON COLUMN public.pending_writes.noted_at IS 'The same by the clock of the database.';

ALTER TABLE public.pending_writes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.pending_writes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.provider_turns (
    connection_id bigint NOT NULL,
    next_at timestamp with time zone NOT NULL,
    held_until timestamp with time zone NOT NULL
);

COMMENT ON COLUMN public.provider_turns.next_at IS 'The next turn that nobody has, by the clock of the database.';

COMMENT ON COLUMN public.provider_turns.held_until IS 'Until then the provider wants no calls, by its own word.';

CREATE TABLE public.questions (
    id bigint NOT NULL,
    assessment_id bigint NOT NULL,
    ref text NOT NULL,
    "position" integer NOT NULL,
    text text NOT NULL,
    type text DEFAULT ''::text NOT NULL,
    ideal_answer text DEFAULT ''::text NOT NULL,
    instruction text DEFAULT ''::text NOT NULL,
    key_points jsonb DEFAULT '[]'::jsonb NOT NULL,
    source text DEFAULT ''::text NOT NULL,
    model text DEFAULT ''::text NOT NULL,
    elsewhere boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone
);

ALTER TABLE public.questions ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.questions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.scorecards (
    id bigint NOT NULL,
    candidate_id bigint NOT NULL,
    user_id bigint NOT NULL,
    comment text DEFAULT ''::text NOT NULL,
    answers jsonb NOT NULL,
    confirms double precision,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    sent_at timestamp with time zone
);

ALTER TABLE public.scorecards ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.scorecards_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.secrets (
    name text NOT NULL,
    value text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);

CREATE TABLE public.sessions (
    token text NOT NULL,
    data bytea NOT NULL,
    expiry timestamp with time zone NOT NULL
);

CREATE TABLE public.users (
    id bigint NOT NULL,
    email text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    password_hash text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    signed_in_at timestamp with time zone,
    disabled_at timestamp with time zone,
    sessions_since timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT users_email_check CHECK ((email = lower(email))),
    CONSTRAINT users_role_check CHECK ((role = ANY (ARRAY['admin'::text, 'recruiter'::text, 'reviewer'::text])))
);

ALTER TABLE public.users ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.users_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_deliveries (
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    event text NOT NULL,
    event_at timestamp with time zone NOT NULL,
    company_ref text DEFAULT ''::text NOT NULL,
    assessment_ref text DEFAULT ''::text NOT NULL,
    digest bytea NOT NULL,
    verdict text NOT NULL,
    status text DEFAULT 'received'::text NOT NULL,
    duplicates integer DEFAULT 0 NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    last_error text DEFAULT ''::text NOT NULL,
    effect text DEFAULT ''::text NOT NULL,
    headers jsonb,
    body text,
    payload jsonb,
    received_at timestamp with time zone DEFAULT now() NOT NULL,
    applied_at timestamp with time zone,
    apply_ms double precision,
    replays integer DEFAULT 0 NOT NULL,
    replayed_by text DEFAULT ''::text NOT NULL,
    CONSTRAINT webhook_deliveries_status_check CHECK ((status = ANY (ARRAY['received'::text, 'applied'::text, 'ignored'::text, 'failed'::text, 'dead'::text]))),
    CONSTRAINT webhook_deliveries_verdict_check CHECK ((verdict = ANY (ARRAY['verified'::text, 'unverified'::text])))
);

COMMENT ON TABLE public.webhook_deliveries IS 'Every webhook that was answered 2xx, once each.';

COMMENT ON COLUMN public.webhook_deliveries.event IS 'As the sender names it; one address receives every event of a company, others than ours among them.';

COMMENT ON COLUMN public.webhook_deliveries.event_at IS 'As the sender wrote it; received_at where it wrote none.';

COMMENT ON COLUMN public.webhook_deliveries.assessment_ref IS 'The provider''s id of the interview that it speaks of; empty for none.';

COMMENT ON COLUMN public.webhook_deliveries.digest IS 'SHA-256 over event, timestamp, company and canonical data; stays when the body goes.';

COMMENT ON COLUMN public.webhook_deliveries.verdict IS 'verified: our key came with it. unverified: there is no key to compare with. A wrong key is in webhook_refusals.';

COMMENT ON COLUMN public.webhook_deliveries.status IS 'received: waits. applied. ignored: the desk has no use for it. failed: will be tried again. dead: given up, see last_error.';

COMMENT ON COLUMN public.webhook_deliveries.duplicates IS 'How often the same delivery came again.';

COMMENT ON COLUMN public.webhook_deliveries.attempts IS 'How often applying it was tried, since it came or was last replayed.';

COMMENT ON COLUMN public.webhook_deliveries.effect IS 'What it changed, in words; webhook_effects has it field by field.';

COMMENT ON COLUMN public.webhook_deliveries.headers IS 'Without keys and cookies; null after 30 days, and once its candidate is deleted.';

COMMENT ON COLUMN public.webhook_deliveries.body IS 'As it came, to the byte; null after 30 days, and once its candidate is deleted.';

COMMENT ON COLUMN public.webhook_deliveries.payload IS 'The body, to ask questions of: payload #>> ''{data,submissionId}''; null when the body is.';

COMMENT ON COLUMN public.webhook_deliveries.apply_ms IS 'How long the latest try took, in milliseconds.';

COMMENT ON COLUMN public.webhook_deliveries.replayed_by IS 'Who asked for the latest replay.';

ALTER TABLE public.webhook_deliveries ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_deliveries_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_effects (
    id bigint NOT NULL,
    delivery_id bigint NOT NULL,
    candidate_id bigint,
    field text NOT NULL,
    before text NOT NULL,
    after text NOT NULL,
    source text NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT webhook_effects_source_check CHECK ((source = ANY (ARRAY['told'::text, 'fetched'::text])))
);

COMMENT ON TABLE public.webhook_effects IS 'What a delivery changed, field by field, written with the change.';

COMMENT ON COLUMN public.webhook_effects.source IS 'told: taken from the webhook. fetched: what the provider''s API said when the webhook made us ask.';

ALTER TABLE public.webhook_effects ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_effects_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.webhook_refusals (
    id bigint NOT NULL,
    connection_id bigint NOT NULL,
    reason text NOT NULL,
    sha256 bytea,
    bytes bigint DEFAULT 0 NOT NULL,
    at timestamp with time zone DEFAULT now() NOT NULL
);

COMMENT ON TABLE public.webhook_refusals IS 'The latest requests that were refused: at most a thousand, and not more than one a second for long.';

COMMENT ON COLUMN public.webhook_refusals.sha256 IS 'Of the body, which is not kept; null where it was not read.';

ALTER TABLE public.webhook_refusals ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_refusals_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE public.workspace (
    only_row boolean DEFAULT true NOT NULL,
    company_name text NOT NULL,
    required_scorecards integer DEFAULT 1 NOT NULL,
    sample_state text DEFAULT ''::text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT workspace_only_row_check CHECK (only_row),
    CONSTRAINT workspace_required_scorecards_check CHECK (((required_scorecards >= 1) AND (required_scorecards <= 5))),
    CONSTRAINT workspace_sample_state_check CHECK ((sample_state = ANY (ARRAY[''::text, 'running'::text, 'ready'::text, 'failed'::text])))
);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_pkey PRIMARY KEY (one);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_pkey PRIMARY KEY (candidate_id, question_ref);

ALTER TABLE ONLY public.assessments
    ADD CONSTRAINT assessments_connection_id_ref_key UNIQUE (connection_id, ref);

ALTER TABLE ONLY public.assessments
    ADD CONSTRAINT assessments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.backups
    ADD CONSTRAINT backups_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.candidates
    ADD CONSTRAINT candidates_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.connections
    ADD CONSTRAINT connections_kind_account_key UNIQUE (kind, account);

ALTER TABLE ONLY public.connections
    ADD CONSTRAINT connections_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.differences
    ADD CONSTRAINT differences_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.history
    ADD CONSTRAINT history_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invite_batches
    ADD CONSTRAINT invite_batches_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invite_lists
    ADD CONSTRAINT invite_lists_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.pending_writes
    ADD CONSTRAINT pending_writes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.provider_turns
    ADD CONSTRAINT provider_turns_pkey PRIMARY KEY (connection_id);

ALTER TABLE ONLY public.questions
    ADD CONSTRAINT questions_assessment_id_ref_key UNIQUE (assessment_id, ref);

ALTER TABLE ONLY public.questions
    ADD CONSTRAINT questions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.scorecards
    ADD CONSTRAINT scorecards_candidate_id_user_id_key UNIQUE (candidate_id, user_id);

ALTER TABLE ONLY public.scorecards
    ADD CONSTRAINT scorecards_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.secrets
    ADD CONSTRAINT secrets_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (token);

ALTER TABLE ONLY public.users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_digest_key UNIQUE (digest);

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_effects
    ADD CONSTRAINT webhook_effects_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.webhook_refusals
    ADD CONSTRAINT webhook_refusals_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.workspace
    ADD CONSTRAINT workspace_pkey PRIMARY KEY (only_row);

CREATE INDEX answers_awaited_idx ON public.answers USING btree (candidate_id) WHERE (((recording ->> 'state'::text) = 'arriving'::text) OR ((recording ->> 'transcript'::text) = 'pending'::text));

CREATE INDEX assessments_due_idx ON public.assessments USING btree (connection_id, due_at) WHERE (missing_since IS NULL);

CREATE INDEX assessments_updated_idx ON public.assessments USING btree (connection_id, updated_at DESC, id DESC);

CREATE INDEX candidates_email_idx ON public.candidates USING btree (assessment_id, lower(email));

CREATE INDEX candidates_evaluation_idx ON public.candidates USING btree (evaluation, stage_at) WHERE (evaluation <> 'completed'::text);

CREATE UNIQUE INDEX candidates_invite_key ON public.candidates USING btree (assessment_id, invite_ref);

CREATE INDEX candidates_invited_idx ON public.candidates USING btree (COALESCE(invited_at, created_at));

CREATE INDEX candidates_open_idx ON public.candidates USING btree (stage, assessment_id, invited_at, created_at) WHERE (stage = ANY (ARRAY['started'::text, 'error'::text, 'invited'::text]));

CREATE INDEX candidates_recent_idx ON public.candidates USING btree (stage_at DESC, id DESC);

CREATE INDEX candidates_scored_idx ON public.candidates USING btree (scored_at) INCLUDE (assessment_id, score) WHERE (score IS NOT NULL);

CREATE UNIQUE INDEX candidates_submission_key ON public.candidates USING btree (assessment_id, submission_ref);

CREATE INDEX candidates_waiting_idx ON public.candidates USING btree (COALESCE(ended_at, stage_at), id) INCLUDE (assessment_id) WHERE ((evaluation = ANY (ARRAY['pending_review'::text, 'failed'::text])) AND (stage = ANY (ARRAY['completed'::text, 'timed_out'::text])));

CREATE INDEX differences_assessment_idx ON public.differences USING btree (assessment_id);

CREATE INDEX differences_candidate_idx ON public.differences USING btree (candidate_id) WHERE (candidate_id IS NOT NULL);

CREATE INDEX differences_recent_idx ON public.differences USING btree (connection_id, at DESC, id DESC);

CREATE INDEX erasures_assessment_idx ON public.erasures USING btree (assessment_id, at DESC);

CREATE INDEX erasures_keys_idx ON public.erasures USING gin (keys);

CREATE INDEX history_candidate_idx ON public.history USING btree (candidate_id, at, id);

CREATE UNIQUE INDEX history_delivery_key ON public.history USING btree (delivery_id, candidate_id) WHERE (delivery_id IS NOT NULL);

CREATE INDEX history_recent_idx ON public.history USING btree (at DESC, id DESC);

CREATE INDEX invite_batches_assessment_idx ON public.invite_batches USING btree (assessment_id, id DESC);

CREATE INDEX invite_lists_user_idx ON public.invite_lists USING btree (user_id, assessment_id, id DESC);

CREATE INDEX invites_assessment_idx ON public.invites USING btree (assessment_id, id DESC);

CREATE INDEX invites_batch_idx ON public.invites USING btree (batch_id, line);

CREATE INDEX invites_waiting_idx ON public.invites USING btree (batch_id) WHERE (state = ANY (ARRAY['pending'::text, 'sending'::text, 'unknown'::text]));

CREATE UNIQUE INDEX links_token_key ON public.links USING btree (token_hash);

CREATE UNIQUE INDEX messages_dedupe_key ON public.messages USING btree (dedupe_key);

CREATE INDEX messages_recent_idx ON public.messages USING btree (id DESC);

CREATE UNIQUE INDEX pending_writes_same_key ON public.pending_writes USING btree (connection_id, kind, COALESCE(assessment_id, (0)::bigint), md5(title));

CREATE INDEX questions_assessment_idx ON public.questions USING btree (assessment_id, "position");

CREATE INDEX scorecards_unsent_idx ON public.scorecards USING btree (candidate_id) WHERE (sent_at IS NULL);

CREATE INDEX scorecards_user_idx ON public.scorecards USING btree (user_id, id DESC);

CREATE INDEX sessions_expiry_idx ON public.sessions USING btree (expiry);

CREATE UNIQUE INDEX users_email_key ON public.users USING btree (email);

CREATE INDEX webhook_deliveries_open_idx ON public.webhook_deliveries USING btree (status, id) WHERE (status = ANY (ARRAY['received'::text, 'failed'::text, 'dead'::text]));

CREATE INDEX webhook_deliveries_received_idx ON public.webhook_deliveries USING brin (received_at) WITH (pages_per_range='16', autosummarize='on');

CREATE INDEX webhook_effects_candidate_idx ON public.webhook_effects USING btree (candidate_id);

CREATE INDEX webhook_effects_delivery_idx ON public.webhook_effects USING btree (delivery_id, id);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_changed_by_fkey FOREIGN KEY (changed_by) REFERENCES public.users(id);

ALTER TABLE ONLY public.account
    ADD CONSTRAINT account_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);

ALTER TABLE ONLY public.answers
    ADD CONSTRAINT answers_candidate_id_fkey FOREIGN KEY (candidate_id) REFERENCES public.candidates(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.assessments
    ADD CONSTRAINT assessments_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);

ALTER TABLE ONLY public.candidates
    ADD CONSTRAINT candidates_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.differences
    ADD CONSTRAINT differences_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.differences
    ADD CONSTRAINT differences_candidate_id_fkey FOREIGN KEY (candidate_id) REFERENCES public.candidates(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.differences
    ADD CONSTRAINT differences_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_by_user_fkey FOREIGN KEY (by_user) REFERENCES public.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.history
    ADD CONSTRAINT history_candidate_id_fkey FOREIGN KEY (candidate_id) REFERENCES public.candidates(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invite_batches
    ADD CONSTRAINT invite_batches_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invite_batches
    ADD CONSTRAINT invite_batches_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.invite_lists
    ADD CONSTRAINT invite_lists_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invite_lists
    ADD CONSTRAINT invite_lists_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES public.invite_batches(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.invite_lists
    ADD CONSTRAINT invite_lists_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_batch_id_fkey FOREIGN KEY (batch_id) REFERENCES public.invite_batches(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.invites
    ADD CONSTRAINT invites_candidate_id_fkey FOREIGN KEY (candidate_id) REFERENCES public.candidates(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_created_by_fkey FOREIGN KEY (created_by) REFERENCES public.users(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.links
    ADD CONSTRAINT links_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pending_writes
    ADD CONSTRAINT pending_writes_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.pending_writes
    ADD CONSTRAINT pending_writes_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);

ALTER TABLE ONLY public.provider_turns
    ADD CONSTRAINT provider_turns_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.questions
    ADD CONSTRAINT questions_assessment_id_fkey FOREIGN KEY (assessment_id) REFERENCES public.assessments(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.scorecards
    ADD CONSTRAINT scorecards_candidate_id_fkey FOREIGN KEY (candidate_id) REFERENCES public.candidates(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.scorecards
    ADD CONSTRAINT scorecards_user_id_fkey FOREIGN KEY (user_id) REFERENCES public.users(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_effects
    ADD CONSTRAINT webhook_effects_candidate_id_fkey FOREIGN KEY (candidate_id) REFERENCES public.candidates(id) ON DELETE SET NULL;

ALTER TABLE ONLY public.webhook_effects
    ADD CONSTRAINT webhook_effects_delivery_id_fkey FOREIGN KEY (delivery_id) REFERENCES public.webhook_deliveries(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.webhook_refusals
    ADD CONSTRAINT webhook_refusals_connection_id_fkey FOREIGN KEY (connection_id) REFERENCES public.connections(id);


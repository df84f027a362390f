-- The first layout. Times are naive UTC; nested values are JSON; ids are made by the studio.
-- Only primary keys are indexed: lookups by other columns scan, which a columnar file does fast.
-- References are kept by the store's own transactions: a foreign key would forbid updating the row it points to.

CREATE TABLE projects (
    id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE sources (
    id VARCHAR PRIMARY KEY,
    filename VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL
);

CREATE TABLE datasets (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE dataset_versions (
    id VARCHAR PRIMARY KEY,
    dataset_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    n_examples BIGINT NOT NULL,
    splits JSON NOT NULL,
    n_refused BIGINT NOT NULL,
    content_hash VARCHAR NOT NULL,
    source_filename VARCHAR NOT NULL,
    source_sha256 VARCHAR NOT NULL,
    format VARCHAR NOT NULL,
    mapping JSON,
    system_prompt VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- No key: versions are written once and whole, and an index over millions of rows slows every start.
-- `system`, `prompt` and `answer` repeat `messages` as plain text for search and sorting.
CREATE TABLE examples (
    version_id VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    id VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    split VARCHAR NOT NULL,
    prompt_hash VARCHAR NOT NULL,
    system VARCHAR NOT NULL,
    prompt VARCHAR NOT NULL,
    answer VARCHAR NOT NULL,
    messages JSON NOT NULL
);

CREATE TABLE refused_rows (
    version_id VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    line BIGINT NOT NULL,
    reason VARCHAR NOT NULL,
    excerpt VARCHAR NOT NULL
);

CREATE TABLE base_models (
    id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    source VARCHAR NOT NULL,
    revision VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    licence VARCHAR NOT NULL,
    facts JSON NOT NULL,
    manifest_sha256 VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE jobs (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    backend VARCHAR NOT NULL,
    spec JSON NOT NULL,
    status VARCHAR NOT NULL,
    run_id VARCHAR,
    failure VARCHAR,
    message VARCHAR NOT NULL,
    step BIGINT NOT NULL,
    total_steps BIGINT NOT NULL,
    eta_seconds DOUBLE,
    model_version_id VARCHAR,
    resumed_from VARCHAR,
    created_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    finished_at TIMESTAMP
);

CREATE TABLE events (
    job_id VARCHAR NOT NULL,
    n BIGINT NOT NULL,
    "at" TIMESTAMP NOT NULL,
    kind VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    data JSON NOT NULL,
    PRIMARY KEY (job_id, n)
);

CREATE TABLE model_versions (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    base_model VARCHAR NOT NULL,
    job_id VARCHAR NOT NULL,
    dataset_version_id VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    method VARCHAR NOT NULL,
    manifest_sha256 VARCHAR NOT NULL,
    validation_loss DOUBLE,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE evaluations (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    dataset_version_id VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    model_name VARCHAR NOT NULL,
    decoding JSON NOT NULL,
    status VARCHAR NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    message VARCHAR NOT NULL,
    "primary" JSON,
    scores JSON NOT NULL,
    confusion JSON,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);

CREATE TABLE results (
    run_id VARCHAR NOT NULL,
    example_id VARCHAR NOT NULL,
    output VARCHAR NOT NULL,
    expected VARCHAR NOT NULL,
    correct BOOLEAN NOT NULL,
    token_f1 DOUBLE NOT NULL,
    rouge_l DOUBLE NOT NULL,
    predicted_label VARCHAR,
    seconds DOUBLE,
    PRIMARY KEY (run_id, example_id)
);

-- Answers already generated, by hash of model, prompt and decoding.
CREATE TABLE answers (
    key VARCHAR PRIMARY KEY,
    text VARCHAR NOT NULL,
    prompt_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    finish_reason VARCHAR NOT NULL
);

CREATE TABLE inferences (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    model_name VARCHAR NOT NULL,
    messages JSON NOT NULL,
    decoding JSON NOT NULL,
    output VARCHAR NOT NULL,
    prompt_tokens BIGINT,
    output_tokens BIGINT,
    seconds DOUBLE,
    created_at TIMESTAMP NOT NULL
);

-- Append-only: a changed mind is a new row.
CREATE TABLE feedback (
    id VARCHAR PRIMARY KEY,
    inference_id VARCHAR NOT NULL,
    thumb_up BOOLEAN,
    correction VARCHAR,
    comment VARCHAR,
    rater VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- What each person thinks of each answer now; comments and corrections alone do not change it.
CREATE VIEW latest_thumbs AS
SELECT inference_id, rater, arg_max(thumb_up, (created_at, id)) AS thumb_up, max(created_at) AS created_at
FROM feedback
WHERE thumb_up IS NOT NULL
GROUP BY inference_id, rater;

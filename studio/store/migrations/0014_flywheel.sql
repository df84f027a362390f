-- The flywheel: deployments with their ledger, what is said of answers, and retraining from it.
-- Old answers and feedback were given in the studio, to models asked directly.

ALTER TABLE inferences ADD COLUMN deployment_id VARCHAR;
ALTER TABLE inferences ADD COLUMN revision_id VARCHAR;
ALTER TABLE inferences ADD COLUMN variant VARCHAR;
ALTER TABLE inferences ADD COLUMN session VARCHAR DEFAULT '';
ALTER TABLE inferences ADD COLUMN error VARCHAR DEFAULT '';
ALTER TABLE feedback ADD COLUMN source VARCHAR DEFAULT 'studio';

CREATE TABLE deployments (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    slots JSON NOT NULL,
    share DOUBLE NOT NULL,
    may_train BOOLEAN NOT NULL,
    link VARCHAR NOT NULL,
    salt VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE revisions (
    id VARCHAR PRIMARY KEY,
    deployment_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    model_id VARCHAR NOT NULL,
    setup JSON,
    suite_version_id VARCHAR,
    dataset_version_id VARCHAR,
    cycle_id VARCHAR,
    quarantined BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE deployment_ledger (
    deployment_id VARCHAR NOT NULL,
    seq BIGINT NOT NULL,
    action VARCHAR NOT NULL,
    slot VARCHAR NOT NULL,
    from_revision VARCHAR,
    to_revision VARCHAR,
    share DOUBLE NOT NULL,
    cycle_id VARCHAR,
    gate_id VARCHAR,
    actor VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    evidence JSON NOT NULL,
    created_at TIMESTAMP NOT NULL,
    prev_hash VARCHAR NOT NULL,
    row_hash VARCHAR NOT NULL,
    PRIMARY KEY (deployment_id, seq)
);

CREATE TABLE preferences (
    id VARCHAR PRIMARY KEY,
    inference_a VARCHAR NOT NULL,
    inference_b VARCHAR NOT NULL,
    winner VARCHAR NOT NULL,
    shown_first VARCHAR NOT NULL,
    blind BOOLEAN NOT NULL,
    rater VARCHAR NOT NULL,
    comment VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE reviews (
    id VARCHAR PRIMARY KEY,
    feedback_id VARCHAR NOT NULL,
    verdict VARCHAR NOT NULL,
    answer VARCHAR,
    messages JSON,
    personal_data VARCHAR NOT NULL,
    reviewer VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    settles BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE retrain_policies (
    deployment_id VARCHAR NOT NULL,
    version INTEGER NOT NULL,
    policy JSON NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (deployment_id, version)
);

CREATE TABLE retrain_cycles (
    id VARCHAR PRIMARY KEY,
    deployment_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    state VARCHAR NOT NULL,
    "trigger" VARCHAR NOT NULL,
    evidence JSON NOT NULL,
    actor VARCHAR NOT NULL,
    policy JSON NOT NULL,
    dataset_version_id VARCHAR,
    holdout_version_id VARCHAR,
    job_id VARCHAR,
    candidate VARCHAR,
    champion VARCHAR NOT NULL,
    gate_id VARCHAR,
    rollout_id VARCHAR,
    estimated_usd VARCHAR,
    actual_usd VARCHAR,
    attempt INTEGER NOT NULL,
    message VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL
);

-- One row for each deployment whose cycle is under way: a second cycle cannot begin.
CREATE TABLE cycle_locks (
    deployment_id VARCHAR PRIMARY KEY,
    cycle_id VARCHAR NOT NULL
);

CREATE TABLE cycle_events (
    cycle_id VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    from_state VARCHAR,
    to_state VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    evidence JSON NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (cycle_id, seq)
);

-- Which corrections a dataset version was made of: learnt from is what a cycle that got as far as
-- its gate was trained on, never a mark on the correction itself.
CREATE TABLE curated_corrections (
    cycle_id VARCHAR NOT NULL,
    feedback_id VARCHAR NOT NULL,
    prompt_hash VARCHAR NOT NULL,
    part VARCHAR NOT NULL,
    PRIMARY KEY (cycle_id, feedback_id)
);

-- What was told when the data of a cycle was gathered: asked a second time, the same is told.
CREATE TABLE curations (
    cycle_id VARCHAR PRIMARY KEY,
    curated JSON NOT NULL
);

CREATE TABLE gate_answers (
    cycle_id VARCHAR NOT NULL,
    revision_id VARCHAR NOT NULL,
    suite VARCHAR NOT NULL,
    example_id VARCHAR NOT NULL,
    output VARCHAR NOT NULL,
    expected VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    correct BOOLEAN NOT NULL,
    valid BOOLEAN NOT NULL,
    seconds DOUBLE,
    prompt_tokens BIGINT,
    output_tokens BIGINT,
    PRIMARY KEY (cycle_id, revision_id, suite, example_id)
);

CREATE TABLE gate_decisions (
    id VARCHAR PRIMARY KEY,
    cycle_id VARCHAR NOT NULL,
    deployment_id VARCHAR NOT NULL,
    candidate VARCHAR NOT NULL,
    champion VARCHAR NOT NULL,
    anchor VARCHAR,
    verdict VARCHAR NOT NULL,
    checks JSON NOT NULL,
    config JSON NOT NULL,
    summary VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE rollouts (
    id VARCHAR PRIMARY KEY,
    cycle_id VARCHAR NOT NULL,
    deployment_id VARCHAR NOT NULL,
    champion VARCHAR NOT NULL,
    candidate VARCHAR NOT NULL,
    stage INTEGER NOT NULL,
    config JSON NOT NULL,
    status VARCHAR NOT NULL,
    started_at TIMESTAMP NOT NULL,
    stage_started_at TIMESTAMP NOT NULL
);

CREATE TABLE rollout_checks (
    rollout_id VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL,
    stage INTEGER NOT NULL,
    champion JSON NOT NULL,
    candidate JSON NOT NULL,
    harm BIGINT NOT NULL,
    help BIGINT NOT NULL,
    e_value DOUBLE NOT NULL,
    action VARCHAR NOT NULL,
    sentence VARCHAR NOT NULL,
    PRIMARY KEY (rollout_id, "at")
);

-- Sums for each minute, so that a window over millions of answers reads a few thousand rows.
CREATE TABLE traffic_minutes (
    deployment_id VARCHAR NOT NULL,
    revision_id VARCHAR NOT NULL,
    variant VARCHAR NOT NULL,
    "minute" TIMESTAMP NOT NULL,
    answers BIGINT NOT NULL,
    errors BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    tokens_unknown BIGINT NOT NULL,
    cost_nano_usd BIGINT NOT NULL,
    cost_unknown BIGINT NOT NULL,
    PRIMARY KEY (deployment_id, revision_id, variant, "minute")
);

CREATE TABLE latency_minutes (
    deployment_id VARCHAR NOT NULL,
    revision_id VARCHAR NOT NULL,
    variant VARCHAR NOT NULL,
    "minute" TIMESTAMP NOT NULL,
    bucket INTEGER NOT NULL,
    n BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    PRIMARY KEY (deployment_id, revision_id, variant, "minute", bucket)
);

-- What each person thinks of each answer now, beside who gave the answer and when, so that a
-- window reads the ratings alone; `words` is how many pieces of feedback that was.
CREATE TABLE traffic_ratings (
    inference_id VARCHAR NOT NULL,
    rater VARCHAR NOT NULL,
    deployment_id VARCHAR NOT NULL,
    revision_id VARCHAR NOT NULL,
    variant VARCHAR NOT NULL,
    answered_at TIMESTAMP NOT NULL,
    thumb_up BOOLEAN,
    corrected BOOLEAN NOT NULL,
    words BIGINT NOT NULL,
    PRIMARY KEY (inference_id, rater)
);

CREATE TABLE traffic_watermarks (
    name VARCHAR PRIMARY KEY,
    "at" TIMESTAMP NOT NULL
);

CREATE TABLE drift_reports (
    id VARCHAR PRIMARY KEY,
    deployment_id VARCHAR NOT NULL,
    feature VARCHAR NOT NULL,
    reference_start TIMESTAMP NOT NULL,
    reference_end TIMESTAMP NOT NULL,
    current_start TIMESTAMP NOT NULL,
    current_end TIMESTAMP NOT NULL,
    n_reference BIGINT NOT NULL,
    n_current BIGINT NOT NULL,
    psi DOUBLE,
    watch DOUBLE NOT NULL,
    act DOUBLE NOT NULL,
    level VARCHAR NOT NULL,
    sentence VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE alert_rules (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    channel VARCHAR NOT NULL,
    address VARCHAR NOT NULL,
    events JSON NOT NULL,
    enabled BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE alerts (
    id VARCHAR PRIMARY KEY,
    rule_id VARCHAR NOT NULL,
    deployment_id VARCHAR,
    event VARCHAR NOT NULL,
    sentence VARCHAR NOT NULL,
    details JSON NOT NULL,
    status VARCHAR NOT NULL,
    tries INTEGER NOT NULL,
    error VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    sent_at TIMESTAMP
);

-- The ladder: what was agreed, what was measured, what people said of it.
-- Money is text, so that no digit of a decimal is lost.

CREATE TABLE charters (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    number INTEGER NOT NULL,
    client VARCHAR NOT NULL,
    use_case VARCHAR NOT NULL,
    objective VARCHAR NOT NULL,
    metric VARCHAR,
    target DOUBLE,
    currency VARCHAR NOT NULL,
    success_value VARCHAR,
    escalation_cost VARCHAR,
    churn_cost VARCHAR,
    churn_probability DOUBLE,
    requests_month BIGINT,
    tokens_in BIGINT,
    tokens_out BIGINT,
    gdpr BOOLEAN NOT NULL,
    hipaa BOOLEAN NOT NULL,
    residency VARCHAR NOT NULL,
    p95_ms BIGINT,
    budget VARCHAR,
    deadline DATE,
    horizon_months INTEGER NOT NULL,
    stakeholders JSON NOT NULL,
    signed JSON,
    created_at TIMESTAMP NOT NULL,
    changed_at TIMESTAMP NOT NULL
);

CREATE TABLE suites (
    project_id VARCHAR PRIMARY KEY,
    version_id VARCHAR NOT NULL,
    split VARCHAR NOT NULL,
    "limit" BIGINT
);

CREATE TABLE rung_runs (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    setup JSON NOT NULL,
    suite JSON NOT NULL,
    model_name VARCHAR NOT NULL,
    metric VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    done BIGINT NOT NULL,
    total BIGINT NOT NULL,
    message VARCHAR NOT NULL,
    score JSON,
    scores JSON NOT NULL,
    retrieval JSON,
    latency_p50 DOUBLE,
    latency_p95 DOUBLE,
    latency_n BIGINT NOT NULL,
    prompt_tokens DOUBLE,
    output_tokens DOUBLE,
    cost_per_1000 VARCHAR,
    cost_basis VARCHAR NOT NULL,
    job_id VARCHAR,
    created_at TIMESTAMP NOT NULL,
    started_at TIMESTAMP,
    finished_at TIMESTAMP
);

CREATE TABLE rung_results (
    run_id VARCHAR NOT NULL,
    example_id VARCHAR NOT NULL,
    question VARCHAR NOT NULL,
    output VARCHAR NOT NULL,
    expected VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    correct BOOLEAN NOT NULL,
    prompt_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    passages JSON NOT NULL,
    cited JSON NOT NULL,
    gold_rank BIGINT,
    PRIMARY KEY (run_id, example_id)
);

-- One label for each answer: a changed mind replaces it.
CREATE TABLE failure_labels (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    example_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    rater VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Facts that only people know, as they answered them.
CREATE TABLE ladder_answers (
    project_id VARCHAR NOT NULL,
    fact VARCHAR NOT NULL,
    value JSON NOT NULL,
    PRIMARY KEY (project_id, fact)
);

-- Points of the checklists that a person ticked, or unticked against the studio's word.
CREATE TABLE checklist_ticks (
    project_id VARCHAR NOT NULL,
    item_id VARCHAR NOT NULL,
    done BOOLEAN NOT NULL,
    "at" TIMESTAMP NOT NULL,
    PRIMARY KEY (project_id, item_id)
);

-- What was expected of a piece of work, and what came of it; and speeds tried on this machine.

CREATE TABLE estimates (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    subject VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,
    family VARCHAR NOT NULL,
    low DOUBLE,
    mid DOUBLE,
    high DOUBLE,
    basis VARCHAR NOT NULL,
    factor DOUBLE NOT NULL,
    actual DOUBLE,
    created_at TIMESTAMP NOT NULL,
    actual_at TIMESTAMP
);

CREATE TABLE probes (
    id VARCHAR PRIMARY KEY,
    model_id VARCHAR NOT NULL,
    parameters BIGINT NOT NULL,
    method VARCHAR NOT NULL,
    device VARCHAR NOT NULL,
    examples VARCHAR NOT NULL,
    steps BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    seconds DOUBLE NOT NULL,
    tokens_per_second DOUBLE NOT NULL,
    memory_bytes BIGINT NOT NULL,
    "at" TIMESTAMP NOT NULL
);

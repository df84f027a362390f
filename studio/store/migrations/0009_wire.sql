-- What clients of the OpenAI wire keep here and ask for.

CREATE TABLE wire_files (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    filename VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    sha256 VARCHAR NOT NULL,
    deleted BOOLEAN NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP
);

CREATE TABLE wire_uploads (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    filename VARCHAR NOT NULL,
    purpose VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    mime_type VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    file_id VARCHAR,
    keep_seconds BIGINT,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL
);

CREATE TABLE wire_parts (
    id VARCHAR PRIMARY KEY,
    upload_id VARCHAR NOT NULL,
    size BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

CREATE TABLE tuning_orders (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    base_model VARCHAR NOT NULL,
    training_file VARCHAR NOT NULL,
    validation_file VARCHAR,
    suffix VARCHAR,
    seed BIGINT,
    metadata JSON,
    objective VARCHAR NOT NULL,
    asked JSON NOT NULL,
    ladder JSON NOT NULL,
    idempotency_key VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    error_code VARCHAR NOT NULL,
    error_message VARCHAR NOT NULL,
    error_param VARCHAR,
    created_at TIMESTAMP NOT NULL,
    finished_at TIMESTAMP
);

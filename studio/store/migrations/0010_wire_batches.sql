-- Answers that clients of the OpenAI wire ask for, one by one and in batches.

ALTER TABLE inferences ADD COLUMN metadata JSON DEFAULT '{}';

CREATE TABLE wire_batches (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    endpoint VARCHAR NOT NULL,
    input_file_id VARCHAR NOT NULL,
    metadata JSON NOT NULL,
    status VARCHAR NOT NULL,
    model VARCHAR,
    keep_seconds BIGINT,
    problems JSON NOT NULL,
    total BIGINT NOT NULL,
    completed BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    prompt_tokens BIGINT,
    output_tokens BIGINT,
    output_file_id VARCHAR,
    error_file_id VARCHAR,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    in_progress_at TIMESTAMP,
    finalizing_at TIMESTAMP,
    completed_at TIMESTAMP,
    failed_at TIMESTAMP,
    expired_at TIMESTAMP,
    cancelling_at TIMESTAMP,
    cancelled_at TIMESTAMP
);

-- What came of each line of a batch under way; the line itself lies in the input file.
CREATE TABLE wire_batch_lines (
    batch_id VARCHAR NOT NULL,
    line BIGINT NOT NULL,
    succeeded BOOLEAN NOT NULL,
    told VARCHAR NOT NULL,
    prompt_tokens BIGINT,
    output_tokens BIGINT,
    PRIMARY KEY (batch_id, line)
);

-- A project's own numbers for the thresholds of the rules that are our judgement.

CREATE TABLE threshold_edits (
    project_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    "at" TIMESTAMP NOT NULL,
    PRIMARY KEY (project_id, name)
);

-- Keys for programs that use /v1. The keys themselves are never here, only what they are recognised by.

CREATE TABLE api_keys (
    id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    prefix VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    scopes JSON NOT NULL,
    project_id VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP
);

CREATE TABLE access (
    id VARCHAR PRIMARY KEY,
    key_here BOOLEAN NOT NULL
);

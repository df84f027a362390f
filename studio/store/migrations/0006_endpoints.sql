-- Servers that speak the OpenAI wire. Keys are never here: `secret` is a name in keyring or environment.

CREATE TABLE endpoints (
    id VARCHAR PRIMARY KEY,
    name VARCHAR NOT NULL,
    base_url VARCHAR NOT NULL,
    models JSON NOT NULL,
    secret VARCHAR NOT NULL,
    api_version VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL
);

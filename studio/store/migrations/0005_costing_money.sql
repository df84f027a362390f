-- Money: what people put in for a price or for an assumption; the originals are not here.
-- Prices are text, so that no digit of a decimal is lost.

CREATE TABLE price_overrides (
    id VARCHAR PRIMARY KEY,
    usd VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL
);

CREATE TABLE assumption_edits (
    project_id VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    value DOUBLE NOT NULL,
    low DOUBLE,
    high DOUBLE,
    source VARCHAR NOT NULL,
    owner VARCHAR NOT NULL,
    "at" TIMESTAMP NOT NULL,
    PRIMARY KEY (project_id, key)
);

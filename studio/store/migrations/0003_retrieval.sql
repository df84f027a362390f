-- Documents that answers are grounded in, the stretches they are searched by, and their vectors.

CREATE TABLE corpora (
    id VARCHAR PRIMARY KEY,
    project_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    message VARCHAR NOT NULL,
    progress DOUBLE,
    embedding_model VARCHAR NOT NULL,
    chunk_words INTEGER NOT NULL,
    overlap_words INTEGER NOT NULL,
    n_documents BIGINT NOT NULL,
    n_chunks BIGINT NOT NULL,
    n_words BIGINT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    indexed_at TIMESTAMP
);

-- `chunked` says by which method the document's chunks were made; empty while it has none.
CREATE TABLE documents (
    id VARCHAR PRIMARY KEY,
    corpus_id VARCHAR NOT NULL,
    key VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    n_words BIGINT NOT NULL,
    text VARCHAR NOT NULL,
    created_at TIMESTAMP NOT NULL,
    chunked VARCHAR NOT NULL DEFAULT ''
);

-- No key: a document's chunks are written and removed together, and searches scan them all.
CREATE TABLE chunks (
    corpus_id VARCHAR NOT NULL,
    id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    "start" BIGINT NOT NULL,
    "end" BIGINT NOT NULL,
    text VARCHAR NOT NULL,
    heading VARCHAR NOT NULL
);

-- The few sentences of a chunk that a question is compared with; the chunk is what is given.
CREATE TABLE windows (
    corpus_id VARCHAR NOT NULL,
    document_id VARCHAR NOT NULL,
    chunk_id VARCHAR NOT NULL,
    position BIGINT NOT NULL,
    text VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL
);

-- By the hash of what was embedded, not by chunk: the same words are never embedded twice by the same model.
CREATE TABLE vectors (
    model VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    vector FLOAT[] NOT NULL
);

CREATE TABLE gold (
    corpus_id VARCHAR NOT NULL,
    prompt_hash VARCHAR NOT NULL,
    document_key VARCHAR NOT NULL,
    "start" BIGINT NOT NULL,
    "end" BIGINT NOT NULL,
    question VARCHAR NOT NULL
);

"""Chunks: the stretches of a corpus that are searched, and the vectors they are compared by."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from studio.domain.retrieval import Chunk
from studio.domain.values import Value
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database

if TYPE_CHECKING:
    import pyarrow as pa

FIELDS = tuple(Chunk.model_fields)
NUMBERS = frozenset({"position", "start", "end"})
QUESTIONS_AT_ONCE = 32
"""Questions compared with all vectors in one statement; more would hold more rows in memory."""


class Searched(NamedTuple):
    """A chunk and the hash of what stands for it in a search."""

    chunk: Chunk
    searched: str


class Place(Value):
    """Where a chunk stands, without its text."""

    id: str
    document_key: str
    start: int
    end: int


class Shown(Value):
    """A chunk as passages show it."""

    chunk: Chunk
    document_key: str
    title: str


class ChunkStore:
    """Keeps chunks and vectors; which documents there are is the corpora's affair."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(
        self, corpus_id: str, documents: Mapping[str, Sequence[Searched]], method: str
    ) -> None:
        """Writes the chunks of documents in place of those they had, and by which method.

        Documents that are gone meanwhile get none.
        """
        ids = list(documents)
        with self._database.write() as cursor:
            cursor.execute("DELETE FROM chunks WHERE document_id IN (SELECT unnest(?))", [ids])
            cursor.execute("SELECT id FROM documents WHERE id IN (SELECT unnest(?))", [ids])
            there = {id for (id,) in cursor.fetchall()}
            made = [one for id in ids if id in there for one in documents[id]]
            cursor.insert_batches(
                "INSERT INTO chunks BY NAME SELECT * FROM incoming",
                [functools.partial(_chunk_table, corpus_id, made)] if made else [],
            )
            cursor.execute(
                "UPDATE documents SET chunked = ? WHERE id IN (SELECT unnest(?))", [method, ids]
            )

    def missing(self, corpus_id: str, model: str) -> list[str]:
        """Returns the hashes of what that model has not embedded yet, each once."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT searched FROM chunks WHERE corpus_id = $1 AND searched NOT IN"
                " (SELECT searched FROM vectors WHERE model = $2)"
                " GROUP BY searched ORDER BY min(document_id), min(position)",
                [corpus_id, model],
            )
            return [hash for (hash,) in cursor.fetchall()]

    def by_hash(self, corpus_id: str, hashes: Sequence[str]) -> dict[str, tuple[str, Chunk]]:
        """Returns, for each hash, the title of its document and a chunk it stands for."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT c.searched, d.title, {rows.names(Chunk, 'c.')} FROM chunks c"
                " JOIN documents d ON d.id = c.document_id"
                " WHERE c.corpus_id = ? AND c.searched IN (SELECT unnest(?))",
                [corpus_id, list(hashes)],
            )
            return {
                fields.pop("searched"): (fields.pop("title"), Chunk.model_validate(fields))
                for fields in rows.contents(cursor)
            }

    def known(self, model: str, hashes: Sequence[str]) -> dict[str, list[float]]:
        """Returns the vectors kept for these hashes; those without one are absent."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT searched, vector FROM vectors"
                " WHERE model = ? AND searched IN (SELECT unnest(?))",
                [model, list(hashes)],
            )
            return dict(cursor.fetchall())

    def keep_vectors(self, model: str, vectors: Mapping[str, Sequence[float]]) -> None:
        """Keeps what a model made of texts, by the hash of each text."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM vectors WHERE model = ? AND searched IN (SELECT unnest(?))",
                [model, list(vectors)],
            )
            table = functools.partial(_vector_table, model, vectors)
            cursor.insert_batches("INSERT INTO vectors BY NAME SELECT * FROM incoming", [table])

    def texts(self, corpus_id: str) -> list[tuple[str, str, Chunk]]:
        """Returns every chunk with its hash and its document's title, in a lasting order."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT c.searched, d.title, {rows.names(Chunk, 'c.')} FROM chunks c"
                " JOIN documents d ON d.id = c.document_id"
                " WHERE c.corpus_id = ? ORDER BY d.key, d.id, c.position",
                [corpus_id],
            )
            return [
                (fields.pop("searched"), fields.pop("title"), Chunk.model_validate(fields))
                for fields in rows.contents(cursor)
            ]

    def places(self, corpus_id: str) -> list[Place]:
        """Returns where every chunk of the corpus stands."""
        with self._database.read() as cursor:
            cursor.execute(
                'SELECT c.id, d.key AS document_key, c."start", c."end" FROM chunks c'
                " JOIN documents d ON d.id = c.document_id WHERE c.corpus_id = ?",
                [corpus_id],
            )
            return rows.values(cursor, Place)

    def shown(self, corpus_id: str, ids: Sequence[str]) -> dict[str, Shown]:
        """Returns chunks as passages show them, by id; ids that are gone are absent."""
        with self._database.read() as cursor:
            cursor.execute(
                f"SELECT d.key, d.title, {rows.names(Chunk, 'c.')} FROM chunks c"
                " JOIN documents d ON d.id = c.document_id"
                " WHERE c.corpus_id = ? AND c.id IN (SELECT unnest(?))",
                [corpus_id, list(ids)],
            )
            found = [
                Shown(
                    document_key=fields.pop("key"),
                    title=fields.pop("title"),
                    chunk=Chunk.model_validate(fields),
                )
                for fields in rows.contents(cursor)
            ]
        return {one.chunk.id: one for one in found}

    def fingerprint(self, corpus_id: str) -> str:
        """Returns a text that changes whenever the corpus's chunks do."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT count(*) || '-' || coalesce(bit_xor(hash(id, searched)), 0)"
                " FROM chunks WHERE corpus_id = ?",
                [corpus_id],
            )
            return str(cursor.scalar())

    def nearest(
        self, corpus_id: str, model: str, questions: Sequence[Sequence[float]], k: int
    ) -> list[list[str]]:
        """Returns, for each question's vector, the ids of the `k` most alike chunks, best first.

        Vectors have length 1, so that their inner product is the cosine of their angle.
        """
        found: list[list[str]] = []
        for start in range(0, len(questions), QUESTIONS_AT_ONCE):
            part = questions[start : start + QUESTIONS_AT_ONCE]
            with self._database.read() as cursor:
                found += _nearest(cursor, corpus_id, model, part, k)
        return found


def _nearest(
    cursor: Cursor, corpus_id: str, model: str, questions: Sequence[Sequence[float]], k: int
) -> list[list[str]]:
    length = len(questions[0])
    # The cast to a fixed length makes the comparison the core's fast one; the number is ours.
    cursor.execute(
        f"""
        WITH asked AS (
            SELECT unnest($3::FLOAT[][])::FLOAT[{length:d}] AS vector,
                   unnest(range(len($3::FLOAT[][]))) AS n
        ), known AS (
            SELECT c.id, v.vector::FLOAT[{length:d}] AS vector
            FROM chunks c JOIN vectors v ON v.searched = c.searched AND v.model = $2
            WHERE c.corpus_id = $1 AND len(v.vector) = {length:d}
        ), compared AS (
            SELECT n, id, array_inner_product(known.vector, asked.vector) AS likeness
            FROM known, asked
        )
        SELECT n, id FROM compared
        QUALIFY row_number() OVER (PARTITION BY n ORDER BY likeness DESC, id) <= $4
        ORDER BY n, likeness DESC, id
        """,
        [corpus_id, model, [list(one) for one in questions], k],
    )
    found: list[list[str]] = [[] for _ in questions]
    for n, id in cursor.fetchall():
        found[n].append(id)
    return found


def _chunk_table(corpus_id: str, made: Sequence[Searched]) -> pa.Table:
    import pyarrow as pa  # a third of a second, which only indexing should pay

    columns: dict[str, Any] = {
        name: pa.array(
            [getattr(one.chunk, name) for one in made],
            pa.int64() if name in NUMBERS else pa.string(),
        )
        for name in FIELDS
    }
    columns["corpus_id"] = pa.array([corpus_id] * len(made), pa.string())
    columns["searched"] = pa.array([one.searched for one in made], pa.string())
    return pa.table(columns)


def _vector_table(model: str, vectors: Mapping[str, Sequence[float]]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "model": pa.array([model] * len(vectors), pa.string()),
            "searched": pa.array(list(vectors), pa.string()),
            "vector": pa.array(list(vectors.values()), pa.list_(pa.float32())),
        }
    )

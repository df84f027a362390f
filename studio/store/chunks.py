"""Chunks: what of a corpus is found, and the windows and vectors it is found by."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from studio.domain.retrieval import Chunk
from studio.domain.values import Value
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database

if TYPE_CHECKING:
    import pyarrow as pa

NUMBERS = frozenset({"position", "start", "end"})
QUESTIONS_AT_ONCE = 32
"""Questions compared with all vectors in one statement; more would hold more rows in memory."""


class Window(NamedTuple):
    """A few sentences of a chunk that a question is compared with."""

    text: str
    sha256: str


class Cut(NamedTuple):
    """A chunk with its windows."""

    chunk: Chunk
    windows: tuple[Window, ...]


class Text(NamedTuple):
    """A text to be searched and the chunk it stands for."""

    chunk_id: str
    title: str
    heading: str
    text: str


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
    """Keeps chunks, windows and vectors; which documents there are is the corpora's affair."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def replace(self, corpus_id: str, documents: Mapping[str, Sequence[Cut]], method: str) -> None:
        """Writes the chunks of documents in place of those they had, and by which method.

        Documents that are gone meanwhile get none; vectors nothing stands for any more go.
        """
        ids = list(documents)
        with self._database.write() as cursor:
            cursor.execute(
                "SELECT DISTINCT sha256 FROM windows WHERE document_id IN (SELECT unnest(?))", [ids]
            )
            before = [sha256 for (sha256,) in cursor.fetchall()]
            for table in ("chunks", "windows"):
                sql = f"DELETE FROM {table} WHERE document_id IN (SELECT unnest(?))"
                cursor.execute(sql, [ids])
            cursor.execute("SELECT id FROM documents WHERE id IN (SELECT unnest(?))", [ids])
            there = {id for (id,) in cursor.fetchall()}
            made = [one for id in ids if id in there for one in documents[id]]
            for table, incoming in _tables(corpus_id, made):
                cursor.insert_batches(
                    f"INSERT INTO {table} BY NAME SELECT * FROM incoming", incoming
                )
            cursor.execute(
                "DELETE FROM vectors WHERE sha256 IN (SELECT unnest(?))"
                " AND sha256 NOT IN (SELECT sha256 FROM windows)",
                [before],
            )
            cursor.execute(
                "UPDATE documents SET chunked = ? WHERE id IN (SELECT unnest(?))", [method, ids]
            )

    def missing(self, corpus_id: str, model: str) -> list[str]:
        """Returns the hashes of windows that model has not embedded yet, each once."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT sha256 FROM windows WHERE corpus_id = $1 AND sha256 NOT IN"
                " (SELECT sha256 FROM vectors WHERE model = $2)"
                " GROUP BY sha256 ORDER BY min((document_id, chunk_id, position))",
                [corpus_id, model],
            )
            return [sha256 for (sha256,) in cursor.fetchall()]

    def window_texts(self, corpus_id: str, hashes: Sequence[str]) -> dict[str, str]:
        """Returns hash → text of windows."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT DISTINCT sha256, text FROM windows"
                " WHERE corpus_id = ? AND sha256 IN (SELECT unnest(?))",
                [corpus_id, list(hashes)],
            )
            return dict(cursor.fetchall())

    def known(self, model: str, hashes: Sequence[str]) -> dict[str, list[float]]:
        """Returns the vectors kept for these hashes; those without one are absent."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT sha256, vector FROM vectors"
                " WHERE model = ? AND sha256 IN (SELECT unnest(?))",
                [model, list(hashes)],
            )
            return dict(cursor.fetchall())

    def keep_vectors(self, model: str, vectors: Mapping[str, Sequence[float]]) -> None:
        """Keeps what a model made of texts, by the hash of each text."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM vectors WHERE model = ? AND sha256 IN (SELECT unnest(?))",
                [model, list(vectors)],
            )
            table = functools.partial(_vector_table, model, vectors)
            cursor.insert_batches("INSERT INTO vectors BY NAME SELECT * FROM incoming", [table])

    def texts(self, corpus_id: str) -> list[Text]:
        """Returns the text of every chunk, in a lasting order."""
        return self._texts(
            "SELECT c.id, d.title, c.heading, c.text FROM chunks c"
            " JOIN documents d ON d.id = c.document_id"
            " WHERE c.corpus_id = ? ORDER BY d.key, d.id, c.position",
            corpus_id,
        )

    def windows(self, corpus_id: str) -> list[Text]:
        """Returns the text of every window, in a lasting order."""
        return self._texts(
            "SELECT w.chunk_id, d.title, '', w.text FROM windows w"
            " JOIN documents d ON d.id = w.document_id"
            " JOIN chunks c ON c.id = w.chunk_id AND c.document_id = d.id"
            " WHERE w.corpus_id = ? ORDER BY d.key, d.id, c.position, w.position",
            corpus_id,
        )

    def _texts(self, sql: str, corpus_id: str) -> list[Text]:
        with self._database.read() as cursor:
            return [Text(*row) for row in cursor.execute(sql, [corpus_id]).fetchall()]

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
                "SELECT count(*) || '-' || coalesce(bit_xor(hash(chunk_id, position, sha256)), 0)"
                " FROM windows WHERE corpus_id = ?",
                [corpus_id],
            )
            return str(cursor.scalar())

    def nearest(
        self, corpus_id: str, model: str, questions: Sequence[Sequence[float]], k: int
    ) -> list[list[str]]:
        """Returns, for each question's vector, the ids of the `k` most alike chunks, best first.

        A chunk is as alike as its best window. Vectors have length 1, so that their inner product
        is the cosine of their angle.
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
            SELECT w.chunk_id AS id, v.vector::FLOAT[{length:d}] AS vector
            FROM windows w JOIN vectors v ON v.sha256 = w.sha256 AND v.model = $2
            WHERE w.corpus_id = $1 AND len(v.vector) = {length:d}
        ), compared AS (
            SELECT n, id, max(array_inner_product(known.vector, asked.vector)) AS likeness
            FROM known, asked GROUP BY n, id
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


def _tables(
    corpus_id: str, made: Sequence[Cut]
) -> Iterator[tuple[str, list[Callable[[], pa.Table]]]]:
    if made:
        yield "chunks", [functools.partial(_chunk_table, corpus_id, made)]
        yield "windows", [functools.partial(_window_table, corpus_id, made)]


def _chunk_table(corpus_id: str, made: Sequence[Cut]) -> pa.Table:
    listed = [{"corpus_id": corpus_id, **dict(one.chunk)} for one in made]
    return _table(listed, ("corpus_id", *Chunk.model_fields))


def _window_table(corpus_id: str, made: Sequence[Cut]) -> pa.Table:
    listed = [
        {
            "corpus_id": corpus_id,
            "document_id": one.chunk.document_id,
            "chunk_id": one.chunk.id,
            "position": position,
            "text": window.text,
            "sha256": window.sha256,
        }
        for one in made
        for position, window in enumerate(one.windows)
    ]
    return _table(listed, ("corpus_id", "document_id", "chunk_id", "position", "text", "sha256"))


def _table(listed: Sequence[Mapping[str, Any]], names: Sequence[str]) -> pa.Table:
    import pyarrow as pa  # a third of a second, which only indexing should pay

    types = {name: pa.int64() if name in NUMBERS else pa.string() for name in names}
    return pa.table({n: pa.array([one[n] for one in listed], types[n]) for n in names})


def _vector_table(model: str, vectors: Mapping[str, Sequence[float]]) -> pa.Table:
    import pyarrow as pa

    return pa.table(
        {
            "model": pa.array([model] * len(vectors), pa.string()),
            "sha256": pa.array(list(vectors), pa.string()),
            "vector": pa.array(list(vectors.values()), pa.list_(pa.float32())),
        }
    )

"""Corpora: named bodies of documents, the documents' texts, and where known answers stand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from studio.domain.errors import Conflict, NotFound
from studio.domain.retrieval import Corpus, Document, DocumentLine, Gold
from studio.store import rows
from studio.store.cursor import Cursor
from studio.store.database import Database

V = TypeVar("V", Document, DocumentLine)

GONE = "It may have been removed; reload."


class CorpusStore:
    """Keeps corpora, documents and gold."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, corpus: Corpus) -> None:
        """Adds a corpus; Conflict when its project has one of that name."""
        with self._database.write() as cursor:
            taken = "SELECT id FROM corpora WHERE project_id = ? AND name = ? AND id <> ?"
            if cursor.execute(taken, [corpus.project_id, corpus.name, corpus.id]).scalar():
                raise Conflict(
                    f"The project has a collection of documents named {corpus.name!r} already.",
                    hint="Choose another name, or add to that one.",
                )
            rows.add(cursor, "corpora", corpus, "corpus")

    def get(self, id: str) -> Corpus:
        """Returns a corpus or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Corpus, "corpora", id, "corpus")

    def all(self, project_id: str) -> list[Corpus]:
        """Returns a project's corpora, oldest first."""
        with self._database.read() as cursor:
            sql = rows.select(Corpus, "corpora", "WHERE project_id = ? ORDER BY created_at, id")
            return rows.values(cursor.execute(sql, [project_id]), Corpus)

    def save(self, corpus: Corpus) -> Corpus:
        """Writes a corpus, with its totals counted anew, and returns it; NotFound when gone."""
        with self._database.write() as cursor:
            rows.get(cursor, Corpus, "corpora", corpus.id, "corpus")
            rows.update(cursor, "corpora", corpus)
            cursor.execute(
                "UPDATE corpora SET"
                " n_documents = (SELECT count(*) FROM documents WHERE corpus_id = $1),"
                " n_words = (SELECT coalesce(sum(n_words), 0) FROM documents WHERE corpus_id = $1),"
                " n_chunks = (SELECT count(*) FROM chunks WHERE corpus_id = $1) WHERE id = $1",
                [corpus.id],
            )
            return rows.get(cursor, Corpus, "corpora", corpus.id, "corpus")

    def note(self, id: str, message: str, progress: float | None) -> None:
        """Notes how far the indexing is; a corpus that is gone is no error."""
        with self._database.write() as cursor:
            sql = "UPDATE corpora SET message = ?, progress = ? WHERE id = ?"
            cursor.execute(sql, [message, progress, id])

    def remove(self, id: str) -> None:
        """Removes a corpus with all that belongs to it; NotFound when there is none."""
        with self._database.write() as cursor:
            rows.get(cursor, Corpus, "corpora", id, "corpus")
            cursor.execute("SELECT id FROM documents WHERE corpus_id = ?", [id])
            _remove_documents(cursor, [document_id for (document_id,) in cursor.fetchall()])
            cursor.execute("DELETE FROM gold WHERE corpus_id = ?", [id])
            cursor.execute("DELETE FROM corpora WHERE id = ?", [id])

    def put_documents(self, documents: Sequence[Document]) -> None:
        """Adds documents; one with the key of an earlier one takes its place.

        All belong to one corpus, and none has the key of another.
        """
        if not documents:
            return
        corpus_id, keys = documents[0].corpus_id, [one.key for one in documents]
        ids = [one.id for one in documents]
        with self._database.write() as cursor:
            rows.get(cursor, Corpus, "corpora", corpus_id, "corpus")
            cursor.execute(
                "SELECT id FROM documents WHERE corpus_id = ? AND key IN (SELECT unnest(?))"
                " AND id NOT IN (SELECT unnest(?))",
                [corpus_id, keys, ids],
            )
            _remove_documents(cursor, [id for (id,) in cursor.fetchall()])
            lists = ", ".join(["unnest(?)"] * len(Document.model_fields))
            columns = zip(*(rows.cells(one) for one in documents), strict=True)
            cursor.execute(
                f"INSERT INTO documents ({rows.names(Document)}) SELECT {lists}"
                " ON CONFLICT DO NOTHING",
                [list(column) for column in columns],
            )

    def known(self, corpus_id: str) -> dict[str, tuple[str, str]]:
        """Returns key → (id, hash of the text) of every document."""
        with self._database.read() as cursor:
            cursor.execute("SELECT key, id, sha256 FROM documents WHERE corpus_id = ?", [corpus_id])
            return {key: (id, sha256) for key, id, sha256 in cursor.fetchall()}

    def lines(self, corpus_id: str, ids: Sequence[str] | None = None) -> list[DocumentLine]:
        """Returns the documents without their texts, all or those named, by key."""
        return self._listed(DocumentLine, corpus_id, ids)

    def document(self, id: str) -> Document:
        """Returns a document or raises NotFound."""
        with self._database.read() as cursor:
            return rows.get(cursor, Document, "documents", id, "document")

    def documents(self, corpus_id: str, ids: Sequence[str] | None = None) -> list[Document]:
        """Returns documents with their texts, all or those named, by key."""
        return self._listed(Document, corpus_id, ids)

    def texts(self, corpus_id: str, keys: Sequence[str]) -> dict[str, str]:
        """Returns key → text of the documents named; keys without one are absent."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT key, text FROM documents WHERE corpus_id = ? AND key IN (SELECT unnest(?))",
                [corpus_id, list(keys)],
            )
            return dict(cursor.fetchall())

    def unchunked(self, corpus_id: str, method: str) -> list[str]:
        """Returns the ids of documents whose chunks were not made by that method, by key."""
        with self._database.read() as cursor:
            cursor.execute(
                "SELECT id FROM documents WHERE corpus_id = ? AND chunked <> ? ORDER BY key",
                [corpus_id, method],
            )
            return [id for (id,) in cursor.fetchall()]

    def remove_document(self, id: str) -> str:
        """Removes a document with its chunks and returns the id of its corpus."""
        with self._database.write() as cursor:
            cursor.execute("SELECT corpus_id FROM documents WHERE id = ?", [id])
            corpus_id = cursor.scalar()
            if corpus_id is None:
                raise NotFound(f"There is no document {id}.", hint=GONE)
            _remove_documents(cursor, [id])
            return str(corpus_id)

    def _listed(self, kind: type[V], corpus_id: str, ids: Sequence[str] | None) -> list[V]:
        where = "WHERE corpus_id = $1 AND ($2 IS NULL OR id IN (SELECT unnest($2))) ORDER BY key"
        given = [corpus_id, None if ids is None else list(ids)]
        with self._database.read() as cursor:
            return rows.values(cursor.execute(rows.select(kind, "documents", where), given), kind)

    def keep_gold(self, gold: Sequence[Gold]) -> None:
        """Keeps where answers stand; what is known already is not kept twice."""
        lists = ", ".join(["unnest(?)"] * len(Gold.model_fields))
        columns = [list(column) for column in zip(*map(rows.cells, gold), strict=True)]
        with self._database.write() as cursor:
            if gold:
                names = rows.names(Gold)
                cursor.execute(
                    f"INSERT INTO gold ({names}) SELECT DISTINCT * FROM (SELECT {lists})"
                    f" EXCEPT SELECT {names} FROM gold",
                    columns,
                )

    def drop_gold(self, gold: Gold) -> None:
        """Forgets where an answer stands; a place nobody knows changes nothing."""
        with self._database.write() as cursor:
            cursor.execute(
                "DELETE FROM gold WHERE corpus_id = ? AND prompt_hash = ? AND document_key = ?"
                ' AND "start" = ? AND "end" = ?',
                [gold.corpus_id, gold.prompt_hash, gold.document_key, gold.start, gold.end],
            )

    def gold(self, corpus_id: str) -> list[Gold]:
        """Returns every known place of an answer."""
        rest = 'WHERE corpus_id = ? ORDER BY document_key, "start", "end", prompt_hash'
        with self._database.read() as cursor:
            return rows.values(cursor.execute(rows.select(Gold, "gold", rest), [corpus_id]), Gold)


def _remove_documents(cursor: Cursor, ids: Sequence[str]) -> None:
    """Takes documents out with their chunks, and vectors that stand for nothing any more."""
    if not ids:
        return
    gone = "document_id IN (SELECT unnest($1))"
    cursor.execute(
        f"DELETE FROM vectors WHERE sha256 IN (SELECT sha256 FROM windows WHERE {gone})"
        f" AND sha256 NOT IN (SELECT sha256 FROM windows WHERE NOT {gone})",
        [list(ids)],
    )
    cursor.execute(f"DELETE FROM windows WHERE {gone}", [list(ids)])
    cursor.execute(f"DELETE FROM chunks WHERE {gone}", [list(ids)])
    cursor.execute("DELETE FROM documents WHERE id IN (SELECT unnest(?))", [list(ids)])

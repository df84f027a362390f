"""Corpora: documents by key, gold without repeats, and nothing left behind by what is removed."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.errors import Conflict, NotFound
from studio.domain.retrieval import Corpus, CorpusStatus, Document, Gold
from studio.domain.values import now
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore
from studio.store.database import Database
from tests.unit.store.passages import corpus, cut, document


@pytest.fixture
def store(database: Database) -> CorpusStore:
    store = CorpusStore(database)
    store.add(corpus("corpus_1"))
    return store


def gold(start: int, **changes: Any) -> Gold:
    return Gold(
        corpus_id="corpus_1", prompt_hash="h", document_key="a", start=start, end=start + 5
    ).with_(**changes)


def test_a_corpus_comes_back_as_it_was(store: CorpusStore) -> None:
    other = corpus("corpus_2", name="Terms", project_id="project_2", indexed_at=now())
    store.add(other)
    assert store.get("corpus_2") == other
    assert store.all("project_2") == [other]
    with pytest.raises(NotFound, match="corpus_9"):
        store.get("corpus_9")


def test_two_corpora_of_a_project_have_two_names(store: CorpusStore) -> None:
    with pytest.raises(Conflict, match="Articles"):
        store.add(corpus("corpus_2"))
    store.add(corpus("corpus_2", project_id="project_2"))


def test_saving_counts_anew(store: CorpusStore, database: Database) -> None:
    store.put_documents([document("a", n_words=4), document("b", n_words=3)])
    ChunkStore(database).replace("corpus_1", {"doc_a": [cut("doc_a", "x")]}, "1")
    saved = store.save(store.get("corpus_1").with_(status=CorpusStatus.READY, n_words=999))
    assert (saved.status, saved.n_documents, saved.n_chunks, saved.n_words) == ("ready", 2, 1, 7)
    with pytest.raises(NotFound):
        store.save(corpus("corpus_9"))


def test_progress_is_noted_without_touching_the_rest(store: CorpusStore) -> None:
    store.note("corpus_1", "Half way", 0.5)
    noted = store.get("corpus_1")
    assert (noted.message, noted.progress, noted.status) == ("Half way", 0.5, CorpusStatus.EMPTY)
    store.note("corpus_9", "Gone", None)


def test_documents_come_back_by_key_with_or_without_text(store: CorpusStore) -> None:
    kept = [document("b", text="B"), document("a", text="A")]
    store.put_documents(kept)
    store.put_documents(kept)
    store.put_documents([])
    assert [one.text for one in store.documents("corpus_1")] == ["A", "B"]
    assert [one.key for one in store.lines("corpus_1")] == ["a", "b"]
    assert [one.key for one in store.lines("corpus_1", ["doc_b"])] == ["b"]
    assert store.document("doc_a") == kept[1]
    assert store.texts("corpus_1", ["b", "c"]) == {"b": "B"}
    assert store.known("corpus_1") == {"a": ("doc_a", "0" * 64), "b": ("doc_b", "0" * 64)}
    with pytest.raises(NotFound):
        store.document("doc_z")


def test_documents_of_no_corpus_are_refused(store: CorpusStore) -> None:
    with pytest.raises(NotFound):
        store.put_documents([document("a", corpus_id="corpus_9")])


def test_a_document_takes_the_place_of_its_namesake(store: CorpusStore, database: Database) -> None:
    chunks = ChunkStore(database)
    store.put_documents([document("a")])
    chunks.replace("corpus_1", {"doc_a": [cut("doc_a", "x")]}, "1")
    chunks.keep_vectors("m", {"x": [1.0, 0.0]})
    store.put_documents([document("a", id="doc_new", text="New")])
    assert [one.id for one in store.documents("corpus_1")] == ["doc_new"]
    assert chunks.texts("corpus_1") == []
    assert chunks.known("m", ["x"]) == {}


def test_vectors_stay_while_other_chunks_say_the_same(
    store: CorpusStore, database: Database
) -> None:
    chunks = ChunkStore(database)
    store.put_documents([document("a"), document("b")])
    made = {id: [cut(id, "x")] for id in ("doc_a", "doc_b")}
    chunks.replace("corpus_1", made, "1")
    chunks.keep_vectors("m", {"x": [1.0, 0.0]})
    assert store.remove_document("doc_a") == "corpus_1"
    assert chunks.known("m", ["x"]) == {"x": [1.0, 0.0]}
    with pytest.raises(NotFound):
        store.remove_document("doc_a")


def test_a_document_waits_until_it_is_cut_by_the_method(
    store: CorpusStore, database: Database
) -> None:
    store.put_documents([document("b"), document("a")])
    assert store.unchunked("corpus_1", "1/180/30") == ["doc_a", "doc_b"]
    ChunkStore(database).replace("corpus_1", {"doc_a": []}, "1/180/30")
    assert store.unchunked("corpus_1", "1/180/30") == ["doc_b"]
    assert store.unchunked("corpus_1", "1/120/0") == ["doc_a", "doc_b"]


def test_gold_is_kept_once(store: CorpusStore) -> None:
    store.keep_gold([gold(5), gold(1), gold(5)])
    store.keep_gold([gold(1), gold(9, question="How long?")])
    store.keep_gold([])
    assert [one.start for one in store.gold("corpus_1")] == [1, 5, 9]
    assert store.gold("corpus_2") == []


def test_removing_a_corpus_leaves_nothing_behind(store: CorpusStore, database: Database) -> None:
    store.add(corpus("corpus_2", name="Terms"))
    store.put_documents([document("a")])
    store.put_documents([document("a", id="doc_2", corpus_id="corpus_2")])
    store.keep_gold([gold(1), gold(1, corpus_id="corpus_2")])
    made = {"doc_a": [cut("doc_a", "x")]}
    ChunkStore(database).replace("corpus_1", made, "1")
    ChunkStore(database).keep_vectors("m", {"x": [1.0]})
    store.remove("corpus_1")
    with database.read() as cursor:
        left = [
            cursor.execute(f"SELECT count(*) FROM {table}").scalar()
            for table in ("corpora", "documents", "gold", "chunks", "windows", "vectors")
        ]
    assert left == [1, 1, 1, 0, 0, 0]
    with pytest.raises(NotFound):
        store.remove("corpus_1")


@pytest.mark.parametrize(
    ("table", "noun", "beside"),
    [("corpora", Corpus, set()), ("documents", Document, {"chunked"}), ("gold", Gold, set())],
)
def test_every_field_has_its_column(
    table: str, noun: Any, beside: set[str], database: Database
) -> None:
    with database.read() as cursor:
        cursor.execute("SELECT column_name FROM duckdb_columns() WHERE table_name = ?", [table])
        found = {name for (name,) in cursor.fetchall()}
    assert found == set(noun.model_fields) | beside


def test_one_place_is_forgotten_and_no_other(database: Database) -> None:
    store = CorpusStore(database)
    for one in (gold(1), gold(2), gold(1, prompt_hash="other")):
        store.keep_gold([one])
    store.drop_gold(gold(1))
    store.drop_gold(gold(9))
    kept = {(one.start, one.prompt_hash) for one in store.gold(gold(1).corpus_id)}
    assert kept == {(2, gold(1).prompt_hash), (1, "other")}

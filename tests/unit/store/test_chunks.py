"""Chunks are replaced with their document, and compared by vectors of the same model."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from studio.store.chunks import QUESTIONS_AT_ONCE, ChunkStore, Text
from studio.store.corpora import CorpusStore
from studio.store.database import Database
from tests.unit.store.passages import corpus, cut, document


@pytest.fixture
def store(database: Database) -> ChunkStore:
    """Documents a (three chunks) and b (one chunk) of corpus_1, one chunk of corpus_2."""
    corpora, store = CorpusStore(database), ChunkStore(database)
    corpora.add(corpus("corpus_1"))
    corpora.add(corpus("corpus_2", name="Terms"))
    corpora.put_documents([document("a"), document("b")])
    corpora.put_documents([document("c", corpus_id="corpus_2")])
    fill(store, "corpus_1", doc_a="xyz", doc_b="y")
    fill(store, "corpus_2", doc_c="x")
    return store


def fill(store: ChunkStore, corpus_id: str, **hashes: str) -> None:
    """Gives documents chunks of one window each, one for each letter."""
    made = {id: [cut(id, one, at) for at, one in enumerate(each)] for id, each in hashes.items()}
    store.replace(corpus_id, made, "1")


def turned(degrees: float) -> Sequence[float]:
    return [math.cos(math.radians(degrees)), math.sin(math.radians(degrees))]


def test_texts_come_back_in_order_with_their_title(store: ChunkStore) -> None:
    ids = ["chunk_doc_a_0", "chunk_doc_a_1", "chunk_doc_a_2", "chunk_doc_b_0"]
    assert [one.chunk_id for one in store.texts("corpus_1")] == ids
    assert store.texts("corpus_1")[0] == Text(ids[0], "Title a", "Heading", "text")
    assert [one.chunk_id for one in store.windows("corpus_1")] == ids
    assert store.windows("corpus_1")[3] == Text(ids[3], "Title b", "", "Window y")


def test_replacing_leaves_no_old_chunk_and_other_documents_alone(store: ChunkStore) -> None:
    before = store.fingerprint("corpus_1")
    fill(store, "corpus_1", doc_a="w")
    assert [one.text[-1] for one in store.windows("corpus_1")] == ["w", "y"]
    assert store.fingerprint("corpus_1") != before
    fill(store, "corpus_1", doc_a="xyz")
    assert store.fingerprint("corpus_1") == before
    fill(store, "corpus_1", doc_a="")
    assert len(store.texts("corpus_1")) == len(store.windows("corpus_1")) == 1


def test_vectors_that_nothing_stands_for_any_more_go(store: ChunkStore) -> None:
    store.keep_vectors("m", {hash: turned(0) for hash in "xyz"} | {"example": turned(0)})
    fill(store, "corpus_1", doc_a="zw")
    # x is still in corpus_2 and y in document b.
    assert set(store.known("m", ["x", "y", "z", "example"])) == {"x", "y", "z", "example"}
    fill(store, "corpus_1", doc_a="w")
    assert set(store.known("m", ["x", "y", "z", "example"])) == {"x", "y", "example"}


def test_a_document_removed_meanwhile_gets_no_chunks(store: ChunkStore) -> None:
    fill(store, "corpus_1", doc_gone="q")
    assert len(store.texts("corpus_1")) == 4
    assert "q" not in store.missing("corpus_1", "m")


def test_places_and_passages_are_found_by_id(store: ChunkStore) -> None:
    places = {place.id: place for place in store.places("corpus_1")}
    assert len(places) == 4
    place = places["chunk_doc_a_2"]
    assert (place.document_key, place.start, place.end) == ("a", 20, 24)
    shown = store.shown("corpus_1", ["chunk_doc_b_0", "chunk_doc_c_0", "chunk_gone"])
    assert list(shown) == ["chunk_doc_b_0"]
    assert (shown["chunk_doc_b_0"].title, shown["chunk_doc_b_0"].document_key) == ("Title b", "b")


def test_what_was_embedded_is_not_missing_any_more(store: ChunkStore) -> None:
    assert store.missing("corpus_1", "m") == ["x", "y", "z"]
    store.keep_vectors("m", {"y": [1.0, 0.0]})
    store.keep_vectors("m", {"y": [0.0, 1.0]})
    assert store.missing("corpus_1", "m") == ["x", "z"]
    assert store.missing("corpus_1", "other") == ["x", "y", "z"]
    assert store.known("m", ["x", "y"]) == {"y": [0.0, 1.0]}
    assert store.window_texts("corpus_1", ["z", "q"]) == {"z": "Window z"}


def test_the_most_alike_come_first_and_equals_by_id(store: ChunkStore) -> None:
    store.keep_vectors("m", {"x": turned(0), "y": turned(40), "z": turned(90)})
    near = store.nearest("corpus_1", "m", [turned(10), turned(80)], 3)
    assert near == [
        ["chunk_doc_a_0", "chunk_doc_a_1", "chunk_doc_b_0"],
        ["chunk_doc_a_2", "chunk_doc_a_1", "chunk_doc_b_0"],
    ]


def test_a_chunk_is_as_alike_as_its_best_window(store: ChunkStore) -> None:
    store.replace("corpus_1", {"doc_a": [cut("doc_a", "xz"), cut("doc_a", "y", 1)]}, "1")
    store.keep_vectors("m", {"x": turned(0), "y": turned(60), "z": turned(90)})
    assert store.nearest("corpus_1", "m", [turned(85)], 9) == [
        ["chunk_doc_a_0", "chunk_doc_a_1", "chunk_doc_b_0"]
    ]


def test_many_questions_are_answered_in_their_order(store: ChunkStore) -> None:
    store.keep_vectors("m", {"x": turned(0), "y": turned(40), "z": turned(90)})
    asked = [turned(90 * (at % 2)) for at in range(2 * QUESTIONS_AT_ONCE + 3)]
    near = store.nearest("corpus_1", "m", asked, 1)
    assert near == [[f"chunk_doc_a_{2 * (at % 2)}"] for at in range(len(asked))]


def test_vectors_of_another_model_or_length_are_not_compared(store: ChunkStore) -> None:
    store.keep_vectors("m", {"x": turned(0)})
    store.keep_vectors("other", {"y": turned(0)})
    store.keep_vectors("m", {"z": [1.0, 0.0, 0.0]})
    assert store.nearest("corpus_1", "m", [turned(0)], 9) == [["chunk_doc_a_0"]]
    assert store.nearest("corpus_1", "m", [], 9) == []


def test_vectors_survive_a_restart(on_disk: Database) -> None:
    path = on_disk.path
    ChunkStore(on_disk).keep_vectors("m", {"x": [0.5, 0.25]})
    on_disk.close()
    with Database(path) as again:
        assert ChunkStore(again).known("m", ["x"]) == {"x": [0.5, 0.25]}

"""Indexing in the background: one at a time, cancelled, resumed, and honest when it fails."""

from __future__ import annotations

import threading

import pytest

from studio.domain.errors import (
    Conflict,
)
from studio.domain.retrieval import Corpus, CorpusStatus
from studio.store.chunks import ChunkStore
from studio.store.corpora import CorpusStore
from tests.fakes.measuring import wait_until
from tests.fakes.retrieval import FakeEmbedder
from tests.unit.services.shelf import Shelf, keys


def test_the_background_indexes_and_pages_see_it(shelf: Shelf, corpus: Corpus) -> None:
    shelf.embedder.stop_after = 1
    before = shelf.service.revision()
    assert shelf.service.start_index(corpus.id).status is CorpusStatus.INDEXING
    assert shelf.embedder.reached.wait(20)
    shelf.service.start_index(corpus.id)
    with pytest.raises(Conflict, match="being indexed"):
        shelf.service.cut(corpus.id, 60, 0)
    shelf.embedder.go_on.set()
    wait_until(lambda: shelf.service.corpus(corpus.id).status is CorpusStatus.READY)
    assert len(shelf.embedder.embedded) == 3
    wait_until(lambda: shelf.service.revision() >= before + 2)


def test_a_cancelled_indexing_goes_on_where_it_was(shelf: Shelf, corpus: Corpus) -> None:
    shelf.embedder.stop_after = 1
    shelf.service.start_index(corpus.id)
    assert shelf.embedder.reached.wait(20)
    shelf.service.cancel_index(corpus.id)
    shelf.embedder.go_on.set()
    wait_until(lambda: shelf.service.corpus(corpus.id).status is CorpusStatus.STALE)
    assert "goes on where it was" in shelf.service.corpus(corpus.id).message
    assert shelf.service.search(corpus.id, "refund", 1)[0].meaning_rank is None
    assert shelf.service.index(corpus.id).status is CorpusStatus.READY


def test_one_who_waits_for_a_turn_can_leave(shelf: Shelf, corpus: Corpus) -> None:
    other = shelf.service.create("project_1", "Other")
    shelf.add(other, note="A note.")
    shelf.embedder.stop_after = 1
    shelf.service.start_index(corpus.id)
    assert shelf.embedder.reached.wait(20)
    waiting = shelf.service.index(other.id, cancelled=lambda: True)
    assert waiting.status is CorpusStatus.STALE
    shelf.embedder.go_on.set()


def test_a_corpus_left_in_the_middle_is_stale_after_a_restart(
    shelf: Shelf, indexed: Corpus
) -> None:
    CorpusStore(shelf.database).save(indexed.with_(status=CorpusStatus.INDEXING, progress=0.4))
    again = shelf.opened()
    found = again.corpus(indexed.id)
    assert (found.status, found.progress) == (CorpusStatus.STALE, None)
    assert "interrupted" in found.message
    assert again.corpora("project_1") == [found]
    shelf.embedder.embedded.clear()
    assert again.index(indexed.id).status is CorpusStatus.READY
    assert shelf.embedder.embedded == []


def test_what_a_killed_indexing_kept_is_not_embedded_again(shelf: Shelf, corpus: Corpus) -> None:
    long = shelf.service.create("project_1", "Long")
    shelf.add(long, **{f"note{n}": f"Note number {n} about subject {n}." for n in range(300)})
    shelf.embedder.stop_after = 200
    shelf.service.start_index(long.id)
    assert shelf.embedder.reached.wait(20)
    shelf.embedder.stop_after = None
    # Another process would find what the database holds at this moment.
    kept = ChunkStore(shelf.database).missing(long.id, "fake@1")
    assert len(kept) == 300 - 128
    shelf.embedder.go_on.set()
    wait_until(lambda: shelf.service.corpus(long.id).status is CorpusStatus.READY)
    assert len(shelf.embedder.embedded) == 300


def test_a_corpus_removed_while_it_is_indexed_is_gone(shelf: Shelf, corpus: Corpus) -> None:
    shelf.embedder.stop_after = 1
    shelf.service.start_index(corpus.id)
    assert shelf.embedder.reached.wait(20)
    removing = threading.Thread(target=shelf.service.remove, args=(corpus.id,))
    removing.start()
    shelf.embedder.go_on.set()
    removing.join(20)
    assert shelf.service.corpora("project_1") == []


def test_documents_that_come_in_meanwhile_leave_it_stale(shelf: Shelf, corpus: Corpus) -> None:
    shelf.embedder.stop_after = 1
    shelf.service.start_index(corpus.id)
    assert shelf.embedder.reached.wait(20)
    shelf.add(corpus, late="A late note.")
    assert shelf.service.corpus(corpus.id).status is CorpusStatus.INDEXING
    shelf.embedder.go_on.set()
    wait_until(lambda: shelf.service.corpus(corpus.id).status is CorpusStatus.STALE)
    assert shelf.service.index(corpus.id).n_chunks == 4


def test_a_defect_leaves_it_failed_and_searchable_by_keyword(
    shelf: Shelf, corpus: Corpus, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FakeEmbedder):
        def embed(self, *given: object, **named: object) -> list[list[float]]:
            raise RuntimeError("defect")

    service = shelf.opened(Broken())
    with pytest.raises(RuntimeError):
        service.index(corpus.id)
    failed = service.corpus(corpus.id)
    assert failed.status is CorpusStatus.FAILED
    assert "log" in failed.message
    assert keys(service.search(corpus.id, "refund", 1)) == ["returns"]

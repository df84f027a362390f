"""Documents are brought in, indexed a step at a time, searched, and measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.core.retrieval.gold import question_hash
from studio.domain.errors import (
    BackendUnavailable,
    Conflict,
    InvalidInput,
    NotFound,
    WorkerFailed,
)
from studio.domain.interfaces import RawDocument
from studio.domain.retrieval import Corpus, CorpusStatus, Gold, Refusal, RetrievalMode
from tests.fakes.retrieval import FakeEmbedder
from tests.unit.services.shelf import DELIVERY, RETURNS, SYNONYMS, WARRANTY, Shelf, keys


def test_a_corpus_is_named_and_listed(shelf: Shelf) -> None:
    corpus = shelf.service.create("project_1", "  Terms of   sale ")
    assert (corpus.name, corpus.status) == ("Terms of sale", CorpusStatus.EMPTY)
    assert shelf.service.corpora("project_1") == [corpus]
    assert shelf.service.corpora("project_2") == []
    with pytest.raises(InvalidInput):
        shelf.service.create("project_1", " ")
    with pytest.raises(Conflict):
        shelf.service.create("project_1", "Terms of sale")


def test_documents_come_in_and_refusals_are_told(shelf: Shelf) -> None:
    corpus = shelf.service.create("project_1", "Terms")
    shelf.reader.files["box.jsonl"] = [
        RawDocument(key="7", title="7", kind="jsonl", text="The Smart City\n\nA study."),
        Refusal(name="row 2", reason="It has no text."),
        RawDocument(key="8", title="", kind="jsonl", text=" \n "),
        RawDocument(key="7", title="7", kind="jsonl", text="Again."),
    ]
    added = shelf.service.add(corpus.id, "/tmp/upload-1", "box.jsonl")
    assert [(one.key, one.title, one.n_words) for one in added.documents] == [
        ("7", "The Smart City", 5)
    ]
    assert [one.name for one in added.refused] == ["row 2", "8", "7"]
    now = shelf.service.corpus(corpus.id)
    assert (now.status, now.n_documents, now.n_words) == (CorpusStatus.STALE, 1, 5)
    assert shelf.service.documents(corpus.id) == list(added.documents)
    assert shelf.service.document(added.documents[0].id).text == "The Smart City\n\nA study."
    assert shelf.service.tokens(corpus.id) == 7


def test_a_file_is_known_by_its_own_name_when_no_other_is_given(shelf: Shelf) -> None:
    corpus = shelf.service.create("project_1", "Terms")
    added = shelf.service.add(corpus.id, Path("/tmp/missing.pdf"))
    assert added.refused == (Refusal(name="missing.pdf", reason="It cannot be read."),)
    assert shelf.service.corpus(corpus.id).status is CorpusStatus.EMPTY


def test_the_same_document_again_changes_nothing(shelf: Shelf, indexed: Corpus) -> None:
    before = shelf.service.documents(indexed.id)
    shelf.add(indexed, delivery=DELIVERY)
    assert shelf.service.documents(indexed.id) == before
    assert shelf.service.corpus(indexed.id).status is CorpusStatus.READY


def test_an_indexed_corpus_is_ready_and_says_by_which_model(indexed: Corpus) -> None:
    assert (indexed.status, indexed.message, indexed.progress) == (CorpusStatus.READY, "", None)
    assert (indexed.n_documents, indexed.n_chunks) == (3, 3)
    assert indexed.embedding_model == "fake@1"
    assert indexed.indexed_at is not None


def test_only_what_changed_is_embedded_again(shelf: Shelf, indexed: Corpus) -> None:
    shelf.embedder.embedded.clear()
    shelf.add(indexed, returns="No returns any more.")
    assert shelf.service.corpus(indexed.id).status is CorpusStatus.STALE
    again = shelf.service.index(indexed.id)
    assert (again.status, again.n_documents) == (CorpusStatus.READY, 3)
    assert shelf.embedder.embedded == ["No returns any more."]
    assert shelf.service.search(indexed.id, "refund price", mode=RetrievalMode.KEYWORD) == []


def test_an_empty_corpus_has_nothing_to_index(shelf: Shelf) -> None:
    corpus = shelf.service.create("project_1", "Terms")
    assert shelf.service.index(corpus.id).status is CorpusStatus.EMPTY


def test_progress_tells_what_is_being_done(shelf: Shelf, corpus: Corpus) -> None:
    told: list[tuple[str, float | None]] = []
    shelf.service.index(corpus.id, progress=lambda what, share: told.append((what, share)))
    assert ("Fetching the embedding model", 1.0) in told
    assert told[-1] == ("Part 3 of 3", 1.0)


def test_keyword_finds_words_and_meaning_finds_what_is_meant(shelf: Shelf, indexed: Corpus) -> None:
    search = shelf.service.search
    assert keys(search(indexed.id, "thirty days", 1, RetrievalMode.KEYWORD)) == ["returns"]
    assert search(indexed.id, "repair", 1, RetrievalMode.KEYWORD) == []
    (found,) = search(indexed.id, "repair", 1, RetrievalMode.MEANING)
    assert (found.document_key, found.meaning_rank, found.keyword_rank) == ("warranty", 1, None)
    both = search(indexed.id, "parcels repair", 2)
    assert set(keys(both)) == {"delivery", "warranty"}
    assert [one.rank for one in both] == [1, 2]
    assert both[0].chunk in shelf.service.chunks(indexed.id, [one.chunk.id for one in both])


def test_many_questions_are_answered_in_order(shelf: Shelf, indexed: Corpus) -> None:
    asked = ["two days parcels", "refund", "", "guarantee"] * 40
    found = shelf.service.search_many(indexed.id, asked, 1)
    assert [keys(one) for one in found] == [["delivery"], ["returns"], [], ["warranty"]] * 40


def test_chunks_come_back_in_the_order_asked(shelf: Shelf, indexed: Corpus) -> None:
    ids = [one.chunk.id for one in shelf.service.search(indexed.id, "days tool price", 3)]
    found = shelf.service.chunks(indexed.id, [*reversed(ids), "chunk_gone"])
    assert [chunk.id for chunk in found] == list(reversed(ids))


def test_a_corpus_without_index_says_so(shelf: Shelf, corpus: Corpus) -> None:
    with pytest.raises(Conflict, match="not been indexed"):
        shelf.service.search(corpus.id, "days")
    with pytest.raises(InvalidInput, match="0 passages"):
        shelf.service.search(corpus.id, "days", 0)


def test_without_a_model_it_is_searched_by_keyword_and_says_so(
    shelf: Shelf, corpus: Corpus
) -> None:
    shelf.embedder.refuses = BackendUnavailable("The model hub cannot be reached.")
    ready = shelf.service.index(corpus.id)
    assert (ready.status, ready.embedding_model) == (CorpusStatus.READY, "")
    assert ready.message == "Searched by keyword only: The model hub cannot be reached."
    (found,) = shelf.service.search(corpus.id, "refund", 1)
    assert (found.document_key, found.meaning_rank) == ("returns", None)
    with pytest.raises(BackendUnavailable, match="keyword only"):
        shelf.service.search(corpus.id, "refund", 1, RetrievalMode.MEANING)
    shelf.embedder.refuses = None
    assert shelf.service.index(corpus.id).embedding_model == "fake@1"


def test_trouble_with_the_model_is_told_where_there_are_vectors(
    shelf: Shelf, indexed: Corpus
) -> None:
    shelf.embedder.fails = WorkerFailed("The embedding worker ran out of memory.")
    with pytest.raises(WorkerFailed):
        shelf.service.search(indexed.id, "refund")
    assert keys(shelf.service.search(indexed.id, "refund", 1, RetrievalMode.KEYWORD)) == ["returns"]


def test_a_worker_that_dies_while_indexing_leaves_keyword_search(
    shelf: Shelf, corpus: Corpus
) -> None:
    shelf.embedder.fails = WorkerFailed("The embedding worker ran out of memory.")
    ready = shelf.service.index(corpus.id)
    assert ready.status is CorpusStatus.READY
    assert "ran out of memory" in ready.message


def test_vectors_of_another_model_are_not_compared(shelf: Shelf, indexed: Corpus) -> None:
    other = FakeEmbedder(SYNONYMS)
    other.model = "fake@2"
    service = shelf.opened(other)
    (found,) = service.search(indexed.id, "refund", 1)
    assert found.meaning_rank is None
    assert service.index(indexed.id).embedding_model == "fake@2"
    assert len(other.embedded) == 3


def test_removing_a_document_is_seen_at_once(shelf: Shelf, indexed: Corpus) -> None:
    (found,) = shelf.service.search(indexed.id, "refund", 1)
    shelf.service.remove_document(found.chunk.document_id)
    assert "returns" not in keys(shelf.service.search(indexed.id, "refund price goods", 3))
    left = shelf.service.corpus(indexed.id)
    assert (left.status, left.n_documents, left.n_chunks) == (CorpusStatus.READY, 2, 2)
    for line in shelf.service.documents(indexed.id):
        shelf.service.remove_document(line.id)
    assert shelf.service.corpus(indexed.id).status is CorpusStatus.EMPTY


def test_removing_a_corpus_removes_its_files(shelf: Shelf, indexed: Corpus) -> None:
    shelf.service.search(indexed.id, "refund")
    assert list((shelf.folder / "retrieval").iterdir())
    shelf.service.remove(indexed.id)
    assert list((shelf.folder / "retrieval").iterdir()) == []
    with pytest.raises(NotFound):
        shelf.service.corpus(indexed.id)


def test_other_passage_lengths_are_cut_at_the_next_indexing(shelf: Shelf) -> None:
    corpus = shelf.service.create("project_1", "Terms")
    shelf.add(corpus, long=" ".join(f"Word number {n} stands here." for n in range(60)))
    assert shelf.service.index(corpus.id).n_chunks <= 3
    assert shelf.service.cut(corpus.id, 60, 10).status is CorpusStatus.STALE
    assert shelf.service.index(corpus.id).n_chunks > 5
    assert shelf.service.cut(corpus.id, 60, 10).status is CorpusStatus.READY
    with pytest.raises(InvalidInput):
        shelf.service.cut(corpus.id, 60, 59)


def test_the_whole_corpus_comes_as_passages(shelf: Shelf, corpus: Corpus) -> None:
    whole = shelf.service.whole(corpus.id)
    assert [(one.rank, one.document_key, one.chunk.text) for one in whole] == [
        (1, "delivery", DELIVERY),
        (2, "returns", RETURNS),
        (3, "warranty", WARRANTY),
    ]


def place(corpus: Corpus, question: str, key: str, text: str, answer: str) -> Gold:
    start = text.index(answer)
    return Gold(
        corpus_id=corpus.id,
        prompt_hash=question_hash(question),
        document_key=key,
        start=start,
        end=start + len(answer),
    )


def test_searches_are_measured_where_the_answer_is_known(shelf: Shelf, indexed: Corpus) -> None:
    gold = [
        place(indexed, "How long for a refund?", "returns", RETURNS, "thirty days"),
        place(indexed, "Is there a warranty?", "warranty", WARRANTY, "five years"),
    ]
    assert shelf.service.keep_gold(indexed.id, gold) == 2
    asked = [
        (question_hash(question), question)
        for question in ("How long for a refund?", "Is there a warranty?", "Unknown?")
    ]
    by_keyword, by_meaning, both = shelf.service.measure(indexed.id, asked)
    assert (by_keyword.mode, by_keyword.n) == (RetrievalMode.KEYWORD, 2)
    assert both.hit_at_5 == by_meaning.hit_at_1 == 1.0
    assert shelf.service.measure(indexed.id, [("nobody", "Unknown?")]) == []
    with pytest.raises(InvalidInput, match="another corpus"):
        shelf.service.keep_gold(indexed.id, [gold[0].with_(corpus_id="corpus_9")])


def test_without_vectors_only_keyword_search_is_measured(shelf: Shelf, corpus: Corpus) -> None:
    shelf.embedder.refuses = BackendUnavailable("No model.")
    shelf.service.index(corpus.id)
    question = "How long for a refund?"
    shelf.service.keep_gold(corpus.id, [place(corpus, question, "returns", RETURNS, "thirty")])
    asked = [(question_hash(question), question)]
    assert [one.mode for one in shelf.service.measure(corpus.id, asked)] == ["keyword"]
    (hybrid,) = shelf.service.measure(corpus.id, asked, [RetrievalMode.HYBRID])
    assert hybrid.mode is RetrievalMode.KEYWORD
    assert shelf.service.measure(corpus.id, asked, [RetrievalMode.MEANING]) == []


def test_gold_comes_from_a_file_and_measures_without_further_questions(
    shelf: Shelf, indexed: Corpus
) -> None:
    shelf.rows.rows = [
        {"question": "How long?", "answer": "thirty days", "document_id": "returns"},
        {"question": "Whose?", "answer": "nobody's", "document_id": "returns"},
        {"question": "Where?", "answer": "here", "document_id": ["a", "list"]},
        "The line is no JSON.",
    ]
    added = shelf.service.add_gold(indexed.id, "/tmp/questions.jsonl")
    assert added.n == 1
    assert [one.name for one in added.refused] == ["line 2", "line 3", "line 4"]
    assert [one.question for one in shelf.service.gold(indexed.id)] == ["How long?"]
    assert [one.n for one in shelf.service.measure(indexed.id)] == [1, 1, 1]


def test_examples_alike_in_words_or_meaning_come_first(shelf: Shelf) -> None:
    pool = ["When is delivery?", "Who pays the refund?", "Does the guarantee cover rust?", "Hello"]
    asked = ["Is rust a warranty case?", "refund of delivery", "zzz"]
    first, second, third = shelf.service.nearest(asked, pool, 2)
    assert first[0] == 2
    assert set(second) == {0, 1}
    assert len(third) == 2
    assert shelf.service.nearest(asked, [], 2) == [[], [], []]


def test_examples_are_embedded_once(shelf: Shelf) -> None:
    pool = [f"Example number {n}" for n in range(5)]
    shelf.service.nearest(["Which?"], pool, 2)
    shelf.embedder.embedded.clear()
    shelf.service.nearest(["Another?"], pool, 2)
    assert shelf.embedder.embedded == ["Another?"]


def test_without_a_model_examples_are_chosen_by_words(shelf: Shelf) -> None:
    shelf.embedder.refuses = BackendUnavailable("No model.")
    assert shelf.service.nearest(["about rust"], ["hello", "rust"], 1) == [[1]]

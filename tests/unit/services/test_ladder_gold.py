from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.domain.retrieval import Corpus
from studio.services.ladder_gold import LOOKED_AT, GoldFinder
from tests.fakes.ladder import LadderBench

FILE = "/sources/tariffs.jsonl"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[LadderBench]:
    made = LadderBench(tmp_path)
    yield made
    made.close()


@pytest.fixture
def corpus(bench: LadderBench) -> Corpus:
    return bench.documents()


def finder(bench: LadderBench) -> GoldFinder:
    return GoldFinder(bench.datasets, bench.rows, bench.retrieval)


def row(n: int, **changes: Any) -> dict[str, Any]:
    return {
        "question": f"What is the fee of tariff {n}?",
        "answer": f"{3 * n + 100} euros",
        "document_id": f"tariff{n}",
    } | changes


def test_places_are_read_from_the_file_once(bench: LadderBench, corpus: Corpus) -> None:
    bench.rows.files[FILE] = [row(n) for n in range(5)]
    assert finder(bench).find("version_1", corpus.id) == 5
    bench.rows.files[FILE] = []
    assert finder(bench).find("version_1", corpus.id) == 5


def test_a_place_noted_by_hand_does_not_keep_the_file_from_being_read(
    bench: LadderBench, corpus: Corpus
) -> None:
    bench.rows.files[FILE] = [row(n) for n in range(5)]
    (passage,) = bench.retrieval.search(corpus.id, "tariff 7", 1)
    bench.retrieval.note_gold(corpus.id, "What is the fee of tariff 7?", passage.chunk.id)
    assert finder(bench).find("version_1", corpus.id) == 6


def test_rows_that_name_no_place_are_passed_over(bench: LadderBench, corpus: Corpus) -> None:
    bench.rows.files[FILE] = [
        row(1),
        row(2, document_id="elsewhere"),
        row(3, answer="not in the text"),
        row(4, document_id=None),
    ]
    assert finder(bench).find("version_1", corpus.id) == 1


def test_a_file_without_places_is_not_read_to_its_end(bench: LadderBench, corpus: Corpus) -> None:
    bench.rows.files[FILE] = [{"question": "?", "answer": "!"}] * LOOKED_AT + [row(1)]
    assert finder(bench).find("version_1", corpus.id) == 0


def test_a_file_that_is_gone_gives_no_places(bench: LadderBench, corpus: Corpus) -> None:
    bench.rows.files.clear()
    assert finder(bench).find("version_1", corpus.id) == 0

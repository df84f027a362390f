"""Keyword search: best first, ties by order, from memory or disk, made again when stale."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.services.keyword_index import MOST_OPEN, KeywordIndex, KeywordIndexes

TEXTS = ["delivery takes two days", "returns take thirty days", "delivery abroad", "数据库 很好"]
IDS = ["a", "b", "c", "d"]


def test_texts_that_share_rare_words_come_first_and_others_are_absent() -> None:
    index = KeywordIndex.of(IDS, TEXTS)
    assert index.search("How long does delivery abroad take?", 9) == ["c", "a", "b"]
    assert index.search("数据库", 9) == ["d"]
    assert index.search("nothing known", 9) == []
    assert index.search("", 9) == []


def test_equal_scores_keep_the_order_of_the_texts() -> None:
    index = KeywordIndex.of([str(n) for n in range(100)], ["same words"] * 100)
    assert index.search("words", 3) == ["0", "1", "2"]


def test_texts_with_one_id_stand_where_the_best_of_them_does() -> None:
    index = KeywordIndex.of(
        ["a", "b", "a"], ["two days", "delivery in two days", "delivery abroad"]
    )
    assert index.search("delivery abroad", 9) == ["a", "b"]
    assert index.search("delivery abroad", 1) == ["a"]


@pytest.mark.parametrize("texts", [[], ["", "..."]])
def test_texts_without_words_are_never_found(texts: list[str], tmp_path: Path) -> None:
    index = KeywordIndex.of([str(n) for n in range(len(texts))], texts)
    assert index.search("word", 3) == []
    index.write(tmp_path / "index")
    assert KeywordIndex.read(tmp_path / "index").search("word", 3) == []


@given(st.lists(st.text(max_size=20), max_size=12), st.text(max_size=20), st.integers(1, 5))
@settings(deadline=None, max_examples=50)
def test_any_texts_can_be_searched(texts: list[str], question: str, k: int) -> None:
    ids = [str(n) for n in range(len(texts))]
    found = KeywordIndex.of(ids, texts).search(question, k)
    assert len(found) == len(set(found)) <= k
    assert set(found) <= set(ids)


class Asked:
    """Texts that count how often they were needed."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> tuple[list[str], list[str]]:
        self.times += 1
        return IDS, TEXTS


def test_an_index_is_made_once_and_found_on_disk_after_a_restart(tmp_path: Path) -> None:
    asked, first = Asked(), KeywordIndexes(tmp_path)
    found = first.get("corpus", "1", asked).search("delivery abroad", 9)
    first.get("corpus", "1", asked)
    again = KeywordIndexes(tmp_path).get("corpus", "1", asked)
    assert again.search("delivery abroad", 9) == found == ["c", "a"]
    assert asked.times == 1


def test_a_stale_or_damaged_index_is_made_again(tmp_path: Path) -> None:
    asked = Asked()
    KeywordIndexes(tmp_path).get("corpus", "1", asked)
    KeywordIndexes(tmp_path).get("corpus", "2", asked)
    assert asked.times == 2
    (kept,) = (tmp_path / "corpus").iterdir()
    for file in kept.iterdir():
        file.write_bytes(b"damage")
    assert KeywordIndexes(tmp_path).get("corpus", "2", asked).search("abroad", 9) == ["c"]
    assert asked.times == 3


def test_an_index_that_cannot_be_kept_works_from_memory(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    indexes = KeywordIndexes(tmp_path / "file")
    assert indexes.get("corpus", "1", Asked()).search("abroad", 9) == ["c"]


def test_the_index_used_longest_ago_is_let_go() -> None:
    indexes, asked = KeywordIndexes(None), Asked()
    for number in range(MOST_OPEN + 1):
        indexes.get(f"corpus_{number}", "1", asked)
    indexes.get(f"corpus_{MOST_OPEN}", "1", asked)
    assert asked.times == MOST_OPEN + 1
    indexes.get("corpus_0", "1", asked)
    assert asked.times == MOST_OPEN + 2
    indexes.drop("corpus_0")
    indexes.get("corpus_0", "1", asked)
    assert asked.times == MOST_OPEN + 3

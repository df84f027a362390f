"""Chunks are exact stretches of their document, within limits, torn nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.core.retrieval import chunking
from studio.core.retrieval.chunking import WORD, chunks_of, count_words, stretches
from studio.domain.errors import InvalidInput
from studio.domain.retrieval import Document
from studio.domain.values import now

PIECES = st.sampled_from(
    ["word", "Another", "sentence.", "ends!", "\n\n", "\n", " ", "# Heading\n", "1. item", "\f"]
    + ["数据库很好。", "ส", "x" * 450, "é", "\u00a0", "Introduction", "[3]", "et al. ", "🙂"]
)
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, max_size=200).map(" ".join))
SIZES = st.tuples(st.integers(20, 60), st.integers(0, 20)).filter(
    lambda pair: 3 * pair[1] <= pair[0]
)


def document(text: str) -> Document:
    return Document(
        id="doc_1",
        corpus_id="corpus_1",
        key="handbook.txt",
        title="Handbook",
        kind="txt",
        sha256="0" * 64,
        n_words=count_words(text),
        text=text,
        created_at=now(),
    )


def sentences(n: int, words: int = 9) -> str:
    return " ".join(
        f"Sentence {number} " + "of words " * ((words - 2) // 2) + "ends." for number in range(n)
    )


@given(TEXTS, SIZES)
@settings(deadline=None)
def test_a_chunk_is_exactly_what_stands_at_its_place(text: str, sizes: tuple[int, int]) -> None:
    for chunk in chunks_of(document(text), *sizes):
        assert text[chunk.start : chunk.end] == chunk.text
        assert chunk.text == chunk.text.strip()


@given(TEXTS, SIZES)
@settings(deadline=None)
def test_no_word_is_lost_or_torn(text: str, sizes: tuple[int, int]) -> None:
    words = {match.span() for match in WORD.finditer(text)}
    covered: set[tuple[int, int]] = set()
    for one in stretches(text, *sizes):
        inside = [match.span() for match in WORD.finditer(text, one.start, one.end)]
        assert inside[0][0] == one.start and inside[-1][1] == one.end
        assert set(inside) <= words
        covered |= set(inside)
    assert covered == words


@given(TEXTS, SIZES)
@settings(deadline=None)
def test_chunks_keep_to_their_limits(text: str, sizes: tuple[int, int]) -> None:
    words, overlap = sizes
    found = stretches(text, words, overlap)
    for one in found:
        assert 1 <= count_words(text[one.start : one.end]) <= words
    for before, after in zip(found, found[1:], strict=False):
        assert after.end > before.end
        repeated = text[after.start : before.end] if after.start < before.end else ""
        assert count_words(repeated) <= overlap


def test_a_text_without_words_has_no_chunks() -> None:
    assert stretches(" \n\t ", 100, 20) == []


def test_cutting_again_gives_the_same_ids() -> None:
    text = sentences(60)
    first, second = chunks_of(document(text), 50, 10), chunks_of(document(text), 50, 10)
    assert first == second
    assert len({chunk.id for chunk in first}) == len(first) > 5
    assert [chunk.position for chunk in first] == list(range(len(first)))


def test_a_chunk_ends_with_a_sentence_where_it_can() -> None:
    found = stretches(sentences(40), 50, 10)
    text = sentences(40)
    assert all(text[one.start : one.end].endswith("ends.") for one in found)
    assert all(text[one.start :].startswith("Sentence") for one in found)


def test_within_a_section_a_chunk_repeats_the_end_of_the_one_before() -> None:
    text = sentences(40)
    first, second = stretches(text, 50, 10)[:2]
    assert second.start < first.end
    assert text[second.start : first.end].startswith("Sentence")


def test_a_paragraph_is_kept_whole_where_it_fits() -> None:
    text = f"{sentences(4)}\n\n{sentences(4)}\n\n{sentences(4)}"
    assert [text[one.start : one.end] for one in stretches(text, 50, 0)] == text.split("\n\n")


def test_a_new_heading_begins_a_new_chunk_and_names_it() -> None:
    text = f"# Delivery\n\n{sentences(4)}\n\n## Returns ##\n\n{sentences(4)}"
    first, second = stretches(text, 100, 20)
    assert (first.heading, second.heading) == ("Delivery", "Returns")
    assert text[second.start :].startswith("## Returns")


def test_sections_too_small_to_stand_alone_stay_together() -> None:
    text = "\n\n".join(f"# Topic {n}\n\nOne line about it." for n in range(4))
    assert len(stretches(text, 90, 0)) == 1


def test_a_sentence_longer_than_a_chunk_is_cut_between_words() -> None:
    text = " ".join(["word"] * 250)
    found = stretches(text, 100, 20)
    assert [count_words(text[one.start : one.end]) for one in found] == [100, 100, 90]


def test_text_without_spaces_is_cut_too() -> None:
    text = "A" * 10_000
    found = stretches(text, 20, 0)
    assert "".join(text[one.start : one.end] for one in found) == text
    assert max(one.end - one.start for one in found) == 20 * chunking.LONGEST_WORD


def test_scripts_without_spaces_count_by_character() -> None:
    text = "数据库很好。" * 30
    assert count_words(text) == 180
    found = stretches(text, 60, 0)
    assert all(text[one.start : one.end].endswith("。") for one in found)


@pytest.mark.parametrize(("words", "overlap"), [(5, 0), (5000, 0), (100, 50), (100, -1)])
def test_sizes_that_make_no_sense_are_refused(words: int, overlap: int) -> None:
    with pytest.raises(InvalidInput, match=str(words)):
        stretches("text", words, overlap)


def test_other_sizes_are_another_method() -> None:
    assert chunking.method(180, 30) == chunking.method(180, 30) != chunking.method(120, 30)


def test_title_and_heading_stand_above_a_text_that_does_not_name_them() -> None:
    assert chunking.under(["Handbook", "Delivery"], "Two days.") == "Handbook\nDelivery\nTwo days."
    assert chunking.under(["Handbook", "Delivery"], "Delivery: two days.") == (
        "Handbook\nDelivery: two days."
    )
    assert chunking.under(["", ""], "Two days.") == "Two days."


def test_windows_are_the_chunk_in_parts_under_its_heading() -> None:
    (chunk,) = chunks_of(document(f"Delivery\n\n{sentences(12)}"), 180, 0)
    first, *others = chunking.windows(chunk, "Handbook")
    assert len(others) == 2
    assert first.startswith("Delivery\n\nSentence 0")
    assert all(other.startswith("Delivery\nSentence") for other in others)
    plain = " ".join(" ".join([first, *others]).replace("Delivery", "").split())
    assert plain == sentences(12)


def test_windows_do_not_repeat_the_title() -> None:
    (chunk,) = chunks_of(document(f"Handbook\n\n{sentences(12)}"), 180, 0)
    assert chunk.heading == "Handbook"
    assert sum("Handbook" in window for window in chunking.windows(chunk, "Handbook")) == 1


@pytest.mark.parametrize(
    "text",
    ["." * 300_000, "# " + " " * 300_000 + "x", "\n" * 300_000, "[1" * 100_000, "a. " * 99_999],
)
def test_hostile_texts_cost_no_more_than_others(text: str) -> None:
    found = stretches(text, 100, 20)
    assert all(one.end > one.start for one in found)

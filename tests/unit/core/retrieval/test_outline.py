"""Sections, paragraphs and sentences are seen where a reader sees them."""

from __future__ import annotations

import pytest

from studio.core.retrieval import outline
from studio.core.retrieval.chunking import WORD
from studio.core.retrieval.outline import Strength


def seen(text: str) -> list[tuple[str, Strength]]:
    """Returns the words at which something begins."""
    places = [match.span() for match in WORD.finditer(text)]
    strengths, _ = outline.read(text, [start for start, _ in places])
    return [
        (text[start:end], strength)
        for (start, end), strength in zip(places, strengths, strict=True)
        if strength is not Strength.NONE
    ]


def headings(text: str) -> list[str]:
    places = [match.start() for match in WORD.finditer(text)]
    return list(dict.fromkeys(outline.read(text, places)[1]))


def test_sentences_begin_after_a_stop_and_before_a_capital() -> None:
    text = 'It came late. "Why?" asked Ann. version 2.5 is out! 12 days on.'
    assert [word for word, _ in seen(text)] == ['"Why?"', "12"]


@pytest.mark.parametrize(
    "text", ["as Smith et al. Found", "see Fig. 3 there", "by J. Smith", "e.g. Berlin"]
)
def test_shortened_words_end_no_sentence(text: str) -> None:
    assert seen(text) == []


def test_blank_lines_and_pages_part_paragraphs() -> None:
    found = seen("one two\n \nthree four\ffive six")
    assert found == [("three", Strength.PARAGRAPH), ("five", Strength.PARAGRAPH)]


def test_items_of_a_list_are_like_sentences() -> None:
    found = seen("You need:\n- a pen\n- paper\n2) ink\n| a | b |")
    assert [strength for _, strength in found] == [Strength.SENTENCE] * 4


def test_marked_lines_are_headings_and_keep_their_text_with_them() -> None:
    text = "# Delivery #\n\nIt takes days.\n\n### 2.1 Abroad\nWeeks."
    assert headings(text) == ["Delivery", "2.1 Abroad"]
    assert seen(text) == [("#", Strength.SECTION), ("###", Strength.SECTION)]


def test_a_short_line_alone_is_a_heading() -> None:
    text = "Some opening words that stand first here.\n\nMaterials and Methods\n\nWe took two."
    assert headings(text) == ["", "Materials and Methods"]


@pytest.mark.parametrize(
    "line",
    [
        "a line that begins small",
        "A line that ends.",
        "SHA: 90d04764",
        "https://doi.org/10.3390",
        "Far too many words stand in this line for it to be called a heading",
        "12",
    ],
)
def test_other_lines_alone_are_none(line: str) -> None:
    assert headings(f"Opening words.\n\n{line}\n\nMore words.") == [""]


def test_the_last_line_is_no_heading() -> None:
    assert headings("Opening words.\n\nYours Faithfully") == [""]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("\n The Smart City \n\nText", "The Smart City"),
        ("# Delivery\nText", "Delivery"),
        ("It is a sentence.\nText", ""),
        ("x" * 500, ""),
        ("", ""),
    ],
)
def test_the_first_line_may_serve_as_a_title(text: str, title: str) -> None:
    assert outline.opening(text) == title

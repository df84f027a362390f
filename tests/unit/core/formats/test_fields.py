"""What counts as text."""

from __future__ import annotations

import pytest

from studio.core.formats.fields import excerpt, tidy
from studio.domain.errors import InvalidDataset


def test_line_ends_are_made_equal_and_the_ends_are_trimmed() -> None:
    assert tidy("\n a\r\nb\rc \t") == "a\nb\nc"


@pytest.mark.parametrize("nothing", ["", " ", "\n\t", "\u00a0", "\u200b", "\ufeff\u200d", "\x07"])
def test_what_nobody_can_see_is_empty(nothing: str) -> None:
    assert tidy(nothing) == ""


@pytest.mark.parametrize("something", [".", "0", "日", "👍🏽", "़"])
def test_whatever_can_be_seen_is_text(something: str) -> None:
    assert tidy(something) == something


@pytest.mark.parametrize("text", ["a\0b", "a\ud800", "\udce9"])
def test_what_cannot_be_kept_is_damage(text: str) -> None:
    with pytest.raises(InvalidDataset, match="damaged"):
        tidy(text)


def test_an_excerpt_fits_on_one_line() -> None:
    assert excerpt("a\n b") == "a b"
    assert len(excerpt("word " * 100)) == 60
    assert excerpt({"a": [1]}) == '{"a": [1]}'

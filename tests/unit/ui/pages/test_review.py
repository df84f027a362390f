"""A change is told word by word, and reads back as both texts."""

from __future__ import annotations

import pytest

from studio.ui.kit.diff import changes

PAIRS = [
    ("It arrives within a week.", "It arrives on Friday."),
    ("", "Hello."),
    ("Hello.", ""),
    ("Same.", "Same."),
    ("Nobody knows.", "Write to us at once, please!"),
    ("a b\n\nc  d", "a b\nc d"),
    ("x " * 5000, "y " * 5000),
]


@pytest.mark.parametrize(("before", "after"), PAIRS)
def test_both_texts_can_be_read_back(before: str, after: str) -> None:
    pieces = changes(before, after)
    assert "".join(text for tag, text in pieces if tag != "ins") == before
    assert "".join(text for tag, text in pieces if tag != "del") == after
    assert all(text for _, text in pieces)


def test_only_what_differs_is_marked() -> None:
    assert changes("No, never.", "No, not yet.") == [
        ("span", "No, "),
        ("del", "never"),
        ("ins", "not yet"),
        ("span", "."),
    ]

"""Answers of a gate are marked by one rule for all contenders."""

from __future__ import annotations

import pytest

from studio.core.feedback.answers import Marked, Marker, declines

LABELS = ["refund", "delivery", "Refund"] * 10


def test_labels_are_right_or_wrong_and_anything_else_has_not_the_form() -> None:
    marker = Marker(LABELS, ["complaint"])
    assert marker.labels is not None
    assert marker.mark("Refund.", "refund") == Marked(1.0, True, True)
    assert marker.mark("delivery", "refund") == Marked(0.0, False, True)
    assert marker.mark("I think a refund", "refund") == Marked(0.0, False, False)
    assert marker.mark("complaint", "complaint") == Marked(1.0, True, True)


def test_text_is_as_close_as_its_words() -> None:
    marker = Marker([f"Answer number {n} is here." for n in range(9)])
    assert marker.labels is None
    assert marker.mark("Paris is big", "paris is big.") == Marked(1.0, True, True)
    close = marker.mark("Paris is", "Paris is big")
    assert (close.value, close.correct, close.valid) == (pytest.approx(0.8), False, True)
    assert not marker.mark("  ", "Paris").valid
    assert not marker.mark("Paris is", "Paris is big", whole=False).valid


def test_where_every_answer_is_json_other_answers_have_not_the_form() -> None:
    marker = Marker([f'{{"id": {n}, "name": "n{n}"}}' for n in range(9)])
    assert marker.mark('{"id": 3}', '{"id": 3}').valid
    assert not marker.mark("id 3", '{"id": 3}').valid
    assert not marker.mark("3", '{"id": 3}').valid


def test_without_original_answers_the_corrections_decide() -> None:
    assert Marker([], LABELS).labels is not None
    assert Marker([], []).labels is None
    assert Marker([], []).mark("hello", "hello").valid


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("I'm sorry, but I cannot help with that.", True),
        ("Sorry, I can't do that", True),
        ("I cannot answer this question.", True),
        ("As an AI, I have no opinion.", True),
        ("Tut mir leid, das geht nicht.", True),
        ("Ich kann dir dabei nicht helfen.", True),
        ("Your parcel is late, I am sorry about that.", False),
        ("I can help you with a refund.", False),
        ("", False),
    ],
)
def test_a_refusal_is_known_by_how_it_begins(output: str, expected: bool) -> None:
    assert declines(output) is expected

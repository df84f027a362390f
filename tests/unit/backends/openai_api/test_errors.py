"""Every error of the client has a sentence of ours, the more particular one first."""

from __future__ import annotations

import openai
import pytest

from backends.openai_api.errors import LONGEST, TABLE, struck, told
from studio.domain.endpoints import Connection

PLACE = Connection(name="office", base_url="http://127.0.0.1/v1", key="key-0123456789abcdef")


def every(kind: type[Exception]) -> set[type[Exception]]:
    return {kind}.union(*(every(below) for below in kind.__subclasses__()))


def test_no_error_of_the_client_is_left_without_a_sentence() -> None:
    assert all(any(issubclass(kind, row[0]) for row in TABLE) for kind in every(openai.OpenAIError))


def test_no_row_is_hidden_behind_a_wider_one() -> None:
    kinds = [row[0] for row in TABLE]
    for at, kind in enumerate(kinds):
        assert not any(issubclass(kind, wider) for wider in kinds[:at])


def test_keys_are_struck_out_and_long_words_cut() -> None:
    error = told(openai.OpenAIError(f"{PLACE.key} {'x' * 5000}"), PLACE)
    assert PLACE.key not in error.message
    assert "[key]" in error.message
    assert len(error.message) < LONGEST + 120


@pytest.mark.parametrize(
    "said",
    [
        "key-0123456789abcdef",
        "key-...cdef",
        "key-0123*****cdef",
        "key-****",
        "********cdef",
        "key-0123…",
        "sk-proj-****WXYZ",
        "sk-...WXYZ",
    ],
)
def test_keys_are_struck_out_also_when_they_are_masked(said: str) -> None:
    assert struck(f"Incorrect API key provided: {said}. See our page.", PLACE.key) == (
        "Incorrect API key provided: [key]. See our page."
    )


@pytest.mark.parametrize("said", ["Please wait... then try again.", "f(**options)", "a...b", ""])
def test_words_that_are_no_key_stay(said: str) -> None:
    assert struck(said, PLACE.key) == said

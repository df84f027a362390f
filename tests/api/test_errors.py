"""How errors travel: the table is complete and the way there and back loses nothing."""

from __future__ import annotations

import pytest

from studio.api.errors import STATUS, body, from_body
from studio.domain.errors import StudioError


def whole_tree(root: type[StudioError]) -> set[type[StudioError]]:
    return {root}.union(*(whole_tree(child) for child in root.__subclasses__()))


def test_every_error_of_the_tree_has_a_status() -> None:
    ours = {kind for kind in whole_tree(StudioError) if kind.__module__.startswith("studio.")}
    assert set(STATUS) == ours


@pytest.mark.parametrize("kind", STATUS)
def test_an_error_comes_back_as_itself(kind: type[StudioError]) -> None:
    back = from_body(body(kind("What.", hint="How.")))
    assert (type(back), back.message, back.hint) == (kind, "What.", "How.")


@pytest.mark.parametrize(
    "content", [None, [], {}, {"error": "text"}, {"detail": "Not Found"}, "text"]
)
def test_anything_else_is_an_answer_that_is_not_understood(content: object) -> None:
    assert "not understood" in from_body(content).message


def test_a_name_that_is_no_studio_error_cannot_be_raised() -> None:
    back = from_body({"error": {"type": "SystemExit", "message": "m", "hint": ""}})
    assert type(back) is StudioError

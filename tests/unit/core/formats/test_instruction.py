"""Alpaca rows."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.formats.instruction import messages
from studio.domain.errors import InvalidDataset
from tests.unit.core.formats.rows import spoken


def test_the_input_follows_the_instruction() -> None:
    row = {"instruction": "Translate.", "input": "Katze", "output": "cat"}
    assert spoken(messages(row)) == [("u", "Translate.\n\nKatze"), ("a", "cat")]


@pytest.mark.parametrize("nothing", ["", None, "  \n"])
def test_an_empty_input_leaves_the_instruction_alone(nothing: str | None) -> None:
    row = {"instruction": "Say cat.", "input": nothing, "output": "cat"}
    assert spoken(messages(row)) == [("u", "Say cat."), ("a", "cat")]


def test_history_and_instructions_come_before() -> None:
    row = {
        "system": "Be brief.",
        "history": [["One?", "1"]],
        "instruction": "Two?",
        "output": "2",
    }
    assert "".join(role for role, _ in spoken(messages(row))) == "suaua"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"instruction": "Say cat.", "output": ""}, "`output` is empty."),
        ({"instruction": "Say cat."}, "There is no `output`."),
        ({"output": "cat"}, "There is no `instruction`."),
        (
            {"instruction": " ", "output": "cat", "question": "Say it"},
            "`instruction` is empty; the row has content in `question`, which is not read here.",
        ),
        ({"instruction": "a", "output": ["b"]}, '`output` is a list, not text: ["b"]'),
        ({"instruction": "a", "output": "b", "history": [["x"]]}, "`history` holds no pair"),
        ({"instruction": "a", "output": "b", "history": [["x", ""]]}, "`history` holds an empty"),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_plain_words(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDataset) as refusal:
        messages(row)
    assert refusal.value.message.startswith(reason)

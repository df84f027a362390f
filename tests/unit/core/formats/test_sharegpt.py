"""ShareGPT rows."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.formats.sharegpt import messages
from studio.domain.errors import InvalidDataset
from tests.unit.core.formats.rows import spoken

ASK = {"from": "human", "value": "Hi"}
ANSWER = {"from": "gpt", "value": "Hello"}


def test_speakers_become_roles() -> None:
    turns = [{"from": "system", "value": "Be kind."}, ASK, ANSWER]
    assert spoken(messages({"conversations": turns})) == [
        ("s", "Be kind."),
        ("u", "Hi"),
        ("a", "Hello"),
    ]


def test_instructions_beside_the_list_come_first() -> None:
    found = messages({"conversations": [ASK, ANSWER], "system": "Be kind."})
    assert spoken(found)[0] == ("s", "Be kind.")


def test_turns_spelled_like_openai_are_read_too() -> None:
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    assert spoken(messages({"conversations": turns})) == [("u", "Hi"), ("a", "Hello")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "1"}, "There is no `conversations`; the row has content in `id`"),
        ({"conversations": {"a": 1}}, "`conversations` is an object, not a list."),
        ({"conversations": [ASK, 3]}, "Turn 2 is a number, not a speaker with a text."),
        ({"conversations": [{"value": "x"}]}, "Turn 1 has no `from`"),
        ({"conversations": [{"from": "alien", "value": "x"}]}, "Turn 1: the role alien is not one"),
        ({"conversations": [ASK, {"from": "function_call", "value": "{}"}]}, "Turn 2 calls a tool"),
        ({"conversations": [ASK, ANSWER], "tools": "[]"}, "`tools` is given"),
        ({"conversations": [ANSWER, ASK]}, "Turn 1 is an answer"),
        ({"conversations": [ASK]}, "There is no answer to learn"),
        ({"conversations": [ASK, ANSWER], "system": 3}, "`system` is a number, not text: 3"),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_plain_words(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDataset) as refusal:
        messages(row)
    assert refusal.value.message.startswith(reason)

"""Rows with a better and a worse answer."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.formats.preference import messages, pair, rejected
from studio.domain.errors import InvalidDataset
from tests.unit.core.formats.rows import spoken

USER = {"role": "user", "content": "Hi"}
GOOD = {"role": "assistant", "content": "Hello"}
BAD = {"role": "assistant", "content": "What?"}


def openai(**changes: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "input": {"messages": [USER], "tools": [], "parallel_tool_calls": True},
        "preferred_output": [GOOD],
        "non_preferred_output": [BAD],
    }
    return row | changes


@pytest.mark.parametrize(
    "row",
    [
        openai(),
        {"prompt": "Hi", "chosen": " Hello ", "rejected": "What?\n"},
        {"prompt": [USER], "chosen": "Hello", "rejected": "What?"},
        {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
        {"prompt": "Hi", "chosen": [GOOD], "rejected": [BAD]},
        {"prompt": "Hi", "chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": [USER], "chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"chosen": [USER, GOOD], "rejected": [USER, BAD], "score_chosen": 0.5},
    ],
)
def test_either_spelling_gives_the_same_pair(row: dict[str, Any]) -> None:
    assert spoken(messages(row)) == [("u", "Hi"), ("a", "Hello")]
    assert rejected(row) == "What?"


def test_instructions_and_earlier_turns_belong_to_the_input() -> None:
    before = [{"role": "system", "content": "Brief."}, USER, GOOD, {"role": "user", "content": "?"}]
    found = pair(openai(input={"messages": before}, preferred_output=[{**BAD, "content": "!"}]))
    assert spoken(found.messages)[-2:] == [("u", "?"), ("a", "!")]
    assert spoken(found.messages)[0] == ("s", "Brief.")
    trl = pair({"system": "Brief.", "prompt": "Hi", "chosen": "a", "rejected": "b"})
    assert spoken(trl.messages) == [("s", "Brief."), ("u", "Hi"), ("a", "a")]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (openai(non_preferred_output=[GOOD]), "The better and the worse answer are the same: Hel"),
        (openai(preferred_output=[GOOD, GOOD]), "`preferred_output` has 2 turns; only one answer"),
        (openai(preferred_output=[USER]), "`preferred_output` holds a turn of user, not an answer"),
        (openai(preferred_output="Hello"), "`preferred_output` is a text, not a list with one"),
        (openai(non_preferred_output=[]), "`non_preferred_output` is empty."),
        (openai(non_preferred_output=[{**BAD, "content": " "}]), "Turn 2 (assistant) is empty."),
        (openai(input="Hi"), "`input` is a text, not an object with `messages`."),
        (openai(input={"messages": []}), "`input` has no list of `messages`."),
        (openai(input={"messages": [USER, GOOD]}), "Turn 3 is an answer (assistant) where a"),
        (openai(input={"messages": [USER], "tools": [{}]}), "`tools` is given; calling tools"),
        ({"preferred_output": [GOOD], "non_preferred_output": [BAD]}, "There is no `input`."),
        ({"prompt": "Hi", "chosen": "Hello", "rejected": " Hello"}, "The better and the worse"),
        ({"prompt": "Hi", "chosen": "Hello", "rejected": ""}, "`rejected` is empty."),
        ({"prompt": "Hi", "chosen": [GOOD], "rejected": "What?"}, "`chosen` and `rejected` must"),
        ({"chosen": "Hello", "rejected": "What?"}, "There is no `prompt`."),
        ({"chosen": [GOOD], "rejected": [BAD]}, "There is no `prompt`."),
        (
            {"chosen": [USER, GOOD], "rejected": [{**USER, "content": "Ho"}, BAD]},
            "The two answers do not answer the same input.",
        ),
        (
            {
                "prompt": [{**USER, "content": "Ho"}],
                "chosen": [USER, GOOD],
                "rejected": [USER, BAD],
            },
            "`prompt` and the turns in `chosen` are not the same input.",
        ),
        (
            {"prompt": "Ho", "chosen": [USER, GOOD], "rejected": [USER, BAD]},
            "`prompt` and the turns in `chosen` are not the same input.",
        ),
        ({"text": "a"}, "There is no `chosen`; the row has content in `text`"),
    ],
)
def test_what_is_no_pair_is_refused_in_plain_words(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDataset) as refusal:
        pair(row)
    assert refusal.value.message.startswith(reason)

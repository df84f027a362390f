"""Chat rows in OpenAI's shape."""

from __future__ import annotations

from typing import Any

import pytest

from studio.core.formats.openai_chat import answered, messages
from studio.domain.errors import InvalidDataset

ASK = {"role": "user", "content": "Where is my card?"}
ANSWER = {"role": "assistant", "content": "On its way."}


def test_several_turns_are_kept_in_order() -> None:
    found = messages({"messages": [{"role": "developer", "content": "Be brief."}, ASK, ANSWER] * 1})
    assert [turn.role for turn in found] == ["system", "user", "assistant"]
    longer = messages({"messages": [ASK, ANSWER, ASK, ANSWER]})
    assert [turn.role for turn in longer] == ["user", "assistant"] * 2


def test_text_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    assert messages({"messages": [{"role": "user", "content": parts}, ANSWER]})[0].content == (
        "one\ntwo"
    )


def test_fields_that_nobody_reads_do_no_harm() -> None:
    turn = {**ANSWER, "name": "bot", "tool_calls": None, "refusal": None, "weight": 1}
    assert len(messages({"messages": [ASK, turn], "id": 7, "tools": None})) == 2


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({}, "There is no `messages`."),
        ({"messages": []}, "`messages` is empty."),
        (
            {"messages": [], "text": "hello", "id": None},
            "`messages` is empty; the row has content in `text`, which is not read here.",
        ),
        ({"messages": "hello"}, "`messages` is a text, not a list."),
        ({"messages": ["hello"]}, "Turn 1 is a text, not a role with its content."),
        ({"messages": [{"content": "x"}]}, 'Turn 1 has no `role`: {"content": "x"}'),
        (
            {"messages": [{"role": "bot", "content": "x"}]},
            "Turn 1: the role bot is not one of system, developer, user, assistant.",
        ),
        ({"messages": [{"role": 3, "content": "x"}]}, "Turn 1: the role 3 is not one of"),
        ({"messages": [{"role": [], "content": "x"}]}, "Turn 1: the role [] is not one of"),
        ({"messages": [ASK, {"role": "assistant", "content": " "}]}, "Turn 2 (assistant) is empty"),
        ({"messages": [ASK, {"role": "assistant"}]}, "Turn 2 (assistant) is empty."),
        ({"messages": [{**ASK, "content": None}, ANSWER]}, "Turn 1 (user) is empty."),
        ({"messages": [{**ASK, "content": 5}, ANSWER]}, "Turn 1: the content is a number"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url"}]}, ANSWER]},
            "Turn 1 holds image_url; only text can be trained.",
        ),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}, ANSWER]},
            "Turn 1 has a text part without text.",
        ),
        ({"messages": [ASK]}, "There is no answer to learn: the last turn is from `user`."),
        ({"messages": [ANSWER]}, "Turn 1 is an answer (assistant) where a question (user) should"),
        ({"messages": [ASK, ASK, ANSWER]}, "Turn 2 is a question (user) where an answer"),
        (
            {"messages": [ASK, ANSWER, {"role": "system", "content": "x"}, ANSWER]},
            "Turn 3 is instructions (system) where a question (user) should stand.",
        ),
        ({"messages": [{"role": "system", "content": "x"}]}, "There is no answer to learn"),
        (
            {
                "messages": [
                    ASK,
                    {"role": "assistant", "content": None, "tool_calls": [{"id": "1"}]},
                ]
            },
            "Turn 2 calls a tool (`tool_calls`); calling tools cannot be trained yet.",
        ),
        ({"messages": [ASK, {"role": "tool", "content": "5"}]}, "Turn 2 calls a tool (`tool`)"),
        ({"messages": [ASK, ANSWER], "tools": [{"type": "function"}]}, "`tools` is given"),
        ({"messages": [ASK, {**ANSWER, "weight": 0}]}, "The last answer has weight 0"),
    ],
)
def test_what_cannot_be_learnt_is_refused_in_plain_words(row: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidDataset) as refusal:
        messages(row)
    assert refusal.value.message.startswith(reason)


def test_each_answer_is_learnt_but_those_of_weight_0() -> None:
    aside = {**ANSWER, "weight": 0}
    turns = [ASK, ANSWER, ASK, aside, ASK, {**ANSWER, "weight": 1}]
    found = answered({"messages": turns})
    assert [len(conversation) for conversation in found] == [2, 6]
    assert found[1] == messages({"messages": turns})
    assert [len(one) for one in answered({"messages": [ASK, ANSWER, ASK, aside]})] == [2]
    assert len(answered({"messages": [ASK, ANSWER]})) == 1


@pytest.mark.parametrize(
    ("turns", "reason"),
    [
        ([ASK, {**ANSWER, "weight": 0}], "weight 0"),
        ([ASK, {**ANSWER, "weight": 0.5}], "must be 0 or 1"),
        ([ASK, {**ANSWER, "weight": True}], "must be 0 or 1"),
        ([ASK, ANSWER, ASK], "no answer to learn"),
        ([ASK, ANSWER, {"role": "robot"}, {**ANSWER, "weight": 0}], "robot"),
        ([ANSWER, ASK, ANSWER], "Turn 1"),
        ([], "empty"),
        ("hello", "not a list"),
    ],
)
def test_a_row_is_refused_whole_whichever_turn_is_wrong(turns: Any, reason: str) -> None:
    with pytest.raises(InvalidDataset, match=reason):
        answered({"messages": turns})

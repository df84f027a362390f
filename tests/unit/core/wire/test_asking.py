"""Requests of the OpenAI wire are understood, or refused by the name of what is wrong."""

import json
from typing import Any

import pytest

from studio.core.wire.asking import chat, completion, embedding
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput
from studio.domain.evaluation import LONGEST_ANSWER

HELLO = [{"role": "user", "content": "Hello"}]


def asked(**more: Any) -> dict[str, Any]:
    return {"model": "smol", "messages": HELLO, **more}


def refused(body: Any, read: Any = chat) -> InvalidInput:
    with pytest.raises(InvalidInput) as raised:
        read(body)
    return raised.value


def test_a_plain_question_gets_openais_defaults() -> None:
    got = chat(asked())
    assert got.prompts == ((Message(role="user", content="Hello"),),)
    assert (got.decoding.temperature, got.decoding.top_p, got.n) == (1, 1, 1)
    assert got.decoding.max_new_tokens == LONGEST_ANSWER
    assert not got.seeded and not got.stream and got.decoding.logprobs is None


def test_every_setting_arrives() -> None:
    got = chat(
        asked(
            temperature=0,
            top_p=0,
            n=3,
            stop="END",
            seed=-7,
            max_completion_tokens=9,
            stream=True,
            stream_options={"include_usage": True},
            logprobs=True,
            top_logprobs=4,
            metadata={"a": "b"},
            store=True,
            user="me",
            tools=[],
            tool_choice="none",
            frequency_penalty=0.0,
            response_format={"type": "text"},
        )
    )
    decoding = got.decoding
    assert (decoding.stop, decoding.seed, decoding.max_new_tokens) == (("END",), -7, 9)
    assert decoding.logprobs == 4 and 0 < decoding.top_p < 1e-3
    assert got.seeded and got.stream and got.include_usage and got.metadata == {"a": "b"}


def test_turns_may_come_in_any_order_and_in_parts() -> None:
    turns = [
        {
            "role": "developer",
            "content": [{"type": "text", "text": "Be "}, {"type": "text", "text": "brief."}],
        },
        {
            "role": "assistant",
            "content": "Yes?",
            "refusal": None,
            "tool_calls": None,
            "annotations": [],
        },
        {"role": "user", "content": "", "name": "ada"},
    ]
    (prompt,) = chat(asked(messages=turns)).prompts
    assert [(turn.role, turn.content) for turn in prompt] == [
        ("system", "Be brief."),
        ("assistant", "Yes?"),
        ("user", ""),
    ]


def test_a_wanted_format_is_carried_for_whoever_can_hold_to_it() -> None:
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}
    assert json.loads(chat(asked(response_format=wanted)).decoding.response_format) == wanted


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": HELLO}, "model"),
        ({"model": "smol"}, "messages"),
        (asked(messages=[]), "messages"),
        (asked(messages=["hi"]), "messages.0"),
        (asked(messages=[{"role": "tool", "content": "x"}]), "messages.0.role"),
        (asked(messages=[{"role": "user"}]), "messages.0.content"),
        (
            asked(messages=[{"role": "user", "content": [{"type": "image_url"}]}]),
            "messages.0.content.0.type",
        ),
        (
            asked(messages=[{"role": "assistant", "content": "", "tool_calls": [{}]}]),
            "messages.0.tool_calls",
        ),
        (asked(temperature=2.1), "temperature"),
        (asked(temperature="1"), "temperature"),
        (asked(temperature=True), "temperature"),
        (asked(top_p=-0.1), "top_p"),
        (asked(n=0), "n"),
        (asked(n=9), "n"),
        (asked(stop=["a"] * 5), "stop"),
        (asked(stop=""), "stop"),
        (asked(seed=1.5), "seed"),
        (asked(max_tokens=0), "max_tokens"),
        (asked(top_logprobs=2), "top_logprobs"),
        (asked(logprobs=True, top_logprobs=21), "top_logprobs"),
        (asked(stream_options={"include_usage": True}), "stream_options"),
        (asked(metadata={"k": 1}), "metadata"),
        (asked(metadata={str(n): "" for n in range(17)}), "metadata"),
        (asked(response_format={"type": "yaml"}), "response_format.type"),
        (asked(frequency_penalty=0.5), "frequency_penalty"),
        (asked(presence_penalty=-1), "presence_penalty"),
        (asked(tools=[{"type": "function"}]), "tools"),
        (asked(reasoning_effort="low"), "reasoning_effort"),
        (asked(typo=1), "typo"),
    ],
)
def test_what_is_wrong_is_named(body: dict[str, Any], param: str) -> None:
    error = refused(body)
    assert (error.param or "").startswith(param)
    assert f"'{param}" in error.message and error.code is not None


def test_a_body_that_is_no_object_is_refused() -> None:
    assert "JSON object" in refused([1]).message


def test_texts_to_go_on_with_come_alone_or_in_lists() -> None:
    got = completion({"model": "smol", "prompt": ["a", "b"], "logprobs": 2, "best_of": 2, "n": 2})
    assert [prompt[0].content for prompt in got.prompts] == ["a", "b"]
    assert got.decoding.raw and got.decoding.logprobs == 2 and got.decoding.max_new_tokens == 16


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"prompt": [1, 2]}, "prompt"),
        ({"prompt": ""}, "prompt"),
        ({"prompt": []}, "prompt"),
        ({"prompt": ["a", ""]}, "prompt.1"),
        ({}, "prompt"),
        ({"prompt": "a", "echo": True}, "echo"),
        ({"prompt": "a", "suffix": "z"}, "suffix"),
        ({"prompt": "a", "best_of": 3}, "best_of"),
        ({"prompt": "a", "logprobs": 6}, "logprobs"),
    ],
)
def test_a_text_that_cannot_be_gone_on_with_is_refused(more: dict[str, Any], param: str) -> None:
    error = refused({"model": "smol", **more}, completion)
    assert (error.param or "").startswith(param)


def test_texts_for_vectors() -> None:
    got = embedding({"model": "m", "input": "a", "encoding_format": "base64"})
    assert got.inputs == ("a",) and got.base64 and got.dimensions is None
    assert refused({"model": "m", "input": [[1, 2]]}, embedding).param == "input"
    assert (
        refused({"model": "m", "input": "a", "encoding_format": "hex"}, embedding).param
        == "encoding_format"
    )

"""Conversations at `/v1`, asked by the official client."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from http.client import HTTPConnection
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput, WorkerFailed
from tests.api import wire
from tests.api.served import served
from tests.api.spec import WatchedHere
from tests.fakes.measuring import wait_until
from tests.fakes.wire_answers import LOUD, TUNED, Answers

HELLO: Any = [{"role": "user", "content": "Hello there"}]


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers()
    yield made
    made.bench.database.close()


@pytest.fixture
async def client(answers: Answers) -> AsyncIterator[AsyncOpenAI]:
    async with wire.client(answers) as made:
        yield made


@pytest.fixture
def port(answers: Answers) -> Iterator[int]:
    with served(wire.Mounted(answers)) as port:
        yield port


async def test_an_answer_is_kept_under_the_id_it_is_told_with(
    client: AsyncOpenAI, answers: Answers
) -> None:
    told = await client.chat.completions.create(
        model=TUNED, messages=HELLO, temperature=0, metadata={"ticket": "7"}, store=True
    )
    assert told.choices[0].message.content == "Tuned: Hello there"
    assert told.model == TUNED and told.system_fingerprint
    assert told.usage and told.usage.model_dump(exclude_none=True) == {
        "prompt_tokens": 2,
        "completion_tokens": 3,
        "total_tokens": 5,
    }
    kept = answers.kept.inference(told.id.replace("chatcmpl-", "inference_"))
    assert kept.output == "Tuned: Hello there" and kept.metadata == {"ticket": "7"}
    assert kept.project_id == "project_1" and kept.decoding.temperature == 0
    assert kept.messages == (Message(role="user", content="Hello there"),)


async def test_a_stream_opens_with_the_role_and_ends_with_reason_and_usage(
    client: AsyncOpenAI, answers: Answers
) -> None:
    stream = await client.chat.completions.create(
        model="base",
        messages=HELLO,
        max_tokens=2,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    first, *pieces, last, usage = chunks
    assert first.choices[0].delta.role == "assistant"
    assert [piece.choices[0].delta.content for piece in pieces] == ["Base:", " Hello"]
    assert last.choices[0].finish_reason == "length"
    assert usage.choices == [] and usage.usage and usage.usage.total_tokens == 4
    assert {chunk.id for chunk in chunks} == {first.id}
    kept = answers.kept.inference(first.id.replace("chatcmpl-", "inference_"))
    assert kept.output == "Base: Hello"


async def test_the_clients_own_stream_helper_understands_it(client: AsyncOpenAI) -> None:
    async with client.chat.completions.stream(
        model="base", messages=HELLO, logprobs=True, top_logprobs=1
    ) as stream:
        told = await stream.get_final_completion()
    choice = told.choices[0]
    assert choice.message.content == "Base: Hello there"
    assert choice.logprobs and choice.logprobs.content
    tokens = [token.token for token in choice.logprobs.content]
    assert "".join(tokens) == "Base: Hello there"


async def test_several_answers_are_kept_one_by_one(client: AsyncOpenAI, answers: Answers) -> None:
    told = await client.chat.completions.create(model="base", messages=HELLO, n=3, seed=5)
    ids = [choice.answer_id for choice in told.choices]  # type: ignore[attr-defined]
    assert ids[0] == told.id and len(set(ids)) == 3
    kept = [answers.kept.inference(id.replace("chatcmpl-", "inference_")) for id in ids]
    assert [one.decoding.seed for one in kept] == [5, 6, 7]
    assert told.usage and (told.usage.prompt_tokens, told.usage.completion_tokens) == (2, 9)


async def test_several_streamed_answers_come_one_after_the_other(client: AsyncOpenAI) -> None:
    stream = await client.chat.completions.create(model="base", messages=HELLO, n=2, stream=True)
    chunks = [chunk async for chunk in stream]
    texts = ["", ""]
    for chunk in chunks:
        texts[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert texts == ["Base: Hello there"] * 2
    assert len({chunk.choices[0].answer_id for chunk in chunks}) == 2  # type: ignore[attr-defined]


async def test_what_a_client_sets_reaches_the_model(client: AsyncOpenAI, answers: Answers) -> None:
    await client.chat.completions.create(
        model="base", messages=HELLO, stop=["there"], seed=3, top_p=0.5, max_completion_tokens=9
    )
    (decoding,) = answers.generator.decodings
    assert (decoding.stop, decoding.seed, decoding.top_p) == (("there",), 3, 0.5)
    assert (decoding.temperature, decoding.max_new_tokens) == (1, 9)


async def test_answers_without_a_seed_are_drawn_anew_and_can_be_drawn_again(
    client: AsyncOpenAI, answers: Answers
) -> None:
    for _ in range(2):
        await client.chat.completions.create(model="base", messages=HELLO)
    one, other = answers.generator.decodings
    assert one.seed != other.seed


async def test_an_endpoint_gets_what_it_can_do_and_is_not_told_a_seed(
    client: AsyncOpenAI, answers: Answers
) -> None:
    told = await client.chat.completions.create(
        model=LOUD, messages=HELLO, n=2, response_format={"type": "json_object"}
    )
    (_, decoding) = answers.generator.decodings
    assert decoding.seed == 0 and decoding.response_format == '{"type": "json_object"}'
    assert told.model == LOUD and told.system_fingerprint is None


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"frequency_penalty": 1}, "frequency_penalty"),
        ({"extra_body": {"temprature": 1}}, "temprature"),
        ({"n": 9}, "n"),
    ],
)
async def test_what_cannot_be_done_is_refused_by_name(
    client: AsyncOpenAI, answers: Answers, more: dict[str, Any], param: str
) -> None:
    with pytest.raises(openai.BadRequestError) as raised:
        await client.chat.completions.create(model="base", messages=HELLO, **more)
    assert raised.value.param == param and f"{param}" in raised.value.message
    assert not answers.generator.asked


async def test_a_model_that_is_not_there_is_named(client: AsyncOpenAI) -> None:
    for name in ("gpt-9", "ft:base:ladder:x:00000000", f"{TUNED}:ckpt-step-3", "endpoint:no/x"):
        with pytest.raises(openai.NotFoundError) as raised:
            await client.chat.completions.create(model=name, messages=HELLO)
        assert raised.value.code == "model_not_found" and raised.value.param == "model"


async def test_a_stream_that_cannot_begin_is_refused_by_its_status(
    client: AsyncOpenAI, answers: Answers
) -> None:
    answers.generator.failure = InvalidInput("The conversation has 9,000 tokens.")
    answers.generator.break_after(0)
    with pytest.raises(openai.BadRequestError, match="9,000 tokens"):
        await client.chat.completions.create(model="base", messages=HELLO, stream=True)


async def test_a_model_that_dies_in_the_middle_is_told_in_the_stream(
    client: AsyncOpenAI, answers: Answers
) -> None:
    answers.generator.break_after(1)
    stream = await client.chat.completions.create(model="base", messages=HELLO, n=2, stream=True)
    with pytest.raises(openai.APIError, match="ended unexpectedly"):
        async for _ in stream:
            pass


async def test_a_model_that_dies_is_told_and_not_asked_again(
    client: AsyncOpenAI, answers: Answers
) -> None:
    answers.generator.break_after(0)
    with pytest.raises(openai.InternalServerError) as raised:
        await client.with_options(max_retries=2).chat.completions.create(
            model="base", messages=HELLO
        )
    assert raised.value.response.headers["x-should-retry"] == "false"
    assert isinstance(answers.generator.failure, WorkerFailed)


@pytest.mark.parametrize(
    ("kind", "body"),
    [("text/plain", b"{}"), ("application/json", b"{"), ("application/json", b'{"a": NaN}')],
)
async def test_a_body_that_is_not_json_is_refused(answers: Answers, kind: str, body: bytes) -> None:
    async with wire.plain(answers) as http:
        for path in ("/chat/completions", "/completions", "/embeddings"):
            told = await http.post(path, content=body, headers={"content-type": kind})
            assert told.status_code == 400 and "JSON" in told.json()["error"]["message"]


def test_the_synchronous_client_streams_over_a_real_connection(port: int) -> None:
    http = httpx2.Client(transport=WatchedHere(httpx2.HTTPTransport()))
    with OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="-", http_client=http) as client:
        stream = client.chat.completions.create(model="base", messages=HELLO, stream=True)
        text = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
        assert text == "Base: Hello there"
        whole = client.chat.completions.create(model="base", messages=HELLO)
        assert whole.choices[0].message.content == text


def test_a_client_that_leaves_stops_the_model(port: int, answers: Answers) -> None:
    answers.generator.hold_after(0)
    connection = HTTPConnection("127.0.0.1", port)
    body = json.dumps({"model": "base", "messages": HELLO})
    connection.request("POST", "/v1/chat/completions", body, {"content-type": "application/json"})
    wait_until(answers.generator.held.is_set)
    connection.close()
    # Nobody releases it: it ends because it is told that nobody waits.
    wait_until(lambda: answers.generator.left == 1)
    assert not answers.generator.asked
    assert answers.kept.inferences("project_1") == []


def test_a_reader_that_leaves_ends_the_stream(port: int, answers: Answers) -> None:
    answers.generator.rule = lambda model, turns: "word " * 100_000
    client = OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="-")
    stream = client.chat.completions.create(model="base", messages=HELLO, stream=True)
    for _ in zip(range(5), stream, strict=False):
        pass
    stream.close()
    client.close()
    wait_until(lambda: answers.generator.left == 1)
    assert answers.kept.inferences("project_1") == []

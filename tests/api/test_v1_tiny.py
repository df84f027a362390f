"""A real model on this machine, small and untrained, asked by the official client."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from openai import AsyncOpenAI, BadRequestError
from transformers import AutoModelForCausalLM, AutoTokenizer

from backends.local.generator import WorkerGenerator
from studio.domain.models import BaseModel
from studio.services.completions import CompletionService
from studio.services.models import ModelService
from studio.services.projects import ProjectService
from studio.services.wire_models import WireModelService
from studio.store.database import Database
from studio.store.feedback import FeedbackStore
from studio.store.jobs import JobStore
from studio.store.models import ModelStore
from studio.store.projects import ProjectStore
from tests import tiny_model
from tests.api import wire
from tests.fakes.measuring import NoLibrary
from tests.fakes.retrieval import FakeEmbedder
from tests.fakes.wire_answers import OneEndpoint

SKY: Any = [
    {"role": "system", "content": "You name colours."},
    {"role": "user", "content": "What colour has the sky at noon?"},
]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> BaseModel:
    return tiny_model.make(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def generator() -> Iterator[WorkerGenerator]:
    made = WorkerGenerator()
    yield made
    made.close()


@pytest.fixture
async def client(base: BaseModel, generator: WorkerGenerator) -> AsyncIterator[AsyncOpenAI]:
    database = Database(None)
    store = ModelStore(database)
    store.add_base(base)
    models = ModelService(store, JobStore(database), NoLibrary())
    wire_models = WireModelService(models, OneEndpoint(), FakeEmbedder())
    completions = CompletionService(
        FeedbackStore(database),
        wire_models,
        ProjectService(ProjectStore(database)),
        generator,
        FakeEmbedder(),
    )
    services = SimpleNamespace(completions=completions, wire_models=wire_models)
    async with wire.client(services) as made:
        yield made
    database.close()


async def said(client: AsyncOpenAI, model: BaseModel, **more: Any) -> Any:
    settings = {"max_tokens": 24, "temperature": 0, **more}
    return await client.chat.completions.create(model=model.id, messages=SKY, **settings)


async def streamed(client: AsyncOpenAI, model: BaseModel, **more: Any) -> list[Any]:
    return [chunk async for chunk in await said(client, model, stream=True, **more)]


async def test_an_answer_is_cut_exactly_where_the_stop_text_begins(
    client: AsyncOpenAI, base: BaseModel
) -> None:
    whole = (await said(client, base)).choices[0].message.content
    assert len(whole) > 8
    for begin, end in ((3, 5), (4, 8), (len(whole) - 2, len(whole))):
        stop = whole[begin:end]
        expected = whole[: whole.index(stop)]
        cut = (await said(client, base, stop=stop)).choices[0]
        assert (cut.message.content, cut.finish_reason) == (expected, "stop")
        chunks = await streamed(client, base, stop=["never in it", stop])
        text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
        assert (text, chunks[-1].choices[0].finish_reason) == (expected, "stop")


async def test_each_token_comes_with_the_models_own_chances(
    client: AsyncOpenAI, base: BaseModel
) -> None:
    choice = (await said(client, base, logprobs=True, top_logprobs=3)).choices[0]
    tokens = choice.logprobs.content
    written = b"".join(bytes(token.bytes) for token in tokens).decode("utf-8", "ignore")
    assert written.startswith(choice.message.content) and len(tokens) == 24
    for token in tokens:
        best = [top.logprob for top in token.top_logprobs]
        assert best == sorted(best, reverse=True) and len(best) == 3
        assert token.logprob == best[0]
    assert tokens[0].logprob == pytest.approx(first_logprob(base, tokens[0].bytes), abs=0.02)
    chunks = await streamed(client, base, logprobs=True, top_logprobs=3)
    heard = [
        token
        for chunk in chunks
        if chunk.choices[0].logprobs
        for token in chunk.choices[0].logprobs.content
    ]
    assert heard == tokens


def first_logprob(base: BaseModel, written: list[int]) -> float:
    """Returns the chance of the first token as the library itself computes it."""
    tokenizer: Any = AutoTokenizer.from_pretrained(base.path)
    model: Any = AutoModelForCausalLM.from_pretrained(base.path, dtype=torch.float32)
    prompt = tokenizer.apply_chat_template(SKY, add_generation_prompt=True, return_tensors="pt")
    ids = prompt if isinstance(prompt, torch.Tensor) else prompt["input_ids"]
    with torch.no_grad():
        logs = torch.log_softmax(model(input_ids=ids).logits[0, -1], dim=-1)
    best = int(logs.argmax())
    assert tokenizer.decode([best]).encode() == bytes(written)
    assert math.isfinite(float(logs[best]))
    return float(logs[best])


async def test_a_seed_draws_the_same_again_and_several_answers_have_the_next_ones(
    client: AsyncOpenAI, base: BaseModel
) -> None:
    settings: dict[str, Any] = {"temperature": 1.0, "top_p": 0.95}
    several = await said(client, base, n=3, seed=11, **settings)
    texts = [choice.message.content for choice in several.choices]
    assert len(set(texts)) == 3
    alone = [
        (await said(client, base, seed=seed, **settings)).choices[0].message.content
        for seed in (11, 12, 13)
    ]
    assert alone == texts
    pieces = await streamed(client, base, n=2, seed=11, **settings)
    told = ["", ""]
    for chunk in pieces:
        told[chunk.choices[0].index] += chunk.choices[0].delta.content or ""
    assert told == texts[:2]


async def test_a_bare_text_is_gone_on_with_and_counted_as_it_stands(
    client: AsyncOpenAI, base: BaseModel
) -> None:
    prompt = "What colour has the sky at noon? It is"
    told = await client.completions.create(
        model=base.id, prompt=prompt, max_tokens=4, logprobs=2, temperature=0
    )
    tokenizer: Any = AutoTokenizer.from_pretrained(base.path)
    assert told.usage is not None
    assert told.usage.prompt_tokens == len(tokenizer(prompt)["input_ids"])
    assert told.usage.completion_tokens == 4
    logprobs = told.choices[0].logprobs
    assert logprobs is not None and logprobs.top_logprobs is not None
    assert {len(top) for top in logprobs.top_logprobs} <= {1, 2}


async def test_a_conversation_that_is_too_long_is_told_as_openai_tells_it(
    client: AsyncOpenAI, base: BaseModel
) -> None:
    turns: Any = [{"role": "user", "content": "sky " * 600}]
    for stream in (False, True):
        with pytest.raises(BadRequestError, match="reads at most 512") as raised:
            await client.chat.completions.create(model=base.id, messages=turns, stream=stream)
        assert (raised.value.param, raised.value.code) == ("messages", "context_length_exceeded")
    assert (await said(client, base)).choices[0].message.content


async def test_turns_come_in_any_order_that_the_template_takes(
    client: AsyncOpenAI, base: BaseModel
) -> None:
    turns: Any = [
        {"role": "user", "content": "blue"},
        {"role": "user", "content": [{"type": "text", "text": "green"}]},
        {"role": "assistant", "content": "red"},
    ]
    told = await client.chat.completions.create(model=base.id, messages=turns, max_tokens=2)
    assert told.usage is not None and told.usage.completion_tokens <= 2

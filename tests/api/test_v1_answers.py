"""Texts, vectors and the list of models at `/v1`, asked by the official client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.domain.jobs import Checkpoint
from studio.domain.projects import Project
from studio.domain.values import now
from studio.services.completions import CompletionService
from studio.store.projects import ProjectStore
from tests.api import wire
from tests.fakes.evaluations import make_run
from tests.fakes.measuring import tuned_version
from tests.fakes.wire_answers import LOUD, TUNED, Answers


@pytest.fixture
def answers() -> Iterator[Answers]:
    made = Answers()
    yield made
    made.bench.database.close()


@pytest.fixture
async def client(answers: Answers) -> AsyncIterator[AsyncOpenAI]:
    async with wire.client(answers) as made:
        yield made


async def test_texts_are_gone_on_with_each_as_often_as_wanted(
    client: AsyncOpenAI, answers: Answers
) -> None:
    told = await client.completions.create(model="base", prompt=["one", "two"], n=2, logprobs=1)
    assert [choice.text for choice in told.choices] == ["Base: one"] * 2 + ["Base: two"] * 2
    assert [choice.index for choice in told.choices] == [0, 1, 2, 3]
    assert told.choices[0].logprobs and told.choices[0].logprobs.tokens == ["Base:", " one"]
    assert told.id.startswith("cmpl-") and told.usage and told.usage.prompt_tokens == 2
    kept = answers.kept.inference(told.id.replace("cmpl-", "inference_"))
    assert kept.decoding.raw and kept.decoding.max_new_tokens == 16


async def test_a_text_streams(client: AsyncOpenAI) -> None:
    stream = await client.completions.create(
        model="base",
        prompt="one two",
        logprobs=0,
        stream=True,
        stream_options={"include_usage": True},
    )
    chunks = [chunk async for chunk in stream]
    assert "".join(chunk.choices[0].text for chunk in chunks[:-1]) == "Base: one two"
    offsets = [
        chunk.choices[0].logprobs.text_offset for chunk in chunks[:-2] if chunk.choices[0].logprobs
    ]
    assert offsets == [[0], [5], [9]]
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert chunks[-1].usage and chunks[-1].usage.total_tokens == 5


async def test_vectors_come_as_the_client_likes_them(client: AsyncOpenAI) -> None:
    packed = await client.embeddings.create(model="fake", input=["a b", "c"])
    plain = await client.embeddings.create(
        model="fake", input=["a b", "c"], encoding_format="float"
    )
    assert packed.usage.prompt_tokens == 3 and len(packed.data) == 2
    for one, other in zip(packed.data, plain.data, strict=True):
        assert one.index == other.index
        assert one.embedding == pytest.approx(other.embedding)


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"dimensions": 3}, "dimensions"),
        ({"input": "word " * 101}, "input"),
        ({"input": ""}, "input"),
        ({"input": [[1, 2]]}, "input"),
        ({"model": "base"}, "model"),
    ],
)
async def test_vectors_that_cannot_be_made_are_refused_by_name(
    client: AsyncOpenAI, more: dict[str, Any], param: str
) -> None:
    with pytest.raises((openai.BadRequestError, openai.NotFoundError)) as raised:
        await client.embeddings.create(**{"model": "fake", "input": "a", **more})
    assert raised.value.param == param


async def test_everything_that_can_be_asked_is_listed_and_found(client: AsyncOpenAI) -> None:
    names = {model.id: model async for model in client.models.list()}
    assert set(names) == {"base", TUNED, LOUD, "fake"}
    for name, listed in names.items():
        assert await client.models.retrieve(name) == listed
    assert names[TUNED].owned_by == "ladder"
    with pytest.raises(openai.NotFoundError) as raised:
        await client.models.retrieve("ft:base:ladder:tuned:other")
    assert raised.value.code == "model_not_found"


async def test_a_checkpoint_that_is_kept_answers_under_its_step(
    client: AsyncOpenAI, answers: Answers
) -> None:
    answers.checkpoints = [Checkpoint(step=12, artifact="/run/checkpoint-12")]
    name = f"{TUNED}:ckpt-step-12"
    told = await client.chat.completions.create(
        model=name, messages=[{"role": "user", "content": "x"}]
    )
    assert told.model == name and told.choices[0].message.content == "Tuned, step 12: x"
    assert (await client.models.retrieve(name)).id == name
    for other in (f"{TUNED}:ckpt-step-13", "ft:base:ladder:x:nothing0:ckpt-step-12"):
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve(other)
    with pytest.raises(openai.BadRequestError):
        await client.models.delete(name)


async def test_a_tuned_model_is_deleted_with_its_files(
    client: AsyncOpenAI, answers: Answers, tmp_path: Path
) -> None:
    adapter = tmp_path / "adapter"
    adapter.mkdir()
    (adapter / "weights").write_text("w")
    version = tuned_version().with_(
        id="model_0123456789abcdef", name="Other one", path=str(adapter)
    )
    answers.bench.model_store.add_version(version)
    name = "ft:base:ladder:other-one:89abcdef"
    told = await client.models.delete(name)
    assert (told.id, told.deleted) == (name, True)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(openai.NotFoundError):
        await client.models.delete(name)


async def test_only_tuned_models_can_be_deleted(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError, match="not a tuned model"):
        await client.models.delete("base")


async def test_a_model_that_is_measured_stays(client: AsyncOpenAI, answers: Answers) -> None:
    run: EvaluationRun = make_run("tuned").with_(status=RunStatus.RUNNING)
    answers.bench.evaluations.add(run)
    with pytest.raises(openai.ConflictError, match="an evaluation asks it"):
        await client.models.delete(TUNED)
    assert answers.models.version("tuned")


def test_a_key_of_another_project_does_not_reach_a_tuned_model(answers: Answers) -> None:
    ProjectStore(answers.bench.database).add(Project(id="project_2", name="B", created_at=now()))
    assert TUNED not in {model.id for model in answers.wire_models.all("project_2")}
    service: CompletionService = answers.completions
    asked = service.read("chat", {"model": TUNED, "messages": [{"role": "user", "content": "x"}]})
    assert service.prepare(asked, "project_1").project_id == "project_1"
    with pytest.raises(Exception, match="does not exist"):
        service.prepare(asked, "project_2")
    base = service.read("chat", {"model": "base", "messages": [{"role": "user", "content": "x"}]})
    assert service.prepare(base, "project_2").project_id == "project_2"


async def test_texts_are_looked_over_by_an_endpoint_and_by_nobody_else(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="Add an endpoint") as raised:
        await client.moderations.create(input="text")
    assert raised.value.code == "moderation_not_configured"
    told = await client.moderations.create(input="bad text", model="endpoint:office/strict")
    assert told.model == "strict" and told.results[0].flagged


async def test_what_the_studio_does_not_offer_is_named(client: AsyncOpenAI) -> None:
    with pytest.raises(openai.NotFoundError, match="POST /v1/responses"):
        await client.responses.create(model="base", input="x")
    with pytest.raises(openai.NotFoundError, match="GET /v1/chat/completions/chatcmpl-1"):
        await client.chat.completions.retrieve("chatcmpl-1")

"""Deployments asked at `/v1` by their name, with the official client."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from studio.domain.datasets import Message
from studio.domain.deployments import Slot
from studio.domain.errors import WorkerFailed
from studio.domain.ladder import Rung, RungSetup
from tests.api import wire
from tests.api.batch_desk import asks, begun, ended, told
from tests.fakes.deployed import DeployedAnswers

HELLO: Any = [{"role": "user", "content": "Hello there"}]
WHY = {"actor": "ada", "reason": "A test wants it."}


@pytest.fixture
def answers() -> Iterator[DeployedAnswers]:
    made = DeployedAnswers()
    yield made
    made.shadows.close()
    made.bench.database.close()


@pytest.fixture
async def client(answers: DeployedAnswers) -> AsyncIterator[AsyncOpenAI]:
    async with wire.client(answers) as made:
        yield made


async def test_a_deployment_answers_under_its_name_and_says_in_headers_what_did(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    raw = await client.chat.completions.with_raw_response.create(model="router", messages=HELLO)
    told = raw.parse()
    assert told.model == "router"
    assert told.choices[0].message.content == "Tuned: Hello there"
    assert raw.headers["x-ladder-revision"] == answers.champion.id
    assert raw.headers["x-ladder-model"] == "tuned"
    kept = answers.kept.inference(told.id.replace("chatcmpl-", "inference_"))
    assert (kept.deployment_id, kept.revision_id) == (answers.router.id, answers.champion.id)
    assert (kept.variant, kept.model_id, kept.error) == ("champion", "tuned", "")
    assert kept.session.startswith("session_")


async def test_it_is_listed_among_the_models(client: AsyncOpenAI, answers: DeployedAnswers) -> None:
    owners = {model.id: model.owned_by async for model in client.models.list()}
    assert owners["router"] == "ladder-studio"
    assert (await client.models.retrieve("router")).id == "router"
    with pytest.raises(openai.BadRequestError):
        await client.models.delete("router")


async def test_texts_and_several_answers_are_told_too(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    text = await client.completions.create(model="router", prompt="Once")
    assert (text.model, text.choices[0].text) == ("router", "Tuned: Once")
    several = await client.chat.completions.create(model="router", messages=HELLO, n=2)
    assert len(several.choices) == 2
    assert len(answers.answers("champion")) == 3


async def test_what_a_setup_puts_around_a_question_is_asked_and_not_kept(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    setup = RungSetup(
        rung=Rung.FEW_SHOT,
        model_id="tuned",
        system="Be brief.",
        template="Ticket: {question}",
        shots=1,
    )
    shown = answers.deployments.add_revision(
        answers.router.id, model_id="tuned", setup=setup, suite_version_id="version_1"
    )
    answers.deployments.promote(answers.router.id, shown.id, **WHY)
    told = await client.chat.completions.create(model="router", messages=HELLO)
    _, asked = answers.generator.asked[-1]
    assert [turn.role for turn in asked] == ["system", "user", "assistant", "user"]
    assert asked[0].content == "Be brief." and asked[1].content.startswith("Ticket: ")
    assert asked[-1] == Message(role="user", content="Ticket: Hello there")
    kept = answers.kept.inference(told.id.replace("chatcmpl-", "inference_"))
    assert kept.messages == (Message(role="user", content="Hello there"),)
    await client.completions.create(model="router", prompt="Once")
    assert answers.generator.asked[-1][1][-1].content == "Ticket: Once"
    assert answers.generator.decodings[-1].raw is False


async def test_a_stream_that_began_before_a_promotion_ends_on_its_model(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    long: Any = [{"role": "user", "content": "one two three four five six"}]
    raw = await client.chat.completions.with_raw_response.create(
        model="router", messages=long, stream=True
    )
    stream = raw.parse()
    pieces = [(await anext(stream)).choices[0].delta.content for _ in range(3)]
    answers.deployments.promote(answers.router.id, answers.better.id, **WHY)
    after = await client.chat.completions.create(model="router", messages=HELLO)
    pieces += [chunk.choices[0].delta.content async for chunk in stream if chunk.choices]
    assert "".join(piece or "" for piece in pieces) == "Tuned: one two three four five six"
    assert raw.headers["x-ladder-model"] == "tuned"
    assert after.choices[0].message.content == "Better: Hello there"
    began, ended = answers.answers("champion")[::-1]
    assert {began.model_id, ended.model_id} == {"tuned", "better"}


@pytest.mark.parametrize(
    "named",
    [
        {"extra_headers": {"x-session-id": "s-1"}},
        {"user": "s-1"},
        {"safety_identifier": "s-1"},
        {"prompt_cache_key": "s-1"},
    ],
)
async def test_a_named_session_is_kept_and_always_answered_by_the_same(
    client: AsyncOpenAI, answers: DeployedAnswers, named: dict[str, Any]
) -> None:
    answers.deployments.place(
        answers.router.id, Slot.CANDIDATE, answers.better.id, share=0.5, **WHY
    )
    for _ in range(4):
        await client.chat.completions.create(model="router", messages=HELLO, **named)
    assert {one.session for one in answers.answers()} == {"s-1"}
    assert len({one.variant for one in answers.answers()}) == 1


async def test_the_header_goes_before_the_body_and_a_request_without_either_is_its_own(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    await client.chat.completions.create(
        model="router", messages=HELLO, user="body", extra_headers={"x-session-id": "head"}
    )
    for _ in range(2):
        await client.chat.completions.create(model="router", messages=HELLO)
    sessions = [one.session for one in answers.answers()]
    assert "head" in sessions and "body" not in sessions and len(set(sessions)) == 3


async def test_the_candidate_answers_its_share(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    answers.deployments.place(
        answers.router.id, Slot.CANDIDATE, answers.better.id, share=0.5, **WHY
    )
    for n in range(40):
        await client.chat.completions.create(model="router", messages=HELLO, user=f"user {n}")
    theirs = answers.answers("candidate")
    assert 8 < len(theirs) < 32
    assert {one.model_id for one in theirs} == {"better"}
    answers.deployments.split(answers.router.id, 1.0, **WHY)
    told = await client.chat.completions.create(model="router", messages=HELLO)
    assert told.choices[0].message.content == "Better: Hello there"


@pytest.mark.parametrize("stream", [False, True])
async def test_an_answer_that_failed_is_kept_with_the_reason(
    client: AsyncOpenAI, answers: DeployedAnswers, stream: bool
) -> None:
    answers.generator.break_after(0)
    with pytest.raises(openai.APIStatusError):
        await client.chat.completions.create(model="router", messages=HELLO, stream=stream)
    (kept,) = answers.answers()
    assert kept.error == "The generation worker ended unexpectedly." and kept.output == ""
    assert (kept.variant, kept.revision_id) == ("champion", answers.champion.id)
    assert kept.seconds is None


async def test_a_mistake_of_the_client_is_not_held_against_the_model(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    with pytest.raises(openai.BadRequestError):
        await client.chat.completions.create(model="router", messages=HELLO, n=99)
    assert answers.answers() == []


async def test_a_revision_whose_model_is_gone_answers_503_and_that_is_kept(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    answers.bench.model_store.remove_version("tuned")
    with pytest.raises(openai.InternalServerError) as caught:
        await client.chat.completions.create(model="router", messages=HELLO)
    assert caught.value.status_code == 503
    (kept,) = answers.answers()
    assert "not whole" in kept.error and kept.model_id == "tuned"


async def test_a_shadow_answers_a_copy_that_nobody_is_shown(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    answers.deployments.place(answers.router.id, Slot.SHADOW, answers.better.id, **WHY)
    told = await client.chat.completions.create(model="router", messages=HELLO, user="ann")
    assert told.choices[0].message.content == "Tuned: Hello there"
    stream = await client.chat.completions.create(model="router", messages=HELLO, stream=True)
    assert [chunk async for chunk in stream]
    answers.shadows.settle()
    first, second = answers.answers("shadow")
    shown = [one.id for one in answers.answers("champion")]
    assert [first.metadata["shadow_of"], second.metadata["shadow_of"]] == shown
    assert first.output == "Better: Hello there" and first.session == "ann"
    assert (first.revision_id, first.model_id) == (answers.better.id, "better")


async def test_a_shadow_that_fails_is_kept_as_failed_and_disturbs_nobody(
    client: AsyncOpenAI, answers: DeployedAnswers
) -> None:
    answers.deployments.place(answers.router.id, Slot.SHADOW, answers.better.id, **WHY)
    answers.generator.failure = WorkerFailed("It is too large.")
    answers.generator.break_after(1)
    told = await client.chat.completions.create(model="router", messages=HELLO)
    assert told.choices[0].message.content == "Tuned: Hello there"
    answers.shadows.settle()
    (kept,) = answers.answers("shadow")
    assert kept.error == "It is too large."


async def test_copies_beyond_what_may_wait_are_dropped_and_counted() -> None:
    answers = DeployedAnswers(most=1)
    answers.deployments.place(answers.router.id, Slot.SHADOW, answers.better.id, **WHY)
    async with wire.client(answers) as client:
        answers.generator.hold_after(1)  # the first answer passes, its copy waits
        await client.chat.completions.create(model="router", messages=HELLO)
        assert answers.generator.held.wait(10)
        kept = answers.answers("champion")[0]
        for _ in range(3):
            answers.shadows.put(answers.better, kept)
        assert answers.shadows.dropped == {answers.router.id: 2}
        answers.generator.release()
        answers.shadows.settle()
    assert len(answers.answers("shadow")) == 2
    answers.shadows.close()
    answers.bench.database.close()


async def test_a_batch_asks_a_deployment_line_by_line(tmp_path: Path) -> None:
    answers = DeployedAnswers(folder=tmp_path)
    answers.deployments.place(
        answers.router.id, Slot.CANDIDATE, answers.better.id, share=0.5, **WHY
    )
    async with wire.client(answers) as client:
        lines = [asks(str(n), "Hello there", model="router", user=f"user {n}") for n in range(12)]
        answers.wire_batches.open()
        done = await ended(client, answers, await begun(client, *lines))
        found = await told(client, done.output_file_id)
        answers.wire_batches.close()
    kept = {one.variant: one for one in answers.answers()}
    assert kept["champion"].output == "Tuned: Hello there"
    assert kept["candidate"].output == "Better: Hello there"
    assert {one["response"]["body"]["model"] for one in found.values()} == {"router"}
    assert len(answers.answers()) == 12
    answers.bench.database.close()

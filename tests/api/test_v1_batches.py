"""Batches at `/v1`, made by the official client and carried out in the background."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from studio.domain.errors import InvalidInput, StorageFailed, WorkerFailed
from tests.api import wire
from tests.api.batch_desk import asks, begun, ended, told
from tests.fakes.measuring import wait_until
from tests.fakes.wire_answers import Answers


@pytest.fixture
def answers(tmp_path: Path) -> Iterator[Answers]:
    made = Answers(folder=tmp_path / "wire")
    yield made
    made.generator.release()
    made.wire_batches.close()
    made.bench.database.close()


@pytest.fixture
async def client(answers: Answers) -> AsyncIterator[AsyncOpenAI]:
    async with wire.client(answers) as made:
        yield made


async def test_every_line_comes_to_an_end_and_none_is_lost(
    client: AsyncOpenAI, answers: Answers
) -> None:
    lines = [
        asks("a", "one"),
        "{oops",
        asks("b", "two", n=2),
        asks("c", tools=[{"type": "function"}]),
        "",
        asks("a", "again"),
        {**asks("d"), "url": "/v1/embeddings"},
        asks("e", model="nobody"),
        asks("f", stream=True),
        {"method": "POST"},
    ]
    batch = await begun(client, *lines, metadata={"run": "1"})
    assert batch.status == "validating" and batch.metadata == {"run": "1"}
    answers.wire_batches.open()
    done = await ended(client, answers, batch)
    assert done.status == "completed" and done.completed_at and done.in_progress_at
    assert done.request_counts and done.request_counts.model_dump() == {
        "total": 9,
        "completed": 2,
        "failed": 7,
    }
    right, wrong = await told(client, done.output_file_id), await told(client, done.error_file_id)
    texts = {
        name: [choice["message"]["content"] for choice in one["response"]["body"]["choices"]]
        for name, one in right.items()
    }
    assert texts == {"a": ["Base: one"], "b": ["Base: two"] * 2}
    assert {name: one["error"]["code"] for name, one in wrong.items()} == {
        None: "missing_required_parameter",
        "c": "unsupported_parameter",
        "a": "duplicate_custom_id",
        "d": "mismatched_url",
        "e": "model_not_found",
        "f": "invalid_value",
    }
    assert "Line 4" in wrong["c"]["error"]["message"]
    assert done.usage and done.usage.output_tokens == 6


async def test_answers_of_a_batch_are_kept_so_that_feedback_finds_them(
    client: AsyncOpenAI, answers: Answers
) -> None:
    answers.wire_batches.open()
    batch = await ended(client, answers, await begun(client, asks("a", metadata={"k": "v"})))
    one = (await told(client, batch.output_file_id))["a"]
    id = one["response"]["body"]["id"]
    kept = answers.kept.inference(id.replace("chatcmpl-", "inference_"))
    assert kept.output == "Base: Hello" and kept.metadata == {"k": "v"}
    assert batch.error_file_id is None


async def test_a_restart_asks_no_line_twice(
    client: AsyncOpenAI, answers: Answers, tmp_path: Path
) -> None:
    batch = await begun(client, *(asks(str(n), f"q{n}") for n in range(6)))
    answers.generator.hold_after(3)
    answers.wire_batches.open()
    wait_until(answers.generator.held.is_set)
    looked_at = await client.batches.retrieve(batch.id)
    assert looked_at.status == "in_progress"
    assert looked_at.request_counts and looked_at.request_counts.completed == 3
    answers.wire_batches.close()
    first = [turns[-1].content for _, turns in answers.generator.asked]
    answers.generator.release()
    again = type(answers.wire_batches)(answers.batches, answers.wire_files, answers.completions)
    again.open()
    done = await ended(client, answers, batch)
    again.close()
    every = [turns[-1].content for _, turns in answers.generator.asked]
    assert sorted(every) == sorted({f"q{n}" for n in range(6)}) and len(first) == 3
    assert set(await told(client, done.output_file_id)) == set(map(str, range(6)))
    assert len(answers.kept.inferences("project_1")) == 6


async def test_a_cancelled_batch_keeps_what_it_has(client: AsyncOpenAI, answers: Answers) -> None:
    batch = await begun(client, *(asks(str(n), f"q{n}") for n in range(5)))
    answers.generator.hold_after(2)
    answers.wire_batches.open()
    wait_until(answers.generator.held.is_set)
    assert (await client.batches.cancel(batch.id)).status == "cancelling"
    assert (await client.batches.cancel(batch.id)).status in ("cancelling", "cancelled")
    done = await ended(client, answers, batch)
    assert done.status == "cancelled" and done.cancelled_at and done.cancelling_at
    assert len(await told(client, done.output_file_id)) == 2
    with pytest.raises(openai.ConflictError, match="cannot be cancelled"):
        await client.batches.cancel(batch.id)


async def test_a_batch_whose_day_is_over_says_which_lines_are_left(
    client: AsyncOpenAI, answers: Answers
) -> None:
    batch = await begun(client, asks("a"), asks("b"))
    answers.moment += timedelta(hours=25)
    answers.wire_batches.open()
    done = await ended(client, answers, batch)
    assert done.status == "expired" and done.output_file_id is None and done.expired_at
    left = await told(client, done.error_file_id)
    assert {one["error"]["code"] for one in left.values()} == {"batch_expired"}
    assert set(left) == {"a", "b"}


async def test_one_line_that_cannot_be_answered_takes_no_other_with_it(
    client: AsyncOpenAI, answers: Answers
) -> None:
    def rule(model: object, turns: Any) -> str:
        if turns[-1].content == "long":
            raise InvalidInput("Conversation 1 has 9,000 tokens.", hint="Shorten it.")
        if turns[-1].content == "deadly":
            raise WorkerFailed("The generation worker ended unexpectedly.")
        return "fine"

    answers.generator.rule = rule
    answers.wire_batches.open()
    batch = await begun(
        client, asks("a", "x"), asks("b", "long"), asks("c", "y"), asks("d", "deadly")
    )
    done = await ended(client, answers, batch)
    assert set(await told(client, done.output_file_id)) == {"a", "c"}
    wrong = await told(client, done.error_file_id)
    assert {name: one["error"]["code"] for name, one in wrong.items()} == {
        "b": "invalid_input",
        "d": "worker_failed",
    }


async def test_a_batch_that_stumbles_goes_on_and_is_given_up_in_the_end(
    client: AsyncOpenAI, answers: Answers
) -> None:
    full = StorageFailed("The disk is full.", hint="Make room.")
    answers.generator.failure = full
    answers.generator.break_after(1)
    batch = await begun(client, asks("a", "x"), asks("b", "y"))
    answers.wire_batches.open()
    done = await ended(client, answers, batch)
    assert done.status == "failed" and done.failed_at and done.errors and done.errors.data
    assert "The disk is full." in (done.errors.data[0].message or "")
    assert len(await told(client, done.output_file_id)) == 1
    again = await begun(client, asks("a", "x"), asks("b", "y"))
    answers.generator.break_after(None)
    assert (await ended(client, answers, again)).status == "completed"


async def test_texts_and_vectors_are_made_in_batches_too(
    client: AsyncOpenAI, answers: Answers
) -> None:
    answers.wire_batches.open()
    line = {"custom_id": "v", "method": "POST", "url": "/v1/embeddings"}
    vectors = await begun(
        client, {**line, "body": {"model": "fake", "input": "a b"}}, endpoint="/v1/embeddings"
    )
    line = {"custom_id": "t", "method": "POST", "url": "/v1/completions"}
    texts = await begun(
        client,
        {**line, "body": {"model": "base", "prompt": ["a", "b"]}},
        endpoint="/v1/completions",
    )
    made = await told(client, (await ended(client, answers, vectors)).output_file_id)
    assert (
        len(made["v"]["response"]["body"]["data"][0]["embedding"]) == answers.embedder.dimensions()
    )
    gone_on = await told(client, (await ended(client, answers, texts)).output_file_id)
    choices = gone_on["t"]["response"]["body"]["choices"]
    assert [choice["text"] for choice in choices] == ["Base: a", "Base: b"]


async def test_equal_questions_are_drawn_anew_unless_the_client_chose_the_seed(
    client: AsyncOpenAI, answers: Answers
) -> None:
    answers.wire_batches.open()
    batch = await begun(
        client, asks("a"), asks("b"), asks("c", seed=7), asks("d", seed=7), asks("e", temperature=0)
    )
    done = await told(client, (await ended(client, answers, batch)).output_file_id)
    seeds = {}
    for name, one in done.items():
        id = one["response"]["body"]["id"].replace("chatcmpl-", "inference_")
        seeds[name] = answers.kept.inference(id).decoding.seed
    assert seeds["a"] != seeds["b"]
    assert seeds["c"] == seeds["d"] == 7

"""Batches at `/v1`: what they need stays, what cannot be made is named, and they are listed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.api import wire
from tests.api.batch_desk import CHAT, asks, begun, ended
from tests.fakes.measuring import wait_until
from tests.fakes.wire_answers import TUNED, Answers


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


async def test_a_tuned_model_stays_while_a_batch_asks_it(
    client: AsyncOpenAI, answers: Answers
) -> None:
    batch = await begun(client, asks("a", model=TUNED), asks("b", model=TUNED))
    answers.generator.hold_after(1)
    answers.wire_batches.open()
    wait_until(answers.generator.held.is_set)
    with pytest.raises(openai.ConflictError, match="a batch asks it"):
        await client.models.delete(TUNED)
    answers.generator.release()
    assert (await ended(client, answers, batch)).status == "completed"
    assert (await client.models.delete(TUNED)).deleted


async def test_the_file_outlives_its_deletion_while_it_is_read(
    client: AsyncOpenAI, answers: Answers
) -> None:
    batch = await begun(client, asks("a"))
    await client.files.delete(batch.input_file_id)
    answers.wire_batches.open()
    assert (await ended(client, answers, batch)).status == "completed"


@pytest.mark.parametrize("content", [b"\n\n", b" "])
async def test_a_file_without_lines_fails_as_a_whole(
    client: AsyncOpenAI, answers: Answers, content: bytes
) -> None:
    file = await client.files.create(file=("empty.jsonl", content), purpose="batch")
    batch = await client.batches.create(
        input_file_id=file.id, endpoint=CHAT, completion_window="24h"
    )
    answers.wire_batches.open()
    done = await ended(client, answers, batch)
    assert done.status == "failed" and done.errors and done.errors.data
    assert done.errors.data[0].code == "empty_file"


async def test_a_batch_that_cannot_be_made_is_refused_by_name(client: AsyncOpenAI) -> None:
    rows = await client.files.create(file=("rows.jsonl", b"{}"), purpose="user_data")
    good: dict[str, Any] = {"endpoint": CHAT, "completion_window": "24h"}
    for body, param in (
        ({**good, "input_file_id": rows.id}, "input_file_id"),
        ({**good, "input_file_id": rows.id, "endpoint": "/v1/responses"}, "endpoint"),
        ({**good, "input_file_id": rows.id, "completion_window": "1h"}, "completion_window"),
    ):
        with pytest.raises(openai.BadRequestError) as raised:
            await client.batches.create(**body)
        assert raised.value.param == param
    with pytest.raises(openai.NotFoundError):
        await client.batches.create(**good, input_file_id="file-0000")
    with pytest.raises(openai.NotFoundError):
        await client.batches.retrieve("batch_0000")


async def test_batches_are_listed_newest_first_in_pages(
    client: AsyncOpenAI, answers: Answers
) -> None:
    made = []
    for n in range(3):
        made.append((await begun(client, asks(str(n)))).id)
        answers.moment += timedelta(seconds=1)
    assert [batch.id async for batch in client.batches.list(limit=2)] == made[::-1]

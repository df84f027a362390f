"""Batch desk: batches made by the official client, and what came of them."""

from __future__ import annotations

import json
from typing import Any

from openai import AsyncOpenAI
from openai.types import Batch

from studio.domain.wire_batches import ENDED
from tests.fakes.measuring import wait_until
from tests.fakes.wire_answers import Answers

CHAT: Any = "/v1/chat/completions"


def asks(name: str, text: str = "Hello", **more: Any) -> dict[str, Any]:
    body = {"model": "base", "messages": [{"role": "user", "content": text}], **more}
    return {"custom_id": name, "method": "POST", "url": CHAT, "body": body}


def jsonl(*lines: dict[str, Any] | str) -> bytes:
    told = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return "\n".join(told).encode()


async def begun(client: AsyncOpenAI, *lines: Any, endpoint: Any = CHAT, **more: Any) -> Batch:
    file = await client.files.create(file=("asked.jsonl", jsonl(*lines)), purpose="batch")
    return await client.batches.create(
        input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more
    )


async def ended(client: AsyncOpenAI, answers: Answers, batch: Batch) -> Batch:
    wait_until(lambda: answers.batches.get(batch.id).status in ENDED)
    return await client.batches.retrieve(batch.id)


async def told(client: AsyncOpenAI, file_id: str | None) -> dict[str | None, Any]:
    assert file_id is not None
    text = (await client.files.content(file_id)).text
    return {one["custom_id"]: one for one in map(json.loads, text.splitlines())}

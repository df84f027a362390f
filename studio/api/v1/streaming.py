"""Streaming: work that takes its time, done off the event loop and stopped when nobody waits."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from fastapi.responses import StreamingResponse

from studio.api.v1 import errors

T = TypeVar("T")
Json = dict[str, Any]

LOOK = 0.25
"""Seconds between two looks whether the client is still there."""
AT_ONCE = 100
"""Answers under way; more wait for their turn, and never keep a page of the studio waiting."""
BEGINNING = 2
"""Pieces made before the stream begins: the one that opens it, and the first of the model's. What
goes wrong until then is still told by the status of the answer."""
TURNS = CapacityLimiter(AT_ONCE)


async def off_loop(work: Callable[[], T]) -> T:
    """Returns what the work gives, done in a thread of its own."""
    return await to_thread.run_sync(work, limiter=TURNS)


async def watched(request: Request, work: Callable[[Callable[[], bool]], T]) -> T:
    """Returns what the work gives; `work(cancelled)` hears when the client has left."""
    left = threading.Event()

    async def watch() -> None:
        while not await request.is_disconnected():
            await asyncio.sleep(LOOK)
        left.set()

    watching = asyncio.create_task(watch())
    try:
        return await off_loop(lambda: work(left.is_set))
    finally:
        left.set()
        watching.cancel()


async def events(request: Request, chunks: Iterator[Json]) -> StreamingResponse:
    """Returns an answer of server-sent events; the chunks are no longer made when nobody reads."""
    try:
        begun = await off_loop(lambda: list(islice(chunks, BEGINNING)))
    except BaseException:
        _close(chunks)
        raise
    return StreamingResponse(_lines(request, begun, chunks), media_type="text/event-stream")


async def _lines(request: Request, begun: list[Json], chunks: Iterator[Json]) -> AsyncIterator[str]:
    try:
        for chunk in begun:
            yield _event(chunk)
        while not await request.is_disconnected():
            following = await off_loop(lambda: next(chunks, None))
            if following is None:
                yield "data: [DONE]\n\n"
                return
            yield _event(following)
    except Exception as error:  # noqa: BLE001 - the answer has begun: its last line carries it
        yield _event(json.loads(bytes(errors.answer(error).body)))
    finally:
        # What is closed may wait for a server, and a cancelled task may not await.
        threading.Thread(target=_close, args=(chunks,), name="v1-close", daemon=True).start()


def _event(told: Json) -> str:
    return f"data: {json.dumps(told, ensure_ascii=False, separators=(',', ':'))}\n\n"


def _close(chunks: Iterator[Json]) -> None:
    if isinstance(chunks, Generator):
        # One that is just making a piece closes itself when nobody holds it any more.
        with suppress(ValueError):
            chunks.close()

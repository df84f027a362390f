"""EndpointGenerator: answers with models behind servers that speak the OpenAI wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

import openai

from backends.openai_api.errors import translated
from studio.domain.datasets import Message
from studio.domain.endpoints import Connection, named
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.models import ModelHandle

AT_ONCE = 8
"""Requests under way to one server; more only earns refusals."""
SECONDS = 120.0
"""Longest wait for one answer."""
TRIES = 4
"""Further attempts after trouble that may pass (429, 5xx, time-outs); asking twice changes
nothing, and the client waits as long as the server says."""
LOOK_EVERY = 0.2
"""Seconds between two looks at whether the caller still wants the answers."""


class EndpointGenerator:
    """Implements `TextGenerator` for handles whose id is `endpoint:NAME/MODEL`."""

    def __init__(self, connection: Callable[[str], Connection]) -> None:
        """`connection` finds address and key of the endpoint of that name, for each call anew."""
        self._connection = connection
        self._lock = threading.Lock()
        self._newer: set[tuple[str, str]] = set()
        """Address and model that want `max_completion_tokens`."""

    def generate(
        self,
        model: ModelHandle,
        conversations: Sequence[Sequence[Message]],
        decoding: Decoding,
        *,
        on_answer: Callable[[int, Answer], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> list[Answer]:
        """Answers every conversation, in order; `on_answer(index, answer)` reports each as it ends.

        Raises:
            BackendUnavailable, NotFound, InvalidInput: what the server or the way to it said.
            Conflict: when `cancelled()` turned true meanwhile.
        """
        name, wanted = named(model.id)
        connection = self._connection(name)
        answers: dict[int, Answer] = {}
        stop = threading.Event()
        with _client(connection) as client, ThreadPoolExecutor(AT_ONCE) as pool:

            def one(at: int) -> Answer:
                if stop.is_set():
                    raise Conflict("The answers were cancelled.")
                return self._answer(client, connection, wanted, conversations[at], decoding)

            waiting = {pool.submit(one, at): at for at in range(len(conversations))}
            try:
                for future in _as_they_end(waiting, cancelled):
                    at = waiting[future]
                    answers[at] = future.result()
                    if on_answer is not None:
                        on_answer(at, answers[at])
            except BaseException:
                stop.set()
                for future in waiting:
                    future.cancel()
                raise
        return [answers[at] for at in range(len(conversations))]

    def stream(
        self, model: ModelHandle, conversation: Sequence[Message], decoding: Decoding
    ) -> Iterator[str | Answer]:
        """Yields pieces of text as they come, then the whole Answer; raises as above."""
        name, wanted = named(model.id)
        connection = self._connection(name)
        began, text, finish, usage = time.perf_counter(), "", "stop", None
        with _client(connection) as client, translated(connection):
            pieces = self._create(
                client,
                connection,
                wanted,
                conversation,
                decoding,
                stream=True,
                stream_options={"include_usage": True},
            )
            for chunk in pieces:
                usage = chunk.usage or usage
                if not chunk.choices:
                    continue
                finish = chunk.choices[0].finish_reason or finish
                piece = chunk.choices[0].delta.content or ""
                if piece:
                    text += piece
                    yield piece
        yield _made(text, finish, usage, time.perf_counter() - began)

    def models(self, name: str) -> tuple[str, ...]:
        """Returns the models an endpoint lists; raises as `generate` does."""
        connection = self._connection(name)
        with _client(connection) as client, translated(connection):
            return tuple(sorted(model.id for model in client.models.list()))

    def close(self) -> None:
        """Nothing outlives a call."""

    def _answer(
        self,
        client: openai.OpenAI,
        connection: Connection,
        model: str,
        conversation: Sequence[Message],
        decoding: Decoding,
    ) -> Answer:
        began = time.perf_counter()
        with translated(connection):
            found = self._create(client, connection, model, conversation, decoding)
            choice = found.choices[0]
            text = choice.message.content or ""
            return _made(text, choice.finish_reason, found.usage, time.perf_counter() - began)

    def _create(
        self,
        client: openai.OpenAI,
        connection: Connection,
        model: str,
        conversation: Sequence[Message],
        decoding: Decoding,
        **more: Any,
    ) -> Any:
        """Asks with the older name of the length limit, and with the newer where it is wanted."""
        place = (connection.base_url, model)
        asked = _request(model, conversation, decoding) | more
        with self._lock:
            newer = place in self._newer
        try:
            return client.chat.completions.create(**_limited(asked, decoding, newer=newer))
        except openai.BadRequestError as error:
            said = str(error)
            if "temperature" in said and "temperature" in asked:
                raise InvalidInput(
                    f"{model} does not let its temperature be chosen.",
                    hint="Set the temperature to 1 under Advanced: its answers then vary.",
                ) from error
            if newer or "max_tokens" not in said:
                raise
        with self._lock:
            self._newer.add(place)
        return client.chat.completions.create(**_limited(asked, decoding, newer=True))


def _client(connection: Connection) -> openai.OpenAI:
    key = connection.key or "none"
    if connection.api_version:
        return openai.AzureOpenAI(
            base_url=connection.base_url,
            api_key=key,
            api_version=connection.api_version,
            timeout=SECONDS,
            max_retries=TRIES,
        )
    return openai.OpenAI(
        base_url=connection.base_url, api_key=key, timeout=SECONDS, max_retries=TRIES
    )


def _request(model: str, conversation: Sequence[Message], decoding: Decoding) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in conversation],
    }
    # What is the server's own default is not sent: some models refuse to be told even that.
    if decoding.temperature != 1:
        asked["temperature"] = decoding.temperature
    if decoding.top_p != 1:
        asked["top_p"] = decoding.top_p
    if decoding.temperature > 0 and decoding.seed:
        asked["seed"] = decoding.seed
    return asked


def _limited(asked: dict[str, Any], decoding: Decoding, *, newer: bool) -> dict[str, Any]:
    return asked | {"max_completion_tokens" if newer else "max_tokens": decoding.max_new_tokens}


def _made(text: str, finish: str | None, usage: Any, seconds: float) -> Answer:
    return Answer(
        text=text,
        prompt_tokens=getattr(usage, "prompt_tokens", None) or 0,
        output_tokens=getattr(usage, "completion_tokens", None) or 0,
        seconds=seconds,
        finish_reason="length" if finish == "length" else "stop",
    )


def _as_they_end(
    waiting: dict[Future[Answer], int], cancelled: Callable[[], bool]
) -> Iterator[Future[Answer]]:
    left = set(waiting)
    while left:
        if cancelled():
            raise Conflict("The answers were cancelled.")
        ended, left = wait(left, timeout=LOOK_EVERY, return_when=FIRST_COMPLETED)
        yield from ended

"""EndpointGenerator: answers with models behind servers that speak the OpenAI wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import openai

from backends.openai_api.client import client_for
from backends.openai_api.crew import Crew
from backends.openai_api.errors import translated
from studio.domain.datasets import Message
from studio.domain.endpoints import Connection, named
from studio.domain.errors import InvalidInput
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.models import ModelHandle

AT_ONCE = 8
"""Requests under way to one server; more only earns refusals."""
LOOK_SECONDS = 15.0
"""Longest wait for the list of models: somebody sits before the page."""
QUIRKS = ("max_tokens", "stream_options")
"""Parameters that some servers refuse by name: the first goes under its newer name then, the
other is left out."""


class EndpointGenerator:
    """Implements `TextGenerator` for handles whose id is `endpoint:NAME/MODEL`."""

    def __init__(self, connection: Callable[[str], Connection]) -> None:
        """`connection` finds address and key of the endpoint of that name, for each call anew."""
        self._connection = connection
        self._lock = threading.Lock()
        self._refused: set[tuple[str, str, str]] = set()
        """Address, model and the parameter it was seen to refuse."""

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
        called_off = threading.Event()
        client = client_for(connection, called_off)

        def one(at: int) -> Answer:
            return self._answer(client, connection, wanted, conversations[at], decoding)

        crew = Crew(one, len(conversations), called_off, at_end=client.close)
        with closing(crew.results(AT_ONCE, cancelled)) as ended:
            for at, answer in ended:
                answers[at] = answer
                if on_answer is not None:
                    on_answer(at, answer)
        return [answers[at] for at in range(len(conversations))]

    def stream(
        self, model: ModelHandle, conversation: Sequence[Message], decoding: Decoding
    ) -> Iterator[str | Answer]:
        """Yields pieces of text as they come, then the whole Answer; raises as above."""
        name, wanted = named(model.id)
        connection = self._connection(name)
        began, text, finish, usage = time.perf_counter(), "", "stop", None
        with client_for(connection) as client, translated(connection):
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
        with client_for(connection) as client, translated(connection):
            patient = client.with_options(timeout=LOOK_SECONDS, max_retries=0)
            return tuple(sorted(model.id for model in patient.models.list()))

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
        """Asks once more, in other words, where a parameter is refused by name."""
        place = (connection.base_url, model)
        asked = _request(model, conversation, decoding) | more
        for _ in QUIRKS:
            with self._lock:
                refused = {quirk for quirk in QUIRKS if (*place, quirk) in self._refused}
            try:
                return client.chat.completions.create(**_worded(asked, refused))
            except openai.BadRequestError as error:
                quirk = _quirk(str(error), model, asked, refused)
                if quirk is None:
                    raise
            with self._lock:
                self._refused.add((*place, quirk))
        return client.chat.completions.create(**_worded(asked, set(QUIRKS)))


def _request(model: str, conversation: Sequence[Message], decoding: Decoding) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "model": model,
        "messages": [{"role": turn.role, "content": turn.content} for turn in conversation],
        "max_tokens": decoding.max_new_tokens,
    }
    # What is the server's own default is not sent: some models refuse to be told even that.
    if decoding.temperature != 1:
        asked["temperature"] = decoding.temperature
    if decoding.top_p != 1:
        asked["top_p"] = decoding.top_p
    if decoding.temperature > 0 and decoding.seed:
        asked["seed"] = decoding.seed
    return asked


def _quirk(said: str, model: str, asked: dict[str, Any], refused: set[str]) -> str | None:
    """Returns the parameter that a refusal is about, None when other words would not help."""
    if "temperature" in said and "temperature" in asked:
        raise InvalidInput(
            f"{model} does not let its temperature be chosen.",
            hint="Set the temperature to 1 under Advanced: its answers then vary.",
        )
    return next(
        (quirk for quirk in QUIRKS if quirk in said and quirk in asked and quirk not in refused),
        None,
    )


def _worded(asked: dict[str, Any], refused: set[str]) -> dict[str, Any]:
    worded = {key: given for key, given in asked.items() if key not in refused}
    if "max_tokens" in refused:
        worded["max_completion_tokens"] = asked["max_tokens"]
    return worded


def _made(text: str, finish: str | None, usage: Any, seconds: float) -> Answer:
    return Answer(
        text=text,
        prompt_tokens=getattr(usage, "prompt_tokens", None),
        output_tokens=getattr(usage, "completion_tokens", None),
        seconds=seconds,
        finish_reason="length" if finish == "length" else "stop",
    )

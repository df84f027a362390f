"""EndpointGenerator: answers with models behind servers that speak the OpenAI wire."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Any

import openai

from backends.openai_api import wording
from backends.openai_api.client import client_for
from backends.openai_api.crew import Crew
from backends.openai_api.errors import translated
from studio.domain.datasets import Message
from studio.domain.endpoints import Connection, named
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.logprobs import Piece, TokenLogprob
from studio.domain.models import ModelHandle

AT_ONCE = 8
"""Requests under way to one server; more only earns refusals."""
LOOK_SECONDS = 15.0
"""Longest wait for the list of models: somebody sits before the page."""


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

        each = wording.repeated(conversations, decoding)

        def one(at: int) -> Answer:
            return self._answer(client, connection, wanted, conversations[at], each[at])

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
        tokens: tuple[TokenLogprob, ...] = ()
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
                told = wording.logprobs(chunk.choices[0]) or ()
                tokens += told
                if piece or told:
                    text += piece
                    yield Piece(piece, told) if told else piece
        seconds = time.perf_counter() - began
        yield wording.answer(text, finish, usage, seconds, tokens or None)

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
            seconds = time.perf_counter() - began
            return wording.answer(
                choice.message.content or "",
                choice.finish_reason,
                found.usage,
                seconds,
                wording.logprobs(choice),
            )

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
        asked = wording.request(model, conversation, decoding) | more
        for _ in wording.QUIRKS:
            with self._lock:
                refused = {quirk for quirk in wording.QUIRKS if (*place, quirk) in self._refused}
            try:
                return client.chat.completions.create(**wording.worded(asked, refused))
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                quirk = wording.quirk(str(error), model, asked, refused)
                if quirk is None:
                    raise
            with self._lock:
                self._refused.add((*place, quirk))
        return client.chat.completions.create(**wording.worded(asked, set(wording.QUIRKS)))

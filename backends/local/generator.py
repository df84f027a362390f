"""WorkerGenerator: answers with models on this machine, in one worker started when needed."""

from __future__ import annotations

import itertools
import queue
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from backends.local.kept_worker import KeptWorker, checked
from backends.local.wire import Ask, News
from backends.local.worker import Ended, RunningWorker
from studio.domain.datasets import Message
from studio.domain.errors import Conflict
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer
from studio.domain.logprobs import Piece
from studio.domain.models import ModelHandle

IDLE_SECONDS = 600.0
"""An unused worker gives its memory back after this time."""

PATIENCE = 0.1
"""Seconds between two looks at whether the caller still wants the answers."""


class WorkerGenerator:
    """Answers through one long-lived worker; after a failure the next request starts another."""

    def __init__(self, log_path: Path | None = None, *, idle_seconds: float = IDLE_SECONDS) -> None:
        """`log_path` is where the worker's own messages go; None discards them."""
        self._kept = KeptWorker(lambda: RunningWorker(log_path), idle_seconds)
        self._numbers = itertools.count(1)

    @property
    def worker_pid(self) -> int | None:
        """Process id of the worker, None when none runs."""
        return self._kept.pid

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
            WorkerFailed: when the worker died or ran out of memory.
            ModelRefused: when the model's files are unsafe or altered.
            InvalidInput: when a conversation is too long or the chat template refuses it.
            Conflict: when `cancelled()` turned true meanwhile.
        """
        if not conversations:
            return []
        answers: dict[int, Answer] = {}
        with self._asked(model, conversations, decoding, streaming=False) as heard:
            while True:
                if cancelled():
                    raise Conflict("The answers were cancelled.")
                try:
                    news = checked(heard.get(timeout=PATIENCE))
                except queue.Empty:
                    continue
                if news.done:
                    return [answers[index] for index in range(len(conversations))]
                if news.index is not None and news.answer is not None:
                    answers[news.index] = news.answer
                    if on_answer is not None:
                        on_answer(news.index, news.answer)

    def stream(
        self, model: ModelHandle, conversation: Sequence[Message], decoding: Decoding
    ) -> Iterator[str | Answer]:
        """Yields pieces of text as they are generated, then the whole Answer; raises as above."""
        with self._asked(model, [conversation], decoding, streaming=True) as heard:
            while True:
                news = checked(heard.get())
                if news.done:
                    return
                if news.piece is not None:
                    yield Piece(news.piece, news.logprobs) if news.logprobs else news.piece
                if news.answer is not None:
                    yield news.answer

    def close(self) -> None:
        """Ends the worker process within five seconds; a later request starts another."""
        self._kept.close()

    def _asked(
        self,
        model: ModelHandle,
        conversations: Sequence[Sequence[Message]],
        decoding: Decoding,
        *,
        streaming: bool,
    ) -> AbstractContextManager[queue.SimpleQueue[News | Ended]]:
        return self._kept.asked(
            Ask(
                id=next(self._numbers),
                streaming=streaming,
                model=model,
                conversations=tuple(tuple(conversation) for conversation in conversations),
                decoding=decoding,
            )
        )

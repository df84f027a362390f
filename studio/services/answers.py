"""Answers: found among those kept earlier or generated, and kept as they come."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from studio.core.evaluation.decoding import answer_key
from studio.domain.datasets import Message
from studio.domain.errors import StudioError
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import Answer, TextGenerator
from studio.domain.models import ModelHandle
from studio.store.evaluations import EvaluationStore

SECONDS_BETWEEN_SAVES = 0.5
"""A killed studio loses the answers of at most this long."""


class Given(NamedTuple):
    """An answer to each prompt, in order."""

    answers: list[Answer]
    seconds: list[float | None]
    """How long each took in its batch; None where it was kept already."""


class AnswerDesk:
    """Asks a model only what it was never asked before."""

    def __init__(self, kept: EvaluationStore, generator: TextGenerator) -> None:
        self._kept, self._generator = kept, generator

    def missing(
        self, model: ModelHandle, prompts: Sequence[Sequence[Message]], decoding: Decoding
    ) -> list[int]:
        """Returns the places of the prompts that `ask` would put to the model."""
        keys = [answer_key(identity(model), prompt, decoding) for prompt in prompts]
        known = self._kept.cached_answers(keys)
        places = {key: at for at, key in reversed(list(enumerate(keys))) if key not in known}
        return sorted(places.values())

    def ask(
        self,
        model: ModelHandle,
        prompts: Sequence[Sequence[Message]],
        decoding: Decoding,
        *,
        report: Callable[[int], None],
        stopped: Callable[[], bool],
    ) -> Given:
        """Returns every answer; `report(done)` is called whenever more of them are kept.

        Raises:
            WorkerFailed: when the worker died; what it answered before is kept.
            Conflict: when `stopped()` turned true meanwhile; what was answered before is kept.
            StorageFailed: when answers cannot be kept any more, or `report` cannot.
        """
        keys = [answer_key(identity(model), prompt, decoding) for prompt in prompts]
        known = self._kept.cached_answers(keys)
        # Equal prompts have equal keys: they are asked once.
        wanted = dict(zip(keys, prompts, strict=True))
        missing = [key for key in wanted if key not in known]
        keeper = _Keeper(self._kept, Counter(keys), report)
        keeper.begin(known)
        fresh: dict[str, Answer] = {}
        if missing:
            try:
                generated = self._generator.generate(
                    model,
                    [wanted[key] for key in missing],
                    decoding,
                    on_answer=lambda index, answer: keeper.add(missing[index], answer),
                    cancelled=lambda: stopped() or keeper.failed,
                )
                fresh = dict(zip(missing, generated, strict=True))
            finally:
                keeper.flush()
        every = known | fresh
        return Given(
            [every[key] for key in keys],
            [fresh[key].seconds if key in fresh else None for key in keys],
        )


def identity(model: ModelHandle) -> str:
    """Returns what the kept answers of a model belong to: its files, else its name and place."""
    if model.base_manifest_sha256 or model.adapter_manifest_sha256:
        return f"{model.base_manifest_sha256}+{model.adapter_manifest_sha256}"
    return f"{model.id}@{model.base_path}"


class _Keeper:
    """Keeps answers as they come, and tells how many there are."""

    def __init__(
        self, kept: EvaluationStore, prompts: Counter[str], report: Callable[[int], None]
    ) -> None:
        """`prompts` says how many prompts each key answers."""
        self._kept, self._prompts, self._report = kept, prompts, report
        self._pending: list[tuple[str, Answer]] = []
        self._done = 0
        self._saved_at = time.monotonic()
        self._failure: StudioError | None = None

    @property
    def failed(self) -> bool:
        """True once answers cannot be kept any more."""
        return self._failure is not None

    def begin(self, known: dict[str, Answer]) -> None:
        """Notes which keys are answered already."""
        self._tell(sum(self._prompts[key] for key in known))

    def add(self, key: str, answer: Answer) -> None:
        """Takes one answer; never raises, because the generator's own work goes on around it."""
        self._pending.append((key, answer))
        if time.monotonic() - self._saved_at >= SECONDS_BETWEEN_SAVES and not self.failed:
            try:
                self._write()
            except StudioError as error:
                self._failure = error

    def flush(self) -> None:
        """Keeps what is pending; raises what went wrong while keeping."""
        if self._failure is not None:
            raise self._failure
        self._write()

    def _write(self) -> None:
        self._kept.keep_answers(self._pending)
        answered = sum(self._prompts[key] for key, _ in self._pending)
        self._pending = []
        self._tell(self._done + answered)

    def _tell(self, done: int) -> None:
        self._done = done
        self._report(done)
        self._saved_at = time.monotonic()

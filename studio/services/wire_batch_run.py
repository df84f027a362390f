"""One batch carried out: its lines asked together where they may be, each end kept at once."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from studio.core.wire import batching
from studio.core.wire.batching import Line
from studio.domain.datasets import Message
from studio.domain.errors import Conflict, StorageFailed, StudioError
from studio.domain.evaluation import Decoding
from studio.domain.feedback import Inference
from studio.domain.interfaces import Answer
from studio.domain.wire_batches import BatchLine, WireBatch
from studio.services.completion_requests import Ready, each
from studio.services.completions import CompletionService
from studio.store.wire_batches import WireBatchStore

AT_ONCE = 64
"""Lines looked at together."""
LONGEST_LINE = 16_000_000
"""Bytes of a line."""
SEEDS_APART = 1_000_000
"""Between the seeds of one stretch of lines and the next."""
PREFIX = "batch_req_"


class Numbered(NamedTuple):
    """A line with its number in the file, counted from 1."""

    number: int
    line: Line


class Waiting(NamedTuple):
    """A line that can be asked."""

    number: int
    custom_id: str
    ready: Ready


class BatchRun:
    """Answers the lines of a batch that are not answered yet."""

    def __init__(
        self,
        store: WireBatchStore,
        completions: CompletionService,
        batch: WireBatch,
        stopped: Callable[[], bool],
    ) -> None:
        """`stopped` says when no further line is wanted."""
        self._store, self._completions = store, completions
        self._batch, self._stopped = batch, stopped
        self._kind = batching.KINDS[batch.endpoint]

    def work(self, path: Path) -> None:
        """Answers every line of the file; an earlier attempt's answers are not asked for again.

        Raises:
            Conflict: when `stopped()` turned true meanwhile.
            StorageFailed: when answers cannot be kept any more.
        """
        done = self._store.done(self._batch.id)
        seen: set[str] = set()
        lines = numbered(path, self._batch.endpoint, seen)
        while stretch := list(islice(lines, AT_ONCE)):
            if self._stopped():
                raise Conflict("The batch was stopped.")
            self._answer([one for one in stretch if one.number not in done])

    def give_up(self, path: Path, code: str, message: str) -> None:
        """Notes of every line that is left that it will not be answered."""
        done = self._store.done(self._batch.id)
        lines = numbered(path, self._batch.endpoint, set())
        while stretch := list(islice(lines, AT_ONCE)):
            left = [one for one in stretch if one.number not in done]
            self._store.add_lines(
                [self._failed(one.number, one.line.custom_id, code, message) for one in left]
            )

    def _answer(self, stretch: Sequence[Numbered]) -> None:
        wrong = [one for one in stretch if one.line.code]
        self._store.add_lines(
            [
                self._failed(one.number, one.line.custom_id, one.line.code, one.line.problem)
                for one in wrong
            ]
        )
        right = [one for one in stretch if not one.line.code]
        if self._kind == "embedding":
            for one in right:
                self._embed(one)
            return
        waiting = [found for one in right if (found := self._prepared(one)) is not None]
        for group in groups(waiting):
            self._together(group)

    def _prepared(self, one: Numbered) -> Waiting | None:
        custom_id = one.line.custom_id or ""
        seed = _number(self._batch.id) + one.number // AT_ONCE * SEEDS_APART
        try:
            asked = self._completions.read(self._kind, one.line.body)
            ready = self._completions.prepare(asked, self._batch.project_id, seed=seed)
        except StorageFailed:
            raise
        except StudioError as error:
            self._note(one.number, custom_id, error)
            return None
        return Waiting(one.number, custom_id, ready)

    def _embed(self, one: Numbered) -> None:
        try:
            told = self._completions.embed(one.line.body, cancelled=self._stopped)
        except StudioError as error:
            if self._stopped() or isinstance(error, StorageFailed):
                raise
            self._note(one.number, one.line.custom_id or "", error)
            return
        tokens = int(told["usage"]["prompt_tokens"])
        line = self._line(one.number, one.line.custom_id, told, tokens, 0)
        self._store.add_lines([line])

    def _together(self, group: Sequence[Waiting]) -> None:
        """Asks several lines at once; when that fails, one by one, so that each has its own end."""
        left = {one.number for one in group}
        try:
            self._ask(group, left)
        except StudioError as error:
            if self._stopped() or isinstance(error, StorageFailed):
                raise
            rest = [one for one in group if one.number in left]
            if len(group) > 1:
                for one in rest:
                    self._together([one])
            else:
                for one in rest:
                    self._completions.failed(one.ready, error)
                    self._note(one.number, one.custom_id, error)

    def _ask(self, group: Sequence[Waiting], left: set[int]) -> None:
        whole, shares = joined(group)
        answers: dict[int, Answer] = {}

        def heard(at: int, answer: Answer) -> None:
            answers[at] = answer
            one, first, ready = shares[at]
            wanted = range(first, first + len(ready.questions))
            if all(place in answers for place in wanted):
                self._keep(one, ready, [answers.pop(place) for place in wanted])
                left.discard(one.number)

        self._completions.ask(whole, on_answer=heard, cancelled=self._stopped)

    def _keep(self, one: Waiting, ready: Ready, answers: Sequence[Answer]) -> None:
        kept: list[Inference] = self._completions.kept(ready, answers)
        told = self._completions.told(ready, answers)
        usage = told.get("usage", {})
        line = self._line(
            one.number,
            one.custom_id,
            told,
            usage.get("prompt_tokens"),
            usage.get("completion_tokens"),
        )
        self._store.add_lines([line], kept)
        self._completions.copied(ready, kept)

    def _line(
        self,
        number: int,
        custom_id: str | None,
        told: dict[str, object],
        into: int | None,
        out: int | None,
    ) -> BatchLine:
        name = self._name(number)
        return BatchLine(
            batch_id=self._batch.id,
            line=number,
            succeeded=True,
            told=batching.answered(f"{PREFIX}{name}", custom_id, f"req_{name}", told),
            prompt_tokens=into,
            output_tokens=out,
        )

    def _note(self, number: int, custom_id: str, error: StudioError) -> None:
        line = self._failed(number, custom_id, batching.code_of(error), str(error))
        self._store.add_lines([line])

    def _failed(self, number: int, custom_id: str | None, code: str, message: str) -> BatchLine:
        said = f"Line {number}: {message}"
        told = batching.failed(f"{PREFIX}{self._name(number)}", custom_id, code, said)
        return BatchLine(batch_id=self._batch.id, line=number, succeeded=False, told=told)

    def _name(self, number: int) -> str:
        return hashlib.sha256(f"{self._batch.id}:{number}".encode()).hexdigest()[:24]


def numbered(path: Path, endpoint: str, seen: set[str]) -> Iterator[Numbered]:
    """Yields the lines of a file that hold something; `seen` are the ids that came already."""
    with path.open("rb") as stream:
        number = 0
        while raw := stream.readline(LONGEST_LINE):
            number += 1
            if not raw.strip():
                continue
            line = batching.line(raw, endpoint)
            if not raw.endswith(b"\n") and len(raw) == LONGEST_LINE:
                line = Line(code="line_too_long", problem=f"It has over {LONGEST_LINE:,} bytes.")
                while (rest := stream.readline(LONGEST_LINE)) and not rest.endswith(b"\n"):
                    continue
            if line.custom_id is not None and line.custom_id in seen:
                problem = "An earlier line has the same 'custom_id'."
                line = Line(custom_id=line.custom_id, code="duplicate_custom_id", problem=problem)
            elif line.custom_id is not None:
                seen.add(line.custom_id)
            yield Numbered(number, line)


def groups(waiting: Sequence[Waiting]) -> list[list[Waiting]]:
    """Returns the lines that may be asked together: of the same model, in the same way.

    The same question again is drawn with the next seed. A client that chose the seed expects the
    same answer instead, so its equal questions go separate ways.
    """
    made: list[tuple[object, set[tuple[Message, ...]], list[Waiting]]] = []
    for one in waiting:
        ready = one.ready
        key = (
            ready.model.handle.id,
            ready.decoding.raw,
            ready.asked.decoding,
            ready.asked.seeded,
            ready.asked.n,
        )
        asked = set(ready.conversations)
        for known, questions, group in made:
            if known == key and not (ready.asked.seeded and questions & asked):
                questions |= asked
                group.append(one)
                break
        else:
            made.append((key, asked, [one]))
    return [group for _, _, group in made]


def joined(group: Sequence[Waiting]) -> tuple[Ready, list[tuple[Waiting, int, Ready]]]:
    """Returns one request for all questions, and for each the line, its first place and request."""
    first = group[0].ready
    questions = [question for one in group for question in one.ready.questions]
    asked = [turns for one in group for turns in one.ready.conversations]
    drawn = first.model.place == "here" or first.asked.seeded
    decodings: tuple[Decoding, ...] = each(asked, first.decoding, drawn=drawn)
    whole = first.with_(questions=tuple(questions), conversations=tuple(asked), decodings=decodings)
    shares: list[tuple[Waiting, int, Ready]] = []
    for one in group:
        begin, count = len(shares), len(one.ready.questions)
        ready = one.ready.with_(decodings=decodings[begin : begin + count])
        shares += [(one, begin, ready)] * count
    return whole, shares


def _number(id: str) -> int:
    return int(hashlib.sha256(id.encode()).hexdigest()[:7], 16)

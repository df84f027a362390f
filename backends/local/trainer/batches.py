"""Batches: which examples each step sees, in an order that depends on seed and epoch alone."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from backends.local.trainer.encoding import Encoded

MOST_TOKENS = 4096
"""Tokens computed at once: beyond that a CPU gains nothing and memory grows."""
WINDOW = 16
"""Batches whose examples are sorted by length together: enough to lose the padding, few enough to
keep the order random."""


class Item(Protocol):
    """What is learnt from: an answer, or a pair of answers."""

    @property
    def rows(self) -> tuple[Encoded, ...]:
        """Its rows of tokens."""

    @property
    def longest(self) -> int:
        """Tokens of its longest row."""

    @property
    def tokens(self) -> int:
        """Tokens read to learn from it."""

    @property
    def weight(self) -> int:
        """What it counts for in a mean."""


T = TypeVar("T", bound=Item)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """The steps of a run."""

    examples: int
    batch_size: int
    epochs: float

    @property
    def steps_per_epoch(self) -> int:
        """Steps in which every example is seen once."""
        return math.ceil(self.examples / self.batch_size)

    @property
    def total_steps(self) -> int:
        """Steps of the whole run, at least one."""
        return max(1, math.ceil(self.steps_per_epoch * self.epochs))


class Batches:
    """The examples of every step, the same for a resumed run; one epoch is dealt at a time."""

    def __init__(self, lengths: Sequence[int], schedule: Schedule, seed: int) -> None:
        self._lengths, self._schedule, self._seed = lengths, schedule, seed
        self._epoch = -1
        self._dealt: list[list[int]] = []

    def at(self, step: int) -> list[int]:
        """Returns the indices of the examples of one step (0-based)."""
        epoch, place = divmod(step, self._schedule.steps_per_epoch)
        if epoch != self._epoch:
            self._dealt = epoch_batches(
                self._lengths, self._schedule.batch_size, self._seed * 1_000_003 + epoch
            )
            self._epoch = epoch
        return self._dealt[place]


def batch_at(lengths: Sequence[int], schedule: Schedule, seed: int, step: int) -> list[int]:
    """Returns the indices of the examples of one step (0-based)."""
    return Batches(lengths, schedule, seed).at(step)


def epoch_batches(lengths: Sequence[int], batch_size: int, seed: int) -> list[list[int]]:
    """Deals every example into exactly one batch, neighbours in length together."""
    dice = random.Random(seed)
    order = list(range(len(lengths)))
    dice.shuffle(order)
    batches: list[list[int]] = []
    window = batch_size * WINDOW
    for start in range(0, len(order), window):
        pool = sorted(order[start : start + window], key=lambda i: lengths[i])
        batches += [pool[i : i + batch_size] for i in range(0, len(pool), batch_size)]
    dice.shuffle(batches)
    return batches


def micro_batches(batch: Sequence[T], most_tokens: int) -> Iterator[list[T]]:
    """Cuts a batch into pieces of at most so many tokens, padding of the longest included."""
    piece: list[T] = []
    longest = rows = 0
    for item in sorted(batch, key=lambda one: one.longest):
        longest = max(longest, item.longest)
        if piece and longest * (rows + len(item.rows)) > most_tokens:
            yield piece
            piece, longest, rows = [], item.longest, 0
        piece.append(item)
        rows += len(item.rows)
    if piece:
        yield piece


def shared_prefix(batch: Sequence[Encoded]) -> int:
    """Returns how many leading tokens all prompts share, leaving each at least one of its own.

    A shared system prompt is computed once for the whole batch; its gradient is the sum that
    separate copies would have given.
    """
    if len(batch) < 2:
        return 0
    most = min(item.answer_start for item in batch) - 1
    first = batch[0].ids
    for place in range(most):
        token = first[place]
        if any(item.ids[place] != token for item in batch):
            return place
    return max(0, most)

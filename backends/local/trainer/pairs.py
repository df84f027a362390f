"""Pairs: a better and a worse answer to the same prompt, as token ids."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backends.local.trainer.encoding import Encoded, Tokenizer, encode
from studio.domain.datasets import Example, Message
from studio.domain.errors import InvalidDataset


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """One preference."""

    better: Encoded
    worse: Encoded
    before: float = math.nan
    """How much likelier the model before any tuning finds the better answer: the logarithm of the
    ratio, not a number while nobody asked it."""

    @property
    def example_id(self) -> str:
        """Id of the example it was made from."""
        return self.better.example_id

    @property
    def rows(self) -> tuple[Encoded, Encoded]:
        """Its rows of tokens: the better answer's, then the worse one's."""
        return self.better, self.worse

    @property
    def tokens(self) -> int:
        """Tokens read to learn from it."""
        return len(self.better.ids) + len(self.worse.ids)

    @property
    def longest(self) -> int:
        """Tokens of its longest row."""
        return max(len(self.better.ids), len(self.worse.ids))

    @property
    def weight(self) -> int:
        """What it counts for in a mean: every pair is worth the same."""
        return 1


def pairs(tokenizer: Tokenizer, examples: Sequence[Example]) -> list[Pair]:
    """Encodes every example with both of its answers.

    Raises:
        InvalidDataset: when one has no worse answer, or the chat template alters an answer.
    """
    rows = encode(tokenizer, [*examples, *(worse(example) for example in examples)])
    halves = zip(rows[: len(examples)], rows[len(examples) :], strict=True)
    return [Pair(better=better, worse=other) for better, other in halves]


def compared(items: Sequence[Pair], before: Sequence[float]) -> list[Pair]:
    """Returns the pairs with what the model before made of each."""
    return [replace(item, before=told) for item, told in zip(items, before, strict=True)]


def worse(example: Example) -> Example:
    """Returns the example with its worse answer in place of the better one."""
    if example.rejected is None:
        raise InvalidDataset(
            f"Row {example.line} has no worse answer to compare with.",
            hint="Choose a dataset of preference pairs, or train on answers.",
        )
    answer = Message(role="assistant", content=example.rejected)
    return example.with_(messages=(*example.prompt, answer), rejected=None)

"""Splits: 80 % train, 10 % validation, 10 % test, fixed for ever by a hash of the prompt.

`prompt_hash = sha256(turns before the answer, system left out, each as role:normalised text)`
`percent = lower 64 bits of md5(prompt_hash + SALT), little-endian, modulo 100`
`percent < 80 → train, < 90 → validation, else test`

In DuckDB the same percent is `md5_number_lower(prompt_hash || SALT) % 100`. Nothing else enters:
neither the order of the rows nor their number, so a question never moves from test to training
when its dataset grows. Normalising is NFKC, case folding and white space to single spaces.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence

from studio.domain.datasets import Example, Message, Split

SALT = "ladder-studio/split/1"
"""Changing it would move test examples into training; it never changes."""

BOUNDARIES = ((80, Split.TRAIN), (90, Split.VALIDATION), (100, Split.TEST))
"""Percent below which an example belongs to the split, in this order."""


def split_of(prompt_hash: str) -> Split:
    """Returns the split that a prompt belongs to for ever."""
    percent = percent_of(prompt_hash)
    return next(split for bound, split in BOUNDARIES if percent < bound)


def percent_of(prompt_hash: str) -> int:
    """Returns 0 to 99, evenly spread: `md5_number_lower(prompt_hash || SALT) % 100` in SQL."""
    digest = hashlib.md5((prompt_hash + SALT).encode(), usedforsecurity=False).digest()
    return int.from_bytes(digest[8:], "little") % 100


def prompt_hash(prompt: Sequence[Message]) -> str:
    """Returns the hash of the turns before the answer.

    The system prompt is left out, so that the same question stays in its split when only the
    instructions change.
    """
    turns = [f"{turn.role}:{normalised(turn.content)}" for turn in prompt if turn.role != "system"]
    return hashlib.sha256("\n".join(turns).encode()).hexdigest()


def normalised(text: str) -> str:
    """Returns the text as NFKC, case-folded, with single spaces: equal for what reads the same."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def counts(examples: Iterable[Example]) -> dict[Split, int]:
    """Returns the number of examples in each split, zero included."""
    found = dict.fromkeys(Split, 0)
    for example in examples:
        found[example.split] += 1
    return found

"""features: what of questions and answers is watched for drift, in numbers or in kinds."""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from studio.core.feedback.answers import declines
from studio.core.monitoring.topics import topics

READ = 2_000
"""Characters of a question that its script is taken from."""
MOSTLY_JSON = 0.9
"""Share of the reference's answers that are JSON from which on JSON is what is expected."""


class Said(NamedTuple):
    """One question and what was answered."""

    question: str
    """The last thing that was asked."""
    length: int
    """Characters of all that was sent with it."""
    output: str


class Feature(NamedTuple):
    """One feature of two windows: numbers, or kinds."""

    name: str
    title: str
    """For people, as the beginning of a sentence."""
    reference: Sequence[float] | Sequence[str]
    current: Sequence[float] | Sequence[str]

    @property
    def counted(self) -> bool:
        """True for numbers, which are compared in quantile bins."""
        return bool(self.reference) and not isinstance(self.reference[0], str)


def compared(reference: Sequence[Said], current: Sequence[Said]) -> list[Feature]:
    """Returns every feature that applies; whether answers are JSON only where they should be."""
    both = (reference, current)
    found = [
        Feature(
            "prompt_length",
            "The length of questions",
            *([float(said.length) for said in window] for window in both),
        ),
        Feature(
            "output_length",
            "The length of answers",
            *([float(len(said.output)) for said in window] for window in both),
        ),
        Feature(
            "script",
            "The script of questions",
            *([script(said.question) for said in window] for window in both),
        ),
        Feature(
            "topic",
            "What questions are about",
            *topics(*([said.question for said in window] for window in both)),
        ),
        Feature(
            "refusal",
            "How often answers decline",
            *([_word(declines(said.output)) for said in window] for window in both),
        ),
    ]
    form = [is_json(said.output) for said in reference]
    if form and sum(form) >= MOSTLY_JSON * len(form):
        now = [_word(is_json(said.output)) for said in current]
        found.append(
            Feature("json", "How often answers are JSON", [_word(one) for one in form], now)
        )
    return found


def script(text: str) -> str:
    """Returns the script that most letters of a text belong to, `none` without letters."""
    counts = Counter(_script(letter) for letter in text[:READ] if letter.isalpha())
    return max(counts, key=lambda name: (counts[name], name)) if counts else "none"


def is_json(text: str) -> bool:
    """Says whether a text is a JSON object or list."""
    if text.strip()[:1] not in ("{", "["):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


@cache
def _script(letter: str) -> str:
    name = unicodedata.name(letter, "unknown")
    return name.split()[0].split("-")[0].lower()


def _word(holds: bool) -> str:
    return "yes" if holds else "no"

"""Answers to a gate's questions: how close each is, whether right, whether in the asked form."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import NamedTuple

from studio.core.evaluation import metrics
from studio.core.evaluation.labels import LabelSet
from studio.core.quality.balance import closed_labels

_REFUSALS = re.compile(
    r"^\W*(?:(?:i am|i'm|i’m) (?:very )?sorry\b|sorry, (?:but )?i\b|i apologi[sz]e\b"
    r"|i (?:can ?not|can't|can’t|am unable to|am not able to|won't|won’t)\b|as an ai\b"
    r"|(?:es )?tut mir leid\b|ich kann (?:dir |ihnen )?(?:dabei |das )?nicht\b)",
    re.IGNORECASE,
)
"""How answers begin that decline; a judgement, made to be read."""


class Marked(NamedTuple):
    """One answer, marked."""

    value: float
    """Closeness to the expected answer, 0 to 1."""
    correct: bool
    valid: bool


class Marker:
    """Marks answers by one rule: labels where the expected answers are a closed set, else text."""

    def __init__(self, original: Sequence[str], corrections: Sequence[str] = ()) -> None:
        """`original` decides what kind of answers these are; without it the corrections do."""
        decides = original or corrections
        every = [*original, *corrections]
        self.labels = LabelSet(every) if closed_labels(list(decides)) else None
        self._json = self.labels is None and bool(every) and all(map(_is_json, every))

    def mark(self, output: str, expected: str, *, whole: bool = True) -> Marked:
        """Returns what an answer is worth; `whole` is False when it was cut off for its length."""
        if self.labels is not None:
            label = self.labels.recognise(output)
            right = label is not None and label == self.labels.recognise(expected)
            return Marked(float(right), right, label is not None)
        valid = bool(output.strip()) and whole and (not self._json or _is_json(output))
        right = metrics.exact_match(output, expected)
        return Marked(metrics.token_f1(output, expected), right, valid)


def declines(output: str) -> bool:
    """Says whether an answer begins as those do that refuse to help."""
    return _REFUSALS.match(output) is not None


def _is_json(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict | list)
    except ValueError:
        return False

"""Which label of a closed set an answer gives, recognised without guessing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from studio.core.evaluation.metrics import normalise


class LabelSet:
    """The labels that answers of one dataset may give, each in its most frequent spelling."""

    def __init__(self, answers: Iterable[str]) -> None:
        # Equal counts are decided by the spelling, so that every run names a label alike.
        spellings = sorted(Counter(answer.strip() for answer in answers).items())
        self._spelling: dict[str, str] = {}
        for spelling, _ in sorted(spellings, key=lambda item: -item[1]):
            self._spelling.setdefault(normalise(spelling), spelling)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label once, in alphabetical order."""
        return tuple(sorted(self._spelling.values()))

    def recognise(self, answer: str) -> str | None:
        """Returns the label that the answer is, or None when it is not a label.

        After `normalise` the whole answer, or else its first line with text in it, must equal a
        label. A label somewhere inside a sentence is not taken: "not a refund" is no refund.
        """
        first_line = next((line for line in answer.splitlines() if line.strip()), "")
        return self._spelling.get(normalise(answer)) or self._spelling.get(normalise(first_line))

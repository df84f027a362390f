"""Label balance: whether answers form a closed set, and how often each occurs in each split."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from studio.domain.datasets import Balance, Example, LabelCount, Split

MOST_LABELS = 200
LONGEST_LABEL = 80
"""Characters."""
USES_PER_LABEL = 5
"""Mean uses from which repeated answers are a set: at most n / 5 different ones among n."""
FEWEST_TRAINING_ROWS = 5
"""Fewer training rows than this teach a label by chance at best."""


def closed_labels(answers: Sequence[str]) -> tuple[str, ...]:
    """Returns the labels, most frequent first, when the answers form a closed set, else nothing.

    They do when at most max(2, n / 5) and at most 200 different answers occur, each is one line of
    at most 80 characters, and answers occur twice on average.
    """
    uses = Counter(answers)
    n = len(answers)
    few = len(uses) <= min(MOST_LABELS, max(2, n // USES_PER_LABEL)) and 2 * len(uses) <= n
    if not few or any(len(label) > LONGEST_LABEL or "\n" in label for label in uses):
        return ()
    return tuple(sorted(uses, key=lambda label: (-uses[label], label)))


def balance(examples: Iterable[Example]) -> Balance:
    """Returns counts for each label and split, and the labels that are too rare to be learnt."""
    kept = list(examples)
    labels = closed_labels([example.answer for example in kept])
    if not labels:
        return Balance(closed=False)
    uses = Counter((example.answer, example.split) for example in kept)
    counts = tuple(
        LabelCount(
            label=label,
            train=uses[label, Split.TRAIN],
            validation=uses[label, Split.VALIDATION],
            test=uses[label, Split.TEST],
        )
        for label in labels
    )
    return Balance(closed=True, labels=counts, rare=tuple(c.label for c in counts if _is_rare(c)))


def _is_rare(count: LabelCount) -> bool:
    return count.train < FEWEST_TRAINING_ROWS or not count.validation or not count.test

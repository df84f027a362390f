"""Whether there is enough to tune on: examples for a pilot and for the real thing, by task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from studio.domain.advice import Readiness
from studio.domain.thresholds import Thresholds

Level = Literal["blocked", "red_flag", "pilot", "ready"]

PER_LABEL_PILOT = 20
PER_LABEL_LOW, PER_LABEL_HIGH = 50, 100
PER_TOOL = 30
TEST_SHARE, TEST_LEAST = 0.1, 100


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many examples one kind of task takes."""

    title: str
    """The kind of task in words."""
    pilot: int
    low: int
    """Fewest examples of the real thing."""
    high: int | None
    """Examples after which more seldom pay; None: the more the better."""
    basis: str
    advice: str = ""
    """What else to mind with this kind of task."""


SIZES: dict[str, Size] = {
    "format": Size(
        title="format, tone or schema",
        pilot=50,
        low=100,
        high=500,
        basis="OpenAI: 50 to 100; the upper end is our judgement",
    ),
    "classification": Size(
        title="classification",
        pilot=100,
        low=500,
        high=None,
        basis="Google Vertex AI: 100; the numbers per label are our judgement",
        advice=f"Each label needs {PER_LABEL_LOW} to {PER_LABEL_HIGH} examples.",
    ),
    "extraction": Size(
        title="extraction of fields or names",
        pilot=100,
        low=500,
        high=2000,
        basis="Microsoft: hundreds to thousands; the numbers are our judgement",
    ),
    "summaries": Size(
        title="summaries in a house style",
        pilot=100,
        low=500,
        high=1000,
        basis="Google Vertex AI: 100 to 500; the upper end is our judgement",
    ),
    "chat": Size(
        title="chat, a support persona",
        pilot=200,
        low=1000,
        high=1000,
        basis="LIMA (2023): 1,000 curated ones; the pilot is our judgement",
    ),
    "tools": Size(
        title="calling tools",
        pilot=100,
        low=1000,
        high=None,
        basis="Microsoft names the use case; the numbers are our judgement",
        advice=f"Each tool needs at least {PER_TOOL} examples.",
    ),
    "reasoning": Size(
        title="reasoning written out",
        pilot=100,
        low=1000,
        high=1000,
        basis="s1 (2025): 1,000; the pilot is our judgement",
    ),
    "distillation": Size(
        title="distilling a larger model",
        pilot=500,
        low=5000,
        high=None,
        basis="our judgement",
    ),
    "dpo": Size(
        title="preference pairs (DPO)",
        pilot=200,
        low=1000,
        high=10_000,
        basis="arXiv 2404.14723: 1,000 to 10,000; the pilot is our judgement",
    ),
    "kto": Size(
        title="single thumbs (KTO)",
        pilot=500,
        low=1000,
        high=10_000,
        basis="arXiv 2404.14723 for pairs: 1,000 to 10,000; the pilot is our judgement",
    ),
}
"""Kind of task → its sizes."""

NEAREST: dict[str, str] = {
    "documents": "extraction",
    "general_summary": "summaries",
    "translation": "summaries",
    "general_chat": "chat",
    "general_code": "reasoning",
    "other": "format",
}
"""Kinds of task without sizes of their own → the kind they are taken from, a judgement."""

TASKS: tuple[tuple[str, str], ...] = (
    *((key, size.title) for key, size in SIZES.items() if key not in ("dpo", "kto")),
    ("documents", "questions on a body of documents"),
    ("general_summary", "summaries without a house style"),
    ("translation", "translation"),
    ("general_chat", "general conversation"),
    ("general_code", "general programming"),
    ("other", "something else"),
)
"""Every kind of task that a person can choose, with its words."""


def ready(
    task_type: str,
    n_labelled: int,
    labels: int | None = None,
    thresholds: Thresholds | None = None,
) -> Readiness:
    """Returns what this kind of task needs, and how far these examples go.

    `labels` is the number of labels of a classification. An unknown kind counts as `other`.
    """
    thresholds = thresholds or Thresholds()
    known = task_type in SIZES or task_type in NEAREST
    taken = task_type if task_type in SIZES else NEAREST.get(task_type, NEAREST["other"])
    size = _for_labels(SIZES[taken], labels) if taken == "classification" else SIZES[taken]
    basis = size.basis
    if taken != task_type:
        basis = f"no published size for this task; taken from {size.title} ({basis})"
    pilot = max(size.pilot, thresholds.effect_examples)
    return Readiness(
        task_type=task_type if known else "other",
        n_labelled=n_labelled,
        pilot=pilot,
        target_low=size.low,
        target_high=size.high,
        basis=basis,
        level=_level(n_labelled, pilot, size.low, thresholds),
        flags=tuple(_flags(taken, size, pilot, n_labelled, labels, thresholds)),
    )


def held_out(n: int) -> int:
    """Returns the examples to hold out of `n` for the test: a tenth, and at least 100."""
    return max(TEST_LEAST, round(TEST_SHARE * n))


def _for_labels(size: Size, labels: int | None) -> Size:
    if not labels:
        return size
    return Size(
        title=size.title,
        pilot=max(size.pilot, PER_LABEL_PILOT * labels),
        low=max(size.low, PER_LABEL_LOW * labels),
        high=max(size.low, PER_LABEL_HIGH * labels),
        basis=size.basis,
        advice=size.advice,
    )


def _level(n: int, pilot: int, low: int, thresholds: Thresholds) -> Level:
    steps: tuple[tuple[int, Level], ...] = (
        (thresholds.api_minimum, "blocked"),
        (pilot, "red_flag"),
        (low, "pilot"),
    )
    for limit, level in steps:
        if n < limit:
            return level
    return "ready"


def _flags(
    taken: str, size: Size, pilot: int, n: int, labels: int | None, thresholds: Thresholds
) -> list[str]:
    said = (
        (n < thresholds.api_minimum, f"Fewer than {thresholds.api_minimum}: no fine-tuning (F1)."),
        (
            thresholds.api_minimum <= n < thresholds.effect_examples,
            f"Fewer than {thresholds.effect_examples}: show them as solved examples in the prompt, "
            "or let a larger model write more (F2).",
        ),
        (
            thresholds.effect_examples <= n < pilot,
            f"{pilot - n:,} examples short of a pilot for {size.title}.",
        ),
        (
            pilot <= n < size.low,
            f"Enough for a pilot; {size.low - n:,} more for the real thing, if the pilot gains.",
        ),
        (
            taken == "classification" and not labels,
            f"The number of labels is not known; each needs {PER_LABEL_PILOT} examples in a pilot.",
        ),
        (bool(size.advice), size.advice),
        (
            n >= thresholds.api_minimum,
            f"Hold out at least {held_out(n):,} further examples for the test.",
        ),
    )
    return [words for applies, words in said if applies]

"""Two models compared: the difference in plain words, every metric, and answers side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from studio.domain.evaluation import Comparison, Confusion, EvaluationRun, RunStatus, SideBySide
from studio.ui.pages import figures
from studio.ui.pages.words import metric

if TYPE_CHECKING:
    from studio.services.container import Services

Only = Literal["all", "better", "worse", "same"]
WINDOW = 50
"""Answers fetched at a time while reading."""
LARGEST = 16
"""Labels that a confusion matrix can show and still be read."""


@dataclass(frozen=True, kw_only=True)
class MetricRow:
    """One metric of both models."""

    title: str
    sentence: str
    baseline: str
    candidate: str
    difference: str


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """A label that was given instead of the expected one."""

    expected: str
    predicted: str
    count: int
    of: int


@dataclass(kw_only=True)
class ComparisonPage:
    """A comparison and the reader's place in it."""

    services: Services
    baseline_id: str
    candidate_id: str
    comparison: Comparison | None = None
    runs: tuple[EvaluationRun, ...] = ()
    """Base and candidate; followed here until both are finished."""
    only: Only = "all"
    total: int = 0
    position: int = 0
    _window: list[SideBySide] = field(default_factory=list)
    _start: int = 0

    def load(self) -> None:
        """Reads both runs, and compares them once both are finished.

        Raises:
            NotFound: when there is no such run.
            Conflict: when the two cannot be compared.
        """
        evaluation = self.services.evaluation
        self.runs = (evaluation.get(self.baseline_id), evaluation.get(self.candidate_id))
        if all(run.status is RunStatus.SUCCEEDED for run in self.runs):
            self.comparison = evaluation.compare(self.baseline_id, self.candidate_id)
            self.read("all")

    @property
    def waiting(self) -> bool:
        """True while at least one of the two is still being measured."""
        return any(run.status in (RunStatus.QUEUED, RunStatus.RUNNING) for run in self.runs)

    def read(self, only: Only) -> None:
        """Opens the reader at the first example of this kind."""
        self.only, self.position = only, 0
        self._fetch(0)

    def move(self, by: int) -> None:
        """Goes forward or back, staying within the examples there are."""
        self.position = max(0, min(self.position + by, self.total - 1))
        if not self._start <= self.position < self._start + len(self._window):
            self._fetch(self.position // WINDOW * WINDOW)

    def _fetch(self, start: int) -> None:
        rows, self.total = self.services.evaluation.side_by_side(
            self.baseline_id,
            self.candidate_id,
            start=start,
            end=start + WINDOW,
            only=None if self.only == "all" else self.only,
        )
        self._window, self._start = list(rows), start

    @property
    def current(self) -> SideBySide | None:
        """The example being read; None when there is none of this kind."""
        index = self.position - self._start
        return self._window[index] if 0 <= index < len(self._window) else None

    @property
    def place(self) -> str:
        """Where the reader is, such as `3 of 41`."""
        return f"{self.position + 1:,} of {self.total:,}" if self.total else "none"

    def kinds(self) -> dict[Only, str]:
        """The filters of the reader with how many examples each holds."""
        c = self.comparison
        if c is None:
            return {"all": "All"}
        return {
            "all": f"All ({c.n:,})",
            "better": f"Gained ({c.only_candidate:,})",
            "worse": f"Lost ({c.only_baseline:,})",
            "same": f"Same ({c.both_right + c.both_wrong:,})",
        }

    def explanation(self) -> list[str]:
        """The difference, its interval and its p value in sentences anybody can check."""
        c = self.comparison
        if c is None:
            return []
        a, b = c.candidate.model_name, c.baseline.model_name
        changed = c.only_candidate + c.only_baseline
        word = "more" if c.difference >= 0 else "less"
        return [
            f"{a} was right {abs(100 * c.difference):.1f} percentage points {word} often than {b}. "
            f"With 95 % confidence the true difference lies between {100 * c.low:+.1f} and "
            f"{figures.points(c.high)} (Newcombe interval).",
            f"Of {figures.many(c.n, 'example')}, {c.both_right:,} were right with both and "
            f"{c.both_wrong:,} wrong with both. On the other {changed:,}, {a} alone was right "
            f"{figures.many(c.only_candidate, 'time')} and {b} alone "
            f"{figures.many(c.only_baseline, 'time')}.",
            f"If the two were equally good, a split at least this uneven would happen "
            f"{_chance(c.p_value)} (exact McNemar test, {figures.p_value(c.p_value)}).",
        ]

    def metrics(self) -> list[MetricRow]:
        """Every metric that both runs have, with the difference."""
        if self.comparison is None:
            return []
        theirs = {score.metric: score for score in self.comparison.baseline.scores}
        rows = []
        for score in self.comparison.candidate.scores:
            base = theirs.get(score.metric)
            if base is None:
                continue
            words = metric(score.metric)
            rows.append(
                MetricRow(
                    title=words.title,
                    sentence=words.sentence,
                    baseline=_scored(base.value, base.low, base.high),
                    candidate=_scored(score.value, score.low, score.high),
                    difference=figures.points(score.value - base.value),
                )
            )
        return rows


def outcome(row: SideBySide) -> str:
    """Which of the two was right, in words."""
    if row.candidate.correct and row.baseline.correct:
        return "Both right"
    if row.candidate.correct:
        return "Gained: only the second is right"
    if row.baseline.correct:
        return "Lost: only the first is right"
    return "Both wrong"


def mistakes(run: EvaluationRun, most: int = 10) -> list[Mistake]:
    """The labels most often mistaken for others."""
    if run.confusion is None:
        return []
    labels = (*run.confusion.labels, "no label")
    found = [
        Mistake(expected=labels[i], predicted=labels[j], count=n, of=sum(row))
        for i, row in enumerate(run.confusion.counts)
        for j, n in enumerate(row)
        if i != j and n
    ]
    return sorted(found, key=lambda m: (-m.count, m.expected, m.predicted))[:most]


def readable(confusion: Confusion, largest: int = LARGEST) -> Confusion:
    """The matrix cut down to the labels with most mistakes; other answers go in the last column."""
    if len(confusion.labels) <= largest:
        return confusion
    given = [sum(column) for column in zip(*confusion.counts, strict=True)]
    wrong = [sum(row) + given[i] - 2 * row[i] for i, row in enumerate(confusion.counts)]
    worst = sorted(range(len(wrong)), key=lambda i: -wrong[i])[:largest]
    kept = sorted(worst)
    counts = []
    for i in kept:
        row = [confusion.counts[i][j] for j in kept]
        counts.append((*row, sum(confusion.counts[i]) - sum(row)))
    return Confusion(labels=tuple(confusion.labels[i] for i in kept), counts=tuple(counts))


def _scored(value: float, low: float | None, high: float | None) -> str:
    text = figures.share(value)
    return text if low is None or high is None else f"{text} ({100 * low:.1f}–{100 * high:.1f})"


def _chance(p: float) -> str:
    if p >= 0.5:
        return "more often than not"
    if p < 0.001:
        return "less than once in 1,000 tries"
    return f"about once in {round(1 / p):,} tries"

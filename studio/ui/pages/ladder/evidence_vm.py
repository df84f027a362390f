"""The evidence: which examples every rung is measured on, and what their number can show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.datasets import Split
from studio.domain.ladder import MIN_EXAMPLES, Suite
from studio.ui.pages import figures
from studio.ui.pages.datasets.vm import DatasetList
from studio.ui.pages.fine_tune.naming import describe

if TYPE_CHECKING:
    from studio.services.container import Services

SIZES = (20, 50, 100, 200, 400)
"""Sizes that the scale names besides the present one."""


@dataclass(frozen=True, kw_only=True)
class ScaleRow:
    """One size with what it resolves."""

    n: int
    half_width: float
    here: bool

    @property
    def words(self) -> str:
        """The interval in points, such as `±7.8 points`."""
        return spread(self.half_width)


@dataclass(kw_only=True)
class EvidencePage:
    """The suite of a project, and what could be chosen instead."""

    services: Services
    project_id: str
    versions: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, dict[Split, int]] = field(default_factory=dict)
    suite: Suite | None = None
    size: int = 0
    rows: tuple[ScaleRow, ...] = ()

    def load(self) -> None:
        """Reads data and suite."""
        datasets = DatasetList(services=self.services, project_id=self.project_id)
        datasets.load()
        every = [(row, version) for row in datasets.rows for version in row.versions]
        self.versions = {version.id: describe(row.dataset.name, version) for row, version in every}
        self.sizes = {version.id: dict(version.splits) for _, version in every}
        self.suite = self.services.ladder.suite(self.project_id)
        self._measure()

    def choose(
        self, *, version_id: str | None = None, split: Split | None = None, limit: int | None = None
    ) -> None:
        """Keeps another choice; what is not given stays, `limit` 0 takes every example."""
        now = self.suite
        wanted = Suite(
            project_id=self.project_id,
            version_id=version_id or (now.version_id if now else self.proposed),
            split=split or (now.split if now else Split.TEST),
            limit=_limit(limit, now),
        )
        self.suite = self.services.ladder.choose_suite(wanted)
        self._measure()

    @property
    def proposed(self) -> str:
        """The version to begin with: the newest with examples to test on; empty without any."""
        tested = (id for id, sizes in self.sizes.items() if sizes.get(Split.TEST))
        return next(tested, next(iter(self.versions), ""))

    @property
    def proposal(self) -> str:
        """What the proposal is, in words; empty when something is chosen."""
        if self.suite is not None or not self.proposed:
            return ""
        n = self.sizes[self.proposed].get(Split.TEST, 0)
        name = self.versions[self.proposed].partition(" · ")[0]
        return f"Use {name}, {figures.many(n, 'test example')}"

    @property
    def enough(self) -> bool:
        """True when the advanced rungs are open."""
        return self.size >= MIN_EXAMPLES

    @property
    def summary(self) -> str:
        """What this suite can show, in one sentence."""
        here = next((row for row in self.rows if row.here), None)
        if here is None:
            return "Choose the examples to measure on."
        return (
            f"With {figures.many(here.n, 'example')} a score is known to {here.words} "
            "(95 % interval at a score of 80 %). Smaller differences cannot be told from luck."
        )

    @property
    def warning(self) -> str:
        """What to know about these examples before trusting a score; empty when nothing."""
        if self.suite is None:
            return ""
        if self.suite.split is Split.TRAIN:
            return "A tuned model has seen these examples: its score would flatter it."
        if self.suite.split is Split.VALIDATION:
            return "These examples decide when training stops: the score flatters a little."
        return ""

    def _measure(self) -> None:
        ladder = self.services.ladder
        self.size = ladder.suite_size(self.project_id) if self.suite is not None else 0
        sizes = sorted({*SIZES, *([self.size] if self.size else [])})
        self.rows = tuple(
            ScaleRow(n=n, half_width=ladder.half_width(n), here=n == self.size) for n in sizes
        )


def spread(half_width: float) -> str:
    """A half-width in points, such as `±17.5 points`."""
    return f"±{100 * half_width:.1f} points"


def _limit(given: int | None, now: Suite | None) -> int | None:
    if given is None:
        return now.limit if now else None
    return given or None

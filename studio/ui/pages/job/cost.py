"""What a run costs: what was expected at its start, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from studio.domain.costing import Estimate
from studio.domain.jobs import Job
from studio.ui.pages import figures

if TYPE_CHECKING:
    from studio.services.container import Services


@dataclass(frozen=True, kw_only=True)
class Cost:
    """USD of one run; what is not known is None."""

    expected: float | None = None
    actual: float | None = None
    basis: str = ""

    @property
    def value(self) -> str:
        """What it cost, or is expected to cost."""
        if self.actual is not None:
            return figures.usd(self.actual)
        return figures.UNKNOWN if self.expected is None else f"about {figures.usd(self.expected)}"

    @property
    def hint(self) -> str:
        """What was expected beside what came of it."""
        if self.expected is None:
            return "no price is known" if self.actual is None else "before tax"
        if self.actual is None:
            return "expected, before tax"
        return f"expected {figures.usd(self.expected)}"


def cost_of(services: Services, job: Job) -> Cost:
    """Reads what is kept of a job's cost."""
    kept = [one for one in services.estimates.all(job.project_id) if _is_of(one, job)]
    if not kept:
        return Cost()
    return Cost(expected=kept[0].mid, actual=kept[0].actual, basis=kept[0].basis)


def _is_of(one: Estimate, job: Job) -> bool:
    return (one.kind, one.subject, one.subject_id) == ("usd", "job", job.id)

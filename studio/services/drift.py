"""Drift: whether what people ask, and what they are answered, is still what it was."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from studio.core.feedback.drift import psi, psi_kinds
from studio.core.monitoring.features import Feature, Said, compared
from studio.domain.monitoring import DriftReport
from studio.domain.values import new_id, now
from studio.services.turns import Turns
from studio.store.drift import Asked, DriftStore

LEAST = 200
"""Answers in a window below which nothing is said."""
MOST = 5_000
"""Answers of a window that are compared; of more, a fixed sample."""
WEEK = timedelta(days=7)
EVERY = timedelta(hours=24)
PERIOD = 600.0
"""Seconds between the looks for a deployment that is due."""


class Tell(Protocol):
    """Who hears of it; see `AlertService.tell`."""

    def __call__(
        self,
        event: str,
        *,
        deployment_id: str | None = None,
        sentence: str,
        details: dict[str, str | float | int | None] | None = None,
    ) -> object:
        """Lines up an event; never raises for trouble on the way."""


class Windows(NamedTuple):
    """What is compared with what."""

    reference: tuple[datetime, datetime]
    current: tuple[datetime, datetime]


class DriftService:
    """Compares the last week with the first one of the champion, once a day."""

    def __init__(
        self,
        store: DriftStore,
        tell: Tell,
        *,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._store, self._tell, self._clock = store, tell, clock
        self._turns = Turns("drift", self._turn, look=self.look_where_due, period=PERIOD)

    def open(self) -> None:
        """Begins to look by itself."""
        self._turns.open(list)

    def close(self) -> None:
        """Looks no more."""
        self._turns.close()

    def latest(self, deployment_id: str) -> list[DriftReport]:
        """Returns the newest report of each feature, by its name; none before the first look."""
        return self._store.latest(deployment_id)

    def psi(self, deployment_id: str) -> float | None:
        """Returns the index of what has moved farthest; None while nothing is known."""
        known = [report.psi for report in self.latest(deployment_id) if report.psi is not None]
        return max(known, default=None)

    def look(self, deployment_id: str) -> list[DriftReport]:
        """Compares now, keeps what came of it and returns it; changes are told to who asked.

        A feature that has changed is told of once, not with every look after. With fewer than 200
        answers in either window the reports say that nothing is known.
        """
        windows = self._windows(deployment_id)
        if windows is None:
            return []
        before = {report.feature: report.level for report in self._store.latest(deployment_id)}
        reference, current = (
            self._store.sample(deployment_id, *window, MOST) for window in windows
        )
        at = self._clock()
        features = compared(*(list(map(_said, window)) for window in (reference, current)))
        reports = [self._report(deployment_id, windows, feature, at) for feature in features]
        self._store.add(reports)
        changed = [
            report
            for report in reports
            if report.level == "act" and before.get(report.feature) != "act"
        ]
        if changed:
            self._tell(
                "drift",
                deployment_id=deployment_id,
                sentence=" ".join(report.sentence for report in changed),
                details={f"psi_{report.feature}": report.psi for report in changed},
            )
        return reports

    def look_where_due(self) -> None:
        """Looks at every deployment that was not looked at for a day."""
        at = self._clock()
        for deployment_id in self._store.deployments():
            if self._turns.closing():
                return
            kept = self._store.latest(deployment_id)
            if not kept or at - max(report.created_at for report in kept) >= EVERY:
                self.look(deployment_id)

    def _turn(self, deployment_id: str) -> None:
        self.look(deployment_id)

    def _windows(self, deployment_id: str) -> Windows | None:
        """Returns the windows to compare: the champion's first weeks, and the last one."""
        began, at = self._store.champion_since(deployment_id), self._clock()
        if began is None:
            return None
        end = self._reference_end(deployment_id, began, at)
        start = max(began, end[0])
        return Windows((start, end[1]), (max(end[1], at - WEEK), at))

    def _reference_end(
        self, deployment_id: str, began: datetime, at: datetime
    ) -> tuple[datetime, datetime]:
        """Returns the first whole week with enough answers, else the time of the first 200."""
        start = began
        while start + WEEK <= at:
            if self._store.count(deployment_id, start, start + WEEK) >= LEAST:
                return start, start + WEEK
            start += WEEK
        last = self._store.moment_of(deployment_id, began, LEAST)
        # The moment itself belongs to the window that it ends.
        return began, at if last is None else last + timedelta(microseconds=1)

    def _report(
        self, deployment_id: str, windows: Windows, feature: Feature, at: datetime
    ) -> DriftReport:
        counts = len(feature.reference), len(feature.current)
        index = None if min(counts) < LEAST else _index(feature)
        report = DriftReport(
            id=new_id("drift"),
            deployment_id=deployment_id,
            feature=feature.name,
            reference_start=windows.reference[0],
            reference_end=windows.reference[1],
            current_start=windows.current[0],
            current_end=windows.current[1],
            n_reference=counts[0],
            n_current=counts[1],
            psi=index,
            level="unknown",
            sentence="",
            created_at=at,
        )
        level = _level(report)
        return report.with_(level=level, sentence=_sentence(feature.title, level, report))


def _index(feature: Feature) -> float:
    then, now = feature.reference, feature.current
    if feature.counted:
        return psi([float(one) for one in then], [float(one) for one in now])
    return psi_kinds([str(one) for one in then], [str(one) for one in now])


def _said(asked: Asked) -> Said:
    last = asked.contents[-1] if asked.contents else ""
    return Said(last, sum(map(len, asked.contents)), asked.output)


def _level(report: DriftReport) -> str:
    if report.psi is None:
        return "unknown"
    if report.psi >= report.act:
        return "act"
    return "watch" if report.psi >= report.watch else "stable"


def _sentence(title: str, level: str, report: DriftReport) -> str:
    if report.psi is None:
        return (
            f"{title}: not known yet; {report.n_reference} answers then and {report.n_current} in "
            f"the last week, and it takes {LEAST} of each."
        )
    figure = f"PSI {report.psi:.2f}, {report.n_current} answers against {report.n_reference}"
    words = {
        "stable": f"is as it was ({figure})",
        "watch": f"has moved a little ({figure}; from {report.act:.2f} on it counts as changed)",
        "act": f"has changed ({figure})",
    }
    return f"{title} {words[level]}."

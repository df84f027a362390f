"""Numbers of a deployment over a window: thumbs, volume, latency, tokens, cost, drift."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from studio.domain.monitoring import DriftReport, Traffic, TrafficPoint
from studio.domain.values import now
from studio.services.traffic import cost_per_1000
from studio.ui.kit.badge import Tone
from studio.ui.pages import figures
from studio.ui.pages.deployments.words import FEATURES, plain, rate_words

if TYPE_CHECKING:
    from studio.services.container import Services

WINDOWS: dict[float, str] = {1: "1 h", 24: "24 h", 168: "7 d", 720: "30 d"}
"""Hours → how the switch calls them."""
UNITS: dict[str, tuple[float, int]] = {
    "days from now": (48, 86_400),
    "hours from now": (2, 3_600),
    "minutes from now": (0, 60),
}
"""How a chart counts time → windows longer than so many hours, and its seconds."""
STEPS = 48
"""Points of a chart."""
LEVELS: dict[str, tuple[str, Tone]] = {
    "unknown": ("not known yet", "plain"),
    "stable": ("stable", "good"),
    "watch": ("watch", "warning"),
    "act": ("changed", "bad"),
}
Figure = tuple[str, str, str]
"""Label, value and hint."""


@dataclass(kw_only=True)
class Numbers:
    """One window at a time."""

    services: Services
    deployment_id: str
    hours: float = 24
    clock: Callable[[], datetime] = now
    traffic: Traffic | None = None
    points: list[TrafficPoint] = field(default_factory=list)
    drift: list[DriftReport] = field(default_factory=list)

    def load(self) -> None:
        """Reads the window."""
        end = self.clock()
        traffic = self.services.traffic
        self.traffic = traffic.window(
            self.deployment_id, start=end - timedelta(hours=self.hours), end=end
        )
        self.points = traffic.points(self.deployment_id, hours=self.hours, steps=STEPS)
        self.drift = self.services.drift.latest(self.deployment_id)

    @property
    def seen(self) -> object:
        """All of it, to tell whether anything differs."""
        return (self.hours, self.traffic, self.points, self.drift)

    def figures(self) -> list[Figure]:
        """The figures of the window; what is not known says so."""
        seen = self.traffic
        if seen is None:
            return []
        liked, interval = rate_words(seen.thumbs)
        return [
            ("Liked", liked, interval),
            ("Answers", figures.count(seen.answers), _failed(seen)),
            (
                "Rated",
                figures.share(seen.rated.value),
                f"{figures.many(seen.corrections, 'correction')} among them",
            ),
            ("Typical time", _seconds(seen.latency_p50), "half of the answers are faster (p50)"),
            ("Slow time", _seconds(seen.latency_p95), "95 of 100 are faster (p95)"),
            ("Tokens in", figures.count(seen.input_tokens), "of questions and what is around"),
            ("Tokens out", figures.count(seen.output_tokens), "of answers"),
            ("Cost of 1,000", _usd(cost_per_1000(seen)), _cost_hint(seen)),
        ]

    def volume(self) -> list[tuple[float, float]]:
        """Answers by step, hours before now."""
        return [(self._ago(point), float(point.answers)) for point in self.points]

    def liked(self) -> list[tuple[float, float]]:
        """Share of thumbs up by step, where anybody rated."""
        return [
            (self._ago(point), 100 * point.up / (point.up + point.down))
            for point in self.points
            if point.up + point.down
        ]

    def latency(self) -> list[tuple[float, float]]:
        """p95 by step, where it is known."""
        return [
            (self._ago(point), point.latency_p95)
            for point in self.points
            if point.latency_p95 is not None
        ]

    @property
    def unit(self) -> str:
        """What the charts count in, backwards from now."""
        return next(unit for unit, (least, _) in UNITS.items() if self.hours > least)

    def _ago(self, point: TrafficPoint) -> float:
        seconds = (point.at - self.clock()).total_seconds()
        _, scale = UNITS[self.unit]
        return round(seconds / scale, 2)

    def features(self) -> list[tuple[str, str, str, str, Tone]]:
        """Drift of every feature: title, PSI, sentence, verdict and tone."""
        return [
            (
                FEATURES.get(one.feature, plain(one.feature)),
                figures.UNKNOWN if one.psi is None else f"{one.psi:.2f}",
                one.sentence,
                *LEVELS[one.level],
            )
            for one in self.drift
        ]


def _failed(seen: Traffic) -> str:
    return f"{seen.errors:,} of them failed" if seen.errors else "none failed"


def _seconds(value: float | None) -> str:
    return figures.UNKNOWN if value is None else f"{value:.2f} s"


def _usd(value: Decimal | None) -> str:
    return figures.UNKNOWN if value is None else figures.usd(float(value))


def _cost_hint(seen: Traffic) -> str:
    if seen.cost_unknown:
        return f"the price of {figures.many(seen.cost_unknown, 'answer')} is not known"
    return "answers like those of this window"

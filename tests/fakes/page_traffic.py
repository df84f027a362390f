"""Traffic and drift in memory, for the pages: numbers that are known, and some that are not."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from studio.domain.monitoring import DriftReport, Rate, Traffic, TrafficPoint
from studio.domain.values import now


class FakeTraffic:
    """The same numbers in every window; those of an hour are not known."""

    def __init__(self) -> None:
        self.answers = 1234
        self.asked: list[float] = []

    def window(self, deployment_id: str, *, start: datetime, end: datetime, **_: Any) -> Traffic:
        hours = (end - start).total_seconds() / 3600
        self.asked.append(round(hours))
        known = hours > 2
        return Traffic(
            deployment_id=deployment_id,
            start=start,
            end=end,
            answers=self.answers,
            errors=3,
            input_tokens=9_000 if known else None,
            output_tokens=4_000 if known else None,
            latency_p50=0.4 if known else None,
            latency_p95=1.2 if known else None,
            cost_usd=Decimal("0.5") if known else None,
            cost_unknown=0 if known else 7,
            thumbs=Rate(k=80, n=100, value=0.8, low=0.71, high=0.87) if known else Rate(k=0, n=0),
            rated=Rate(k=100, n=self.answers, value=100 / self.answers, low=0.07, high=0.1),
            corrections=12,
        )

    def points(self, deployment_id: str, *, hours: float, steps: int) -> list[TrafficPoint]:
        end = now()
        return [
            TrafficPoint(
                at=end - timedelta(hours=hours * (steps - step) / steps),
                answers=step,
                errors=0,
                up=step % 5,
                down=step % 2,
                latency_p95=0.5 + step / 100 if step % 3 else None,
            )
            for step in range(steps)
        ]


class FakeDrift:
    """Topics have changed; lengths have not."""

    def __init__(self) -> None:
        self.reports = [
            _report("prompt_length", 0.04, "stable", "Questions are as long as before."),
            _report("topic", 0.31, "act", "Questions are about other things."),
            _report("script", None, "unknown", "Fewer than 200 answers."),
        ]

    def latest(self, deployment_id: str) -> list[DriftReport]:
        return self.reports


def _report(feature: str, psi: float | None, level: Any, sentence: str) -> DriftReport:
    at = now()
    return DriftReport(
        id=f"drift_{feature}",
        deployment_id="dep_1",
        feature=feature,
        reference_start=at,
        reference_end=at,
        current_start=at,
        current_end=at,
        n_reference=500,
        n_current=400,
        psi=psi,
        level=level,
        sentence=sentence,
        created_at=at,
    )

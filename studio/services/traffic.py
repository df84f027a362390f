"""Traffic: what deployments did over any window, kept in sums so that millions stay quick."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

from studio.core.evaluation.statistics import wilson
from studio.core.monitoring.latency import quantile
from studio.domain.costing import Figure
from studio.domain.monitoring import Rate, Traffic, TrafficPoint
from studio.domain.values import now
from studio.store.traffic import Tariff, TrafficStore
from studio.store.traffic_windows import TrafficWindows, Window

FRESH = 5.0
"""Seconds for which the sums count as up to date."""
RECOUNT = 300.0
"""Seconds after which it is looked whether answers came late, from a journal for instance."""
NANO = Decimal("1e-9")
NANO_OF_A_THOUSAND = 1e6
"""Billionths of a dollar for one answer where a thousand cost one dollar."""
PROBE, LONGEST = 1_000, 100_000
"""Tokens by which a model's price is asked; up to the second it must not change with length."""


class Costs(Protocol):
    """What is needed of the prices: `CostingService.answer_cost`."""

    def __call__(
        self,
        model_id: str,
        tokens_in: float | None,
        tokens_out: float | None,
        seconds: float | None,
        project_id: str | None = None,
    ) -> Figure:
        """Returns USD for 1,000 such answers; `mid` is None when that is unknown."""


class TrafficService:
    """Brings the sums up to date when somebody looks, and reads windows from them."""

    def __init__(
        self,
        store: TrafficStore,
        windows: TrafficWindows,
        cost: Costs,
        *,
        clock: Callable[[], datetime] = now,
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._windows, self._cost = store, windows, cost
        self._clock, self._timer = clock, timer
        self._lock = threading.Lock()
        self._summed_at: float | None = None
        self._recounted_at: float | None = None

    def refresh(self, *, force: bool = False) -> None:
        """Sums what is new, unless that was done a moment ago; `force` also looks for late rows."""
        with self._lock:
            at = self._timer()
            if not force and self._summed_at is not None and at - self._summed_at < FRESH:
                return
            self._roll(self._store.since())
            if force or self._recounted_at is None or at - self._recounted_at >= RECOUNT:
                late = self._store.behind()
                if late:
                    self._roll(min(late), late)
                self._store.catch_up_ratings()
                self._recounted_at = at
            self._summed_at = at

    def window(
        self,
        deployment_id: str,
        *,
        revision_id: str | None = None,
        start: datetime,
        end: datetime,
        shadow: bool = False,
    ) -> Traffic:
        """Returns what was answered in whole minutes from `start` up to `end`.

        Args:
            deployment_id: whose.
            revision_id: of one revision only; None: of all.
            start: the minute it lies in counts.
            end: the minute it lies in counts, unless it is the minute's beginning.
            shadow: the answers that nobody was shown, instead of those that somebody was.
        """
        self.refresh()
        wanted = Window(deployment_id, _floor(start), _ceiling(end), revision_id, shadow)
        sums, latency = self._windows.sums(wanted), self._windows.latency(wanted)
        thumbs = self._windows.thumbs(wanted)
        told = sums.tokens_unknown == 0
        return Traffic(
            deployment_id=deployment_id,
            revision_id=revision_id,
            start=wanted.start,
            end=wanted.end,
            answers=sums.answers,
            errors=sums.errors,
            input_tokens=sums.input_tokens if told else None,
            output_tokens=sums.output_tokens if told else None,
            latency_p50=quantile(latency, 0.5),
            latency_p95=quantile(latency, 0.95),
            cost_usd=None if sums.cost_unknown else sums.cost_nano_usd * NANO,
            cost_unknown=sums.cost_unknown,
            thumbs=rate(thumbs.up, thumbs.up + thumbs.down),
            rated=rate(thumbs.rated, max(sums.answers, thumbs.rated)),
            corrections=thumbs.corrections,
        )

    def points(self, deployment_id: str, *, hours: float, steps: int) -> list[TrafficPoint]:
        """Returns the last hours in steps of equal length, oldest first, empty ones too."""
        self.refresh()
        end = _ceiling(self._clock())
        start = _floor(end - timedelta(hours=hours))
        found = {
            step.number: step
            for step in self._windows.steps(Window(deployment_id, start, end), steps)
        }
        points = []
        for at in range(steps):
            step = found.get(at)
            points.append(
                TrafficPoint(
                    at=start + (end - start) * at / steps,
                    answers=step.answers if step else 0,
                    errors=step.errors if step else 0,
                    up=step.up if step else 0,
                    down=step.down if step else 0,
                    latency_p95=quantile(step.latency, 0.95) if step else None,
                )
            )
        return points

    @property
    def lives(self) -> TrafficWindows:
        """Sums since the beginning, for `/metrics`."""
        return self._windows

    def _roll(self, since: datetime, minutes: Sequence[datetime] | None = None) -> None:
        until = self._clock()
        tariffs = [self._tariff(*asked) for asked in self._store.models(since, minutes)]
        # Late minutes say nothing of how far the rest is.
        self._store.roll(since, tariffs, until=until, minutes=minutes)

    def _tariff(self, project_id: str, model_id: str) -> Tariff:
        second = self._nano(model_id, None, None, 1.0, project_id)
        if second is not None:
            return Tariff(project_id, model_id, second=second)
        short, long = ((self._both(model_id, project_id, size)) for size in (PROBE, LONGEST))
        if short is None or long is None:
            return Tariff(project_id, model_id)
        same = all(abs(a - b) <= 1e-6 * max(a, b) for a, b in zip(short, long, strict=True))
        return Tariff(project_id, model_id, *short, longest=LONGEST if same else PROBE)

    def _both(self, model_id: str, project_id: str, size: int) -> tuple[float, float] | None:
        """Returns what one token of a prompt and one of an answer take at that length."""
        into = self._nano(model_id, size, 0, None, project_id)
        out = self._nano(model_id, 0, size, None, project_id)
        return None if into is None or out is None else (into / size, out / size)

    def _nano(
        self,
        model_id: str,
        tokens_in: float | None,
        tokens_out: float | None,
        seconds: float | None,
        project_id: str,
    ) -> float | None:
        usd = self._cost(model_id, tokens_in, tokens_out, seconds, project_id).mid
        return None if usd is None else usd * NANO_OF_A_THOUSAND


def cost_per_1000(traffic: Traffic) -> Decimal | None:
    """Returns USD for 1,000 requests like those of a window; None when that is not known."""
    if traffic.cost_usd is None or traffic.answers == 0:
        return None
    return traffic.cost_usd * 1000 / traffic.answers


def rate(k: int, n: int) -> Rate:
    """Returns a share with its 95 % Wilson interval; without a value when nothing was seen."""
    low, high = wilson(k, n)
    return Rate(k=k, n=n, value=k / n if n else None, low=low, high=high)


def _floor(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _ceiling(at: datetime) -> datetime:
    down = _floor(at)
    return down if down == at else down + timedelta(minutes=1)

"""Curves: what a run's metrics draw step by step; a run that went back is drawn anew from there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from studio.domain.jobs import Event

Point = tuple[float, float]
LOSS = ("loss", "validation_loss")
ACCURACY = ("token_accuracy", "validation_token_accuracy")
NAMES = (*LOSS, *ACCURACY)
"""Metrics that are drawn."""


def numbers(event: Event) -> dict[str, float]:
    """The numbers among an event's data."""
    return {
        key: float(value)
        for key, value in event.data.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def empty() -> dict[str, list[Point]]:
    """No points yet."""
    return {name: [] for name in NAMES}


@dataclass(kw_only=True)
class Curves:
    """Points of every curve, oldest first."""

    points: dict[str, list[Point]] = field(default_factory=empty)

    def add(self, measured: Mapping[str, float], fresh: dict[str, list[Point]]) -> bool:
        """Adds what one line of metrics measured, to `fresh` as well; True when a run went back."""
        step = measured.get("step")
        if step is None:
            return False
        back = False
        if "loss" in measured and self.points["loss"] and step <= self.points["loss"][-1][0]:
            back = True
            for name, points in self.points.items():
                self.points[name] = [point for point in points if point[0] < step]
        for name in NAMES:
            if name in measured:
                self.points[name].append((step, measured[name]))
                fresh[name].append(self.points[name][-1])
        return back

"""Assumptions: the numbers a business case rests on, each with range, source and edit."""

from __future__ import annotations

from collections.abc import Mapping
from math import isclose

from studio.domain.costing import Assumption, AssumptionEdit

SHARE = "share"
"""Unit of numbers that lie between 0 and 1."""

JUDGEMENT = "a judgement of Ladder Studio"
CHARTER = "charter"
SPREAD = 0.2
"""How far a figure that somebody stated may be off, each way, as a share of it. A judgement."""


LEAST: dict[str, float] = {
    "retrain.cycle_months": 0.25,
    "machine.years": 0.25,
    "gpu.years": 0.25,
    "training.runs": 1.0,
}
"""What the formulas divide by, or cannot do without, has a least value; all else may be 0."""


class Sheet:
    """Collects assumptions, putting in what people edited, and hands out their values."""

    def __init__(self, edits: Mapping[str, AssumptionEdit]) -> None:
        self._edits = edits
        self._rows: dict[str, Assumption] = {}
        self._follows: set[str] = set()

    @property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every assumption, in the order in which they were added."""
        return tuple(self._rows.values())

    @property
    def values(self) -> dict[str, float]:
        """Key → value of what the formulas read; numbers that follow from others are absent."""
        return {key: row.value for key, row in self._rows.items() if key not in self._follows}

    @property
    def uncertain(self) -> list[Assumption]:
        """Those that may be other than they are said to be."""
        return [
            row
            for key, row in self._rows.items()
            if key not in self._follows and row.low < row.high
        ]

    def __getitem__(self, key: str) -> float:
        """Returns the value of an assumption that was added."""
        return self._rows[key].value

    def row(self, key: str) -> Assumption:
        """Returns an assumption that was added."""
        return self._rows[key]

    def edited(self, key: str) -> bool:
        """Tells whether somebody put in a figure for that key."""
        return key in self._edits

    def add(
        self,
        key: str,
        title: str,
        value: float,
        unit: str,
        source: str,
        *,
        low: float | None = None,
        high: float | None = None,
        at: str = "",
        follows: bool = False,
    ) -> float:
        """Adds an assumption and returns its value: what was put in for it, or the one given.

        Args:
            key: what it is called in edits.
            title: what it is, for people.
            value: the best guess without an edit.
            unit: what is counted; `share` keeps it between 0 and 1.
            source: where it comes from.
            low: tenth percentile; the value itself when left out.
            high: ninetieth percentile; the value itself when left out.
            at: the source's date.
            follows: whether the formulas work it out from others as long as nobody edits it.
        """
        row = Assumption(
            key=key,
            title=title,
            value=value,
            low=value if low is None else min(low, value),
            high=value if high is None else max(high, value),
            unit=unit,
            source=source,
            at=at,
        )
        edit = self._edits.get(key)
        if edit is not None:
            row = replaced(row, edit)
        elif follows:
            self._follows.add(key)
        self._rows[key] = bounded(row)
        return self._rows[key].value

    def stated(self, key: str, title: str, value: float, unit: str, at: str) -> float:
        """Adds a figure that the charter states."""
        return self.add(
            key,
            title,
            value,
            unit,
            CHARTER,
            low=value * (1 - SPREAD),
            high=value * (1 + SPREAD),
            at=at,
        )

    def guessed(
        self,
        key: str,
        title: str,
        value: float,
        unit: str,
        *,
        low: float,
        high: float,
        why: str = "",
    ) -> float:
        """Adds a default that no source states."""
        source = f"{JUDGEMENT}: {why}" if why else JUDGEMENT
        return self.add(key, title, value, unit, source, low=low, high=high)


def replaced(row: Assumption, edit: AssumptionEdit) -> Assumption:
    """Returns the assumption with what somebody put in; without a range the old one is scaled."""
    if row.unit == SHARE or isclose(row.value, 0):
        below, above = row.low - row.value, row.high - row.value
        low, high = edit.value + below, edit.value + above
    else:
        scale = edit.value / row.value
        low, high = sorted((row.low * scale, row.high * scale))
    return row.with_(
        value=edit.value,
        low=min(edit.value, low if edit.low is None else edit.low),
        high=max(edit.value, high if edit.high is None else edit.high),
        source=edit.source or "put in by you",
        at=edit.at.date().isoformat(),
        owner=edit.owner,
        edited=True,
    )


def limits(row: Assumption) -> tuple[float, float]:
    """Returns the least and the most that an assumption can be."""
    return LEAST.get(row.key, 0.0), 1.0 if row.unit == SHARE else float("inf")


def bounded(row: Assumption) -> Assumption:
    """Returns the assumption with every figure inside what it can be."""
    least, most = limits(row)
    value, low, high = (min(max(n, least), most) for n in (row.value, row.low, row.high))
    return row.with_(value=value, low=low, high=high)

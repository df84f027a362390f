"""Learning: how far the studio's own estimates were off, and what the next is multiplied with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import mean, median

from studio.domain.costing import ErrorRecord, Estimate, EstimateKind

FEWEST = 3
"""Ended works of a family before its error is believed. A judgement."""
LEAST, MOST = 0.5, 2.0
"""A correction beyond these would hide a fault instead of an error. A judgement."""


def records(estimates: Iterable[Estimate]) -> list[ErrorRecord]:
    """Returns the record of every family with at least one actual, by kind and family."""
    groups: dict[tuple[EstimateKind, str], list[Estimate]] = {}
    for one in estimates:
        if _comparable(one):
            groups.setdefault((one.kind, one.family), []).append(one)
    return [_record(kind, family, ended) for (kind, family), ended in sorted(groups.items())]


def factor(estimates: Sequence[Estimate], kind: EstimateKind, family: str) -> float:
    """Returns what the next estimate is multiplied with, 1 until enough is known.

    Rests on figures as they were before correction: a correction that works must not undo itself.
    """
    ratios = [
        one.actual * one.factor / one.mid
        for one in estimates
        if one.kind == kind and one.family == family and one.actual and one.mid
    ]
    if len(ratios) < FEWEST:
        return 1.0
    return min(MOST, max(LEAST, median(ratios)))


def words(n: int, factor: float) -> str:
    """Returns the correction in words, empty without one."""
    if factor == 1.0:
        return ""
    return f"times {factor:.2f}, learnt from {n} earlier estimates"


def _record(kind: EstimateKind, family: str, ended: Sequence[Estimate]) -> ErrorRecord:
    shares = [one.mid / one.actual - 1 for one in ended if one.mid and one.actual]
    within = [
        one.low <= one.actual <= one.high
        for one in ended
        if one.low is not None and one.high is not None and one.actual is not None
    ]
    return ErrorRecord(
        kind=kind,
        family=family,
        n=len(ended),
        mape=mean(abs(share) for share in shares),
        bias=mean(shares),
        within=mean(within) if within else 0.0,
        factor=factor(ended, kind, family),
    )


def _comparable(one: Estimate) -> bool:
    return bool(one.mid) and bool(one.actual)

"""Checklists of a fine-tune: people's ticks, and those the studio gives from what it knows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from studio.core.ladder.points import POINTS, Known, Point
from studio.domain.advice import ChecklistItem
from studio.domain.thresholds import Thresholds

ITEMS: tuple[ChecklistItem, ...] = tuple(
    ChecklistItem(id=point.id, phase=point.phase, text=point.text, why=point.why)
    for point in POINTS
)
"""The checklists with nothing ticked."""


def ticked(
    kept: Sequence[ChecklistItem],
    known: Known,
    thresholds: Thresholds | None = None,
    at: datetime | None = None,
) -> list[ChecklistItem]:
    """Returns the checklists with people's ticks from `kept` and those the studio can give.

    What the studio sees stands above what was ticked; its own ticks go when their evidence goes,
    a person's tick stays. `at` is the moment of the studio's new ticks.
    """
    before = {item.id: item for item in kept}
    return [
        _ticked(item, point, before.get(item.id), known, thresholds or Thresholds(), at)
        for item, point in zip(ITEMS, POINTS, strict=True)
    ]


def _ticked(
    item: ChecklistItem,
    point: Point,
    before: ChecklistItem | None,
    known: Known,
    thresholds: Thresholds,
    at: datetime | None,
) -> ChecklistItem:
    shown = point.evidence(known, thresholds) if point.evidence else ""
    if shown:
        same = before is not None and before.by == "studio"
        moment = before.at if same and before else at
        return item.with_(done=True, by="studio", evidence=shown, at=moment)
    if before is not None and before.done and before.by == "person":
        return item.with_(done=True, by="person", evidence=before.evidence, at=before.at)
    return item

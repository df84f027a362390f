"""Rows that a plan speaks of, as people know them: their line and how they begin."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from studio.domain.training import Plan

if TYPE_CHECKING:
    from studio.services.container import Services


def rows_about(
    services: Services, version_id: str, plan: Plan, known: Collection[str]
) -> dict[str, str]:
    """Returns the rows that blockers and findings name, id to words; none when all are known."""
    concerned = {row for blocker in plan.blockers for row in blocker.example_ids}
    if plan.disclosure is not None:
        for seen in plan.disclosure.personal_data or ():
            concerned |= set(seen.example_ids)
    if concerned <= set(known):
        return {}
    return {
        example.id: f"Line {example.line:,}: {example.prompt[-1].content[:120]}"
        for example in services.datasets.examples(version_id)
        if example.id in concerned
    }

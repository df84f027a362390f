"""Thresholds in memory, checked by the studio's own rules."""

from __future__ import annotations

from typing import Any, cast

from studio.domain.thresholds import ThresholdEdit
from studio.services.thresholds import ThresholdService


class KeptNumbers:
    """A store without a database, for one project."""

    def __init__(self) -> None:
        self.edits: dict[str, ThresholdEdit] = {}

    def all(self, project_id: str) -> dict[str, ThresholdEdit]:
        return dict(self.edits)

    def keep(self, edit: ThresholdEdit) -> None:
        self.edits[edit.name] = edit

    def remove(self, project_id: str, name: str) -> None:
        self.edits.pop(name, None)


def thresholds() -> ThresholdService:
    """The service that the pages ask for."""
    return ThresholdService(cast(Any, KeptNumbers()))

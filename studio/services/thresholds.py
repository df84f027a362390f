"""Thresholds: the rules' numbers of a project, and those that it may set for itself."""

from __future__ import annotations

from collections.abc import Callable

from studio.core.ladder.own_thresholds import listed, put, thresholds_of
from studio.domain.thresholds import Threshold, ThresholdEdit, Thresholds
from studio.domain.values import now
from studio.store.thresholds import ThresholdStore


class ThresholdService:
    """What a user can do with the numbers that the rules compare with."""

    def __init__(self, store: ThresholdStore, changed: Callable[[], None] = lambda: None) -> None:
        """`changed` is called whenever a number is not what it was."""
        self._store, self._changed = store, changed

    def all(self, project_id: str) -> list[Threshold]:
        """Returns every number with its meaning, default and source."""
        return list(listed(self.of(project_id)))

    def of(self, project_id: str) -> Thresholds:
        """Returns the numbers for the rules."""
        return thresholds_of(self._kept(project_id))

    def change(self, project_id: str, name: str, value: float) -> list[Threshold]:
        """Puts in a project's own number and returns all of them; the default takes it back.

        Raises:
            InvalidInput: when there is no such threshold, it has a source, or cannot be that.
        """
        put(self._kept(project_id), name, value)
        if value == getattr(Thresholds(), name):
            return self.reset(project_id, name)
        self._store.keep(ThresholdEdit(project_id=project_id, name=name, value=value, at=now()))
        self._changed()
        return self.all(project_id)

    def reset(self, project_id: str, name: str) -> list[Threshold]:
        """Goes back to the default and returns all of them; without an own one nothing changes.

        Raises:
            InvalidInput: when there is no such threshold, or another own number forbids it.
        """
        put(self._kept(project_id), name, getattr(Thresholds(), name, 0.0))
        self._store.remove(project_id, name)
        self._changed()
        return self.all(project_id)

    def _kept(self, project_id: str) -> dict[str, float]:
        return {name: edit.value for name, edit in self._store.all(project_id).items()}

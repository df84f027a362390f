"""Pulls: base models on their way here, each with its progress, Cancel, or why it failed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial

from studio.domain.errors import StudioError
from studio.domain.models import Fetch, FetchStatus
from studio.ui.kit.card import Card
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.layout import Stack
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.pages.models import vm


class Pulls:
    """The rows; `show` moves them on without drawing them afresh."""

    def __init__(
        self,
        stop: Callable[[str], Awaitable[None]],
        again: Callable[[Fetch], Awaitable[None]],
    ) -> None:
        self._stop, self._again = stop, again
        self._box = Stack(8)
        self._rows: dict[tuple[str, bool], ProgressRow | None] = {}

    def show(self, pulls: Sequence[Fetch]) -> None:
        """Shows these and no others."""
        wanted = [(pull.id, pull.status is FetchStatus.FAILED) for pull in pulls]
        if wanted != list(self._rows):
            self._box.clear()
            with self._box:
                self._rows = {
                    key: self._draw(pull) for key, pull in zip(wanted, pulls, strict=True)
                }
        for key, pull in zip(wanted, pulls, strict=True):
            row = self._rows[key]
            if row is not None:
                percent = None if pull.share is None else 100 * pull.share
                row.show(vm.doing(pull), percent, pull.eta_seconds)

    def _draw(self, pull: Fetch) -> ProgressRow | None:
        stop = partial(self._stop, pull.id)
        if pull.status is not FetchStatus.FAILED:
            with Card():
                return ProgressRow(vm.doing(pull), on_cancel=stop, marker="model-progress")
        error = StudioError(f"{pull.name} was not fetched. {pull.message}", hint=pull.hint)
        again = partial(self._again, pull)
        ErrorPanel(error, on_retry=again, on_dismiss=stop, marker="pull-failed")
        return None

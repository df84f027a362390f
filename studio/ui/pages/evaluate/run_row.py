"""One evaluation that has no score yet: status, how far it is, and about how long it will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from studio.domain.evaluation import EvaluationRun, RunStatus
from studio.ui.kit.badge import StatusBadge
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.text import Text
from studio.ui.pages.evaluate.vm import Pace, progress
from studio.ui.pages.words import RUN_MEANS

UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)


class RunRow:
    """Draws a run; `show` changes only what changed."""

    def __init__(self, run: EvaluationRun, on_cancel: Callable[[], Any] | None = None) -> None:
        self._pace = Pace()
        with Stack(6, marker=f"evaluate-run-{run.id}"):
            with Row(8):
                Text(run.model_name, "strong")
                self._badge = StatusBadge(run.status)
                self._sentence = Text("", "small")
            self._progress = ProgressRow(
                "Waiting", on_cancel=on_cancel, marker=f"evaluate-progress-{run.id}"
            )
        self.show(run)

    def show(self, run: EvaluationRun) -> None:
        """Shows the run as it is now."""
        self._badge.show(run.status)
        self._sentence.set_text(run.message or RUN_MEANS[run.status])
        self._progress.set_visibility(run.status in UNFINISHED)
        self._progress.show(
            progress(run) or "Waiting",
            percent=100 * run.done / run.total if run.total else None,
            eta_seconds=self._pace.seconds_left(run, time.monotonic()),
        )

"""Runs of a step: under way with progress and Cancel, finished with score and answers."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.evaluation import RunStatus
from studio.domain.ladder import RungRun
from studio.ui.act import done
from studio.ui.kit.badge import StatusBadge
from studio.ui.kit.card import Card
from studio.ui.kit.expander import Expander
from studio.ui.kit.facts import Facts
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.progress_row import ProgressRow
from studio.ui.kit.score_bar import ScoreBar
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.ladder.answers_view import AnswersView
from studio.ui.pages.ladder.overview import OPEN, measured
from studio.ui.pages.ladder.results_vm import (
    AnswerReader,
    expected_figures,
    expected_words,
    key_figures,
    label,
    progress_words,
    runs_of,
)
from studio.ui.pages.ladder.words import metric_words
from studio.ui.pages.words import RUN_MEANS

if TYPE_CHECKING:
    from studio.ui.pages.ladder.frame import Frame


class ResultsView:
    """Draws the runs of the frame's step; `show` changes only what changed."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.drawn: list[tuple[str, RunStatus]] = []
        self.rows: dict[str, OpenRun] = {}
        with Card("Measured so far", marker="ladder-results"):
            self.body = Stack(14)
        self.draw()

    def show(self) -> None:
        """Shows the runs as they are now."""
        runs = runs_of(self.frame.overview, self.frame.step)
        if [(run.id, run.status) for run in runs] != self.drawn:
            self.draw()
            return
        for run in runs:
            if run.id in self.rows:
                self.rows[run.id].show(run, self.expected(run))

    def expected(self, run: RungRun) -> str:
        """What a run is expected to take; empty while nobody knows."""
        return expected_words(self.frame.overview.estimates.get(run.id, ()))

    def draw(self) -> None:
        """Draws all runs anew."""
        runs = runs_of(self.frame.overview, self.frame.step)
        self.drawn, self.rows = [(run.id, run.status) for run in runs], {}
        self.body.clear()
        with self.body:
            if not runs:
                Text(
                    "Nothing yet. Set the rung up above and press Measure.",
                    "muted",
                    marker="ladder-no-runs",
                )
            for run in runs:
                self.draw_run(run)

    def draw_run(self, run: RungRun) -> None:
        """One run by its state."""
        if not measured(run) or run.score is None:
            self.rows[run.id] = OpenRun(run, partial(self.cancel, run.id), self.expected(run))
            return
        score = run.score
        with Stack(6, marker=f"ladder-run-{run.id}"):
            ScoreBar(label(run), score.value, score.low, score.high, n=score.n)
            words = metric_words(run.metric)
            when = figures.moment(run.finished_at)
            Text(f"{words.title} · measured {when}", "small")
            if run.suite != self.frame.overview.suite:
                Text("On other examples than the present evidence: do not compare.", "small")
            expected = self.frame.overview.estimates.get(run.id, ())
            Facts([*key_figures(run), *expected_figures(expected)])
            if run.message:
                Text(run.message, "small")
            expander = Expander("Answers, right and wrong", marker=f"ladder-answers-{run.id}")
            expander.on("toggle", partial(self.open_answers, run, expander), [])

    async def open_answers(self, run: RungRun, expander: Expander) -> None:
        """Reads the answers when they are first asked for."""
        if expander.body.default_slot.children:
            return
        reader = AnswerReader(services=self.frame.services, run=run)
        others = [one for one in self.frame.overview.runs if measured(one) and one.id != run.id]
        with expander.body:
            await AnswersView(reader, others).show()

    async def cancel(self, run_id: str) -> None:
        """Stops a run; the answers it has stay in the cache."""
        if await done(self.frame.services.ladder.cancel, run_id):
            await self.frame.refresh()


class OpenRun:
    """A run without a score: status, how far it is, about how long it will take."""

    def __init__(self, run: RungRun, on_cancel: Callable[[], Any], expected: str = "") -> None:
        self._seen: tuple[float, int] | None = None
        with Stack(6, marker=f"ladder-run-{run.id}"):
            with Row(8):
                Text(label(run), "strong")
                self._badge = StatusBadge(run.status)
            self._sentence = Text("", "small")
            self._progress = ProgressRow(
                "Waiting",
                on_cancel=on_cancel,
                marker=f"ladder-progress-{run.id}",
            )
        self.show(run, expected)

    def show(self, run: RungRun, expected: str = "") -> None:
        """Shows the run as it is now, with what it is expected to take."""
        under_way = run.status in OPEN
        self._badge.show(run.status)
        sentence = run.message or RUN_MEANS[run.status]
        self._sentence.set_text(f"{sentence} {expected}" if under_way and expected else sentence)
        self._progress.set_visibility(under_way)
        self._progress.show(
            progress_words(run),
            percent=100 * run.done / run.total if run.total else None,
            eta_seconds=self._left(run, time.monotonic()),
        )

    def _left(self, run: RungRun, clock: float) -> float | None:
        if run.status is not RunStatus.RUNNING:
            return None
        if self._seen is None:
            self._seen = (clock, run.done)
        began, first = self._seen
        if run.done <= first or clock <= began:
            return None
        return (run.total - run.done) * (clock - began) / (run.done - first)

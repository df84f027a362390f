"""Two models compared: scores with intervals, the difference in words, metrics, answers to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from studio.domain.evaluation import Comparison, EvaluationRun
from studio.ui.act import done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.heading import Heading
from studio.ui.kit.heat_table import HeatTable
from studio.ui.kit.layout import Columns, Stack
from studio.ui.kit.notices import Callout
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.page_scope import PageScope
from studio.ui.kit.score_bar import ScoreBar
from studio.ui.kit.stat import Stat
from studio.ui.kit.tabs import Tabs
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.evaluate.comparison_vm import ComparisonPage, mistakes, readable
from studio.ui.pages.evaluate.reader_view import ReaderView
from studio.ui.pages.evaluate.run_row import RunRow
from studio.ui.pages.evaluate.vm import settings
from studio.ui.pages.loaded import Loaded
from studio.ui.pages.words import SPLITS, metric

if TYPE_CHECKING:
    from studio.ui.shell import Shell


class ComparisonView:
    """Draws the comparison; opened early, it follows both runs until they are finished."""

    def __init__(self, page: ComparisonPage, shell: Shell) -> None:
        self.page, self.shell = page, shell

    async def show(self) -> None:
        """Reads, draws, and follows the news while there is something to wait for."""
        scope = PageScope()
        self.loaded = Loaded(self.page.load, self.draw, gap=16)
        await self.loaded.show()
        again = Debounce(0.3, self.refresh)
        scope.subscribe(self.shell.news, lambda _: again.poke() if self.page.waiting else None)

    async def refresh(self) -> None:
        """Reads the runs again while they go on."""

        def ignored(_: Any) -> None:
            """Trouble while polling is no news: what is drawn stays."""

        await done(self.page.load, on_error=ignored)
        if self.loaded.is_deleted:
            return
        if not self.page.waiting:
            await self.loaded.show()  # says so when the two cannot be compared after all
            return
        for row, run in zip(self.rows, self.page.runs, strict=True):
            row.show(run)

    def draw(self) -> None:
        """Header, then the comparison or what it waits for."""
        self.shell.title("Comparison")
        with PageHeader("Comparison", self.subtitle(), back=("Evaluate", "/evaluate")):
            if self.page.comparison is not None:
                Button(
                    "Chat with both",
                    href=f"/playground?left={self.page.runs[0].model_id}"
                    f"&right={self.page.runs[1].model_id}",
                    marker="comparison-chat",
                )
        if self.page.comparison is None:
            self.draw_waiting()
        else:
            self.draw_comparison(self.page.comparison)

    def subtitle(self) -> str:
        """Which models, on what, how."""
        first, second = self.page.runs
        return (
            f"{first.model_name} against {second.model_name}, "
            f"{SPLITS[first.split].title.lower()} split, {settings(first.decoding).lower()}"
        )

    def draw_waiting(self) -> None:
        """How far both runs are, or why they will never be compared."""
        with Card("Measuring", marker="comparison-waiting"):
            self.rows = [RunRow(run) for run in self.page.runs]
            if self.page.waiting:
                Text("The comparison appears here as soon as both are finished.", "muted")
            else:
                Callout(
                    "One of the two has no score. Measure it again.",
                    "warning",
                    marker="comparison-impossible",
                )

    def draw_comparison(self, comparison: Comparison) -> None:
        """Everything there is to say."""
        first, second = comparison.baseline, comparison.candidate
        with Card("Verdict", marker="comparison-verdict"):
            Text(comparison.verdict, "lead", marker="comparison-verdict-text")
            # One below the other: bars of equal length can be compared by eye.
            self.draw_score(first, "base")
            self.draw_score(second, "tuned")
            if second.primary is not None:
                Text(metric(second.primary.metric).sentence, "small")
            with Columns(170, gap=8):
                self.draw_numbers(comparison)
            with Stack(6):
                for sentence in self.page.explanation():
                    Text(sentence, "muted")
        Tabs(
            {
                "Answers side by side": lambda: ReaderView(self.page),
                "All metrics": self.draw_metrics,
                "Mistakes": lambda: self.draw_mistakes(first, second),
            },
            label="Details of the comparison",
            marker="comparison-tabs",
        )

    def draw_score(self, run: EvaluationRun, tone: Any) -> None:
        """The main score of one model."""
        if run.primary is None:
            return
        score = run.primary
        ScoreBar(
            run.model_name,
            score.value,
            score.low,
            score.high,
            n=score.n,
            tone=tone,
            marker=f"comparison-score-{tone}",
        )

    def draw_numbers(self, comparison: Comparison) -> None:
        """The engineer's figures."""
        Stat(
            "Difference",
            figures.points(comparison.difference),
            f"{100 * comparison.low:+.1f} to {100 * comparison.high:+.1f} (Newcombe, 95 %)",
            marker="comparison-difference",
        )
        Stat("Could it be luck?", figures.p_value(comparison.p_value), "exact McNemar, two-sided")
        Stat("Gained", figures.count(comparison.only_candidate), "right now, wrong before")
        Stat("Lost", figures.count(comparison.only_baseline), "wrong now, right before")

    def draw_metrics(self) -> None:
        """Every metric of both."""
        first, second = self.page.runs
        DataTable(
            ["Metric", "What it says", first.model_name, second.model_name, "Difference"],
            [
                [row.title, row.sentence, row.baseline, row.candidate, row.difference]
                for row in self.page.metrics()
            ],
            caption="All metrics with 95 % intervals where there are any",
            numeric=(2, 3, 4),
            marker="comparison-metrics",
        )

    def draw_mistakes(self, first: EvaluationRun, second: EvaluationRun) -> None:
        """Which labels are taken for which."""
        if first.confusion is None and second.confusion is None:
            Text("The answers are free text: there are no labels to confuse.", "muted")
            return
        for run in (second, first):
            self.draw_confusion(run)

    def draw_confusion(self, run: EvaluationRun) -> None:
        """The most frequent mistakes, then the matrix as far as it can be read."""
        if run.confusion is None:
            return
        Heading(run.model_name, level=2)
        found = mistakes(run)
        if found:
            DataTable(
                ["Expected", "Answered", "Times", "Of"],
                [
                    [m.expected, m.predicted, figures.count(m.count), figures.count(m.of)]
                    for m in found
                ],
                caption="Most frequent mistakes",
                show_caption=True,
                numeric=(2, 3),
            )
        else:
            Text("No mistakes.", "muted")
        shown = readable(run.confusion)
        part = "" if shown is run.confusion else f", the {len(shown.labels)} most confused labels"
        HeatTable(
            shown.labels,
            shown.counts,
            caption=f"Rows: expected. Columns: answered{part}. Shade: share of the row.",
        )

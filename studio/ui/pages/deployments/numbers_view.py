"""The numbers of a deployment: a switch for the window, figures, charts, drift by feature."""

from __future__ import annotations

from functools import partial
from typing import Any

from studio.ui.act import done
from studio.ui.kit.badge import Badge
from studio.ui.kit.card import Card
from studio.ui.kit.choice import Segments
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.layout import Columns
from studio.ui.kit.live_chart import LiveChart
from studio.ui.kit.stat import Stat
from studio.ui.kit.text import Text
from studio.ui.pages.deployments.numbers_vm import WINDOWS, Numbers

PSI = (
    "How far questions and answers moved from those of the weeks before (population stability "
    "index): below 0.10 is stable, above 0.25 they are others."
)


class NumbersView:
    """Draws once, then changes figures and lines in place."""

    def __init__(self, numbers: Numbers) -> None:
        self.numbers = numbers
        self.shown: object = None

    async def draw(self) -> None:
        """The whole tab."""
        numbers = self.numbers
        with Card("Numbers", marker="numbers") as card:
            with card.actions:
                Segments(
                    "Window",
                    WINDOWS,
                    value=numbers.hours,
                    on_change=self.choose,
                    marker="window",
                )
            with Columns(200, gap=10):
                self.stats = [Stat(title, "…") for title in TITLES]
        with Columns(320, gap=12):
            self.charts = {
                "answers": self.chart("Answers", "answers"),
                "liked": self.chart("Liked", "% of thumbs"),
                "p95": self.chart("Slow time (p95)", "seconds"),
            }
        with Card("Has the world changed?", subtitle=PSI, marker="drift"):
            self.calm = Text("", "muted")
            self.drift = DataTable(
                ["What", "PSI", "", ""], [], caption="Drift by feature", numeric=(1,), wordy=(2,)
            )
        await self.look()

    def chart(self, title: str, y: str) -> LiveChart:
        """One line over the window."""
        with Card(title, level=3):
            return LiveChart(f"{title} over the window", [title], x="before now", y=y, height=170)

    async def choose(self, hours: Any) -> None:
        """Another window."""
        self.numbers.hours = float(hours)
        await self.look()

    async def look(self) -> None:
        """Reads the window and shows it."""
        if not await done(self.numbers.load) or self.drift.is_deleted:
            return
        seen = self.numbers.seen
        if seen != self.shown:
            self.shown = seen
            self.show()

    def show(self) -> None:
        """Puts the figures in their places."""
        numbers = self.numbers
        for stat, (_, value, hint) in zip(self.stats, numbers.figures(), strict=True):
            stat.set(value, hint)
        lines = {"answers": numbers.volume(), "liked": numbers.liked(), "p95": numbers.latency()}
        for name, points in lines.items():
            self.charts[name].show_line(points, x=numbers.unit)
        rows = numbers.features()
        self.calm.set_text("" if rows else "Nothing was compared yet: it needs 200 answers.")
        self.calm.set_visibility(not rows)
        self.drift.set_visibility(bool(rows))
        self.drift.set_rows(
            [
                [title, psi, sentence, partial(Badge, words, tone)]
                for title, psi, sentence, words, tone in rows
            ]
        )


TITLES = (
    "Liked",
    "Answers",
    "Rated",
    "Typical time",
    "Slow time",
    "Tokens in",
    "Tokens out",
    "Cost of 1,000",
)

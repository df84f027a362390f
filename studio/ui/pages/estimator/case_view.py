"""The business case: arms side by side, money over time, what matters most, risk of loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

from studio.domain.costing import Case, Returns
from studio.ui.act import done
from studio.ui.kit.bullets import Bullets
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.columns_chart import ColumnsChart
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.empty_state import EmptyState
from studio.ui.kit.expander import Expander
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.live_chart import LiveChart
from studio.ui.kit.range_bars import RangeBar, RangeBars
from studio.ui.kit.stat import Stat
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.estimator.assumptions_view import AssumptionsView
from studio.ui.pages.estimator.vm import EstimatorPage
from studio.ui.pages.estimator.words import amount
from studio.ui.pages.loaded import Loaded

if TYPE_CHECKING:
    from studio.ui.shell import Shell

TORNADO_BARS = 12


class CaseView:
    """Draws the case; an edited assumption redraws everything above the list of assumptions."""

    def __init__(self, page: EstimatorPage, shell: Shell) -> None:
        self.page, self.shell = page, shell

    async def show(self) -> None:
        """Reckons the case, then draws it."""
        await Loaded(self.page.load_case, self.draw, gap=16).show()

    def draw(self) -> None:
        """Figures above, assumptions below."""
        if self.page.case is None:
            EmptyState(
                "No business case yet",
                self.page.problem
                or "The charter says what a right answer is worth and how many are asked for.",
                ("Open the charter", "/ladder/charter"),
                icon="savings",
                marker="case-empty",
            )
            return
        self.figures = Stack(16)
        AssumptionsView(self.page, self.shell, self.draw_figures)
        self.draw_figures()

    def draw_figures(self) -> None:
        """Everything that follows from the assumptions."""
        case = self.page.case
        if case is None or self.figures.is_deleted:
            return
        self.figures.clear()
        with self.figures:
            self._summary(case)
            self._arms(case)
            with Card("Money over time", subtitle="Added up, against staying as you are."):
                series = self.page.cumulative()
                chart = LiveChart(
                    "Cumulative cash flow of each arm",
                    list(series),
                    x="month",
                    y=case.currency,
                    marker="case-cash",
                )
                for name, points in series.items():
                    chart.set_points(name, points)
            self._tornado(case)
            self._risk(case)

    def _summary(self, case: Case) -> None:
        with Card(self.page.headline(), marker="case-headline") as card:
            with card.actions:
                Button("Report", href="/ladder/verdict", kind="quiet", marker="case-report")
            with Row(24):
                Stat("Requests a month", figures.count(case.requests_month))
                Stat("Horizon", figures.many(case.horizon_months, "month"))
                Stat(
                    "Break-even accuracy",
                    figures.share(case.break_even_accuracy),
                    "below it, unchecked answers lose money",
                )
                Stat("Discount rate", figures.share(case.annual_rate), "a year")
            if case.warnings:
                Text("To know before you rely on this", "strong")
                Bullets(case.warnings)

    def _arms(self, case: Case) -> None:
        with Card("Arms side by side", subtitle="Returns are counted against staying as you are."):
            DataTable(
                [
                    "Arm",
                    "Right answers",
                    "Investment",
                    "Total cost",
                    "Net present value",
                    "IRR a month",
                    "Return on costs",
                    "Payback",
                    "Discounted",
                    "Break-even volume",
                ],
                [self._arm(one, case.currency) for one in case.arms],
                caption="Arms with their costs and returns",
                numeric=(1, 2, 3, 4, 5, 6, 7, 8, 9),
                marker="case-arms",
            )
            blocked = [r.arm for r in case.arms if r.arm.blocked_because]
            if blocked:
                Bullets([f"{arm.title}: {arm.blocked_because}" for arm in blocked])
            with Expander("What the figures are made of"):
                DataTable(
                    ["Arm", "Item", "Amount"],
                    [
                        [one.arm.title, what, amount(money, case.currency)]
                        for one in case.arms
                        for what, money in one.arm.lines
                    ],
                    caption="Items of each arm",
                    numeric=(2,),
                )

    def _arm(self, one: Returns, currency: str) -> list[str]:
        prior = "" if one.arm.measured or one.arm.score is None else " (prior)"
        volume = one.break_even_requests
        if one.arm.key == "stay":  # compared with itself, it neither pays back nor breaks even
            costs = [amount(money, currency) for money in (one.arm.capex, one.tco, one.npv)]
            return [one.arm.title, figures.share(one.arm.score), *costs, *["–"] * 5]
        return [
            one.arm.title + (" – blocked" if one.arm.blocked_because else ""),
            figures.share(one.arm.score) + prior,
            amount(one.arm.capex, currency),
            amount(one.tco, currency),
            amount(one.npv, currency),
            "–" if one.irr_month is None else figures.share(one.irr_month, 2),
            "–" if one.roi is None else f"{100 * one.roi:+,.0f} %",
            _month(one.payback_month),
            _month(one.discounted_payback_month),
            "at no volume" if volume is None else f"{volume:,.0f} a month",
        ]

    def _tornado(self, case: Case) -> None:
        subject = self.page.subject
        if subject is None or not case.tornado:
            return
        with Card(
            f"What matters most for {subject.arm.title.lower()}",
            subtitle="Net present value when one assumption alone goes from its low to its high "
            "end; grey is low, blue is high.",
        ):
            bars = [
                RangeBar(
                    bar.title,
                    bar.low_npv,
                    bar.high_npv,
                    f"{amount(bar.low_npv, case.currency)} to "
                    f"{amount(bar.high_npv, case.currency)}",
                )
                for bar in case.tornado[:TORNADO_BARS]
            ]
            RangeBars(bars, middle=subject.npv, marker="case-tornado")

    def _risk(self, case: Case) -> None:
        drawn = case.simulation
        with Card(
            "When all assumptions move",
            subtitle=f"{drawn.draws:,} seeded draws of the net present value; losses are hatched.",
        ):
            if drawn.histogram:
                ends = (drawn.histogram[0][0], drawn.histogram[-1][0])
                ColumnsChart(
                    drawn.histogram,
                    label=f"Half of the draws lie below {amount(drawn.p50, case.currency)}; "
                    f"{figures.share(drawn.probability_of_loss)} are losses.",
                    ends=(amount(ends[0], case.currency), amount(ends[1], case.currency)),
                    marker="case-histogram",
                )
            DataTable(
                ["Assumptions move", "P10", "P50", "P90", "Probability of loss"],
                [
                    [
                        words,
                        amount(one.p10, case.currency),
                        amount(one.p50, case.currency),
                        amount(one.p90, case.currency),
                        figures.share(one.probability_of_loss),
                    ]
                    for words, one in (
                        ("each by itself", case.simulation),
                        ("the benefits together", case.correlated),
                    )
                ],
                caption="Percentiles of the net present value",
                numeric=(1, 2, 3, 4),
                marker="case-risk",
            )

    async def recalculate(self) -> None:
        """Reckons anew after something else changed, and draws."""
        if await done(self.page.load_case):
            self.draw_figures()


def _month(month: int | None) -> str:
    return "never" if month is None else f"month {month}"

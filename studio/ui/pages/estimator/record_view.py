"""The studio's own record: what it promised, what came of it, and what it learnt from that."""

from __future__ import annotations

from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.empty_state import EmptyState
from studio.ui.pages import figures
from studio.ui.pages.estimator.vm import EstimatorPage, estimate_words
from studio.ui.pages.estimator.words import family
from studio.ui.pages.loaded import Loaded

KINDS = {"memory_bytes": "Memory", "seconds": "Duration", "tokens": "Tokens", "usd": "Cost"}


class RecordView:
    """Errors by family above, single estimates below."""

    def __init__(self, page: EstimatorPage) -> None:
        self.page = page

    async def show(self) -> None:
        """Reads the record, then draws it."""
        await Loaded(self.page.load_record, self.draw, gap=16).show()

    def draw(self) -> None:
        """Both tables, or what is missing."""
        page = self.page
        if not page.estimates and not page.records:
            EmptyState(
                "Nothing was estimated yet",
                "Every fine-tune and every measured rung is estimated before it starts; here the "
                "estimates stand beside what came of them.",
                ("Fine-tune a model", "/fine-tune/new"),
                icon="history",
                marker="record-empty",
            )
            return
        if page.records:
            with Card(
                "How right the studio was",
                subtitle="The correction is applied to the next estimate of the same kind.",
            ):
                DataTable(
                    ["Figure", "Kind of work", "Runs", "Mean error", "Bias", "Within", "Next ×"],
                    [
                        [
                            KINDS[one.kind],
                            family(one.family),
                            figures.count(one.n),
                            figures.share(one.mape),
                            figures.points(one.bias),
                            figures.share(one.within, 0),
                            f"{one.factor:.2f}",
                        ]
                        for one in page.records
                    ],
                    caption="Errors of earlier estimates",
                    numeric=(2, 3, 4, 5, 6),
                    wordy=(1,),
                    marker="record-errors",
                )
        with Card("Estimates and actuals"):
            DataTable(
                ["Figure", "Kind of work", "Estimate", "Actual", "Rests on", "Made"],
                [
                    [
                        KINDS[one.kind],
                        family(one.family),
                        f"{estimate_words(one.kind, one.low)} to "
                        f"{estimate_words(one.kind, one.high)}"
                        if one.low != one.high
                        else estimate_words(one.kind, one.mid),
                        estimate_words(one.kind, one.actual)
                        if one.actual is not None
                        else "not yet",
                        one.basis,
                        figures.moment(one.created_at),
                    ]
                    for one in page.estimates
                ],
                caption="Every estimate of this project",
                numeric=(2, 3),
                wordy=(1, 4),
                marker="record-estimates",
            )

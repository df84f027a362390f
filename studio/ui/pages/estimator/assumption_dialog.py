"""One assumption in full: figure, range, where it comes from and who stands for it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from studio.domain.costing import Assumption
from studio.domain.errors import StudioError
from studio.ui.act import done
from studio.ui.kit.button import Button
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import number_field, text_field
from studio.ui.kit.layout import Columns
from studio.ui.pages.estimator.vm import EstimatorPage


class AssumptionDialog(Dialog):
    """`AssumptionDialog(page, assumption, kept).open()`; `kept` is called once it is kept."""

    def __init__(self, page: EstimatorPage, now: Assumption, kept: Callable[[], Any]) -> None:
        super().__init__(now.title, marker="assumption-dialog")
        self.page, self.now, self.kept = page, now, kept
        with self:
            with Columns(160, gap=12):
                self.figure = number_field(
                    "Best guess", value=now.value, suffix=now.unit, marker="assumption-value"
                )
                self.low = number_field(
                    "Low end",
                    value=now.low,
                    hint="One time in ten it is below that.",
                    marker="assumption-low",
                )
                self.high = number_field(
                    "High end",
                    value=now.high,
                    hint="One time in ten it is above that.",
                    marker="assumption-high",
                )
            self.source = text_field(
                "Where it comes from",
                value=now.source if now.edited else "",
                hint=f"So far: {now.source}. It stands in the report.",
                marker="assumption-source",
            )
            self.owner = text_field(
                "Who stands for it",
                value=now.owner,
                hint="Somebody at the client who can be asked.",
                marker="assumption-owner",
            )
        with self.actions:
            Button("Keep", self.keep, kind="primary", marker="assumption-keep")

    async def keep(self) -> None:
        """Keeps all of it, or says beside the figure why it cannot be."""
        if self.figure.value is None:
            self.figure.set_error("Put in a number, or close this window.")
            return
        state = partial(
            self.page.state,
            self.now.key,
            float(self.figure.value),
            low=self.low.value,
            high=self.high.value,
            source=self.source.value,
            owner=self.owner.value,
        )
        if await done(state, on_error=self._refused):
            self.close()
            self.kept()

    def _refused(self, error: StudioError) -> None:
        self.figure.set_error(str(error))

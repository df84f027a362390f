"""The form that measures models: which examples, which split, which models, how long an answer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.datasets import Split
from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.choice import Segments
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import number_field, select_field, switch_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.notices import notice
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.evaluate.vm import EvaluatePage
from studio.ui.pages.words import SPLITS

if TYPE_CHECKING:
    from studio.ui.shell import Shell


BEST_FIRST = (Split.TEST, Split.VALIDATION, Split.TRAIN)
"""The split to be trusted most comes first."""


class EvaluateForm:
    """Draws the form; every decision is the view model's."""

    def __init__(self, page: EvaluatePage, shell: Shell, started: Callable[[], Any]) -> None:
        self.page, self.shell, self.started = page, shell, started
        select_field(
            "Examples",
            options=page.versions,
            value=page.version_id,
            marker="evaluate-version",
            on_change=self.version_chosen,
            searchable=len(page.versions) > 12,
        )
        with Stack(4):
            Text("Split", "strong")
            Segments(
                "Split",
                {split: SPLITS[split].title for split in BEST_FIRST},
                value=page.split,
                on_change=self.split_chosen,
                marker="evaluate-split",
            )
            self.caution = Text("", "small", marker="evaluate-caution")
        with Stack(6):
            Text("Models", "strong")
            for model_id, name in page.models.items():
                switch_field(
                    name,
                    value=model_id in page.chosen,
                    hint=page.about(model_id),
                    marker=f"evaluate-model-{model_id}",
                    on_change=partial(self.model_chosen, model_id),
                )
        with Expander("Advanced", hint="Length of an answer"):
            self.length = number_field(
                "Longest answer (tokens)",
                value=page.max_new_tokens,
                min=1,
                max=32768,
                step=1,
                hint="Empty: room for the longest expected answer. Runs of other lengths are not "
                "compared with one another.",
                marker="evaluate-length",
                on_change=self.length_chosen,
            )
        self.button = Button("Measure", self.start, kind="primary", marker="evaluate-start")
        self.why_not = Text("", "small", marker="evaluate-why-not")
        self.check()

    def version_chosen(self, value: str | None) -> None:
        """Takes other examples."""
        self.page.version_id = value or ""
        self.check()

    def split_chosen(self, value: Split) -> None:
        """Takes another split."""
        self.page.split = value
        self.check()

    def model_chosen(self, model_id: str, value: bool) -> None:
        """Adds a model or takes it out."""
        self.page.toggle(model_id, value)
        self.check()

    def length_chosen(self, value: float | None) -> None:
        """Takes another length; an empty field leaves it to the data."""
        self.page.max_new_tokens = None if value is None else int(value)
        self.check()

    def check(self) -> None:
        """Says what the button will do, or why it cannot."""
        why_not = self.page.cannot_start
        self.button.set_text(self.page.primary_label)
        self.button.set_enabled(not why_not)
        self.why_not.set_text(why_not)
        self.caution.set_text(self.page.caution)

    async def start(self) -> None:
        """Starts one run for each model."""
        self.button.busy(True)
        runs = await act(self.page.start)
        self.button.busy(False)
        self.check()
        if runs is None:
            return
        self.shell.saved()
        notice(f"{figures.many(len(runs), 'evaluation')} started.", "good")
        await settle(self.started())

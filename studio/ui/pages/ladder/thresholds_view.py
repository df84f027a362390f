"""The rules' numbers on the screen: ours to change with undo, sourced ones to read."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.errors import StudioError
from studio.domain.thresholds import Threshold
from studio.ui.act import done
from studio.ui.kit.button import IconButton
from studio.ui.kit.card import Card
from studio.ui.kit.data_table import DataTable
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import Field, number_field
from studio.ui.kit.layout import Columns, Row
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.ladder.thresholds_vm import ThresholdsPage, hint, shown

if TYPE_CHECKING:
    from studio.ui.shell import Shell

QUIET = 0.6
"""Seconds without a keystroke after which a number is kept."""


class ThresholdsView:
    """Fields for our judgements, each with a way back to its default."""

    def __init__(self, page: ThresholdsPage, shell: Shell, changed: Callable[[], Any]) -> None:
        """`changed` is called when a number was kept, to show the verdict it leads to."""
        self.page, self.shell, self.changed = page, shell, changed
        self._fields: dict[str, Field[float | None]] = {}
        self._resets: dict[str, IconButton] = {}
        self._waiting: dict[str, float] = {}
        with Card(
            "The numbers behind the rules",
            subtitle="What no source states is our judgement, and yours to change where this "
            "client differs. Verdict and report name every number that was changed.",
            marker="thresholds",
        ):
            self._later = Debounce(QUIET, self.keep)
            self._ours = Expander(
                f"Our judgement ({len(page.ours)})",
                hint=page.told(),
                open=any(one.changed for one in page.ours),
                marker="thresholds-ours",
            )
            with self._ours, Columns(260, gap=20):
                for one in page.ours:
                    self._row(one)
            sourced = page.sourced()
            with Expander(f"From a source ({len(sourced)})", marker="thresholds-sourced"):
                DataTable(
                    ["What it means", "Number", "Source", "Rules"],
                    sourced,
                    caption="Thresholds that come from a source and stay as they are",
                    numeric=(1,),
                )

    def _row(self, one: Threshold) -> None:
        marker = one.name.replace("_", "-")
        with Row(4, wrap=False, align="start"):
            self._fields[one.name] = number_field(
                one.meaning.rstrip("."),
                value=shown(one),
                suffix="%" if one.share else "",
                hint=hint(one),
                min=0,
                marker=f"threshold-{marker}",
                on_change=partial(self.typed, one.name),
            )
            reset = IconButton(
                "settings_backup_restore",
                f"Back to {one.default_words}: {one.meaning}",
                partial(self.take_back, one.name),
                marker=f"threshold-reset-{marker}",
            )
            reset.set_visibility(one.changed)
            self._resets[one.name] = reset

    def typed(self, name: str, value: float | None) -> None:
        """Notes a new number; an empty field changes nothing."""
        if value is not None and value != shown(self.page.item(name)):
            self._waiting[name] = float(value)
            self._later.poke()

    async def keep(self) -> None:
        """Keeps what was typed and shows the verdict it leads to."""
        waiting, self._waiting = self._waiting, {}
        for name, value in waiting.items():
            before = self.page.item(name)
            if await done(self.page.change, name, value, on_error=partial(self._refused, name)):
                self._kept(name)
                undo_notice(
                    f"{before.meaning.rstrip('.')} changed.",
                    partial(self._put, name, shown(before)),
                )

    async def take_back(self, name: str) -> None:
        """Goes back to the default."""
        before = self.page.item(name)
        if await done(self.page.reset, name, on_error=partial(self._refused, name)):
            self._kept(name)
            undo_notice(
                f"{before.meaning.rstrip('.')} is {before.default_words} again.",
                partial(self._put, name, shown(before)),
            )

    async def _put(self, name: str, value: float) -> None:
        if await done(self.page.change, name, value):
            self._kept(name)

    def _kept(self, name: str) -> None:
        now = self.page.item(name)
        field = self._fields[name]
        field.set_error(None)
        field.value = shown(now)
        field.set_hint(hint(now))
        self._resets[name].set_visibility(now.changed)
        self._ours.set_hint(self.page.told())
        self.shell.saved()
        self.changed()

    def _refused(self, name: str, error: StudioError) -> None:
        self._fields[name].set_error(str(error))

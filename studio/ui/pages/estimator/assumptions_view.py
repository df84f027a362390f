"""Every assumption of the case with its source; a changed figure is kept and reckoned at once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from studio.domain.costing import Assumption
from studio.domain.errors import StudioError
from studio.ui.act import done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import Field, number_field
from studio.ui.kit.layout import Row, Stack
from studio.ui.kit.undo import undo_notice
from studio.ui.pages.estimator.assumption_dialog import AssumptionDialog
from studio.ui.pages.estimator.vm import EstimatorPage, groups

if TYPE_CHECKING:
    from studio.ui.shell import Shell

QUIET = 0.6
"""Seconds without a keystroke after which a figure is kept."""


class AssumptionsView:
    """Fields in groups; what the user changed carries a button that takes it back."""

    def __init__(self, page: EstimatorPage, shell: Shell, changed: Callable[[], Any]) -> None:
        self.page, self.shell, self.changed = page, shell, changed
        self._fields: dict[str, Field[float | None]] = {}
        self._resets: dict[str, Button] = {}
        self._waiting: dict[str, float] = {}
        with Card(
            "Assumptions",
            subtitle="Change any of them: the case follows. The range drives tornado and risk.",
            marker="assumptions",
        ) as self.place:
            self._later = Debounce(QUIET, self.keep)
            for title, members in groups(page.case.assumptions if page.case else ()).items():
                edited = any(one.edited for one in members)
                with Expander(f"{title} ({len(members)})", open=edited), Stack(10):
                    for one in members:
                        self._row(one)

    def _row(self, one: Assumption) -> None:
        with Row(12, align="start"):
            self._fields[one.key] = number_field(
                one.title,
                value=one.value,
                suffix=one.unit,
                hint=_hint(one),
                marker=f"assume-{one.key}",
                on_change=partial(self.typed, one.key),
            )
            Button(
                "Range and source",
                partial(self.edit, one.key),
                kind="quiet",
                marker=f"assume-more-{one.key}",
            )
            reset = Button(
                "Take back",
                partial(self.take_back, one.key),
                kind="quiet",
                marker=f"unassume-{one.key}",
            )
            reset.set_visibility(one.edited)
            self._resets[one.key] = reset

    def typed(self, key: str, value: float | None) -> None:
        """Notes a new figure; an empty field changes nothing."""
        if value is not None and value != self._known(key).value:
            self._waiting[key] = float(value)
            self._later.poke()

    async def keep(self) -> None:
        """Keeps what was typed and reckons anew."""
        waiting, self._waiting = self._waiting, {}
        for key, value in waiting.items():
            before = self._known(key)
            refused = partial(self._refused, key)
            kept = await done(self.page.assume, key, value, on_error=refused)
            if kept:
                self._fields[key].set_error(None)
                self._show(key)
                self.shell.saved()
                undo_notice(f"{before.title} changed.", partial(self._undo, before))
        self.changed()

    def edit(self, key: str) -> None:
        """Asks for everything that can be said of an assumption."""
        before = self._known(key)
        with self.place:
            AssumptionDialog(self.page, before, partial(self._stated, before)).open()

    def _stated(self, before: Assumption) -> None:
        self._show(before.key)
        self.shell.saved()
        undo_notice(f"{before.title} changed.", partial(self._undo, before))
        self.changed()

    async def take_back(self, key: str) -> None:
        """Goes back to the figure the studio had."""
        if await done(self.page.unassume, key):
            self._show(key)
            self.shell.saved()
            self.changed()

    async def _undo(self, before: Assumption) -> None:
        if await done(self.page.restore, before):
            self._show(before.key)
            self.shell.saved()
            self.changed()

    def _refused(self, key: str, error: StudioError) -> None:
        self._fields[key].set_error(str(error))

    def _known(self, key: str) -> Assumption:
        return self.page.assumption(key)

    def _show(self, key: str) -> None:
        now = self._known(key)
        self._fields[key].value = now.value
        self._fields[key].set_hint(_hint(now))
        self._resets[key].set_visibility(now.edited)


def _hint(one: Assumption) -> str:
    when = f", {one.at}" if one.at else ""
    span = f" Range {one.low:,.6g} to {one.high:,.6g}." if one.low != one.high else ""
    owner = f" {one.owner} stands for it." if one.owner else ""
    return f"{one.source}{when}.{span}{owner}"

"""The form that brings another model to a deployment: in shadow, on trial, or at once."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from studio.domain.deployments import Slot
from studio.ui.act import done, slow
from studio.ui.kit.button import Button
from studio.ui.kit.choice import Choice, ChoiceCards
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import number_field, select_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.text import Text
from studio.ui.pages.deployments.deploy_vm import Deploying

WAYS = [
    Choice(value=Slot.SHADOW, title="In shadow", text="Answers copies; nobody sees them."),
    Choice(value=Slot.CANDIDATE, title="On trial", text="Answers a share of the sessions."),
    Choice(value=Slot.CHAMPION, title="At once", text="Answers everybody from now on."),
]
SHARE = 5


class BringDialog:
    """`open` reads what there is, then asks."""

    def __init__(
        self, form: Deploying, deployment_id: str, changed: Callable[[], Awaitable[None]]
    ) -> None:
        self.form, self.deployment_id, self.changed = form, deployment_id, changed
        with Dialog("Try another model", marker="bring-dialog") as self.dialog:
            self.body = Stack(12)
        with self.dialog.actions:
            Button("Cancel", self.dialog.close, kind="quiet")
            self.button = Button("Go", self.go, kind="primary", marker="bring-go")

    async def open(self) -> None:
        """Opens the form with what can answer now."""
        await done(self.form.load)
        self.body.clear()
        self.button.set_enabled(bool(self.form.options))
        with self.body:
            if self.form.options:
                self.draw()
            else:
                Callout("There is no other model yet.", "warning")
        self.dialog.open()

    def draw(self) -> None:
        """The fields."""
        form = self.form
        select_field(
            "What answers",
            options=form.options,
            value=form.what,
            marker="bring-what",
            on_change=self.choose,
            searchable=True,
        )
        self.told = Text(form.told(), "small")
        self.way = ChoiceCards("How", WAYS, value=Slot.SHADOW, marker="bring-way")
        self.share = number_field(
            "Share of the sessions on trial",
            value=SHARE,
            min=1,
            max=100,
            suffix="%",
            marker="bring-share",
        )
        Text("Nothing of this passes the gate; you decide by what you see.", "small")

    def choose(self, what: Any) -> None:
        """Another thing was chosen."""
        self.form.what = str(what or "")
        self.told.set_text(self.form.told())

    async def go(self) -> None:
        """Brings it."""
        slot, share = self.way.value, (self.share.value or SHARE) / 100
        self.button.busy(True)
        went_well = await slow(self.form.bring, self.deployment_id, slot, share)
        self.button.busy(False)
        if went_well:
            self.dialog.close()
            notice(self.form.outcome, "good")
            await self.changed()

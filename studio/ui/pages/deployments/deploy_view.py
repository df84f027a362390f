"""The form that deploys a model or a measured rung under a name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.ui.act import act
from studio.ui.kit.button import Button
from studio.ui.kit.dialog import Dialog
from studio.ui.kit.fields import select_field, switch_field, text_field, textarea_field
from studio.ui.kit.layout import Stack
from studio.ui.kit.notices import Callout, error_notice
from studio.ui.kit.settle import settle
from studio.ui.kit.text import Text
from studio.ui.pages.deployments.deploy_vm import Deploying

LEARNT = (
    "People who use it must have agreed. Nothing is learnt before a reviewer has approved it. "
    "You can change this later."
)


class DeployDialog:
    """`open` reads what there is, then asks."""

    def __init__(self, form: Deploying, made: Callable[[str], Any]) -> None:
        self.form, self.made = form, made
        with Dialog("Deploy a model", marker="deploy-dialog") as self.dialog:
            self.body = Stack(12)
        with self.dialog.actions:
            Button("Cancel", self.dialog.close, kind="quiet")
            self.button = Button("Deploy it", self.go, kind="primary", marker="deploy-go")

    async def open(self) -> None:
        """Opens the form with what can be deployed now."""
        form = self.form
        await act(form.load)
        form.name = form.name or form.proposed()
        self.body.clear()
        self.button.set_enabled(bool(form.options))
        with self.body:
            self.draw() if form.options else Callout(
                "There is no model yet. Get a base model first, on the page Models.", "warning"
            )
        self.dialog.open()

    def draw(self) -> None:
        """The fields."""
        form = self.form
        self.what = select_field(
            "What answers",
            options=form.options,
            value=form.what,
            marker="deploy-what",
            on_change=self.choose,
            searchable=True,
        )
        self.told = Text(form.told(), "small", marker="deploy-told")
        self.name = text_field(
            "Name",
            value=form.name,
            hint="What programs call: the word they write for “model”. It never changes.",
            marker="deploy-name",
            on_enter=self.go,
        )
        self.description = textarea_field(
            "What it is for", value=form.description, marker="deploy-description", rows=2
        )
        self.learn = switch_field(
            "Feedback may be learnt from", value=form.may_train, hint=LEARNT, marker="deploy-learn"
        )

    def choose(self, what: Any) -> None:
        """Another thing was chosen."""
        self.form.name = self.name.value or ""
        self.form.choose(str(what or ""))
        self.name.value = self.form.name
        self.told.set_text(self.form.told())

    async def go(self) -> None:
        """Deploys, or says what is missing."""
        form = self.form
        form.name = (self.name.value or "").strip()
        form.description, form.may_train = self.description.value or "", bool(self.learn.value)
        wrong = form.wrong_name()
        self.name.set_error(wrong)
        if wrong:
            self.name.focus()
            return
        self.button.busy(True)
        made = await act(form.go, on_error=error_notice)
        self.button.busy(False)
        if made is not None:
            self.dialog.close()
            await settle(self.made(made.name))

"""What leaves this machine: files, host, personal data that was seen, and the word for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from studio.domain.training import Disclosure
from studio.ui.kit.expander import Expander
from studio.ui.kit.fields import check_field
from studio.ui.kit.heading import Heading
from studio.ui.kit.layout import Stack
from studio.ui.kit.notices import Callout
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.fine_tune import consent_vm as vm
from studio.ui.pages.fine_tune.vm import FineTuneForm

NOTHING = "Nothing leaves this machine."


class ConsentView(Stack):
    """The same place for every run: `Nothing leaves this machine`, or what does."""

    def __init__(self, form: FineTuneForm, agreed: Callable[[bool], Any]) -> None:
        super().__init__(8, marker="plan-privacy")
        self.form, self._agreed = form, agreed

    def show(self) -> None:
        """Draws what the plan says; without a plan there is nothing to agree to."""
        self.clear()
        plan = self.form.plan
        if plan is None:
            return
        with self:
            Heading("Privacy", level=3)
            if plan.disclosure is None:
                Text(NOTHING, "small", marker="privacy-nothing")
            else:
                self._draw(plan.disclosure)

    def _draw(self, sent: Disclosure) -> None:
        Text(f"{vm.heading(sent)}.", marker="privacy-sent")
        with Expander(f"Show the {figures.many(len(sent.files), 'file')}"), Stack(2):
            for line in vm.files(sent):
                Text(line, "small")
        for one in vm.findings(sent):
            told = Callout(one.rows, "warning", title=one.title, marker="privacy-found")
            with told.words, Expander("Show them", marker="privacy-rows"), Stack(2):
                Text(f"Such as {one.excerpts}", "small")
                for row in self.form.examples(one.example_ids):
                    Text(row, "small")
        Text(vm.scan(sent), "small", marker="privacy-scan")
        check_field(
            vm.agreement(sent),
            value=self.form.agreed == sent.fingerprint,
            marker="privacy-agree",
            on_change=self._agreed,
        )

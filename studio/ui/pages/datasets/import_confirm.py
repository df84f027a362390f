"""The last step of the import: name it, agree to what is left out, keep the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from studio.domain.datasets import DatasetVersion
from studio.domain.errors import Conflict, StudioError
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.fields import switch_field, text_field
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.long_task import LongTask, Progress
from studio.ui.kit.notices import Callout, notice
from studio.ui.kit.stat import Stat
from studio.ui.kit.text import Text
from studio.ui.pages import figures
from studio.ui.pages.datasets.parts import draw_refused
from studio.ui.pages.datasets.vm import file_stem
from studio.ui.pages.datasets.wizard_vm import ImportWizard

if TYPE_CHECKING:
    from studio.ui.shell import Shell


class ConfirmView:
    """Draws the step; the button says what it will do."""

    def __init__(
        self,
        wizard: ImportWizard,
        shell: Shell,
        *,
        back: Callable[[], Any],
        changed: Callable[[], Any],
        forget: Callable[[], Any],
    ) -> None:
        self.wizard, self.shell = wizard, shell
        self.back, self.changed, self.forget = back, changed, forget
        self.creating = False

    def draw(self) -> None:
        """The form, and the list of what is left out."""
        wizard, preview = self.wizard, self.wizard.preview
        with Card("Keep it as"):
            self.name = text_field(
                "Name of the dataset",
                value=wizard.name,
                hint=wizard.outcome,
                marker="import-name",
                on_change=self.named,
            )
            with Columns(160):
                Stat("Examples", figures.count(preview.n_examples if preview else 0))
                Stat("Left out", figures.count(wizard.n_refused))
            if wizard.n_refused:
                Callout(
                    "These rows cannot become examples. Mend the file and choose it again, "
                    "or leave them out.",
                    "warning",
                    title=f"{figures.many(wizard.n_refused, 'row')} refused",
                )
                switch_field(
                    wizard.agreement,
                    value=wizard.agreed,
                    marker="import-agree",
                    on_change=self.agreed,
                )
            switch_field(
                "For testing only",
                value=wizard.held_out,
                hint="Every example goes into the test split; no model is trained on this file.",
                marker="import-held-out",
                on_change=self.kept_for_testing,
            )
            self.working = Stack(8)
            with Row(8):
                Button("Back", self.back, marker="import-back")
                self.create_button = Button(
                    wizard.primary_label, self.create, kind="primary", marker="import-create"
                )
                self.why_not = Text("", "muted", marker="import-why-not")
        if preview is not None and preview.refused:
            with Card("Refused rows"):
                draw_refused(preview.refused, file_stem(wizard.name))
        self.check()

    def named(self, value: str) -> None:
        """Takes another name."""
        self.wizard.name = value or ""
        self.changed()
        self.name.set_hint(self.wizard.outcome if self.wizard.name.strip() else "")
        self.check()

    def kept_for_testing(self, value: bool) -> None:
        """Takes the user's word that the file is for testing only."""
        self.wizard.held_out = value
        self.changed()

    def agreed(self, value: bool) -> None:
        """Takes the user's word on the refused rows."""
        self.wizard.agreed = value
        self.check()

    def check(self) -> None:
        """Lets the last button be pressed, or says why not."""
        why_not = self.wizard.cannot_import
        self.create_button.set_enabled(not why_not)
        self.why_not.set_text(why_not)

    def create(self) -> None:
        """Keeps the examples, then opens the new version; a second press changes nothing."""
        if self.creating:
            return
        self.creating = True
        self.create_button.busy(True)
        with self.working:
            LongTask(
                "Importing",
                lambda progress, cancelled: self.wizard.create(counted(progress, cancelled)),
                on_done=self.created,
                on_error=self.refused,
                on_cancelled=self.stopped,
                marker="import-creating",
            )

    def created(self, version: DatasetVersion) -> None:
        """Shows what was made."""
        self.forget()
        self.shell.saved()
        notice(f"{figures.many(version.n_examples, 'example')} imported.", "good")
        self.shell.go(f"/datasets/{version.id}")

    def stopped(self) -> None:
        """Lets the button be pressed again."""
        self.creating = False
        self.create_button.busy(False)
        self.check()

    def refused(self, error: StudioError) -> None:
        """Says why nothing was kept; the form stays as it is."""
        self.stopped()
        self.working.clear()
        with self.working:
            ErrorPanel(error, marker="import-problem")


def counted(progress: Progress, cancelled: Callable[[], bool]) -> Callable[[int], None]:
    """Turns rows read into words; nobody knows how many there will be. Cancel ends the reading."""

    def told(n_rows: int) -> None:
        if cancelled():
            raise Conflict("You stopped the reading of this file.", hint="Nothing was kept.")
        progress(f"{figures.many(n_rows, 'row')} read", None)

    return told

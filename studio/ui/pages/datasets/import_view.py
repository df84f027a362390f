"""The import in three steps: file, what was found, confirm."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from nicegui import app

from studio.domain.datasets import DataFormat
from studio.ui.act import done
from studio.ui.kit.button import Button
from studio.ui.kit.card import Card
from studio.ui.kit.debounce import Debounce
from studio.ui.kit.dock import Dock
from studio.ui.kit.error_panel import ErrorPanel
from studio.ui.kit.fields import Field, select_field, textarea_field
from studio.ui.kit.file_drop import FileDrop, UploadedFile
from studio.ui.kit.layout import Columns, Row, Stack
from studio.ui.kit.long_task import LongTask
from studio.ui.kit.notices import notice
from studio.ui.kit.page_header import PageHeader
from studio.ui.kit.settle import settle
from studio.ui.kit.steps import Steps
from studio.ui.kit.text import Text
from studio.ui.pages.datasets.import_confirm import ConfirmView, counted
from studio.ui.pages.datasets.import_found import draw_found
from studio.ui.pages.datasets.vm import file_stem
from studio.ui.pages.datasets.wizard_vm import ImportWizard, Step
from studio.ui.pages.words import FORMATS

if TYPE_CHECKING:
    from studio.ui.shell import Shell

TITLES = {Step.FILE: "Choose a file", Step.CHECK: "What we found", Step.CONFIRM: "Confirm"}
ACCEPT = ".jsonl,.json,.csv,.tsv,.parquet,.gz"
PARTS = (
    ("prompt", "Question", "What the user says or asks."),
    ("answer", "Answer", "What the model should reply."),
    ("system", "Instructions (optional)", "Instructions of its own for each row."),
    ("context", "Extra material (optional)", "Put after the question."),
)


class ImportView:
    """Draws the wizard; every decision is the view model's."""

    def __init__(self, wizard: ImportWizard, shell: Shell, leave: Callable[[], Any]) -> None:
        self.wizard, self.shell, self.leave = wizard, shell, leave
        self.columns: dict[str, Field[Any]] = {}
        self._draft = f"draft import {shell.project_id}"

    async def show(self) -> None:
        """Draws the frame and the step that the wizard is at."""
        with PageHeader("Import a file", "Nothing is kept before the last step."):
            Button("Cancel", self.cancel, kind="quiet", marker="import-cancel")
        self.steps = Steps(list(TITLES.values()), 0)
        self.body = Stack(16, grow=True)
        await done(self.wizard.load)
        if self.wizard.restore(app.storage.user.get(self._draft, {})):
            self.take_up()
        else:
            self.draw()

    def take_up(self) -> None:
        """Looks into the file of an import that was begun before."""
        notice("This is the import you had begun. Cancel starts over.")
        with self.body:
            LongTask(
                f"Reading {self.wizard.filename}",
                lambda progress, cancelled: self.wizard.look(counted(progress, cancelled)),
                on_done=lambda _: self.draw(),
                marker="import-reading",
            )

    async def cancel(self) -> None:
        """Forgets the import and leaves."""
        app.storage.user.pop(self._draft, None)
        await settle(self.leave())

    def keep(self) -> None:
        """Keeps the answers given so far for a reload."""
        app.storage.user[self._draft] = self.wizard.draft()

    def draw(self) -> None:
        """Draws the present step."""
        self.keep()
        self.steps.show(list(Step).index(self.wizard.step))
        self.body.clear()
        draw = {
            Step.FILE: self.draw_file,
            Step.CHECK: self.draw_check,
            Step.CONFIRM: self.draw_confirm,
        }
        with self.body:
            draw[self.wizard.step]()

    def go(self, step: Step) -> None:
        """Moves to a step; answers given before are kept."""
        self.wizard.step = step
        self.draw()

    def draw_file(self) -> None:
        """Step one."""
        FileDrop(
            self.chosen,
            accept=ACCEPT,
            hint="CSV, TSV, JSON, JSONL or Parquet, also compressed as .gz",
        )
        self.looking = Stack(8)
        if self.wizard.problem is not None:
            ErrorPanel(self.wizard.problem, marker="import-problem")
        with Card("What the rows may look like"), Columns(260):
            for words in FORMATS.values():
                with Stack(2):
                    Text(words.title, "strong")
                    Text(words.sentence, "small")

    def chosen(self, file: UploadedFile) -> None:
        """Looks into a file that has just arrived."""
        with self.looking:
            LongTask(
                f"Reading {file.filename}",
                lambda progress, cancelled: self.wizard.take(
                    file.id, file.filename, counted(progress, cancelled)
                ),
                on_done=lambda _: self.draw(),
                marker="import-reading",
            )

    def draw_check(self) -> None:
        """Step two: form on the left, what it leads to below."""
        self.relook = Debounce(0.5, self.look)
        with Card(self.wizard.filename, subtitle="Check the guess and change it where needed."):
            with Columns(260):
                self.format = select_field(
                    "How the rows are written",
                    options={kind: words.title for kind, words in FORMATS.items()},
                    value=self.wizard.shown_format,
                    hint="",
                    marker="import-format",
                    on_change=self.format_chosen,
                )
                self.system = textarea_field(
                    "Instructions for every example (optional)",
                    value=self.wizard.system_prompt,
                    hint="Put before each example that has none of its own.",
                    marker="import-system",
                    on_change=self.system_written,
                    rows=2,
                )
            self.mapping = Stack(8)
        self.draw_mapping()
        self.looking = Stack(8)
        self.found = Stack(16)
        self.draw_result()

    def draw_mapping(self) -> None:
        """The column form; only tables have one."""
        self.mapping.clear()
        self.columns = {}
        wizard = self.wizard
        words = FORMATS[wizard.shown_format] if wizard.shown_format else None
        self.format.set_hint(words.sentence if words else "")
        if wizard.shown_format is not DataFormat.COLUMNS or wizard.preview is None:
            return
        names = {name: name for name in wizard.preview.columns}
        with self.mapping, Columns(220):
            for part, label, hint in PARTS:
                optional = part in ("system", "context")
                self.columns[part] = select_field(
                    label,
                    options={"": "none", **names} if optional else names,
                    value=getattr(wizard.shown_mapping, part, None) or ("" if optional else None),
                    hint=hint,
                    marker=f"import-column-{part}",
                    on_change=partial(self.column_chosen, part),
                    searchable=len(names) > 12,
                )

    def draw_result(self) -> None:
        """What the choices lead to, with the way on."""
        self.found.clear()
        wizard = self.wizard
        with self.found:
            if wizard.problem is not None:
                ErrorPanel(wizard.problem, marker="import-problem")
            elif wizard.preview is not None and not wizard.mapping_problem:
                draw_found(wizard.preview, file_stem(wizard.name))
            why_not = wizard.cannot_go_on
            with Dock(), Card(), Row(8):
                Button("Back", lambda: self.go(Step.FILE), marker="import-back")
                Button(
                    "Continue",
                    lambda: self.go(Step.CONFIRM),
                    kind="primary",
                    marker="import-continue",
                ).set_enabled(not why_not)
                Text(why_not, "muted", marker="import-why-not")
        answer = self.columns.get("answer")
        if answer is not None:
            answer.set_error(wizard.mapping_problem or None)

    def format_chosen(self, value: DataFormat) -> None:
        """Takes another format."""
        self.wizard.choose_format(value)
        self.keep()
        self.draw_mapping()
        self.relook.poke()

    def column_chosen(self, part: str, value: str | None) -> None:
        """Takes another column."""
        self.wizard.choose_column(part, value)
        self.keep()
        self.relook.poke()

    def system_written(self, value: str) -> None:
        """Takes other instructions."""
        self.wizard.system_prompt = value or ""
        self.keep()
        self.relook.poke()

    def look(self) -> None:
        """Looks into the file again, in a thread of its own: a large file takes a while."""
        self.looking.clear()
        with self.looking:
            LongTask(
                f"Reading {self.wizard.filename}",
                lambda progress, cancelled: self.wizard.look(counted(progress, cancelled)),
                on_done=lambda _: self.looked(),
                marker="import-reading",
            )

    def looked(self) -> None:
        """Draws the new picture."""
        if self.wizard.step is Step.CHECK:
            if not self.columns and self.wizard.shown_format is DataFormat.COLUMNS:
                self.draw_mapping()
            self.draw_result()

    def draw_confirm(self) -> None:
        """Step three."""
        ConfirmView(
            self.wizard,
            self.shell,
            back=lambda: self.go(Step.CHECK),
            changed=self.keep,
            forget=lambda: app.storage.user.pop(self._draft, None),
        ).draw()

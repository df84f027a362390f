"""The import in three steps: choose a file, look at what was found, confirm what is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from studio.domain.datasets import (
    ColumnMapping,
    DataFormat,
    DatasetVersion,
    Preview,
)
from studio.domain.errors import InvalidInput, StudioError
from studio.ui.pages import figures
from studio.ui.pages.datasets.vm import DatasetList

if TYPE_CHECKING:
    from studio.services.container import Services

Told = Callable[[int], None]
"""Called now and then with the number of rows read so far."""

SUFFIXES = (".jsonl", ".json", ".csv", ".tsv", ".parquet", ".gz")


class Step(StrEnum):
    """Where the user is."""

    FILE = "file"
    CHECK = "check"
    CONFIRM = "confirm"


@dataclass(kw_only=True)
class ImportWizard:
    """One import under way; nothing is kept before `create`."""

    services: Services
    project_id: str
    step: Step = Step.FILE
    source_id: str = ""
    filename: str = ""
    preview: Preview | None = None
    format: DataFormat | None = None
    """Chosen by the user; None follows the guess."""
    mapping: ColumnMapping | None = None
    """Chosen by the user; None follows the guess."""
    system_prompt: str = ""
    name: str = ""
    held_out: bool = False
    """Every example is for testing; nothing of the file may be trained on."""
    agreed: bool = False
    """The user said that the refused rows may be left out."""
    problem: StudioError | None = None
    """Why the last look into the file failed; the picture on the screen is then out of date."""
    existing: dict[str, int] = field(default_factory=dict)
    """Names already in use with the number of their newest version."""

    def load(self) -> None:
        """Reads which dataset names exist, so that the form can say what a name will do."""
        datasets = DatasetList(services=self.services, project_id=self.project_id)
        datasets.load()
        self.existing = {
            name: row.newest.number if row.newest else 0 for name, row in datasets.names().items()
        }

    def take(self, source_id: str, filename: str, told: Told | None = None) -> None:
        """Takes a staged file and looks into it; one that cannot be read leaves `problem`."""
        self.source_id, self.filename = source_id, filename
        self.preview = self.format = self.mapping = self.problem = None
        self.name = self.name or stem(filename)
        self.look(told)
        if self.preview is not None:
            self.step = Step.CHECK

    def look(self, told: Told | None = None) -> None:
        """Looks into the file with the choices made so far; a failure leaves `problem`."""
        if not self.source_id or self.mapping_problem:
            return
        self.agreed = False
        try:
            self.preview = self.services.datasets.preview(
                self.source_id,
                format=self.format,
                mapping=self.mapping,
                system_prompt=self.system_prompt.strip(),
                progress=told,
            )
        except StudioError as error:
            self.problem = error
            if self.preview is None:
                self.step = Step.FILE
        else:
            self.problem = None

    def draft(self) -> dict[str, Any]:
        """What to keep for a reload, as plain values."""
        return {
            "source_id": self.source_id,
            "filename": self.filename,
            "step": self.step,
            "format": self.format,
            "mapping": self.mapping.model_dump() if self.mapping else None,
            "system_prompt": self.system_prompt,
            "name": self.name,
            "held_out": self.held_out,
        }

    def restore(self, draft: dict[str, Any]) -> bool:
        """Takes up a kept draft; False when there is nothing in it. `look` comes next."""
        if not draft.get("source_id"):
            return False
        self.source_id, self.filename = str(draft["source_id"]), str(draft.get("filename", ""))
        self.step = Step(draft["step"]) if draft.get("step") in set(Step) else Step.CHECK
        self.format = DataFormat(draft["format"]) if draft.get("format") else None
        kept = draft.get("mapping")
        self.mapping = ColumnMapping.model_validate(kept) if kept else None
        self.system_prompt, self.name = (
            str(draft.get("system_prompt", "")),
            str(draft.get("name", "")),
        )
        self.held_out = bool(draft.get("held_out"))
        return True

    def choose_format(self, chosen: DataFormat) -> None:
        """Sets the format; a mapping belongs to tables only."""
        self.format = chosen
        if chosen is not DataFormat.COLUMNS:
            self.mapping = None

    def choose_column(self, part: str, column: str | None) -> None:
        """Sets which column plays a part: `prompt`, `answer`, `system` or `context`."""
        now = self.shown_mapping
        parts: dict[str, str | None] = {"prompt": "", "answer": ""}
        parts |= now.model_dump() if now is not None else {}
        parts[part] = column or (None if part in ("system", "context") else "")
        self.format = DataFormat.COLUMNS
        self.mapping = ColumnMapping.model_validate(parts)

    @property
    def shown_format(self) -> DataFormat | None:
        """The format in force: chosen or guessed."""
        return self.format or (None if self.preview is None else self.preview.format)

    @property
    def shown_mapping(self) -> ColumnMapping | None:
        """The mapping in force: chosen or guessed."""
        return self.mapping or (self.preview.mapping if self.preview else None)

    @property
    def mapping_problem(self) -> str:
        """What is wrong with the mapping, empty when nothing is."""
        if self.preview is None or self.shown_format is not DataFormat.COLUMNS:
            return ""
        mapping = self.shown_mapping
        if mapping is None or not mapping.prompt or not mapping.answer:
            return "Choose the column with the question and the column with the answer."
        if mapping.prompt == mapping.answer:
            return "Question and answer cannot be the same column."
        return ""

    @property
    def cannot_go_on(self) -> str:
        """Why the second step is not finished, empty when it is."""
        if self.preview is None:
            return "Choose a file first."
        if self.mapping_problem:
            return self.mapping_problem
        if self.problem is not None:
            return self.problem.message
        if self.preview.n_examples == 0:
            return "No row of this file can become an example. The list below says why."
        return ""

    @property
    def cannot_import(self) -> str:
        """Why the last step cannot be taken, empty when it can."""
        if self.cannot_go_on:
            return self.cannot_go_on
        if not self.name.strip():
            return "Give the dataset a name."
        if self.n_refused and not self.agreed:
            return (
                f"Say that {figures.many(self.n_refused, 'row')} may be left out, or mend the file."
            )
        return ""

    @property
    def n_refused(self) -> int:
        """Rows of the file that will not become examples."""
        return len(self.preview.refused) if self.preview else 0

    @property
    def agreement(self) -> str:
        """What the checkbox of the last step says."""
        return f"Leave out {figures.many(self.n_refused, 'row')} listed below"

    @property
    def primary_label(self) -> str:
        """What the last button will do."""
        kept = self.preview.n_examples if self.preview else 0
        return f"Import {figures.many(kept, 'example')}"

    @property
    def outcome(self) -> str:
        """What the name means: a new dataset or the next version of one."""
        newest = self.existing.get(" ".join(self.name.split()))
        if newest is None:
            return "Makes a new dataset, version 1."
        return f"“{self.name.strip()}” exists: this becomes its version {newest + 1}."

    def create(self, told: Told | None = None) -> DatasetVersion:
        """Keeps what was shown; the refused rows are left out because the user said so."""
        if self.cannot_import:
            raise InvalidInput(self.cannot_import)
        if self.preview is None:
            raise InvalidInput("Choose a file first.")
        return self.services.datasets.create(
            self.source_id,
            project_id=self.project_id,
            name=self.name.strip(),
            format=self.preview.format,
            mapping=self.shown_mapping if self.preview.format is DataFormat.COLUMNS else None,
            system_prompt=self.system_prompt.strip(),
            accept_refused=self.agreed,
            held_out=self.held_out,
            progress=told,
        )


def stem(filename: str) -> str:
    """A dataset name from a file name: its last part without the suffixes the studio knows."""
    name = filename.replace("\\", "/").rpartition("/")[2]
    changed = True
    while changed:
        changed = False
        for suffix in SUFFIXES:
            if name.lower().endswith(suffix) and len(name) > len(suffix):
                name, changed = name[: -len(suffix)], True
    return name.replace("_", " ").strip()[:80] or "Dataset"

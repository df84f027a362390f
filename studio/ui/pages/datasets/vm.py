"""What the list of datasets shows: every dataset with its versions, and one version in full."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.datasets import Balance, Dataset, DatasetVersion, RefusedRow, Split
from studio.services.dataset_files import harmless
from studio.ui.pages import figures
from studio.ui.pages.words import FORMATS, SPLITS

if TYPE_CHECKING:
    from studio.services.container import Services


@dataclass(frozen=True, kw_only=True)
class DatasetRow:
    """One dataset with its versions, newest first."""

    dataset: Dataset
    versions: tuple[DatasetVersion, ...]

    @property
    def newest(self) -> DatasetVersion | None:
        """The version that people mean when they name the dataset."""
        return self.versions[0] if self.versions else None


@dataclass(kw_only=True)
class DatasetList:
    """Every dataset of a project."""

    services: Services
    project_id: str
    rows: tuple[DatasetRow, ...] = ()

    def load(self) -> None:
        """Reads the datasets and their versions anew, most recently changed first."""
        rows = [
            DatasetRow(
                dataset=dataset,
                versions=tuple(
                    sorted(
                        self.services.datasets.versions(dataset.id),
                        key=lambda v: v.number,
                        reverse=True,
                    )
                ),
            )
            for dataset in self.services.datasets.all(self.project_id)
        ]
        rows.sort(
            key=lambda row: (row.newest or row.dataset).created_at,
            reverse=True,
        )
        self.rows = tuple(rows)

    def names(self) -> dict[str, DatasetRow]:
        """Datasets by name."""
        return {row.dataset.name: row for row in self.rows}


@dataclass(kw_only=True)
class VersionPage:
    """One version: its figures, its balance, what was refused, and its siblings."""

    services: Services
    version_id: str
    version: DatasetVersion | None = None
    dataset: Dataset | None = None
    siblings: tuple[DatasetVersion, ...] = ()
    balance: Balance = field(default_factory=lambda: Balance(closed=False))
    refused: tuple[RefusedRow, ...] = ()

    def load(self) -> None:
        """Reads the version; raises NotFound when there is none under this id."""
        datasets = self.services.datasets
        self.version = datasets.version(self.version_id)
        self.dataset = datasets.get(self.version.dataset_id)
        self.siblings = tuple(
            sorted(datasets.versions(self.dataset.id), key=lambda v: v.number, reverse=True)
        )
        self.balance = datasets.balance(self.version_id)
        self.refused = tuple(datasets.refused(self.version_id))

    @property
    def title(self) -> str:
        """Name and number, such as `Support tickets, version 2`."""
        if self.version is None or self.dataset is None:
            return "Dataset"
        return f"{self.dataset.name}, version {self.version.number}"

    def facts(self) -> list[tuple[str, str]]:
        """Where the version comes from, as label and value."""
        version = self.version
        if version is None:
            return []
        facts = [
            ("Examples", figures.count(version.n_examples)),
            ("Left out", figures.many(version.n_refused, "row")),
            ("File", version.source_filename),
            ("Format", FORMATS[version.format].title),
            ("Imported", figures.moment(version.created_at)),
            ("Content hash", version.content_hash[:12]),
        ]
        if version.mapping is not None:
            facts.append(("Question column", version.mapping.prompt))
            facts.append(("Answer column", version.mapping.answer))
        return facts

    @property
    def export_name(self) -> str:
        """File name offered for the JSONL download."""
        if self.version is None or self.dataset is None:
            return "dataset.jsonl"
        return f"{file_stem(self.dataset.name)}-v{self.version.number}.jsonl"


def splits(counts: dict[Split, int]) -> list[tuple[str, int, str]]:
    """Title, examples and share of every split, in fixed order."""
    total = sum(counts.values()) or 1
    return [
        (SPLITS[split].title, counts.get(split, 0), figures.share(counts.get(split, 0) / total, 0))
        for split in Split
    ]


def balance_rows(balance: Balance) -> list[dict[str, str | int | bool]]:
    """One row for each label with its counts and whether it is rare."""
    rare = set(balance.rare)
    return [
        {
            "label": label.label,
            "train": label.train,
            "validation": label.validation,
            "test": label.test,
            "total": label.train + label.validation + label.test,
            "rare": label.label in rare,
        }
        for label in balance.labels
    ]


def balance_sentence(balance: Balance) -> str:
    """What the balance means for training, in one or two sentences."""
    if not balance.closed:
        return "The answers are free text, so there are no labels to balance."
    labels = figures.many(len(balance.labels), "different answer")
    if not balance.rare:
        return f"{labels}; each is in every split often enough to be learnt and measured."
    few = figures.many(len(balance.rare), "is", "are")
    return (
        f"{labels}; {few} rare: too few training rows to be learnt, or missing from a split. "
        "Add rows for them, or expect mistakes there."
    )


def refused_csv(refused: Sequence[RefusedRow]) -> bytes:
    """The refused rows as CSV, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["line", "reason", "excerpt"])
    for row in refused:
        writer.writerow([row.line, harmless(row.reason), harmless(row.excerpt)])
    return text.getvalue().encode("utf-8-sig")


def file_stem(name: str) -> str:
    """A name made safe for a file: letters, digits, dash and underscore."""
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in name).strip("-")
    return kept[:60] or "dataset"

"""Report: what a consultant hands over, as sections of blocks that HTML and PDF draw alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from studio.domain.advice import ChecklistItem, Verdict
from studio.domain.charters import Charter
from studio.domain.costing import Case, Estimate, Price
from studio.domain.datasets import Dataset, DatasetVersion
from studio.domain.jobs import Job
from studio.domain.ladder import Failure, RungRun, Suite
from studio.domain.models import BaseModel, ModelVersion
from studio.domain.projects import Project
from studio.domain.retrieval import Corpus
from studio.domain.values import Value


class Paragraph(Value):
    """A paragraph of text."""

    kind: Literal["paragraph"] = "paragraph"
    text: str


class Callout(Value):
    """A sentence nobody may overlook."""

    kind: Literal["callout"] = "callout"
    tone: Literal["good", "caution", "plain"] = "plain"
    title: str
    text: str = ""


class Pairs(Value):
    """Names with their values."""

    kind: Literal["pairs"] = "pairs"
    rows: tuple[tuple[str, str], ...]


class Table(Value):
    """A table; every cell is text already."""

    kind: Literal["table"] = "table"
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[int, ...] = ()
    """Columns set flush right, counted from 0."""


class Bullets(Value):
    """A list; with marks a checklist."""

    kind: Literal["bullets"] = "bullets"
    items: tuple[str, ...]
    marks: tuple[bool, ...] = ()
    """Done or not, one for each item; empty for a plain list."""


class Chart(Value):
    """A drawing as SVG, with the same content in words for those who cannot see it."""

    kind: Literal["chart"] = "chart"
    svg: str
    alt: str
    caption: str


class Specimen(Value):
    """One answer shown whole: what was asked, wanted and given."""

    kind: Literal["specimen"] = "specimen"
    label: str
    question: str
    expected: str
    given: str


class Signature(Value):
    """A line to sign on, filled in when the charter is signed."""

    kind: Literal["signature"] = "signature"
    role: str
    name: str = ""
    date: str = ""


class Code(Value):
    """Commands and hashes, set in fixed width."""

    kind: Literal["code"] = "code"
    text: str


Block = Annotated[
    Paragraph | Callout | Pairs | Table | Bullets | Chart | Specimen | Signature | Code,
    Field(discriminator="kind"),
]


class Section(Value):
    """A chapter."""

    id: str
    title: str
    blocks: tuple[Block, ...]


class Report(Value):
    """The whole report."""

    project_id: str
    title: str
    subtitle: str
    made_at: datetime
    footer: str
    sections: tuple[Section, ...]


class Dossier(Value):
    """Everything a report is made from, gathered at one moment."""

    project: Project
    charter: Charter
    verdict: Verdict
    suite: Suite | None = None
    suite_size: int = 0
    dataset: Dataset | None = None
    version: DatasetVersion | None = None
    runs: tuple[RungRun, ...] = ()
    """Every finished run, newest first."""
    failures: tuple[Failure, ...] = ()
    """Wrong answers of the run that was labelled last."""
    corpora: tuple[Corpus, ...] = ()
    case: Case | None = None
    """None when it could not be reckoned."""
    case_trouble: str = ""
    """Why not."""
    prices: tuple[Price, ...] = ()
    """Those the case may rest on."""
    estimates: tuple[Estimate, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    bases: tuple[BaseModel, ...] = ()
    """Base models that answered."""
    tuned: tuple[ModelVersion, ...] = ()
    """Tuned models that answered."""
    jobs: tuple[Job, ...] = ()
    """The fine-tunes that made them."""
    training_versions: tuple[DatasetVersion, ...] = ()
    """What those were trained on."""
    surroundings: tuple[tuple[str, str], ...] = ()
    """Versions of the studio and of what it stands on, and the machine."""
    made_at: datetime

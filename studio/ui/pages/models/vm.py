"""What Models shows and does: bring base models in, take them out, list the tuned ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.errors import Conflict
from studio.domain.evaluation import RunStatus, Score
from studio.domain.models import BaseModel, Fetch, FetchStatus, ModelVersion
from studio.ui.pages import figures

if TYPE_CHECKING:
    from studio.services.container import Services

STARTER = "smollm2-135m-instruct"
GRACE = 10.0
"""Seconds in which a removal can be taken back."""
SOURCES = {"hub": "Model hub", "wheel": "Starter package", "folder": "Folder on this machine"}


@dataclass(frozen=True, kw_only=True)
class Tuned:
    """A tuned model with the best it has been measured at."""

    version: ModelVersion
    base_name: str
    score: Score | None
    """Of its newest finished measurement."""


@dataclass(frozen=True, kw_only=True)
class Models:
    """Everything that can be tuned or can answer."""

    bases: tuple[BaseModel, ...]
    tuned: tuple[Tuned, ...]
    pulls: tuple[Fetch, ...] = ()
    """Base models on their way here, and those that could not be fetched."""

    @property
    def on_shelf(self) -> tuple[object, ...]:
        """What the two lists show; the progress of a fetch is no reason to draw them afresh."""
        return (self.bases, self.tuned)

    @property
    def has_starter(self) -> bool:
        """True when the small model that everybody can begin with is there."""
        return any(base.id == STARTER for base in self.bases)

    def tuned_from(self, base_id: str) -> list[str]:
        """Names of the tuned models that cannot answer without this base model."""
        return [one.version.name for one in self.tuned if one.version.base_id == base_id]


@dataclass
class Removals:
    """Base models that will be removed when their time to be taken back has passed."""

    waiting: set[str] = field(default_factory=set)

    def ask(self, models: Models, base: BaseModel) -> None:
        """Marks a base model for removal; Conflict while a tuned model needs it."""
        needed = models.tuned_from(base.id)
        if needed:
            raise Conflict(
                f"{needed[0]} was tuned from {base.name} and cannot answer without it.",
                hint="Keep the base model as long as its tuned models are in use.",
            )
        self.waiting.add(base.id)

    def take_back(self, base_id: str) -> None:
        """Keeps it after all."""
        self.waiting.discard(base_id)

    def finish(self, services: Services, base_id: str) -> bool:
        """Removes it for good, unless it was taken back; True when it did."""
        if base_id not in self.waiting:
            return False
        try:
            services.models.remove(base_id)
        finally:
            self.waiting.discard(base_id)
        return True


def read(services: Services, project_id: str, removals: Removals) -> Models:
    """Reads the models of a project; called off the event loop."""
    bases = services.models.bases()
    names = {base.id: base.name for base in bases}
    runs = sorted(
        (r for r in services.evaluation.all(project_id) if r.status is RunStatus.SUCCEEDED),
        key=lambda run: run.created_at,
    )
    scores = {run.model_id: run.primary for run in runs}
    return Models(
        bases=tuple(base for base in bases if base.id not in removals.waiting),
        tuned=tuple(
            Tuned(
                version=version,
                base_name=names.get(version.base_id, version.base_model),
                score=scores.get(version.id),
            )
            for version in services.models.versions(project_id)
        ),
        pulls=tuple(services.models.pulls()),
    )


def arrived(before: Models | None, after: Models) -> list[BaseModel]:
    """Returns the base models whose fetch was under way before and that are here now."""
    if before is None:
        return []
    awaited = {pull.name.casefold() for pull in before.pulls} - {
        pull.name.casefold() for pull in after.pulls
    }
    known = {base.id for base in before.bases}
    return [
        base
        for base in after.bases
        if {base.name.casefold(), base.id} & awaited and base.id not in known
    ]


def doing(pull: Fetch) -> str:
    """What a fetch does now, in a line."""
    if pull.status is FetchStatus.STOPPING:
        return f"Stopping to fetch {pull.name} …"
    return f"Fetching {pull.name}" + (f": {pull.doing}" if pull.doing else "")


FACTS: tuple[tuple[str, Callable[[BaseModel], str]], ...] = (
    ("Architecture", lambda base: base.facts.architecture),
    ("Parameters", lambda base: f"{base.facts.parameters:,}"),
    ("Layers", lambda base: str(base.facts.layers)),
    ("Hidden size", lambda base: str(base.facts.hidden_size)),
    (
        "Attention heads",
        lambda base: f"{base.facts.heads}, of them {base.facts.kv_heads} for keys and values",
    ),
    ("Vocabulary", lambda base: f"{base.facts.vocabulary:,} tokens"),
    ("Longest text", lambda base: f"{base.facts.context_length:,} tokens"),
    ("Chat template", lambda base: "yes" if base.facts.has_chat_template else "no"),
    ("Licence", lambda base: base.licence),
    ("Source", lambda base: SOURCES[base.source]),
    ("Revision", lambda base: base.revision),
    ("Folder", lambda base: base.path),
    ("Manifest", lambda base: f"sha256 {base.manifest_sha256}"),
    ("Added", lambda base: figures.moment(base.created_at)),
)
"""What is told about a base model: title, and where it is read."""


def parameters(number: int) -> str:
    """A number of weights as people say it, such as `135 M` or `8.0 B`."""
    if number >= 1e9:
        return f"{number / 1e9:.1f} B"
    return f"{number / 1e6:.0f} M"

"""The evaluation page: every measured model with its score, and the form that measures more."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from studio.domain.datasets import Split
from studio.domain.errors import InvalidInput
from studio.domain.evaluation import Decoding, EvaluationRun, RunStatus
from studio.ui.pages import figures
from studio.ui.pages.datasets.vm import DatasetList
from studio.ui.pages.elsewhere import hosts
from studio.ui.pages.fine_tune.naming import describe
from studio.ui.pages.words import SPLITS

if TYPE_CHECKING:
    from studio.services.container import Services

Examined = tuple[str, Split, Decoding]
"""What makes two runs comparable: the same examples, answered the same way."""


@dataclass(frozen=True, kw_only=True)
class Group:
    """Runs that may be compared with one another, best first, unfinished ones last."""

    title: str
    decoding: Decoding
    runs: tuple[EvaluationRun, ...]

    @property
    def finished(self) -> tuple[EvaluationRun, ...]:
        """Those with a score."""
        return tuple(run for run in self.runs if run.status is RunStatus.SUCCEEDED)


@dataclass(kw_only=True)
class EvaluatePage:
    """All evaluations of a project and the form for new ones."""

    services: Services
    project_id: str
    groups: tuple[Group, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, dict[Split, int]] = field(default_factory=dict)
    models: dict[str, str] = field(default_factory=dict)
    """Everything that can answer, id to name."""
    bases: frozenset[str] = frozenset()
    hosts: dict[str, str] = field(default_factory=dict)
    """Models whose questions leave this machine, id to host."""
    version_id: str = ""
    split: Split = Split.TEST
    chosen: tuple[str, ...] = ()
    max_new_tokens: int | None = None
    """Longest answer; None leaves room for the longest expected one."""

    def load(self) -> None:
        """Reads runs, data and models anew."""
        datasets = DatasetList(services=self.services, project_id=self.project_id)
        datasets.load()
        every = [(row, version) for row in datasets.rows for version in row.versions]
        self.versions = {version.id: describe(row.dataset.name, version) for row, version in every}
        self.sizes = {version.id: dict(version.splits) for _, version in every}
        self.models = dict(self.services.models.names())
        self.bases = frozenset(model.id for model in self.services.models.bases())
        self.hosts = hosts(self.services)
        if self.version_id not in self.versions:
            self.version_id = next(iter(self.versions), "")
        self.chosen = tuple(model for model in self.chosen if model in self.models)
        if not self.chosen:
            newest = max(
                self.services.models.versions(self.project_id),
                key=lambda version: version.created_at,
                default=None,
            )
            self.suggest(newest.id if newest else "")
        self.load_runs()

    def about(self, model_id: str) -> str:
        """What to know of a model before it is chosen."""
        if model_id in self.hosts:
            return f"its questions are sent to {self.hosts[model_id]}"
        return "base model" if model_id in self.bases else ""

    def load_runs(self) -> None:
        """Reads the runs only: what changes while they are going on."""
        groups: dict[Examined, list[EvaluationRun]] = {}
        runs = sorted(
            self.services.evaluation.all(self.project_id),
            key=lambda run: run.created_at,
            reverse=True,
        )
        for run in runs:
            groups.setdefault((run.dataset_version_id, run.split, run.decoding), []).append(run)
        self.groups = tuple(
            Group(
                title=f"{self._data(version)} · {SPLITS[split].title.lower()} split",
                decoding=decoding,
                runs=tuple(sorted(members, key=_best_first)),
            )
            for (version, split, decoding), members in groups.items()
        )

    def stages(self) -> dict[str, RunStatus]:
        """Every run with its status: what decides how the page is laid out."""
        return {run.id: run.status for group in self.groups for run in group.runs}

    def suggest(self, model_id: str) -> None:
        """Proposes a tuned model together with its base, on the data that it was made of."""
        if model_id not in self.models:
            return
        self.chosen = (model_id,)
        for version in self.services.models.versions(self.project_id):
            if version.id == model_id:
                self.chosen = tuple(
                    model for model in (version.base_id, model_id) if model in self.models
                )
                if version.dataset_version_id in self.versions:
                    self.version_id = version.dataset_version_id

    def toggle(self, model_id: str, chosen: bool) -> None:
        """Adds a model to the choice or takes it out."""
        rest = tuple(model for model in self.chosen if model != model_id)
        self.chosen = (*rest, model_id) if chosen else rest

    @property
    def n_examples(self) -> int:
        """Examples of the chosen split."""
        return self.sizes.get(self.version_id, {}).get(self.split, 0)

    @property
    def cannot_start(self) -> str:
        """Why Start is disabled, empty when it is not."""
        if not self.version_id:
            return "Choose the examples to measure on."
        if not self.n_examples:
            return f"The {SPLITS[self.split].title.lower()} split of this version is empty."
        if not self.chosen:
            return "Choose at least one model."
        if self.max_new_tokens is not None and not 1 <= self.max_new_tokens <= 32768:
            return "The longest answer must be 1 to 32,768 tokens."
        return ""

    @property
    def primary_label(self) -> str:
        """What the button will do."""
        if not self.chosen:
            return "Measure"
        models = figures.many(len(self.chosen), "model")
        return f"Measure {models} on {figures.many(self.n_examples, 'example')}"

    @property
    def caution(self) -> str:
        """What to know about the chosen split before trusting its score; empty when nothing."""
        if self.split is Split.TRAIN:
            return "Tuned models have seen these examples: the score will flatter them."
        if self.split is Split.VALIDATION:
            return "These examples decided when training stopped: the score flatters a little."
        if 0 < self.n_examples < 50:
            return "Fewer than 50 examples: expect a wide interval."
        return ""

    def start(self) -> list[EvaluationRun]:
        """Starts one run for each chosen model."""
        if self.cannot_start:
            raise InvalidInput(self.cannot_start)
        length = self.max_new_tokens
        decoding = None if length is None else Decoding(max_new_tokens=length)
        return [
            self.services.evaluation.start(
                project_id=self.project_id,
                version_id=self.version_id,
                split=self.split,
                model_id=model_id,
                decoding=decoding,
            )
            for model_id in self.chosen
        ]

    def cancel(self, run_id: str) -> None:
        """Stops one run; what it has answered stays in the cache."""
        self.services.evaluation.cancel(run_id)

    def comparison_path(self, group: Group) -> str:
        """Where a base and a tuned model of a group are compared; empty with fewer than two."""
        runs = group.finished
        if len(runs) < 2:
            return ""
        first = next((run for run in runs if run.model_id in self.bases), runs[-1])
        second = next(
            (run for run in runs if run is not first and run.model_id not in self.bases),
            next(run for run in runs if run is not first),
        )
        return f"/evaluate/{first.id}/{second.id}"

    def _data(self, version_id: str) -> str:
        return self.versions.get(version_id, "deleted data").partition(" · ")[0]


@dataclass
class Pace:
    """How fast a run answers, from what was seen of it so far."""

    _seen: tuple[float, int] | None = None

    def seconds_left(self, run: EvaluationRun, clock: float) -> float | None:
        """Expected remaining seconds at this reading of a steady clock; None while unknown."""
        if run.status is not RunStatus.RUNNING:
            return None
        if self._seen is None:
            self._seen = (clock, run.done)
        began, done = self._seen
        if run.done <= done or clock <= began:
            return None
        return (run.total - run.done) * (clock - began) / (run.done - done)


def progress(run: EvaluationRun) -> str:
    """How far a run has come, as text."""
    if run.status is RunStatus.RUNNING and run.total:
        return f"{run.done:,} of {run.total:,} answered"
    return ""


def settings(decoding: Decoding) -> str:
    """How answers were generated, in words."""
    chance = (
        "Always the likeliest word"
        if decoding.temperature == 0
        else (f"Temperature {decoding.temperature:g}")
    )
    return f"{chance}, at most {figures.many(decoding.max_new_tokens, 'token')}"


def paid(run: EvaluationRun) -> list[tuple[str, str]]:
    """Tokens and cost of a run as rows of figures; what is not known says so."""
    rows = []
    if run.prompt_tokens is not None and run.output_tokens is not None:
        tokens = f"{run.prompt_tokens:,} in, {run.output_tokens:,} out"
        rows.append(("Tokens", tokens))
    if run.cost_basis:
        usd = run.cost_per_1000
        amount = "not known" if usd is None else f"{usd:,.4f} USD per 1,000 answers"
        rows.append(("Cost", f"{amount} ({run.cost_basis})"))
    return rows


def _best_first(run: EvaluationRun) -> tuple[int, float]:
    if run.status is RunStatus.SUCCEEDED and run.primary is not None:
        return (0, -run.primary.value)
    return (1, 0.0)

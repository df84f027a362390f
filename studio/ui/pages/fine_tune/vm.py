"""The fine-tune form: what is chosen, what the dial recommends, and the spec they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.domain.datasets import DatasetVersion
from studio.domain.errors import InvalidInput, StudioError
from studio.domain.jobs import Job
from studio.domain.models import BaseModel
from studio.domain.training import Effort, Hyperparameters, Method, Plan, TrainingSpec
from studio.ui.pages import figures
from studio.ui.pages.datasets.vm import DatasetList
from studio.ui.pages.fine_tune.fields import HyperparameterField, hyperparameter_fields

if TYPE_CHECKING:
    from studio.services.container import Services

DRAFT = ("version_id", "base_model", "method", "effort", "name", "overrides")
"""What survives a reload while the form is being filled in."""


@dataclass(kw_only=True)
class FineTuneForm:
    """One fine-tune being described."""

    services: Services
    project_id: str
    version_id: str = ""
    base_model: str = ""
    method: Method = Method.LORA
    effort: Effort = Effort.BALANCED
    name: str = ""
    named_by_user: bool = False
    overrides: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters that the user set, over what the dial recommends."""
    leave_out: tuple[str, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)
    """Dataset versions to choose from, id to words."""
    models: tuple[BaseModel, ...] = ()
    recommended: Hyperparameters = field(default_factory=Hyperparameters)
    plan: Plan | None = None
    plan_problem: StudioError | None = None
    rows: dict[str, str] = field(default_factory=dict)
    """Rows that a blocker is about, id to line and beginning."""
    _taken: frozenset[str] = frozenset()

    def load(self) -> None:
        """Reads what can be chosen, drops choices that are gone, and recommends the rest."""
        datasets = DatasetList(services=self.services, project_id=self.project_id)
        datasets.load()
        self.versions = {
            version.id: describe(row.dataset.name, version)
            for row in datasets.rows
            for version in row.versions
        }
        self.models = tuple(self.services.models.bases())
        self._taken = frozenset(
            version.name for version in self.services.models.versions(self.project_id)
        )
        if self.version_id not in self.versions:
            self.version_id = next(iter(self.versions), "")
        if self.base_model not in {model.id for model in self.models}:
            self.base_model = self.models[0].id if self.models else ""
        self.recommend()

    def recommend(self) -> None:
        """Asks what the dial means for this data and model, and names the model if nobody did."""
        if not self.ready:
            return
        self.recommended = self.services.training.recommended(
            self.version_id, self.base_model, self.effort
        )
        if not self.named_by_user:
            self.name = self._free_name()

    def choose(self, **choices: Any) -> None:
        """Takes choices of data, model, method or effort; too-long rows are asked about anew."""
        for key, value in choices.items():
            setattr(self, key, value)
        self.leave_out = ()

    def set_hyperparameter(self, shown: HyperparameterField, text: Any) -> str:
        """Overrides one recommendation; returns what is wrong with the entry, or nothing."""
        problem = shown.problem(text)
        if problem:
            # Kept as typed, so that the form cannot start with a value nobody sees.
            self.overrides[shown.name] = text
            return problem
        value = shown.parse(text)
        if value == getattr(self.recommended, shown.name):
            self.overrides.pop(shown.name, None)
        else:
            self.overrides[shown.name] = value
        self.leave_out = ()
        return ""

    def value_of(self, name: str) -> Any:
        """The value in force: the user's, otherwise the recommended one."""
        return self.overrides.get(name, getattr(self.recommended, name))

    def problems(self) -> dict[str, str]:
        """What is wrong with the form, by field; empty when it can be planned."""
        found = {}
        if not self.version_id:
            found["version"] = "Choose the examples to learn from."
        if not self.base_model:
            found["model"] = "Choose a model to start from."
        if not self.name.strip():
            found["name"] = "Give the new model a name."
        elif len(self.name.strip()) > 80:
            found["name"] = "At most 80 characters."
        for shown in hyperparameter_fields():
            if shown.name in self.overrides:
                problem = shown.problem(self.overrides[shown.name])
                if problem:
                    found[shown.name] = f"{shown.label}: {problem}"
        return found

    @property
    def model_facts(self) -> str:
        """Size, longest text and licence of the chosen base model."""
        for model in self.models:
            if model.id == self.base_model:
                facts = model.facts
                return (
                    f"{facts.parameters / 1_000_000:,.0f} million weights, "
                    f"reads {facts.context_length:,} tokens, "
                    f"licence {model.licence}. It stays as it is; what is learnt lies beside it."
                )
        return ""

    @property
    def ready(self) -> bool:
        """True when there is data and a model to choose."""
        return bool(self.version_id and self.base_model)

    def spec(self) -> TrainingSpec:
        """The form as a spec; raises InvalidInput naming the first problem."""
        problems = self.problems()
        if problems:
            raise InvalidInput(next(iter(problems.values())))
        return TrainingSpec(
            project_id=self.project_id,
            name=self.name.strip(),
            dataset_version_id=self.version_id,
            base_model=self.base_model,
            method=self.method,
            effort=self.effort,
            hyperparameters=self.recommended.with_(**self.overrides),
            leave_out=self.leave_out,
        )

    def make_plan(self) -> None:
        """Works out what the run will need; trouble is kept in `plan_problem`."""
        self.plan, self.plan_problem = None, None
        if self.problems():
            return
        try:
            self.plan = self.services.training.plan(self.spec())
        except StudioError as error:
            self.plan_problem = error
        else:
            self._read_rows()

    def examples(self, example_ids: tuple[str, ...]) -> list[str]:
        """The rows that a blocker is about, as line and beginning."""
        return [self.rows.get(example_id, example_id) for example_id in example_ids]

    def _read_rows(self) -> None:
        concerned = {
            row
            for blocker in (self.plan.blockers if self.plan else ())
            for row in blocker.example_ids
        }
        if concerned <= set(self.rows):
            return
        self.rows |= {
            example.id: f"Line {example.line:,}: {example.prompt[-1].content[:120]}"
            for example in self.services.datasets.examples(self.version_id)
            if example.id in concerned
        }

    def agree_to_leave_out(self, example_ids: tuple[str, ...]) -> None:
        """Takes the user's word that these examples stay out of this run."""
        self.leave_out = tuple(dict.fromkeys((*self.leave_out, *example_ids)))

    @property
    def cannot_start(self) -> str:
        """Why Start is disabled, empty when it is not."""
        problems = self.problems()
        if problems:
            return next(iter(problems.values()))
        if self.plan_problem is not None:
            return self.plan_problem.message
        if self.plan is None:
            return "Working out what this needs…"
        return self.plan.blockers[0].what if self.plan.blockers else ""

    def start(self) -> Job:
        """Starts the run as planned."""
        if self.cannot_start:
            raise InvalidInput(self.cannot_start)
        return self.services.training.start(self.spec())

    def draft(self) -> dict[str, Any]:
        """What to keep for a reload, as plain values."""
        kept = {key: getattr(self, key) for key in DRAFT}
        return {**kept, "name": self.name if self.named_by_user else ""}

    def restore(self, draft: dict[str, Any]) -> None:
        """Takes up a kept draft; entries that no longer make sense are ignored."""
        self.version_id = str(draft.get("version_id") or "")
        self.base_model = str(draft.get("base_model") or "")
        if draft.get("method") in set(Method):
            self.method = Method(draft["method"])
        if draft.get("effort") in set(Effort):
            self.effort = Effort(draft["effort"])
        if draft.get("name"):
            self.name, self.named_by_user = str(draft["name"]), True
        known = Hyperparameters.model_fields
        overrides = draft.get("overrides")
        if isinstance(overrides, dict):
            self.overrides = {key: value for key, value in overrides.items() if key in known}

    def _free_name(self) -> str:
        base = self.versions[self.version_id].partition(" · ")[0]
        words = base.rpartition(" v")[0] or base
        for number in range(1, 1000):
            name = f"{words[:70]} tuned {number}" if number > 1 else f"{words[:70]} tuned"
            if name not in self._taken:
                return name
        return words[:80]


def describe(name: str, version: DatasetVersion) -> str:
    """A dataset version in a list of choices."""
    return f"{name} v{version.number} · {figures.many(version.n_examples, 'example')}"

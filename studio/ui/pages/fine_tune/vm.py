"""The fine-tune form: what is chosen, what the dial recommends, and the spec they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from studio.domain.datasets import DataFormat
from studio.domain.dialects import LEFT_BY_DIAL
from studio.domain.errors import InvalidInput, StudioError
from studio.domain.jobs import Job
from studio.domain.training import Effort, Hyperparameters, Method, Objective, Plan, TrainingSpec
from studio.ui.pages.datasets.vm import DatasetList
from studio.ui.pages.fine_tune.fields import HyperparameterField, hyperparameter_fields
from studio.ui.pages.fine_tune.naming import describe, free_name
from studio.ui.pages.fine_tune.places_vm import LOCAL, Place, read_places
from studio.ui.pages.fine_tune.rows import rows_about

if TYPE_CHECKING:
    from studio.services.container import Services


@dataclass(kw_only=True)
class FineTuneForm:
    """One fine-tune being described."""

    services: Services
    project_id: str
    version_id: str = ""
    backend: str = LOCAL
    base_model: str = ""
    objective: Objective = Objective.SFT
    method: Method = Method.LORA
    effort: Effort = Effort.BALANCED
    name: str = ""
    named_by_user: bool = False
    overrides: dict[str, Any] = field(default_factory=dict)
    """Hyperparameters that the user set, over what the dial recommends."""
    automatic: tuple[str, ...] | None = None
    """Hyperparameters that the server is to decide; None: those that it usually does."""
    leave_out: tuple[str, ...] = ()
    agreed: str = ""
    """Fingerprint of what the user agreed to send; any change takes it back."""
    edition: int = 0
    """Grows with every change."""
    versions: dict[str, str] = field(default_factory=dict)
    """Dataset versions to choose from, id to words."""
    pairs: frozenset[str] = frozenset()
    """Versions whose rows hold a better and a worse answer."""
    places: tuple[Place, ...] = ()
    recommended: Hyperparameters = field(default_factory=Hyperparameters)
    plan: Plan | None = None
    plan_problem: StudioError | None = None
    rows: dict[str, str] = field(default_factory=dict)
    """Rows that a blocker or a finding is about, id to line and beginning."""
    _taken: frozenset[str] = frozenset()

    def load(self) -> None:
        """Reads what can be chosen, drops choices that are gone, and recommends the rest."""
        datasets = DatasetList(services=self.services, project_id=self.project_id)
        datasets.load()
        every = [(row, version) for row in datasets.rows for version in row.versions]
        self.versions = {v.id: describe(row.dataset.name, v) for row, v in every}
        self.pairs = frozenset(v.id for _, v in every if v.format is DataFormat.PREFERENCE)
        self.read_places()
        self._taken = frozenset(
            version.name for version in self.services.models.versions(self.project_id)
        )
        if self.version_id not in self.versions:
            self.version_id = next(iter(self.versions), "")
            self._learn_what_fits()
        if self.version_id not in self.pairs:
            self.objective = Objective.SFT
        if self.backend not in {place.backend for place in self.places}:
            self.backend = next((p.backend for p in self.places if p.models), LOCAL)
        self._start_from_what_is_there()
        self.recommend()

    def read_places(self) -> None:
        """Reads where it can be done, with what is known of each model's price."""
        self.places = read_places(self.services)

    @property
    def place(self) -> Place:
        """Where the run is to be."""
        return next(p for p in self.places if p.backend == self.backend)

    @property
    def anything_to_tune(self) -> bool:
        """True when at least one place has a model to start from."""
        return any(place.models for place in self.places)

    def recommend(self) -> None:
        """Asks what the dial means for this data and model, and names the model if nobody did."""
        if not self.ready:
            return
        self.recommended = self.services.training.recommended(
            self.version_id, self.base_model, self.effort, self.backend, self.objective
        )
        if not self.named_by_user:
            self.name = free_name(self.versions[self.version_id], self._taken)

    def choose(self, **choices: Any) -> None:
        """Takes choices of data, place, model, objective, method or effort.

        Too-long rows are asked about anew, and so is what leaves this machine.
        """
        for key, value in choices.items():
            setattr(self, key, value)
        if "version_id" in choices:
            self._learn_what_fits()
        if "backend" in choices:
            self._start_from_what_is_there()
        if {"backend", "objective"} & set(choices):
            self.automatic = None
        self.leave_out = ()
        self.touch()

    def touch(self) -> None:
        """Something is another: plan and agreement held for what was."""
        self.plan, self.plan_problem, self.agreed = None, None, ""
        self.edition += 1

    def train_here(self) -> None:
        """Moves the run to this machine; data and name stay."""
        self.choose(backend=LOCAL)

    def decides(self, name: str) -> bool:
        """True when the server is to decide this hyperparameter."""
        return name in self.decided

    @property
    def decided(self) -> tuple[str, ...]:
        """Hyperparameters that the server is to decide."""
        can = self.place.automatic(self.objective)
        return can if self.automatic is None else tuple(n for n in can if n in self.automatic)

    def let_decide(self, name: str, yes: bool) -> None:
        """Leaves one hyperparameter to the server, or takes it back."""
        rest = tuple(other for other in self.decided if other != name)
        self.automatic = (*rest, name) if yes else rest
        self.touch()

    @property
    def dial(self) -> Effort | None:
        """Where the dial stands; None when the server decides everything it can."""
        can = self.place.automatic(self.objective)
        return None if can and set(can) == set(self.decided) else self.effort

    def turn(self, dial: Effort | None) -> None:
        """Turns the dial; None leaves everything to the server that it can decide."""
        self.automatic = None if dial is None else LEFT_BY_DIAL
        self.choose(effort=dial or self.effort)

    def fields(self) -> tuple[HyperparameterField, ...]:
        """The hyperparameters that mean something where the run is to be."""
        names = self.place.settable(self.objective)
        return tuple(shown for shown in hyperparameter_fields() if shown.name in names)

    def set_hyperparameter(self, shown: HyperparameterField, text: Any) -> str:
        """Overrides one recommendation; returns what is wrong with the entry, or nothing."""
        problem = self.problem(shown, text)
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

    def problem(self, shown: HyperparameterField, text: Any) -> str:
        """What is wrong with an entry for where the run is to be, empty when nothing is."""
        return shown.problem(text) or shown.problem_elsewhere(text, self.place.dialect)

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
        for shown in self.fields():
            if shown.name in self.overrides and not self.decides(shown.name):
                problem = self.problem(shown, self.overrides[shown.name])
                if problem:
                    found[shown.name] = f"{shown.label}: {problem}"
        return found

    @property
    def model_facts(self) -> str:
        """What is known of the chosen base model."""
        return self.place.facts.get(self.base_model, "")

    @property
    def ready(self) -> bool:
        """True when there is data and a model to choose."""
        return bool(self.version_id and self.base_model)

    def spec(self) -> TrainingSpec:
        """The form as a spec; raises InvalidInput naming the first problem."""
        problems = self.problems()
        if problems:
            raise InvalidInput(next(iter(problems.values())))
        own = [s.name for s in self.fields() if s.name in self.overrides]
        own = [name for name in own if not self.decides(name)]
        return TrainingSpec(
            project_id=self.project_id,
            name=self.name.strip(),
            dataset_version_id=self.version_id,
            base_model=self.base_model,
            backend=self.backend,
            objective=self.objective,
            method=self.method,
            effort=self.effort,
            hyperparameters=self.recommended.with_(**{name: self.overrides[name] for name in own}),
            leave_out=self.leave_out,
            automatic=self.decided,
            agreed=self.agreed,
        )

    def make_plan(self) -> None:
        """Works out what the run will need; trouble is kept in `plan_problem`.

        A provider may take seconds to answer: what holds for an earlier edition is dropped.
        """
        self.plan, self.plan_problem = None, None
        if self.problems():
            return
        edition, plan, problem = self.edition, None, None
        try:
            plan = self.services.training.plan(self.spec())
            self.rows |= rows_about(self.services, self.version_id, plan, self.rows)
        except StudioError as error:
            problem = error
        if edition == self.edition:
            self.plan, self.plan_problem = plan, problem

    def examples(self, example_ids: tuple[str, ...]) -> list[str]:
        """The rows that something is about, as line and beginning."""
        return [self.rows.get(example_id, example_id) for example_id in example_ids]

    def agree_to_leave_out(self, example_ids: tuple[str, ...]) -> None:
        """Takes the user's word that these examples stay out of this run."""
        self.leave_out = tuple(dict.fromkeys((*self.leave_out, *example_ids)))
        self.touch()

    def agree(self, yes: bool) -> None:
        """Takes the user's word that exactly this may be sent, or takes it back."""
        sent = None if self.plan is None else self.plan.disclosure
        self.agreed = sent.fingerprint if yes and sent is not None else ""

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
        if self.plan.blockers:
            return self.plan.blockers[0].what
        sent = self.plan.disclosure
        if sent is not None and self.agreed != sent.fingerprint:
            return f"Agree first to what is sent to {sent.host}."
        return ""

    def start(self) -> Job:
        """Starts the run as planned."""
        if self.cannot_start:
            raise InvalidInput(self.cannot_start)
        return self.services.training.start(self.spec())

    def _learn_what_fits(self) -> None:
        self.objective = Objective.DPO if self.version_id in self.pairs else Objective.SFT

    def _start_from_what_is_there(self) -> None:
        models = self.place.models
        if self.base_model not in models:
            self.base_model = next(iter(models), "")

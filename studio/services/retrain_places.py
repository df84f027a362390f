"""Retrain places: where a cycle is trained, what that costs, and why it is not done elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple, Protocol

from studio.domain.costing import Figure
from studio.domain.deployments import Deployment, Revision, Slot
from studio.domain.endpoints import PREFIX
from studio.domain.errors import NotFound, StudioError
from studio.domain.interfaces import TrainingBackend
from studio.domain.models import ModelVersion
from studio.domain.retraining import RetrainCycle, RetrainPolicy
from studio.domain.training import Effort, Hyperparameters, Objective, Plan, TrainingSpec
from studio.domain.tuning_terms import TuningTerms
from studio.services.retrain_facts import Outlook
from studio.services.retraining_needs import Place

NEAR = timedelta(days=90)
"""A base model that ends sooner is not worth a training; a judgement."""
PLANS = 3
"""Plans at most: each may name further rows that do not fit."""
MOST_LEFT_OUT = 0.2
"""Share of the rows that may be left out for not fitting; a judgement."""
KEPT, KEPT_REFUSAL = timedelta(minutes=10), timedelta(minutes=1)
"""How long an outlook counts: counting all tokens and asking a server takes seconds."""


class Training(Protocol):
    """The part of the training service that is needed."""

    def recommended(
        self,
        version_id: str,
        base_model: str,
        effort: Effort,
        backend: str = "local",
        objective: Objective = Objective.SFT,
    ) -> Hyperparameters:
        """Returns what the dial means."""

    def plan(self, spec: TrainingSpec) -> Plan:
        """Says what a run would need and what stands in its way."""


@dataclass(frozen=True, kw_only=True)
class Surroundings:
    """Who knows what a choice rests on."""

    training: Training
    backends: Mapping[str, TrainingBackend]
    deployment: Callable[[str], Deployment]
    revision: Callable[[str], Revision]
    model_version: Callable[[str], ModelVersion]
    """A tuned model, or raises NotFound."""
    terms: Callable[[str, str], TuningTerms]
    """Backend, model → until when it can be tuned and asked."""
    hour: Callable[[str], Figure]
    """Project → USD for an hour of this machine."""
    clock: Callable[[], datetime]


class _Way(NamedTuple):
    backend: str
    model: str


class _No(NamedTuple):
    why: str


class RetrainPlaces:
    """Chooses where to train; data leaves this machine only where a person agreed to that host."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._looked: dict[str, tuple[tuple[object, ...], datetime, Outlook]] = {}
        """Deployment → what was looked at, until when that counts, and what was found."""

    def choose(self, cycle: RetrainCycle, dataset_version_id: str) -> Place:
        """Returns the run to start, or what it waits for: the policy's place, else its fallback."""
        deployment = self._around.deployment(cycle.deployment_id)
        name = f"{deployment.name} cycle {cycle.number}"[:80]
        return self._first(cycle.policy, deployment, cycle.champion, dataset_version_id, name)

    def outlook(self, policy: RetrainPolicy) -> Outlook:
        """Returns what a cycle would cost and where none can train, judged by the original data."""
        deployment = self._around.deployment(policy.deployment_id)
        champion = deployment.slots.get(Slot.CHAMPION)
        if champion is None:
            return Outlook(None, f"{deployment.name} has no champion.")
        if policy.dataset_version_id is None:
            return Outlook(None, "The policy names no original data.")
        key = (policy.deployment_id, policy.version, champion, policy.dataset_version_id)
        known = self._looked.get(policy.deployment_id)
        if known is not None and known[0] == key and self._around.clock() < known[1]:
            return known[2]
        data = policy.dataset_version_id
        place = self._first(policy, deployment, champion, data, deployment.name)
        found = Outlook(place.usd, "" if place.spec else place.why)
        until = self._around.clock() + (KEPT if place.spec else KEPT_REFUSAL)
        self._looked[policy.deployment_id] = (key, until, found)
        return found

    def shutdown(self, deployment: Deployment) -> date | None:
        """Returns the last day of the champion's base model; None when none is known."""
        champion = deployment.slots.get(Slot.CHAMPION)
        if champion is None:
            return None
        backend, model = self._base(self._around.revision(champion).model_id)
        try:
            return self._around.terms(backend, model).ends
        except NotFound:
            return None

    def _first(
        self,
        policy: RetrainPolicy,
        deployment: Deployment,
        champion: str,
        version_id: str,
        name: str,
    ) -> Place:
        refusals: list[str] = []
        for way in self._ways(policy, champion):
            if not way.model:
                refusals.append(
                    f"{_place(way.backend)}: the policy names no base model to train there."
                )
                continue
            try:
                found = self._at(way, policy, deployment, version_id, name)
            except StudioError as error:
                found = _No(error.message)
            if isinstance(found, _No):
                refusals.append(f"{_place(way.backend)}: {found.why}")
                continue
            because = f" Not at {' '.join(refusals)}" if refusals else ""
            return found._replace(why=found.why + because)
        return Place(None, " ".join(refusals))

    def _ways(self, policy: RetrainPolicy, champion: str) -> Iterator[_Way]:
        where, base = self._base(self._around.revision(champion).model_id)
        own = base if where == policy.backend else ""
        yield _Way(policy.backend, policy.base_model or own)
        fallback = policy.fallback_backend
        if fallback is not None and fallback != policy.backend:
            again = base if where == fallback else ""
            yield _Way(fallback, policy.fallback_model or again)

    def _at(
        self,
        way: _Way,
        policy: RetrainPolicy,
        deployment: Deployment,
        version_id: str,
        name: str,
    ) -> Place | _No:
        refusal = self._closed(way)
        if refusal:
            return _No(refusal)
        training = self._around.training
        advised = training.recommended(
            version_id, way.model, policy.effort, way.backend, policy.objective
        )
        spec = TrainingSpec(
            project_id=deployment.project_id,
            name=name,
            dataset_version_id=version_id,
            base_model=way.model,
            backend=way.backend,
            objective=policy.objective,
            method=policy.method,
            effort=policy.effort,
            hyperparameters=advised.with_(**policy.hyperparameters),
        )
        spec, plan = self._fitting(spec)
        if plan.blockers:
            return _No(" ".join(blocker.what for blocker in plan.blockers))
        why = f"Trains {way.model} on {_place(way.backend)}."
        if plan.disclosure is not None:
            refusal = _unsent(plan, policy, deployment)
            if refusal:
                return _No(refusal)
            spec = spec.with_(agreed=plan.disclosure.fingerprint)
            why = f"Trains {way.model} at {plan.disclosure.host}, as a person agreed."
        if spec.leave_out:
            why += f" {_rows(len(spec.leave_out))} left out that would not fit."
        return Place(spec, why, self._usd(plan, spec))

    def _closed(self, way: _Way) -> str:
        """Returns why a place cannot be had at all; empty when it can."""
        if way.backend not in self._around.backends:
            return "there is no such place any more."
        reason = self._around.backends[way.backend].unavailable_because()
        if reason:
            return reason
        ends = self._around.terms(way.backend, way.model).ends
        if ends is not None and ends - self._around.clock().date() <= NEAR:
            return f"{way.model} shuts down on {ends.isoformat()}, and what is tuned from it too."
        return ""

    def _fitting(self, spec: TrainingSpec) -> tuple[TrainingSpec, Plan]:
        """Leaves out the rows that a plan names as not fitting, as long as they are few."""
        plan = self._around.training.plan(spec)
        rows = plan.train_examples + plan.validation_examples
        for _ in range(PLANS - 1):
            named = {id for blocker in plan.blockers for id in blocker.example_ids}
            left_out = tuple(sorted({*spec.leave_out, *named}))
            if not named or len(left_out) > MOST_LEFT_OUT * rows:
                break
            spec = spec.with_(leave_out=left_out)
            plan = self._around.training.plan(spec)
        return spec, plan

    def _usd(self, plan: Plan, spec: TrainingSpec) -> Decimal | None:
        if spec.hosted:
            return None if plan.usd is None else Decimal(str(plan.usd))
        hour = self._around.hour(spec.project_id)
        if hour.mid is None or plan.seconds_high is None:
            return None
        return Decimal(str(round(hour.mid * plan.seconds_high / 3600, 6)))

    def _base(self, model_id: str) -> _Way:
        """Returns where a model's base lies and what it is called there: never an adapter."""
        if model_id.startswith(PREFIX):
            backend, _, model = model_id.partition("/")
            return _Way(backend, model.split(":")[1] if model.startswith("ft:") else model)
        try:
            version = self._around.model_version(model_id)
        except NotFound:
            return _Way("local", model_id)
        return _Way(
            f"{PREFIX}{version.endpoint}" if version.endpoint else "local", version.base_model
        )


def _unsent(plan: Plan, policy: RetrainPolicy, deployment: Deployment) -> str:
    """Returns why data stays here; empty when a person agreed and nothing personal is seen."""
    told = plan.disclosure
    if told is None:
        return ""
    if not deployment.may_train:
        return f"what is sent to {deployment.name} may not be learnt from."
    if policy.agreed_to != told.host:
        return f"nobody agreed to send this deployment's data to {told.host}."
    if told.personal_data is None:
        return "it was not looked whether the data holds anything personal."
    if told.personal_data:
        kinds = ", ".join(f"{found.kind} ({found.count})" for found in told.personal_data)
        return f"the data holds what must not leave this machine: {kinds}."
    return ""


def _place(backend: str) -> str:
    return "this machine" if backend == "local" else backend.removeprefix(PREFIX)


def _rows(n: int) -> str:
    return "1 row is" if n == 1 else f"{n} rows are"

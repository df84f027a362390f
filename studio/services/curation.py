"""Curation: reviewed corrections become dataset versions, one pair for each cycle."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from studio.core.feedback.cleaning import Clean, clean, part_of
from studio.core.feedback.curate import Original, Rows, instructions, rows_of
from studio.core.intake import content_hash
from studio.core.splits import counts
from studio.domain.curation import Curated, RefusedCorrection, Waiting
from studio.domain.datasets import (
    DataFormat,
    Dataset,
    DatasetVersion,
    Example,
    RefusedRow,
    Split,
)
from studio.domain.deployments import Deployment
from studio.domain.feedback import ApprovedCorrection
from studio.domain.retraining import RetrainCycle, RetrainPolicy, TriggerKind
from studio.domain.training import Hyperparameters, Objective
from studio.services.reference_questions import reference_questions
from studio.store.curation import CurationStore, Made
from studio.store.datasets import DatasetStore


class Approvals(Protocol):
    """Where approved corrections come from."""

    def approved(self, deployment_id: str) -> list[ApprovedCorrection]:
        """Returns what may be learnt from, oldest first; conflicts are left out."""


class _Gathered(NamedTuple):
    deployment: Deployment
    cleaned: Clean
    original: Original
    rows: Rows


class CurationService:
    """Gathers what a cycle learns from, and says how much waits for the next."""

    def __init__(
        self,
        store: CurationStore,
        datasets: DatasetStore,
        approvals: Approvals,
        deployment: Callable[[str], Deployment],
        policy: Callable[[str], RetrainPolicy],
    ) -> None:
        """`deployment` and `policy` find those of a deployment id."""
        self._store, self._datasets, self._approvals = store, datasets, approvals
        self._deployment, self._policy = deployment, policy

    def snapshot(self, cycle: RetrainCycle) -> Curated:
        """Freezes what a cycle learns from; asked again, it is the same, whatever came since.

        Nothing is made where nothing may be learnt: `issues` says why.
        """
        kept = self._store.curated(cycle.id)
        if kept is not None:
            return kept
        deployment = self._deployment(cycle.deployment_id)
        if not deployment.may_train:
            said = f"What is sent to {deployment.name} may not be learnt from."
            return self._keep(Curated(cycle_id=cycle.id, issues=(said,)), None, [])
        gathered = self._gather(cycle, deployment)
        made = self._versions(cycle, gathered)
        curated = Curated(
            cycle_id=cycle.id,
            dataset_version_id=made[0].version.id,
            holdout_version_id=made[1].version.id if len(made) > 1 else None,
            n_corrections=gathered.rows.n_corrections,
            n_holdout=len(gathered.rows.holdout),
            n_replay=gathered.rows.n_replay,
            n_validation=made[0].version.splits.get(Split.VALIDATION, 0),
            report=(*gathered.rows.report, *_concerns(cycle, gathered)),
            issues=_issues(cycle, gathered),
            refused=gathered.cleaned.refused,
        )
        return self._keep(curated, gathered, made)

    def curated(self, cycle_id: str) -> Curated | None:
        """Returns what was gathered for a cycle, None before that."""
        return self._store.curated(cycle_id)

    def waiting(self, deployment_id: str) -> Waiting:
        """Returns what the next cycle would learn that no earlier one has."""
        if not self._deployment(deployment_id).may_train:
            return Waiting()
        policy = self._policy(deployment_id)
        cleaned = self._clean(policy, reference_questions(self._datasets, policy))
        used = self._store.used(deployment_id)
        learnt = {one.kept_as for id, one in cleaned.taken.items() if id in used}
        new = [one for one in cleaned.kept if one.feedback_id not in learnt]
        return Waiting(
            groups=len({one.prompt_hash for one in new}),
            raters=dict(Counter(one.rater for one in new)),
            newest=max((one.created_at for one in new), default=None),
            held_out=sum(1 for one in cleaned.kept if part_of(one.prompt_hash) == "holdout"),
        )

    def _gather(self, cycle: RetrainCycle, deployment: Deployment) -> _Gathered:
        policy = cycle.policy
        golden = reference_questions(self._datasets, policy)
        cleaned = self._clean(policy, golden)
        version_id = policy.dataset_version_id
        rows: Sequence[Example] = ()
        told = ""
        if version_id is not None:
            rows = self._datasets.examples(version_id)
            told = self._datasets.version(version_id).system_prompt
        original = Original(rows, instructions(rows, told), golden)
        made = rows_of(
            cleaned, original, replay_ratio=policy.replay_ratio, objective=policy.objective
        )
        return _Gathered(deployment, cleaned, original, made)

    def _clean(self, policy: RetrainPolicy, golden: set[str]) -> Clean:
        deployment_id = policy.deployment_id
        hyperparameters = Hyperparameters().with_(**policy.hyperparameters)
        return clean(
            self._approvals.approved(deployment_id),
            golden=golden,
            objective=policy.objective,
            most_tokens=hyperparameters.sequence_length,
            before=self._store.sides(deployment_id),
        )

    def _versions(self, cycle: RetrainCycle, gathered: _Gathered) -> list[Made]:
        rows, deployment = gathered.rows, gathered.deployment
        refused = gathered.cleaned.refused
        training = self._made(cycle, deployment, "flywheel", gathered, rows.training, refused)
        if not rows.holdout:
            return [training]
        held_out = "flywheel, held out"
        return [training, self._made(cycle, deployment, held_out, gathered, rows.holdout, ())]

    def _made(
        self,
        cycle: RetrainCycle,
        deployment: Deployment,
        kind: str,
        gathered: _Gathered,
        examples: Sequence[Example],
        refused: Sequence[RefusedCorrection],
    ) -> Made:
        dataset = self._dataset(deployment, kind, cycle.created_at)
        number = len(self._datasets.versions(dataset.id)) + 1
        sources = [cycle.policy.dataset_version_id or "", *sorted(gathered.cleaned.taken)]
        pairs = cycle.policy.objective is Objective.DPO
        version = DatasetVersion(
            id=_derived("version", cycle.id, kind),
            dataset_id=dataset.id,
            number=number,
            n_examples=len(examples),
            splits=counts(examples),
            n_refused=len(refused),
            content_hash=content_hash(examples),
            source_filename=f"cycle {cycle.number} of {deployment.name}",
            source_sha256=hashlib.sha256("\n".join(sources).encode()).hexdigest(),
            format=DataFormat.PREFERENCE if pairs else DataFormat.CHAT,
            system_prompt=gathered.original.system,
            created_at=cycle.created_at,
        )
        left_out = [
            RefusedRow(line=len(examples) + at, reason=one.reason, excerpt=one.excerpt)
            for at, one in enumerate(refused, 1)
        ]
        return Made(version, examples, left_out, dataset)

    def _dataset(self, deployment: Deployment, kind: str, at: datetime) -> Dataset:
        """Returns where a deployment's versions of one kind belong; a taken name gets a number."""
        id = _derived("dataset", deployment.id, kind)
        title = f"{deployment.name} {kind}"
        further = 1
        while True:
            name = title if further == 1 else f"{title} {further}"
            there = self._datasets.dataset_by_name(deployment.project_id, name)
            if there is None:
                return Dataset(id=id, project_id=deployment.project_id, name=name, created_at=at)
            if there.id == id:
                return there
            further += 1

    def _keep(self, curated: Curated, gathered: _Gathered | None, made: Sequence[Made]) -> Curated:
        taken = {} if gathered is None else gathered.cleaned.taken
        sides = {id: (one.prompt_hash, one.part) for id, one in taken.items()}
        self._store.add(curated, sides, made)
        # Whoever was first decides; what came between the two is for the next cycle.
        return self._store.curated(curated.cycle_id) or curated


def _issues(cycle: RetrainCycle, gathered: _Gathered) -> tuple[str, ...]:
    """Returns what forbids to train on what was gathered."""
    found = []
    # Another base model can learn the original data alone.
    moves = cycle.trigger is TriggerKind.BASE_SHUTDOWN and gathered.rows.n_replay > 0
    if not gathered.rows.n_corrections and not moves:
        found.append("No approved correction may be learnt yet.")
    if cycle.policy.dataset_version_id is None:
        found.append("The policy names no original data, so nothing could be learnt beside them.")
    # A person who starts a cycle has seen who gave the corrections.
    if cycle.trigger is not TriggerKind.MANUAL:
        found.extend(_one_sided(cycle.policy, gathered.cleaned))
    return tuple(found)


def _concerns(cycle: RetrainCycle, gathered: _Gathered) -> tuple[str, ...]:
    """Returns what people should know, and what forbids nothing."""
    if cycle.trigger is TriggerKind.MANUAL:
        return _one_sided(cycle.policy, gathered.cleaned)
    return ()


def _one_sided(policy: RetrainPolicy, cleaned: Clean) -> tuple[str, ...]:
    raters = Counter(one.rater for one in cleaned.kept)
    if not raters:
        return ()
    if len(raters) < policy.min_raters:
        people = "1 person" if len(raters) == 1 else f"{len(raters)} people"
        return (f"The corrections come from {people}; {policy.min_raters} are asked for.",)
    name, most = raters.most_common(1)[0]
    share = most / raters.total()
    if share <= policy.max_share_one_rater:
        return ()
    return (
        f"{name} gave {share:.0%} of the corrections; one person may give"
        f" {policy.max_share_one_rater:.0%} at most.",
    )


def _derived(kind: str, *parts: str) -> str:
    """Returns the identifier of what a cycle makes: the same each time it is made."""
    digest = hashlib.sha256("/".join(parts).encode()).hexdigest()
    return f"{kind}_{digest[:16]}"

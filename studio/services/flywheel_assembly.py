"""Flywheel assembly: the retraining machine put together from its stores and its neighbours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from studio.domain.curation import Curated
from studio.domain.interfaces import TextGenerator
from studio.domain.jobs import Job
from studio.domain.retraining import RetrainCycle
from studio.domain.values import now
from studio.services.cycle_gate import CycleGate
from studio.services.cycle_machine import Parts
from studio.services.cycle_steps import CycleSteps, Making
from studio.services.deployments import DeploymentService
from studio.services.gate_run import GateRun
from studio.services.retrain_facts import Readier, Sources
from studio.services.retraining import RetrainingService
from studio.services.retraining_needs import (
    AnswerUsd,
    Arranging,
    Placer,
    Policies,
    Snapshot,
    Tell,
    Training,
)
from studio.services.rollback_proof import RollbackProof, through
from studio.services.rollout_looks import Looks
from studio.services.rollout_moves import RolloutMoves
from studio.services.rollout_watch import RolloutWatch
from studio.store.database import Database
from studio.store.datasets import DatasetStore
from studio.store.gates import GateStore
from studio.store.retraining import RetrainingStore
from studio.store.rollouts import RolloutStore


class Neighbours(NamedTuple):
    """Whom the machine works with."""

    deployments: DeploymentService
    arranger: Arranging
    generator: TextGenerator
    policies: Policies
    training: Training
    curate: Callable[[RetrainCycle], Curated]
    place: Placer
    sources: Sources
    usd: AnswerUsd
    """What one answer costs."""
    billed: Callable[[Job], Decimal | None]
    """What one training cost."""
    must_ask: Callable[[str], str]
    """Why a person has to approve at a deployment; empty: none has to."""
    tell: Tell


def flywheel(
    database: Database,
    others: Neighbours,
    *,
    changed: Callable[[], None] = lambda: None,
    clock: Callable[[], datetime] = now,
) -> RetrainingService:
    """Returns the machine on a database; `changed` is called when a cycle has moved."""
    store, datasets = RetrainingStore(database), DatasetStore(database)
    gates, rollouts = GateStore(database), RolloutStore(database)
    readier = Readier(store, others.sources, clock)
    steps = CycleSteps(
        Making(
            store=store,
            deployments=others.deployments,
            snapshot=lambda cycle: _snapshot(others.curate(cycle)),
            place=others.place,
            training=others.training,
            version=datasets.version,
            left=readier.left,
            billed=others.billed,
            clock=clock,
        )
    )
    moves = RolloutMoves(store, rollouts, others.deployments, clock)
    looks = Looks(rollouts, clock)
    watch = RolloutWatch(store, rollouts, others.deployments, looks, moves, clock)
    run = GateRun(
        gates,
        datasets,
        others.deployments,
        others.arranger,
        others.generator,
        usd=others.usd,
        closing=lambda: service.closing(),
        clock=clock,
    )
    parts = Parts(
        store=store,
        deployments=others.deployments,
        policies=others.policies,
        readier=readier,
        steps=steps,
        gate=CycleGate(store, gates, steps, run, watch, must_ask=others.must_ask, clock=clock),
        watch=watch,
        moves=moves,
        proof=RollbackProof(
            store,
            others.policies,
            through(others.deployments, others.arranger, others.generator),
            tell=others.tell,
            clock=clock,
        ),
        tell=others.tell,
        clock=clock,
    )
    service = RetrainingService(parts, gates, rollouts, changed=changed)
    return service


def _snapshot(curated: Curated) -> Snapshot:
    return Snapshot(
        curated.dataset_version_id,
        curated.holdout_version_id,
        curated.n_corrections,
        curated.n_holdout,
        curated.n_replay,
        curated.issues,
        " ".join((curated.sentence, *curated.report)),
    )

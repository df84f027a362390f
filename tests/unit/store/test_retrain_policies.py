"""Policies kept: the newest counts, earlier ones stay, and approvals of people are counted."""

from __future__ import annotations

from decimal import Decimal

import pytest

from studio.domain.errors import Conflict
from studio.domain.gates import GateConfig
from studio.domain.retraining import CycleState
from studio.domain.rollouts import RolloutConfig
from studio.store.database import Database
from studio.store.retrain_policies import RetrainPolicyStore
from studio.store.retraining import RetrainingStore
from tests.unit.store.cycles import NOON, cycle, policy
from tests.unit.store.test_curation import TO_GATE


def test_a_policy_comes_back_as_it_was(database: Database) -> None:
    store = RetrainPolicyStore(database)
    assert store.newest("deployment_1") is None
    first = policy(
        version=1,
        monthly_budget_usd=Decimal("12.50"),
        hyperparameters={"epochs": 2.0},
        gate=GateConfig(min_golden=150),
        rollout=RolloutConfig(stages=(0.1, 1.0)),
    )
    store.add(first)
    store.add(first.with_(version=2, min_raters=3))
    assert store.versions("deployment_1")[0] == first
    assert store.newest("deployment_1") == first.with_(version=2, min_raters=3)
    assert store.newest("deployment_2") is None


def test_one_version_is_saved_by_one_person(database: Database) -> None:
    store = RetrainPolicyStore(database)
    store.add(policy())
    store.add(policy())
    with pytest.raises(Conflict, match="somebody else"):
        store.add(policy(min_raters=5))


@pytest.mark.parametrize(
    ("to", "actor", "n"),
    [
        (CycleState.SHADOW, "Ada", 1),
        (CycleState.SHADOW, "flywheel", 0),
        (CycleState.REJECTED, "Ada", 0),
    ],
)
def test_only_what_a_person_let_go_on_counts_as_approved(
    database: Database, to: CycleState, actor: str, n: int
) -> None:
    cycles = RetrainingStore(database)
    waits = cycles.begin(cycle(), "Begun.")
    for state in (*TO_GATE, CycleState.AWAITING_APPROVAL):
        waits = cycles.move(waits, state, "On.", at=NOON)
    cycles.move(waits, to, "Decided.", at=NOON, actor=actor)
    assert RetrainPolicyStore(database).approved_cycles("deployment_1") == n

"""Gate answers are kept once, as they came; a decision comes back with every number."""

from __future__ import annotations

from typing import Any

import pytest

from studio.domain.datasets import Split
from studio.domain.errors import NotFound
from studio.domain.gates import GateAnswer, GateCheck, GateConfig, GateDecision
from studio.store.database import Database
from studio.store.gates import GateStore
from studio.store.retraining import RetrainingStore
from tests.unit.store.cycles import NOON, cycle, policy


def answer(example_id: str, **changes: Any) -> GateAnswer:
    return GateAnswer(
        cycle_id="cycle_1",
        revision_id="revision_1",
        suite="golden",
        example_id=example_id,
        output="refund",
        expected="refund",
        value=1.0,
        correct=True,
        valid=True,
        seconds=0.25,
        prompt_tokens=9,
    ).with_(**changes)


def decision(**changes: Any) -> GateDecision:
    return GateDecision(
        id="gate_1",
        cycle_id="cycle_1",
        deployment_id="deployment_1",
        candidate="revision_2",
        champion="revision_1",
        verdict="pass",
        checks=(),
        config=GateConfig(),
        summary="Better.",
        created_at=NOON,
    ).with_(**changes)


def test_an_answer_is_kept_once(database: Database) -> None:
    store = GateStore(database)
    store.add_answers([])
    store.add_answers([answer("a"), answer("b", suite="holdout", correct=False, value=0.5)])
    store.add_answers([answer("a", output="another", correct=False), answer("c")])
    assert [found.example_id for found in store.answers("cycle_1")] == ["a", "c", "b"]
    assert store.answers("cycle_1")[0] == answer("a")
    assert store.answered("cycle_1") == {
        ("revision_1", "golden", "a"),
        ("revision_1", "golden", "c"),
        ("revision_1", "holdout", "b"),
    }
    assert store.answers("cycle_2") == []


def test_a_decision_comes_back_with_every_number(database: Database) -> None:
    store = GateStore(database)
    check = GateCheck(
        name="fixes_corrections",
        kind="superiority",
        method="sign test",
        n=40,
        wins=29,
        losses=11,
        p_value=0.0032,
        threshold=0.05,
        verdict="pass",
        sentence="Better on 29 of 40.",
    )
    given = decision(checks=(check,))
    with database.write() as cursor:
        store.write_decision(cursor, given)
    assert store.decision("gate_1") == given
    with pytest.raises(NotFound):
        store.decision("gate_2")


def test_gates_are_counted_by_the_golden_set_they_asked(database: Database) -> None:
    store, cycles = GateStore(database), RetrainingStore(database)
    policies = [
        policy(dataset_version_id="version_1"),
        policy(dataset_version_id="version_1", golden_version_id="version_2"),
        policy(dataset_version_id="version_9", golden_version_id="version_2"),
        policy(dataset_version_id="version_1", golden_split=Split.VALIDATION),
        policy(),
    ]
    for number, given in enumerate(policies):
        # Each of another deployment, as one at a time may be under way; told of one.
        begun = cycle(f"cycle_{number}", policy=given, deployment_id=f"deployment_{number}")
        cycles.begin(begun, "Begun.")
        with database.write() as cursor:
            store.write_decision(cursor, decision(id=f"gate_{number}", cycle_id=begun.id))
    assert store.golden_sets("deployment_1") == [
        ("version_1", Split.TEST, 1),
        ("version_1", Split.VALIDATION, 1),
        ("version_2", Split.TEST, 2),
    ]
    assert store.golden_sets("deployment_9") == []

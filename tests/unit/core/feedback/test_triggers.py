from datetime import timedelta
from typing import Any

import pytest

from studio.core.feedback.triggers import readiness
from studio.domain.retraining import CycleState, TriggerKind
from tests.unit.core.feedback.trigger_cases import NOON, facts, policy

STOPS: list[dict[str, Any]] = [
    {"may_train": False},
    {"open_cycle": True},
    {"newest": NOON - timedelta(minutes=1)},
    {"last_ended": NOON - timedelta(hours=1)},
    {"bad_ends": 2},
    {"backend_trouble": "No place."},
    {"disagreement": "Agree first."},
]


def test_enough_corrections_begin_a_cycle() -> None:
    found = readiness(policy(), facts())
    assert found.fires is TriggerKind.CORRECTIONS
    assert found.sentence == "120 of 100 approved corrections are there."
    assert all(condition.met for condition in found.conditions)


def test_too_few_corrections_say_what_it_waits_for() -> None:
    found = readiness(policy(), facts(groups=37, raters={"ann": 37}))
    assert found.fires is None
    assert found.sentence == "37 of 100 approved corrections are there."


def test_who_gave_them_is_told_once_there_are_enough() -> None:
    found = readiness(policy(), facts(raters={"ann": 120}))
    assert found.fires is None
    assert found.sentence == "They come from 1 of at least 2 people."


@pytest.mark.parametrize("stop", STOPS)
def test_any_one_condition_stops_every_trigger(stop: dict[str, Any]) -> None:
    given = policy(schedule_days=1, drift_trains=True, thumbs_down_ceiling=0.05)
    known = facts(psi=0.9, base_shutdown=NOON.date(), thumbs_up=500)
    assert readiness(given, known).fires is not None
    assert readiness(given, known.with_(**stop)).fires is None


@pytest.mark.parametrize("changes", [{"enabled": False}, {"paused_because": "Twice in a row."}])
def test_a_policy_that_is_off_or_paused_begins_nothing(changes: dict[str, Any]) -> None:
    found = readiness(policy(**changes), facts())
    assert found.fires is None
    assert found.sentence


@pytest.mark.parametrize(
    "kind, asked, known",
    [
        (TriggerKind.THUMBS, {"thumbs_down_ceiling": 0.05}, {"thumbs_up": 800}),
        (TriggerKind.DRIFT, {"drift_trains": True}, {"psi": 0.3}),
        (TriggerKind.SCHEDULE, {"schedule_days": 3}, {}),
    ],
)
def test_other_kinds_begin_with_fewer_corrections_but_not_without_any(
    kind: TriggerKind, asked: dict[str, Any], known: dict[str, Any]
) -> None:
    few = {"groups": 5, "raters": {"ann": 3, "ben": 2}}
    found = readiness(policy(**asked), facts(**few, **known))
    assert found.fires is kind
    assert found.sentence.startswith("Or on")
    nothing = {"groups": 0, "raters": {}}
    assert readiness(policy(**asked), facts(**nothing, **known)).fires is None
    alone = {"groups": 5, "raters": {"ann": 5}}
    assert readiness(policy(**asked), facts(**alone, **known)).fires is None


def test_after_a_rollback_no_kind_begins_without_half_as_many_again() -> None:
    given = policy(schedule_days=3)
    known = facts(last_outcome=CycleState.ROLLED_BACK, groups=149)
    assert readiness(given, known).fires is None
    assert readiness(given, known.with_(groups=150)).fires is TriggerKind.CORRECTIONS


def test_the_end_of_the_base_needs_nothing_new() -> None:
    known = facts(groups=0, raters={}, base_shutdown=NOON.date() + timedelta(days=30))
    found = readiness(policy(), known)
    assert found.fires is TriggerKind.BASE_SHUTDOWN
    assert "in 30 days" in found.sentence


def test_the_end_of_the_base_is_tried_once_until_there_is_something_new() -> None:
    known = facts(
        groups=0, raters={}, base_shutdown=NOON.date() + timedelta(days=30), shutdown_tried=True
    )
    assert readiness(policy(), known).fires is None
    fresh = known.with_(groups=2, raters={"ann": 1, "ben": 1})
    assert readiness(policy(), fresh).fires is TriggerKind.BASE_SHUTDOWN


def test_corrections_come_before_all_other_kinds() -> None:
    known = facts(base_shutdown=NOON.date())
    assert readiness(policy(schedule_days=1), known).fires is TriggerKind.CORRECTIONS


def test_kinds_that_nobody_asked_for_are_not_shown() -> None:
    names = [condition.name for condition in readiness(policy(), facts()).conditions]
    assert not {"thumbs", "drift", "schedule", "base_shutdown"} & set(names)
    assert len(names) == len(set(names))


def test_more_corrections_never_hold_a_cycle_back() -> None:
    began = False
    for groups in range(60, 220, 5):
        shares = {"ann": groups // 2, "ben": groups - groups // 2}
        fires = readiness(policy(), facts(groups=groups, raters=shares)).fires is not None
        assert fires >= began
        began = fires
    assert began

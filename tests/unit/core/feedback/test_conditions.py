from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from studio.core.feedback import conditions
from studio.core.feedback.conditions import COMMON, OTHERS, Facts
from studio.domain.retraining import Condition, CycleState, RetrainPolicy, TriggerKind
from tests.unit.core.feedback.trigger_cases import NOON, facts, policy

Rule = Callable[[RetrainPolicy, Facts], Condition]


def common(name: str, given: RetrainPolicy, known: Facts) -> Condition:
    return next(found for rule in COMMON if (found := rule(given, known)).name == name)


@pytest.mark.parametrize(
    "name, policy_changes, facts_changes, met, words",
    [
        ("enabled", {}, {}, True, "switched on"),
        ("enabled", {"enabled": False}, {}, False, "switched off"),
        ("enabled", {"paused_because": "Look first."}, {}, False, "arms it again: Look first."),
        ("consent", {}, {"may_train": False}, False, "may not be learnt from"),
        ("open_cycle", {}, {"open_cycle": True}, False, "is under way"),
        ("failures", {}, {"bad_ends": 0}, True, "No retraining ended badly; at 2 it pauses"),
        ("failures", {}, {"bad_ends": 1}, True, "1 retraining ended badly; at 2 it pauses"),
        ("failures", {}, {"bad_ends": 2}, False, "2 retrainings in a row ended badly: "),
        ("failures", {"max_consecutive_failures": 3}, {"bad_ends": 2}, True, "at 3"),
        ("cooldown", {}, {"last_ended": None}, True, "No retraining has ended"),
        ("cooldown", {}, {"last_ended": NOON - timedelta(hours=23)}, False, "23 hours ago"),
        ("cooldown", {}, {"last_ended": NOON - timedelta(minutes=2)}, False, "2 minutes ago"),
        ("cooldown", {}, {"last_ended": NOON - timedelta(hours=24)}, True, "the pause is 24"),
        ("debounce", {}, {"newest": NOON - timedelta(minutes=14)}, False, "14 minutes old"),
        ("debounce", {}, {"newest": NOON - timedelta(minutes=15)}, True, "older than 15"),
        ("debounce", {}, {"newest": None}, True, "Nobody is correcting"),
        ("budget", {}, {"estimated_usd": None, "spent_usd": None}, True, "no ceiling"),
        (
            "budget",
            {"monthly_budget_usd": Decimal(20)},
            {"estimated_usd": None},
            False,
            "not known",
        ),
        ("budget", {"monthly_budget_usd": Decimal(20)}, {"spent_usd": None}, False, "not known"),
        ("budget", {"monthly_budget_usd": Decimal(0)}, {}, True, "0 of 0 USD"),
        ("backend", {}, {"backend_trouble": "The GPU is taken."}, False, "The GPU is taken."),
        ("agreement", {}, {"disagreement": "Agree on a rule first."}, False, "Agree on a rule"),
    ],
)
def test_what_must_hold_whatever_sets_it_off(
    name: str,
    policy_changes: dict[str, Any],
    facts_changes: dict[str, Any],
    met: bool,
    words: str,
) -> None:
    condition = common(name, policy(**policy_changes), facts(**facts_changes))
    assert condition.met is met
    assert words in condition.sentence


def test_the_budget_is_a_ceiling_for_the_month() -> None:
    given = policy(monthly_budget_usd=Decimal("20"))
    fits = facts(spent_usd=Decimal("15"), estimated_usd=Decimal("5"))
    over = facts(spent_usd=Decimal("15"), estimated_usd=Decimal("5.01"))
    assert common("budget", given, fits).met
    assert not common("budget", given, over).met
    assert common("budget", given, over).have == pytest.approx(20.01)


def test_corrections_are_counted_against_what_is_needed() -> None:
    found = conditions.corrections(policy(), facts(groups=37))
    assert (found.met, found.have, found.need) == (False, 37, 100)
    assert found.sentence == "37 of 100 approved corrections are there."


@pytest.mark.parametrize("state", [CycleState.ROLLED_BACK, CycleState.REJECTED])
def test_after_a_bad_end_it_takes_half_as_many_again(state: CycleState) -> None:
    known = facts(groups=149, last_outcome=state)
    assert conditions.needed(policy(), known) == 150
    assert not conditions.corrections(policy(), known).met
    assert "half as many again" in conditions.corrections(policy(), known).sentence
    assert conditions.corrections(policy(), known.with_(groups=150)).met


def test_corrections_of_a_refused_cycle_do_not_count_as_more() -> None:
    known = facts(groups=300, refused_groups=300, last_outcome=CycleState.REJECTED)
    assert conditions.needed(policy(), known) == 450


@pytest.mark.parametrize(
    "state", [None, CycleState.KEPT, CycleState.PROMOTED, CycleState.FAILED, CycleState.CANCELLED]
)
def test_after_any_other_end_it_takes_as_many_as_ever(state: CycleState | None) -> None:
    assert conditions.needed(policy(), facts(last_outcome=state)) == 100


def test_one_person_alone_does_not_teach_it() -> None:
    alone = facts(raters={"ann": 120})
    assert not conditions.raters(policy(), alone).met
    mostly = facts(raters={"ann": 71, "ben": 29})
    assert conditions.raters(policy(), mostly).met
    assert not conditions.one_rater(policy(), mostly).met
    assert conditions.one_rater(policy(), facts(raters={"ann": 70, "ben": 30})).met
    assert not conditions.one_rater(policy(), facts(raters={})).met
    assert conditions.raters(policy(), facts(raters={"ann": 9, "ben": 0})).have == 1


def test_thumbs_begin_only_when_it_is_sure() -> None:
    rule = OTHERS[TriggerKind.THUMBS]
    assert rule(policy(), facts()) is None
    given = policy(thumbs_down_ceiling=0.2)
    few = rule(given, facts(thumbs_up=10, thumbs=99))
    assert few is not None
    assert (few.met, few.have) == (False, None)
    for up, met in ((60, True), (75, False), (95, False)):
        found = rule(given, facts(thumbs_up=up, thumbs=100))
        assert found is not None
        assert found.met is met
    unknown = rule(given, facts(thumbs_up=None, thumbs=None))
    assert unknown is not None
    assert "an unknown number" in unknown.sentence


def test_drift_trains_only_where_somebody_wants_it_to() -> None:
    rule = OTHERS[TriggerKind.DRIFT]
    assert rule(policy(), facts(psi=9.0)) is None
    given = policy(drift_trains=True)
    for psi, met in ((0.24, False), (0.25, True), (None, False)):
        found = rule(given, facts(psi=psi))
        assert found is not None
        assert found.met is met


def test_the_schedule_counts_from_the_last_beginning_or_from_the_policy() -> None:
    rule = OTHERS[TriggerKind.SCHEDULE]
    assert rule(policy(), facts()) is None
    given = policy(schedule_days=30)
    for began, met in ((NOON - timedelta(days=30), True), (NOON - timedelta(days=29), False)):
        found = rule(given, facts(last_began=began))
        assert found is not None
        assert found.met is met
    never = rule(given, facts(last_began=None))
    assert never is not None
    assert never.have == pytest.approx(40)


@pytest.mark.parametrize("days, met", [(91, None), (90, True), (0, True), (-3, True)])
def test_the_end_of_a_base_model_is_told_ninety_days_before(days: int, met: bool | None) -> None:
    last: date = NOON.date() + timedelta(days=days)
    found = OTHERS[TriggerKind.BASE_SHUTDOWN](policy(), facts(base_shutdown=last))
    assert (None if found is None else found.met) is met
    if found is not None:
        assert ("ended on" in found.sentence) is (days < 0)

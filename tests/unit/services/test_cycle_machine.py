"""From a trigger to a champion, and every way out; time goes on only when a test says so."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from studio.domain.deployments import Action, LedgerRow, Slot
from studio.domain.errors import WorkerFailed
from studio.domain.retraining import CycleState, Mode
from studio.domain.rollouts import RolloutConfig
from studio.store import rows
from tests.unit.services.flywheel_desk import READY, WAITING, FlywheelDesk
from tests.unit.store.cycles import NOON, at

S = CycleState


@pytest.fixture
def desk(tmp_path: Path) -> FlywheelDesk:
    made = FlywheelDesk(tmp_path)
    made.use(mode=Mode.AUTO, rollout=RolloutConfig(stages=(0.1, 0.5, 1.0)))
    made.readier.says = READY
    return made


def taken_back(when: datetime) -> LedgerRow:
    return LedgerRow(
        deployment_id="deployment_1",
        seq=3,
        action=Action.ROLLBACK,
        slot=Slot.CHAMPION,
        actor="ann",
        reason="It is rude.",
        created_at=when,
        prev_hash="0" * 64,
        row_hash="1" * 64,
    )


def test_all_the_way_to_champion(desk: FlywheelDesk) -> None:
    shadow = desk.until(S.SHADOW)
    assert desk.deployments.get("deployment_1").slots[Slot.SHADOW] == shadow.candidate
    desk.readier.says, desk.looks.action = WAITING, "advance"
    desk.until(S.CANARY)
    assert desk.deployments.get("deployment_1").share == 0.1
    desk.tick()
    assert desk.deployments.get("deployment_1").share == 0.5
    desk.looks.action = "promote"
    promoted = desk.until(S.PROMOTED)
    slots = desk.deployments.get("deployment_1").slots
    assert (slots[Slot.CHAMPION], slots[Slot.PREVIOUS]) == (promoted.candidate, "revision_1")
    assert desk.store.holder("deployment_1") is None
    desk.looks.action = "keep"
    kept = desk.until(S.KEPT)
    assert desk.states(kept.id) == [
        S.TRIGGERED,
        S.SNAPSHOTTING,
        S.VALIDATING,
        S.TRAINING,
        S.EVALUATING,
        S.GATING,
        S.SHADOW,
        S.CANARY,
        S.PROMOTED,
        S.KEPT,
    ]
    assert len(desk.backend.submitted) == 1
    assert desk.service.gate(kept.id) is not None
    assert desk.rollouts.get(kept.rollout_id or "").status == "completed"
    assert desk.ear.events == ["promoted"]
    asked = {model for model, _ in desk.generator.asked}
    assert asked == {"small", desk.training.get(kept.job_id or "").model_version_id}


def test_every_contender_answers_every_question_once(desk: FlywheelDesk) -> None:
    cycle = desk.until(S.SHADOW)
    answers = desk.gates.answers(cycle.id)
    golden = len([row for row in desk.rows if row.split == "test"])
    assert len(answers) == 2 * (golden + 20)
    assert len(desk.generator.asked) == len(answers)
    assert {d.temperature for d in desk.generator.decodings} == {0}
    assert len({d.max_new_tokens for d in desk.generator.decodings}) == 1
    fixed = [a for a in answers if a.suite == "holdout" and a.revision_id == cycle.candidate]
    assert all(a.correct and a.value == 1 for a in fixed)
    assert not any(a.correct for a in answers if a.suite == "holdout" and a not in fixed)


def test_two_triggers_make_one_cycle(desk: FlywheelDesk) -> None:
    again = desk.another_service()
    desk.tick()
    again.tick()
    desk.tick()
    again.tick()
    assert len(desk.store.cycles()) == 1


def test_a_paused_policy_or_one_that_is_off_begins_nothing(desk: FlywheelDesk) -> None:
    desk.use(paused_because="Somebody paused it.")
    desk.tick(3)
    desk.use(paused_because="", enabled=False)
    desk.tick(3)
    assert desk.store.cycles() == []


def test_notify_tells_and_waits_for_a_person(desk: FlywheelDesk) -> None:
    desk.use(mode=Mode.NOTIFY)
    desk.tick(5)
    assert desk.store.cycles() == []
    assert desk.ear.heard == [("ready", READY.sentence)]
    desk.wait(25)
    desk.tick(2)
    assert len(desk.ear.heard) == 2


def test_after_bad_ends_in_a_row_the_policy_waits_for_a_person(desk: FlywheelDesk) -> None:
    desk.readier.bad = 2
    desk.tick(3)
    assert desk.store.cycles() == []
    paused = desk.policies.get("deployment_1").paused_because
    assert paused.startswith("2 cycles in a row ended badly")
    assert desk.ear.events == ["paused"]


def test_after_a_rollback_by_hand_the_policy_waits_for_a_person(desk: FlywheelDesk) -> None:
    desk.now = NOON + timedelta(hours=1)
    with desk.database.write() as cursor:
        rows.add(cursor, "deployment_ledger", taken_back(at(30)), "row")
    desk.tick(3)
    assert desk.store.cycles() == []
    paused = desk.policies.get("deployment_1").paused_because
    assert paused == "Its model was rolled back by ann: It is rude."
    assert desk.ear.events == ["paused"]
    # Armed since: nothing stands in the way any more.
    desk.use(paused_because="", created_at=at(40))
    desk.tick(1)
    assert len(desk.store.cycles()) == 1


@pytest.mark.parametrize(
    ("verdict", "state", "event"),
    [("fail", S.REJECTED, "gate_failed"), ("inconclusive", S.INCONCLUSIVE, "gate_inconclusive")],
)
def test_what_the_gate_does_not_pass_answers_nobody(
    desk: FlywheelDesk, verdict: str, state: CycleState, event: str
) -> None:
    desk.gate.verdict = verdict
    desk.tick()
    desk.readier.says = WAITING
    ended = desk.until(state)
    assert desk.deployments.acts == []
    assert desk.store.holder("deployment_1") is None
    decision = desk.service.gate(ended.id)
    assert decision is not None
    assert decision.verdict == verdict
    assert desk.ear.events == [event]


@pytest.mark.parametrize("why", ["mode", "raters"])
def test_where_a_person_has_the_last_word_the_candidate_waits(desk: FlywheelDesk, why: str) -> None:
    if why == "mode":
        desk.use(mode=Mode.TRAIN_THEN_ASK)
    else:
        desk.must_ask = "Your raters agree too little."
    desk.until(S.AWAITING_APPROVAL)
    desk.tick(3)
    assert desk.store.cycles()[0].state is S.AWAITING_APPROVAL
    assert desk.ear.events == ["awaiting_approval"]
    assert desk.deployments.acts == []


def test_a_failed_training_is_repeated_once_on_the_same_data(desk: FlywheelDesk) -> None:
    desk.backend.fails = "It ran out of memory."
    desk.tick()
    desk.readier.says = WAITING
    ended = desk.until(S.FAILED)
    assert ended.attempt == 2
    assert len(desk.backend.submitted) == 2
    assert len({spec.dataset_version_id for spec in desk.backend.submitted}) == 1
    assert "failed twice" in ended.message
    assert desk.ear.events == ["cycle_failed"]


def test_a_training_that_fails_once_ends_well(desk: FlywheelDesk) -> None:
    desk.backend.fails = "It ran out of memory."
    while not desk.store.cycles() or desk.store.cycles()[0].attempt == 1:
        desk.tick()
    desk.backend.fails = ""
    assert desk.until(S.SHADOW).attempt == 2


def test_a_training_that_was_killed_goes_on(desk: FlywheelDesk) -> None:
    cycle = desk.until(S.TRAINING)
    desk.tick(2)
    run_id = desk.jobs.get(cycle.job_id or "").run_id
    desk.backend.kill(run_id or "")
    assert desk.until(S.SHADOW).attempt == 1
    assert any("interrupted" in event.message for event in desk.store.events(cycle.id))


def test_who_cancels_the_training_cancels_the_cycle(desk: FlywheelDesk) -> None:
    cycle = desk.until(S.TRAINING)
    desk.readier.says = WAITING
    desk.training.cancel(cycle.job_id or "")
    assert "cancelled the training" in desk.until(S.CANCELLED).message


def test_bad_data_is_refused_with_its_reasons(desk: FlywheelDesk) -> None:
    desk.issues = ("12 answers are empty.",)
    desk.tick()
    desk.readier.says = WAITING
    assert desk.until(S.REJECTED).message == "Not trained: 12 answers are empty."
    assert desk.backend.submitted == []


def test_without_a_place_a_cycle_waits_a_day(desk: FlywheelDesk) -> None:
    desk.why_nowhere = "The graphics card is busy."
    desk.until(S.VALIDATING)
    desk.readier.says = WAITING
    desk.tick(2)
    assert desk.store.cycles()[0].message.endswith("The graphics card is busy.")
    desk.wait(25)
    assert "Waited a day" in desk.until(S.FAILED).message


def test_a_backend_that_is_away_is_waited_for(desk: FlywheelDesk) -> None:
    desk.backend.away = "It is away."
    desk.until(S.VALIDATING)
    desk.tick(3)
    assert desk.store.cycles()[0].message == "Waits for a place to train: It is away."
    desk.backend.away = ""
    desk.tick()
    assert desk.store.cycles()[0].state is S.VALIDATING  # It does not look every second.
    desk.wait(0.1)
    desk.until(S.TRAINING)


@pytest.mark.parametrize(("usd", "words"), [(None, "not known"), ("3.50", "would cost 3.50 USD")])
def test_the_budget_is_a_ceiling(desk: FlywheelDesk, usd: str | None, words: str) -> None:
    desk.left, desk.usd = Decimal(2), None if usd is None else Decimal(usd)
    desk.tick()
    desk.readier.says = WAITING
    assert words in desk.until(S.REJECTED).message
    assert desk.backend.submitted == []


def test_a_candidate_that_does_not_answer_fails_the_cycle(desk: FlywheelDesk) -> None:
    cycle = desk.until(S.EVALUATING)
    desk.readier.says = WAITING
    desk.generator.break_after(0)
    for _ in range(6):
        desk.tick()
        desk.wait(0.1)
    ended = desk.store.cycle(cycle.id)
    assert ended.state is S.FAILED
    assert "could not go on from evaluating" in ended.message


def test_answers_given_before_a_fault_are_not_asked_again(desk: FlywheelDesk) -> None:
    cycle = desk.until(S.EVALUATING)
    while not desk.gates.answers(cycle.id):
        desk.tick()
    kept = len(desk.gates.answers(cycle.id))
    desk.generator.break_after(0)
    desk.generator.failure = WorkerFailed("It died.")
    desk.tick()
    desk.generator.break_after(None)
    desk.wait(1)
    desk.until(S.SHADOW)
    assert len(desk.generator.asked) == len(desk.gates.answers(cycle.id)) > kept

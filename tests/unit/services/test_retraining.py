"""People start cycles, approve, decline and stop them; what they say is kept with their name."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.deployments import Slot
from studio.domain.errors import Conflict, InvalidTransition, NotFound
from studio.domain.jobs import JobStatus
from studio.domain.retraining import CycleState, Mode, RetrainCycle, TriggerKind
from tests.unit.services.flywheel_desk import WAITING, FlywheelDesk

S = CycleState


@pytest.fixture
def desk(tmp_path: Path) -> FlywheelDesk:
    return FlywheelDesk(tmp_path)


def test_a_person_starts_a_cycle(desk: FlywheelDesk) -> None:
    cycle = desk.service.start("deployment_1", actor="ann")
    assert (cycle.trigger, cycle.actor, cycle.message) == (
        TriggerKind.MANUAL,
        "ann",
        "Started by ann.",
    )
    assert desk.service.events(cycle.id)[0].actor == "ann"
    assert desk.service.gate(cycle.id) is None
    assert desk.service.rollout(cycle.id) is None
    assert desk.service.cycles("deployment_1") == [cycle]
    assert desk.service.readiness("deployment_1") == WAITING


def test_nothing_is_learnt_where_people_did_not_agree(desk: FlywheelDesk) -> None:
    kept = desk.deployments.kept["deployment_1"]
    desk.deployments.kept["deployment_1"] = kept.with_(may_train=False)
    with pytest.raises(Conflict, match="Nothing may be learnt from router"):
        desk.service.start("deployment_1", actor="ann")
    desk.deployments.kept["deployment_1"] = kept.with_(slots={})
    with pytest.raises(Conflict, match="Nothing answers at router"):
        desk.service.start("deployment_1", actor="ann")


def test_a_newer_cycle_supersedes_one_that_trains(desk: FlywheelDesk) -> None:
    older = desk.service.start("deployment_1", actor="ann")
    older = desk.until(S.TRAINING)
    newer = desk.service.start("deployment_1", actor="bob")
    desk.tick(3)
    assert desk.service.cycle(older.id).state is S.SUPERSEDED
    assert desk.training.get(older.job_id or "").status is JobStatus.CANCELLED
    assert desk.store.holder("deployment_1") == newer.id
    assert newer.number == 2


def test_a_newer_cycle_takes_the_older_candidate_out(desk: FlywheelDesk) -> None:
    older = waiting(desk)
    desk.service.approve(older.id, actor="ann")
    desk.looks.action = "advance"
    desk.until(S.CANARY)
    newer = desk.service.start("deployment_1", actor="bob")
    slots = desk.deployments.get("deployment_1").slots
    assert slots == {Slot.CHAMPION: "revision_1", Slot.ANCHOR: "revision_1"}
    assert desk.service.cycle(older.id).state is S.SUPERSEDED
    assert desk.store.holder("deployment_1") == newer.id
    assert desk.rollouts.get(desk.service.cycle(older.id).rollout_id or "").status == "stopped"


def waiting(desk: FlywheelDesk) -> RetrainCycle:
    """Returns a cycle that waits for somebody's word."""
    desk.service.start("deployment_1", actor="ann")
    return desk.until(S.AWAITING_APPROVAL)


def test_who_approved_is_kept(desk: FlywheelDesk) -> None:
    cycle = desk.service.approve(waiting(desk).id, actor="ann", note="I read twenty answers.")
    assert cycle.state is S.SHADOW
    last = desk.service.events(cycle.id)[-1]
    assert (last.actor, last.message) == ("ann", "Approved by ann. I read twenty answers.")
    assert desk.service.rollout(cycle.id) is not None
    with pytest.raises(Conflict, match="nobody is asked about it now"):
        desk.service.approve(cycle.id, actor="bob")


def test_who_declined_is_kept(desk: FlywheelDesk) -> None:
    cycle = desk.service.decline(waiting(desk).id, actor="ann", note="Too curt.")
    assert (cycle.state, cycle.message) == (S.REJECTED, "Declined by ann. Too curt.")
    assert desk.deployments.acts == []


def test_a_comparison_with_yesterdays_champion_approves_nothing(desk: FlywheelDesk) -> None:
    cycle = waiting(desk)
    desk.deployments.add_revision("deployment_1", revision_id="newer", model_id="m", name="Newer")
    desk.deployments.promote("deployment_1", "newer", actor="bob", reason="Better.")
    with pytest.raises(Conflict, match="Another revision answers since"):
        desk.service.approve(cycle.id, actor="ann")


@pytest.mark.parametrize("state", [S.VALIDATING, S.TRAINING, S.AWAITING_APPROVAL])
def test_a_cycle_can_be_stopped_until_its_candidate_is_champion(
    desk: FlywheelDesk, state: CycleState
) -> None:
    desk.service.start("deployment_1", actor="ann")
    cycle = desk.until(state)
    ended = desk.service.cancel(cycle.id, actor="bob", note="Wrong data.")
    assert (ended.state, ended.message) == (S.CANCELLED, "Cancelled by bob. Wrong data.")
    desk.tick(3)
    if ended.job_id and state is S.TRAINING:
        assert desk.training.get(ended.job_id).status is JobStatus.CANCELLED
    with pytest.raises(InvalidTransition):
        desk.service.cancel(cycle.id, actor="bob")


def test_a_training_whose_studio_died_while_it_was_stopped_is_stopped_later(
    desk: FlywheelDesk,
) -> None:
    desk.service.start("deployment_1", actor="ann")
    cycle = desk.until(S.TRAINING)
    desk.store.move(cycle, S.CANCELLED, "Cancelled by bob.", at=desk.now, actor="bob")
    desk.tick(3)
    assert desk.training.get(cycle.job_id or "").status is JobStatus.CANCELLED
    assert desk.store.unstopped() == []


def test_stopping_a_rollout_takes_the_candidate_out(desk: FlywheelDesk) -> None:
    cycle = desk.service.approve(waiting(desk).id, actor="ann")
    desk.service.cancel(cycle.id, actor="ann")
    assert Slot.SHADOW not in desk.deployments.get("deployment_1").slots


def test_a_revision_that_a_person_brought_is_watched_like_any_other(desk: FlywheelDesk) -> None:
    desk.deployments.add_revision("deployment_1", revision_id="mine", model_id="m", name="Mine")
    cycle = desk.service.roll_out("deployment_1", "mine", actor="ann", note="I am sure.")
    assert (cycle.state, cycle.candidate, cycle.gate_id) == (S.SHADOW, "mine", None)
    assert cycle.message == "Rolled out by ann without a gate. I am sure."
    assert desk.deployments.get("deployment_1").slots[Slot.SHADOW] == "mine"
    with pytest.raises(Conflict):
        desk.service.roll_out("deployment_1", "mine", actor="bob")
    desk.looks.action = "advance"
    desk.until(S.CANARY)
    desk.looks.action = "rollback"
    desk.until(S.ROLLED_BACK)
    desk.tick()
    proof = desk.store.events(cycle.id)[-1].evidence
    assert proof == {"served_revision": "revision_1", "served_model": "small"}
    assert desk.deployments.revision("mine").quarantined
    with pytest.raises(Conflict, match="Mine cannot answer at router"):
        desk.service.roll_out("deployment_1", "mine", actor="ann")


def test_what_a_person_brought_needs_nobodys_consent_as_nothing_is_learnt(
    desk: FlywheelDesk,
) -> None:
    kept = desk.deployments.kept["deployment_1"]
    desk.deployments.kept["deployment_1"] = kept.with_(may_train=False)
    desk.deployments.add_revision("deployment_1", revision_id="mine", model_id="m", name="Mine")
    cycle = desk.service.roll_out("deployment_1", "mine", actor="ann")
    assert cycle.state is S.SHADOW


def test_while_a_cycle_is_under_way_nothing_else_is_rolled_out(desk: FlywheelDesk) -> None:
    desk.deployments.add_revision("deployment_1", revision_id="mine", model_id="m", name="Mine")
    desk.service.start("deployment_1", actor="ann")
    with pytest.raises(Conflict, match="still under way"):
        desk.service.roll_out("deployment_1", "mine", actor="ann")
    assert Slot.SHADOW not in desk.deployments.get("deployment_1").slots


def test_the_thread_moves_cycles_on(desk: FlywheelDesk) -> None:
    desk.use(mode=Mode.NOTIFY)
    desk.service.open()
    desk.service.open()
    desk.service.close()
    assert desk.service.closing()


def test_no_such_cycle(desk: FlywheelDesk) -> None:
    with pytest.raises(NotFound):
        desk.service.events("cycle_9")

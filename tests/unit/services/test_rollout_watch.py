"""A candidate that harms is taken back, the old revision answers, and that is proved."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.domain.deployments import Slot
from studio.domain.errors import StudioError
from studio.domain.retraining import CycleState, Mode, RetrainCycle
from studio.domain.rollouts import RolloutConfig
from tests.unit.services.flywheel_desk import READY, WAITING, FlywheelDesk

S = CycleState


@pytest.fixture
def desk(tmp_path: Path) -> FlywheelDesk:
    made = FlywheelDesk(tmp_path)
    made.use(mode=Mode.AUTO)
    made.readier.says = READY
    return made


def brought_to(desk: FlywheelDesk, state: CycleState) -> RetrainCycle:
    """Returns a cycle in one of the states of a rollout."""
    desk.until(S.SHADOW)
    desk.readier.says = WAITING
    if state is not S.SHADOW:
        desk.looks.action = "advance"
        desk.until(S.CANARY)
    if state is S.PROMOTED:
        desk.looks.action = "promote"
        desk.until(S.PROMOTED)
    desk.looks.action = "wait"
    return desk.store.cycles()[0]


@pytest.mark.parametrize("state", [S.SHADOW, S.CANARY, S.PROMOTED])
def test_harm_brings_the_old_revision_back_and_proves_it(
    desk: FlywheelDesk, state: CycleState
) -> None:
    cycle = brought_to(desk, state)
    desk.looks.action = "rollback"
    desk.until(S.ROLLED_BACK)
    desk.tick()
    deployment = desk.deployments.get("deployment_1")
    assert deployment.slots[Slot.CHAMPION] == "revision_1"
    assert cycle.candidate not in deployment.slots.values()
    assert desk.deployments.revision(cycle.candidate or "").quarantined
    proof = desk.store.events(cycle.id)[-1]
    assert proof.evidence == {"served_revision": "revision_1", "served_model": "small"}
    assert "rolled back" in desk.policies.get("deployment_1").paused_because
    assert desk.rollouts.get(cycle.rollout_id or "").status == "rolled_back"
    assert "rolled_back" in desk.ear.events
    desk.tick(3)
    assert desk.store.events(cycle.id)[-1] == proof


@pytest.mark.parametrize("state", [S.SHADOW, S.CANARY, S.PROMOTED])
def test_a_candidate_that_answers_nothing_any_more_is_taken_back_at_its_first_failure(
    desk: FlywheelDesk, state: CycleState
) -> None:
    cycle = brought_to(desk, state)
    desk.deployments.broken.add(cycle.candidate or "")
    desk.tick(3)
    # Nobody has met it yet.
    assert desk.store.cycle(cycle.id).state is state
    desk.looks.errors = 1
    ended = desk.until(S.ROLLED_BACK)
    assert ended.message.startswith("The candidate does not answer any more, and the champion does")
    assert desk.deployments.get("deployment_1").slots[Slot.CHAMPION] == "revision_1"
    assert desk.deployments.revision(cycle.candidate or "").quarantined


def test_where_nothing_answers_the_candidate_is_not_blamed(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.CANARY)
    desk.deployments.broken |= {cycle.candidate or "", "revision_1"}
    desk.looks.errors = 1
    desk.tick(3)
    assert desk.store.cycle(cycle.id).state is S.CANARY


def test_a_failure_of_a_candidate_that_answers_is_only_counted(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.CANARY)
    desk.looks.errors = 1
    desk.tick(3)
    assert desk.store.cycle(cycle.id).state is S.CANARY
    # The failure was looked into; only a further one is again.
    desk.deployments.broken.add(cycle.candidate or "")
    desk.tick(3)
    assert desk.store.cycle(cycle.id).state is S.CANARY
    desk.looks.errors = 2
    desk.until(S.ROLLED_BACK)


def test_the_numbers_of_a_rollback_are_kept(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.CANARY)
    desk.looks.action = "rollback"
    desk.until(S.ROLLED_BACK)
    moved = next(e for e in desk.store.events(cycle.id) if e.to_state is S.ROLLED_BACK)
    assert moved.evidence["e_value"] == 31.875
    assert (moved.evidence["harm"], moved.evidence["help"]) == (7, 0)
    assert desk.service.checks(cycle.rollout_id or "")[-1].action == "rollback"


def test_a_rollback_to_a_broken_revision_is_not_made(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.PROMOTED)
    desk.deployments.broken.add("revision_1")
    desk.looks.action = "rollback"
    desk.tick(3)
    assert desk.store.cycle(cycle.id).state is S.PROMOTED
    assert desk.deployments.get("deployment_1").slots[Slot.CHAMPION] == cycle.candidate
    desk.deployments.broken.clear()
    desk.wait(1)
    desk.until(S.ROLLED_BACK)


def test_a_proof_that_fails_is_made_again_and_told(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.CANARY)
    desk.looks.action = "rollback"
    desk.until(S.ROLLED_BACK)
    revision = desk.deployments.revisions["revision_1"]
    desk.deployments.revisions["revision_1"] = desk.deployments.revisions[cycle.candidate or ""]
    desk.tick()
    assert desk.ear.events[-1] == "rollback_failed"
    assert desk.store.unproven() != []
    desk.deployments.revisions["revision_1"] = revision
    desk.wait(1)
    desk.tick()
    assert desk.store.unproven() == []


def test_a_champion_replaced_meanwhile_is_quarantined_and_nothing_swapped(
    desk: FlywheelDesk,
) -> None:
    cycle = brought_to(desk, S.PROMOTED)
    desk.deployments.add_revision("deployment_1", revision_id="newer", model_id="m", name="Newer")
    desk.deployments.promote("deployment_1", "newer", actor="ann", reason="Better.")
    desk.looks.action = "rollback"
    desk.until(S.ROLLED_BACK)
    slots = desk.deployments.get("deployment_1").slots
    assert slots[Slot.CHAMPION] == "newer"
    assert cycle.candidate not in slots.values()
    assert desk.deployments.revision(cycle.candidate or "").quarantined


def test_a_watch_ends_when_another_takes_the_place(desk: FlywheelDesk) -> None:
    brought_to(desk, S.PROMOTED)
    desk.deployments.add_revision("deployment_1", revision_id="newer", model_id="m", name="Newer")
    desk.deployments.promote("deployment_1", "newer", actor="ann", reason="Better.")
    assert "Another revision took its place" in desk.until(S.KEPT).message


def test_the_next_cycle_may_begin_during_the_bake(desk: FlywheelDesk) -> None:
    first = brought_to(desk, S.PROMOTED)
    desk.readier.says = READY
    desk.wait(24)
    desk.tick()
    assert [c.state for c in desk.store.unended()] == [S.PROMOTED, S.TRIGGERED]
    assert desk.store.cycles()[0].champion == first.candidate


def test_a_rollback_in_the_bake_takes_the_next_candidate_out_too(desk: FlywheelDesk) -> None:
    first = brought_to(desk, S.PROMOTED)
    desk.wait(24)
    desk.readier.says = READY
    desk.tick()
    desk.readier.says, desk.looks.action = WAITING, "wait"
    desk.until(S.SHADOW)
    desk.looks.shadow = desk.looks.seen_as("advance")  # type: ignore[method-assign]
    desk.until(S.CANARY)
    desk.looks.bake = desk.looks.seen_as("rollback")  # type: ignore[method-assign]
    desk.tick(2)
    assert desk.store.cycle(first.id).state is S.ROLLED_BACK
    assert desk.store.cycles()[0].state is S.ROLLED_BACK
    slots = desk.deployments.get("deployment_1").slots
    assert (slots[Slot.CHAMPION], Slot.CANDIDATE in slots) == ("revision_1", False)


def test_what_a_person_does_to_the_slots_is_followed(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.CANARY)
    desk.deployments.promote("deployment_1", actor="ann", reason="I know.")
    assert desk.until(S.PROMOTED).message == "Promoted by hand."
    desk.deployments.rollback("deployment_1", actor="ann", reason="I did not.")
    assert desk.until(S.ROLLED_BACK).message == "Rolled back by hand."
    assert desk.store.cycles()[0].id == cycle.id


def test_a_candidate_taken_out_by_hand_ends_its_cycle(desk: FlywheelDesk) -> None:
    brought_to(desk, S.SHADOW)
    desk.deployments.clear("deployment_1", Slot.SHADOW, actor="ann", reason="No.")
    assert "taken out of its slot" in desk.until(S.ROLLED_BACK).message


def test_shadow_can_be_left_out(desk: FlywheelDesk) -> None:
    desk.use(rollout=RolloutConfig(shadow_replies=0))
    desk.until(S.SHADOW)
    assert desk.deployments.acts == []
    desk.looks.action = "advance"
    desk.until(S.CANARY)
    assert [act for act, _ in desk.deployments.acts] == ["place candidate"]


def test_a_look_that_sees_nothing_new_is_kept_once(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.SHADOW)
    desk.tick(4)
    assert len(desk.service.checks(cycle.rollout_id or "")) == 1


def test_trouble_while_watching_never_ends_a_rollout(desk: FlywheelDesk) -> None:
    cycle = brought_to(desk, S.CANARY)

    def fails(seen: object) -> None:
        raise StudioError("The disk is full.")

    desk.looks.canary = fails  # type: ignore[assignment]
    for _ in range(8):
        desk.tick()
        desk.wait(1)
    assert desk.store.cycle(cycle.id).state is S.CANARY

"""What a deployment is after a change, and what is refused."""

from __future__ import annotations

import pytest

from studio.core.feedback import slots
from studio.domain.deployments import Action, Deployment, Revision, Slot
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.values import now


def deployment(share: float = 0.0, **held: str) -> Deployment:
    return Deployment(
        id="deployment_1",
        project_id="project_1",
        name="router",
        salt="salt",
        share=share,
        slots={Slot(slot): f"r{number}" for slot, number in held.items()},
        created_at=now(),
    )


def revision(number: str, *, quarantined: bool = False, of: str = "deployment_1") -> Revision:
    return Revision(
        id=f"r{number}",
        deployment_id=of,
        number=int(number),
        name=f"Router v{number}",
        model_id="base",
        quarantined=quarantined,
        created_at=now(),
    )


def held(change: slots.Change) -> dict[str, str]:
    return {slot.value: id for slot, id in change.after.slots.items()}


def test_a_promotion_moves_the_champion_to_previous_and_ends_the_canary() -> None:
    before = deployment(0.25, champion="1", anchor="1", candidate="2", shadow="2")
    change = slots.promoted(before, revision("2"))
    assert held(change) == {"champion": "r2", "anchor": "r1", "previous": "r1"}
    assert change.after.share == 0 and change.action is Action.PROMOTE
    assert (change.from_revision, change.to_revision) == ("r1", "r2")


def test_promoting_another_one_leaves_a_foreign_shadow_alone() -> None:
    before = deployment(champion="1", candidate="2", shadow="3", previous="4")
    change = slots.promoted(before, revision("4"))
    assert held(change) == {"champion": "r4", "previous": "r1", "shadow": "r3"}


def test_the_previous_one_is_never_the_champion() -> None:
    before = deployment(champion="1", previous="2")
    for change in (slots.promoted(before, revision("2")), slots.rolled_back(before)):
        assert change.after.slots[Slot.CHAMPION] == "r2"
        assert change.after.slots.get(Slot.PREVIOUS) != "r2"


def test_a_rollback_ends_a_canary_first_and_quarantines_the_candidate() -> None:
    before = deployment(0.5, champion="1", candidate="2", shadow="2", previous="0", anchor="1")
    change = slots.rolled_back(before)
    assert held(change) == {"champion": "r1", "previous": "r0", "anchor": "r1"}
    assert change.quarantined == "r2" and change.after.share == 0
    assert change.slot is Slot.CANDIDATE and change.to_revision is None


def test_a_rollback_without_a_canary_brings_the_previous_champion_back() -> None:
    change = slots.rolled_back(deployment(champion="2", previous="1", anchor="1"))
    assert held(change) == {"champion": "r1", "anchor": "r1"}
    assert change.quarantined == "r2" and change.action is Action.ROLLBACK
    with pytest.raises(Conflict, match="nothing to go back to"):
        slots.rolled_back(change.after)


def test_a_candidate_takes_its_share_and_keeps_it_when_placed_again() -> None:
    first = slots.placed(deployment(champion="1"), Slot.CANDIDATE, revision("2"), 0.05)
    assert first.after.share == 0.05 and first.action is Action.CANARY_START
    again = slots.placed(first.after, Slot.CANDIDATE, revision("2"), None)
    assert again.after.share == 0.05
    step = slots.shared(again.after, 0.25)
    assert step.after.share == 0.25 and step.action is Action.CANARY_STEP


@pytest.mark.parametrize("share", [-0.1, 1.01, float("nan")])
def test_a_share_is_a_share(share: float) -> None:
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        slots.shared(deployment(champion="1", candidate="2"), share)


def test_what_was_taken_out_leaves_the_champion() -> None:
    before = deployment(0.5, champion="1", candidate="2")
    stopped = slots.cleared(before, Slot.CANDIDATE, quarantine=False)
    assert held(stopped) == {"champion": "r1"} and stopped.after.share == 0
    assert (stopped.action, stopped.quarantined) == (Action.STOP, None)
    bad = slots.cleared(before, Slot.CANDIDATE, quarantine=True)
    assert (bad.action, bad.quarantined) == (Action.QUARANTINE, "r2")


@pytest.mark.parametrize("slot", [Slot.CHAMPION, Slot.ANCHOR])
def test_champion_and_anchor_are_never_empty(slot: Slot) -> None:
    with pytest.raises(InvalidInput, match="never empty"):
        slots.cleared(deployment(champion="1", anchor="1"), slot, quarantine=False)


def test_what_was_rolled_back_is_not_put_to_work_but_may_be_measured_against() -> None:
    before, bad = deployment(champion="1"), revision("2", quarantined=True)
    with pytest.raises(Conflict, match="rolled back"):
        slots.promoted(before, bad)
    for slot in (Slot.CANDIDATE, Slot.SHADOW):
        with pytest.raises(Conflict, match="rolled back"):
            slots.placed(before, slot, bad, None)
    assert held(slots.placed(before, Slot.ANCHOR, bad, None))["anchor"] == "r2"


def test_what_makes_no_sense_is_refused() -> None:
    before = deployment(champion="1", candidate="2")
    with pytest.raises(Conflict, match="champion already"):
        slots.promoted(before, revision("1"))
    with pytest.raises(Conflict, match="already has a candidate"):
        slots.placed(before, Slot.CANDIDATE, revision("3"), 0.1)
    with pytest.raises(Conflict, match="it is the champion"):
        slots.placed(before, Slot.SHADOW, revision("1"), None)
    with pytest.raises(InvalidInput, match="by hand"):
        slots.placed(before, Slot.PREVIOUS, revision("3"), None)
    with pytest.raises(InvalidInput, match="not a revision of router"):
        slots.promoted(before, revision("3", of="deployment_2"))
    with pytest.raises(Conflict, match="no candidate"):
        slots.shared(deployment(champion="1"), 0.5)
    with pytest.raises(Conflict, match="empty already"):
        slots.cleared(deployment(champion="1"), Slot.SHADOW, quarantine=False)

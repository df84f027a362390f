"""Slots: what a deployment is after a change, and which changes there are."""

from __future__ import annotations

from typing import NamedTuple

from studio.domain.deployments import Action, Deployment, Revision, Slot
from studio.domain.errors import Conflict, InvalidInput

EMPTIED = (Slot.CANDIDATE, Slot.SHADOW, Slot.PREVIOUS)
"""Slots that may be emptied: there always is a champion, and an anchor to compare it with."""
STARTS = {
    Slot.CANDIDATE: Action.CANARY_START,
    Slot.SHADOW: Action.SHADOW_START,
    Slot.ANCHOR: Action.SET_ANCHOR,
}
"""Slot that a revision may be put into → what that is called."""


class Change(NamedTuple):
    """One change, with the deployment as it is afterwards."""

    after: Deployment
    action: Action
    slot: Slot
    from_revision: str | None
    to_revision: str | None
    quarantined: str | None = None
    """Revision that is never promoted again."""


def placed(deployment: Deployment, slot: Slot, revision: Revision, share: float | None) -> Change:
    """Puts a revision into the slot of candidate, shadow or anchor.

    Raises:
        InvalidInput: for a slot that is filled by promoting only.
        Conflict: when the revision must not be there.
    """
    _refuse_strangers(deployment, revision)
    if slot not in STARTS:
        raise InvalidInput(
            f"Nothing is put into the slot {slot} by hand.",
            hint="Promote a revision: the one before it becomes the previous one.",
        )
    slots = dict(deployment.slots)
    held = slots.get(slot)
    if slot is not Slot.ANCHOR:
        _refuse_quarantined(revision)
        if revision.id == slots.get(Slot.CHAMPION):
            raise Conflict(f"{revision.name} answers already: it is the champion.")
    if slot is Slot.CANDIDATE and held not in (None, revision.id):
        raise Conflict(
            f"{deployment.name} already has a candidate.",
            hint="Promote it or take it back first.",
        )
    slots[slot] = revision.id
    after = deployment.with_(slots=slots)
    if slot is Slot.CANDIDATE and share is not None:
        after = after.with_(share=_share(share))
    return Change(after, STARTS[slot], slot, held, revision.id)


def promoted(deployment: Deployment, revision: Revision) -> Change:
    """Makes a revision the champion; the one before it becomes the previous one."""
    _refuse_strangers(deployment, revision)
    _refuse_quarantined(revision)
    slots = dict(deployment.slots)
    old = slots.get(Slot.CHAMPION)
    if old == revision.id:
        raise Conflict(f"{revision.name} is the champion already.")
    for slot in (Slot.CANDIDATE, Slot.SHADOW):
        if slot is Slot.CANDIDATE or slots.get(slot) == revision.id:
            slots.pop(slot, None)
    slots[Slot.CHAMPION] = revision.id
    if old is not None:
        slots[Slot.PREVIOUS] = old
    after = deployment.with_(slots=slots, share=0.0)
    return Change(after, Action.PROMOTE, Slot.CHAMPION, old, revision.id)


def target(deployment: Deployment) -> str | None:
    """Returns the revision that a rollback would bring back, None when it ends a canary.

    Raises:
        Conflict: when there is nothing to go back to.
    """
    if deployment.slots.get(Slot.CANDIDATE) is not None:
        return None
    previous = deployment.slots.get(Slot.PREVIOUS)
    if previous is None or previous == deployment.slots.get(Slot.CHAMPION):
        raise Conflict(
            f"{deployment.name} has nothing to go back to.",
            hint="Promote any revision that is not quarantined instead.",
        )
    return previous


def rolled_back(deployment: Deployment) -> Change:
    """Takes the candidate out, or, where there is none, brings the previous champion back.

    What was taken away is quarantined.
    """
    back = target(deployment)
    slots = dict(deployment.slots)
    if back is None:
        gone = slots.pop(Slot.CANDIDATE)
        slots = {slot: id for slot, id in slots.items() if (slot, id) != (Slot.SHADOW, gone)}
        after = deployment.with_(slots=slots, share=0.0)
        return Change(after, Action.ROLLBACK, Slot.CANDIDATE, gone, None, gone)
    gone = slots[Slot.CHAMPION]
    slots[Slot.CHAMPION] = back
    # Never the present champion, and never what was just taken away.
    del slots[Slot.PREVIOUS]
    after = deployment.with_(slots=slots, share=0.0)
    return Change(after, Action.ROLLBACK, Slot.CHAMPION, gone, back, gone)


def shared(deployment: Deployment, share: float) -> Change:
    """Sends another share of the sessions to the candidate."""
    candidate = deployment.slots.get(Slot.CANDIDATE)
    if candidate is None:
        raise Conflict(
            f"{deployment.name} has no candidate to send anybody to.",
            hint="Put a revision into the slot of the candidate first.",
        )
    after = deployment.with_(share=_share(share))
    return Change(after, Action.CANARY_STEP, Slot.CANDIDATE, candidate, candidate)


def cleared(deployment: Deployment, slot: Slot, *, quarantine: bool) -> Change:
    """Empties a slot."""
    if slot not in EMPTIED:
        raise InvalidInput(
            f"The slot {slot} is never empty.", hint="Put another revision there instead."
        )
    held = deployment.slots.get(slot)
    if held is None:
        raise Conflict(f"The slot {slot} of {deployment.name} is empty already.")
    slots = {other: id for other, id in deployment.slots.items() if other is not slot}
    share = 0.0 if slot is Slot.CANDIDATE else deployment.share
    action = Action.QUARANTINE if quarantine else Action.STOP
    after = deployment.with_(slots=slots, share=share)
    return Change(after, action, slot, held, None, held if quarantine else None)


def _share(share: float) -> float:
    if not 0 <= share <= 1:
        raise InvalidInput(
            f"A share of the sessions is between 0 and 1, not {share:g}.",
            hint="0.05 sends five sessions in a hundred to the candidate.",
            param="share",
        )
    return float(share)


def _refuse_quarantined(revision: Revision) -> None:
    if revision.quarantined:
        raise Conflict(
            f"{revision.name} was rolled back and is not put to work again.",
            hint="Make a new revision of what you want to try again.",
        )


def _refuse_strangers(deployment: Deployment, revision: Revision) -> None:
    if revision.deployment_id != deployment.id:
        raise InvalidInput(f"{revision.name} is not a revision of {deployment.name}.")

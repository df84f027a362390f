"""Slot changes: a revision put to work, promoted or taken back, each with the row that says why."""

from __future__ import annotations

from functools import partial
from typing import Protocol

from studio.core.feedback import slots
from studio.core.feedback.ledger import sealed
from studio.core.feedback.slots import Change
from studio.domain.deployments import Deployment, Evidence, LedgerRow, Revision, Slot
from studio.domain.errors import Conflict, InvalidInput, StudioError
from studio.domain.interfaces import Answer
from studio.domain.values import now
from studio.store.deployments import Also, DeploymentStore, Row, nothing_else

LONGEST_REASON = 500


class Trying(Protocol):
    """What lets revisions answer; see `Revisions`."""

    def tried(self, revision: Revision) -> Answer:
        """Lets it answer a canned question; raises what stands in the way."""


class SlotChanges:
    """What changes who answers."""

    def __init__(self, store: DeploymentStore, revisions: Trying) -> None:
        self._store, self._trying = store, revisions

    def place(
        self,
        deployment_id: str,
        slot: Slot,
        revision_id: str,
        *,
        actor: str,
        reason: str,
        share: float | None = None,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        gate_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        """Puts a revision into the slot of candidate, shadow or anchor.

        Raises:
            Conflict: when it must not be there, or does not answer.
        """
        before, revision = self._store.get(deployment_id), self._store.revision(revision_id)
        change = slots.placed(before, slot, revision, share)
        if slot is not Slot.ANCHOR:
            self._refuse_broken(revision)
        row = row_of(change, actor, reason, evidence, cycle_id, gate_id)
        return self._store.move(before, change.after, row, also=also)

    def promote(
        self,
        deployment_id: str,
        revision_id: str | None = None,
        *,
        actor: str,
        reason: str,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        gate_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        """Makes the candidate the champion, or any revision that was not rolled back.

        Raises:
            Conflict: when there is none, or it does not answer.
        """
        before = self._store.get(deployment_id)
        wanted = revision_id or before.slots.get(Slot.CANDIDATE)
        if wanted is None:
            raise Conflict(f"{before.name} has no candidate.", hint="Say which revision.")
        revision = self._store.revision(wanted)
        change = slots.promoted(before, revision)
        self._refuse_broken(revision)
        row = row_of(change, actor, reason, evidence, cycle_id, gate_id)
        return self._store.move(before, change.after, row, also=also)

    def rollback(
        self,
        deployment_id: str,
        *,
        actor: str,
        reason: str,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        """Takes the candidate out, or, where there is none, brings the previous champion back.

        Raises:
            Conflict: when there is nothing to go back to, or it does not answer.
        """
        before = self._store.get(deployment_id)
        change = slots.rolled_back(before)
        if change.to_revision is not None:
            self._refuse_broken(self._store.revision(change.to_revision))
        row = row_of(change, actor, reason, evidence, cycle_id)
        return self._store.move(
            before, change.after, row, quarantined=change.quarantined, also=also
        )

    def split(
        self,
        deployment_id: str,
        share: float,
        *,
        actor: str,
        reason: str,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        """Sends another share of the sessions to the candidate; Conflict when there is none."""
        before = self._store.get(deployment_id)
        change = slots.shared(before, share)
        row = row_of(change, actor, reason, evidence, cycle_id)
        return self._store.move(before, change.after, row, also=also)

    def clear(
        self,
        deployment_id: str,
        slot: Slot,
        *,
        actor: str,
        reason: str,
        quarantine: bool = False,
        evidence: Evidence | None = None,
        cycle_id: str | None = None,
        also: Also = nothing_else,
    ) -> Deployment:
        """Empties the slot of candidate, shadow or previous; the champion stays."""
        before = self._store.get(deployment_id)
        change = slots.cleared(before, slot, quarantine=quarantine)
        row = row_of(change, actor, reason, evidence, cycle_id)
        return self._store.move(
            before, change.after, row, quarantined=change.quarantined, also=also
        )

    def _refuse_broken(self, revision: Revision) -> None:
        try:
            self._trying.tried(revision)
        except StudioError as error:
            raise Conflict(
                f"{revision.name} does not answer, so nothing was changed: {error.message}",
                hint=error.hint or "Choose another revision.",
            ) from error


def row_of(
    change: Change,
    actor: str,
    reason: str,
    evidence: Evidence | None = None,
    cycle_id: str | None = None,
    gate_id: str | None = None,
) -> Row:
    """Returns what makes the ledger row of a change, once the row before it is known."""
    said = " ".join(reason.split())
    if not said:
        raise InvalidInput("A change needs a reason.", hint="Say in one sentence why.")
    row = LedgerRow(
        deployment_id=change.after.id,
        seq=change.after.seq + 1,
        action=change.action,
        slot=change.slot,
        from_revision=change.from_revision,
        to_revision=change.to_revision,
        share=change.after.share,
        cycle_id=cycle_id,
        gate_id=gate_id,
        actor=actor or "local user",
        reason=said[:LONGEST_REASON],
        evidence=evidence or {},
        created_at=now(),
        prev_hash="",
        row_hash="",
    )
    return partial(sealed, row)

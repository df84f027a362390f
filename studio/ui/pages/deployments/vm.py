"""One deployment as its page shows it: slots, what happens next, the cycle now, why it changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from studio.domain.deployments import Deployment, LedgerRow, Revision, Slot
from studio.domain.errors import NotFound
from studio.domain.gates import GateDecision
from studio.domain.jobs import Job
from studio.domain.retraining import (
    ENDED,
    CycleEvent,
    CycleState,
    Readiness,
    RetrainCycle,
    RetrainPolicy,
)
from studio.domain.rollouts import Rollout, RolloutCheck
from studio.domain.values import now
from studio.ui.kit.badge import Tone
from studio.ui.pages import figures
from studio.ui.pages.deployments.lasting import lasts
from studio.ui.pages.deployments.list_vm import champion_since, standing, under_way
from studio.ui.pages.deployments.timeline_vm import Entry, called, timeline
from studio.ui.pages.deployments.words import ACTOR, age

if TYPE_CHECKING:
    from studio.services.container import Services

TIMELINE_CYCLES = 30
"""Newest cycles whose moves are read into the timeline."""


@dataclass(frozen=True, kw_only=True)
class CycleNow:
    """The newest cycle with all that is known of it."""

    cycle: RetrainCycle
    job: Job | None = None
    gate: GateDecision | None = None
    rollout: Rollout | None = None
    check: RolloutCheck | None = None
    """The newest look at its rollout."""
    reached: CycleState
    """How far it got: its state, or the one before its end."""


@dataclass(frozen=True, kw_only=True)
class Held:
    """A slot with what it holds."""

    slot: Slot
    revision: Revision | None
    share: float = 0.0
    """Of the sessions, for champion and candidate."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a press."""

    told: str = ""
    undo: str | None = None
    """Revision that may be promoted to take it back; None when that cannot be."""


@dataclass(kw_only=True)
class DeploymentPage:
    """Reads everything at once; `load` runs off the event loop."""

    services: Services
    name: str
    clock: Callable[[], datetime] = now
    deployment: Deployment | None = None
    revisions: dict[str, Revision] = field(default_factory=dict)
    ledger: list[LedgerRow] = field(default_factory=list)
    broken: int | None = None
    """Number of the first ledger row that was tampered with."""
    state: tuple[str, Tone, str] = ("", "plain", "")
    readiness: Readiness | None = None
    policy: RetrainPolicy | None = None
    newest: CycleNow | None = None
    numbers: dict[str, int] = field(default_factory=dict)
    """Number of each cycle, by its id."""
    entries: list[Entry] = field(default_factory=list)
    outcome: Outcome = Outcome()
    ends: str = ""
    """Until when the base model of the champion answers."""

    def load(self) -> None:
        """Reads the deployment and its flywheel; raises NotFound when there is none."""
        services = self.services
        deployment = services.deployments.named(self.name)
        self.revisions = {one.id: one for one in services.deployments.revisions(deployment.id)}
        self.ledger = sorted(services.deployments.ledger(deployment.id), key=lambda row: row.seq)
        self.broken = services.deployments.verify(deployment.id)
        self.state = standing(services, deployment)
        self.readiness = services.retraining.readiness(deployment.id)
        self.policy = services.policies.get(deployment.id)
        cycles = services.retraining.cycles(deployment.id)
        self.numbers = {cycle.id: cycle.number for cycle in cycles}
        shown = under_way(cycles) or next(iter(cycles), None)
        self.newest = self._now(shown) if shown else None
        moves = [
            (cycle, services.retraining.events(cycle.id)) for cycle in cycles[:TIMELINE_CYCLES]
        ]
        self.entries = timeline(self.ledger, moves, self.revisions)
        self.deployment = deployment
        champion = self.held(Slot.CHAMPION)
        self.ends = lasts(services, champion.model_id) if champion else ""

    def _now(self, cycle: RetrainCycle) -> CycleNow:
        retraining = self.services.retraining
        rollout = retraining.rollout(cycle.id)
        checks = retraining.checks(rollout.id) if rollout else []
        return CycleNow(
            cycle=cycle,
            job=self._job(cycle),
            gate=retraining.gate(cycle.id),
            rollout=rollout,
            check=checks[-1] if checks else None,
            reached=reached(cycle, retraining.events(cycle.id)),
        )

    def _job(self, cycle: RetrainCycle) -> Job | None:
        try:
            return self.services.training.get(cycle.job_id) if cycle.job_id else None
        except NotFound:  # It was deleted since.
            return None

    @property
    def there(self) -> Deployment:
        """The deployment, once it was read."""
        if self.deployment is None:
            raise NotFound(f"There is no deployment {self.name!r}.", hint="Reload the page.")
        return self.deployment

    def held(self, slot: Slot) -> Revision | None:
        """What a slot holds."""
        return self.revisions.get(self.there.slots.get(slot, ""))

    def made(self, revision: Revision) -> str:
        """How a revision came about."""
        number = self.numbers.get(revision.cycle_id or "")
        by = f"learnt in cycle {number}" if number else "made"
        return f"No. {revision.number}, {by} {figures.moment(revision.created_at)}"

    def slots(self) -> list[Held]:
        """Every slot, the one that answers first."""
        candidate = self.there.share if Slot.CANDIDATE in self.there.slots else 0.0
        shares = {Slot.CHAMPION: 1 - candidate, Slot.CANDIDATE: candidate}
        return [
            Held(slot=slot, revision=self.held(slot), share=shares.get(slot, 0.0)) for slot in Slot
        ]

    def called(self, revision_id: str | None) -> str:
        """The name of a revision."""
        return called(self.revisions, revision_id or "") or "an earlier one"

    @property
    def subtitle(self) -> str:
        """What answers, for how long, and how long its base model lasts."""
        champion = self.held(Slot.CHAMPION)
        if champion is None:
            return "Nothing answers here yet."
        since = age(champion_since(self.there, self.ledger), self.clock())
        name = self.called(champion.id)
        parts = [f"{name} answers" + (f" for {since}" if since else ""), self.ends]
        return ". ".join(part for part in parts if part) + "."

    @property
    def verified(self) -> tuple[str, Tone]:
        """Whether the ledger is whole."""
        if self.broken is not None:
            return f"ledger was changed at row {self.broken}", "bad"
        return f"ledger verified: {figures.many(len(self.ledger), 'row')}", "good"

    @property
    def can_roll_back(self) -> bool:
        """True while there is something to go back to."""
        return bool({Slot.PREVIOUS, Slot.CANDIDATE} & set(self.there.slots))

    def back_to(self) -> str:
        """What a rollback does, in a sentence."""
        if Slot.CANDIDATE in self.there.slots:
            name = self.called(self.there.slots[Slot.CANDIDATE])
            return f"{name} is taken out; {self.called(self.there.slots.get(Slot.CHAMPION))} stays."
        if Slot.PREVIOUS in self.there.slots:
            return f"{self.called(self.there.slots[Slot.PREVIOUS])} answers again."
        return "There is nothing to go back to yet."

    # --- what people do ---------------------------------------------------------------------------

    def roll_back(self) -> None:
        """Takes the newest change of what answers back; `outcome` says what came of it."""
        before = self.there
        gone = before.slots.get(Slot.CANDIDATE) or before.slots.get(Slot.CHAMPION, "")
        deployments = self.services.deployments
        after = deployments.rollback(
            before.id, actor=ACTOR, reason="Rolled back by a person on its page."
        )
        told = f"{self.called(after.slots.get(Slot.CHAMPION))} answers now."
        if deployments.revision(gone).quarantined:
            told += (
                f" {self.called(gone)} is quarantined: it is kept for reading and is never "
                "promoted again."
            )
            self.outcome = Outcome(told=told)
        else:
            self.outcome = Outcome(told=told, undo=gone)

    def promote(self, revision_id: str) -> None:
        """Makes a revision the champion; `outcome` says what came of it."""
        before = self.there.slots.get(Slot.CHAMPION)
        after = self.services.deployments.promote(
            self.there.id, revision_id, actor=ACTOR, reason="Promoted by a person on its page."
        )
        told = f"{self.called(after.slots.get(Slot.CHAMPION))} answers now."
        # Rolling back instead would put the new one into quarantine for a slip of the hand.
        self.outcome = Outcome(told=told, undo=before)

    def take_out(self, slot: Slot) -> None:
        """Empties a slot."""
        self.services.deployments.clear(
            self.there.id, slot, actor=ACTOR, reason="Taken out by a person on its page."
        )

    def split(self, share: float) -> None:
        """Sends another share of the sessions to the candidate."""
        self.services.deployments.split(
            self.there.id, share, actor=ACTOR, reason=f"Share set to {share:.0%} on its page."
        )

    def anchor(self, revision_id: str) -> None:
        """Makes a revision the one that no later one may be worse than."""
        self.services.deployments.place(
            self.there.id,
            Slot.ANCHOR,
            revision_id,
            actor=ACTOR,
            reason="Set as anchor on its page.",
        )

    def open_link(self) -> None:
        """Opens its feedback page."""
        self.services.deployments.open_link(self.there.id)

    def close_link(self) -> None:
        """Closes its feedback page."""
        self.services.deployments.close_link(self.there.id)

    def consent(self, may: bool) -> None:
        """Lets feedback be learnt from, or not."""
        self.services.deployments.change(self.there.id, may_train=may)

    def begin(self) -> None:
        """Begins a cycle now."""
        self.services.retraining.start(self.there.id, actor=ACTOR)

    def say(self, what: str, note: str) -> None:
        """Passes a person's word on: `approve`, `decline` or `cancel`."""
        if self.newest is None:
            return
        retraining = self.services.retraining
        acts = {
            "approve": retraining.approve,
            "decline": retraining.decline,
            "cancel": retraining.cancel,
        }
        acts[what](self.newest.cycle.id, actor=ACTOR, note=note.strip())

    @property
    def says(self) -> list[str]:
        """What a person may say to the newest cycle now."""
        cycle = self.newest.cycle if self.newest else None
        if cycle is None or not cycle.open:
            return []
        if cycle.state is CycleState.AWAITING_APPROVAL:
            return ["approve", "decline"]
        return ["cancel"]


def reached(cycle: RetrainCycle, events: Sequence[CycleEvent]) -> CycleState:
    """Returns how far a cycle got: its state, or the one it was in before it ended."""
    if cycle.state not in ENDED or cycle.state is CycleState.KEPT:
        return cycle.state
    before = [event.from_state for event in events if event.to_state is cycle.state]
    return (before[-1] if before else None) or CycleState.TRIGGERED

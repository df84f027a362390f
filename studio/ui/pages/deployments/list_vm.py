"""What Deployments lists: names, what answers now, how far each cycle is, thumbs and volume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from studio.domain.deployments import Action, Deployment, LedgerRow, Revision, Slot
from studio.domain.monitoring import Rate
from studio.domain.retraining import CycleState, RetrainCycle
from studio.domain.values import now
from studio.ui.kit.badge import Tone
from studio.ui.pages.deployments.words import STATE_TONES, STATES, age

if TYPE_CHECKING:
    from studio.services.container import Services

LONGEST = 120
"""Letters of a description in the list; its own page has all of it."""
CHAMPION_MOVES = (Action.CREATE, Action.PROMOTE, Action.ROLLBACK)


@dataclass(frozen=True, kw_only=True)
class Line:
    """One deployment as the list shows it."""

    id: str
    name: str
    description: str
    answers: str
    """Name of what answers now; empty while nothing does."""
    since: str
    """For how long."""
    state: str
    """Where its cycle is, in a word."""
    tone: Tone
    sentence: str
    """What it waits for, or what happened last."""
    thumbs: Rate
    volume: int
    """Answers in the last 24 hours."""

    @property
    def about(self) -> str:
        """Its description as far as a list has room for it."""
        long = len(self.description) > LONGEST
        return f"{self.description[:LONGEST].rstrip()} …" if long else self.description

    @property
    def href(self) -> str:
        """Where its page is."""
        return path(self.name)


@dataclass(kw_only=True)
class DeploymentList:
    """The deployments of a project."""

    services: Services
    project_id: str
    clock: Callable[[], datetime] = now
    lines: list[Line] = field(default_factory=list)

    def load(self) -> None:
        """Reads them all; called off the event loop."""
        self.lines = [
            self._line(one)
            for one in sorted(self.services.deployments.all(self.project_id), key=lambda d: d.name)
        ]

    def _line(self, deployment: Deployment) -> Line:
        services, at = self.services, self.clock()
        champion = self._champion(deployment)
        traffic = services.traffic.window(deployment.id, start=at - timedelta(hours=24), end=at)
        state, tone, sentence = standing(services, deployment)
        since = champion_since(deployment, services.deployments.ledger(deployment.id))
        return Line(
            id=deployment.id,
            name=deployment.name,
            description=deployment.description,
            answers=champion.name if champion else "",
            since=age(since, at),
            state=state,
            tone=tone,
            sentence=sentence,
            thumbs=traffic.thumbs,
            volume=traffic.answers,
        )

    def _champion(self, deployment: Deployment) -> Revision | None:
        held = deployment.slots.get(Slot.CHAMPION)
        return self.services.deployments.revision(held) if held else None


def standing(services: Services, deployment: Deployment) -> tuple[str, Tone, str]:
    """Returns where the flywheel of a deployment stands: a word, its tone, and a sentence."""
    if not deployment.may_train:
        return "Does not learn", "plain", "What people send here is not learnt from."
    cycles = services.retraining.cycles(deployment.id)
    running = under_way(cycles)
    if running is not None:
        words = STATES[running.state]
        sentence = running.message or words.sentence
        return words.title, STATE_TONES.get(running.state, "info"), sentence
    policy = services.policies.get(deployment.id)
    if policy.paused_because:
        return "Paused", "warning", policy.paused_because
    if not policy.enabled:
        return "Switched off", "plain", "It learns only when somebody starts it."
    return "Collecting", "plain", services.retraining.readiness(deployment.id).sentence


def under_way(cycles: Sequence[RetrainCycle]) -> RetrainCycle | None:
    """Returns the cycle that holds the deployment, else one that is still watched."""
    held = (cycle for cycle in cycles if cycle.open)
    watched = (cycle for cycle in cycles if cycle.state is CycleState.PROMOTED)
    return next(held, next(watched, None))


def champion_since(deployment: Deployment, ledger: Sequence[LedgerRow]) -> datetime | None:
    """Returns since when what answers now has answered; None where the ledger does not say."""
    held = deployment.slots.get(Slot.CHAMPION)
    since = None
    for row in sorted(ledger, key=lambda row: row.seq):
        placed = row.slot is Slot.CHAMPION and row.action in CHAMPION_MOVES
        if placed and row.from_revision != row.to_revision:
            since = row.created_at if row.to_revision == held else None
    return since


def path(name: str) -> str:
    """Returns where the page of a deployment is."""
    return f"/deployments/{quote(name, safe='')}"

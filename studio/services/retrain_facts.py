"""Retrain facts: what is known of a deployment when it is asked whether it should learn again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from studio.core.feedback import conditions, triggers
from studio.domain.curation import Waiting
from studio.domain.deployments import Deployment, Slot
from studio.domain.retraining import (
    CycleState,
    Readiness,
    RetrainCycle,
    RetrainPolicy,
    TriggerKind,
)
from studio.store.retraining import RetrainingStore

NEUTRAL = frozenset({CycleState.CANCELLED, CycleState.SUPERSEDED})
BAD = frozenset({CycleState.FAILED, CycleState.REJECTED, CycleState.ROLLED_BACK})
GOOD = frozenset({CycleState.PROMOTED, CycleState.KEPT})
GROWN = 20
"""Held-out corrections more than an inconclusive gate had, from which it is tried again."""
REASONS = frozenset({"corrections", *TriggerKind})
"""Names of conditions of which one is enough; all others must hold."""


class Outlook(NamedTuple):
    """What a training would take, as far as that can be said before its data is gathered."""

    usd: Decimal | None
    why_not: str = ""
    """Why no place can train now; empty when one can."""


@dataclass(frozen=True, kw_only=True)
class Sources:
    """Who knows what; a source that does not know answers None."""

    policy: Callable[[str], RetrainPolicy]
    armed_at: Callable[[str], datetime | None]
    """When a person last armed the policy after a pause."""
    waiting: Callable[[str], Waiting]
    """Approved corrections that no cycle has learnt from."""
    thumbs: Callable[[Deployment], tuple[int, int] | None]
    """Answers of today's champion that were liked, and that were rated."""
    psi: Callable[[str], float | None]
    outlook: Callable[[RetrainPolicy], Outlook]
    shutdown: Callable[[Deployment], date | None]
    """Last day of the base model of today's champion."""
    disagreement: Callable[[str], str]
    """Why its raters must agree first; empty when they need not."""


class Readier:
    """Gathers the facts and lets the rules say whether a cycle begins."""

    def __init__(
        self, store: RetrainingStore, sources: Sources, clock: Callable[[], datetime]
    ) -> None:
        self._store, self._sources, self._clock = store, sources, clock

    def readiness(self, deployment: Deployment) -> Readiness:
        """Returns whether a cycle would begin now, and what it waits for."""
        policy = self._sources.policy(deployment.id)
        cycles = self._store.cycles(deployment.id)
        waiting = self._sources.waiting(deployment.id)
        found = triggers.readiness(policy, self._facts(deployment, policy, cycles, waiting))
        if found.fires is None:
            return self._again(found, cycles, waiting)
        return found

    def _facts(
        self,
        deployment: Deployment,
        policy: RetrainPolicy,
        cycles: list[RetrainCycle],
        waiting: Waiting,
    ) -> triggers.Facts:
        sources, last = self._sources, _last(cycles)
        thumbs = sources.thumbs(deployment)
        outlook = sources.outlook(policy)
        return triggers.Facts(
            now=self._clock(),
            may_train=deployment.may_train,
            open_cycle=any(cycle.open for cycle in cycles),
            groups=waiting.groups,
            raters=waiting.raters,
            newest=waiting.newest,
            refused_groups=0 if last is None else _still_new(last),
            disagreement=sources.disagreement(deployment.id),
            thumbs_up=None if thumbs is None else thumbs[0],
            thumbs=None if thumbs is None else thumbs[1],
            psi=sources.psi(deployment.id),
            last_ended=self._store.last_ended(deployment.id),
            last_outcome=None if last is None else last.state,
            last_began=cycles[0].created_at if cycles else None,
            bad_ends=self.bad_ends(deployment.id, policy),
            spent_usd=self.spent(deployment.id),
            estimated_usd=outlook.usd,
            backend_trouble=outlook.why_not,
            base_shutdown=sources.shutdown(deployment),
            shutdown_tried=any(
                cycle.trigger is TriggerKind.BASE_SHUTDOWN
                and cycle.gate_id is not None
                and cycle.champion == deployment.slots.get(Slot.CHAMPION)
                for cycle in cycles
            ),
        )

    def _again(self, found: Readiness, cycles: list[RetrainCycle], waiting: Waiting) -> Readiness:
        """Lets a cycle that proved nothing be repeated once there is more to judge by."""
        last = _last(cycles)
        if last is None or last.state is not CycleState.INCONCLUSIVE:
            return found
        grown = waiting.held_out - self._store.learnt(last.id).get("holdout", 0)
        must = [one for one in found.conditions if one.name not in REASONS]
        if grown < GROWN or not all(one.met for one in must):
            return found
        sentence = (
            f"Cycle {last.number} proved nothing, and {grown} more corrections are held out to"
            " judge by: it is repeated."
        )
        return found.with_(fires=TriggerKind.CORRECTIONS, sentence=sentence)

    def bad_ends(self, deployment_id: str, policy: RetrainPolicy) -> int:
        """Returns how many cycles in a row ended badly since the policy was armed."""
        armed = self._sources.armed_at(deployment_id)
        bad = 0
        for cycle in self._store.cycles(deployment_id):
            if cycle.state in GOOD or (armed is not None and cycle.updated_at <= armed):
                break
            bad += cycle.state in BAD
        return bad

    def left(self, cycle: RetrainCycle) -> Decimal | None:
        """Returns what a cycle may cost this month; None where there is no ceiling."""
        ceiling = cycle.policy.monthly_budget_usd
        if ceiling is None:
            return None
        spent = self.spent(cycle.deployment_id)
        # What is not known may be anything; nothing is left then.
        return Decimal(0) if spent is None else max(Decimal(0), ceiling - spent)

    def spent(self, deployment_id: str) -> Decimal | None:
        """Returns what cycles have cost this month; None when that of one is not known."""
        month = (self._clock().year, self._clock().month)
        costs = [
            cycle.actual_usd if cycle.actual_usd is not None else cycle.estimated_usd
            for cycle in self._store.cycles(deployment_id)
            if (cycle.created_at.year, cycle.created_at.month) == month and cycle.job_id
        ]
        known = [cost for cost in costs if cost is not None]
        return sum(known, Decimal(0)) if len(known) == len(costs) else None


def corrections_needed(policy: RetrainPolicy, cycles: list[RetrainCycle]) -> int | None:
    """Returns with how many new corrections a cycle begins; None when none begins by itself."""
    if not policy.enabled or policy.paused_because:
        return None
    last = _last(cycles)
    if last is None:
        return policy.min_new_corrections
    known = triggers.Facts(
        now=last.updated_at, last_outcome=last.state, refused_groups=_still_new(last)
    )
    return conditions.needed(policy, known)


def _last(cycles: list[RetrainCycle]) -> RetrainCycle | None:
    """Returns the newest cycle that came to an end of its own."""
    done = [cycle for cycle in cycles if not cycle.open and cycle.state not in NEUTRAL]
    return done[0] if done else None


def _still_new(cycle: RetrainCycle) -> int:
    """Returns how many corrections a cycle began with that it ended without having asked about."""
    began = cycle.evidence.get("corrections")
    return int(began) if cycle.gate_id is None and isinstance(began, int | float) else 0

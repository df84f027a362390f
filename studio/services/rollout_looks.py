"""Rollout looks: what was seen of both arms, and what the rules make of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from studio.core.feedback import harm, rollout
from studio.domain.rollouts import Arm, Rollout, RolloutCheck
from studio.store.rollouts import RolloutStore

LATEST = 1000
"""Earlier ratings of the old champion that a bake is compared with, at most."""


class Looks:
    """Reads the arms of a rollout and lets the rules decide; nothing is written."""

    def __init__(self, store: RolloutStore, clock: Callable[[], datetime]) -> None:
        self._store, self._clock = store, clock

    def shadow(self, seen: Rollout) -> RolloutCheck:
        """Looks at copies: nobody has rated them, so only errors and times count."""
        champion = self._arm(seen, seen.champion, seen.started_at)
        candidate = self._arm(seen, seen.candidate, seen.started_at, shadow=True)
        return self._decided(seen, champion, candidate, ([], []))

    def canary(self, seen: Rollout) -> RolloutCheck:
        """Looks at both arms since the rollout began; the stage's own counts let it advance."""
        champions, candidates = (
            self._store.ratings(seen.deployment_id, revision, since=seen.started_at)
            for revision in (seen.champion, seen.candidate)
        )
        champion = self._arm(seen, seen.champion, seen.stage_started_at)
        candidate = self._arm(seen, seen.candidate, seen.stage_started_at)
        return self._decided(seen, champion, candidate, (champions, candidates))

    def bake(self, seen: Rollout) -> RolloutCheck:
        """Looks at a promoted candidate.

        The old champion answers nobody any more. After its ratings of the rollout come its
        earlier ones, newest first, so that the pairs made in the canary stay what they were.
        """
        during = self._store.ratings(seen.deployment_id, seen.champion, since=seen.started_at)
        earlier = self._store.ratings(seen.deployment_id, seen.champion, before=seen.started_at)
        theirs = self._store.ratings(seen.deployment_id, seen.candidate, since=seen.started_at)
        champion = self._arm(seen, seen.champion, seen.started_at)
        candidate = self._arm(seen, seen.candidate, seen.stage_started_at)
        ours = [*during, *reversed(earlier[-LATEST:])]
        return self._decided(seen, champion, candidate, (ours, theirs), baking=True)

    def _decided(
        self,
        seen: Rollout,
        champion: Arm,
        candidate: Arm,
        thumbs: tuple[list[bool], list[bool]],
        *,
        baking: bool = False,
    ) -> RolloutCheck:
        harmed, helped = harm.pairs(*thumbs)
        at = self._clock()
        decided = rollout.decide(
            seen.config,
            seen.stage,
            champion,
            candidate,
            harm=harmed,
            help=helped,
            hours=(at - seen.stage_started_at).total_seconds() / 3600,
            baking=baking,
        )
        return RolloutCheck(
            rollout_id=seen.id,
            at=at,
            stage=seen.stage,
            champion=champion,
            candidate=candidate,
            harm=harmed,
            help=helped,
            e_value=decided.e_value,
            action=decided.action,
            sentence=decided.sentence,
        )

    def _arm(
        self, seen: Rollout, revision_id: str, since: datetime, *, shadow: bool = False
    ) -> Arm:
        return self._store.arm(seen.deployment_id, revision_id, since=since, shadow=shadow)

"""Rollback proof: after a rollback one request is served, and who answered it is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from studio.domain.errors import BackendUnavailable
from studio.domain.retraining import RetrainCycle
from studio.services.retraining_needs import Policies, Tell
from studio.store.retraining import RetrainingStore


class Served(NamedTuple):
    """Who answered a request."""

    revision_id: str
    model_id: str


class RollbackProof:
    """What follows a rollback; done again after a crash until the proof is written."""

    def __init__(
        self,
        store: RetrainingStore,
        policies: Policies,
        serve: Callable[[str], Served],
        *,
        tell: Tell,
        clock: Callable[[], datetime],
    ) -> None:
        """`serve(deployment_id)` puts a request through the deployment as a client would."""
        self._store, self._policies, self._serve = store, policies, serve
        self._tell, self._clock = tell, clock

    def prove(self, cycle: RetrainCycle) -> None:
        """Pauses the policy, serves one request and keeps which model answered.

        Raises:
            BackendUnavailable: when the model that was rolled back still answers.
        """
        if not self._policies.get(cycle.deployment_id).paused_because:
            reason = f"Cycle {cycle.number} was rolled back. {cycle.message}"
            self._policies.pause(cycle.deployment_id, reason)
        served = self._serve(cycle.deployment_id)
        if served.revision_id == cycle.candidate:
            message = f"{served.model_id} still answers although it was rolled back."
            self._tell("rollback_failed", cycle.deployment_id, message, {"cycle": cycle.id})
            raise BackendUnavailable(message, hint="Promote another revision by hand.")
        self._store.tell(
            cycle,
            f"Verified: a request after the rollback was answered by {served.model_id}.",
            at=self._clock(),
            evidence={"served_revision": served.revision_id, "served_model": served.model_id},
        )

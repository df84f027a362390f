"""Rollback proof: after a rollback one request is served, and who answered it is written down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from studio.domain.datasets import Message
from studio.domain.errors import BackendUnavailable
from studio.domain.evaluation import Decoding
from studio.domain.interfaces import TextGenerator
from studio.domain.retraining import RetrainCycle
from studio.services.deployments import DeploymentService
from studio.services.retraining_needs import Arranging, Policies, Tell
from studio.store.retraining import RetrainingStore


class Served(NamedTuple):
    """Who answered a request."""

    revision_id: str
    model_id: str


QUESTION = (Message(role="user", content="Hello. Please answer with one word."),)
BRIEFLY = Decoding(max_new_tokens=8)


def through(
    deployments: DeploymentService, arranger: Arranging, generator: TextGenerator
) -> Callable[[str], Served]:
    """Returns what puts one request through a deployment, on the way that clients' requests go."""

    def serve(deployment_id: str) -> Served:
        routed = deployments.route(deployments.get(deployment_id), "proof of a rollback")
        revision = routed.revision
        arranged = arranger.arrange(revision, [QUESTION])
        generator.generate(arranger.handle(revision), arranged, BRIEFLY)
        return Served(revision.id, revision.model_id)

    return serve


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

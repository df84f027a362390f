"""Review reading: corrections with where they stand, and those that may be learnt from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from studio.core.feedback import standing
from studio.core.feedback.standing import Standing
from studio.domain.feedback import ApprovedCorrection, Feedback, Inference, Source
from studio.domain.reviews import ReviewState
from studio.store.reviews import Corrected, ReviewStore

PENDING = frozenset({ReviewState.WAITING, ReviewState.NEEDS_WORK, ReviewState.DISPUTED})
"""States in which a correction still waits for somebody."""


class Reviewed(NamedTuple):
    """A correction, the answer it corrects, and what counts of what was decided."""

    feedback: Feedback
    inference: Inference
    now: Standing


class Counting(NamedTuple):
    """What counts of a deployment."""

    approvals: tuple[ApprovedCorrection, ...]
    pending: int


class ReviewReader:
    """Applies the rules of standing to what is kept."""

    def __init__(self, store: ReviewStore) -> None:
        self._store = store
        self._known: dict[str, tuple[object, Counting]] = {}

    def corrections(
        self, deployment_id: str | None = None, *, project_id: str | None = None
    ) -> list[Reviewed]:
        """Returns the corrections that say something, oldest first."""
        return list(_reviewed(self._store.corrections(deployment_id, project_id=project_id)))

    def correction(self, feedback_id: str) -> Reviewed | None:
        """Returns one correction, None when it does not count any more."""
        found = self._store.correction(feedback_id)
        return None if found is None else next(_reviewed([found]), None)

    def approvals(self, deployment_id: str) -> list[ApprovedCorrection]:
        """Returns what is approved, oldest first; conflicts are among it."""
        return list(self._counting(deployment_id).approvals)

    def approved(self, deployment_id: str) -> list[ApprovedCorrection]:
        """Returns what may be learnt from, oldest first; conflicts are left out."""
        return standing.without_conflicts(self.approvals(deployment_id))[0]

    def conflicts(self, deployment_id: str) -> dict[str, list[ApprovedCorrection]]:
        """Returns what is approved twice with different answers, by question."""
        return standing.without_conflicts(self.approvals(deployment_id))[1]

    def pending(self, deployment_id: str) -> int:
        """Returns how many corrections wait for a word, or for reviewers to agree."""
        return self._counting(deployment_id).pending

    def _counting(self, deployment_id: str) -> Counting:
        # Asked every few seconds whether it is time to train; seldom is there anything new.
        stamp = self._store.stamp()
        known = self._known.get(deployment_id)
        if known is not None and known[0] == stamp:
            return known[1]
        corrections = self.corrections(deployment_id)
        found = (standing.approved(*one) for one in corrections)
        counting = Counting(
            tuple(one for one in found if one is not None),
            sum(one.now.state in PENDING for one in corrections),
        )
        self._known[deployment_id] = (stamp, counting)
        return counting


def _reviewed(found: Iterable[Corrected]) -> Iterator[Reviewed]:
    for one in found:
        if standing.says_nothing(one.feedback.correction or "", one.inference.output):
            continue
        now = standing.standing(*one)
        # A repair is nothing without the approval it came with: taking that back undoes it.
        if one.feedback.source is not Source.REPAIR or now.words:
            yield Reviewed(one.feedback, one.inference, now)

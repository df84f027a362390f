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


class ReviewReader:
    """Applies the rules of standing to what is kept."""

    def __init__(self, store: ReviewStore) -> None:
        self._store = store

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
        found = (standing.approved(*one) for one in self.corrections(deployment_id))
        return [one for one in found if one is not None]

    def approved(self, deployment_id: str) -> list[ApprovedCorrection]:
        """Returns what may be learnt from, oldest first; conflicts are left out."""
        return standing.without_conflicts(self.approvals(deployment_id))[0]

    def conflicts(self, deployment_id: str) -> dict[str, list[ApprovedCorrection]]:
        """Returns what is approved twice with different answers, by question."""
        return standing.without_conflicts(self.approvals(deployment_id))[1]

    def pending(self, deployment_id: str) -> int:
        """Returns how many corrections wait for a word, or for reviewers to agree."""
        return sum(one.now.state in PENDING for one in self.corrections(deployment_id))


def _reviewed(found: Iterable[Corrected]) -> Iterator[Reviewed]:
    for one in found:
        if standing.says_nothing(one.feedback.correction or "", one.inference.output):
            continue
        now = standing.standing(*one)
        # A repair is nothing without the approval it came with: taking that back undoes it.
        if one.feedback.source is not Source.REPAIR or now.words:
            yield Reviewed(one.feedback, one.inference, now)

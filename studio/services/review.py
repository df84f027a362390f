"""Review: people decide which corrections are learnt; nothing counts before somebody approved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from studio.core.quality import personal_data as patterns
from studio.domain.datasets import Message
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.feedback import ApprovedCorrection, Review, ReviewVerdict
from studio.domain.reviews import (
    AgreementReport,
    CorrectionConflict,
    Order,
    ReviewItem,
    ReviewPage,
    SimilarAnswer,
    View,
)
from studio.domain.values import new_id, now
from studio.services.review_agreement import AgreementReader
from studio.services.review_learnt import Learnt, PersonalData
from studio.services.review_queue import ReviewQueue
from studio.services.review_reading import Reviewed, ReviewReader
from studio.services.review_repairs import Repairs
from studio.store.feedback import FeedbackStore
from studio.store.reviews import ReviewStore

LONGEST_NOTE = 2000


class ReviewService:
    """The queue, and what reviewers say in it."""

    def __init__(
        self,
        store: ReviewStore,
        feedback: FeedbackStore,
        clock: Callable[[], datetime] = now,
        *,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        """`changed` hears when something else counts than before."""
        self._store, self._feedback, self._clock = store, feedback, clock
        self._reader, self._queue = ReviewReader(store), ReviewQueue(store, clock)
        self._repairs, self._agreement = Repairs(store, feedback, clock), AgreementReader(store)
        self._changed = changed

    def approved(self, deployment_id: str) -> list[ApprovedCorrection]:
        """Returns what may be learnt from, oldest first.

        A question with different approved answers is left out until the conflict is settled.
        """
        return self._reader.approved(deployment_id)

    def pending(self, deployment_id: str) -> int:
        """Returns how many corrections wait for a decision."""
        return self._reader.pending(deployment_id)

    def queue(
        self,
        deployment_id: str | None = None,
        *,
        project_id: str | None = None,
        order: Order = "useful",
        only: View = "open",
        reviewer: str = "",
        offset: int = 0,
        limit: int = 50,
    ) -> ReviewPage:
        """Returns a part of the queue of a deployment, or of all deployments of a project.

        Args:
            deployment_id: whose answers; None for all.
            project_id: of which project; None for every one.
            order: `useful` puts what is uncertain and often asked first.
            only: which part of the queue.
            reviewer: who asks; second opinions are asked of others than the first reviewer.
            offset: items to pass over.
            limit: items at most.
        """
        return self._queue.page(
            deployment_id,
            project_id,
            order=order,
            only=only,
            reviewer=reviewer,
            offset=offset,
            limit=limit,
        )

    def item(self, feedback_id: str, *, reviewer: str = "") -> ReviewItem:
        """Returns one correction as it counts now; NotFound when it is none."""
        return self._queue.item(self._reviewed(feedback_id), reviewer)

    def history(self, feedback_id: str) -> list[Review]:
        """Returns everything that was decided about a correction, oldest first."""
        return self._store.of(feedback_id)

    def conflicts(self, deployment_id: str) -> list[CorrectionConflict]:
        """Returns the questions with different approved answers, none of which is learnt."""
        return self._queue.conflicts(deployment_id)

    def take_out(self, texts: Sequence[str]) -> list[str]:
        """Returns texts with what looks like personal data replaced by the name of its kind."""
        return [patterns.redacted(text) for text in texts]

    def decide(
        self,
        feedback_id: str,
        verdict: ReviewVerdict,
        *,
        reviewer: str,
        answer: str | None = None,
        messages: Sequence[Message] | None = None,
        personal_data: PersonalData = "none",
        note: str = "",
        settles: bool = False,
    ) -> Review:
        """Keeps a reviewer's decision; the reviewer's earlier one stays, and counts no more.

        Args:
            feedback_id: the correction.
            verdict: what becomes of it.
            reviewer: who decides.
            answer: the answer to learn where it is not the correction as given.
            messages: the question to learn where it is not as it was asked.
            personal_data: `redacted` takes out what the patterns see; `kept` needs a note.
            note: why, for those who read it later.
            settles: given in sight of what others decided; ends their disagreement.

        Raises:
            NotFound: when there is no such correction.
            Conflict: when its rater has given a newer one, or it holds personal data that was
                neither taken out nor kept.
            InvalidInput: when there would be nothing to learn.
        """
        reviewed = self._reviewed(feedback_id)
        verdict = ReviewVerdict(verdict)
        changed = Learnt(reviewed, answer, messages)
        if personal_data == "redacted":
            changed.redact()
        if verdict is ReviewVerdict.APPROVED:
            changed.check(personal_data, note)
        review = Review(
            id=new_id("review"),
            feedback_id=feedback_id,
            verdict=verdict,
            answer=changed.changed_answer,
            messages=changed.changed_messages,
            personal_data=personal_data,
            reviewer=_reviewer(reviewer),
            note=_note(note),
            settles=settles,
            created_at=self._clock(),
        )
        self._store.add(review)
        self._changed()
        return review

    def undo(self, feedback_id: str, *, reviewer: str, settles: bool = False) -> Review:
        """Takes a reviewer's last word back; what that reviewer had said before counts again.

        Raises:
            Conflict: when that reviewer's word does not count now.
        """
        theirs = [
            one
            for one in self._store.of(feedback_id)
            if one.reviewer == reviewer and one.settles is settles
        ]
        if not theirs or theirs[-1].verdict is ReviewVerdict.WITHDRAWN:
            raise Conflict(f"{reviewer} has decided nothing here that could be taken back.")
        again = (
            theirs[-2]
            if len(theirs) > 1
            else theirs[-1].with_(
                verdict=ReviewVerdict.WITHDRAWN,
                answer=None,
                messages=None,
                personal_data="none",
                note="",
            )
        )
        review = again.with_(id=new_id("review"), created_at=self._clock())
        self._store.add(review)
        self._changed()
        return review

    def similar(self, inference_id: str) -> list[SimilarAnswer]:
        """Returns answers that the repair of this one may fit as well, likest question first."""
        return self._repairs.similar(self._feedback.inference(inference_id))

    def repair(self, inference_ids: Sequence[str], *, answer: str, reviewer: str) -> list[Review]:
        """Corrects answers and approves the corrections, for which `reviewer` stands.

        Personal data that the patterns see is taken out. `undo` of each takes the repair back.

        Raises:
            NotFound: when one of the answers is not there.
            InvalidInput: when one is none of a deployment's, or says this already.
        """
        made = self._repairs.apply(inference_ids, answer=answer, reviewer=_reviewer(reviewer))
        self._changed()
        return made

    def agreement(self, deployment_id: str) -> AgreementReport:
        """Returns how far people agree who judged the same things, and what follows from it."""
        return self._agreement.report(deployment_id)

    def _reviewed(self, feedback_id: str) -> Reviewed:
        found = self._reader.correction(feedback_id)
        if found is not None:
            return found
        raise Conflict(
            "This correction counts no more: its rater has given a newer one, or it reads as the "
            "answer did, or its answer belongs to no deployment.",
            hint="Reload the queue.",
        )


def _reviewer(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > 80:
        raise InvalidInput(f"A reviewer's name has 1 to 80 characters, this one has {len(name)}.")
    return name


def _note(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise InvalidInput(
            f"A note has at most {LONGEST_NOTE:,} characters, this one has {len(note):,}."
        )
    return note.strip()

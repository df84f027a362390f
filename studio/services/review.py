"""Review: people decide which corrections are learnt; nothing counts before somebody approved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from studio.core.feedback.standing import says_nothing
from studio.core.quality import personal_data as patterns
from studio.domain.datasets import Message
from studio.domain.errors import Conflict, InvalidInput
from studio.domain.feedback import ApprovedCorrection, Review, ReviewVerdict
from studio.domain.reviews import (
    CorrectionConflict,
    Order,
    ReviewItem,
    ReviewPage,
    View,
)
from studio.domain.values import new_id, now
from studio.services import review_queue
from studio.services.review_queue import ReviewQueue
from studio.services.review_reading import Reviewed, ReviewReader
from studio.store.feedback import FeedbackStore
from studio.store.reviews import ReviewStore

PersonalData = Literal["none", "redacted", "kept"]

LONGEST_ANSWER = 100_000
"""Characters of an answer to learn."""
LONGEST_NOTE = 2000


class ReviewService:
    """The queue, and what reviewers say in it."""

    def __init__(
        self,
        store: ReviewStore,
        feedback: FeedbackStore,
        clock: Callable[[], datetime] = now,
    ) -> None:
        self._store, self._feedback, self._clock = store, feedback, clock
        self._reader, self._queue = ReviewReader(store), ReviewQueue(store, clock)

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
        changed = _Learnt(reviewed, answer, messages)
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
        return review

    def _reviewed(self, feedback_id: str) -> Reviewed:
        found = self._reader.correction(feedback_id)
        if found is not None:
            return found
        raise Conflict(
            "This correction counts no more: its rater has given a newer one, or it reads as the "
            "answer did, or its answer belongs to no deployment.",
            hint="Reload the queue.",
        )


class _Learnt:
    """What would be learnt if a decision is kept."""

    def __init__(
        self, reviewed: Reviewed, answer: str | None, messages: Sequence[Message] | None
    ) -> None:
        self._given = reviewed.feedback.correction or ""
        self._asked = reviewed.inference.messages
        self._output = reviewed.inference.output
        self.answer = self._given if answer is None else answer
        self.messages = self._asked if messages is None else tuple(messages)
        if [turn.role for turn in self.messages] != [turn.role for turn in self._asked]:
            raise InvalidInput(
                "The question has other turns than the one that was asked.",
                hint="Change what the turns say; leave out none and add none.",
            )
        if len(self.answer) > LONGEST_ANSWER:
            raise InvalidInput(
                f"An answer has at most {LONGEST_ANSWER:,} characters, this one has "
                f"{len(self.answer):,}."
            )

    @property
    def changed_answer(self) -> str | None:
        return None if self.answer == self._given else self.answer

    @property
    def changed_messages(self) -> tuple[Message, ...] | None:
        return None if self.messages == self._asked else self.messages

    def redact(self) -> None:
        self.answer = patterns.redacted(self.answer)
        self.messages = review_queue.redacted(self.messages)

    def check(self, personal_data: PersonalData, note: str) -> None:
        """Refuses an approval of what must not, or cannot, be learnt."""
        if says_nothing(self.answer, self._output):
            raise InvalidInput(
                "There is nothing to learn: the answer is empty, or reads as the one it corrects.",
                hint="Edit it, or reject it.",
            )
        if personal_data == "kept":
            if not note.strip():
                raise InvalidInput(
                    "Personal data is kept only with a note.", hint="Write why it may be learnt."
                )
            return
        seen = review_queue.found(self.messages, self.answer)
        if seen:
            kinds = ", ".join(dict.fromkeys(one.kind for one in seen))
            raise Conflict(
                f"This holds personal data: {kinds}.",
                hint="Take it out, or keep it and write why.",
                code="personal_data",
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

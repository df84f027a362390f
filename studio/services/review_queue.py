"""Review queue: which corrections a reviewer sees, in which order, with what was found in them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta

from studio.core.feedback import ordering, standing
from studio.core.feedback.hygiene import doubts
from studio.core.quality import personal_data
from studio.domain.datasets import Message
from studio.domain.errors import InvalidInput
from studio.domain.feedback import Inference
from studio.domain.reviews import (
    VIEWS,
    CorrectionConflict,
    Finding,
    Order,
    ReviewItem,
    ReviewPage,
    ReviewState,
    View,
)
from studio.services.review_reading import Reviewed, ReviewReader
from studio.store.reviews import ReviewStore

VIEW_OF: dict[ReviewState, View] = {
    ReviewState.WAITING: "open",
    ReviewState.NEEDS_WORK: "needs_work",
    ReviewState.DISPUTED: "disputed",
    ReviewState.APPROVED: "approved",
    ReviewState.REJECTED: "rejected",
}
"""Where a correction is shown."""
LATELY = timedelta(days=30)
"""How far back the times are counted that a question was asked."""
LARGEST = 200
"""Items in one page of the queue."""


class ReviewQueue:
    """Reads the queue; decides nothing."""

    def __init__(self, store: ReviewStore, clock: Callable[[], datetime]) -> None:
        self._store, self._reader, self._clock = store, ReviewReader(store), clock

    def page(
        self,
        deployment_id: str | None,
        project_id: str | None,
        *,
        order: Order,
        only: View,
        reviewer: str,
        offset: int,
        limit: int,
    ) -> ReviewPage:
        """Returns a part of one view, and how much is in every view."""
        if only not in VIEWS:
            raise InvalidInput(
                f"{only!r} is no view of the queue.", hint=f"Choose one of {', '.join(VIEWS)}."
            )
        views: dict[str, list[ReviewItem]] = {view: [] for view in VIEWS}
        for one in self._reader.corrections(deployment_id, project_id=project_id):
            item = _item(one, reviewer)
            views[_view(item)].append(item)
        views["thumbs_down"] = [
            ReviewItem(inference=one, messages=one.messages)
            for one in self._store.uncorrected(deployment_id, project_id)
        ]
        shown = self._sorted(views[only], order)
        part = shown[offset : offset + max(1, min(limit, LARGEST))]
        return ReviewPage(
            items=tuple(_with_findings(item) for item in part),
            total=len(shown),
            counts={view: len(items) for view, items in views.items()},
        )

    def item(self, one: Reviewed, reviewer: str) -> ReviewItem:
        """Returns one correction as that reviewer sees it."""
        return _with_findings(self._weighed([_item(one, reviewer)])[0])

    def conflicts(self, deployment_id: str) -> list[CorrectionConflict]:
        """Returns the questions with different approved answers."""
        torn = self._reader.conflicts(deployment_id)
        by_id = {one.feedback.id: one for one in self._reader.corrections(deployment_id)}
        return [
            CorrectionConflict(
                prompt_hash=hash,
                messages=those[0].messages,
                items=tuple(_item(by_id[one.feedback_id], "") for one in those),
            )
            for hash, those in torn.items()
        ]

    def _sorted(self, items: list[ReviewItem], order: Order) -> list[ReviewItem]:
        if order == "useful":
            # Sorting keeps the order of equals: among these the oldest has waited longest.
            return sorted(self._weighed(items), key=lambda item: -_weight(item).score)
        newest_first = order == "newest"
        return sorted(self._weighed(items), key=_given_at, reverse=newest_first)

    def _weighed(self, items: Sequence[ReviewItem]) -> list[ReviewItem]:
        ids = [item.inference.id for item in items]
        asked = self._store.asked(ids, self._clock() - LATELY)
        thumbs = self._store.thumbs(ids)
        return [_weighed(item, asked, thumbs) for item in items]


def found(messages: Iterable[Message], answer: str) -> tuple[Finding, ...]:
    """Returns what the patterns see in a question and in the answer to learn."""
    seen = [
        Finding(kind=kind, where="question", excerpt=excerpt)
        for turn in messages
        for kind, excerpt in personal_data.found_in(turn.content)
    ]
    seen += [
        Finding(kind=kind, where="answer", excerpt=excerpt)
        for kind, excerpt in personal_data.found_in(answer)
    ]
    return tuple(seen)


def redacted(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Returns the turns with personal data taken out."""
    return tuple(turn.with_(content=personal_data.redacted(turn.content)) for turn in messages)


def _item(one: Reviewed, reviewer: str) -> ReviewItem:
    now = one.now
    second = standing.asks_second(one.feedback.id)
    wanted = second and _first_alone(one) and now.words[0].reviewer != reviewer and reviewer != ""
    odd = doubts(one.feedback, one.inference)
    given = one.feedback.correction or ""
    waits = ReviewState.NEEDS_WORK if odd else ReviewState.WAITING
    if wanted or now.state is ReviewState.WAITING:
        # A second opinion is worth something only from somebody who does not know the first.
        return ReviewItem(
            inference=one.inference,
            feedback=one.feedback,
            state=ReviewState.WAITING if wanted else waits,
            answer=given,
            messages=one.inference.messages,
            doubts=odd,
            second=second,
        )
    return ReviewItem(
        inference=one.inference,
        feedback=one.feedback,
        state=now.state,
        answer=now.answer,
        messages=now.messages,
        doubts=odd,
        reviews=now.words,
        second=second,
    )


def _first_alone(one: Reviewed) -> bool:
    words = one.now.words
    return len(words) == 1 and not words[0].settles


def _view(item: ReviewItem) -> View:
    return VIEW_OF[item.state]


def _weighed(
    item: ReviewItem, asked: dict[str, int], thumbs: dict[str, tuple[int, int]]
) -> ReviewItem:
    up, down = thumbs.get(item.inference.id, (0, 0))
    edit = 0.0 if item.feedback is None else _edit(item.answer, item.inference)
    weighed = item.with_(asked=asked.get(item.inference.id), up=up, down=down, edit=edit)
    return weighed.with_(why=_weight(weighed).why)


def _weight(item: ReviewItem) -> ordering.Usefulness:
    return ordering.usefulness(asked=item.asked, up=item.up, down=item.down, edit=item.edit)


def _edit(answer: str, inference: Inference) -> float:
    return 1 - ordering.likeness(answer, inference.output)


def _with_findings(item: ReviewItem) -> ReviewItem:
    kept = any(review.personal_data == "kept" for review in item.reviews)
    return item if kept else item.with_(findings=found(item.messages, item.answer))


def _given_at(item: ReviewItem) -> datetime:
    return item.inference.created_at if item.feedback is None else item.feedback.created_at
